"""Days whose order no record gives, where proceeds were in the account: told, because a figure may rest on the order.

Source: tracing.md 1.3 (unordered same-day blocks) and Q10 of annex.md section 13. The floor and the ceiling already hold for
every order of such a day (bounds treat its entries as one); the figure of a rule is that of the order taken, and beside it
stand its least and its most over all orders (`orders.py`).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date

from tracer.model import AccountTrace, Gap, GapEffect, TraceResult, TraceRow

__all__ = ["unordered_gaps"]


#: How the order taken is called, English and Chinese.
WORDS = {
    "printed": ("as printed", "按打印次序"),
    "credits_first": ("credits first", "先贷后借"),
    "debits_first": ("debits first", "先借后贷"),
}


def unordered_gaps(
    result: TraceResult,
    taken: Iterable[tuple[str, date, int, str]] = (),
    effects: Mapping[str, tuple[GapEffect, ...]] | None = None,
) -> tuple[Gap, ...]:
    """Return one gap per account and day with entries in no proven order while proceeds were there.

    taken: (account, day, entries, order taken); effects: gap id -> how far the order moves each figure.
    """
    gaps: dict[str, Gap] = {}
    orders = {(account, day): name for account, day, _, name in taken}
    for account in result.accounts:
        for rows in _blocks(account):
            day, count = rows[0].day, len(rows)
            name = f"order/{account.account}/{day}"
            taken_en, taken_zh = WORDS[orders.get((account.account, day), "printed") if day else "printed"]
            gaps.setdefault(
                name,
                Gap(
                    id=name,
                    kind="unordered_day",
                    description_en=f"Account {account.account}, {day}: no record gives the order of {count} entries while proceeds were in the account; each method's figure is that of the order taken ({taken_en}), its least and most over the orders stand beside it, floor and ceiling hold for every order.",
                    description_zh=f"账户 {account.account}，{day}：涉案资金在账期间有 {count} 笔记账的先后次序无记录可证；各法数字按所采次序（{taken_zh}）计算，其旁列出各种次序下的最低与最高值，下限与上限对任何次序均成立。",
                    affects=(account.account,),
                    currency=account.currency,
                    ask_en=f"Time or sequence of the {count} entries of {day} on account {account.account}.",
                    ask_zh=f"账户 {account.account} {day} 的 {count} 笔记账的时间或顺序。",
                    period=(day, day),
                    cites=tuple(dict.fromkeys(row.cite for row in rows if row.cite is not None)),
                    effects=(effects or {}).get(name, ()),
                ),
            )
    return tuple(gaps.values())


def _blocks(account: AccountTrace) -> list[list[TraceRow]]:
    """Return the rows of each unordered block of two entries or more, where a rule has proceeds before or in it.

    Two payments alone are told as well: which of them went first decides whose money it was.
    """
    found: list[list[TraceRow]] = []
    reached: list[bool] = []
    held, open_block = False, -1
    for row in account.rows:
        here = held or any(row.traced_in.values()) or any(row.traced_out.values())
        if row.block >= 0 and row.block == open_block:
            found[-1].append(row)
            reached[-1] |= here
        elif row.block >= 0:
            found.append([row])
            reached.append(here)
        open_block = row.block
        held = any(row.held.values())
    return [rows for rows, here in zip(found, reached, strict=True) if here and len(rows) > 1]
