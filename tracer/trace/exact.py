"""Rolling pro rata in exact fractions: what whole cents drift from it (tracing.md 1.2 step 8; attack 17).

R3a is a matter of composition alone: an account holds a vector of labels, a debit takes the same share of each. Only here are
fractions computed; every figure that is printed as a finding is the integer engine's.
"""

from __future__ import annotations

from fractions import Fraction

from tracer.trace.entries import Entries

__all__ = ["ROWS", "exact_pro_rata"]

#: Fractions grow with every mixed debit; above so many entries the exact run is refused by name.
ROWS = 3_000

Vector = dict[str, Fraction]


def exact_pro_rata(e: Entries, bundle: str) -> dict[str, Fraction]:
    """Return target -> proceeds under rolling pro rata, exactly; `bundle` as in `replay`."""
    held: list[Vector] = [{} for _ in e.accounts]
    debt = [Fraction(int(d)) for d in e.debt]
    sent: dict[int, list[Vector]] = {}
    targets: dict[str, Fraction] = {}
    proceeds = {name for name, flag in zip(e.labels, e.proceeds.tolist(), strict=True) if flag}

    def reach(target: str, lots: list[Vector]) -> None:
        amount = sum((x for lot in lots for name, x in lot.items() if name in proceeds), Fraction(0))
        targets[target] = targets.get(target, Fraction(0)) + amount

    for row in range(len(e)):
        account, amount = int(e.account[row]), Fraction(int(e.amount[row]))
        partner = int(e.partner[row])
        if e.credit[row]:
            lots = _arriving(e, row, sent.pop(partner, []), held[account], amount)
            if partner >= 0 and e.sink[partner] < 0 and not _converts(e, row):
                reach(e.total("TRANSIT_FEE", account), _fee(e, row, lots))
            for lot in lots if bundle == "ordered" else [_merged(lots)]:
                whole = sum(lot.values(), Fraction(0))
                pays = Fraction(0) if e.opening[row] else min(debt[account], whole)
                debt[account] -= pays
                if pays:
                    reach(e.total("OVERDRAFT", account), [_part(lot, pays / whole)])
                if whole > pays:
                    held[account] = _merged([held[account], _part(lot, (whole - pays) / whole)])
            continue
        whole = sum(held[account].values(), Fraction(0))
        use = min(amount, whole)
        taken = [_part(held[account], use / whole)] if use else []
        if use:
            held[account] = _part(held[account], 1 - use / whole)
        if amount > use:
            debt[account] += amount - use
            taken.append({"K": amount - use})
        if partner >= 0:
            sent[row] = taken
            if e.sink[row] >= 0:  # a partial return: what does not come back stays there
                back = Fraction(int(e.amount[partner])) / amount
                reach(e.sinks[int(e.sink[row])], [_part(lot, 1 - back) for lot in taken])
        else:
            reach(e.sinks[int(e.sink[row])], taken)
    for account, name in enumerate(e.accounts):
        reach(f"bal:{name}", [held[account]])
    return targets


def _converts(e: Entries, row: int) -> bool:
    return e.currencies[int(e.account[row])] != e.currencies[int(e.account[int(e.partner[row])])]


def _arriving(e: Entries, row: int, bundle: list[Vector], held: Vector, amount: Fraction) -> list[Vector]:
    """Return what a credit brings: a bundle scaled to what arrived, the composition it follows, or its own labels."""
    if e.partner[row] >= 0:
        sent = sum((x for lot in bundle for x in lot.values()), Fraction(0))
        return [_part(lot, amount / sent) for lot in bundle]
    if e.follows is not None and e.follows[row]:
        whole = sum(held.values(), Fraction(0))
        return [_part(held, amount / whole)] if whole else [{"C": amount}]
    return [
        {name: Fraction(x) for name, x in zip(e.labels, e.origin[row].tolist(), strict=True) if x},
    ]


def _fee(e: Entries, row: int, lots: list[Vector]) -> list[Vector]:
    """Return what a charge in transit took of the bundle: every cell pro rata."""
    arrived, sent = Fraction(int(e.amount[row])), Fraction(int(e.amount[int(e.partner[row])]))
    return [_part(lot, (sent - arrived) / arrived) for lot in lots]


def _part(lot: Vector, share: Fraction) -> Vector:
    return {name: x * share for name, x in lot.items() if x * share}


def _merged(lots: list[Vector]) -> Vector:
    made: Vector = {}
    for lot in lots:
        for name, x in lot.items():
            made[name] = made.get(name, Fraction(0)) + x
    return made
