"""Which part of every entry ends in one target, under one recorded replay: the sweep from the target back to its sources.

The replay says what each entry moved, label by label; this says how much of it is on the way to one target. Nothing is
computed anew: every cent is a cent of the replay, every account passes on what it took in, and what does not add up
stops the run.

Lots:    FIFO and LIFO keep lots apart, so the money of a debit has its credits. They are posted once more with every draw
         written down (`_post`), compared with the replay entry by entry, and followed draw by draw.
Classes: pro rata, LIBR and DIFO hold one vector of labels per account. Inside a label no credit has an order, so what
         goes on to the target is taken from each credit in proportion to what it brought to what was then held (half up
         to the smallest unit); the sum over the credits is exact, whatever the rounding.
Units:   minor units of each account's own currency. Same currency: what went out is what arrives, the charge apart. A
         conversion carries the fraction: the part of a debit is the part of the credit, rounded up to the smallest
         unit, so that no way is lost.
Source:  tracing.md 5.8 (FIFO, LIFO: pointers back; pro rata: one reverse sweep of fractions), 1.2 for the mechanics.
"""

from __future__ import annotations

from dataclasses import dataclass
from difflib import get_close_matches
from typing import NamedTuple

import numpy as np

from tracer.model import NotCovered, RuleError
from tracer.trace.apportion import half_up
from tracer.trace.backward_lots import Demand, Lots, by_lots, fail, up
from tracer.trace.by_lot import _PROCEEDS, _SIZE
from tracer.trace.compiled import compiled
from tracer.trace.entries import Bools, Cents, Codes, Entries
from tracer.trace.replay import Replay
from tracer.trace.rules import rule

__all__ = ["Draw", "Onward", "onward"]


class Draw(NamedTuple):
    """What one debit took from one lot, by label.

    credit  row of the credit that brought the lot, -1: lent by the bank
    drawn   what was drawn of the lot until then, this draw included; `size`, `proceeds`: of the lot when it entered
    """

    credit: int
    amounts: tuple[int, ...]
    drawn: int
    size: int
    proceeds: int


@dataclass(frozen=True, slots=True, eq=False)
class Onward:
    """How much of every entry ends in `target`; minor units; label columns as in `entries.labels`.

    flow      (n, L) the part of what the entry moved that ends in the target
    lent      (n,) the part of it that the bank lent at that entry, on overdraft
    into      (rows, amounts): the entries that lead into the target itself, and how much each brings to it
    at_end    (L,) what the target holds at the end, where it is a balance
    balance   (n,) posted balance of its account after each entry; `over` (n,) what the entry drew on the bank
    """

    entries: Entries
    run: Replay
    target: str
    flow: Cents
    lent: Cents
    into: tuple[Cents, Cents]
    at_end: Cents
    held_in: int
    balance: Cents
    over: Cents
    lots: Lots | None
    order: Cents

    @property
    def figure(self) -> Cents:
        """Return what the replay says of the target, by label."""
        found = self.run.targets[self.target]
        return np.array([found[label] for label in self.entries.labels], np.int64)

    def draws(self, row: int) -> tuple[Draw, ...]:
        """Return what a debit took, lot by lot in the order drawn; nothing under a rule that keeps no lots."""
        if self.lots is None:
            return ()
        found = []
        for d in range(int(self.lots.at_draw[row]), int(self.lots.at_draw[row + 1])):
            lot, before = self.lots.of_draw[d].tolist()
            amounts = np.zeros(len(self.order), np.int64)
            amounts[self.order] = self.lots.drawn[d]
            drawn = before + int(amounts.sum())
            if lot < 0:
                found.append(Draw(-1, tuple(amounts.tolist()), drawn, drawn, 0))
                continue
            size, proceeds = self.lots.pool[lot, [_SIZE, _PROCEEDS]].tolist()
            found.append(Draw(int(self.lots.meta[lot, 0]), tuple(amounts.tolist()), drawn, size, proceeds))
        return tuple(found)


def onward(entries: Entries, run: Replay, target: str) -> Onward:
    """Return how much of every entry ends in `target` under the rule of `run`, a recorded replay of these entries.

    Raises: RuleError for a target that no run has, or a replay of totals only; NotCovered for a sub-rule by lot;
    CheckFailed where the parts do not add up to the figure (our bug).
    """
    _accept(entries, run, target)
    converted = _converted(entries)
    demand = _demand(entries, target, converted)
    balance, over = np.empty(len(entries), np.int64), np.zeros(len(entries), np.int64)
    _posted(entries.account, entries.amount, entries.credit, -entries.debt.astype(np.int64), balance, over)
    order = np.argsort(entries.proceeds, kind="stable").astype(np.int64)
    into = _into(entries, run, demand)
    at_end = np.zeros(len(entries.labels), np.int64)
    if demand.balance >= 0:
        at_end = run.held_at_end[demand.balance].copy()
    lots = None
    if rule(run.rule).keeps_lots:
        flow, lent, lots = by_lots(entries, run, demand, converted, order)
    else:
        flow, lent = _by_classes(entries, run, demand, converted, over, into, at_end)
    made = Onward(entries, run, target, flow, lent, into, at_end, demand.balance, balance, over, lots, order)
    _check(made, demand, converted)
    return made


def _accept(entries: Entries, run: Replay, target: str) -> None:
    if not run.recorded and len(entries):
        raise RuleError(
            "This replay kept totals only.",
            where=f"explain {target}",
            meaning="The arithmetic of a figure needs what every entry moved.",
            next_call="replay(entries, rule, record=True)",
        )
    if target not in run.targets:
        near = get_close_matches(target, run.targets, n=3, cutoff=0.4) or sorted(run.targets)[:3]
        raise RuleError(
            f"There is no target {target!r} in this run.",
            where="explain",
            meaning="Nothing was explained; no figure was changed.",
            next_call="one of " + ", ".join(near),
        )
    if run.parameters.get("proceeds_subrule", "pro_rata") != "pro_rata" and not rule(run.rule).keeps_lots:
        raise NotCovered(
            f"{run.rule} with the sub-rule {run.parameters['proceeds_subrule']} is replayed, but not explained entry by entry.",
            where=f"explain {target}",
            meaning="The figure stands; only its way back to the credits is not told.",
            next_call='replay(..., proceeds_subrule="pro_rata"), or explain the figure of fifo or lifo',
        )


def _converted(entries: Entries) -> Bools:
    """Return the legs of transfers that change currency."""
    found = np.zeros(len(entries), np.bool_)
    if not entries.several_currencies:
        return found
    codes = {currency: code for code, currency in enumerate(dict.fromkeys(entries.currencies))}
    money = np.array([codes[c] for c in entries.currencies], np.int64)
    rows = np.flatnonzero(entries.partner >= 0)
    found[rows] = money[entries.account[rows]] != money[entries.account[entries.partner[rows]]]
    return found


def _demand(entries: Entries, target: str, converted: Bools) -> Demand:
    n = len(entries)
    named = np.array([name == target for name in entries.sinks], np.bool_)
    leaves = np.zeros(n, np.bool_)
    rows = np.flatnonzero(entries.sink >= 0)
    if len(rows):
        leaves[rows] = named[entries.sink[rows]]
    travels = entries.partner >= 0
    # the name depends on the currency only: asked once per currency, not per account
    first = {currency: code for code, currency in reversed(list(enumerate(entries.currencies)))}
    collects = {c for c, code in first.items() if entries.total("TRANSIT_FEE", code) == target}
    repays = {c for c, code in first.items() if entries.total("OVERDRAFT", code) == target}
    charged = np.array([c in collects for c in entries.currencies], np.bool_)
    repaid = np.array([c in repays for c in entries.currencies], np.bool_)
    short = leaves & travels
    if charged.any():
        short |= ~entries.credit & travels & (entries.sink < 0) & charged[entries.account]
    short &= ~converted
    balance = [a for a, name in enumerate(entries.accounts) if f"bal:{name}" == target]
    return Demand(
        whole=leaves & ~travels,
        short=short,
        repaid=entries.credit & repaid[entries.account] if n else np.zeros(0, np.bool_),
        balance=balance[0] if balance else -1,
    )


def _into(entries: Entries, run: Replay, demand: Demand) -> tuple[Cents, Cents]:
    """Return the entries that lead into the target, and what each brings to it, by label."""
    whole, short, repaid = (np.flatnonzero(mask) for mask in (demand.whole, demand.short, demand.repaid))
    rows = np.concatenate([whole, short, repaid])
    amounts = np.concatenate(
        [run.moved[whole], run.moved[short] - run.moved[entries.partner[short]], run.absorbed[repaid]]
    )
    kept = amounts.any(axis=1) if len(amounts) else np.zeros(0, np.bool_)
    place = np.argsort(rows[kept], kind="stable")
    return rows[kept][place], amounts[kept][place]


@compiled
def _posted(account: Codes, amount: Cents, credit: Bools, run: Cents, balance: Cents, over: Cents) -> None:
    """Write the posted balance after each entry, and what it drew on the bank; `run` begins as the opening debts, negative."""
    for i in range(len(amount)):
        a = account[i]
        before = run[a]
        run[a] = before + amount[i] if credit[i] else before - amount[i]
        balance[i] = run[a]
        if run[a] < min(before, 0):
            over[i] = min(before, 0) - run[a]


# classes


def _by_classes(
    entries: Entries,
    run: Replay,
    demand: Demand,
    converted: Bools,
    over: Cents,
    into: tuple[Cents, Cents],
    at_end: Cents,
) -> tuple[Cents, Cents]:
    flow = np.zeros(run.moved.shape, np.int64)
    flow[into[0]] = into[1]
    here = np.zeros((len(entries.accounts), len(entries.labels)), np.int64)
    if demand.balance >= 0:
        here[demand.balance] = at_end
    lent = np.zeros(len(entries), np.int64)
    bank = entries.labels.index("K") if "K" in entries.labels else -1
    _sweep(
        entries.account,
        entries.credit,
        entries.partner,
        converted,
        np.ascontiguousarray(run.moved),
        np.ascontiguousarray(run.held),
        np.ascontiguousarray(run.absorbed),
        over,
        bank,
        flow,
        here,
        lent,
    )
    return flow, lent


@compiled
def _sweep(
    account: Codes,
    credit: Bools,
    partner: Cents,
    converted: Bools,
    moved: Cents,
    held: Cents,
    absorbed: Cents,
    over: Cents,
    bank: int,
    flow: Cents,
    here: Cents,
    lent: Cents,
) -> None:
    """Go back over the entries; `here` is what each account holds for the target, `flow` begins with what it takes directly."""
    labels = moved.shape[1]
    for i in range(len(account) - 1, -1, -1):
        a = account[i]
        if not credit[i]:
            for k in range(labels):
                want = flow[i, k]
                if want > 0 and k == bank and over[i] > 0:
                    lent[i] = half_up(want, over[i], moved[i, k])
                    want -= lent[i]
                here[a, k] += want
            continue
        source = partner[i]
        for k in range(labels):
            brought = moved[i, k] - absorbed[i, k]
            if here[a, k] > 0 and brought > 0:
                part = half_up(here[a, k], brought, held[i, k])
                here[a, k] -= part
                flow[i, k] += part
            if source >= 0 and flow[i, k] > 0:
                part = flow[i, k]
                if converted[i]:
                    part = up(part, moved[source, k], moved[i, k])
                flow[source, k] += part


# checks


def _check(made: Onward, demand: Demand, converted: Bools) -> None:
    """Assert that the parts add up: to the figure, in every account, over every transfer, within every entry."""
    e, run, flow = made.entries, made.run, made.flow
    if (made.into[1].sum(axis=0) + made.at_end != made.figure).any():
        fail(run, f"what leads into {made.target} is not its figure")
    if len(e) and ((flow < 0).any() or (flow > run.moved).any()):
        fail(run, f"an entry carries more to {made.target} than it moved")
    bank = e.labels.index("K") if "K" in e.labels else 0
    stays = np.zeros((len(e.accounts), len(e.labels)), np.int64)
    into = np.flatnonzero(e.credit & flow.any(axis=1)) if len(e) else np.zeros(0, np.int64)
    out = np.flatnonzero(~e.credit & flow.any(axis=1)) if len(e) else np.zeros(0, np.int64)
    np.add.at(stays, e.account[into], flow[into])
    np.subtract.at(stays, e.account[out], flow[out])
    np.add.at(stays[:, bank], e.account[out], made.lent[out])
    swallowed = np.flatnonzero(e.credit[made.into[0]])
    np.subtract.at(stays, e.account[made.into[0][swallowed]], made.into[1][swallowed])
    if demand.balance >= 0:
        stays[demand.balance] -= made.at_end
    if stays.any():
        fail(run, f"account {e.accounts[int(np.argmax(stays.any(axis=1)))]} passes on other than it took in")
    _check_transfers(made, into, converted)


def _check_transfers(made: Onward, into: Cents, converted: Bools) -> None:
    e, run, flow = made.entries, made.run, made.flow
    travels = e.partner >= 0
    sent = np.zeros(flow.shape, np.int64)
    direct = np.flatnonzero(~e.credit[made.into[0]])
    sent[made.into[0][direct]] = made.into[1][direct]
    arrived = into[travels[into] & ~converted[into]]
    sent[e.partner[arrived]] += flow[arrived]
    plain = ~e.credit & ~converted
    if (sent[plain] != flow[plain]).any():
        row = int(np.flatnonzero(plain)[int(np.argmax((sent[plain] != flow[plain]).any(axis=1)))])
        fail(run, f"what leaves at {e.where(row)} is not what arrives")
    changed = ~e.credit & converted
    paired = flow[changed].any(axis=1) != flow[e.partner[changed]].any(axis=1)
    if paired.any():
        fail(run, f"the conversion at {e.where(int(np.flatnonzero(changed)[int(np.argmax(paired))]))} loses its money")
