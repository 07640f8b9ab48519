"""The facts of a request: how the money moved, how far each figure holds, what banks' records show, who owns, what is missing.

A traced figure never stands alone: per asset the draft states every rule's figure, the floor and the ceiling that hold
whichever conserving rule is adopted, and what repaid overdrafts on the way (annex.md, sheet 15). Only the floor may be called
"at least"; neither ceilings nor lowest figures are added up. Every sentence is a form of `wording.py` and ends with its cite.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import date
from decimal import Decimal
from fractions import Fraction

from tracer.annex.cells import Link, Raw
from tracer.annex.paths import labels
from tracer.annex.plan import Plan, broken_statement
from tracer.annex.wording import say
from tracer.model import (
    RULE_NAMES,
    AssetTrace,
    Gap,
    GapEffect,
    Interest,
    Posting,
    TraceRow,
    UsInstitution,
    exponent,
    major,
)
from tracer.model.parted import is_hub, leg_of
from tracer.model.reversals import undone_by
from tracer.model.targets import asset_of

__all__ = ["Body", "cite", "facts"]

Body = Iterator[tuple[str, str, bool]]
"""(English, Chinese, whether the wording is a person's or a law's own)."""

#: What a BODS interest without a share says in a sentence; `ownership.md` section 3 lists the kinds.
_INTERESTS: dict[str, tuple[str, str]] = {
    "votingRights": ("holder of voting rights", "表决权持有人"),
    "appointmentOfBoard": ("holder of the right to appoint the board", "有权任命董事会者"),
    "otherInfluenceOrControl": ("holder of other influence or control", "具有其他影响或控制者"),
    "rightsGrantedByContract": ("holder of rights by contract", "合同权利人"),
    "settlor": ("settlor", "委托人"),
    "trustee": ("trustee", "受托人"),
    "protector": ("protector", "保护人"),
    "beneficiaryOfLegalArrangement": ("beneficiary", "受益人"),
    "nominee": ("nominee", "代持人"),
    "nominator": ("nominator, for whom the nominee holds,", "被代持人"),
    "boardMember": ("board member", "董事"),
    "boardChair": ("board chair", "董事长"),
    "seniorManagingOfficial": ("senior managing official", "高级管理人员"),
}
_FIGURES = {"floor": "下限", "ceiling": "上限"}
_OTHER = ("holder of an interest of another kind", "其他类型权益持有人")


def cite(raw: Raw) -> str:
    """Return the text of an X cell, or what says that a cite is missing."""
    return raw.text if isinstance(raw, Link) else str(raw or "MISSING R4.5 cite")


def facts(plan: Plan) -> Body:
    """Yield the facts in order: events, movements, ranges per asset, payments through US institutions, owners, gaps."""
    yield from _events(plan)
    yield from _movements(plan)
    yield from _ranges(plan)
    yield from _wires(plan)
    yield from _owners(plan)
    yield from _gaps(plan)


def _events(plan: Plan) -> Body:
    claims = {c.event: c for c in plan.trace.claims}
    reversals = undone_by(plan.dossier.transfers, plan.dossier.postings)
    for event in sorted(plan.case.events, key=lambda e: (e.on, e.id)):
        posting = plan.dossier.postings.get(claims[event.id].posting) if event.id in claims else None
        shown = cite(plan.cite(posting.cite)) if posting else f"MISSING R4.5 credit of {event.id}"
        amount = major(event.amount, event.currency, group=True)
        yield *say("transfer", date=str(event.on), amount=amount, ccy=event.currency, a=plan.party(event.payer), b=plan.party(event.payee), X=shown), False  # fmt: skip
        if posting is None:
            continue
        if (posting.booked or event.on, posting.amount) != (event.on, event.amount):
            yield *say("entered", **_line(plan, posting)), False
        voided = plan.dossier.postings.get(reversals.get(claims[event.id].posting, ""))
        if voided is not None:
            yield *say("voided", **_line(plan, voided)), False


def _line(plan: Plan, posting: Posting) -> dict[str, str]:
    return {
        "date": str(posting.booked or posting.value_date or "[MISSING R4.5 date]"),
        "amount": major(abs(posting.amount), posting.currency, group=True),
        "ccy": posting.currency,
        "a": plan.account_of(posting),
        "X": cite(plan.cite(posting.cite)),
    }


def _method(plan: Plan) -> dict[str, str]:
    code, words, words_zh = RULE_NAMES.get(plan.case.tracing.selected, (plan.case.tracing.selected, "", ""))
    return {"method_en": f"{code} ({words})", "method_zh": f"{code}（{words_zh}）"}


def _movements(plan: Plan) -> Body:
    selected, method = plan.case.tracing.selected, _method(plan)
    moves = [
        (row.day or date.max, n, row.row, account, row)
        for n, account in enumerate(plan.trace.accounts)
        for row in account.rows
        if row.kind == "debit" and row.traced_out.get(selected)
    ]
    if moves:
        yield *say("rule", ref="15_METHODS", **method), False
    for _, _, _, account, row in sorted(moves, key=lambda move: move[:3]):
        yield from _moved(plan, account.account, account.currency, row, method)


def _moved(plan: Plan, account: str, currency: str, row: TraceRow, method: dict[str, str]) -> Body:
    """Tell one movement that carries proceeds, then what of it is traced to each event."""
    values = {
        "date": str(row.day or "[MISSING R4.5 date]"),
        "amount": major(row.amount, currency, group=True),
        "ccy": currency,
        "a": plan.account(account),
        "X": cite(plan.cite(row.cite)),
    }
    gap = _missing(plan, account, row.posting)
    if row.target.startswith("sink:GAP:") and gap:
        start, end = gap.period or (None, None)
        form = "fell" if gap.kind == "missing_statement" else "unsummed"
        yield *say(form, d1=str(start), d2=str(end), id=gap.id, **values), False
    elif row.partner:
        yield *_transferred(plan, row, row.partner, currency, values), False
    elif row.target.startswith("sink:ASSET:"):
        yield *say("asset", b=_asset(plan, row.target), **values), False
    elif row.target in {"sink:CASH", "sink:FEE"}:
        yield *say("cash" if row.target == "sink:CASH" else "charge", **values), False
    elif row.target.startswith("sink:PAID:"):
        yield *say("paid", b=plan.target(row.target), **values), False
    else:
        yield *say("left", **values), False
    tab, line = plan.trace_cells.get((account, row.row), ("10_T", row.row))
    for label, part in sorted(row.by_label.get(plan.case.tracing.selected, {}).items()):
        if label in plan.trace.labels and part:
            yield *say("traced", traced=major(part, currency, group=True), ccy=currency, E=label, ref=f"{tab}:{line}", **method), False  # fmt: skip


def _transferred(
    plan: Plan, row: TraceRow, partner: tuple[str, int], currency: str, values: dict[str, str]
) -> tuple[str, str]:
    """Tell a transfer; one that converts with what was received, the rate that both amounts make, and the line of each."""
    name, number = partner
    values = values | {"b": plan.account(name)}
    into = next((a for a in plan.trace.accounts if a.account == name), None)
    got = next((r for r in into.rows if r.row == number), None) if into else None
    if is_hub(name):
        return say("into parts", **values)
    if leg_of(row.posting) != row.posting:
        return say("out of parts", **values)
    if into is None or got is None or into.currency == currency:
        return say("transfer", **values)
    received = major(got.amount, into.currency, group=True)
    rate = _executed(row.amount, currency, got.amount, into.currency)
    return say("converted", **(values | rate | {"got": received, "into": into.currency, "X": cite(plan.cite(row.cite, got.cite))}))  # fmt: skip


def _executed(sent: int, currency: str, received: int, into: str) -> dict[str, str]:
    """Return units of `into` for one of `currency`, as the amounts make it: exact, or said to be rounded to six digits."""
    rate = Fraction(received, 10 ** exponent(into)) / Fraction(sent, 10 ** exponent(currency))
    text = f"{Decimal(f'{Decimal(rate.numerator) / Decimal(rate.denominator):.6g}').normalize():f}"
    said = ("", "") if Fraction(text) == rate else (" (rounded)", "（四舍五入）")
    return {"rate_en": text + said[0], "rate_zh": text + said[1]}


def _asset(plan: Plan, target: str) -> str:
    named = {a.record: a.description for a in plan.dossier.assets.values()}
    return f"{plan.target(target)} {named.get(asset_of(target, named)[0], '')}".strip()


def _missing(plan: Plan, account: str, place: str) -> Gap | None:
    """Return the gap that an entry of a trace stands for: `gap:ACCOUNT:FROM to TO`, or `break:ACCOUNT:STATEMENT`."""
    if place.startswith("break:"):
        broken, kind = broken_statement(plan, place).cite, "overlap" if place.endswith("+") else "break"
        return next((g for g in plan.dossier.gaps if g.kind == kind and broken in g.cites), None)
    periods = [g for g in plan.dossier.gaps if g.kind == "missing_statement" and g.period and account in g.affects]
    return next((g for g in periods if g.period and place.endswith(f"{g.period[0]} to {g.period[1]}")), None)


# -- how far a figure holds


def _ranges(plan: Plan) -> Body:
    by_value = {a.record for a in plan.case.assets if a.theory == "value"}  # CR6: never in a traced total
    for record, shown in sorted(plan.asset_ids.items(), key=lambda pair: pair[1]):
        if record in by_value or all(a.record != record for a in plan.dossier.assets.values()):
            continue
        paid = [t for t in plan.trace.targets if asset_of(t.target, plan.asset_ids)[0] == record]
        traced = [t for t in paid if t.bounds.ceiling or any(t.by_rule.get(rule) for rule in plan.rules)]
        if not traced:
            yield *say("no_path", b=_asset(plan, f"sink:ASSET:{record}"), ref=f"12_ASSETS:{_row(plan, '12_ASSETS', 'asset_id', shown)}"), False  # fmt: skip
            continue
        for target in traced:
            yield from _range(plan, target)
    for n, joint in enumerate(plan.jointly):
        if joint.ceiling:
            place = plan.sheets["15_METHODS"].blocks[0].top + n
            yield *say("joint", b_en=", ".join(plan.target(t) for t in joint.targets), b_zh="、".join(plan.target(t) for t in joint.targets), recorded=major(joint.recorded, joint.currency, group=True), floor=major(joint.floor, joint.currency, group=True), ceiling=major(joint.ceiling, joint.currency, group=True), ccy=joint.currency, ref=f"15_METHODS:{place}", **_labelled(plan.reaching(joint.targets))), False  # fmt: skip


def _range(plan: Plan, target: AssetTrace) -> Body:
    def shown(minor: int) -> str:
        return major(minor, target.currency, group=True)

    figures = {rule: target.by_rule.get(rule, 0) for rule in plan.rules}
    found = [
        e for e in sorted(target.bounds.labels) if any(target.by_label.get(rule, {}).get(e) for rule in plan.rules)
    ]
    place = f"15_METHODS:{_row(plan, '15_METHODS', 'target', plan.target(target.target))}"
    reaching = plan.reaching([target.target])
    common = {"ccy": target.currency, "ref": place, **_labelled(found or reaching)}
    each = {
        "each_en": ", ".join(f"{RULE_NAMES[rule][0]} {shown(amount)}" for rule, amount in figures.items()),
        "each_zh": "，".join(f"{RULE_NAMES[rule][0]} {shown(amount)}" for rule, amount in figures.items()),
    }
    yield *say("range", b=_asset(plan, target.target), recorded=shown(target.recorded), selected=shown(figures.get(plan.case.tracing.selected, 0)), n=str(len(figures)), lo=shown(min(figures.values())), hi=shown(max(figures.values())), **each, **common, **_method(plan), **_over_orders(target, shown)), False  # fmt: skip
    yield *say("every_rule", floor=shown(target.bounds.floor), ceiling=shown(target.bounds.ceiling), **(common | _labelled(reaching))), False  # fmt: skip
    yield from _absorbed(plan, target, set(found or reaching), common)


def _over_orders(target: AssetTrace, shown: Callable[[int], str]) -> dict[str, str]:
    """Tell the least and the most of each rule over the orders of the days that no record orders."""
    if not target.days:
        return {"orders_en": "", "orders_zh": ""}
    days, many = target.days, target.orders
    when = (f"{days} day{'s' if days > 1 else ''} whose order no record gives", f"{days} 个次序无记录可证的日期")
    if not many:
        return {
            "orders_en": f"; the orders of {when[0]} are too many to list, and floor and ceiling stand for them",
            "orders_zh": f"；{when[1]}的次序过多，未逐一列出，以下限与上限为准",
        }
    spans = {RULE_NAMES[r][0]: (shown(lo), shown(hi)) for r, (lo, hi) in target.by_order.items()}
    each_en = ", ".join(f"{name} {lo} to {hi}" if lo != hi else f"{name} {lo}" for name, (lo, hi) in spans.items())
    each_zh = "，".join(f"{name} {lo} 至 {hi}" if lo != hi else f"{name} {lo}" for name, (lo, hi) in spans.items())
    return {
        "orders_en": f"; over the {many} orders of {when[0]} the least and the most are {each_en} {target.currency}",
        "orders_zh": f"；在{when[1]}的 {many} 种次序下，最低与最高为 {each_zh} {target.currency}",
    }


def _absorbed(plan: Plan, target: AssetTrace, events: set[str], common: dict[str, str]) -> Body:
    """Tell what of the events traced into an asset had repaid an overdraft before its last payment."""
    days = [p.booked or p.value_date for key in target.postings if (p := plan.dossier.postings.get(key))]
    last = max((day for day in days if day), default=date.max)
    told = False
    for account in plan.trace.accounts:
        for row in account.rows:
            lost = {rule: row.absorbed.get(rule, 0) for rule in plan.rules}
            if not any(lost.values()) or (row.day or date.min) > last or not labels(plan, row) & events:
                continue
            told = True
            tab, line = plan.trace_cells.get((account.account, row.row), ("10_T", row.row))
            each = _per_rule(lost, account.currency)
            yield *say("absorbed", b=plan.target(target.target), a=plan.account(account.account), date=str(row.day), **(common | each | _labelled(sorted(labels(plan, row) & events)) | {"ref": f"{tab}:{line}"})), False  # fmt: skip
    if not told:
        yield *say("no_absorbed", b=plan.target(target.target), **common), False


def _per_rule(lost: dict[str, int], currency: str) -> dict[str, str]:
    """Return one amount where all rules agree, else each rule's."""
    if len(set(lost.values())) == 1:
        amount = f"{major(next(iter(lost.values())), currency, group=True)} {currency}"
        return {"each_en": f"{amount} under every printed rule", "each_zh": f"{amount}（所列各法相同）"}
    told = [f"{RULE_NAMES[rule][0]} {major(amount, currency, group=True)} {currency}" for rule, amount in lost.items()]
    return {"each_en": ", ".join(told), "each_zh": "，".join(told)}


def _labelled(events: list[str]) -> dict[str, str]:
    return {"E_en": f"event{'s' if len(events) > 1 else ''} {', '.join(events)}", "E_zh": f"事件{'、'.join(events)}"}


def _row(plan: Plan, tab: str, key: str, shown: str) -> int:
    sheet = plan.sheets[tab]
    return next((n for n in range(sheet.top, sheet.next_row) if sheet.get(key, n) == shown), sheet.top)


# -- what the records of banks show


def _wires(plan: Plan) -> Body:
    for wire in plan.dossier.wires:
        for us in wire.us:
            if us.sentence_en and us.sentence_zh:
                shown = _proof(plan, us)
                yield f"{us.sentence_en.rstrip('.')} [{shown}].", f"{us.sentence_zh.rstrip('。')}[{shown}]。", False


def _proof(plan: Plan, us: UsInstitution) -> str:
    """Return the cite of the field that proves the sentence, not of every document that names the institution."""
    cites = []
    for key, field in us.proof or [(key, "") for key in us.documents]:
        record = plan.dossier.messages.get(key) or plan.dossier.postings.get(key)
        if record is not None:
            place = f"{record.cite.locator}/field={field}" if field else record.cite.locator
            cites.append(replace(record.cite, locator=place))
    return cite(plan.cite(*cites))


# -- who owns


def _percent(share: str) -> str:
    """Return an exact share in per cent; one without an end in decimals stays a fraction."""
    value = Fraction(share) * 100
    places = next((n for n in range(5) if (value * 10**n).denominator == 1), None)
    return share if places is None else f"{Decimal(int(value * 10**places)).scaleb(-places)}%"


def _owners(plan: Plan) -> Body:
    """State every interest on which a chain or a law's answer rests, each once, with the register that records it."""
    interests = {i.record: i for i in plan.dossier.interests.values()} | dict(plan.dossier.interests)
    dates = {v.target: v.as_of for v in plan.dossier.verdicts}
    relied = [(chain.target, key) for chain in plan.dossier.chains for key in chain.interests]
    relied += [(verdict.target, key) for verdict in plan.dossier.verdicts for key in verdict.chains]
    told: set[str] = set()
    for target, key in relied:
        interest = interests.get(key)
        if interest is None or str(interest.cite) in told:
            continue
        told.add(str(interest.cite))
        yield *_interest(plan, interest, dates.get(target, plan.case.as_of)), False


def _interest(plan: Plan, interest: Interest, day: date) -> tuple[str, str]:
    exhibit = plan.exhibits.get(interest.cite.exhibit)
    values = {
        "date": str(day),
        "register_en": (exhibit.title_en or exhibit.number) if exhibit else "[MISSING R4.5 register]",
        "register_zh": (exhibit.title_zh or exhibit.number) if exhibit else "[MISSING R4.5 登记处]",
        "owner": plan.party(interest.owner),
        "owned": plan.party(interest.subject),
        "X": cite(plan.cite(interest.cite)),
    }
    part = _part(interest)
    if interest.kind == "shareholding" and part:
        return say("ownership", pct_en=part[0], pct_zh=part[1], **values)
    words = _INTERESTS.get(interest.kind, _OTHER)
    shown = (f" ({part[0]})", f"（{part[1]}）") if part else ("", "")
    return say("interest", interest_en=words[0] + shown[0], interest_zh=words[1] + shown[1], **values)


def _part(interest: Interest) -> tuple[str, str] | None:
    """Return a share or a range as a register states it: an open end is said, since `more than 25%` is not `25%`."""
    lo, hi = (None if end is None else _percent(end) for end in (interest.lo, interest.hi))
    if lo is None or hi is None or lo == hi:
        one = lo or hi
        return (one, one) if one else None
    low = (f"more than {lo}", f"{lo}（不含）") if interest.lo_open else (lo, lo)
    high = (f"less than {hi}", f"{hi}（不含）") if interest.hi_open else (hi, hi)
    return f"{low[0]} to {high[0]}", f"{low[1]}至{high[1]}"


# -- what is missing


def _gaps(plan: Plan) -> Body:
    """State each missing period, unordered day and unsummed statement with how far it moves the figures, as computed."""
    forms = {"missing_statement": "gap", "unordered_day": "order", "break": "break", "overlap": "overlap"}
    for gap in plan.dossier.gaps:
        if gap.kind not in forms or not gap.period:
            continue
        start, end = (str(day or "[MISSING R4.5 date]") for day in gap.period)
        hubs = [a for a in gap.affects if is_hub(a)]
        form = "order_parts" if hubs else forms[gap.kind]
        own = ", ".join(plan.account(a) for a in gap.affects if a not in hubs)
        values = {"account": own, "d1": start, "d2": end, "id": gap.id}
        if gap.kind in {"break", "overlap"}:
            values |= {"amount": major(gap.amount or 0, gap.currency, group=True), "ccy": gap.currency}
        for target in dict.fromkeys(effect.target for effect in gap.effects):
            moved = [effect for effect in gap.effects if effect.target == target]
            yield *say(form, **values, **_told_target(plan, target), **_each_effect(moved)), False
        if not gap.effects and gap.kind == "missing_statement":
            yield *say("gap_none", **values), False


def _told_target(plan: Plan, target: str) -> dict[str, str]:
    """Return a target as a sentence names it: an asset, a balance, what left in cash, in charges, to a payee or unseen."""
    known = {"sink:CASH": ("cash withdrawn", "提取的现金"), "sink:FEE": ("bank charges", "银行费用")}
    if target.startswith("bal:"):
        return {"b_en": f"the balance of {plan.target(target)}", "b_zh": f"{plan.target(target)}的余额"}
    if target.startswith("sink:GAP:"):
        account = plan.account(target.removeprefix("sink:GAP:"))
        return {"b_en": f"what left {account} unseen", "b_zh": f"{account}在缺期内的减少额"}
    en, zh = known.get(target, (plan.target(target), plan.target(target)))
    return {"b_en": en, "b_zh": zh}


def _each_effect(effects: list[GapEffect]) -> dict[str, str]:
    """Return every figure that moves, from its least to its most: `LIBR 0.00 to 7,600.00 EUR, floor ...`."""
    told_en, told_zh = [], []
    for one in effects:
        name = RULE_NAMES[one.figure][0] if one.figure in RULE_NAMES else ""
        least, most = (major(v, one.currency, group=True) for v in (one.least, one.most))
        told_en.append(f"{name or one.figure} {least} to {most} {one.currency}")
        told_zh.append(f"{name or _FIGURES.get(one.figure, one.figure)} {least} 至 {most} {one.currency}")
    return {"each_en": ", ".join(told_en), "each_zh": "，".join(told_zh)}
