"""Checks of the records themselves: what is missing, in which order, reversed, overdrawn, and whether it comes out again.

Source: tracing.md section 6, rows 1, 2, 3, 8, 10, 20.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

import numpy as np

from tracer.model import (
    RULE_NAMES,
    Cite,
    Posting,
    SensitivityRow,
)
from tracer.trace.agreement import agreement
from tracer.trace.assumptions import (
    Holes,
    Opening,
    Parameter,
    ValueDates,
)
from tracer.trace.bounds import bounds, build
from tracer.trace.bounds_possible import may_return
from tracer.trace.changing import changed
from tracer.trace.checking import Check, Checking
from tracer.trace.standing import proceeds_of, stand
from tracer.trace.what_if import verdict

__all__ = ["OF_RECORDS"]

#: Holes opened one by one; of more, all together.
HOLES = 25


def _missing(c: Checking) -> Iterator[SensitivityRow]:
    holes = [g for g in c.question.entries().gaps if g.kind in {"missing_statement", "break", "overlap"}]
    chained = [r for r in c.material.reconciliations if r.check == "chain"]
    tied = sum(r.outcome == "ok" for r in chained)
    months = sum(len(x.missing) for x in c.material.coverage)
    en = f"{tied} of {len(chained)} openings equal the closing before; {months} months without a statement"
    zh = f"{len(chained)} 个期初余额中 {tied} 个与上期期末一致；缺 {months} 个月的对账单"
    yield from _possible(c)
    if not holes:
        yield from c.nothing(
            1, f"no period is missing between the statements held: {en}", f"所持对账单之间无缺失期间：{zh}"
        )
        return
    sets = [[g] for g in holes] if len(holes) <= HOLES else [holes]
    for gaps in sets:
        name = gaps[0].id if len(gaps) == 1 else ""
        made = changed(Holes("open", name), c.question, c.base)
        after = c.measured(made)
        amounts = ", ".join(c.money(g.amount or 0, g.currency) for g in gaps[:3])
        told = (
            f"{len(holes)} holes, {amounts} unexplained here; {en}",
            f"共 {len(holes)} 处，未说明金额 {amounts}；{zh}",
        )
        cites = [cite for g in gaps for cite in g.cites]
        en, zh = Holes("open").told()
        if name:
            account, (start, end) = gaps[0].affects[0], gaps[0].period or (None, None)
            en, zh = (
                en.replace("every missing period", f"account {account}, {start} to {end}"),
                zh.replace("所有缺失期间", f"账户 {account}，{start} 至 {end}"),
            )
        yield from c.compared(1, after, en, zh, cites=cites, note=told)


def _possible(c: Checking) -> Iterator[SensitivityRow]:
    """Yield the possible ceiling of each target: unmatched payments may have come back by unmatched credits."""
    changed_entries = may_return(c.entries)
    if changed_entries is None:
        return
    graph, labels = build(changed_entries), proceeds_of(c.entries)
    for target, stood in c.targets.items():
        members = tuple(m for m in c.base.together.get(target, (target,)) if m in graph.targets)
        most = max(stood.ceiling, bounds(graph, members, labels, words=False).ceiling) if members else stood.ceiling
        en = (
            "were every payment to an account that is not held to have come back by later credits of unknown origin; possible "
            "only, for restraint, never for a final figure"
        )
        zh = "假定所有汇往未掌握账户的款项均经其后来源不明的贷记返回；仅为可能，用于限制措施，不得作最终数字"
        yield c.row(1, target, "shown", en, zh, figures={"possible ceiling": (most, most)})


def _opening(c: Checking) -> Iterator[SensitivityRow]:
    days = [s.opening_date or s.period_from for s in c.question.statements.values()]
    first = min((d for d in days if d is not None), default=None)
    note = (f"earliest record {first}", f"最早记录 {first}")
    for origin in ("lawful", "proceeds", "unknown"):
        yield from c.assume(2, Opening(origin), note)


def _order(c: Checking) -> Iterator[SensitivityRow]:
    traces = {t.target: t for t in c.material.result.targets}
    for target, stood in c.targets.items():
        trace = traces.get(target)
        if trace is None or not trace.days:
            en = "every entry that can reach it has its place by sequence, time or running balance"
            zh = "可能到达该项的每笔记账均有顺序、时间或逐笔余额"
            if target.startswith("joint:"):
                en, zh = "the orders are listed asset by asset", "顺序按各资产分别列出"
            yield c.row(3, target, "nothing", en, zh)
            continue
        least = replace(stood, by_rule={r: low for r, (low, _) in trace.by_order.items()})
        spans = {rule: trace.by_order[rule] for rule in trace.by_order}
        how = f"all {trace.orders} orders" if trace.orders else "floor to ceiling, which hold for every order"
        how_zh = f"全部 {trace.orders} 种顺序" if trace.orders else "下限至上限，适用于任何顺序"
        en = f"{trace.days} days without order: {how}; those that a bank could not have allowed left out"
        zh = f"{trace.days} 日无顺序记录：{how_zh}；已剔除银行不可能允许的顺序"
        figures = spans | {"floor": (stood.floor, stood.floor), "ceiling": (stood.ceiling, stood.ceiling)}
        yield c.row(3, target, "varied", en, zh, figures=figures, verdict=verdict(stood, least))
    yield from c.assume(3, ValueDates())


def _overdraft(c: Checking) -> Iterator[SensitivityRow]:
    e = c.entries
    below = np.flatnonzero(e.balances() < 0)
    owing = [e.accounts[a] for a in np.flatnonzero(e.debt > 0).tolist()]
    if not len(below) and not owing:
        yield from c.nothing(8, "no account was ever overdrawn", "无账户曾透支")
        return
    absorbed = {t: f for t, f in c.base.figures.items() if t.startswith("sink:OVERDRAFT")}
    names = sorted({*owing, *(e.accounts[int(a)] for a in e.account[below])})
    taken = "; ".join(
        f"{RULE_NAMES[r][0]} {c.money(x, f.currency)}" for f in absorbed.values() for r, x in f.by_rule.items() if x
    )
    repaid = f"proceeds that repaid the bank: {taken or 'none'}; R7 elected, beside this: {c.elected('backward_link') or 'none'}"
    note = (
        f"{len(below)} balances below nothing, {len(owing)} accounts opened in debt: {', '.join(names)}; {repaid}",
        f"{'、'.join(names)} 有 {len(below)} 个余额低于零，{len(owing)} 个账户期初即欠款；用于偿还银行的所得：{taken or '无'}；所选 R7（另列）：{c.elected('backward_link') or '无'}",
    )
    yield from c.assume(8, Parameter("mixed_repay", "clean_first"), note)


def _reversals(c: Checking) -> Iterator[SensitivityRow]:
    pairs = _mirrored(c)
    note = (
        f"{len(pairs)} more pairs of one account with the same amount, opposite sign, within 10 business days, not judged a reversal",
        f"另有 {len(pairs)} 对同账户、同金额、方向相反且相隔不超过10个工作日的记账，未判断为冲正",
    )
    if not any(t.reversed_by for t in c.question.transfers):
        yield from c.all(
            10, "nothing", f"no payment was reversed; {note[0]}", f"无冲正；{note[1]}", cites=_shown(c, pairs)
        )
        return
    yield from c.assume(10, Parameter("reversal", "new_credit_tail"), note)


def _mirrored(c: Checking) -> list[tuple[str, str]]:
    """Return debits with a later credit of the same amount and payee on the same account, neither of them part of a transfer."""
    e, source, postings = c.entries, c.entries.source or (), c.question.postings
    seen: dict[tuple[int, int], list[int]] = {}
    found = []
    for row in range(len(e)):
        if e.partner[row] >= 0 or source[row] not in postings:
            continue
        at = int(e.account[row]), int(e.amount[row])
        if not e.credit[row]:
            seen.setdefault(at, []).append(row)
            continue
        for debit in seen.get(at, ()):
            one, other = postings[source[debit]], postings[source[row]]
            if _one_payee(one, other) and 0 <= int(e.day[row]) - int(e.day[debit]) <= 14:  # 10 business days
                found.append((source[debit], source[row]))
                seen[at].remove(debit)
                break
    return found


def _one_payee(one: Posting, other: Posting) -> bool:
    return bool(one.counterparty) and one.counterparty.casefold() == other.counterparty.casefold()


def _shown(c: Checking, pairs: Sequence[tuple[str, str]]) -> tuple[Cite, ...]:
    return tuple(c.question.postings[key].cite for pair in pairs[:5] for key in pair)


def _again(c: Checking) -> Iterator[SensitivityRow]:
    twice = stand(c.question)
    same = twice.figures == c.base.figures and twice.joint == c.base.joint
    head = (
        f"content head {c.question.head[:16]}; class INT is excluded before anything is computed, and is never varied"
    )
    head_zh = f"内容哈希 {c.question.head[:16]}；INT 类在计算前已排除，从不变更"
    en = f"computed twice from the records: {'identical' if same else 'NOT IDENTICAL'}"
    zh = f"据记录两次计算：{'完全一致' if same else '不一致'}"
    second = c.material.second or agreement(c.base, c.question.offences or {})
    found = {row.targets: row.outcome for row in second.rows if not row.offence}
    told = {
        "equal": ("the same", "一致"),
        "one unit": ("the same but for one unit of rounding at conversions", "一致（兑换取整相差一个单位）"),
        "wider": (
            "within them; the first engine is on the safe side of a day without order",
            "在其范围内（无顺序日，第一引擎偏于审慎）",
        ),
        "not run": (
            f"not run: size {second.size:,}, limit {second.limit:,}",
            f"未运行：规模 {second.size:,}，上限 {second.limit:,}",
        ),
    }
    nothing = ("not run: nothing of the proceeds can be there", "未运行：所得不可能到达")
    for row in c.compared(20, twice, en, zh, note=(head, head_zh)):
        said = told.get(found.get(c.base.together.get(row.target, (row.target,)), ""), nothing)
        yield replace(
            row,
            changed_en=f"{en}; floor and ceiling by a linear program, the second engine: {said[0]}",
            changed_zh=f"{zh}；以线性规划（第二引擎）计算上下限：{said[1]}",
        )


#: Number -> the check.
OF_RECORDS: dict[int, Check] = {
    1: _missing,
    2: _opening,
    3: _order,
    8: _overdraft,
    10: _reversals,
    20: _again,
}
