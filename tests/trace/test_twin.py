"""Two engines must agree: the shipped kernels with the slow twin, which was written apart from them."""

from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.trace.ledgers import Ledger, Opening, Row, ledgers
from tests.trace.twin import OTHER, RULES, Twin
from tracer.trace import replay

MANY = settings(max_examples=80, deadline=None, derandomize=True)


def shown(targets):
    kept = {target: {name: x for name, x in labels.items() if x} for target, labels in targets.items()}
    return {target: labels for target, labels in kept.items() if labels}


def rows(entries, columns):
    first = int(entries.opening.sum())
    return [{name: x for name, x in zip(entries.labels, row, strict=True) if x} for row in columns[first:].tolist()]


def thin(parts):
    return [{name: x for name, x in part.items() if x} for part in parts]


@pytest.mark.parametrize("rule", RULES)
@MANY
@given(
    ledger=ledgers(), bundle=st.sampled_from(["ordered", "blended"]), repay=st.sampled_from(["pro_rata", "clean_first"])
)
def test_every_cent_of_every_entry_agrees_with_the_slow_twin(
    rule: str, ledger: Ledger, bundle: str, repay: str
) -> None:
    entries = ledger.entries()
    twin = Twin(rule, exact=False, bundle=bundle, mixed_repay=repay)
    expected = twin.run(ledger)
    found = replay(entries, rule, bundle=bundle, mixed_repay=repay)
    assert shown(found.targets) == expected
    assert rows(entries, found.moved) == thin(twin.moved)
    assert rows(entries, found.absorbed) == thin(twin.absorbed)
    assert rows(entries, found.held) == thin(twin.held)


@pytest.mark.parametrize("rule", ["libr", "proceeds_first"])
@MANY
@given(ledger=ledgers(), bundle=st.sampled_from(["ordered", "blended"]))
def test_the_sub_rule_takes_the_oldest_deposit_of_proceeds(rule: str, ledger: Ledger, bundle: str) -> None:
    expected = Twin(rule, exact=False, bundle=bundle, subrule="fifo").run(ledger)
    assert shown(replay(ledger.entries(), rule, bundle=bundle, proceeds_subrule="fifo").targets) == expected


@pytest.mark.parametrize("rule", RULES)
@MANY
@given(ledger=ledgers(), bundle=st.sampled_from(["ordered", "blended"]))
def test_totals_are_the_same_with_and_without_a_record(rule: str, ledger: Ledger, bundle: str) -> None:
    entries = ledger.entries()
    whole, quick = replay(entries, rule, bundle=bundle), replay(entries, rule, bundle=bundle, record=False)
    assert whole.targets == quick.targets
    assert not quick.recorded


@pytest.mark.parametrize("rule", ["fifo", "lifo"])
@MANY
@given(ledger=ledgers(conversions=False))
def test_lots_without_mixture_are_exact(rule: str, ledger: Ledger) -> None:
    """Where every lot is pure and nothing is scaled, whole cents and fractions are the same numbers."""
    for opening in ledger.accounts.values():
        opening.lots = [{name: x} for lot in opening.lots for name, x in lot.items()]
    pure = []
    for row in ledger.rows:
        if row.kind == "credit":
            pure += [type(row)("credit", row.account, x, {name: x}) for name, x in row.labels.items()]
        elif row.kind == "arrival":
            sent = next(r for r in ledger.rows if r.id == row.of)
            sent.sink = ""
            pure.append(type(row)("arrival", row.account, sent.amount, of=row.of))
        else:
            pure.append(row)
    ledger.rows = pure
    exact = Twin(rule, exact=True).run(ledger)
    assert shown(replay(ledger.entries(), rule).targets) == exact


@pytest.mark.parametrize("rule", RULES)
@settings(max_examples=40, deadline=None, derandomize=True)
@given(ledger=ledgers(conversions=False, most=10**6))
def test_whole_cents_stay_near_the_fractions(rule: str, ledger: Ledger) -> None:
    """Every taking rounds by less than a unit per label; the drift is bounded by the number of takings."""
    found, exact = replay(ledger.entries(), rule).targets, Twin(rule, exact=True).run(ledger)
    takings = 4 * (len(ledger.rows) + sum(len(o.lots) for o in ledger.accounts.values()))
    for target in {*found, *exact}:
        for name in found.get(target, {}):
            if name not in OTHER:
                drift = abs(Fraction(found[target][name]) - exact.get(target, {}).get(name, 0))
                assert drift <= takings, (target, name)


@pytest.mark.parametrize("rule", RULES)
def test_run_twice_the_same_arrays(rule: str) -> None:
    ledger = Ledger(
        accounts={"X": Opening([{"C": 700}, {"T": 301}]), "Y": Opening([], 50)},
        rows=[
            Row("credit", "X", 999, {"T": 333, "U": 666}),
            Row("send", "X", 1200, id="t"),
            Row("arrival", "Y", 1187, of="t"),
            Row("pay", "Y", 2000, sink="sink:S"),
        ],
    )
    first, second = replay(ledger.entries(), rule), replay(ledger.entries(), rule)
    assert first.targets == second.targets
    assert first.moved.tobytes() == second.moved.tobytes()
