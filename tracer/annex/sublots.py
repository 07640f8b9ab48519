"""The sub-lots in which a transfer arrives, drawn once more from the rows of the trace (tracing.md 1.2 steps 2 to 5).

Under `bundle = ordered` an arriving transfer is several credits in the order drawn, so a tracing sheet has a row per
sub-lot. The rows of a trace hold totals only; the sub-lots are worked out here in plain integers, by a second engine that
shares nothing with the first. Where the two disagree a difference column is not zero and the annex is refused.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import TypeVar

from tracer.model import TraceResult, TraceRow
from tracer.model.parted import is_hub, splits

__all__ = ["OTHER", "Place", "Sublot", "arrivals"]

OTHER = frozenset({"C", "U", "K"})
Place = tuple[str, int]  # account, row
Key = TypeVar("Key", bound=Hashable)


@dataclass(frozen=True, slots=True)
class Sublot:
    """One sub-lot as credited: its size, its proceeds, the lot of the source it came from ("" row -1: the bank, or mixed)."""

    size: int
    proceeds: int
    lot: tuple[int, int] = (-1, 0)
    scaled: bool = False


@dataclass(slots=True)
class _Lot:
    """What is left of one credit: first size, first proceeds, drawn so far, labels left; `key` = (row, sub-row) it came by."""

    key: tuple[int, int]
    size: int
    proceeds: int
    labels: dict[str, int]
    drawn: int = 0

    @property
    def left(self) -> int:
        return self.size - self.drawn


@dataclass(slots=True)
class _Account:
    lots: list[_Lot] = field(default_factory=list)
    debt: int = 0
    at: int = 0
    is_hub: bool = False


def half_up(x: int, part: int, whole: int) -> int:
    """Return x * part / whole, half a unit going up."""
    return (2 * x * part + whole) // (2 * whole)


def largest_remainder(x: int, weights: Mapping[Key, int]) -> dict[Key, int]:
    """Spread x over weights: floors, then a unit each to the largest fractions, ties to the earlier key."""
    total = sum(weights.values())
    out = {key: x * weight // total for key, weight in weights.items()} if total else dict.fromkeys(weights, 0)
    if not total:
        return out
    order = sorted(enumerate(weights), key=lambda item: (-(x * weights[item[1]] % total), item[0]))
    for _, key in order[: x - sum(out.values())]:
        out[key] += 1
    return out


def _split(labels: dict[str, int], proceeds: int, other: int) -> dict[str, int]:
    """Take `proceeds` and `other` from labels, class by class."""
    taken: dict[str, int] = {}
    for amount, chosen in (
        (other, {k: labels[k] for k in sorted(labels) if k in OTHER and labels[k]}),
        (proceeds, {k: labels[k] for k in sorted(labels) if k not in OTHER and labels[k]}),
    ):
        if amount:
            taken |= {k: v for k, v in largest_remainder(amount, chosen).items() if v}
    return taken


def _merged(parts: Iterable[Mapping[str, int]]) -> dict[str, int]:
    merged: dict[str, int] = {}
    for part in parts:
        for label, amount in part.items():
            merged[label] = merged.get(label, 0) + amount
    return merged


def _proceeds(labels: dict[str, int]) -> int:
    return sum(amount for label, amount in labels.items() if label not in OTHER)


def arrivals(trace: TraceResult, rule: str) -> dict[Place, tuple[Sublot, ...]]:
    """Return (account, row) of every arriving transfer -> its sub-lots under `rule`, in the order they are credited.

    With `bundle = blended` each is one sub-lot; so is what reaches the account from which parts leave, always.
    """
    if trace.parameters.get("bundle", "ordered") == "blended" or rule not in {"fifo", "lifo"}:
        return _by_class(trace, rule)
    return _Twin(trace, rule).run()


def _by_class(trace: TraceResult, rule: str) -> dict[Place, tuple[Sublot, ...]]:
    """Rules without lots draw one mixed sub-lot and, last, the bank's credit K; blended bundles are one lot."""
    blended = trace.parameters.get("bundle", "ordered") == "blended"
    rows = {(a.account, r.row): (r, a.currency) for a in trace.accounts for r in a.rows}
    found: dict[Place, tuple[Sublot, ...]] = {}
    for place, (row, currency) in rows.items():
        if row.kind != "credit" or row.partner is None or row.partner not in rows:
            continue
        sent, origin = rows[row.partner]
        scaled = sent.amount != row.amount or currency != origin
        if blended or splits(place[0]):
            found[place] = (Sublot(row.amount, _proceeds(row.by_label[rule]), scaled=scaled),)
            continue
        drawn = dict(sent.by_label[rule])
        bank = drawn.pop("K", 0) if sent.balance < 0 else 0
        over = min(bank, -sent.balance) if bank else 0
        if bank > over:
            drawn["K"] = bank - over  # bank credit that arrived earlier as money of this account
        parts = [drawn, {"K": over}] if over else [drawn]
        found[place] = _credited([(part, (-1, n)) for n, part in enumerate(parts)], row.amount, scaled=scaled)
    return found


def _credited(parts: list[tuple[dict[str, int], tuple[int, int]]], amount: int, *, scaled: bool) -> tuple[Sublot, ...]:
    """Spread what was credited over the cells (sub-lot, label) of a bundle, or pass the bundle on as it is."""
    if scaled:
        cells = {(n, k): part[k] for n, (part, _) in enumerate(parts) for k in sorted(part)}
        spread = largest_remainder(amount, cells)
        parts = [({k: spread[n, k] for k in sorted(part)}, lot) for n, (part, lot) in enumerate(parts)]
    return tuple(Sublot(sum(part.values()), _proceeds(part), lot, scaled) for part, lot in parts if sum(part.values()))


class _Twin:
    """FIFO and LIFO over all accounts, in the order in which the rows need each other."""

    def __init__(self, trace: TraceResult, rule: str) -> None:
        self.rule = rule
        self.rows = {a.account: a.rows for a in trace.accounts}
        self.currency = {a.account: a.currency for a in trace.accounts}
        self.books = {a.account: _Account(is_hub=is_hub(a.account)) for a in trace.accounts}
        self.bundles: dict[Place, list[tuple[dict[str, int], tuple[int, int]]]] = {}
        self.found: dict[Place, tuple[Sublot, ...]] = {}

    def run(self) -> dict[Place, tuple[Sublot, ...]]:
        moved = True
        while moved:
            moved = False
            for name, book in self.books.items():
                rows = self.rows[name]
                while book.at < len(rows) and self._ready(rows[book.at]):
                    self._post(name, book, rows[book.at])
                    book.at += 1
                    moved = True
        return self.found

    def _ready(self, row: TraceRow) -> bool:
        return row.kind != "credit" or row.partner is None or row.partner in self.bundles

    def _post(self, name: str, book: _Account, row: TraceRow) -> None:
        if row.kind == "debit":
            parts = self._draw(book, row.amount)
            if row.partner is not None:
                self.bundles[name, row.row] = parts
            return
        if row.kind == "opening" and row.balance < 0 and row.row == 0:
            book.debt = -row.balance
            return
        parts = [(dict(row.by_label[self.rule]), (-1, 0))]
        if row.partner is not None:
            parts = self.bundles[row.partner]
            if splits(name):
                parts = [(_merged(part for part, _ in parts), (-1, 0))]
            sent = self.rows[row.partner[0]][row.partner[1]].amount
            scaled = sent != row.amount or self.currency[row.partner[0]] != self.currency[name]
            if scaled:
                cells = {(n, k): part[k] for n, (part, _) in enumerate(parts) for k in sorted(part)}
                spread = largest_remainder(row.amount, cells)
                parts = [({k: spread[n, k] for k in sorted(part)}, lot) for n, (part, lot) in enumerate(parts)]
            self.found[name, row.row] = _credited(parts, row.amount, scaled=False)
            if scaled:
                self.found[name, row.row] = tuple(
                    Sublot(s.size, s.proceeds, s.lot, scaled=True) for s in self.found[name, row.row]
                )
        for n, part in enumerate(p for p, _ in parts if sum(p.values())):
            self._credit(book, part, (row.row, n), opening=row.kind == "opening")

    def _credit(self, book: _Account, labels: dict[str, int], key: tuple[int, int], *, opening: bool) -> None:
        size = sum(labels.values())
        repaid = 0 if opening else min(book.debt, size)
        book.debt -= repaid
        stays = size - repaid
        if not stays:
            return
        proceeds = half_up(stays, _proceeds(labels), size)
        kept = _split(labels, proceeds, stays - proceeds)
        book.lots.append(_Lot(key, stays, proceeds, kept))

    def _draw(self, book: _Account, amount: int) -> list[tuple[dict[str, int], tuple[int, int]]]:
        parts: list[tuple[dict[str, int], tuple[int, int]]] = []
        left = amount
        while left and book.lots:
            place = 0 if self.rule == "fifo" or book.is_hub else -1
            lot = book.lots[place]
            take = min(left, lot.left)
            whole = take == lot.left
            proceeds = half_up(lot.drawn + take, lot.proceeds, lot.size) - half_up(lot.drawn, lot.proceeds, lot.size)
            part = dict(lot.labels) if whole else _split(lot.labels, proceeds, take - proceeds)
            lot.labels = {k: v - part.get(k, 0) for k, v in lot.labels.items()}
            lot.drawn += take
            left -= take
            parts.append((part, lot.key))
            if whole:
                book.lots.pop(place)
        if left:
            book.debt += left
            parts.append(({"K": left}, (-1, 0)))
        return parts
