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


PURE = settings(max_examples=120, deadline=None, derandomize=True)


@st.composite
def pure_ledgers(draw):
    """One label per credit, transfers that arrive whole, overdrafts, some of them long on the way."""
    ledger = draw(ledgers(conversions=False))
    rows = []
    for row in ledger.rows:
        if row.kind == "credit":
            name = min(row.labels)
            rows.append(Row("credit", row.account, row.amount, {name: row.amount}))
        elif row.kind == "arrival":
            sent = next(r for r in ledger.rows if r.id == row.of)
            sent.sink = ""
            rows.append(Row("arrival", row.account, sent.amount, of=row.of))
        else:
            rows.append(row)
    for opening in ledger.accounts.values():
        opening.lots = [{min(lot): sum(lot.values())} for lot in opening.lots]
    return Ledger(ledger.accounts, rows, ledger.proceeds)


@pytest.mark.parametrize("rule", ["fifo", "lifo"])
@PURE
@given(ledger=pure_ledgers())
def test_the_fast_way_by_runs_gives_the_same_totals(rule: str, ledger: Ledger) -> None:
    found = replay(ledger.entries(), rule, record=False)
    assert shown(found.targets) == Twin(rule, exact=False).run(ledger)


@pytest.mark.parametrize("rule", ["pro_rata", "libr", "proceeds_first"])
@PURE
@given(
    ledger=ledgers(conversions=False),
    bundle=st.sampled_from(["ordered", "blended"]),
    repay=st.sampled_from(["pro_rata", "clean_first"]),
)
def test_the_fast_way_by_pairs_gives_the_same_totals(rule: str, ledger: Ledger, bundle: str, repay: str) -> None:
    """Two labels only: bank credit, or other money in general, and one kind of proceeds."""

    def two(labels):
        return {
            name: sum(x for n, x in labels.items() if (n in OTHER) == (name == "K"))
            for name in ("K", "T")
            if any((n in OTHER) == (name == "K") for n in labels)
        }

    ledger.proceeds = ("T",)
    for row in ledger.rows:
        row.labels = two(row.labels)
    for opening in ledger.accounts.values():
        opening.lots = [two(lot) for lot in opening.lots]
    entries = ledger.entries()
    kept = [entries.labels.index("K"), entries.labels.index("T")]
    entries = entries.changed(labels=("K", "T"), proceeds=entries.proceeds[kept], origin=entries.origin[:, kept].copy())
    expected = Twin(rule, exact=False, bundle=bundle, mixed_repay=repay).run(ledger)
    assert shown(replay(entries, rule, bundle=bundle, mixed_repay=repay, record=False).targets) == expected


@pytest.mark.parametrize("rule", ["fifo", "lifo"])
def test_long_rings_and_many_transfers_under_way(rule: str) -> None:
    """More runs than fit beside an account, and bundles that wait while others pass."""
    rows = []
    for k in range(600):
        rows.append(Row("credit", "X", 10 + k % 7, {("T", "U", "C", "A")[k % 4]: 10 + k % 7}))
    for k in range(40):
        rows.append(Row("send", "X", 100 + k, id=f"t{k}"))
    for k in (*range(1, 40, 2), *range(0, 40, 2)):
        rows.append(Row("arrival", "Y", 100 + k, of=f"t{k}"))
    rows += [Row("pay", "Y", 3333, sink="sink:S"), Row("pay", "X", 2222, sink="sink:S")]
    ledger = Ledger({"X": Opening(), "Y": Opening([], 55)}, rows, ("A", "T"))
    assert shown(replay(ledger.entries(), rule, record=False).targets) == Twin(rule, exact=False).run(ledger)
