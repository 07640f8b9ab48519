"""The 22 checks that answer the attacks in court (tracing.md section 6), for every asset and for all property together.

Every check gives at least one row for every target: a variant that was computed (varied), what the check shows (shown), that
the case has nothing to vary, with the reason (nothing), or what tracer cannot do yet, by name (not_covered). None is passed
in silence. A figure of a variant is that of the whole trace computed again, not of a part of it.

Verdict:  holds where neither the floor nor any rule's figure is less than in the trace as it stands; less where one is, and
          what was above zero still is; falls where what was above zero is zero.
Source:   tracing.md section 6, the table; no check prescribes a method, and none of its figures is a finding.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from fractions import Fraction
from functools import cached_property

import numpy as np

from tracer.model import (
    RULE_NAMES,
    Asset,
    CaseFile,
    Cite,
    Coverage,
    Gap,
    NotCovered,
    Posting,
    Reconciliation,
    RuleError,
    SecondEngine,
    SensitivityRow,
    TraceResult,
    Transfer,
    major,
)
from tracer.trace.agreement import agreement
from tracer.trace.assumptions import (
    Assumption,
    Holes,
    LeaveOut,
    Opening,
    Parameter,
    Question,
    Unlink,
    ValueDates,
    Withdraw,
)
from tracer.trace.bounds_gaps import breakdown
from tracer.trace.changes import interest_rows, listed, rows_by_posting, unlinked
from tracer.trace.changing import Changed, changed
from tracer.trace.elected import Elections, run_elected
from tracer.trace.entries import Cents, Entries
from tracer.trace.events import Book, Event
from tracer.trace.exact import ROWS, exact_pro_rata
from tracer.trace.replay import replay
from tracer.trace.standing import Figures, Standing, measure, stand
from tracer.trace.theories.section_984 import anniversary
from tracer.trace.theories.section_1957 import exceeds
from tracer.trace.what_if import verdict

__all__ = ["CHECKS", "Material", "sensitivity", "under"]

#: Number -> English, Chinese name of each check, in the order of tracing.md section 6.
CHECKS: dict[int, tuple[str, str]] = {
    1: ("Missing statements", "缺失的对账单"),
    2: ("Opening balance unknown", "期初余额来源不明"),
    3: ("Intraday order", "日内顺序"),
    4: ("Choice of method", "方法的选择"),
    5: ("Cherry-picked method per asset", "按资产挑选方法"),
    6: ("Double counting, round trips", "重复计算与资金回流"),
    7: ("Unmatched or wrong transfer pairs", "转账配对缺失或错误"),
    8: ("Overdraft", "透支"),
    9: ("Replenishment", "账户回补"),
    10: ("Reversals, returns, duplicates", "冲正、退回与重复"),
    11: ("FX", "外汇"),
    12: ("Interest, fees", "利息与费用"),
    13: ("Labels of source", "来源标签"),
    14: ("Clean income ignored", "忽略合法收入"),
    15: ("Conduit inference too loose", "过路账户推断过宽"),
    16: ("Same person, different accounts", "同一人的不同账户"),
    17: ("Pro rata drift", "按比例分摊的偏移"),
    18: ("Time limits", "时限"),
    19: ("Third-party interests", "第三方权益"),
    20: ("Reproducibility", "可重复性"),
    21: ("Valuation, appreciation", "估值与增值"),
    22: ("Over-claim under involved-in", "“涉及”理论下的过度主张"),
}

#: Links left out one by one; of more, those with the largest amounts, and the row says so.
LINKS = 250
#: Holes opened one by one; of more, all together.
HOLES = 25
#: The critical links that are named (attack 7).
CRITICAL = 10


@dataclass(frozen=True, slots=True)
class Material:
    """What the checks read beside the trace; empty where the rim has none."""

    result: TraceResult
    case: CaseFile
    gaps: tuple[Gap, ...] = ()
    assets: Mapping[str, Asset] = field(default_factory=dict)
    coverage: tuple[Coverage, ...] = ()
    reconciliations: tuple[Reconciliation, ...] = ()
    second: SecondEngine | None = None


@dataclass(frozen=True, eq=False)
class _Checking:
    """One question with the trace as it stands, and the rows that its checks give."""

    question: Question
    base: Standing
    material: Material

    @cached_property
    def targets(self) -> dict[str, Figures]:
        """Assets, in the order of their names, then all property together, per currency."""
        assets = sorted({*self.question.paid.values()} & {*self.base.figures})
        return {name: self.base.figures[name] for name in assets} | dict(sorted(self.base.joint.items()))

    @cached_property
    def entries(self) -> Entries:
        return self.base.books.carried

    @cached_property
    def links(self) -> list[tuple[int, Transfer]]:
        """Debits of transfers that proceeds may pass, the largest first."""
        of = {t.debit: t for t in self.question.transfers if t.debit and t.credit}
        e, source = self.entries, self.entries.source or ()
        rows = np.flatnonzero(~e.credit & (e.partner >= 0) & self.base.trail).tolist()
        found = [(row, of[source[row]]) for row in rows if source[row] in of]
        return sorted(found, key=lambda one: -int(e.amount[one[0]]))

    def money(self, minor: int, currency: str) -> str:
        return f"{major(minor, currency, group=True)} {currency}"

    def row(self, check: int, target: str, status: str, en: str, zh: str, **more: object) -> SensitivityRow:
        each = self.targets[target]
        return SensitivityRow(check, *CHECKS[check], target, each.currency, status, en, zh, **more)  # type: ignore[arg-type]  # the fields of the noun

    def all(self, check: int, status: str, en: str, zh: str, **more: object) -> Iterator[SensitivityRow]:
        """Yield the same row for every target."""
        for target in self.targets:
            yield self.row(check, target, status, en, zh, **more)

    def nothing(self, check: int, en: str, zh: str) -> Iterator[SensitivityRow]:
        yield from self.all(check, "nothing", en, zh)

    def not_covered(self, check: int, en: str, zh: str) -> Iterator[SensitivityRow]:
        yield from self.all(check, "not_covered", en, zh)

    def compared(
        self,
        check: int,
        after: Standing | Sequence[Standing],
        en: str,
        zh: str,
        *,
        cites: Sequence[Cite] = (),
        note: tuple[str, str] = ("", ""),
    ) -> Iterator[SensitivityRow]:
        """Yield one row per target: least and most of each figure over the variants, and whether the finding holds."""
        variants = (after,) if isinstance(after, Standing) else tuple(after)
        for target, stood in self.targets.items():
            found = [v.figures.get(target) or v.joint.get(target) for v in variants]
            verdicts = {verdict(stood, one) for one in found}
            worst = next(v for v in ("falls", "less", "holds") if v in verdicts)
            yield self.row(
                check,
                target,
                "varied",
                en,
                zh,
                figures=_spans(found, stood),
                verdict=worst,
                note_en=note[0],
                note_zh=note[1],
                cites=tuple(cites),
            )

    def assume(self, check: int, assumption: Assumption, note: tuple[str, str] = ("", "")) -> Iterator[SensitivityRow]:
        """Yield the rows of one changed assumption, or the reason why it cannot be changed."""
        try:
            made = changed(assumption, self.question, self.base)
        except NotCovered as gone:
            yield from self.not_covered(check, gone.what, f"尚未涵盖：{assumption.told()[1]}")
            return
        except RuleError as refused:
            yield from self.nothing(check, refused.what, f"无可变更：{assumption.told()[1]}")
            return
        said = made.note if made.note[0] else note
        yield from self.compared(check, self.measured(made), *assumption.told(), cites=made.cites, note=said)

    def measured(self, made: Changed) -> Standing:
        asked = made.question or self.question
        return measure(made.books, self.base.rules, asked.paid.values(), base=self.base, changed=made.rows)


def _spans(found: Sequence[Figures | None], stood: Figures) -> dict[str, tuple[int, int]]:
    each = [one.all() if one is not None else dict.fromkeys(stood.all(), 0) for one in found]
    return {
        name: (min(e[name] for e in each), max(e[name] for e in each)) for name in stood.all() if name != "recorded"
    }


def sensitivity(question: Question, material: Material, base: Standing | None = None) -> tuple[SensitivityRow, ...]:
    """Return the rows of all 22 checks, in their order; every check has a row for every target."""
    checking = _Checking(question, base or stand(question), material)
    return tuple(row for check in _ORDER for row in check(checking))


def under(rows: Sequence[SensitivityRow]) -> dict[str, dict[str, tuple[int, ...]]]:
    """Return target -> holds, less, falls, shown, nothing, not_covered -> numbers of the checks.

    A check with several variants stands where its worst one does.
    """
    rank = ("falls", "less", "holds", "not_covered", "shown", "nothing")
    worst: dict[str, dict[int, str]] = {}
    for row in rows:
        at = worst.setdefault(row.target, {})
        said = row.verdict or row.status
        at[row.check] = min(at.get(row.check, said), said, key=rank.index)
    return {
        target: {
            word: tuple(sorted(c for c, said in at.items() if said == word)) for word in rank if word in at.values()
        }
        for target, at in worst.items()
    }


# -- the checks, by number


def _missing(c: _Checking) -> Iterator[SensitivityRow]:
    holes = [g for g in c.question.entries().gaps if g.kind in {"missing_statement", "break", "overlap"}]
    chained = [r for r in c.material.reconciliations if r.check == "chain"]
    tied = sum(r.outcome == "ok" for r in chained)
    months = sum(len(x.missing) for x in c.material.coverage)
    en = f"{tied} of {len(chained)} openings equal the closing before; {months} months without a statement"
    zh = f"{len(chained)} 个期初余额中 {tied} 个与上期期末一致；缺 {months} 个月的对账单"
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


def _opening(c: _Checking) -> Iterator[SensitivityRow]:
    days = [s.opening_date or s.period_from for s in c.question.statements.values()]
    first = min((d for d in days if d is not None), default=None)
    note = (f"earliest record {first}", f"最早记录 {first}")
    for origin in ("lawful", "proceeds", "unknown"):
        yield from c.assume(2, Opening(origin), note)


def _order(c: _Checking) -> Iterator[SensitivityRow]:
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


def _method(c: _Checking) -> Iterator[SensitivityRow]:
    for target, stood in c.targets.items():
        above = [RULE_NAMES[r][0] for r, amount in stood.by_rule.items() if amount]
        en = f"all rules, the same on every account; above zero under {', '.join(above) or 'none'}"
        zh = f"各方法，所有账户一致；大于零者：{'、'.join(above) or '无'}"
        yield c.row(4, target, "shown", en, zh, figures=_spans([stood], stood))


def _cherry(c: _Checking) -> Iterator[SensitivityRow]:
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


def _round_trips(c: _Checking) -> Iterator[SensitivityRow]:
    stated = ("restitution and other orders already paid: none is stated", "未载明已履行的退赔或其他命令")
    for row in c.assume(6, Parameter("round_trips", "netted")):
        yield replace(
            row,
            note_en="; ".join(filter(None, (row.note_en, stated[0]))),
            note_zh="；".join(filter(None, (row.note_zh, stated[1]))),
        )


def _links(c: _Checking) -> Iterator[SensitivityRow]:
    if not c.links:
        yield from c.nothing(7, "no transfer between held accounts may carry proceeds", "无可能承载所得的账户间转账")
        return
    tried = c.links[:LINKS]
    variants: list[tuple[Transfer, Standing]] = []
    for _, transfer in tried:
        try:
            variants.append((transfer, c.measured(changed(Unlink(transfer.id), c.question, c.base))))
        except RuleError:
            continue  # one that another posting voids: it is no link of the entries
    left = f"; the {LINKS} largest of {len(c.links)}" if len(c.links) > LINKS else ""
    margin = "second-best candidate and its margin: `tracer match` lists them, no figure is computed from them"
    note = (margin, "次优配对及其差距：见 tracer match，不据以计算")
    en, zh = f"any one of {len(variants)} transfers left out{left}", f"任一转账（共 {len(variants)} 笔）不计"
    yield from c.compared(7, [v for _, v in variants], en, zh, note=note)
    for target, stood in c.targets.items():
        ranked = sorted(variants, key=lambda one: _loss(stood, one[1], target, c.question.selected), reverse=True)
        for transfer, after in ranked[:CRITICAL]:
            found = after.figures.get(target) or after.joint.get(target)
            if not any(_loss(stood, after, target, c.question.selected)):
                break
            words = Unlink(transfer.id[:8]).told()
            cites = tuple(c.question.postings[k].cite for k in transfer.postings if k in c.question.postings)
            yield c.row(
                7, target, "varied", *words, figures=_spans([found], stood), verdict=verdict(stood, found), cites=cites
            )


def _loss(stood: Figures, after: Standing, target: str, selected: str) -> tuple[int, int, int]:
    """Return what a variant takes from the floor, the ceiling and the selected rule, never negative."""
    found = after.figures.get(target) or after.joint.get(target)
    now = found.all() if found is not None else {}
    was = stood.all()
    return tuple(max(0, was.get(n, 0) - now.get(n, 0)) for n in ("floor", "ceiling", selected))  # type: ignore[return-value]  # three names


def _overdraft(c: _Checking) -> Iterator[SensitivityRow]:
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
    repaid = (
        f"proceeds that repaid the bank: {taken or 'none'}; R7 is off: no backward link is stated with its evidence"
    )
    note = (
        f"{len(below)} balances below nothing, {len(owing)} accounts opened in debt: {', '.join(names)}; {repaid}",
        f"{'、'.join(names)} 有 {len(below)} 个余额低于零，{len(owing)} 个账户期初即欠款；用于偿还银行的所得：{taken or '无'}；R7 未启用：案件未载明反向关联及证据",
    )
    yield from c.assume(8, Parameter("mixed_repay", "clean_first"), note)


def _replenishment(c: _Checking) -> Iterator[SensitivityRow]:
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
        en = f"closing balance alone would count later deposits as proceeds: {each}; restoration is not elected"
        zh = f"若仅看期末余额，会将后续存款计为所得：{each}；未选择回补"
        yield c.row(9, target, "shown", en, zh, figures={"naive": (naive, naive), "libr": (libr, libr)})


def _reversals(c: _Checking) -> Iterator[SensitivityRow]:
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


def _mirrored(c: _Checking) -> list[tuple[str, str]]:
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


def _shown(c: _Checking, pairs: Sequence[tuple[str, str]]) -> tuple[Cite, ...]:
    return tuple(c.question.postings[key].cite for pair in pairs[:5] for key in pair)


def _fx(c: _Checking) -> Iterator[SensitivityRow]:
    e, source = c.entries, c.entries.source or ()
    credits_in = np.flatnonzero(e.credit & (e.partner >= 0)).tolist()
    found = [
        row
        for row in credits_in
        if e.currencies[int(e.account[row])] != e.currencies[int(e.account[int(e.partner[row])])]
    ]
    if not found:
        yield from c.nothing(11, "no transfer between held accounts changes the currency", "无账户间转账涉及兑换")
        return
    rates = []
    for row in found[:5]:
        sent = int(e.partner[row])
        sold = c.money(int(e.amount[sent]), e.currencies[int(e.account[sent])])
        rates.append((sold, c.money(int(e.amount[row]), e.currencies[int(e.account[row])])))
    cites = tuple(c.question.postings[source[row]].cite for row in found[:5] if source[row] in c.question.postings)
    en = (
        f"executed {'; '.join(f'{a} for {b}' for a, b in rates)}: the fraction that is proceeds passes at the executed rate, no reporting rate allocates. "
        "Executed against a reference rate, and translation at seizure: tracer holds no reference rates"
    )
    zh = f"实际成交 {'；'.join(f'{a} 兑 {b}' for a, b in rates)}：所得比例按成交汇率转移。与参考汇率比较及扣押日折算：tracer 不含参考汇率"
    yield from c.all(11, "not_covered", en, zh, cites=cites)


def _interest(c: _Checking) -> Iterator[SensitivityRow]:
    found = len(interest_rows(c.entries, c.question.postings)) > 0
    for policy in ("clean", "prorata_posting", "proceeds") if found else ("clean",):
        yield from c.assume(12, Parameter("interest", policy))
    if any(name == "sink:FEE" or name.startswith("sink:FEE:") for name in c.entries.sinks):
        yield from c.assume(12, Parameter("fee", "clean_first"))
    else:
        yield from c.nothing(12, "no debit is a fee by the bank's own code or words", "无借记按银行代码或文字为费用")


def _labels(c: _Checking) -> Iterator[SensitivityRow]:
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
        f"events outside the conduct period of their offence: {said}; gross: no direct costs are stated (981(a)(2)(B))",
        f"在行为期间之外的事件：{'、'.join(outside) or '无'}；所得为毛额：案件未载明直接成本",
    )
    for name in dict.fromkeys([*names, *(events if len(events) > 1 else ())]):
        yield from c.assume(13, LeaveOut(name), note)


def _income(c: _Checking) -> Iterator[SensitivityRow]:
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
        where = ", ".join(dict.fromkeys(account for account, _, _ in found.gaps)) or "no single place"
        yield c.row(
            14,
            target,
            "shown",
            f"{en}; breakdown value {c.money(found.amount, found.currency)}: so much undocumented clean money, entering at "
            f"{len(found.gaps)} places ({where}), would bring the floor to zero",
            f"{zh}；破坏值 {c.money(found.amount, found.currency)}：在 {len(found.gaps)} 处（{where}）有此金额的未记录合法资金进入，下限即为零",
            figures={"breakdown": (found.amount, found.amount)},
        )


#: Windows in days and tolerances as fractions (attack 15); an hour needs times on both lines.
_WINDOWS = ((0, "one day", "同日"), (3, "three days", "三日"))
_TOLERANCES = ((Fraction(0), "0"), (Fraction(1, 1000), "0.1%"), (Fraction(1, 100), "1%"))


def _conduit(c: _Checking) -> Iterator[SensitivityRow]:
    book = listed(c.entries)
    seen: dict[tuple[tuple[str, str], ...], Standing | None] = {}
    variants: list[Standing] = []
    told: list[str] = []
    for days, name, _ in _WINDOWS:
        for tolerance, shown in _TOLERANCES:
            links = _passed_on(book, days, tolerance)
            false = _false_matches(book, days, tolerance)
            told.append(f"{name}, {shown}: {len(links)} matched, {false} on shuffled dates")
            if links and links not in seen:
                seen[links] = _identified(c, book, links)
            found = seen.get(links)
            if found is not None:
                variants.append(found)
    if not seen:
        yield from c.nothing(
            15, "no credit from outside was paid on within three days and 1%", "无外来贷记在三日内以1%以内的差额转出"
        )
        return
    if not variants:
        yield from c.not_covered(15, "specific identification on these books", "本账目的个别认定尚未涵盖")
        return
    note = ("; ".join(told) + "; one hour: needs times on both lines", "；".join(told) + "；一小时窗口需两笔均有时间")
    en = "a credit held for the payment that passed it on, window one and three days, tolerance 0, 0.1%, 1%"
    yield from c.compared(15, variants, en, "按转出付款对应贷记：窗口一日、三日，容差 0、0.1%、1%", note=note)


def _passed_on(book: Book, days: int, tolerance: Fraction, shift: int = 0) -> tuple[tuple[str, str], ...]:
    """Return (credit, debit) one to one, nearest first: the same account, later, within the window and the tolerance."""
    out: dict[str, list[tuple[int, Event]]] = {}
    for k, e in enumerate(book.events):
        if e.kind in ("debit", "transfer") and e.day is not None and not e.block:
            out.setdefault(e.account, []).append((k, e))
    taken: set[str] = set()
    found = []
    for k, credit in enumerate(book.events):
        if credit.kind != "credit" or credit.day is None or credit.block:
            continue
        came = credit.day + timedelta(days=shift)
        for j, debit in out.get(credit.account, ()):
            day = debit.day or date.min
            if (
                (shift or j > k)
                and debit.id not in taken
                and 0 <= (day - came).days <= days
                and abs(debit.amount - credit.amount) <= tolerance * credit.amount
            ):
                taken.add(debit.id)
                found.append((credit.id, debit.id))
                break
    return tuple(found)


def _false_matches(book: Book, days: int, tolerance: Fraction) -> int:
    """Return how many pairs fit with every credit moved by 30 days: what chance alone would match."""
    return len(_passed_on(book, days, tolerance, shift=30))


def _identified(c: _Checking, book: Book, links: tuple[tuple[str, str], ...]) -> Standing | None:
    """Return the figures under R0; floor and ceiling stand, because what it attributes is a point of the same polytope."""
    elections = Elections(bundle=c.base.books.parameters.get("bundle", "ordered"), specific_id=links)
    labels = set(book.proceeds)
    try:
        runs = {rule: run_elected(book, rule, elections).targets for rule in c.base.rules}
    except (NotCovered, RuleError):
        return None

    def of(target: str) -> dict[str, int]:
        return {rule: sum(x for k, x in runs[rule].get(target, {}).items() if k in labels) for rule in runs}

    figures = {t: replace(f, by_rule=of(t)) for t, f in c.base.figures.items()}
    joint = {
        title: replace(f, by_rule={r: sum(figures[m].by_rule[r] for m in c.base.together[title]) for r in c.base.rules})
        for title, f in c.base.joint.items()
    }
    return replace(c.base, figures=figures, joint=joint)


def _identity(c: _Checking) -> Iterator[SensitivityRow]:
    if not c.links:
        yield from c.nothing(16, "no transfer between held accounts may carry proceeds", "无可能承载所得的账户间转账")
        return

    def weakness(transfer: Transfer) -> int:
        """Return the surest rung that joins it; a person's word on a score alone is the weakest."""
        rungs = [r for r in transfer.rungs if r >= 0]
        return min(rungs) if rungs else 9

    weakest = max(weakness(t) for _, t in c.links)
    chosen = [(row, t) for row, t in c.links if weakness(t) == weakest]
    said = f"rung {weakest}" if weakest < 9 else "a person's word"
    said_zh = f"第 {weakest} 级" if weakest < 9 else "人员判断"
    rows = [row for row, _ in chosen]
    opened = c.base.books.opened
    made, carried = unlinked(c.entries, rows)
    others: Cents = np.zeros(0, np.int64)
    if opened is not None:
        at = rows_by_posting(opened)
        debits = [at[t.debit] for _, t in chosen if t.debit in at and int(opened.partner[at[t.debit]]) >= 0]
        opened, others = unlinked(opened, debits) if debits else (opened, others)
    books = replace(c.base.books, carried=made, opened=opened)
    after = measure(books, c.base.rules, c.question.paid.values(), base=c.base, changed=(carried, others))
    note = (
        f"{len(chosen)} of {len(c.links)} transfers rest on {said} alone; pooled and sweep groups: none is elected",
        f"{len(c.links)} 笔转账中 {len(chosen)} 笔仅依据{said_zh}；未选择账户归集",
    )
    cites = [c.question.postings[k].cite for _, t in chosen[:5] for k in t.postings if k in c.question.postings]
    en, zh = f"every link that rests on {said} alone is removed", f"去除仅依据{said_zh}的全部关联"
    yield from c.compared(16, after, en, zh, cites=cites, note=note)
    people = [j for j in c.question.judgements if j.subject == "movement" and j.rung < 0 and j.decision == "same"]
    for judgement in people[-1:]:
        yield from c.assume(16, Withdraw(judgement.id))


def _drift(c: _Checking) -> Iterator[SensitivityRow]:
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


def _limits(c: _Checking) -> Iterator[SensitivityRow]:
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
    zh = f"984 条，截至 {as_of}：未逾期 {'、'.join(timely) or '无'}；已逾期 {'、'.join(late) or '无'}；时效：{limits or '未载明'}"
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


def _third_parties(c: _Checking) -> Iterator[SensitivityRow]:
    for target, stood in c.targets.items():
        asset = c.material.assets.get(target)
        if asset is None or asset.encumbrance is None:
            en = "no mortgage, spouse's share, purchaser for value or innocent co-depositor is stated in the records"
            yield c.row(19, target, "nothing", en, "记录未载明抵押、配偶份额、善意购买人或无辜共同存款人")
            continue
        worth = asset.value_now if asset.value_now is not None else asset.price
        net = max(0, (worth or 0) - asset.encumbrance)
        spans = {r: (min(x, net),) * 2 for r, x in stood.by_rule.items()}
        en = f"encumbrance {c.money(asset.encumbrance, asset.currency)}: net equity {c.money(net, asset.currency)} caps what can be reached"
        zh = f"权利负担 {c.money(asset.encumbrance, asset.currency)}：净值 {c.money(net, asset.currency)} 为可及上限"
        yield c.row(19, target, "shown", en, zh, figures=spans, cites=(asset.cite,))


def _again(c: _Checking) -> Iterator[SensitivityRow]:
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


def _valuation(c: _Checking) -> Iterator[SensitivityRow]:
    for target, stood in c.targets.items():
        asset = c.material.assets.get(target)
        if asset is None:
            yield c.row(21, target, "nothing", "a balance is its own value", "余额即其价值")
            continue
        price = asset.price or stood.recorded
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
        spans: dict[str, tuple[int, int]] = {}
        if asset.value_now is not None and price:
            worth = asset.value_now
            spans = {r: (min(x, worth), max(min(x, worth), x * worth // price)) for r, x in stood.by_rule.items()}
        en = f"traced fraction of the price: {shares}; {valued}; lien (the figure, at most the value) or share, never both"
        zh = f"所追踪部分占价款比例：{shares}；留置（不超过价值）或份额，二者不并用"
        yield c.row(21, target, "shown", en, zh, figures=spans, cites=(asset.cite,))


def _involved(c: _Checking) -> Iterator[SensitivityRow]:
    en = "the case states no laundering transaction with evidence of facilitation: clean funds are added to no figure"
    yield from c.nothing(22, en, "案件未载明有便利证据的洗钱交易：任何数字均未加入合法资金")


_ORDER: tuple[Callable[[_Checking], Iterator[SensitivityRow]], ...] = (
    _missing,
    _opening,
    _order,
    _method,
    _cherry,
    _round_trips,
    _links,
    _overdraft,
    _replenishment,
    _reversals,
    _fx,
    _interest,
    _labels,
    _income,
    _conduit,
    _identity,
    _drift,
    _limits,
    _third_parties,
    _again,
    _valuation,
    _involved,
)
