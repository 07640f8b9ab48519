"""Checks of what a person stated and the law adds: labels, time limits, third parties, value, involved property.

Source: tracing.md section 6, rows 13, 18, 19, 21, 22.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from fractions import Fraction

from tracer.model import (
    RULE_NAMES,
    SensitivityRow,
)
from tracer.trace.assumptions import (
    LeaveOut,
)
from tracer.trace.checking import Check, Checking
from tracer.trace.theories.section_984 import anniversary
from tracer.trace.theories.section_1957 import exceeds
from tracer.trace.translation import seized

__all__ = ["OF_LAW"]


def _labels(c: Checking) -> Iterator[SensitivityRow]:
    offences = c.question.offences or {}
    names = list(dict.fromkeys(offences.get(x.event, x.event) for x in c.question.claims))
    events = [x.event for x in c.question.claims]
    if not names:
        yield from c.nothing(13, "no claim is traced", "无被追踪的主张")
        return
    stated = {o.id: o for o in c.material.case.offences}
    outside = [
        x.id
        for x in c.material.case.events
        if (o := stated.get(x.offence)) is not None
        and ((o.conduct_from and x.on < o.conduct_from) or (o.conduct_to and x.on > o.conduct_to))
    ]
    said = ", ".join(outside) or "none"
    note = (
        f"events outside the conduct period of their offence: {said}; direct costs, 981(a)(2)(B): {_costs(c) or 'none stated, gross'}",
        f"在行为期间之外的事件：{'、'.join(outside) or '无'}；直接成本：{_costs(c) or '未载明，按毛额'}",
    )
    for name in dict.fromkeys([*names, *(events if len(events) > 1 else ())]):
        yield from c.assume(13, LeaveOut(name), note)


def _limits(c: Checking) -> Iterator[SensitivityRow]:
    as_of = c.material.case.as_of
    late: list[str] = []
    timely: list[str] = []
    for claim in c.question.claims:
        posting = c.question.postings[claim.posting]
        day = posting.booked or posting.value_date
        if day is not None:
            last = anniversary(day)
            (timely if as_of <= last else late).append(f"{claim.event} until {last}")
    limits = ", ".join(
        f"{o.id} {o.limitation_years} years" if o.limitation_years is not None else f"{o.id} not stated"
        for o in c.material.case.offences
    )
    en = f"984 as of {as_of}: in time {', '.join(timely) or 'none'}; expired {', '.join(late) or 'none'}; limitation: {limits or 'none stated'}"
    limits_zh = "、".join(
        f"{o.id} {o.limitation_years} 年" if o.limitation_years is not None else f"{o.id} 未载明"
        for o in c.material.case.offences
    )
    in_time, expired = ("、".join(one.replace(" until ", " 至 ") for one in days) or "无" for days in (timely, late))
    zh = f"984 条，截至 {as_of}：未逾期 {in_time}；已逾期 {expired}；时效：{limits_zh or '未载明'}"
    for target, stood in c.targets.items():
        if target.startswith("joint:") or stood.currency != "USD":
            yield c.row(18, target, "shown", en, zh)
            continue
        met = [RULE_NAMES[r][0] for r, x in stood.by_rule.items() if exceeds(x)]
        modes = (
            f"1957, above USD 10,000.00: per rule {', '.join(met) or 'none'}; presume "
            f"{'yes' if exceeds(stood.by_rule.get('proceeds_first', 0)) else 'no'}; trace_all {'yes' if exceeds(stood.floor) else 'no'}; "
            "aggregate is told withdrawal by withdrawal, not for an asset"
        )
        yield c.row(18, target, "shown", f"{en}; {modes}", f"{zh}；1957 条（超过一万美元）：{'、'.join(met) or '无'}")


def _third_parties(c: Checking) -> Iterator[SensitivityRow]:
    for target, stood in c.targets.items():
        asset = c.material.assets.get(target)
        if asset is None or asset.encumbrance is None:
            en = "no mortgage, spouse's share, purchaser for value or innocent co-depositor is stated in the records"
            yield c.row(19, target, "nothing", en, "记录未载明抵押、配偶份额、善意购买人或无辜共同存款人")
            continue
        worth = asset.value_now if asset.value_now is not None else asset.price
        net = max(0, (worth or 0) - asset.encumbrance)
        alike = asset.currency == stood.currency
        spans = {r: (min(x, net),) * 2 for r, x in stood.by_rule.items()} if alike else {}
        en = f"encumbrance {c.money(asset.encumbrance, asset.currency)}: net equity {c.money(net, asset.currency)} caps what can be reached"
        zh = f"权利负担 {c.money(asset.encumbrance, asset.currency)}：净值 {c.money(net, asset.currency)} 为可及上限"
        yield c.row(19, target, "shown", en, zh, figures=spans, cites=(asset.cite,))


def _valuation(c: Checking) -> Iterator[SensitivityRow]:
    for target, stood in c.targets.items():
        asset = c.material.assets.get(target)
        if asset is None:
            yield c.row(21, target, "nothing", "a balance is its own value", "余额即其价值")
            continue
        stated = next((a for a in c.material.case.assets if a.record == asset.record), None)
        if stated is not None and stated.value is not None and stated.value_currency == asset.currency:
            source = stated.value_source or "case.yaml"
            asset = replace(asset, value_now=stated.value, value_date=stated.value_date, value_source=source)
        # a price in another currency than the payment is no whole of which the figures are a part
        alike = asset.currency == stood.currency
        price = (asset.price if alike else None) or stood.recorded
        shares = (
            "; ".join(
                f"{RULE_NAMES[r][0]} {100 * Fraction(x, price).limit_denominator(10**6).__float__():.2f}%"
                for r, x in stood.by_rule.items()
            )
            if price
            else "no price is stated"
        )
        valued = (
            f"value {c.money(asset.value_now, asset.currency)} of {asset.value_date or 'no date'}, {asset.value_source or 'no source'}"
            if asset.value_now is not None
            else "no value with date and source is stated"
        )
        valued_zh = (
            f"价值 {c.money(asset.value_now, asset.currency)}（{asset.value_date or '无日期'}，{asset.value_source or '无来源'}）"
            if asset.value_now is not None
            else "未载明附日期与来源的价值"
        )
        spans: dict[str, tuple[int, int]] = {}
        if asset.value_now is not None and price and alike:
            worth = asset.value_now
            spans = {r: (min(x, worth), max(min(x, worth), x * worth // price)) for r, x in stood.by_rule.items()}
        order = seized(c, target)
        if order is not None:
            apart = asset.value_date is not None and order.on is not None and abs((asset.value_date - order.on).days)
            far = f"; the value is {apart} days from it" if apart else ""
            far_zh = f"；估值日相距 {apart} 天" if apart else ""
            valued = f"{valued}; seized {order.on} ({order.id}){far}"
            valued_zh = f"{valued_zh}；扣押日 {order.on}（{order.id}）{far_zh}"
        en = f"traced fraction of the price: {shares}; {valued}; lien (the figure, at most the value) or share, never both"
        zh = f"所追踪部分占价款比例：{shares}；{valued_zh}；留置（不超过价值）或份额，二者不并用"
        yield c.row(21, target, "shown", en, zh, figures=spans, cites=(asset.cite,))


def _costs(c: Checking) -> str:
    stated = [t for t in c.material.case.tracing.theories if t.kind in ("direct_costs", "loan_repaid")]
    return ", ".join(f"{t.id} {c.money(t.amount or 0, t.currency)}" for t in stated)


def _involved(c: Checking) -> Iterator[SensitivityRow]:
    stated = [t for t in c.material.result.theories if t.kind == "involved_in"]
    if not stated:
        en = "the case states no laundering transaction with evidence of facilitation: clean funds are added to no figure"
        yield from c.nothing(22, en, "案件未载明有便利证据的洗钱交易：任何数字均未加入合法资金")
        return
    told = "; ".join(
        f"{t.id}: "
        + ", ".join(f"{name} {c.money(x, t.currency)}" for name, _, x in t.figures)
        + f" ({', '.join(t.evidence)})"
        for t in stated
    )
    told_zh = "；".join(
        f"{t.id}：" + "、".join(f"{zh} {c.money(x, t.currency)}" for _, zh, x in t.figures) for t in stated
    )
    en = f"in a column of its own, never in a traced figure: {told}; what is not proceeds is shown for proportionality"
    yield from c.all(
        22,
        "shown",
        en,
        f"单列，不计入任何追踪数字：{told_zh}；非所得部分列出以供比例审查",
        cites=tuple(x for t in stated for x in t.cites),
    )


#: Number -> the check.
OF_LAW: dict[int, Check] = {
    13: _labels,
    18: _limits,
    19: _third_parties,
    21: _valuation,
    22: _involved,
}
