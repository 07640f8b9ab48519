"""18 USC 984: fungible property in the same account, without tracing, within one year of the offence.

F984 = min(sum of the offence amounts with the action commenced within a year, balance found); what the account held
in between is irrelevant. The anniversary itself is in time (29 February: 28 February).

Authority: 984, text [F]; "explicitly overrules Banco Cafetero", 832 F. Supp. 542 (E.D.N.Y. 1993) [F].
Against:   not for interbank accounts unless the holder knowingly took part; beyond a year tracing is needed.
Doubt:     counting of days; "same account" after renumbering or a sweep: confirm with counsel.
"""

from __future__ import annotations

from datetime import date

from tracer.trace.elections import not_covered
from tracer.trace.events import Book, enter

__all__ = ["anniversary", "forfeitable", "on_ledger"]


def forfeitable(timely: int, balance_found: int) -> int:
    """Return what 984 reaches: the timely offence amounts, up to the balance found."""
    return max(0, min(timely, balance_found))


def anniversary(day: date) -> date:
    """Return the last day in time."""
    leap = day.month == 2 and day.day == 29
    return date(day.year + 1, day.month, 28 if leap else day.day)


def on_ledger(book: Book, commenced: date) -> int:
    """Return F984 on the one account of a ledger: offence date is that of the credit, balance found the closing one."""
    if len(book.holdings) != 1:
        raise not_covered("section 984 over several accounts at once")
    timely = 0
    for event in book.events:
        part = sum(amount for label, amount in event.labels if label in book.proceeds)
        if event.kind == "credit" and part:
            if event.day is None:
                raise not_covered("section 984 on a credit without a date")
            timely += part if event.day <= commenced <= anniversary(event.day) else 0
    balances = enter(book).balances()
    return forfeitable(timely, int(balances[-1]) if len(balances) else 0)
