"""Days whose order no record gives, where proceeds were in the account: told, because a figure may rest on the order.

Source: tracing.md 1.3 (unordered same-day blocks) and Q10 of annex.md section 13. The floor and the ceiling already hold for
every order of such a day (bounds treat its entries as one); the figure of a rule is that of the printed order.
"""

from __future__ import annotations

from tracer.model import AccountTrace, Gap, TraceResult, TraceRow

__all__ = ["unordered_gaps"]


def unordered_gaps(result: TraceResult) -> tuple[Gap, ...]:
    """Return one gap per account and day with credits and debits in no proven order while proceeds were there."""
    gaps = []
    for account in result.accounts:
        for rows in _blocks(account):
            day, count = rows[0].day, len(rows)
            gaps.append(
                Gap(
                    id=f"order/{account.account}/{day}",
                    kind="unordered_day",
                    description_en=f"Account {account.account}, {day}: no record gives the order of {count} entries while proceeds were in the account; each method's figure is that of the printed order, floor and ceiling hold for every order.",
                    description_zh=f"账户 {account.account}，{day}：涉案资金在账期间有 {count} 笔记账的先后次序无记录可证；各法数字按打印次序计算，下限与上限对任何次序均成立。",
                    affects=(account.account,),
                    currency=account.currency,
                    ask_en=f"Time or sequence of the {count} entries of {day} on account {account.account}.",
                    ask_zh=f"账户 {account.account} {day} 的 {count} 笔记账的时间或顺序。",
                    period=(day, day),
                    cites=tuple(dict.fromkeys(row.cite for row in rows if row.cite is not None)),
                )
            )
    return tuple(gaps)


def _blocks(account: AccountTrace) -> list[list[TraceRow]]:
    """Return the rows of each unordered block with a credit and a debit, where a rule has proceeds before or in it."""
    found: list[list[TraceRow]] = []
    held = False
    for row in account.rows:
        here = held or any(row.traced_in.values()) or any(row.traced_out.values())
        if row.block >= 0:
            if found and found[-1][0].block == row.block:
                found[-1].append(row)
            elif here:
                found.append([row])
        held = any(row.held.values())
    return [rows for rows in found if {row.kind for row in rows} >= {"credit", "debit"}]
