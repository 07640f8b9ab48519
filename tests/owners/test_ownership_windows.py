"""What stood on a day, as known on another (ownership.md 4.13)."""

from datetime import date
from fractions import Fraction

import pytest

from tests.owners.tables import interest, party
from tracer.owners import build
from tracer.owners.question import Question
from tracer.owners.windows import CLOSED, end_window

PARTIES = {"p": party("p", "person"), "q": party("q", "person"), "T": party("T")}


def day(text):
    return date.fromisoformat(text) if text else None


def filed(*lines):
    """Each line: record, owner, statement date, share, start, end, closed."""
    out = {}
    for number, (record, owner, said, share, start, end, closed) in enumerate(lines):
        out[f"e{number}"] = interest(
            number,
            owner,
            "T",
            share,
            record=record,
            known_from=day(said),
            valid_from=day(start),
            valid_to=day(end),
            marks=(CLOSED,) if closed else (),
        )
    return out


def own(interests, as_of, as_known=None, person="p"):
    found = build(PARTIES, interests, as_of=day(as_of), as_known=day(as_known))
    share = Question(found, frozenset((person,)), "T").own()
    return (str(share.lo), str(share.hi)) if share.lo != share.hi else str(share.lo)


MOVED = filed(
    ("r", "p", "2020-02-01", "1", "2019-05-01", "", False),
    ("r", "p", "2021-03-10", "2/5", "2021-03-01", "", False),
)
SILENT = filed(
    ("r", "p", "2020-02-01", "1", "2019-05-01", "", False),
    ("r", "p", "2021-03-10", "2/5", "2019-05-01", "", False),
    ("r", "p", "2022-03-10", "2/5", "2019-05-01", "", False),
)
GONE = filed(
    ("r", "p", "2020-02-01", "3/5", "2019-05-01", "", False),
    ("r", "p", "2021-03-10", "3/5", "2019-05-01", "", True),
)
DATED = filed(
    ("r", "p", "2020-02-01", "3/5", "2019-05-01", "", False),
    ("r", "p", "2021-03-10", "3/5", "2019-05-01", "2020-12-01", True),
)
UNDATED = filed(("r", "p", "2020-02-01", "3/5", "", "", False))


@pytest.mark.parametrize(
    ("interests", "as_of", "as_known", "share"),
    [
        pytest.param(MOVED, "2020-06-01", "", "1", id="the latest statement is not read backwards"),
        pytest.param(MOVED, "2021-03-05", "", "2/5", id="a new start ends the former share there"),
        pytest.param(MOVED, "2021-03-05", "2021-03-09", "1", id="as known the day before the filing"),
        pytest.param(MOVED, "2019-04-30", "", "0", id="before the start"),
        pytest.param(MOVED, "2020-06-01", "2020-01-31", "0", id="nothing was filed yet"),
        pytest.param(SILENT, "2021-03-09", "", "1", id="same start: the earlier share stands until the statement"),
        pytest.param(SILENT, "2021-03-10", "", "2/5", id="same start: the new share from its statement"),
        pytest.param(SILENT, "2020-06-01", "", "1", id="a repetition does not move the change"),
        pytest.param(SILENT, "2023-01-01", "", "2/5", id="repeated, it stands on"),
        pytest.param(GONE, "2020-02-01", "", "3/5", id="closed without an end date: stood when last stated"),
        pytest.param(GONE, "2021-03-09", "", "3/5", id="and until the closing statement"),
        pytest.param(GONE, "2021-03-10", "", "0", id="gone on the day of the closing"),
        pytest.param(DATED, "2020-11-30", "", "3/5", id="closed with an end date: the day before"),
        pytest.param(DATED, "2020-12-01", "", "0", id="closed with an end date: half open"),
        pytest.param(DATED, "2020-12-15", "2021-01-01", "3/5", id="the closing was not known yet"),
        pytest.param(UNDATED, "2020-01-31", "", "0", id="an undated start is not read before its first filing"),
        pytest.param(UNDATED, "2020-02-01", "", "3/5", id="an undated start begins with its first filing"),
    ],
)
def test_an_interest_on_a_day(interests, as_of, as_known, share):
    assert own(interests, as_of, as_known) == share


def test_what_began_meanwhile_makes_room():
    both = GONE | {
        "new": interest("n", "q", "T", "4/5", record="s", known_from=day("2021-03-10"), valid_from=day("2021-03-01"))
    }
    assert own(both, "2021-02-28") == "3/5"
    assert own(both, "2021-03-05") == ("0", "1/5")
    found = build(PARTIES, both, as_of=day("2021-03-05"))
    assert not found.refused
    assert "NO_END" in {flag.code for flag in found.flags}


def test_the_window_of_an_end_that_nobody_dates():
    assert end_window(GONE, "r") == (day("2020-02-01"), day("2021-03-10"))
    assert end_window(DATED, "r") is None


def test_later_filings_do_not_change_what_was_known():
    (filing,) = filed(("r", "p", "2024-01-01", "1/10", "2019-05-01", "", False)).values()
    later = MOVED | {"later": filing}
    for as_of in ("2019-06-01", "2020-06-01", "2021-06-01"):
        assert own(MOVED, as_of, "2023-12-31") == own(later, as_of, "2023-12-31")


def test_one_statement_in_two_exhibits_is_one_holding_and_two_lines_of_one_statement_are_two():
    from dataclasses import replace

    from tracer.model import Cite

    line = interest(1, "p", "T", "3/10", known_from=day("2020-01-01"))
    copy = replace(line, cite=Cite("y" * 64, "elsewhere"))
    second = replace(line, cite=Cite("x" * 64, "edge=2"))
    assert own({"a": line, "b": copy}, "2021-01-01") == "3/10"
    assert own({"a": line, "b": second}, "2021-01-01") == "3/5"
    assert Fraction(own({"a": line, "b": second, "c": copy}, "2021-01-01")) == Fraction(3, 5)


def test_of_two_statements_of_one_day_the_later_counts():
    first = interest(1, "p", "T", "3/10", record="r", known_from=day("2020-01-01"), known_to=day("2020-01-01"))
    second = interest(2, "p", "T", "2/5", record="r", known_from=day("2020-01-01"))
    assert own({"a": first, "b": second}, "2021-01-01") == "2/5"
