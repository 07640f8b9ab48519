"""Run one rule over all accounts, in whole cents (tracing.md 1.2, integer mode), and say what became of every label.

The same loop serves every rule: a credit repays a debt, then enters; a debit asks the rule which lots it consumes; a
transfer carries what it took. The result is checked before it is returned (`tracer.trace.conservation`).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from time import thread_time
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tracer.model import RuleError
from tracer.model.parted import is_hub
from tracer.trace.books import Books, Columns, Options, Record
from tracer.trace.by_class import replay_by_class
from tracer.trace.by_lot import replay_by_lot
from tracer.trace.by_pair import replay_by_pair
from tracer.trace.by_run import GENERAL, MORE, arena_for, replay_by_run
from tracer.trace.compiled import at_hand
from tracer.trace.conservation import check
from tracer.trace.entries import Cents, Entries
from tracer.trace.rules import Rule, rule

__all__ = ["Replay", "replay", "trace_all"]

#: Words that the longer rings of `by_run`, and the money under way, are given at first; four times as many where they end.
ROOM = 65536


@dataclass(frozen=True, slots=True, eq=False)
class Replay:
    """What one rule says of every entry and every target; minor units; columns are `Entries.labels`.

    targets   target -> label -> amount, every label named, zeros included: sink:NAME, bal:ACCOUNT, transit:ID,
              sink:OVERDRAFT and sink:TRANSIT_FEE (with the currency behind it where there are several)
    moved     (n, L) what the entry brought in (gross, after charges in transit) or took out
    held      (n, L) what its account held after it
    absorbed  (n, L) what of a credit repaid the bank
    held_at_end, debt_at_end, sinks: the books at the end, per account and per sink
    seconds   CPU time of the kernel, for the benchmark; never printed with a result
    """

    rule: str
    bundle: str
    targets: dict[str, dict[str, int]]
    moved: Cents
    held: Cents
    absorbed: Cents
    held_at_end: Cents
    debt_at_end: Cents
    sinks: Cents
    repaid: Cents
    charged: Cents
    drawn: Cents
    followed: Cents
    left: Cents
    entered: Cents
    parameters: dict[str, str] = field(default_factory=dict)
    seconds: float = 0.0

    @property
    def recorded(self) -> bool:
        """Say whether every entry was recorded, or the totals only."""
        return len(self.moved) > 0


def _chosen(value: str, name: str, among: Sequence[str]) -> str:
    if value not in among:
        raise RuleError(
            f"{name} is {value!r}.",
            where=f"replay({name}=...)",
            meaning="Each choice is printed with the result, so it must be one that has a meaning.",
            next_call=f"choose among {', '.join(among)}",
        )
    return value


def _columns(entries: Entries, order: Cents) -> Columns:
    money = {currency: code for code, currency in enumerate(dict.fromkeys(entries.currencies))}
    none = np.zeros(0, np.bool_)
    identity = bool((order == np.arange(len(order))).all())

    def flat(column: NDArray[Any], kind: type[np.generic]) -> NDArray[Any]:
        # compiled code is kept for one kind of array only: contiguous, writable
        return np.require(column, kind, ["C", "W"])

    return Columns(
        flat(entries.account, np.int32),
        flat(entries.amount, np.int64),
        flat(entries.credit, np.bool_),
        flat(entries.partner, np.int64),
        flat(entries.sink, np.int32),
        flat(entries.origin if identity else entries.origin[:, order], np.int64),
        flat(entries.opening, np.bool_),
        flat(entries.follows if entries.follows is not None else none, np.bool_),
        flat(entries.clean_first if entries.clean_first is not None else none, np.bool_),
        np.array([money[currency] for currency in entries.currencies], np.int32),
        entries.between,
    )


def _in_flight(entries: Entries) -> int:
    """Return how many transfers are under way at once, at most."""
    travels = entries.partner >= 0
    if not travels.any():
        return 0
    return int(np.cumsum(np.where(entries.credit, -1, 1) * travels).max())


def _fast(entries: Entries, chosen: Rule, options: Options) -> bool:
    """Say whether the fast kernels may try: totals only, one currency, no entry or account with a policy of its own."""
    if options.recorded or entries.several_currencies or entries.follows is not None or entries.clean_first is not None:
        return False
    if entries.between.any():
        return False
    if chosen.keeps_lots:
        return options.ordered and len(entries.labels) <= 64
    return len(entries.labels) == 2 and options.first_proceeds == 1 and not options.by_lot


def replay(
    entries: Entries,
    name: str,
    *,
    bundle: str = "ordered",
    proceeds_subrule: str = "pro_rata",
    mixed_repay: str = "pro_rata",
    record: bool = True,
    validate: bool = True,
) -> Replay:
    """Run rule `name` over `entries`; `record=False` keeps the totals per target only.

    bundle            ordered: the sub-lots of a transfer arrive in the order drawn; blended: merged into one lot
    proceeds_subrule  pro_rata, or fifo: inside the proceeds class the oldest deposit first (LIBR and DIFO)
    mixed_repay       pro_rata, or clean_first: the other money of a credit pays a debt first

    Raises: `RuleError` for entries no bank could have posted, `CheckFailed` if the result contradicts itself.
    """
    chosen = rule(name)
    _chosen(bundle, "bundle", ("ordered", "blended"))
    _chosen(proceeds_subrule, "proceeds_subrule", ("pro_rata", "fifo"))
    _chosen(mixed_repay, "mixed_repay", ("pro_rata", "clean_first"))
    if validate:
        entries.validate()
    parameters = {"bundle": bundle, "proceeds_subrule": proceeds_subrule, "mixed_repay": mixed_repay, "mode": "integer"}
    result = _run(entries, chosen, parameters, record=record)
    check(entries, result)
    return result


def _try_fast(entries: Entries, chosen: Rule, columns: Columns, options: Options) -> Books | None:
    """Run a fast kernel if one can take these entries; None if the general one must."""
    if not _fast(entries, chosen, options):
        return None
    books = _books(entries)
    if not chosen.keeps_lots:
        return books if at_hand(replay_by_pair, len(entries))(columns, books, options) >= 0 else None
    by_run = at_hand(replay_by_run, len(entries))
    accounts = len(entries.accounts)
    spare = max(ROOM, 32 * accounts)
    done = by_run(columns, books, options, arena_for(accounts, spare), spare)
    while done == MORE:
        spare, books = 4 * spare, _books(entries)
        done = by_run(columns, books, options, arena_for(accounts, spare), spare)
    return books if done != GENERAL else None


def _books(entries: Entries) -> Books:
    """Return the books as they open: nothing held (openings are entries), the opening debts."""
    labels, accounts = len(entries.labels), len(entries.accounts)

    def per_account() -> Cents:
        return np.zeros((accounts, labels), np.int64)

    return Books(
        held=per_account(),
        debt=entries.debt.astype(np.int64),
        sinks=np.zeros((len(entries.sinks), labels), np.int64),
        absorbed=per_account(),
        charged=per_account(),
        drawn=np.zeros(accounts, np.int64),
        followed=per_account(),
        left=per_account(),
        entered=per_account(),
    )


def _run(entries: Entries, chosen: Rule, parameters: dict[str, str], *, record: bool) -> Replay:
    rows, labels = len(entries), len(entries.labels)
    order = np.argsort(entries.proceeds, kind="stable").astype(np.int64)
    place = np.argsort(order, kind="stable").astype(np.int64)
    names = [entries.labels[int(k)] for k in order]
    travels = entries.partner >= 0
    in_flight = _in_flight(entries)
    options = Options(
        code=chosen.code,
        first_proceeds=int((~entries.proceeds).sum()),
        bank=names.index("K") if "K" in names else -1,
        clean=names.index("C") if "C" in names else -1,
        ordered=parameters["bundle"] == "ordered",
        clean_repays=parameters["mixed_repay"] == "clean_first",
        by_lot=parameters["proceeds_subrule"] == "fifo" and chosen.id in ("libr", "proceeds_first"),
        recorded=record,
        order=place,
        in_flight=in_flight,
        nodes=int((entries.credit & ~travels).sum() + 2 * (~entries.credit & travels).sum()),
    )

    kept = rows if record else 0
    moved, held, absorbed = (np.zeros((kept, labels), np.int64) for _ in range(3))
    columns = _columns(entries, order)
    begun = thread_time()
    books = _try_fast(entries, chosen, columns, options)
    if books is None:
        books = _books(entries)
        kernel = at_hand(replay_by_lot if chosen.keeps_lots else replay_by_class, rows)
        kernel(columns, books, Record(moved, held, absorbed), options)
    seconds = thread_time() - begun

    def back(columns: Cents) -> Cents:
        return columns[:, place]

    return Replay(
        rule=chosen.id,
        bundle=parameters["bundle"],
        targets=_targets(entries, back(books.held), back(books.sinks), back(books.absorbed), back(books.charged)),
        moved=back(moved),
        held=back(held),
        absorbed=back(absorbed),
        held_at_end=back(books.held),
        debt_at_end=books.debt,
        sinks=back(books.sinks),
        repaid=back(books.absorbed),
        charged=back(books.charged),
        drawn=books.drawn,
        followed=back(books.followed),
        left=back(books.left),
        entered=back(books.entered),
        parameters=parameters,
        seconds=seconds,
    )


def _targets(entries: Entries, held: Cents, sinks: Cents, repaid: Cents, charged: Cents) -> dict[str, dict[str, int]]:
    """Name every total of the books; totals of one name are added up."""
    targets: dict[str, dict[str, int]] = {}

    def add(target: str, amounts: list[int]) -> None:
        at = targets.setdefault(target, dict.fromkeys(entries.labels, 0))
        for label, amount in zip(entries.labels, amounts, strict=True):
            at[label] += amount

    for target, amounts in zip(entries.sinks, sinks.tolist(), strict=True):
        add(target, amounts)
    for a, name in enumerate(entries.accounts):
        if not is_hub(name) or held[a].any():  # no bank keeps it, and nothing stays there
            add(f"bal:{name}", held[a].tolist())
    for name, totals in (("OVERDRAFT", repaid), ("TRANSIT_FEE", charged)):
        for a in np.flatnonzero(totals.any(axis=1)).tolist():
            add(entries.total(name, a), totals[a].tolist())
    return targets


def trace_all(entries: Entries, rules: Sequence[str], *, bundle: str = "ordered") -> dict[str, Replay]:
    """Run every rule of `rules` over the same entries; the same rule everywhere, never one rule per asset."""
    entries.validate()
    return {name: replay(entries, name, bundle=bundle, validate=False) for name in rules}
