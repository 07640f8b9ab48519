"""Small tables told in one line, and random ones."""

from datetime import date
from fractions import Fraction

from hypothesis import strategies as st

from tracer.model import Cite, Interest, Party
from tracer.owners import build

DAY = date(2024, 6, 1)


def party(record, kind="entity", **given):
    return Party(Cite("x" * 64, f"party={record}"), record, kind, **given)


def interest(number, owner, subject, share="", kind="shareholding", **given):
    """A share is "1/4", a band "1/4..1/2" with "(" or ")" for open ends, or "" for none."""
    lo = hi = None
    ends = {}
    if share:
        ends = {"lo_open": share.startswith("("), "hi_open": share.endswith(")")}
        lo, _, hi = share.strip("()[]").partition("..")
        hi = hi or lo
    given.setdefault("record", f"r{number}")
    return Interest(
        Cite("x" * 64, f"edge={number}"), owner=owner, subject=subject, kind=kind, lo=lo, hi=hi, **ends, **given
    )


def told(story, **given):
    """Read "p>A 3/5, A>B (1/4..1/2]": capitals are companies, small letters persons, ? unknown owners."""
    parties, interests = {}, {}
    for number, line in enumerate(part.strip() for part in story.split(",")):
        edge, _, share = line.partition(" ")
        owner, subject = edge.split(">")
        for record in (owner, subject):
            kind = "unknown" if record.startswith("?") else "entity" if record[0].isupper() else "person"
            parties[record] = party(record, kind)
        interests[f"e{number}"] = interest(number, owner, subject, share)
    return parties, interests


def table(story, **given):
    parties, interests = told(story)
    return build(parties, interests, as_of=given.pop("as_of", DAY), **given)


PERSONS = ("p", "q")


@st.composite
def columns(draw, *, bands=False, companies=("A", "B", "C"), most=4):
    """Columns that can be true: lower ends sum to at most 1, in hundredths or coarser."""
    out = {}
    for company in companies:
        owners = draw(st.lists(st.sampled_from((*PERSONS, *companies)), unique=True, max_size=most))
        left = 12
        column = {}
        for owner in owners:
            low = draw(st.integers(0, left))
            if owner == company:
                low = min(low, 8)
            left -= low
            high = draw(st.integers(low, 12)) if bands else low
            if low or high:
                column[owner] = (Fraction(low, 12), Fraction(high, 12))
        out[company] = column
    return out


def nouns(cols):
    parties = {record: party(record, "entity" if record in cols else "person") for record in (*cols, *PERSONS)}
    interests = {
        f"{owner}{company}": interest(f"{owner}{company}", owner, company, f"{lo}..{hi}")
        for company, column in cols.items()
        for owner, (lo, hi) in column.items()
    }
    return parties, interests


def built(cols, **given):
    parties, interests = nouns(cols)
    return build(parties, interests, as_of=DAY, **given)
