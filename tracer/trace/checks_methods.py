"""Checks of the method: its choice, cherry-picking, replenishment, interest and fees, ignored income, rounding.

Source: tracing.md section 6, rows 4, 5, 9, 12, 14, 17.
"""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction

import numpy as np

from tracer.model import (
    RULE_NAMES,
    NotCovered,
    SensitivityRow,
)
from tracer.trace.assumptions import (
    Parameter,
)
from tracer.trace.bounds_gaps import breakdown
from tracer.trace.changes import interest_rows
from tracer.trace.checking import Check, Checking, spans
from tracer.trace.exact import ROWS, exact_pro_rata
from tracer.trace.replay import replay

__all__ = ["OF_METHODS"]


def _method(c: Checking) -> Iterator[SensitivityRow]:
    for target, stood in c.targets.items():
        above = [RULE_NAMES[r][0] for r, amount in stood.by_rule.items() if amount]
        en = f"all rules, the same on every account; above zero under {', '.join(above) or 'none'}"
        zh = f"各方法，所有账户一致；大于零者：{'、'.join(above) or '无'}"
        yield c.row(4, target, "shown", en, zh, figures=spans([stood], stood))


def _cherry(c: Checking) -> Iterator[SensitivityRow]:
    audit = all(introduced == accounted for *_, introduced, accounted in c.material.result.conservation)
    introduced: dict[str, int] = {}
    for claim in c.question.claims:
        introduced[claim.currency] = introduced.get(claim.currency, 0) + claim.amount
    for target, stood in c.targets.items():
        if not target.startswith("joint:"):
            best = max(stood.by_rule.values(), default=0)
            rules = ", ".join(RULE_NAMES[r][0] for r, x in stood.by_rule.items() if x == best)
            yield c.row(
                5,
                target,
                "shown",
                f"its own best rule: {rules}",
                f"对其最有利的方法：{rules}",
                figures={"best": (best, best)},
            )
            continue
        members = [c.base.figures[m] for m in c.base.together[target]]
        best = sum(max(m.by_rule.values(), default=0) for m in members)
        ceilings = sum(m.ceiling for m in members)
        alarm = best > stood.ceiling
        en = (
            f"each under its own best rule: {c.money(best, stood.currency)}; jointly at most {c.money(stood.ceiling, stood.currency)}"
            f"{' - ALARM: no rule gives all of these at once' if alarm else ''}; ceilings added would be"
            f" {c.money(ceilings, stood.currency)}; introduced {c.money(introduced.get(stood.currency, 0), stood.currency)};"
            f" every cent of it accounted for: {'yes' if audit else 'NO'}"
        )
        zh = (
            f"各取最有利方法合计 {c.money(best, stood.currency)}；合并上限 {c.money(stood.ceiling, stood.currency)}"
            f"{'——警示：没有任何方法能同时得出' if alarm else ''}；上限相加为 {c.money(ceilings, stood.currency)}；"
            f"列入 {c.money(introduced.get(stood.currency, 0), stood.currency)}；逐分核对：{'是' if audit else '否'}"
        )
        yield c.row(
            5, target, "shown", en, zh, figures={"best": (best, best), "ceiling": (stood.ceiling, stood.ceiling)}
        )


def _replenishment(c: Checking) -> Iterator[SensitivityRow]:
    e = c.entries
    bundle = c.base.books.parameters.get("bundle", "ordered")
    run = replay(e, "libr", bundle=bundle)
    labels = e.proceeds
    told: dict[str, list[tuple[str, int, int]]] = {}
    for account, name in enumerate(e.accounts):
        mine = np.flatnonzero((e.account == account) & e.credit)
        came = int(run.moved[mine][:, labels].sum())
        closing = int(e.balances()[e.account == account][-1]) if (e.account == account).any() else 0
        naive, libr = max(0, min(came, closing)), int(run.held_at_end[account, labels].sum())
        if naive > libr:
            told.setdefault(f"joint:{e.currencies[account]}", []).append((name, naive, libr))
    for target, stood in c.targets.items():
        if not target.startswith("joint:"):
            yield c.row(9, target, "nothing", "replenishment is a matter of balances held", "回补仅涉及账户余额")
            continue
        found = told.get(target, [])
        if not found:
            en = "no balance is above what the lowest intermediate balance leaves of proceeds"
            yield c.row(9, target, "nothing", en, "无余额高于最低中间余额所留存的所得")
            continue
        naive, libr = sum(n for _, n, _ in found), sum(x for *_, x in found)
        each = "; ".join(f"{n}: {c.money(a, stood.currency)} against {c.money(b, stood.currency)}" for n, a, b in found)
        en = f"closing balance alone would count later deposits as proceeds: {each}; restoration elected: {c.elected('restoration') or 'none'}"
        zh = f"若仅看期末余额，会将后续存款计为所得：{each}；所选回补：{c.elected('restoration') or '无'}"
        yield c.row(9, target, "shown", en, zh, figures={"naive": (naive, naive), "libr": (libr, libr)})


def _interest(c: Checking) -> Iterator[SensitivityRow]:
    found = len(interest_rows(c.entries, c.question.postings)) > 0
    for policy in ("clean", "prorata_posting", "proceeds") if found else ("clean",):
        yield from c.assume(12, Parameter("interest", policy))
    if any(name == "sink:FEE" or name.startswith("sink:FEE:") for name in c.entries.sinks):
        yield from c.assume(12, Parameter("fee", "clean_first"))
    else:
        yield from c.nothing(12, "no debit is a fee by the bank's own code or words", "无借记按银行代码或文字为费用")


def _income(c: Checking) -> Iterator[SensitivityRow]:
    e = c.entries
    unknown = e.labels.index("U")
    live = np.isin(e.account, np.unique(e.account[c.base.trail])) & e.credit
    amounts: dict[str, int] = {}
    for row in np.flatnonzero(live & (e.origin[:, unknown] > 0)).tolist():
        currency = e.currencies[int(e.account[row])]
        amounts[currency] = amounts.get(currency, 0) + int(e.origin[row, unknown])
    income = ", ".join(c.money(x.amount, x.currency) for x in c.material.case.lawful_income) or "none"
    inflow = ", ".join(c.money(x, currency) for currency, x in amounts.items()) or "nothing"
    en = f"other money credited to accounts that proceeds may pass: {inflow}; lawful income stated: {income}"
    zh = f"所得可能经过的账户中的其他贷记：{inflow}；已载明的合法收入：{income}"
    for target, stood in c.targets.items():
        members = c.base.together.get(target, (target,))
        if not stood.floor:
            yield c.row(14, target, "shown", f"{en}; the floor is zero", f"{zh}；下限为零")
            continue
        try:
            found = breakdown(c.base.networks.carried(), members)
        except NotCovered as gone:
            yield c.row(14, target, "not_covered", f"{en}; {gone.what}", f"{zh}；破坏值尚未涵盖")
            continue
        names = ", ".join(dict.fromkeys(account for account, _, _ in found.gaps))
        where, where_zh = names or "no single place", names or "无单一地点"
        yield c.row(
            14,
            target,
            "shown",
            f"{en}; breakdown value {c.money(found.amount, found.currency)}: so much undocumented clean money, entering at "
            f"{len(found.gaps)} places ({where}), would bring the floor to zero",
            f"{zh}；破坏值 {c.money(found.amount, found.currency)}：在 {len(found.gaps)} 处（{where_zh}）有此金额的未记录合法资金进入，下限即为零",
            figures={"breakdown": (found.amount, found.amount)},
        )


def _drift(c: Checking) -> Iterator[SensitivityRow]:
    if len(c.entries) > ROWS:
        yield from c.not_covered(
            17, f"exact fractions over more than {ROWS:,} entries", f"超过 {ROWS:,} 笔的精确分数运算尚未涵盖"
        )
        return
    if "pro_rata" not in c.base.rules:
        yield from c.nothing(17, "pro rata is not among the rules of this run", "本次未采用按比例分摊")
        return
    exact = exact_pro_rata(c.entries, c.base.books.parameters.get("bundle", "ordered"))
    for target, stood in c.targets.items():
        members = c.base.together.get(target, (target,))
        value = sum((exact.get(m, Fraction(0)) for m in members), Fraction(0))
        drift = abs(value - stood.by_rule["pro_rata"])
        en = f"exact fractions against whole cents: {float(drift):.4f} minor units apart"
        zh = f"精确分数与整分之差：{float(drift):.4f} 个最小货币单位"
        low, high = int(value), -int(-value // 1)
        yield c.row(
            17, target, "shown", en, zh, figures={"exact": (low, high), "pro_rata": (stood.by_rule["pro_rata"],) * 2}
        )


#: Number -> the check.
OF_METHODS: dict[int, Check] = {
    4: _method,
    5: _cherry,
    9: _replenishment,
    12: _interest,
    14: _income,
    17: _drift,
}
