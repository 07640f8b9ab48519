"""The exact twin against the fractions of the cases: proceeds, other money and claimants as stated."""

import json
from fractions import Fraction
from pathlib import Path

import pytest

from tests.trace.ledgers import Ledger, Opening, Row
from tests.trace.twin import OTHER, Twin

FILE = Path(__file__).resolve().parents[2] / "tracer" / "selftest_cases" / "tracing_cases.json"
PLAIN = {"bundle", "mixed_repay", "proceeds_subrule"}
POSTED = {"credit", "debit", "transfer", "arrival"}


def ledger_of(case):
    accounts = {
        name: Opening([{label: x} for label, x in raw.get("opening", [])], raw.get("debt", 0), raw.get("currency", "X"))
        for name, raw in case["accounts"].items()
    }
    rows = []
    for e in case["events"]:
        if e["type"] == "credit":
            rows.append(Row("credit", e["account"], e["amount"], e["labels"]))
        elif e["type"] == "debit":
            rows.append(Row("pay", e["account"], e["amount"], sink=f"sink:{e['sink']}"))
        elif e["type"] == "transfer":
            rows.append(Row("send", e["from"], e["amount"], id=e["id"]))
            if not e.get("in_transit"):
                rows.append(Row("arrival", e["to"], e.get("credited", e["amount"]), of=e["id"]))
        else:
            sent = next(x for x in case["events"] if x["id"] == e["of"])
            rows.append(Row("arrival", e["account"], sent["amount"], of=e["of"]))
    return Ledger(accounts, rows, tuple(case["proceeds"]))


def runs():
    for case in json.loads(FILE.read_text("utf-8"))["cases"]:
        kinds = {e["type"] for e in case.get("events", [])}
        cash = any(e.get("link") for e in case.get("events", []))
        for k, run in enumerate(case["expected"].get("runs", [])):
            if set(run["options"]) <= PLAIN and kinds <= POSTED and not cash:
                yield pytest.param(case, run, id=f"{case['id']}-{k}")


@pytest.mark.parametrize(("case", "run"), list(runs()))
def test_fractions(case, run) -> None:
    for rule, targets in run["rules"].items():
        options = dict(run["options"])
        twin = Twin(rule, exact=True, subrule=options.pop("proceeds_subrule", "pro_rata"), **options)
        found = twin.run(ledger_of(case))
        for target in {*targets, *found}:
            computed = {n: x for n, x in found.get(target, {}).items() if n not in OTHER}
            assert computed == {n: Fraction(x) for n, x in targets.get(target, {}).items() if Fraction(x)}, (
                rule,
                target,
            )
        for target, labels in run.get("other", {}).get(rule, {}).items():
            computed = {n: x for n, x in found.get(target, {}).items() if n in OTHER}
            assert computed == {n: Fraction(x) for n, x in labels.items() if Fraction(x)}, (rule, target)
        for name, method in (("r3a", "pro_rata"), ("r3d", "libr")):
            stated = case["expected"].get("claimants", {}).get(name)
            if stated and rule == method:
                assert {n: found["bal:A"].get(n, 0) for n in stated} == {n: Fraction(x) for n, x in stated.items()}
