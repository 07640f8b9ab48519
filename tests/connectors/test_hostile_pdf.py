"""PDF statements that deceive: cut, turned, shifted, in two currencies. Either all the true amounts are loaded, or none in silence."""

import io
from collections.abc import Callable
from pathlib import Path

import pytest
from reportlab.pdfgen.canvas import Canvas

from tests.connectors.pdf_pages import LEFT, draw, english, pages_of
from tests.connectors.test_pdf_statement import ENGLISH, load, profile_for
from tracer.model import TracerError

Page = list[tuple[str, float, float, str]]
TRUE = [250000, -1240, -120050, -300, -200000, 1590]
BANK = english(rows=6)


def drawn(pages: list[Page], turned: tuple[int, ...] = ()) -> bytes:
    out = io.BytesIO()
    canvas = Canvas(out, pagesize=(595, 842), invariant=1)
    for number, page in enumerate(pages, 1):
        canvas.setPageRotation(180 if number in turned else 0)
        if number in turned:
            canvas.transform(-1, 0, 0, -1, 595, 842)
        canvas.setFont("Helvetica", 9)
        for text, x, y, side in page:
            (canvas.drawString if side == LEFT else canvas.drawRightString)(x, 842 - y, text)
        canvas.showPage()
    canvas.save()
    return out.getvalue()


def second(change: Callable[[tuple[str, float, float, str]], tuple[str, float, float, str]]) -> list[Page]:
    one, two = pages_of(BANK, ENGLISH)  # type: ignore[arg-type]
    return [one, [change(put) for put in two]]


def moved(by: float, *heads: float) -> list[Page]:
    return second(lambda put: (put[0], put[1] + by if put[1] in heads else put[1], put[2], put[3]))


def said(old: str, new: str) -> list[Page]:
    pages = pages_of(BANK, ENGLISH)  # type: ignore[arg-type]
    texts = [[(new if t == old else t, x, y, side) for t, x, y, side in p] for p in pages]
    assert texts != pages
    return texts


def swapped() -> list[Page]:
    at = {375: 455.0, 455: 375.0}
    return second(lambda put: (put[0], at.get(int(put[1]), put[1]), put[2], put[3]))


def without(*texts: str) -> list[Page]:
    return [[put for put in page if put[0] not in texts] for page in pages_of(BANK, ENGLISH)]  # type: ignore[arg-type]


WHOLE = pages_of(BANK, ENGLISH)  # type: ignore[arg-type]
CASES: dict[str, bytes] = {
    "page 2 is turned": drawn(WHOLE, (2,)),
    "page 1 is missing": drawn(WHOLE[1:]),
    "page 2 is missing": drawn(WHOLE[:1]),
    "page 1 stands twice": drawn([WHOLE[0], WHOLE[0], WHOLE[1]]),
    "page 2 stands twice": drawn([*WHOLE, WHOLE[1]]),
    "the pages are turned over": drawn(WHOLE[::-1]),
    "paid out and paid in of page 2 stand 40 points to the left": drawn(moved(-40, 375, 455)),
    "paid out stands 80 points to the right on page 2": drawn(moved(80, 375)),
    "paid out and paid in are swapped with their headings on page 2": drawn(swapped()),
    "the balances are in another currency": drawn(
        [[(f"EUR {t}" if x == 540 and t != "Balance" else t, x, y, s) for t, x, y, s in page] for page in WHOLE]
    ),
    "the page is cut below the second line": drawn([[put for put in WHOLE[0] if put[2] < 185], WHOLE[1]]),
    "an amount lost its last digits": drawn(said("2,000.00", "2,0")),
    "a line has no day of any calendar": drawn(said("06 Mar 2024", "31 Feb 2024")),
    "the lines of page 2 lost their balances": drawn(without("284.10", "300.00")),
    "the account is another on page 2": drawn(second(lambda p: (p[0].replace("5678", "9999"), *p[1:]))),
}


@pytest.fixture(scope="module")
def profile(tmp_path_factory: pytest.TempPathFactory) -> str:
    return profile_for(tmp_path_factory.mktemp("bank"), draw(BANK, ENGLISH))  # type: ignore[arg-type]


@pytest.mark.parametrize("name", CASES)
def test_a_page_that_deceives_loads_what_is_true_or_nothing(tmp_path: Path, profile: str, name: str) -> None:
    refused = ""
    try:
        reading, postings, _ = load(tmp_path, CASES[name], profile=profile, currency="GBP")
    except TracerError as error:
        refused = error.next_call
    if refused:
        return
    amounts = [one.amount for one in postings]
    is_whole = "missing" not in name and amounts == TRUE
    assert is_whole or (reading.status == "loaded-and-flagged" and set(amounts) <= set(TRUE))


@pytest.mark.parametrize(
    ("name", "missing"),
    [
        ("page 1 is missing", ["page 1 of 2 is not held"]),
        ("page 2 is missing", ["page 2 of 2 is not held"]),
        ("page 2 is turned", []),
    ],
)
def test_a_page_that_its_number_calls_for_is_told(tmp_path: Path, profile: str, name: str, missing: list[str]) -> None:
    reading, _, (statement,) = load(tmp_path, CASES[name], profile=profile, currency="GBP")
    assert [mark for mark in statement.marks if mark.endswith("is not held")] == missing
    assert any(one.check == "complete" and one.outcome == "off" for one in reading.checks) == bool(missing)


def test_another_currency_printed_beside_the_lines_is_told(tmp_path: Path, profile: str) -> None:
    other = [WHOLE[0], [*WHOLE[1], ("Account currency: USD", 60.0, 60.0, LEFT)]]
    same = [
        WHOLE[0],
        [*WHOLE[1], ("Currency: GBP. Rates of other currencies, EUR and USD, on request.", 60.0, 60.0, LEFT)],
    ]
    reading, postings, (statement,) = load(tmp_path, drawn(other), profile=profile, currency="GBP")
    assert [one.amount for one in postings] == TRUE
    assert "page 2 is in USD, the statement in GBP" in statement.marks
    assert reading.status == "loaded-and-flagged"
    reading, _, (statement,) = load(tmp_path, drawn(same), profile=profile, currency="GBP")
    assert not [mark for mark in statement.marks if "the statement in" in mark]
    assert reading.status == "loaded-and-reconciled"


def test_two_statements_behind_one_another_have_all_their_pages(tmp_path: Path, profile: str) -> None:
    _, _, statements = load(tmp_path, drawn([*WHOLE, *WHOLE]), profile=profile, currency="GBP")
    assert [mark for one in statements for mark in one.marks if mark.endswith("is not held")] == []
