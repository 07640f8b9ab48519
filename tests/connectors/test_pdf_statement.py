"""PDF statements: three layouts through the guesser alone, the proof and its signatures, places, and pages that deceive."""

import contextlib
import io
import random
import re
import zlib
from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image
from reportlab.lib.utils import ImageReader
from reportlab.pdfgen.canvas import Canvas

import tracer
from connectors import pdf_statement
from tests.connectors.goldens import opened
from tests.connectors.pdf_pages import Bank, chinese, draw, english, german
from tracer.ingest import NeedsAnswer, claimants, installed, pdf
from tracer.ingest.pdf_proof import Unproven
from tracer.ingest.pdf_words import read_words
from tracer.ingest.reading import Reading, read_exhibit
from tracer.model import CaseError, Posting, Statement, TracerError, UnreadableExhibit

READER = pdf_statement.CONNECTOR

ENGLISH = [
    ("01 Mar 2024", "Balance brought forward", "", "", "1,000.00"),
    ("04 Mar 2024", ["MURRE LOGISTICS AS", "INVOICE 4711"], "", "2,500.00", "3,500.00"),
    ("", "CARD PAYMENT 771", "12.40", "", ""),
    ("", ["STANDING ORDER", "OFFICE RENT MARCH", "REF QX-1"], "1,200.50", "", "2,287.10"),
    ("05 Mar 2024", "BANK CHARGES", "3.00", "", "2,284.10"),
    ("", "Balance carried forward", "", "", "2,284.10"),
    ("", "Balance brought forward", "", "", "2,284.10"),
    ("06 Mar 2024", "SKUA PORT SERVICES", "2,000.00", "", "284.10"),
    ("08 Mar 2024", "TERN CARGO CO LTD", "", "15.90", "300.00"),
    ("08 Mar 2024", "Closing balance", "", "", "300.00"),
]
GERMAN = [
    ("", "", "Alter Kontostand", "", "12.500,00"),
    ("03.01.2024", "03.01.2024", ["SEPA-Überweisung Miete Schäfer", "PO 266-1"], "1.763,50-", "10.736,50"),
    ("14.01.2024", "15.01.2024", "Gutschrift Petrel Terminals", "1.000.000,05", "1.010.736,55"),
    ("14.01.2024", "14.01.2024", "Entgelt", "7,00-", "1.010.729,55"),
    ("31.01.2024", "31.01.2024", "Neuer Kontostand", "", "1.010.729,55"),
]
CHINESE = [
    ("", "期初余额", "", "", "", "6,200.00"),
    ("20231010", "工资", "东澜港务局", "", "18,600.00", "24,800.00"),
    ("20231015", "水电费", "东澜供电公司", "1,481.42", "", "23,318.58"),
    ("20231024", "消费", "东澜百货", "8,634.41", "", "14,684.17"),
    ("20231025", "手续费", "", "4.17", "", "14,680.00"),
]
Expected = list[tuple[date, int, str, int | None]]
LAYOUTS: list[tuple[str, Bank, list[tuple[object, ...]], dict[str, str], Expected]] = [
    (
        "english",
        english(rows=6),
        ENGLISH,
        {"currency": "GBP"},
        [
            (date(2024, 3, 4), 250000, "MURRE LOGISTICS AS | INVOICE 4711", 350000),
            (date(2024, 3, 4), -1240, "CARD PAYMENT 771", None),
            (date(2024, 3, 4), -120050, "STANDING ORDER | OFFICE RENT MARCH | REF QX-1", 228710),
            (date(2024, 3, 5), -300, "BANK CHARGES", 228410),
            (date(2024, 3, 6), -200000, "SKUA PORT SERVICES", 28410),
            (date(2024, 3, 8), 1590, "TERN CARGO CO LTD", 30000),
        ],
    ),
    (
        "german",
        german(),
        GERMAN,
        {},
        [
            (date(2024, 1, 3), -176350, "SEPA-Überweisung Miete Schäfer | PO 266-1", 1073650),
            (date(2024, 1, 14), 100000005, "Gutschrift Petrel Terminals", 101073655),
            (date(2024, 1, 14), -700, "Entgelt", 101072955),
        ],
    ),
    (
        "chinese",
        chinese(),
        CHINESE,
        {"currency": "CNY"},
        [
            (date(2023, 10, 10), 1860000, "工资", 2480000),
            (date(2023, 10, 15), -148142, "水电费", 2331858),
            (date(2023, 10, 24), -863441, "消费", 1468417),
            (date(2023, 10, 25), -417, "手续费", 1468000),
        ],
    ),
]


def put(folder: Path, data: bytes, name: str = "a.pdf") -> Path:
    path = folder / name
    path.write_bytes(data)
    return path


def profile_for(
    folder: Path, data: bytes, by: str = "L. Chen", change: Callable[[str], str] = lambda text: text
) -> str:
    """What the guesser proposes, confirmed by a person; nothing else is written into it unless a test says so."""
    made = pdf_statement.look(opened(put(folder, data)))
    path = folder / "bank.yaml"
    path.write_text(change(made.profile_yaml.replace('confirmed_by: ""', f'confirmed_by: "{by}"')), "utf-8")
    return str(path)


def load(folder: Path, data: bytes, **answers: str) -> tuple[Reading, list[Posting], list[Statement]]:
    source = opened(put(folder, data), **answers)
    assert READER.claims(source)
    reading = read_exhibit(source, READER)
    items = list(READER.read(source))
    assert reading.raw == reading.tally.records
    return reading, [i for i in items if isinstance(i, Posting)], [i for i in items if isinstance(i, Statement)]


def first(
    folder: Path, lines: list[tuple[object, ...]] = ENGLISH, bank: Bank | None = None
) -> tuple[bytes, dict[str, str]]:
    data = draw(bank or english(rows=6), lines)  # type: ignore[arg-type]
    return data, {"profile": profile_for(folder, data), "currency": "GBP"}


@pytest.mark.parametrize(("name", "bank", "lines", "answers", "expected"), LAYOUTS, ids=[one[0] for one in LAYOUTS])
def test_a_layout_loads_through_the_guesser_alone(
    tmp_path: Path, name: str, bank: Bank, lines: list[tuple[object, ...]], answers: dict[str, str], expected: Expected
) -> None:
    data = draw(bank, lines)  # type: ignore[arg-type]
    reading, postings, (statement,) = load(tmp_path, data, profile=profile_for(tmp_path, data), **answers)
    assert [(p.booked, p.amount, p.details, p.balance) for p in postings] == expected
    assert [p.line for p in postings] == list(range(1, len(expected) + 1))
    assert reading.status == "loaded-and-reconciled"
    assert statement.closing == expected[-1][3]
    assert statement.opening == expected[0][3] - expected[0][1]  # type: ignore[operator]
    assert not reading.rejects
    assert "confirmed-by:L. Chen" in statement.marks


def test_what_stands_around_the_table_is_kept_as_text(tmp_path: Path) -> None:
    data, answers = first(tmp_path)
    _, _, (statement,) = load(tmp_path, data, **answers)
    kept = [mark for mark in statement.marks if mark.startswith("leftovers:")]
    assert any("Page 2 of 2" in mark for mark in kept)
    assert any("Sort code" in mark for mark in kept)
    assert statement.account == "20998812345678"


def test_the_cite_is_the_page_and_the_box_where_a_person_finds_the_line(tmp_path: Path) -> None:
    data, answers = first(tmp_path)
    _, postings, _ = load(tmp_path, data, **answers)
    found = [
        re.fullmatch(r"page=(\d+)/row=\d+/box=([\d.]+),([\d.]+),([\d.]+),([\d.]+)", p.cite.locator) for p in postings
    ]
    assert all(found)
    skua = next(m for m, p in zip(found, postings, strict=True) if p.details == "SKUA PORT SERVICES")
    page, left, top, right, bottom = (float(group) for group in skua.groups())  # type: ignore[union-attr]
    # The second line of the second page: 130 points down, two lines of 13 points below the header; the base of print is there.
    assert (page, left, right) == (2, 50.0, 540.0)
    assert top < 130 + 2 * 13 < bottom + 2
    assert len({p.cite.locator for p in postings}) == len(postings)


@pytest.mark.parametrize("turn", [90, 180, 270])
def test_a_turned_page_says_the_same(tmp_path: Path, turn: int) -> None:
    upright, turned = (draw(english(rows=6, rotate=angle), ENGLISH) for angle in (0, turn))
    pages = [
        [[(w[0], *(round(v) for v in w[1:5])) for w in page["words"]] for page in read_words(data)["pages"]]
        for data in (upright, turned)
    ]
    assert [sorted(page) for page in pages[0]] == [sorted(page) for page in pages[1]]
    answers = {"profile": profile_for(tmp_path, upright), "currency": "GBP"}
    assert load(tmp_path, turned, **answers)[0].status == "loaded-and-reconciled"


# -- the proof, and who answers where it fails


def wrong(lines: list[tuple[object, ...]] = ENGLISH) -> list[tuple[object, ...]]:
    return [tuple("2,010.00" if cell == "2,000.00" else cell for cell in line) for line in lines]


def test_nothing_is_loaded_where_a_balance_is_not_reached(tmp_path: Path) -> None:
    data, answers = first(tmp_path, wrong())
    with pytest.raises(Unproven) as refusal:
        load(tmp_path, data, **answers)
    (found,) = refusal.value.breaks
    assert (found.place, found.difference) == ("p2.r6", 1000)
    assert "2284.10 GBP before, -2010.00 GBP moved, makes 274.10 GBP; printed is 284.10 GBP" in found.told
    assert "nothing of it is loaded" in refusal.value.meaning
    assert "--sign 'p2.r6:+1000=WHY'" in refusal.value.next_call


@pytest.mark.parametrize(
    ("key", "value"),
    [
        pytest.param("sign:p2.r6", "L. Chen: the bank confirmed it in a letter", id="without the difference"),
        pytest.param("sign:p2.r6:+999", "L. Chen: the bank confirmed it in a letter", id="another difference"),
        pytest.param("sign:p2.r6:+1000", "the bank confirmed it in a letter", id="nobody"),
        pytest.param("sign:p2.r6:+1000", "L. Chen: ok", id="no reason"),
        pytest.param("sign:p1.r9:+1000", "L. Chen: the bank confirmed it in a letter", id="another place"),
    ],
)
def test_a_signature_that_is_none_opens_nothing(tmp_path: Path, key: str, value: str) -> None:
    data, answers = first(tmp_path, wrong())
    with pytest.raises(Unproven):
        load(tmp_path, data, **answers, **{key: value})


def test_a_signed_break_loads_flagged_and_says_who_and_why(tmp_path: Path) -> None:
    data, answers = first(tmp_path, wrong())
    why = "L. Chen: the bank's letter of 3 May states 2,000.00; the page has a misprint"
    reading, postings, (statement,) = load(tmp_path, data, **answers, **{"sign:p2.r6:+1000": why})
    assert f"signed:p2.r6:+1000:{why}" in statement.marks
    assert reading.status == "loaded-and-flagged"
    assert {c.check for c in reading.checks if c.outcome == "off"} >= {"running_balance", "marks"}
    assert postings[4].amount == -201000, "what is printed stays; a signature turns no figure"


def test_bands_that_nobody_confirmed_load_nothing(tmp_path: Path) -> None:
    data = draw(english(rows=6), ENGLISH)
    with pytest.raises(NeedsAnswer, match="Nobody has confirmed"):
        load(tmp_path, data, profile=profile_for(tmp_path, data, by=""), currency="GBP")


def test_without_a_profile_a_person_is_asked(tmp_path: Path) -> None:
    with pytest.raises(NeedsAnswer, match="a person draws them"):
        load(tmp_path, draw(english(rows=6), ENGLISH))


def test_lines_that_no_balance_embraces_are_signed_or_not_loaded(tmp_path: Path) -> None:
    data, answers = first(tmp_path, ENGLISH[1:4])
    with pytest.raises(Unproven) as refusal:
        load(tmp_path, data, **answers)
    assert [one.place for one in refusal.value.breaks] == ["p1.r5"]
    assert "no balance stands before it" in refusal.value.breaks[0].told
    unbalanced = [(*line[:4], "") for line in ENGLISH[1:3]]
    data = draw(english(rows=6), unbalanced)
    with pytest.raises(Unproven, match="no balance stands after it, so nothing proves the 2 lines"):
        load(tmp_path, data, **answers)


def test_a_balance_carried_to_the_next_page_is_part_of_the_proof(tmp_path: Path) -> None:
    lines = list(ENGLISH)
    lines[6] = ("", "Balance brought forward", "", "", "2,284.11")
    data, answers = first(tmp_path, lines)
    with pytest.raises(Unproven) as refusal:
        load(tmp_path, data, **answers)
    assert [(one.place, one.difference) for one in refusal.value.breaks] == [("p2.r5", 1), ("p2.r6", -1)]


def test_a_line_in_the_wrong_column_breaks_the_proof(tmp_path: Path) -> None:
    """Bands drawn for another customer's statement: paid in is read as paid out, and the balance says so."""
    data = draw(english(rows=6), ENGLISH)

    def wide(text: str) -> str:
        text = re.sub(r'"Paid out": \[([0-9.]+), [0-9.]+\]', r'"Paid out": [\1, 460]', text)
        return re.sub(r'"Paid in": \[[0-9.]+, ([0-9.]+)\]', r'"Paid in": [460, \1]', text)

    with pytest.raises(Unproven):
        load(tmp_path, data, profile=profile_for(tmp_path, data, change=wide), currency="GBP")


def test_a_word_in_no_band_and_a_band_without_a_place_are_refused(tmp_path: Path) -> None:
    data = draw(english(rows=6), ENGLISH)

    def narrow(text: str) -> str:
        return re.sub(r'"Balance": \[[0-9.]+, [0-9.]+\]', '"Balance": [530, 590]', text)

    with pytest.raises(CaseError, match=r"stands in no band"):
        load(tmp_path, data, profile=profile_for(tmp_path, data, change=narrow), currency="GBP")
    more = Path(
        profile_for(
            tmp_path,
            data,
            change=lambda text: text.replace('"Balance": [', '"Teller": [560, 595.3], "Balance": ['),
        )
    )
    more.write_text(
        re.sub(r'"Balance": \[([0-9.]+), [0-9.]+\]', r'"Balance": [\1, 560]', more.read_text("utf-8")), "utf-8"
    )
    with pytest.raises(CaseError, match=r"'Teller' is neither taken nor ignored"):
        load(tmp_path, data, profile=str(more), currency="GBP")


def test_a_line_outside_every_table_is_set_aside_and_told(tmp_path: Path) -> None:
    """A line above the header has a date and an amount: it is no preamble."""

    def more(canvas: Canvas, page: int) -> None:
        if page == 1:
            for x, text in ((50, "03 Mar 2024"), (110, "SLIPPED IN"), (350, "50.00")):
                canvas.drawString(x, 842 - 110, text)

    data, answers = first(tmp_path, bank=english(rows=6, more=more))
    with pytest.raises(Unproven, match="a date and an amount stand outside every table"):
        load(tmp_path, data, **answers)


def test_several_statements_in_one_file(tmp_path: Path) -> None:
    one = [ENGLISH[0], ENGLISH[1], ("08 Mar 2024", "Closing balance", "", "", "3,500.00")]
    two = [
        ("08 Mar 2024", "Balance brought forward", "", "", "3,500.00"),
        ("09 Mar 2024", "FEE", "1.00", "", "3,499.00"),
        ("09 Mar 2024", "Closing balance", "", "", "3,499.00"),
    ]
    data, answers = first(tmp_path, [*one, *two])
    _, postings, statements = load(tmp_path, data, **answers)
    assert [(s.opening, s.closing, s.count) for s in statements] == [(100000, 350000, 1), (350000, 349900, 1)]
    assert len({p.statement for p in postings}) == 2
    other = english(rows=3)
    other.above = lambda page, of: (f"Account number: 2099881234567{page}", "Currency: GBP")
    _, _, statements = load(tmp_path, draw(other, [*one, *two]), **answers)
    assert [s.account for s in statements] == ["20998812345671", "20998812345672"]


def test_the_sample_statement_prints_the_other_account_on_a_second_line() -> None:
    sample = Path(__file__).parents[2] / "sample_data" / "harbour"
    source = opened(
        sample / "raw" / "lin_haosheng_cny_2023q4.pdf", profile=str(sample / "profiles" / "donglan_pdf.yaml")
    )
    postings = [item for item in READER.read(source) if isinstance(item, Posting)]
    # GUIDE.md: nine lines from 6,200.00 to 30,215.44; the foot of a page is text, the line below a name is its account.
    assert len(postings) == 9
    assert 620000 + sum(p.amount for p in postings) == postings[-1].balance == 3021544
    assert {(p.counterparty, p.counterparty_account, p.details) for p in postings} == {
        ("东澜港务局", "6217990000121544", "工资"),
        ("东澜供电公司", "6217990000141292", "水电费"),
        ("东澜百货", "6217990000115037", "消费"),
    }


CENTRED = """profile: quay_centred/1
confirmed_by: "L. Chen"
match: {header: [Date, Details, "Amount", Balance]}
account: {scope: file, value: "20998812345678"}
currency: {scope: file, value: GBP}
dates: {booked: {column: Date, formats: ["%d/%m/%Y"]}}
amount: {mode: signed, column: Amount}
numbers: {decimal: ".", thousands: ",", negative: ["-"]}
balance: {column: Balance, order: newest_first}
details: [Details]
balances: {column: Details, opening: [Start], closing: [End]}
pdf:
  bands: {Date: [40, 108], Details: [108, 300], Amount: [300, 420], Balance: [420, 560]}
  header: first_page
  text: nearest
"""


def test_amounts_centred_beside_two_lines_of_text_and_pages_without_a_header(tmp_path: Path) -> None:
    """A heading of two lines, the newest line first, a second page that only goes on."""

    def row(y: float, day: str, text: tuple[str, ...], amount: str, balance: str) -> list[tuple[str, float, float]]:
        lines = [(word, 110.0, y - 5 * (len(text) - 1) + 10 * n) for n, word in enumerate(text)]
        return [(day, 50.0, y), *lines, (amount, 340.0, y), (balance, 470.0, y)]

    head = [("Date", 50.0, 90.0), ("Details", 110.0, 90.0), ("Amount", 340.0, 90.0), ("Balance", 470.0, 96.0)]
    pages = [
        [*head, *row(120, "09/03/2024", ("SECOND TRANSFER", "TO QX"), "- 40.00", "60.00")],
        [
            *row(60, "08/03/2024", ("FIRST TRANSFER", "FROM QX"), "90.00", "100.00"),
            *row(90, "", ("Start",), "", "10.00"),
        ],
    ]
    out = io.BytesIO()
    canvas = Canvas(out, pagesize=(595, 842), invariant=1)
    for put_ in pages:
        canvas.setFont("Helvetica", 8)
        for text, x, y in put_:
            canvas.drawString(x, 842 - y, text)
        canvas.showPage()
    canvas.save()
    profile = tmp_path / "centred.yaml"
    profile.write_text(CENTRED, "utf-8")
    reading, postings, (statement,) = load(tmp_path, out.getvalue(), profile=str(profile))
    assert [(p.details, p.amount, p.line) for p in postings] == [
        ("FIRST TRANSFER | FROM QX", 9000, 1),
        ("SECOND TRANSFER | TO QX", -4000, 2),
    ]
    assert (statement.opening, statement.closing, reading.status) == (1000, 6000, "loaded-and-reconciled")


# -- pages that say one thing and show another


def hide(how: str) -> Callable[[Canvas, int], None]:
    def more(canvas: Canvas, page: int) -> None:
        if page != 1:
            return
        canvas.saveState()
        x, y = 110, 842 - 300
        if how == "rendering mode":
            text = canvas.beginText(x, y)
            text.setTextRenderMode(3)
            text.textLine("HIDDEN 999.00")
            canvas.drawText(text)
        elif how == "white":
            canvas.setFillColorRGB(1, 1, 1)
            canvas.drawString(x, y, "HIDDEN 999.00")
        elif how == "covered":
            canvas.drawString(x, y, "HIDDEN 999.00")
            canvas.setFillColorRGB(1, 1, 1)
            canvas.rect(x - 5, y - 5, 120, 18, stroke=0, fill=1)
        elif how == "same colour":
            canvas.setFillColorRGB(0.8, 0, 0)
            canvas.rect(x - 5, y - 5, 120, 18, stroke=0, fill=1)
            canvas.drawString(x, y, "HIDDEN 999.00")
        elif how == "transparent":
            canvas.setFillAlpha(0)
            canvas.drawString(x, y, "HIDDEN 999.00")
        elif how == "clipped":
            path = canvas.beginPath()
            path.rect(0, 0, 10, 10)
            canvas.clipPath(path, stroke=0)
            canvas.drawString(x, y, "HIDDEN 999.00")
        elif how == "printed over":
            canvas.drawString(455 - 21.5, 842 - 156, "9")  # over the amount of the first line
        elif how == "tiny":
            canvas.setFont("Helvetica", 0.5)
            canvas.drawString(x, y, "HIDDEN 999.00")
        elif how == "beyond":
            canvas.drawString(700, y, "HIDDEN 999.00")
        canvas.restoreState()

    return more


@pytest.mark.parametrize("how", ["rendering mode", "white", "covered", "same colour", "transparent", "clipped"])
def test_words_that_nobody_sees_are_no_evidence_and_stop_the_load(tmp_path: Path, how: str) -> None:
    data, answers = first(tmp_path, bank=english(rows=6, more=hide(how)))
    with pytest.raises(Unproven) as refusal:
        load(tmp_path, data, **answers)
    (found,) = refusal.value.breaks
    assert (found.place, found.difference) == ("p1.hidden", 2)
    assert "'HIDDEN'" in found.told
    why = {"sign:p1.hidden:+2": "L. Chen: a watermark of the bank, seen on the other statements too"}
    reading, postings, (statement,) = load(tmp_path, data, **answers, **why)
    assert len(postings) == 6
    assert not any("HIDDEN" in p.details for p in postings)
    assert any(mark.startswith("hidden-text:page=1:2 words: HIDDEN") for mark in statement.marks)
    assert reading.status == "loaded-and-flagged"


def test_print_over_print_is_told(tmp_path: Path) -> None:
    data, answers = first(tmp_path, bank=english(rows=6, more=hide("printed over")))
    with pytest.raises(Unproven, match="on top of other print"):
        load(tmp_path, data, **answers)


@pytest.mark.parametrize("how", ["tiny", "beyond"])
def test_print_that_no_page_has_room_for_is_noted(tmp_path: Path, how: str) -> None:
    data, answers = first(tmp_path, bank=english(rows=6, more=hide(how)))
    reading, _, (statement,) = load(tmp_path, data, **answers)
    assert any(mark.startswith("unseen-text:page=1:2 words") for mark in statement.marks)
    assert reading.status == "loaded-and-reconciled"


def test_bold_by_printing_twice_and_ligatures_are_read_once(tmp_path: Path) -> None:
    def more(canvas: Canvas, page: int) -> None:
        canvas.drawString(50.25, 842 - 40, "Quay Bank plc")

    data = draw(english(rows=6, more=more), ENGLISH)
    page = read_words(data)["pages"][0]
    assert [word[0] for word in page["words"][:3]] == ["Quay", "Bank", "plc"]
    assert not page["hidden"]
    data = draw(chinese(), [("20231010", "o\ufb03ce", "a", "", "1.00", "1.00")])
    assert "office" in [word[0] for word in read_words(data)["pages"][0]["words"]]


# -- what is not read at all


def scan(text: bool = False) -> bytes:
    out = io.BytesIO()
    canvas = Canvas(out, pagesize=(595, 842), invariant=1)
    picture = Image.effect_noise((120, 170), 40)
    canvas.drawImage(ImageReader(picture), 0, 0, 595, 842)
    if text:
        layer = canvas.beginText(50, 700)
        layer.setTextRenderMode(3)
        layer.textLine("Date Details Amount Balance 04 Mar 2024 1,000.00")
        canvas.drawText(layer)
    canvas.save()
    return out.getvalue()


def locked() -> bytes:
    from reportlab.lib.pdfencrypt import StandardEncryption

    out = io.BytesIO()
    canvas = Canvas(out, encrypt=StandardEncryption("secret", ownerPassword="owner", strength=128))
    canvas.drawString(50, 700, "text")
    canvas.save()
    return out.getvalue()


def by_hand(content: bytes, font: bytes, *more: bytes) -> bytes:
    """A PDF of one page, its cross-reference table right."""
    objects = [
        b"<</Type/Catalog/Pages 2 0 R>>",
        b"<</Type/Pages/Kids[3 0 R]/Count 1>>",
        b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Contents 4 0 R/Resources<</Font<</F1 5 0 R>>>>>>",
        content,
        font,
        *more,
    ]
    out, places = b"%PDF-1.5\n", []
    for number, body in enumerate(objects, 1):
        places.append(len(out))
        out += b"%d 0 obj\n%s\nendobj\n" % (number, body)
    table = b"".join(b"%010d 00000 n \n" % place for place in places)
    size = len(objects) + 1
    return out + b"xref\n0 %d\n0000000000 65535 f \n%strailer<</Size %d/Root 1 0 R>>\nstartxref\n%d\n%%%%EOF" % (
        size,
        table,
        size,
        len(out),
    )


def stream(data: bytes, extra: bytes = b"") -> bytes:
    return b"<</Length %d%s>>stream\n%s\nendstream" % (len(data), extra, data)


def unnamed() -> bytes:
    """Glyphs by number, and nothing says which characters they are."""
    shown = stream(b"BT /F1 12 Tf 50 700 Td <00010002000300040005> Tj ET")
    font = b"<</Type/Font/Subtype/Type0/BaseFont/QXAAAA+Quay/Encoding/Identity-H/DescendantFonts[6 0 R]>>"
    inner = b"<</Type/Font/Subtype/CIDFontType2/BaseFont/QXAAAA+Quay/CIDSystemInfo<</Registry(Adobe)/Ordering(Identity)/Supplement 0>>/FontDescriptor 7 0 R/DW 600>>"
    about = b"<</Type/FontDescriptor/FontName/QXAAAA+Quay/Flags 4/FontBBox[0 -200 1000 800]/ItalicAngle 0/Ascent 800/Descent -200/CapHeight 700/StemV 80>>"
    return by_hand(shown, font, inner, about)


def false_map() -> bytes:
    """The page shows 1; who copies or reads the text gets 9."""
    shown = stream(b"BT /F1 12 Tf 50 700 Td (Date Amount 111.00) Tj ET")
    font = b"<</Type/Font/Subtype/Type1/BaseFont/Helvetica/Encoding/WinAnsiEncoding/ToUnicode 6 0 R>>"
    table = b"/CIDInit /ProcSet findresource begin 12 dict begin begincmap /CMapName /Q def 1 begincodespacerange <00> <FF> endcodespacerange 1 beginbfchar <31> <0039> endbfchar endcmap end end"
    return by_hand(shown, font, stream(table))


def bomb() -> bytes:
    """A few hundred bytes that unfold to 60 MB of drawing, folded twice."""
    deep = zlib.compress(zlib.compress(b"0 0 m " * 10_000_000, 1), 9)
    return by_hand(
        stream(deep, b"/Filter[/FlateDecode/FlateDecode]"), b"<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>"
    )


REFUSED = [
    ("scan", scan, "picture of paper", "OCR"),
    ("text behind a scan", lambda: scan(text=True), "hidden behind it", "not what a reader of the page sees"),
    ("locked", locked, "locked by a password", "no secret belongs"),
    ("cut in half", lambda: draw(english(rows=6), ENGLISH)[:900], "is damaged", "nothing of it is loaded"),
    ("only a header", lambda: b"%PDF-1.7\n", "is damaged", "nothing of it is loaded"),
    ("glyphs without names", unnamed, "are not named", "would be a guess"),
    ("digits renamed", false_map, "contradict their own font", "does not happen by accident"),
]


@pytest.mark.parametrize(("name", "make", "what", "meaning"), REFUSED, ids=[one[0] for one in REFUSED])
def test_a_file_that_is_no_evidence_is_refused_with_its_sentence(
    tmp_path: Path, name: str, make: Callable[[], bytes], what: str, meaning: str
) -> None:
    source = opened(put(tmp_path, make()))
    assert READER.claims(source)
    with pytest.raises(UnreadableExhibit) as refusal:
        pdf.read_pdf(source)
    assert what in refusal.value.what
    assert meaning in refusal.value.meaning
    assert refusal.value.next_call


def test_a_bomb_costs_its_own_file_only(tmp_path: Path) -> None:
    with pytest.raises(UnreadableExhibit, match="more memory|takes longer|damaged"):
        pdf.read_pdf(opened(put(tmp_path, bomb())))


def test_only_this_connector_claims_a_pdf(tmp_path: Path) -> None:
    data, answers = first(tmp_path)
    for given_ in ({}, answers):
        claimed = claimants(opened(put(tmp_path, data), **given_), installed())
        assert [one.name for one in claimed] == ["pdf-statement"]


# -- whatever is printed, and whatever bytes come


def money(value: int) -> str:
    return f"{abs(value) // 100:,}.{abs(value) % 100:02d}"


WORDS = st.text("ABCDEFGHJKLMNPQRSTUVWXYZ 0123456789/-", min_size=1, max_size=24).filter(
    lambda t: t.strip() and t == " ".join(t.split())
)
MOVES = st.lists(
    st.tuples(
        st.integers(0, 3),
        st.integers(-10_000_000_00, 10_000_000_00).filter(bool),
        st.lists(WORDS, min_size=1, max_size=3),
    ),
    min_size=1,
    max_size=30,
)


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(MOVES, st.integers(3, 9), st.integers(-10_000_00, 10_000_000_00), st.sampled_from([7.0, 9.0, 10.0]))
def test_what_is_drawn_is_what_is_read(
    tmp_path: Path, moves: list[tuple[int, int, list[str]]], rows: int, opening: int, size: float
) -> None:
    """Write a table, print it, read it: equal. The words come from the reader itself, called here without its process."""
    day, balance = date(2024, 3, 1).toordinal(), opening
    minus = "-" if balance < 0 else ""
    lines: list[tuple[object, ...]] = [("01/03/2024", "Opening balance", "", "", minus + money(balance))]
    expected = []
    for days, amount, text in moves:
        day, balance = day + days, balance + amount
        on = date.fromordinal(day)
        out, into = (money(amount), "") if amount < 0 else ("", money(amount))
        lines.append((f"{on:%d/%m/%Y}", text, out, into, ("-" if balance < 0 else "") + money(balance)))
        expected.append((on, amount, balance, " | ".join(text)))
    bank = english(rows=rows, size=size, leading=size * 1.5)
    data = draw(bank, lines)  # type: ignore[arg-type]
    profile = tmp_path / "fixed.yaml"
    profile.write_text(
        'profile: quay_bank/1\nconfirmed_by: "L. Chen"\nmatch: {header: [Date, Details, Paid out, Paid in, Balance]}\n'
        'account: {scope: file, from: {preamble: "Account number: ([0-9]+)"}}\ncurrency: {scope: file, value: GBP}\n'
        'dates: {booked: {column: Date, formats: ["%d/%m/%Y"]}}\namount: {mode: debit_credit, debit: Paid out, credit: Paid in}\n'
        'numbers: {decimal: ".", thousands: ","}\nbalance: {column: Balance, order: oldest_first}\ndetails: [Details]\n'
        "balances: {column: Details, opening: [Opening balance]}\n"
        "pdf: {bands: {Date: [40, 108], Details: [108, 300], Paid out: [300, 380], Paid in: [380, 460], Balance: [460, 560]}}\n",
        "utf-8",
    )
    source = opened(put(tmp_path, data), profile=str(profile))
    pdf._held.clear()
    pdf._held[source.exhibit.sha256] = pdf._document(source, read_words(data))
    reading = read_exhibit(source, READER)
    postings = [item for item in READER.read(source) if isinstance(item, Posting)]
    assert [(p.booked, p.amount, p.balance, p.details) for p in postings] == expected
    assert reading.status == "loaded-and-reconciled"


@pytest.mark.parametrize("seed", range(4))
def test_no_damage_reaches_beyond_its_file(tmp_path: Path, seed: int) -> None:
    """Bytes are changed, taken out and doubled: what comes is a refusal, a question or whole lines, never a crash."""
    chance = random.Random(f"pdf {seed}")
    data = bytearray(draw(english(rows=6), ENGLISH))
    answers = {"profile": profile_for(tmp_path, bytes(data)), "currency": "GBP"}
    for _ in range(chance.randrange(1, 12)):
        at = chance.randrange(len(data))
        match chance.randrange(3):
            case 0:
                data[at] = chance.randrange(256)
            case 1:
                del data[at : at + chance.randrange(1, 200)]
            case _:
                data[at:at] = data[max(0, at - chance.randrange(1, 200)) : at]
    source = opened(put(tmp_path, b"%PDF-" + bytes(data[5:])), **answers)
    with contextlib.suppress(TracerError):
        reading = read_exhibit(source, READER)
        assert reading.raw == reading.tally.records


# -- the verbs


def test_from_preview_to_rebuild(tmp_path: Path) -> None:
    data = draw(english(rows=6), wrong())
    path = put(tmp_path, data, "statement.pdf")
    case = tracer.new(tmp_path / "case", id="QX-1", title="PDF", as_of="2025-06-30", by="L. Chen")
    shown = case.preview(path)
    assert "pdf:" in shown.explain()
    assert any("column" in problem for problem in shown.check())
    profile = profile_for(tmp_path, data)
    under = case.preview(path, profile=profile, currency="GBP")
    assert any("p2.r6" in problem for problem in under.check())
    asked = case.load(path, answers={"profile": profile, "currency": "GBP"})
    assert asked.rows[0][2] == "refused"
    assert not case.ledger.counts().get("posting")
    why = {"sign:p2.r6:+1000": "L. Chen: the bank's letter of 3 May states 2,000.00"}
    done = case.load("EX-0001", answers={"profile": profile, "currency": "GBP", **why})
    assert done.rows[0][2] == "loaded-and-flagged"
    assert case.ledger.counts()["posting"] == 6
    before = case.ledger.content_head()
    case.rebuild()
    assert case.ledger.content_head() == before
