"""Days whose order no record gives, where proceeds were in the account: told, because a figure may rest on the order.

Source: tracing.md 1.3 (unordered same-day blocks) and Q10 of annex.md section 13. The floor and the ceiling already hold for
every order of such a day (bounds treat its entries as one); the figure of a rule is that of the order taken, and beside it
stand its least and its most over all orders (`orders.py`).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date

from tracer.model import AccountTrace, Gap, GapEffect, TraceResult, TraceRow, major
from tracer.model.parted import is_hub

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
    rows_of = {account.account: {row.row: row for row in account.rows} for account in result.accounts}
    for account in result.accounts:
        for rows in _blocks(account):
            day, count = rows[0].day, len(rows)
            gap_id = f"order/{account.account}/{day}"
            if is_hub(account.account):
                sent = [row.partner for row in rows if row.partner]
                left = [rows_of[name][row] for name, row in sent]
                affects = tuple(dict.fromkeys((*(name for name, _ in sent), account.account)))
                whole = sum(row.amount for row in account.rows if row.kind == "credit")
                words = _of_parts(f"{major(whole, account.currency, group=True)} {account.currency}", day, count)
            else:
                left, affects = rows, (account.account,)
                words = _of_day(
                    account.account, day, count, orders.get((account.account, day), "printed") if day else "printed"
                )
            en, zh, ask_en, ask_zh = words
            gaps.setdefault(
                gap_id,
                Gap(
                    id=gap_id,
                    kind="unordered_day",
                    description_en=en,
                    description_zh=zh,
                    affects=affects,
                    currency=account.currency,
                    ask_en=ask_en,
                    ask_zh=ask_zh,
                    period=(day, day),
                    cites=tuple(dict.fromkeys(row.cite for row in left if row.cite is not None)),
                    effects=(effects or {}).get(gap_id, ()),
                ),
            )
    return tuple(gaps.values())


def _of_day(account: str, day: date | None, count: int, taken: str) -> tuple[str, str, str, str]:
    """Return what is said and asked of the day of an account, each in English and Chinese."""
    taken_en, taken_zh = WORDS[taken]
    return (
        f"Account {account}, {day}: no record gives the order of {count} entries while proceeds were in the account; each method's figure is that of the order taken ({taken_en}), its least and most over the orders stand beside it, floor and ceiling hold for every order.",
        f"账户 {account}，{day}：涉案资金在账期间有 {count} 笔记账的先后次序无记录可证；各法数字按所采次序（{taken_zh}）计算，其旁列出各种次序下的最低与最高值，下限与上限对任何次序均成立。",
        f"Time or sequence of the {count} entries of {day} on account {account}.",
        f"账户 {account} {day} 的 {count} 笔记账的时间或顺序。",
    )


def _of_parts(money: str, day: date | None, count: int) -> tuple[str, str, str, str]:
    """Return the same of debits of one day that make up one credit (`hub_days.py`)."""
    return (
        f"One payment of {money} in parts: no record says which of its {count} debits of {day} left first, and proceeds were among them; each method's figure is that of the order taken (by account), its least and most over the orders stand beside it, floor and ceiling hold for every order.",
        f"分部分的同一笔付款 {money}：其 {day} 的 {count} 笔借记的先后无记录可证，且其中含涉案资金；各法数字按所采次序（按账户）计算，其旁列出各种次序下的最低与最高值，下限与上限对任何次序均成立。",
        f"The times at which the {count} debits of {day} that make up the payment of {money} left their accounts.",
        f"构成该笔 {money} 付款的 {day} {count} 笔借记各自转出的时间。",
    )


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
