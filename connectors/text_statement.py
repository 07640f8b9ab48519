"""Account statements as text in columns of characters, as mainframes and many banks print them, assisted.

Source:  the profile a person confirmed (`tracer preview FILE.txt` proposes one; `--profile FILE.yaml`); formats.md 8 and 9.
Reading: words between blanks, whole, each in the column where it stands; a word with a figure across the edge of a column, and
         a figure of which a part or the sign stands beyond it, is never read: its line is set aside.
Amounts: as the profile says; held as signed minor units from the point of view of the account.
Trust:   as for PDF: nothing is loaded until every printed balance is reached by the lines, or a person signs each break with
         name and reason (`--sign`); the signatures stand on the statement.
Place:   line of the file and its columns, from 1.
"""

from collections.abc import Iterator

from tracer.ingest import NeedsAnswer, Source, connector
from tracer.ingest.accounts import iban_of
from tracer.ingest.banded import breaks_in, nothing_below, proved, read_all, seen
from tracer.ingest.bound import answered, candidates
from tracer.ingest.fixed import header_of, looks_fixed, read_fixed
from tracer.ingest.fixed_proposal import propose_bare
from tracer.ingest.pdf import Document, is_pdf
from tracer.ingest.pdf_numbers import not_held
from tracer.ingest.pdf_proposal import find_head, propose_bands
from tracer.ingest.pdf_rows import Part, parts_of
from tracer.ingest.profile import Profile
from tracer.ingest.proposal import Proposal
from tracer.model import Fact, Reject, excerpt


def claims(source: Source) -> bool:
    """A person named a profile with columns of a text; or the text shows the header of an account over lines in columns."""
    named = answered(source)
    if is_pdf(source) or (named is not None and (named.bands is None or not named.bands.is_text)):
        return False
    if named is not None:
        return named.kind == "statement"
    return looks_fixed(source) and not candidates(source, "statement")


def _profile(source: Source) -> Profile:
    named = answered(source)
    if named is None:
        raise NeedsAnswer(
            "profile",
            f"In which columns do the lines of {excerpt(source.exhibit.name)} stand? Blanks part them and nothing else: a person draws them.",
            (),
            source.exhibit.name,
            f"FILE.yaml   (tracer preview {source.exhibit.name} proposes one)",
        )
    return named


def _parts(source: Source) -> tuple[Document, str, Profile, tuple[Part, ...]]:
    profile = _profile(source)
    document, encoding = read_fixed(source, profile.header, source.declared(profile.encodings))
    parts = parts_of(document, profile, source.exhibit.name)
    if not parts:
        raise nothing_below(source, profile)
    return document, encoding, profile, parts


#: What the last file counted is made of: it is read next, and going through 200,000 lines twice takes a minute.
_held: dict[tuple[str, str, str], tuple[Document, str, Profile, tuple[Part, ...]]] = {}


def _key(source: Source) -> tuple[str, str, str]:
    return source.exhibit.sha256, str(source.path), repr(sorted(source.answers.items())) + _profile(source).sha256


def count(source: Source) -> int:
    """Count the lines that have a date or an amount in their columns; no cell is read."""
    found = _parts(source)
    _held.clear()
    _held[_key(source)] = found
    return sum(len(part.layout.records) for part in found[3])


def look(source: Source) -> Proposal:
    """Return a proposed profile with 20 rows; or, where a profile is given, the rows under it and what is not proved."""
    if answered(source) is None:
        document, encoding = read_fixed(source, header_of(source))
        if find_head(document, is_text=True) is None and (bare := propose_bare(source, document, encoding)) is not None:
            return bare
        return propose_bands(source, document, {"encoding": encoding}, is_text=True)
    _, _, _, parts = _parts(source)
    return seen(source, parts, breaks_in(read_all(source, parts)))


def read_text_statement(source: Source) -> Iterator[Fact | Reject]:
    """Yield each statement, its postings in the bank's order, and the rejects; nothing before all of it is proved or signed."""
    held = _held.pop(_key(source), None)
    document, encoding, profile, parts = _parts(source) if held is None else held
    done = read_all(source, parts)
    countries = {iban_of(group.account)[:2] for read in done for group in read.groups}
    marks = source.doubted(
        encoding,
        profile.encodings,
        [word for word in profile.header if not word.isascii()],
        countries.pop() if len(countries) == 1 else "",
    )
    marks += () if profile.encodings else source.guessed(encoding)
    yield from proved(
        source, profile, done, breaks_in(done), lambda part: [*marks, *not_held(document.pages, part.pages)]
    )


CONNECTOR = connector(
    "text-statement",
    title="account statement as text in columns of characters, which a person drew",
    claims=claims,
    count=count,
    look=look,
)(read_text_statement)
