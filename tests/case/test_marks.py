"""What a reader marks is seen: the load flags the file, `problems` lists the mark with its place, the annex tells the check."""

import ast
from pathlib import Path

import pytest

import tracer
from tests.case.test_bad_input import GOOD, put
from tests.case.test_not_reconciled import checks
from tracer import routes
from tracer.annex.workbook import planned
from tracer.case import Case
from tracer.ingest.marks import KINDS, kind_of

HEAD = "Acct,Date,Value,Amount,Balance,Ref,Text\n"
PROFILE = """
profile: made_up/1
confirmed_by: A. Officer
match: {header: [Acct, Date, Amount, Balance]}
file: {footer: [Total]}
account: {scope: row, column: Acct}
currency: {scope: file, value: EUR}
dates: {booked: {column: Date, formats: ["%d.%m.%Y"]}, value: {column: Value, formats: ["%d.%m.%Y"]}}
amount: {mode: signed, column: Amount}
balance: {column: Balance, order: oldest_first}
references: {bank: Ref}
details: [Text]
"""
LINE = "4711,05.02.2025,05.02.2025,10.00,110.00,R1,rent\n"


@pytest.fixture
def case(tmp_path: Path) -> Case:
    return tracer.new(tmp_path / "case", id="X-1", title="Test", as_of="2026-01-01", by="A. Officer")


def load(case: Case, tmp_path: Path, name: str, text: str) -> dict[str, object]:
    profile = put(tmp_path, "profile.yaml", PROFILE)
    answers = {"profile": str(profile)} if name.endswith(".csv") else {}
    (row,) = case.load(put(tmp_path, name, text), answers=answers)
    return dict(row.items()) if hasattr(row, "items") else row


def seen(case: Case, kind: str) -> list[tuple[str, str]]:
    return [(str(row["place"]), str(row["what"])) for row in case.problems() if row["kind"] == kind]


@pytest.mark.parametrize(
    ("name", "text", "touches", "place", "mark", "check"),
    [
        pytest.param("a.csv", HEAD + LINE + LINE.replace("05.02.2025,05.02.2025,10.00,110", "31.02.2025,05.02.2025,10.00,120"),
                     "date", "EX-0001@row=3", "date-not-real:booked", "dates", id="31 February, booked"),
        pytest.param("a.csv", HEAD + LINE.replace("2025,05.02.2025", "2025,30.02.2025"),
                     "date", "EX-0001@row=2", "date-not-real:value_date", "dates", id="30 February, valued"),
        pytest.param("a.csv", HEAD + LINE.replace("2025,05.02.2025", "2025,soon"),
                     "date", "EX-0001@row=2", "date-unreadable:value_date:soon", "dates", id="a value date that is none"),
        pytest.param("a.csv", HEAD + LINE.replace("10.00,110.00", "1e1,110.00"),
                     "amount", "EX-0001@row=2", "scientific-notation", "marks", id="scientific notation"),
        pytest.param("a.csv", HEAD + LINE.replace("110.00", "11O.OO"),
                     "amount", "EX-0001@row=2", "amount-not-a-number:balance:11O.OO", "marks", id="a balance that is no figure"),
        pytest.param("a.csv", HEAD + LINE.replace("4711", "6222021234560000"),
                     "account", "EX-0001@row=2", "digits-after-15-are-zero:account", "marks", id="an account number that ends in zeros"),
        pytest.param("a.csv", HEAD + "4711,05.02.2025,,10.00,90.00,,\n4711,06.02.2025,,20.00,70.00,,\n4711,07.02.2025,,5.00,65.00,,\n",
                     "sign", "EX-0001@header=1/statement=1", "sign-inverted-by-balances", "marks", id="the balances turn the sign"),
        pytest.param("a.csv", HEAD + LINE + "Total,,,11.00,,,\n",
                     "total", "EX-0001@header=1/statement=1", "footer-net:off:100", "control_total", id="a footer that does not agree"),
        pytest.param("a.csv", HEAD + LINE + "Total,,,n/k,,,\n",
                     "total", "EX-0001@header=1/statement=1", "amount-not-a-number:footer:row=3", "marks", id="a footer that is no figure"),
        pytest.param("s.sta", GOOD.replace("2401020102C500,00", "2402310131C500,00"),
                     "date", "EX-0001@message=1/line=6", "value date 240231 does not exist", "dates", id="31 February in field 61"),
        pytest.param("s.sta", GOOD.replace(":62F:C240131", ":62F:C240231"),
                     "date", "EX-0001@message=1/line=2", "62F: balance date 240231 does not exist", "dates", id="a balance of 31 February"),
        pytest.param("s.sta", GOOD.replace("0102C500,00", "0102C500.00"),
                     "amount", "EX-0001@message=1/line=6", "decimal point in 500.00", "marks", id="a decimal point in SWIFT"),
        pytest.param("s.sta", GOOD.replace(":25:447882001838\r\n", ""),
                     "account", "EX-0001@message=1/line=2", "no account is printed", "marks", id="no account"),
        pytest.param("s.sta", GOOD.replace(":62F:", ":62M:"),
                     "completeness", "EX-0001@message=1/line=2", "ends at an intermediate balance (62M): later pages are not held", "complete",
                     id="later pages are missing"),
    ],
)  # fmt: skip
def test_a_mark_in_doubt_flags_the_file_and_is_listed_with_its_place(
    case: Case, tmp_path: Path, name: str, text: str, touches: str, place: str, mark: str, check: str
) -> None:
    row = load(case, tmp_path, name, text)
    assert row["outcome"] == "loaded-and-flagged"
    assert row["set_aside"] == 0, "the line stays"
    listed = seen(case, f"marked: {touches}")
    assert [where for where, what in listed if what.endswith(f"({mark})")] == [place]
    assert [r for r in case.reconcile() if r["check"] == check and r["outcome"] == "off"]
    assert f"1 {check}" in {r["what"]: r["value"] for r in case.status()}["checks that are off"]
    made = case.dossier()
    (gap,) = [g for g in made.gaps if g.kind == "check_off"]
    assert kind_of(mark).zh in gap.description_zh or check == "control_total"
    result, difference, listed_on_16, explained = checks(made)["C20"]
    assert (result, difference, listed_on_16) == ("NOT RECONCILED", 1, 1)
    assert gap.id in explained
    planned(made, routes.evaluate("R4", made), "R4")


def test_a_footer_that_does_not_agree_is_told_with_its_difference(case: Case, tmp_path: Path) -> None:
    load(case, tmp_path, "a.csv", HEAD + LINE + LINE.replace("110.00", "120.00") + "Total,,,21.50,,,\n")
    (off,) = [r for r in case.reconcile() if r["outcome"] == "off"]
    assert (off["expected"], off["found"], off["difference"]) == ("EUR 21.50", "EUR 20.00", "EUR 1.50")
    (row,) = [r for r in case.problems() if r["kind"] == "unreconciled: control_total"]
    assert str(row["amount"]) == "EUR 1.50"
    (gap,) = [g for g in case.dossier().gaps if g.kind == "check_off"]
    assert (gap.amount, gap.currency) == (150, "EUR")
    assert "printed EUR 21.50, the lines give EUR 20.00, difference EUR 1.50" in gap.description_en
    assert "所印 EUR 21.50，各行合计 EUR 20.00，差额 EUR 1.50" in gap.description_zh


def test_a_footer_that_agrees_is_a_check_that_holds(case: Case, tmp_path: Path) -> None:
    row = load(case, tmp_path, "a.csv", HEAD + LINE + "Total,,,10.00,,,\n")
    assert row["outcome"] == "loaded-and-reconciled"
    assert [r["outcome"] for r in case.reconcile() if r["check"] == "control_total"] == ["ok"]
    assert checks(case.dossier())["C20"][0] == "PASS"


def test_what_is_odd_and_no_doubt_is_a_note_and_how_it_was_read_is_explained(case: Case, tmp_path: Path) -> None:
    row = load(
        case, tmp_path, "a.csv", HEAD + LINE.replace("R1", "1234567890123450000") + LINE.replace("110.00", "120.00")
    )
    assert row["outcome"] == "loaded-and-reconciled"
    ((place, what),) = seen(case, "note: number-damaged")
    assert place == "EX-0001@row=2"
    assert "digits-after-15-are-zero:reference_bank" in what
    told = case.problems().explain()
    assert "confirmed-by:A. Officer" in told
    assert "profile:made_up/1" in told


def test_every_mark_that_a_reader_can_set_has_a_sentence() -> None:
    """The beginnings of all texts that the readers add to `marks`, taken from their source."""
    root = Path(tracer.__file__).resolve().parents[1]
    found = set()
    for path in [*(root / "connectors").glob("*.py"), *(root / "tracer/ingest").glob("*.py")]:
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if (
                isinstance(node, ast.Call)
                and isinstance(node.func, ast.Attribute)
                and node.func.attr in {"append", "mark"}
            ):
                base = node.func.value
                name = base.attr if isinstance(base, ast.Attribute) else base.id if isinstance(base, ast.Name) else ""
                if (name in {"marks", "_marks", "found"} or node.func.attr == "mark") and node.args:
                    found.add((path.name, *(_sample(node.args[0], filler) for filler in ("EUR", "1"))))
    samples = {texts for texts in found if texts[1]}
    assert len(samples) > 60
    unknown = [texts for texts in samples if all(kind_of(text).name == "unknown" for text in texts[1:])]
    assert [texts for texts in unknown if texts[0] != "reconcile.py"] == []


def _sample(node: ast.expr, filler: str) -> str:
    """Return a text that the expression may give: the filler for what stands in braces."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return node.value
    if isinstance(node, ast.JoinedStr):
        if not isinstance(node.values[0], ast.Constant):
            return ""
        return "".join(str(v.value) if isinstance(v, ast.Constant) else filler for v in node.values)
    return ""


def test_each_kind_has_both_languages() -> None:
    assert len({kind.name for kind in KINDS}) == len(KINDS)
    for kind in KINDS:
        assert kind.en
        assert any("\u4e00" <= letter <= "\u9fff" for letter in kind.zh)
    assert kind_of("something new").is_doubt
