"""Figures translated into the currency of what was entered, at the payment and at the seizure: never an allocation (attack 11).

The fraction that is proceeds passed at the rates the banks executed (tracing.md 1.3, FX). What a figure was worth in another
currency on a day is said beside it, by the reference rate of the European Central Bank; no rule, floor or ceiling reads it.

Day of seizure: the earliest dated order of case.yaml of kind restraint, seizure or freezing that covers the asset.
Against:        which day counts, and whose rate, is a matter of the law of the forum: confirm with counsel.
"""

from __future__ import annotations

from datetime import date

from tracer.model import ORDERS, RULE_NAMES, NotCovered, StatedOrder
from tracer.model.targets import asset_of
from tracer.trace.checking import Checking
from tracer.trace.reference_rates import reference

__all__ = ["seized", "translated"]

#: Kinds of orders that take property out of its holder's reach.
_SEIZING = frozenset(ORDERS[:3])


def seized(c: Checking, target: str) -> StatedOrder | None:
    """Return the earliest dated order that covers the asset of a target; None where case.yaml states none."""
    case = c.material.case
    record = asset_of(target, {one.record for one in case.assets})[0]
    ids = {one.id for one in case.assets if one.record == record}
    found = [
        one
        for one in case.orders
        if one.kind in _SEIZING and one.on is not None and (one.covers_all or ids & set(one.covers))
    ]
    return min(found, key=lambda one: (one.on or date.max, one.id), default=None)


def translated(c: Checking, target: str) -> tuple[str, str]:
    """Return what the figures of a target were worth in the currency of the claims, at the payment and at the seizure."""
    stood = c.targets[target]
    entered = {claim.currency for claim in c.question.claims} - {stood.currency}
    order = seized(c, target)
    when = (
        (f"day of seizure {order.on} ({order.id})", f"扣押日 {order.on}（{order.id}）")
        if order is not None
        else ("no day of seizure is stated", "未载明扣押日")
    )
    if not entered:
        return f"Translation: entered and traced in one currency; {when[0]}", f"折算：列入与追踪为同一币种；{when[1]}"
    rule = c.question.selected if c.question.selected in stood.by_rule else next(iter(stood.by_rule))
    amounts = {RULE_NAMES[rule][0]: stood.by_rule[rule], "floor": stood.floor, "ceiling": stood.ceiling}
    days = (
        (_paid(c, target), ("at the payment", "付款日")),
        (order.on if order else None, ("at the seizure", "扣押日")),
    )
    said = [
        _on(c, day, amounts, stood.currency, currency, words)
        for currency in sorted(entered)
        for day, words in days
        if day is not None
    ]
    en = "; ".join([*(one for one, _ in said), when[0]])
    zh = "；".join([*(one for _, one in said), when[1]])
    return f"Translation, beside the figures only: {en}", f"折算（仅并列说明）：{zh}"


def _paid(c: Checking, target: str) -> date | None:
    """Return the day of the last payment into an asset."""
    postings = (c.question.postings.get(key) for key, name in c.question.paid.items() if name == target)
    return max((day for p in postings if p is not None and (day := p.booked or p.value_date)), default=None)


def _on(
    c: Checking, day: date, amounts: dict[str, int], home: str, currency: str, words: tuple[str, str]
) -> tuple[str, str]:
    try:
        worth = {name: reference(x, home, 0, currency, day).expected if x else 0 for name, x in amounts.items()}
    except NotCovered as gone:
        return f"{words[0]}, {day}: {gone.what}", f"{words[1]} {day}：无 {home} 兑 {currency} 的参考汇率"
    zh = {"floor": "下限", "ceiling": "上限"}
    each = ", ".join(f"{name} {c.money(x, currency)}" for name, x in worth.items())
    each_zh = "，".join(f"{zh.get(name, name)} {c.money(x, currency)}" for name, x in worth.items())
    return f"{words[0]}, {day}: {each}", f"{words[1]} {day}：{each_zh}"
