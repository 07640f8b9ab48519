"""Payments in parts under every rule: the slow twin, the sweep back, and sums that are kept (tracer/model/parted.py)."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.trace.ledgers import Ledger, Opening, Row, ledgers
from tests.trace.test_twin import rows, shown, thin
from tests.trace.twin import RULES, Twin
from tracer.trace import replay
from tracer.trace.backward import onward
from tracer.trace.bounds import assert_admissible


@st.composite
def in_parts(draw) -> Ledger:
    """A random ledger in which some transfers reach two accounts in parts, and some leave by two debits."""
    ledger = draw(ledgers(conversions=False))
    accounts = sorted(ledger.accounts)
    arrived = {row.of: row for row in ledger.rows if row.kind == "arrival"}
    made: list[Row] = []
    waiting: dict[str, tuple[str, list[Row]]] = {}
    for row in ledger.rows:
        if row.kind == "send" and row.id in arrived and row.amount > 1 and draw(st.booleans()):
            cut = draw(st.integers(1, row.amount - 1))
            kind = draw(st.sampled_from(("TO_PARTS", "OF_PARTS")))
            hub = f"{kind}:{row.id}"
            ledger.accounts[hub] = Opening()
            first = arrived[row.id].account
            debits = [(row.account, row.amount)]
            credited = [(first, cut), (draw(st.sampled_from(accounts)), row.amount - cut)]
            if kind == "OF_PARTS":
                debits = [(row.account, cut), (draw(st.sampled_from(accounts)), row.amount - cut)]
                credited = [(first, row.amount)]
            for n, (account, amount) in enumerate(debits):
                made += [
                    Row("send", account, amount, id=f"{row.id}d{n}"),
                    Row("arrival", hub, amount, of=f"{row.id}d{n}"),
                ]
            waiting[row.id] = (hub, [Row("send", a, x, id=f"{row.id}c{n}") for n, (a, x) in enumerate(credited)])
        elif row.kind == "arrival" and row.of in waiting:
            hub, parts = waiting.pop(row.of)
            for part in parts:
                made += [
                    Row("send", hub, part.amount, id=part.id),
                    Row("arrival", part.account, part.amount, of=part.id),
                ]
        else:
            made.append(row)
    ledger.rows = made
    return ledger


@pytest.mark.parametrize("rule", RULES)
@settings(max_examples=80, deadline=None, derandomize=True)
@given(ledger=in_parts(), bundle=st.sampled_from(["ordered", "blended"]), subrule=st.sampled_from(["pro_rata", "fifo"]))
def test_every_cent_of_every_part_agrees_with_the_slow_twin(
    rule: str, ledger: Ledger, bundle: str, subrule: str
) -> None:
    entries = ledger.entries()
    subrule = subrule if rule in ("libr", "proceeds_first") else "pro_rata"
    twin = Twin(rule, exact=False, bundle=bundle, subrule=subrule)
    expected = twin.run(ledger)
    found = replay(entries, rule, bundle=bundle, proceeds_subrule=subrule)
    assert shown(found.targets) == expected
    assert rows(entries, found.moved) == thin(twin.moved)
    assert rows(entries, found.held) == thin(twin.held)
    assert found.targets == replay(entries, rule, bundle=bundle, proceeds_subrule=subrule, record=False).targets
    # between floor and ceiling of every set of targets at once (tracing.md 5.3)
    assert_admissible(entries, found.moved, found.held, found.absorbed)
    if subrule == "pro_rata":
        for target in expected:
            way = onward(entries, found, target)
            assert (way.into[1].sum(axis=0) + way.at_end == way.figure).all()


@pytest.mark.parametrize("rule", RULES)
def test_three_parts_share_one_cent_of_proceeds_and_lose_none(rule: str) -> None:
    """Of 1.00 one cent is proceeds; 0.33, 0.33 and 0.34 of it arrive, and only one of them can have it."""
    hub, parts = "TO_PARTS:S", (33, 33, 34)
    ledger = Ledger({"X": Opening([{"U": 99, "T": 1}]), hub: Opening()} | {name: Opening() for name in "ABC"}, [])
    ledger.rows = [Row("send", "X", 100, id="d"), Row("arrival", hub, 100, of="d")]
    for name, amount in zip("ABC", parts, strict=True):
        ledger.rows += [Row("send", hub, amount, id=name), Row("arrival", name, amount, of=name)]
    held = replay(ledger.entries(), rule).targets
    assert [sum(held[f"bal:{name}"].values()) for name in "ABC"] == list(parts)
    assert sorted(held[f"bal:{name}"]["T"] for name in "ABC") == [0, 0, 1]
    assert f"bal:{hub}" not in held


def test_no_rule_chooses_which_part_has_the_proceeds() -> None:
    """4,000 of 8,000 are proceeds: half of each part under every rule, whichever part is booked first."""
    hub = "TO_PARTS:S"
    ledger = Ledger({"X": Opening([{"U": 4000}, {"T": 4000}]), hub: Opening(), "A": Opening(), "B": Opening()}, [])
    ledger.rows = [Row("send", "X", 8000, id="d"), Row("arrival", hub, 8000, of="d")]
    for name, amount in (("A", 3000), ("B", 5000)):
        ledger.rows += [Row("send", hub, amount, id=name), Row("arrival", name, amount, of=name)]
    entries = ledger.entries()
    for rule in RULES:
        held = replay(entries, rule).targets
        assert (held["bal:A"]["T"], held["bal:B"]["T"]) == (1500, 2500)
    assert np.array_equal(entries.between, [0, 2, 0, 0])
