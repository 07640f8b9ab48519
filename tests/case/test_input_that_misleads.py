"""Input that misleads, through the public verbs: each has a defined result, by hand, or a refusal that says what to do."""

from pathlib import Path

import numpy as np
import pytest

import tracer
from tests.case.test_conversions import PAPER, statement
from tracer import defence, trace
from tracer.case import Case
from tracer.model import RuleError, TracerError
from tracer.trace.entries import Entries

RULES = ("libr", "fifo", "lifo", "pro_rata", "proceeds_first")
ONE = statement(
    "123456789", "USD", "1000,00", "7000,00", "240305 C10000,00NTRFCLAIM-0001", "240310 D4000,00NTRFCAR-0001"
)


def event(name: str, amount: str, *, entry: str = "CLAIM-0001", account: str = "123456789") -> str:
    return (
        f'{{id: {name}, offence: O1, date: "2024-03-05", amount: "{amount}", currency: USD, payer: P, payee: Q, act: "a", '
        f'account: "{account}", proceeds_txn: "{entry}", exhibits: []}}'
    )


def case_of(tmp_path: Path, events: list[str], *files: bytes) -> Case:
    tracer.new(tmp_path / "case", id="X-1", title="Test", as_of="2025-06-30", by="A. Officer")
    paper = tmp_path / "case" / "case.yaml"
    lines = paper.read_text("utf-8").splitlines(keepends=True)
    stated = PAPER | {"predicate_events": f"predicate_events: [{', '.join(events)}]\n"}
    paper.write_text("".join(stated.get(line.split(":")[0], line) for line in lines), "utf-8")
    case = tracer.open(tmp_path / "case", by="A. Officer")
    for number, data in enumerate(files):
        path = tmp_path / f"{number}.sta"
        path.write_bytes(data)
        case.load(path)
    return case


def held(case: Case) -> dict[str, dict[str, int]]:
    return {t.target.rpartition(":")[2]: t.by_rule for t in case.dossier().trace.targets}


def told(case: Case) -> str:
    return " ".join(gap.description_en for gap in case.dossier().gaps)


@pytest.mark.parametrize(
    ("events", "words"),
    [
        ([event("E1", "10000.01")], "its proceeds are more than the credit it enters by"),
        ([event("E1", "4000.00", entry="CAR-0001")], "debit of 4,000.00 USD on 2024-03-10: not traced: the line that carries its reference is a debit"),
        ([event("E1", "10000.00", account="999")], "no credit carries its reference 'CLAIM-0001' on account 999"),
        ([event("E1", "10000.00"), event("E2", "0.01")], "E1, E2 together claim 10,000.01 USD of it, the same cents twice"),
        ([event("E1", "10000.00"), event("E2", "10000.00")], "E1, E2 together claim 20,000.00 USD of it"),
    ],
)  # fmt: skip
def test_a_claim_that_no_credit_bears_is_not_traced_and_says_why(tmp_path: Path, events: list[str], words: str) -> None:
    case = case_of(tmp_path, events, ONE)
    assert words in told(case)
    assert not any(sum(by_rule.values()) for by_rule in held(case).values())
    shown = case.trace()
    assert "Nothing is traced" in shown.title
    is_credit_held = "credit of 10,000.00 USD" in told(case)
    needed = [str(row["what_is_needed"]) for row in shown]
    assert [is_credit_held and words in text for text in needed] == [is_credit_held] * len(events)
    assert [text.startswith("a booked credit of") for text in needed] == [not is_credit_held] * len(events)
    assert "E1" in str(case.problems())


@pytest.mark.parametrize("of", ["number", "cite", "id"])
def test_a_line_that_prints_no_reference_is_stated_by_its_place_or_its_record(tmp_path: Path, of: str) -> None:
    bare = ONE.replace(b"CLAIM-0001", b"NONREF")
    assert bare != ONE
    case = case_of(tmp_path, [event("E1", "10000.00", entry="")], bare)
    assert "the id of its record, or its place (EX-0001@row=8)" in told(case)
    (key,) = [k for k, p in case.facts()["posting"].items() if p.amount == 1_000_000]
    cite = case.facts()["posting"][key].cite
    stated = {"number": f"EX-0001@{cite.locator}", "cite": str(cite), "id": key[:12]}[of]
    paper = tmp_path / "case" / "case.yaml"
    paper.write_text(paper.read_text("utf-8").replace('proceeds_txn: ""', f'proceeds_txn: "{stated}"'), "utf-8")
    again = tracer.open(tmp_path / "case", by="A. Officer")
    assert [claim.posting for claim in again.dossier().trace.claims] == [key]


def test_a_number_that_is_of_two_exhibits_places_no_event(tmp_path: Path) -> None:
    """Behind a withheld exhibit the numbers of an export are not those of intake; line 6 of both statements is a credit."""

    def beside(account: str) -> bytes:
        return ONE.replace(b"CLAIM-0001", b"NONREF").replace(b"123456789", account.encode())

    case = case_of(tmp_path, [event("E1", "10000.00", account="", entry="X")])
    for number, account in enumerate(("555666777", "123456789", "990011223344")):
        (tmp_path / f"{number}.sta").write_bytes(beside(account))
        case.load(tmp_path / f"{number}.sta", evidence_class="" if number else "INT")
    (key,) = [k for k, p in case.facts()["posting"].items() if (p.amount, p.account) == (1_000_000, "123456789")]
    locator = case.facts()["posting"][key].cite.locator
    paper = tmp_path / "case" / "case.yaml"
    text = paper.read_text("utf-8")
    placed = {}
    for stated in (f"EX-0002@{locator}", f"EX-0003@{locator}", f"1.sta@{locator}", f"0.sta@{locator}"):
        paper.write_text(text.replace('proceeds_txn: "X"', f'proceeds_txn: "{stated}"'), "utf-8")
        made = tracer.open(tmp_path / "case", by="A. Officer").dossier()
        placed[stated.partition("@")[0]] = [made.postings[c.posting].account for c in made.trace.claims]
        said = [gap for gap in made.gaps if gap.id and "E1" in gap.description_en]
        assert ["with the name of the file before it" in gap.description_en for gap in said] == [True] * len(said)
        assert all("文件名加其位置" in gap.description_zh for gap in said)
    assert placed == {"EX-0002": [], "EX-0003": ["990011223344"], "1.sta": ["123456789"], "0.sta": []}


def test_two_offences_may_share_a_credit_that_holds_both(tmp_path: Path) -> None:
    """6,000 and 4,000 of one credit of 10,000: LIBR keeps 7,000 of 11,000 - 4,000, and the labels stay apart."""
    case = case_of(tmp_path, [event("E1", "6000.00"), event("E2", "4000.00")], ONE)
    (balance,) = [t for t in case.dossier().trace.targets if t.kind == "balance"]
    assert balance.by_label["libr"] == {"E1": 420000, "E2": 280000}
    (shared,) = [t for t in case.dossier().trace.theories if t.kind == "shared"]
    # 7,000 by 6,000 to 4,000; alone, each was covered by the other money (1,000 + 4,000, 1,000 + 6,000) when 4,000 left
    assert [x for _, _, x in shared.figures] == [700000, 420000, 280000, 420000, 280000]


def test_a_negative_opening_is_a_debt_that_the_first_credit_repays(tmp_path: Path) -> None:
    """1,000 of the 10,000 repay the bank and leave the trail (Bishopsgate v Homan), under every rule."""
    data = statement("123456789", "USD", "1000,00", "9000,00", "240305 C10000,00NTRFCLAIM-0001")
    case = case_of(tmp_path, [event("E1", "10000.00")], data.replace(b":60F:C", b":60F:D"))
    assert held(case) == {"123456789": dict.fromkeys(RULES, 900000), "OVERDRAFT": dict.fromkeys(RULES, 100000)}


def test_an_account_of_one_entry(tmp_path: Path) -> None:
    data = statement("123456789", "USD", "0,00", "10000,00", "240305 C10000,00NTRFCLAIM-0001")
    case = case_of(tmp_path, [event("E1", "10000.00")], data)
    assert held(case) == {"123456789": dict.fromkeys(RULES, 1000000)}
    (balance,) = case.dossier().trace.targets
    assert (balance.bounds.floor, balance.bounds.ceiling) == (1000000, 1000000)


def test_the_same_statement_produced_twice_counts_once(tmp_path: Path) -> None:
    once = case_of(tmp_path / "1", [event("E1", "10000.00")], ONE)
    twice = case_of(tmp_path / "2", [event("E1", "10000.00")], ONE, ONE + b"\r\n")
    assert held(once) == held(twice)


def test_same_day_transfers_in_a_circle_that_no_order_allows_are_cut_and_told(tmp_path: Path) -> None:
    """Each account prints the money coming back before it left: one link is taken as unknown, nothing is lost."""
    first = statement(
        "123456789", "USD", "0,00", "10000,00", "240305 C10000,00NTRFCLAIM-0001", "240306 C5000,00NTRFBACK-0001//BACK-0001",
        "240306 D5000,00NTRFOUT-0001//OUT-0001",
    )  # fmt: skip
    second = statement(
        "987654321", "USD", "0,00", "0,00", "240306 C5000,00NTRFOUT-0001//OUT-0001", "240306 D5000,00NTRFBACK-0001//BACK-0001"
    )  # fmt: skip
    case = case_of(tmp_path, [event("E1", "10000.00")], first, second)
    assert "its origin is taken as unknown" in told(case)
    found = held(case)
    assert {rule: sum(by_rule[rule] for by_rule in found.values()) for rule in RULES} == dict.fromkeys(RULES, 1000000)


@pytest.mark.parametrize(
    ("amount", "result"),
    [
        ("46000000000000000,00", "traced"),  # 4.6e18 minor units, just under the limit of 2**62
        ("46116860184273879,00", "refused"),  # 2**62: two of them would wrap around 64 bits
        ("9000000000000000000,00", "set aside"),  # more than any integer of 64 bits
    ],
)
def test_amounts_near_the_end_of_64_bits(tmp_path: Path, amount: str, result: str) -> None:
    stated = amount.replace(",", ".") if result == "traced" else "10000.00"
    data = statement("123456789", "USD", "0,00", amount, f"240305 C{amount}NTRFCLAIM-0001")
    case = case_of(tmp_path, [event("E1", stated)], data)
    if result == "traced":
        assert held(case) == {"123456789": dict.fromkeys(RULES, 4600000000000000000)}
    elif result == "refused":
        with pytest.raises(RuleError, match="limit of 64 bits") as refused:
            case.trace()
        assert "A total could wrap around silently" in refused.value.meaning
    else:
        assert "beyond 2**62 minor units" in told(case)


def test_nothing_loaded_is_an_answer(tmp_path: Path) -> None:
    case = case_of(tmp_path, [event("E1", "10000.00")])
    try:
        shown = case.trace().title
    except TracerError as refused:
        shown = f"{refused.what} {refused.next_call}"
    assert "E1" in shown or "load" in shown


# -- sizes: the kernels as `tracer.trace` gives them, on columns


def columns(
    account: list[int], amount: list[int], credit: list[bool], partner: list[int], labels: list[int]
) -> Entries:
    """Two accounts, one target; labels: 0 = other money, 1 = proceeds, -1 = no origin."""
    n = len(account)
    origin = np.zeros((n, 4), np.int64)
    for row, label in enumerate(labels):
        if label >= 0:
            origin[row, (0, 2)[label]] = amount[row]
    return Entries(
        account=np.array(account, np.int32), amount=np.array(amount, np.int64), credit=np.array(credit),
        partner=np.array(partner, np.int64), sink=np.full(n, -1, np.int32), origin=origin, opening=np.zeros(n, np.bool_),
        day=np.full(n, -1, np.int32), block=np.full(n, -1, np.int32), debt=np.zeros(2, np.int64), accounts=("A", "B"),
        currencies=("USD", "USD"), sinks=("sink:X",), labels=("C", "K", "T", "U"),
        proceeds=np.array([False, False, True, False]),
    )  # fmt: skip


LOTS = 100_000


@pytest.mark.parametrize("rule", RULES)
def test_a_hundred_thousand_lots_in_one_account(rule: str) -> None:
    """Every other credit of 2 cents is proceeds: 100,000 each way; 100,001 cents leave."""
    account, amount = [0] * LOTS + [0], [2] * LOTS + [LOTS + 1]
    credit = [True] * LOTS + [False]
    e = columns(account, amount, credit, [-1] * (LOTS + 1), [k % 2 for k in range(LOTS)] + [-1])
    e.sink[-1] = 0
    found = trace.replay(e, rule, record=False).targets["sink:X"]["T"]
    # FIFO: 50,000 lots and a cent of the next, which is other money; LIFO the same from the end, and there a proceeds cent
    assert found == {"fifo": 50000, "lifo": 50001, "pro_rata": 50001, "libr": 1, "proceeds_first": 100000}[rule]


@pytest.mark.parametrize("rule", RULES)
def test_a_hundred_thousand_lots_sent_back_and_forth_a_hundred_times(rule: str) -> None:
    """All that is there goes to B and comes back, 100 times: nothing is made or lost, and the account holds what it held."""
    trips = 200
    total = 2 * LOTS
    account = [0] * LOTS
    for trip in range(trips):
        account += [trip % 2, 1 - trip % 2]
    partner = [-1] * LOTS
    for trip in range(trips):
        partner += [LOTS + 2 * trip + 1, LOTS + 2 * trip]
    e = columns(
        account, [2] * LOTS + [total] * (2 * trips), [True] * LOTS + [False, True] * trips, partner,
        [k % 2 for k in range(LOTS)] + [-1] * (2 * trips),
    )  # fmt: skip
    found = trace.replay(e, rule, record=False).targets
    assert (found["bal:A"]["T"], found["bal:A"]["C"], found["bal:B"]["T"]) == (LOTS, LOTS, 0)


CAR = "record,class,description,country,titleholder,acquired,price,currency,paid_account,paid_reference\nCAR-5,vehicle,Car,MT,X,2024-03-10,4000.00,USD,123456789,CAR-0001\n"  # fmt: skip
OTHER = statement("987654321", "USD", "500,00", "4500,00", "240310 C4000,00NTRFCAR-0001", bank="QXUKGB2LAXXX")


@pytest.mark.parametrize("is_event_stated", [True, False])
def test_where_no_claim_is_followed_no_verb_speaks_of_a_figure(tmp_path: Path, is_event_stated: bool) -> None:
    """4,000 paid for the car, of which nobody followed anything: that none of it is proceeds is not known."""
    case = case_of(tmp_path, [event("E1", "10000.00", entry="CLAIM-9999")] if is_event_stated else [], ONE, OTHER)
    (tmp_path / "assets.csv").write_text(CAR, "utf-8")
    case.load(tmp_path / "assets.csv")
    title = case.trace().title
    assert title.startswith("Nothing is traced")
    for language, nothing, why, call in (
        ("en", title, "no credit carries its reference 'CLAIM-9999'", "Next: "),
        ("zh", "未作任何追踪", "没有任何贷记载有其参考号“CLAIM-9999”", "下一步："),
    ):
        said = case.explain("CAR-5", language=language).explain()
        assert nothing in said
        assert call in said
        assert (why in said) is is_event_stated
        assert "4,000" not in said
        assert "any method" not in said
        assert "任何方法" not in said
        back = case.explain("CAR-5", back=True, language=language)
        assert nothing in back.explain()
        assert title in str(back)
    assert str(case.explain("CAR-5")).count("4,000") == 0
    told_of = [word for t in case.dossier().trace.targets for word in (*t.bounds.words_floor, *t.bounds.words_ceiling)]
    assert told_of
    assert not any("()" in word or "any method" in word for word in told_of)
    with pytest.raises(TracerError, match="names no target"):
        case.explain("CAR-6")
    links = case.match_check()
    assert links.explain().count("Nothing is traced") == 1
    assert links.explain().count("未作任何追踪") == 1
    assert "no rule's figure" not in links.explain()
    assert "各规则的数字" not in links.explain()
    assert not len(links["links"])
    if is_event_stated:
        tested = defence.tested(case.asked(), case.ways()).tested
        assert tested is not None
        assert tested.explanations == ()
