"""QIF: the golden, what is asked and never guessed, traps of the format, damage, and whatever bytes come."""

import contextlib
import json
import random
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from connectors import ofx, qif
from tests.connectors.goldens import APART, files_of, opened, records
from tracer.ingest import NeedsAnswer
from tracer.ingest.fin import FIELD_CAP
from tracer.ingest.reading import Reading, read_exhibit
from tracer.model import Posting, Reject, Statement, TracerError, UnreadableExhibit, major

READER = qif.CONNECTOR
FILES = files_of("qif")
ASKED = {"currency": "USD", "account": "4478820018", "date_order": "mdy", "century": "2000s", "decimal": "."}


def put(folder: Path, text: str | bytes) -> Path:
    path = folder / "a.qif"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


def block(day: str = "01/02/2024", amount: str = "-5.00", more: str = "") -> str:
    return f"D{day}\nT{amount}\nPQX\n{more}^\n"


def load(folder: Path, text: str | bytes, **answers: str) -> tuple[Reading, list[Posting], list[Reject]]:
    source = opened(put(folder, text), **answers)
    assert READER.claims(source)
    items = list(READER.read(source))
    reading = read_exhibit(source, READER)
    assert reading.raw == reading.tally.records
    return (
        reading,
        [one for one in items if isinstance(one, Posting)],
        [one for one in items if isinstance(one, Reject)],
    )


def bank(folder: Path, body: str, **answers: str) -> tuple[Reading, list[Posting], list[Reject]]:
    """A list with every question answered, but for those named as empty."""
    given = {key: value for key, value in (ASKED | answers).items() if value}
    return load(folder, "!Type:Bank\n" + body, **given)


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_records_are_the_golden_ones(path: Path) -> None:
    assert records(path) == json.loads(path.with_suffix(".json").read_text("utf-8"))
    assert {p.with_suffix(".json") for p in FILES} == set(path.parent.glob("*.json"))


# --- what is asked ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("key", "body", "choices"),
    [
        pytest.param("currency", block(), (), id="no currency is printed, ever"),
        pytest.param("account", block(), (), id="no !Account names it"),
        pytest.param("date_order", block("01/02/2024"), ("dmy", "mdy", "ymd"), id="1 February or 2 January"),
        pytest.param("date_order", block("13/02/2024") + block("02/13/2024"), ("dmy", "mdy", "ymd"), id="both are proved"),
        pytest.param("date_order", block("24-05-17"), ("dmy", "mdy", "ymd"), id="the year may stand first"),
        pytest.param("century", block("01/13/07"), ("2000s", "1900s", "apostrophe", "split-1969"), id="07"),
        pytest.param("century", block("1/13' 7"), ("2000s", "1900s", "apostrophe", "split-1969"), id="' 7"),
        pytest.param("decimal", block(amount="1,000") + block(amount="-2.500"), (".", ","), id="a thousand or one"),
    ],
)  # fmt: skip
def test_what_the_file_does_not_tell_is_asked(tmp_path: Path, key: str, body: str, choices: tuple[str, ...]) -> None:
    with pytest.raises(NeedsAnswer) as asked:
        bank(tmp_path, body, **{key: ""})
    assert (asked.value.key, asked.value.choices) == (key, choices)
    assert f"--answer {key}=" in asked.value.next_call


@pytest.mark.parametrize(
    ("printed", "answers", "day"),
    [
        ("01/02/2024", {"date_order": "dmy"}, date(2024, 2, 1)),
        ("01/02/2024", {"date_order": "mdy"}, date(2024, 1, 2)),
        ("13/02/2024", {"date_order": ""}, date(2024, 2, 13)),
        ("02/13/2024", {"date_order": ""}, date(2024, 2, 13)),
        ("05/05/2024", {"date_order": ""}, date(2024, 5, 5)),
        ("2024-02-13", {"date_order": "", "century": ""}, date(2024, 2, 13)),
        ("13.02.2024", {"date_order": "", "century": ""}, date(2024, 2, 13)),
        ("24-05-17", {"date_order": "ymd"}, date(2024, 5, 17)),
        ("1/13'24", {"century": "apostrophe"}, date(2024, 1, 13)),
        ("1/13/94", {"century": "apostrophe"}, date(1994, 1, 13)),
        ("1/ 3' 4", {"century": "apostrophe"}, date(2004, 1, 3)),
        ("1/13/94", {"century": "2000s"}, date(2094, 1, 13)),
        ("1/13/94", {"century": "split-1969"}, date(1994, 1, 13)),
        ("1/13/68", {"century": "split-1969"}, date(2068, 1, 13)),
        ("1/13/24", {"century": "1900s"}, date(1924, 1, 13)),
    ],
)
def test_a_day_is_read_as_proved_or_as_answered(
    tmp_path: Path, printed: str, answers: dict[str, str], day: date
) -> None:
    _, (one,), _ = bank(tmp_path, block(printed), **answers)
    assert (one.booked, one.marks) == (day, ())
    assert f"D: {printed}" in one.parts


@pytest.mark.parametrize(
    ("printed", "mark"),
    [
        ("02/30/2024", "date-not-real:booked"),
        ("13/02/2024", "date-not-real:booked"),
        ("00/00/0000", "date-not-real:booked"),
        ("soon", "date-unreadable:booked:soon"),
        ("", "date-unreadable:booked:none is printed"),
    ],
)
def test_a_day_that_is_none_is_empty_and_the_line_stays(tmp_path: Path, printed: str, mark: str) -> None:
    reading, (one,), _ = bank(tmp_path, block(printed))
    assert (one.booked, one.amount, one.marks) == (None, -500, (mark,))
    assert reading.status == "loaded-and-flagged"


@pytest.mark.parametrize(
    ("printed", "decimal", "units"),
    [
        ("1,234.56", ".", 123456),
        ("1.234,56", ",", 123456),
        ("1.234,56", ".", "amount-not-decimal-point"),
        ("-25,000.00", ".", -2500000),
        ("-5", ".", -500),
        ("(12.50)", ".", -1250),
        ("12.345", ".", "amount-too-precise"),
        ("five", ".", "amount-not-a-number"),
        ("", ".", "amount-missing"),
    ],
)
def test_an_amount_is_read_exactly_or_set_aside(tmp_path: Path, printed: str, decimal: str, units: int | str) -> None:
    _, lines, aside = bank(tmp_path, block(amount=printed), decimal=decimal)
    assert [one.amount for one in lines] + [one.code for one in aside] == [units]


@pytest.mark.parametrize(("body", "units"), [(block(amount="1.234,56"), 123456), (block(amount="1,234.56"), 123456)])
def test_an_amount_with_both_marks_tells_which_is_the_decimal_one(tmp_path: Path, body: str, units: int) -> None:
    _, (one,), _ = bank(tmp_path, body, decimal="")
    assert one.amount == units


def test_an_encoding_that_is_not_stated_is_asked(tmp_path: Path) -> None:
    text = ("!Type:Bank\n" + block().replace("QX", "Müller")).encode("cp850")
    with pytest.raises(NeedsAnswer) as asked:
        load(tmp_path, text, **ASKED)
    assert asked.value.key == "encoding"
    _, (one,), _ = load(tmp_path, text, encoding="cp850", **ASKED)
    assert one.counterparty == "Müller"


# --- accounts -----------------------------------------------------------------------------------------------------

TWO = (
    "!Account\nNEuro Chequing\n^\n!Type:Bank\n" + block() + "!Account\nNVisa\n^\n!Type:CCard\n" + block(amount="-7.00")
)


def test_each_account_has_its_own_statement_number_and_currency(tmp_path: Path) -> None:
    answers = ASKED | {"currency:Euro Chequing": "EUR", "account:Visa": "9999000011112222"}
    reading, lines, _ = load(tmp_path, TWO, **answers)
    assert [(one.account, one.currency, one.amount) for one in lines] == [
        ("Euro Chequing", "EUR", -500),
        ("9999000011112222", "USD", -700),
    ]
    assert reading.status == "loaded-and-flagged", "an account told by its name alone is in doubt"


def test_one_answer_names_one_account_and_never_two(tmp_path: Path) -> None:
    _, lines, _ = load(tmp_path, TWO, **ASKED)
    assert [one.account for one in lines] == ["Euro Chequing", "Visa"]
    _, lines, _ = load(tmp_path, TWO.partition("!Account\nNVisa")[0], **ASKED)
    assert [one.account for one in lines] == ["4478820018"]


def test_lists_of_two_types_without_a_name_are_two_accounts_and_each_is_asked(tmp_path: Path) -> None:
    text = "".join(f"!Type:{kind}\n{block()}" for kind in ("Bank", "Oth A", "Bank"))
    with pytest.raises(NeedsAnswer, match="!Type:bank") as asked:
        load(tmp_path, text, **ASKED)
    assert asked.value.key == "account:bank"
    with pytest.raises(NeedsAnswer, match="--answer account:oth-a="):
        load(tmp_path, text, **ASKED, **{"account:bank": "11"})
    _, lines, _ = load(tmp_path, text, **ASKED, **{"account:bank": "11", "account:oth-a": "22"})
    assert [one.account for one in lines] == ["11", "22", "11"]


def test_a_list_of_accounts_is_no_list_of_lines(tmp_path: Path) -> None:
    text = "!Option:AutoSwitch\n!Account\nNA1\n^\nNB2\n^\n!Clear:AutoSwitch\n" + TWO
    reading, lines, _ = load(tmp_path, text, **ASKED)
    assert (reading.raw, [one.account for one in lines]) == (2, ["Euro Chequing", "Visa"])


# --- records ------------------------------------------------------------------------------------------------------


def opening(folder: Path) -> tuple[int | None, date | None]:
    answers = {**ASKED}
    (made,) = [one for one in READER.read(opened(folder / "a.qif", **answers)) if isinstance(one, Statement)]
    return made.opening, made.opening_date


def test_a_first_record_may_open_the_account_and_moves_nothing(tmp_path: Path) -> None:
    first = "D01/01/2024\nT1,000.00\nPOpening Balance\nL[Savings]\n^\n"
    reading, lines, _ = bank(tmp_path, first + block())
    assert [(one.status, one.amount) for one in lines] == [("info", 100000), ("booked", -500)]
    assert opening(tmp_path) == (100000, date(2024, 1, 1))
    (total,) = [check for check in reading.checks if check.check == "sum"]
    assert (total.outcome, total.note) == ("not_stated", "no closing balance is printed")


def test_an_opening_balance_below_other_lines_is_a_line_in_doubt(tmp_path: Path) -> None:
    reading, lines, _ = bank(tmp_path, block() + block().replace("PQX", "POpening Balance"))
    assert [one.status for one in lines] == ["booked", "booked"]
    assert opening(tmp_path) == (None, None)
    assert reading.status == "loaded-and-flagged"


@pytest.mark.parametrize(("to", "statuses"), [("Visa", ["info"]), ("visa", ["info"]), ("Savings", ["booked"])])
def test_a_transfer_to_the_account_itself_opens_it_and_one_to_another_does_not(
    tmp_path: Path, to: str, statuses: list[str]
) -> None:
    text = f"!Account\nNVisa\n^\n!Type:CCard\nD01/01/2024\nT-9.00\nPOpening Balance\nL[{to}]\n^\n"
    reading, lines, _ = load(tmp_path, text, **ASKED)
    assert [one.status for one in lines] == statuses
    assert (reading.status == "loaded-and-flagged") == (statuses == ["booked"])


@pytest.mark.parametrize(
    ("splits", "marks"),
    [
        ("SFood\nENote\n$-3.00\nSRent\n$-2.00\n", ()),
        ("SFood\n$-3.00\nSRent\n$-1.00\n", ("parts sum to -4.00, the line is -5.00",)),
        ("SFood\n%100\n", ()),
        ("SFood\n$all\n", ("amount-not-a-number:split:all",)),
    ],
)
def test_splits_explain_the_line_and_are_no_lines(tmp_path: Path, splits: str, marks: tuple[str, ...]) -> None:
    reading, (one,), _ = bank(tmp_path, block(more=splits))
    assert (one.amount, one.marks, reading.raw) == (-500, marks, 1)
    assert [part for part in one.parts if part[0] in "SE$%"] == [f"{s[0]}: {s[1:]}" for s in splits.splitlines()]


@pytest.mark.parametrize(
    ("body", "code"),
    [
        pytest.param(block(more="U-6.00\n"), "amounts-differ", id="T and U differ"),
        pytest.param(block().replace("^\n", "") + block(), "field-twice", id="two records run into one"),
        pytest.param("D01/02/2024\nT-12", "not-closed", id="cut inside the amount"),
        pytest.param(block().replace("^\n", "!Type:Cat\n"), "not-closed", id="a header inside a record"),
        pytest.param(block(more="M" + "x" * FIELD_CAP + "\n"), "too-long", id="a line without end"),
        pytest.param("PQX\n^\n", "amount-missing", id="no amount"),
    ],
)
def test_a_record_without_a_sure_amount_is_set_aside_and_the_rest_loads(tmp_path: Path, body: str, code: str) -> None:
    _, lines, aside = bank(tmp_path, block(amount="-1.00") + body)
    assert ([one.amount for one in lines], [one.code for one in aside]) == ([-100], [code])


@pytest.mark.parametrize(
    ("header", "code"),
    [("Invst", "investment"), ("Memorized", "memorized"), ("Invoice", "unknown-list"), ("", "unknown-list")],
)
def test_what_is_no_line_of_an_account_is_set_aside_with_its_reason(tmp_path: Path, header: str, code: str) -> None:
    reading, lines, aside = bank(tmp_path, block() + f"!Type:{header}\n" + block(amount="-9.00"))
    assert ([one.amount for one in lines], [one.code for one in aside]) == ([-500], [code])
    assert "T-9.00" in aside[0].raw
    assert (reading.raw, reading.tally.set_aside) == (2, 1)


def test_letters_that_are_not_known_are_kept(tmp_path: Path) -> None:
    _, (one,), _ = bank(tmp_path, block(more="ZNew\nF\nA1 Quay\nAXX\nN771\nMone\nMtwo\nL[Savings]/Home\n"))
    assert {"Z: New", "A: 1 Quay", "A: XX", "L: [Savings]/Home"} <= set(one.parts)
    assert (one.owner_reference, one.details, one.counterparty_account) == ("771", "one\ntwo", "Savings")


@pytest.mark.parametrize("end", ["\r\n", "\r", "\n\n"])
def test_any_line_end_is_one(tmp_path: Path, end: str) -> None:
    _, lines, _ = bank(tmp_path, (block() + block(amount="-6.00")).replace("\n", end))
    assert [one.amount for one in lines] == [-500, -600]


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16"])
def test_a_byte_order_mark_decides(tmp_path: Path, encoding: str) -> None:
    _, (one,), _ = load(tmp_path, ("!Type:Bank\n" + block().replace("QX", "北码头")).encode(encoding), **ASKED)
    assert one.counterparty == "北码头"


def test_the_newest_first_are_turned_and_a_day_has_no_order(tmp_path: Path) -> None:
    _, lines, _ = bank(tmp_path, block("02/01/2024", "1") + block("01/01/2024", "2") + block("01/01/2024", "3"))
    assert [one.amount for one in lines] == [300, 200, 100]
    (made,) = [one for one in READER.read(opened(tmp_path / "a.qif", **ASKED)) if isinstance(one, Statement)]
    assert (made.kind, made.marks[-2:]) == ("table", ("order-by-days", "unproven"))


def test_a_list_without_a_record_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UnreadableExhibit, match="without a record"):
        bank(tmp_path, "!Type:Cat\nNFees\n^\n")


@pytest.mark.parametrize(
    ("text", "is_ours"),
    [
        ("!Type:Bank\n", True),
        ("\ufeff\n !type: CCard \n", True),
        ("!Account\nNx\n^\n", True),
        ("!Option:AutoSwitch\n", True),
        ("!Accounts of the year\n", False),
        ("Type:Bank\n", False),
        ("D01/01/2024\nT5\n^\n!Type:Bank\n", False),
        ("", False),
    ],
)
def test_a_file_is_claimed_by_what_it_holds(tmp_path: Path, text: str, is_ours: bool) -> None:
    assert READER.claims(opened(put(tmp_path, text))) == is_ours


# --- written and read back, damaged, and whatever bytes come ------------------------------------------------------

words = st.text(
    st.characters(codec="utf-8", exclude_categories=["Cc", "Cs", "Zl", "Zp", "Zs"]), min_size=1, max_size=20
)


@settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    written=st.lists(
        st.tuples(st.integers(-(10**12), 10**12), st.dates(date(2000, 1, 1), date(2099, 1, 1)), words, words), min_size=1, max_size=8
    ),
    order=st.sampled_from(["dmy", "mdy"]),
    comma=st.booleans(),
    short=st.booleans(),
)  # fmt: skip
def test_what_is_written_is_read_back(tmp_path: Path, written: list[Any], order: str, comma: bool, short: bool) -> None:
    def shown(units: int) -> str:
        text = major(units, "USD", group=True)
        return text.translate(str.maketrans(",.", ".,")) if comma else text

    def day_of(day: date) -> str:
        front = f"{day:%d/%m}" if order == "dmy" else f"{day:%m/%d}"
        return f"{front}'{day:%y}" if short else f"{front}/{day:%Y}"

    body = "".join(
        block(day_of(day), shown(units)).replace("QX", f"a{name}\nMb{memo}") for units, day, name, memo in written
    )
    _, lines, aside = bank(tmp_path, body, date_order=order, decimal="," if comma else ".")
    assert aside == []
    found = sorted((one.amount, one.booked, one.counterparty, one.details) for one in lines)
    assert found == sorted((units, day, "a" + name, "b" + memo) for units, day, name, memo in written)


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_damaged_files_lose_no_record_and_never_crash(path: Path, tmp_path: Path) -> None:
    rng, data, answers = random.Random(path.name), path.read_bytes(), APART["qif"][1]
    for _ in range(300):
        broken = bytearray(data)
        for _ in range(rng.randrange(1, 5)):
            at = rng.randrange(len(broken))
            way = rng.randrange(3)
            if way == 0:
                broken[at] = rng.randrange(256)
            elif way == 1:
                del broken[at : at + rng.randrange(1, 40)]
            else:
                broken[at:at] = broken[at : at + rng.randrange(1, 80)]
        if rng.random() < 0.3:
            del broken[rng.randrange(len(broken)) :]
        # CheckFailed (a record lost or doubled) fails the test as it is raised.
        with contextlib.suppress(UnreadableExhibit, NeedsAnswer):
            reading = read_exhibit(opened(put(tmp_path, bytes(broken)), **answers), READER)
            assert reading.checks[0].outcome == "ok"


PIECES = st.sampled_from(
    ["!Type:Bank", "!Type:Invst", "!Type:Cat", "!Type:", "!Account", "!Option:x", "!Clear:x", "!", "^", "^x", "D01/02/2024", "D1/2'4",
     "T-5.00", "T1,000", "U5", "PQX", "POpening Balance", "NA1", "L[A1]", "SFood", "$-5.00", "$x", "", " ", "\x1a", "\x85", "\x0b"]
)  # fmt: skip


@settings(max_examples=300, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(body=st.lists(st.one_of(PIECES, st.text(max_size=4)), max_size=40))
def test_whatever_stands_in_the_lists_is_accounted_for(tmp_path: Path, body: list[str]) -> None:
    data = ("!Type:Bank\n" + "\n".join(body)).encode("utf-8", "surrogatepass")
    source = opened(put(tmp_path, data), encoding="latin-1", **ASKED)
    with contextlib.suppress(UnreadableExhibit):
        reading = read_exhibit(source, READER)
        assert reading.raw == reading.tally.records


@settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.binary(max_size=400))
def test_any_bytes_end_in_a_reading_or_a_sentence(tmp_path: Path, data: bytes) -> None:
    with contextlib.suppress(TracerError):
        read_exhibit(opened(put(tmp_path, b"!Type:Bank\n" + data), **ASKED), READER)


@pytest.mark.parametrize("stem", ["default", "stripe-all", "stripe-default"])
def test_ofx_and_qif_of_one_export_hold_the_same_movements(corpora: Path, stem: str) -> None:
    """csv2ofx/SOURCE.md: amounts and dates of one stem must agree across the readers."""
    folder = corpora / "csv2ofx" / "converted"
    theirs = ofx.CONNECTOR.read(opened(folder / f"{stem}.ofx"))
    mine = READER.read(opened(folder / f"{stem}.qif", currency="USD"))
    found = [sorted((one.booked, one.amount) for one in items if isinstance(one, Posting)) for items in (theirs, mine)]
    assert found[0] == found[1] != []


def test_a_million_lines_are_read_at_once(tmp_path: Path) -> None:
    reading, lines, _ = bank(tmp_path, "SFood\n" * 1_000_001 + "T-5.00\n^\n" + block())
    assert ([one.amount for one in lines], [one.code for one in reading.rejects]) == ([-500], ["too-long"])


def test_comments_above_the_first_header_hide_no_list(tmp_path: Path) -> None:
    text = "### exported by a program ###\n# second line\n\n!Type:Bank\n" + block()
    reading, (posting,), (aside,) = load(tmp_path, text, **ASKED)
    assert (posting.amount, posting.booked, reading.raw) == (-500, date(2024, 1, 2), 2)
    assert aside.raw.startswith("### exported")
    assert not READER.claims(opened(put(tmp_path, "# a note\nnot a list\n!Type:Bank\n" + block())))


@pytest.mark.parametrize(
    ("currency", "printed", "amount"),
    [
        ("USD", "$7.00", 700),
        ("USD", "-$1,007.00", -100700),
        ("CAD", "$-7.00", -700),
        ("USD", "(7.00)", -700),
        ("USD", "10'000.00", 1000000),  # Quicken 4
        ("EUR", "$7.00", None),  # contradicts the currency that the person stated
        ("USD", "7.00 S", None),
        ("CAD", "7$00", None),
    ],
)
def test_a_dollar_sign_is_read_where_the_currency_is_a_dollar(
    tmp_path: Path, currency: str, printed: str, amount: int | None
) -> None:
    _, lines, aside = bank(tmp_path, block(amount=printed), currency=currency)
    assert [one.amount for one in lines] == ([] if amount is None else [amount])
    assert len(aside) == (amount is None)


ONE = "!Account\nNHOUSE\nTBank\n^\n"
SEVERAL = "!Option:AutoSwitch\n!Account\nNHOUSE\nTBank\n^\nNCARD\nTCCard\n^\n!Clear:AutoSwitch\n"


@pytest.mark.parametrize(
    ("above", "account"),
    [
        (ONE, "HOUSE"),
        ("!Option:AutoSwitch\n" + ONE + "!Clear:AutoSwitch\n", "HOUSE"),
        (SEVERAL + ONE, "HOUSE"),
        (SEVERAL, ""),
    ],
)
def test_a_list_of_accounts_does_not_say_whose_the_next_lines_are(tmp_path: Path, above: str, account: str) -> None:
    answers = {key: value for key, value in ASKED.items() if key != "account"}
    text = above + "!Type:Bank\n" + block()
    if not account:
        with pytest.raises(NeedsAnswer, match="Which account"):
            load(tmp_path, text, **answers)
        account, answers = "4478820018", ASKED
    _, (line,), _ = load(tmp_path, text, **answers)
    assert line.account == account


@pytest.mark.parametrize("before", ["", "!Account\nNChecking\nTBank\n^\n!Type:Bank\nD01/25/2026\nT-25.00\nPShop\n^\n"])
def test_lines_below_an_account_without_a_type_are_set_aside_and_not_lost(tmp_path: Path, before: str) -> None:
    text = (
        before + "!Account\nNSavings\nTBank\nDrainy days\n^\nD01/26/2026\nT40.00\nPIn\n^\nD01/27/2026\nT-1.50\nN12\n^\n"
    )
    reading, postings, rejects = load(tmp_path, text, currency="USD")
    assert [one.code for one in rejects] == ["type-not-stated", "type-not-stated"]
    assert [one.amount for one in postings] == ([-2500] if before else [])
    assert reading.raw == reading.tally.records == len(postings) + 2
