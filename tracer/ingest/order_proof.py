"""The order and the sign of a table's lines, proved by the balances printed beside them (formats.md section 8).

balance(n) = balance(n-1) + amount(n) for every step, under both orders and both signs. A third order, days newest first and
the lines of each day oldest first, is taken only where every step proves it. Postings are numbered in the bank's order,
oldest first; the locator keeps the physical row.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

__all__ = ["Ints", "Proof", "prove"]

Ints = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Proof:
    """How the lines are ordered, and how many steps from balance to balance tie. `sign` is -1 when inverted.

    `order`: oldest_first, newest_first, or newest_day_first (within each day the oldest line is printed first).
    `is_before`: the balance is printed before the line it stands in, as some banks do.
    """

    order: str
    sign: int
    ties: int
    steps: int
    by: str
    is_before: bool = False

    def places(self, days: Ints) -> Ints:
        """Return where each line of the bank's order, oldest first, is printed; `days` are ordinals, -1 where none is known.

        A line without a day stays behind the one printed above it.
        """
        printed = np.arange(len(days), dtype=np.int64)
        if self.order == "newest_day_first":
            return _by_day_printed(days)
        return printed if self.order == "oldest_first" else printed[::-1]

    def marks(self, declared: str) -> tuple[str, ...]:
        found = [f"balance-proof:{self.ties}/{self.steps}"] if self.steps else ["unproven"]
        if self.sign < 0:
            found.append("sign-inverted-by-balances")
        if self.is_before:
            found.append("balance-printed-before-line")
        if declared in {"oldest_first", "newest_first"} and declared != self.order:
            found.append("order-differs-from-profile")
        if declared == "none":
            found.append(f"order-by-{self.by}")
        return tuple(found)


def prove(amounts: Ints, balances: Ints, printed: npt.NDArray[np.bool_], days: Ints, declared: str) -> Proof:
    """Find the order and sign under which every printed balance follows from the one before.

    `balances` counts only where `printed`; between two printed balances the amounts are summed, so a balance printed
    once a day proves as well. `days` are ordinals, -1 where none is known. Inverting the sign takes two steps at least.
    """
    steps = max(int(printed.sum()) - 1, 0)
    preferred = declared if declared != "none" else _by_days(days)
    if not steps:
        return Proof(preferred, 1, 0, 0, "dates")
    orders = (preferred, "newest_first" if preferred == "oldest_first" else "oldest_first")
    ties: dict[tuple[str, int], int] = {}
    for sign in (1, -1):
        for order in orders:
            # Equality holds modulo 2**64, so an overflow of the running sum cannot feign a tie or hide one.
            back = 1 if order == "oldest_first" else -1
            drift = (balances[::back] - sign * np.cumsum(amounts[::back]))[printed[::back]]
            ties[order, sign] = int((drift[1:] == drift[:-1]).sum())
    for sign in (1, -1):
        for order in orders:
            if steps >= (1 if sign > 0 else 2) and ties[order, sign] == steps:
                if sign < 0 and order != _by_days(days) and len(set(days[days >= 0].tolist())) > 1:
                    # From below, a balance before its line looks like an inverted sign; the dates say which it is.
                    return Proof(_by_days(days), 1, steps, steps, "balances", is_before=True)
                return Proof(order, sign, steps, steps, "balances")
    if (turned := _by_days_turned(amounts, balances, printed, days)) is not None:
        return Proof("newest_day_first", turned, steps, steps, "balances")
    best = max(orders, key=lambda order: ties[order, 1])
    by = "balances" if ties[best, 1] > ties[orders[1] if best == orders[0] else orders[0], 1] else "dates"
    return Proof(
        best if by == "balances" else preferred, 1, ties[best if by == "balances" else preferred, 1], steps, by
    )


def _by_days_turned(amounts: Ints, balances: Ints, printed: npt.NDArray[np.bool_], days: Ints) -> int | None:
    """Return the sign under which every step ties with the days newest first and each day's lines oldest first, else None.

    Two steps at least, and days that never rise as printed: nothing less proves what no heading says.
    """
    if printed.sum() < 3 or (days < 0).any() or (days[1:] > days[:-1]).any() or days[0] == days[-1]:
        return None
    order = _by_day_printed(days)
    amounts, balances, printed = amounts[order], balances[order], printed[order]
    for sign in (1, -1):
        drift = (balances - sign * np.cumsum(amounts))[printed]
        if (drift[1:] == drift[:-1]).all():
            return sign
    return None


def _by_day_printed(days: Ints) -> Ints:
    """Return the places of the lines by their days, oldest first, and as printed within a day."""
    known = np.flatnonzero(days >= 0)
    if len(known) and len(known) < len(days):
        above = np.searchsorted(known, np.arange(len(days)), side="right") - 1
        days = days[known[np.maximum(above, 0)]]
    return np.argsort(days, kind="stable")


def _by_days(days: Ints) -> str:
    known = days[days >= 0]
    falls, rises = int((known[1:] < known[:-1]).sum()), int((known[1:] > known[:-1]).sum())
    return "newest_first" if falls > rises else "oldest_first"
