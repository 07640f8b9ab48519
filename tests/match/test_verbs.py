"""`match` and `judge` as a person uses them: in Python, at a terminal, and in a pipe; nothing is lost, everything can be undone."""

import io
import json
import os
import pty
import re
import signal
import subprocess
import sys
import time
import zipfile
from collections.abc import Callable, Sequence
from dataclasses import fields
from pathlib import Path
from typing import TextIO, cast

import pytest

import tracer
from tracer import review
from tracer.case import Case
from tracer.ledger import WriterLock
from tracer.match import check, count_once
from tracer.model import CaseError, CheckFailed

SAMPLE = Path(__file__).resolve().parents[2] / "sample_data" / "harbour"
PAYER, PAYEE = "447882001838", "990011223344"


def statement(account: str, opening: str, lines: list[tuple[str, str, str]], closing: str, bank: str) -> str:
    """One MT940; a line is (`C500,00`, reference, text of field 86)."""
    booked = "\r\n".join(f":61:2401020102{amount}NTRF{ref}\r\n:86:{text}" for amount, ref, text in lines)
    return (
        f"{{1:F01QXHKHKHHAXXX0000000000}}{{2:I940{bank}XXXXN}}{{4:\r\n:20:S1\r\n:25:{account}\r\n:28C:00001/001\r\n"
        f":60F:C240101USD{opening}\r\n{booked}\r\n:62F:C240131USD{closing}\r\n-}}"
    )


@pytest.fixture
def case(tmp_path: Path) -> Case:
    """Two payments of 500.00 and one of 70.00 between two held accounts; no reference is printed on both sides."""
    made = tracer.new(tmp_path / "case", id="X-1", title="Test", as_of="2026-01-01", by="A. Officer")
    out, into = tmp_path / "payer.sta", tmp_path / "payee.sta"
    paid = [
        ("D500,00", "OUT0001", f"/IBAN/{PAYEE}/NAME/AUKLET INC/REMI/PO 77"),
        ("D70,00", "OUT0002", f"/IBAN/{PAYEE}/REMI/FREIGHT"),
    ]
    came = [
        ("C500,00", "INN0001", f"/IBAN/{PAYER}/NAME/TERN LTD/REMI/PO 77"),
        ("C70,00", "INN0002", f"/IBAN/{PAYER}/REMI/FREIGHT"),
    ]
    out.write_text(statement(PAYER, "1000,00", paid, "430,00", "QXUKGB2LX"))
    into.write_text(statement(PAYEE, "0,00", came, "570,00", "QXHKHKHHX"))
    made.load(out, into)
    return made


def both_sides(case: Case) -> int:
    return sum(1 for t in case.facts().transfers if t.debit and t.credit)


def money(case: Case) -> tuple[int, int]:
    facts = case.facts()
    return count_once(facts.transfers, facts["posting"])["USD"]


def test_candidates_below_the_least_score_are_counted_and_not_shown(case: Case) -> None:
    stated = case.folder / "case.yaml"
    text = stated.read_text("utf-8")
    every = case.candidates()
    assert [c.candidate.score for c in every] == [90, 90]
    before = money(case)
    shown = {}
    for least in ("0.90", "0.91"):
        stated.write_text(text.replace("tracing: {", f'tracing: {{min_match_score: "{least}", ', 1), "utf-8")
        again = tracer.open(case.folder, by="A. Officer")
        found = again.match()
        assert [c.id for c in found.candidates()] == [c.id for c in again.candidates()]
        assert len(found) == len(found.candidates())
        shown[least] = (len(found), "2 candidates below 91 points not shown" in found.foot)
        assert money(again) == before
    assert shown == {"0.90": (2, False), "0.91": (0, True)}
    again.judge(*every[0].asked, "same", reason="PO 77")  # not shown, and in a person's reach all the same
    assert both_sides(again) == 1


def test_candidates_show_both_records_with_place_features_and_margin(case: Case) -> None:
    found = case.match().candidates()
    assert len(found) == 2
    text = str(found[0])
    for part in (
        "EX-0001@",
        "EX-0002@",
        "USD -500.00",
        PAYER,
        PAYEE,
        "OUT0001",
        "INN0001",
        "amount",
        "margin",
        "no other record fits",
    ):
        assert part in text, part
    assert sum(points for _, points, _ in found[0].candidate.features) == found[0].candidate.score


def test_accepting_joins_counts_once_and_withdrawing_restores_exactly(case: Case) -> None:
    case.match()
    before, printed = case.facts().transfers, money(case)
    assert printed == (114_000, 114_000)
    pair = case.match().candidates()[0]
    done = case.match().accept(pair.id, "invoice PO 77 on both statements")
    assert both_sides(case) == 1
    assert money(case) == (64_000, 114_000)
    (transfer,) = [t for t in case.facts().transfers if t.debit and t.credit]
    recorded = case.judgements[-1]
    assert transfer.judgements == (recorded.id,)
    assert any(f.startswith("score=") for f in recorded.features)
    assert pair.id not in {p.id for p in case.match().candidates()}
    case.judge(withdraw=re.search(r"judgement (\w+)", done.foot)[1], reason="PO 77 was paid twice")  # type: ignore[index]
    assert case.facts().transfers == before
    assert money(case) == printed
    case.judge(withdraw=case.judgements[-1].id, reason="it was not")  # to take back the withdrawal
    assert both_sides(case) == 1
    assert [j.decision for j in case.judgements if j.rung < 0] == ["same", "withdrawn", "withdrawn"]
    assert case.verify().check() == ()


def test_a_second_call_changes_nothing_and_says_since_when(case: Case) -> None:
    left, right = case.candidates()[0].candidate.left, case.candidates()[0].candidate.right
    case.judge(left, right, "same", reason="PO 77")
    head = case.decisions.head(), case.log.head()
    again = case.judge(right[:12], left[:12], "same", reason="PO 77")
    assert "Already so since" in again.title
    assert (case.decisions.head(), case.log.head()) == head


def test_not_the_same_and_unsure_are_not_asked_again(case: Case) -> None:
    first, second = case.candidates()
    case.match().reject(first.id, "two orders")
    case.match().unsure(second.id, "no voucher")
    assert case.candidates() == ()
    assert both_sides(case) == 0


def test_what_counts_value_twice_is_refused_and_leaves_no_line(case: Case) -> None:
    debits = [key for key, p in case.facts()["posting"].items() if p.amount < 0]
    head = case.decisions.head()
    with pytest.raises(CheckFailed, match="2 debits"):
        case.judge(debits[0], debits[1], "same", reason="one order")
    assert case.decisions.head() == head
    assert both_sides(case) == 0


@pytest.mark.parametrize(
    ("arguments", "reason", "words"),
    [
        ({"left": "zzzzzz", "right": "yyyyyy", "decision": "same"}, "x", "names no record"),
        ({"withdraw": "0123456789ab"}, "x", "names no judgement"),
        ({"withdraw": "0123456789ab"}, " ", "needs a reason"),
    ],
)
def test_a_slip_is_told_and_nothing_recorded(case: Case, arguments: dict[str, str], reason: str, words: str) -> None:
    with pytest.raises(CaseError, match=words):
        case.judge(**arguments, reason=reason)
    assert list(case.decisions) == []


# -- at a terminal


def command(case: Case, *words: str) -> list[str]:
    return [sys.executable, "-m", "tracer.cli", *words, "--case", str(case.folder), "--by", "B. Officer"]


def piped(case: Case, *words: str, say: str = "") -> subprocess.CompletedProcess[str]:
    return subprocess.run(command(case, *words), input=say, capture_output=True, text=True, check=False)


def test_without_a_terminal_the_exact_calls_are_listed_and_work(case: Case) -> None:
    done = piped(case, "match")
    assert done.returncode == 0, done.stderr
    calls = re.findall(r'tracer judge (\w+) (\w+) same --reason "…"', done.stdout)
    assert len(calls) == 2
    judged = piped(case, "judge", *calls[0], "same", "--reason", "seen on both")
    assert judged.returncode == 0, judged.stderr
    assert both_sides(case) == 1
    back = re.search(r"judge --withdraw (\w+)", judged.stdout)
    assert back
    assert piped(case, "judge", "--withdraw", back[1], "--reason", "no").returncode == 0
    assert both_sides(case) == 0


def test_the_dialogue_by_keys(case: Case) -> None:
    done = piped(case, "match", "--ask", say="maybe\ns\nPO 77\nn\ntwo freights\n")
    assert done.returncode == 0, done.stderr
    assert "none of the answers" in done.stdout
    assert "2 decided, 0 open" in done.stdout
    assert [(j.decision, j.reason, j.by) for j in case.judgements if j.rung < 0] == [
        ("same", "PO 77", "B. Officer"),
        ("different", "two freights", "B. Officer"),
    ]


def test_back_takes_the_last_answer_back_with_a_reason_and_the_pair_is_open_again(case: Case) -> None:
    before = case.facts().transfers
    done = piped(case, "match", "--ask", say="b\ns\nPO 77\nb\n\nb\nwrong line\nb\nq\n")
    assert done.returncode == 0, done.stderr
    assert done.stdout.count("nothing to take back") == 2  # before the first answer, and once it was taken back
    assert "taking back needs a reason too" in done.stdout
    assert "0 decided, 2 open" in done.stdout
    assert [(j.decision, j.reason) for j in case.judgements if j.rung < 0] == [
        ("same", "PO 77"),
        ("withdrawn", "wrong line"),
    ]
    assert case.facts().transfers == before


@pytest.mark.parametrize("say", ["k\nq\n", "s\n\nk\n", "", "u\n", "s\nhalf a rea"])
def test_skip_quit_no_reason_and_the_end_of_input_record_nothing(case: Case, say: str) -> None:
    done = piped(case, "match", "--ask", say=say)
    assert done.returncode == 0, done.stderr
    assert "0 decided, 2 open" in done.stdout
    assert [j for j in case.judgements if j.rung < 0] == []


class Meanwhile:
    """Answers of one session; before one that is a call, the other session acts."""

    def __init__(self, *steps: str | Callable[[], object]) -> None:
        self.steps = list(steps)

    def readline(self) -> str:
        while self.steps:
            step = self.steps.pop(0)
            if isinstance(step, str):
                return f"{step}\n"
            step()
        return ""


def test_what_another_person_answered_meanwhile_is_not_overruled_in_silence(case: Case) -> None:
    """The pair is on A's screen when B answers it: A's answer is refused with B's reason, here and in a notebook, and B's stands."""
    mine, theirs = (tracer.open(case.folder, by=name) for name in ("A. One", "B. Two"))
    held, screen = mine.match(), io.StringIO()
    pair = held.candidates()[0]
    typed = Meanwhile(lambda: theirs.judge(*pair.asked, "same", reason="seen\u202e the voucher"), "n", "two sums", "q")
    assert review.ask(mine.candidates, mine.judge, cast("TextIO", typed), screen) == (0, 1)
    assert "B. Two judged it same" in screen.getvalue()
    with pytest.raises(CaseError, match="B. Two judged it same") as told:
        held.reject(pair.id, "two sums")
    assert "to overrule it: tracer judge" in told.value.next_call
    assert [(j.decision, j.by) for j in case.judgements if j.rung < 0] == [("same", "B. Two")]
    mine.judge(*pair.asked, "different", reason="two sums")  # by its own name it may
    assert both_sides(case) == 0


def test_while_another_session_writes_the_answer_is_refused_and_the_pair_is_asked_again(case: Case) -> None:
    screen, lock = io.StringIO(), WriterLock(case.folder, by="B. Two")
    typed = Meanwhile(lock.__enter__, "s", "PO 77", lambda: lock.__exit__(None, None, None), "s", "PO 77", "q")
    assert review.ask(case.candidates, case.judge, cast("TextIO", typed), screen) == (1, 1)
    assert screen.getvalue().count("[LedgerLocked]") == 1
    assert [(j.decision, j.reason) for j in case.judgements if j.rung < 0] == [("same", "PO 77")]


@pytest.mark.parametrize("locale", ["utf-8:strict", "utf-8:surrogateescape"])
def test_bytes_that_are_no_text_are_no_answer_and_no_reason(case: Case, locale: str) -> None:
    done = subprocess.run(
        command(case, "match", "--ask"),
        input=b"\xff\ns\n\xff\xfe voucher\nq\n",
        capture_output=True,
        check=False,
        env=os.environ | {"PYTHONIOENCODING": locale},
    )
    assert done.returncode == 0, done.stderr
    assert b"Traceback" not in done.stderr
    assert b"0 decided, 2 open" in done.stdout
    assert [j for j in case.judgements if j.rung < 0] == []
    with pytest.raises(CaseError, match="no text"):
        case.judge(*case.candidates()[0].asked, "same", reason="\udcff voucher")


def _until(handle: int, wanted: str, seconds: float = 60) -> str:
    text, end = "", time.monotonic() + seconds
    while wanted not in text:
        assert time.monotonic() < end, text
        text += os.read(handle, 4096).decode("utf-8", "replace")
    return text


@pytest.mark.parametrize("stopped", [signal.SIGINT, signal.SIGKILL])
def test_at_a_terminal_it_asks_and_what_stops_it_keeps_what_was_answered(case: Case, stopped: signal.Signals) -> None:
    ours, theirs = pty.openpty()
    running = subprocess.Popen(
        command(case, "match"), stdin=theirs, stdout=theirs, stderr=subprocess.PIPE, start_new_session=True
    )
    os.close(theirs)
    try:
        _until(ours, "[q]uit > ")
        os.write(ours, b"same\n")
        _until(ours, "reason > ")
        os.write(ours, b"voucher 12\n")
        _until(ours, "[q]uit > ")
        os.write(ours, b"not\n")
        _until(ours, "reason > ")
        os.write(ours, b"half a rea")
        running.send_signal(stopped)
        assert running.wait(30) == (130 if stopped is signal.SIGINT else -9)
        assert running.stderr is not None
        assert (b"Stopped" in running.stderr.read()) is (stopped is signal.SIGINT)
    finally:
        running.kill()
        running.wait()
        if running.stderr:
            running.stderr.close()
        os.close(ours)
    assert [(j.decision, j.reason) for j in case.judgements if j.rung < 0] == [("same", "voucher 12")]
    assert both_sides(case) == 1
    assert case.verify().check() == ()
    case.match().reject(case.candidates()[0].id, "two freights")  # the next session goes on, and no lock is left
    assert case.candidates() == ()


# -- loading in any order


def listed(folder: Path, names: Sequence[str]) -> Path:
    """Write the sample's custody list for some of its files, in the order of `names`, with the files beside it."""
    first, *lines = (SAMPLE / "intake.csv").read_text("utf-8").splitlines(keepends=True)
    chosen = [line for name in names for line in lines if name in line]
    assert len(chosen) == len(names)
    place = folder.with_name(f"{folder.name} sample")
    place.mkdir()
    for part in ("raw", "profiles"):
        (place / part).symlink_to(SAMPLE / part)
    listing = place / "intake.csv"
    listing.write_text("".join([first, *chosen]), "utf-8")
    return listing


def test_sums_counted_once_stand_against_all_postings_with_what_joined_them(case: Case) -> None:
    """Of 500.00 out and in, both sides judged one: printed 500.00 more on the payee's account than is counted there."""
    first = case.match().next()
    assert first is not None
    case.judge(first.candidate.left, first.candidate.right, "same", reason="PO 77")
    rows = {row["account"].rpartition(":")[2]: row for row in case.match_check()}
    payer, payee = rows[PAYER], rows[PAYEE]
    assert [str(payer[name]) for name in ("printed", "counted once", "difference")] == [
        "USD 570.00",
        "USD 570.00",
        "USD 0.00",
    ]
    assert [str(payee[name]) for name in ("printed", "counted once", "difference")] == [
        "USD 570.00",
        "USD 70.00",
        "USD 500.00",
    ]
    assert payee["because"] == "USD 500.00 on 1 line counted where the movement left (a person)"
    facts = case.facts()
    assert sum(one.once for one in check(facts.transfers, facts["posting"], facts.judgements)) == money(case)[0]
    shown = piped(case, "match", "--check")
    assert shown.returncode == 0, shown.stderr
    assert "counted once" in shown.stdout


def test_a_payment_in_parts_is_shown_with_all_its_parts_judged_as_one_and_taken_back_as_one(tmp_path: Path) -> None:
    """500.00 leaves in one line and arrives in two of 300.00 and 200.00."""
    case = tracer.new(tmp_path / "parts", id="X-2", title="Test", as_of="2026-01-01", by="A. Officer")
    out, into = tmp_path / "payer.sta", tmp_path / "payee.sta"
    out.write_text(
        statement(PAYER, "1000,00", [("D500,00", "OUT0001", f"/IBAN/{PAYEE}/REMI/PO 77")], "500,00", "QXUKGB2LX")
    )
    came = [
        ("C300,00", "INN0001", f"/IBAN/{PAYER}/REMI/PO 77 1"),
        ("C200,00", "INN0002", f"/IBAN/{PAYER}/REMI/PO 77 2"),
    ]
    into.write_text(statement(PAYEE, "0,00", came, "500,00", "QXHKHKHHX"))
    case.load(out, into)
    before = case.facts().transfers
    (found,) = case.match().candidates()
    for part in ("whole", "part 1", "part 2", "USD -500.00", "USD 300.00", "USD 200.00", "2 parts sum to 500.00 USD"):
        assert part in str(found), part
    listed = piped(case, "match").stdout
    assert "3 lines name another held account: 0 have their other side, 3 do not" in listed
    (call,) = re.findall(r"tracer judge (\w+ \w+,\w+) same --reason", listed)
    done = piped(case, "judge", *call.split(), "same", "--reason", "PO 77 in two")
    assert done.returncode == 0, done.stderr
    assert money(case) == (50_000, 100_000)
    assert len([j for j in case.judgements if j.rung < 0]) == 2
    assert [line["verb"] for line in case.log].count("judge") == 1
    assert case.candidates() == ()
    assert "Already so since" in case.judge(*found.asked, "same", reason="PO 77 in two").title
    rows = {row["account"].rpartition(":")[2]: row for row in case.match_check()}
    assert rows[PAYEE]["because"] == "USD 500.00 on 2 lines counted with the payment of which it is a part (a person)"
    assert any("judged to be one payment in 2 parts" in str(problem) for problem in case.match().problems)
    back = re.search(r"judge --withdraw (\w+)", done.stdout)
    assert back
    assert piped(case, "judge", "--withdraw", back[1], "--reason", "two invoices").returncode == 0
    assert case.facts().transfers == before
    assert [p.asked for p in case.candidates()] == [found.asked]
    assert piped(case, "match", "--ask", say="n\ntwo\n").returncode == 0
    assert money(case) == (100_000, 100_000)
    assert case.candidates() == ()
    assert case.verify().check() == ()


def test_the_order_of_loading_changes_neither_head_nor_transfers(tmp_path: Path) -> None:
    names = (
        "mt103_second_instalment.fin",
        "mt202cov_second_instalment.fin",
        "mt910_second_instalment.fin",
        "northquay_usd.xlsx",
    )
    heads, concluded = [], []
    for n, order in enumerate((names, names[::-1])):
        folder = tmp_path / str(n)
        folder.mkdir()
        (folder / "case.yaml").write_bytes((SAMPLE / "case.yaml").read_bytes())
        case = tracer.open(folder, by="A. Officer", clock=lambda: "2025-01-01T00:00:00Z")
        case.load(listing=listed(folder, order))
        case.match()
        heads.append(case.ledger.content_head())
        facts = case.facts()
        concluded.append((facts.transfers, facts.judgements))
        assert len({key for t in facts.transfers for key in t.postings}) == len(facts["posting"])
    assert heads[0] == heads[1]
    assert concluded[0] == concluded[1]
    whole = [t for t in concluded[0][0] if len(t.messages) == 3]
    assert [(t.amount_out, len(t.postings)) for t in whole] == [(80_000_000, 1)]


# -- parties


@pytest.fixture(scope="module")
def owned(tmp_path_factory: pytest.TempPathFactory) -> Case:
    folder = tmp_path_factory.mktemp("owned")
    (folder / "case.yaml").write_bytes((SAMPLE / "case.yaml").read_bytes())
    case = tracer.open(folder, by="A. Officer")
    names = ("ownership_bods.json", "assets.csv", "accounts.csv", "northquay_usd.xlsx")
    case.load(listing=listed(folder, names))
    return case


def figures(case: Case, person: str) -> dict[str, object]:
    return {
        f"{v.law} {name}": str(share)
        for v in case.dossier().verdicts
        if v.person == person and v.target == "harborline"
        for name, share in v.figures.items()
    }


def test_two_records_judged_one_person_are_one_owner_with_the_judgement_cited(owned: Case) -> None:
    """Lin Haosheng holds 43/88 and Lin Meiyao 45/88 of Harborline (GUIDE.md); as one person they hold all of it."""
    before = owned.dossier()
    apart = {name: getattr(before, name) for name in ("verdicts", "chains", "hygiene", "party_ids", "same_parties")}
    assert before.same_parties == {}
    assert before.party_ids["lin-haosheng"] != before.party_ids["lin-meiyao"]
    done = owned.judge("lin-meiyao", "lin-haosheng", "same", reason="one passport number, CN-PASS-1")
    made = owned.dossier()
    assert made.party_ids["lin-haosheng"] == made.party_ids["lin-meiyao"]
    assert len(set(made.party_ids.values())) == len(set(before.party_ids.values())) - 1
    assert {v.person for v in made.verdicts if v.target == "harborline"} & {"lin-meiyao", "lin-haosheng"} == {
        "lin-haosheng"
    }
    assert figures(owned, "lin-haosheng")["us_cdd own"] == "100%"
    own = [v for v in made.verdicts if v.person == "lin-haosheng" and v.target == "harborline" and v.law == "us_cdd"]
    assert own[0].verdict == "YES"
    identity = owned.judgements[-1].id
    assert any(identity[:12] in said and "one passport number" in said for said in own[0].assumptions)
    shown = owned.owners("Harborline Residences LLC")
    assert any("one passport number" in row["assumptions"] for row in shown)
    assert not any(
        "one passport number" in "; ".join(v.assumptions)
        for v in made.verdicts
        if v.person == "samir-nasser" and not v.chains
    )
    owned.annex("R4")
    (book,) = (owned.folder / "out").glob("*.xlsx")
    with zipfile.ZipFile(book) as parts:
        printed = b"".join(parts.read(name) for name in parts.namelist() if name.endswith(".xml")).decode()
    assert f"judgement {identity[:12]}" in printed
    assert "one passport number" in printed
    owned.judge(withdraw=re.search(r"judgement (\w+)", done.foot)[1], reason="two passports")  # type: ignore[index]
    after = owned.dossier()
    assert {name: getattr(after, name) for name in apart} == apart
    owned.annex("R4")


def test_parties_judged_different_are_not_made_one_through_a_third(owned: Case) -> None:
    owned.judge("lin-meiyao", "lin-haosheng", "different", reason="two birth dates")
    owned.judge("samir-nasser", "lin-haosheng", "same", reason="for the test")
    with pytest.raises(CheckFailed, match="judged different"):
        owned.judge("samir-nasser", "lin-meiyao", "same", reason="for the test")
    for judgement in [j for j in owned.judgements if j.reason in {"two birth dates", "for the test"}]:
        owned.judge(withdraw=judgement.id, reason="end of the test")
    assert owned.dossier().same_parties == {}


def test_every_judgement_reads_back_as_written(case: Case) -> None:
    case.match().accept(case.candidates()[0].id, "PO 77")
    lines = [json.loads(line) for line in (case.folder / "decisions.jsonl").read_text("utf-8").splitlines()]
    recorded = case.judgements
    assert len(lines) == len(recorded)
    names = {f.name for f in fields(type(recorded[0]))}
    for line, judgement in zip(lines, recorded, strict=True):
        assert names <= set(line)
        assert {name: line[name] for name in names - {"features"}} == {
            name: getattr(judgement, name) for name in names - {"features"}
        }
