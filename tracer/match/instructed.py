"""Debits that may be payments which messages settle in another currency, by what these say was instructed.

Field 33B of an MT103, or InstdAmt, is what the payer gives, in the payer's currency: a debit of that very sum in that currency on
a near day may be its booking, also where they share no reference by which the ladder joins them. No amount is computed with a rate.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping

import numpy as np

from tracer.match.columns import Columns
from tracer.match.comparing import day_of, near
from tracer.match.nearby import Rows
from tracer.model import Message

__all__ = ["instructed_pairs"]


def instructed_pairs(columns: Columns, rows: Rows, messages: Mapping[str, Message]) -> Iterator[tuple[str, str]]:
    """Yield (line, message) of each debit that is of the sum and the currency that a message in another currency says was instructed.

    rows, messages  the lines and messages that may still be joined
    """
    asked: dict[tuple[int, int], list[str]] = defaultdict(list)
    for key, m in messages.items():
        number = columns.money.get(m.instructed_currency)
        if number is not None and m.instructed and m.instructed_currency != m.settled_currency and m.settled_date:
            asked[number, m.instructed].append(key)
    if not asked:
        return
    is_one = (columns.signed[rows] < 0) & np.isin(columns.amount[rows], [amount for _, amount in asked])
    for row in rows[is_one].tolist():
        day = day_of(columns.lines[row])
        for name in asked.get((int(columns.currency[row]), int(columns.amount[row])), ()):
            if day is not None and near(day, messages[name].settled_date):
                yield columns.keys[row], name
