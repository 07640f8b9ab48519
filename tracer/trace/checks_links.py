"""Checks of what joins two records: round trips, transfers, conversions, conduits, identities.

Source: tracing.md section 6, rows 6, 7, 11, 15, 16.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta
from fractions import Fraction

import numpy as np

from tracer.model import (
    NotCovered,
    RuleError,
    SensitivityRow,
    Transfer,
)
from tracer.model.parted import sent_by
from tracer.trace.assumptions import (
    Parameter,
    Unlink,
    Withdraw,
    not_yet,
)
from tracer.trace.changes import listed, rows_by_posting, unlinked
from tracer.trace.changing import changed
from tracer.trace.checking import Check, Checking, spans
from tracer.trace.elected import Elections, run_elected
from tracer.trace.entries import Cents
from tracer.trace.events import Book, Event
from tracer.trace.reference_rates import reference
from tracer.trace.standing import Figures, Standing, measure
from tracer.trace.translation import translated
from tracer.trace.what_if import verdict

__all__ = ["OF_LINKS"]

#: Links left out one by one; of more, those with the largest amounts, and the row says so.
LINKS = 250

#: The critical links that are named (attack 7).
CRITICAL = 10


def _round_trips(c: Checking) -> Iterator[SensitivityRow]:
    stated = ("restitution and other orders already paid: none is stated", "未载明已履行的退赔或其他命令")
    for row in c.assume(6, Parameter("round_trips", "netted")):
        yield replace(
            row,
            note_en="; ".join(filter(None, (row.note_en, stated[0]))),
            note_zh="；".join(filter(None, (row.note_zh, stated[1]))),
        )


def _links(c: Checking) -> Iterator[SensitivityRow]:
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
                7, target, "varied", *words, figures=spans([found], stood), verdict=verdict(stood, found), cites=cites
            )


def _loss(stood: Figures, after: Standing, target: str, selected: str) -> tuple[int, int, int]:
    """Return what a variant takes from the floor, the ceiling and the selected rule, never negative."""
    found = after.figures.get(target) or after.joint.get(target)
    now = found.all() if found is not None else {}
    was = stood.all()
    return tuple(max(0, was.get(n, 0) - now.get(n, 0)) for n in ("floor", "ceiling", selected))  # type: ignore[return-value]  # three names


def _fx(c: Checking) -> Iterator[SensitivityRow]:
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
    rates, far, alone = [], [], []
    for row in found:
        sent = int(e.partner[row])
        out, into = (e.currencies[int(e.account[r])] for r in (sent, row))
        sold, bought = c.money(int(e.amount[sent]), out), c.money(int(e.amount[row]), into)
        rates.append((sold, bought))
        try:
            if e.day[sent] < 0:
                raise not_yet(f"the rate of {sold} for {bought}, whose day is not known", "ask for the day")
            day = date(1970, 1, 1) + timedelta(days=int(e.day[sent]))
            known = reference(int(e.amount[sent]), out, int(e.amount[row]), into, day)
        except NotCovered:
            alone.append(f"{sold}/{into}")
            continue
        if known.is_far:
            far.append(f"{sold} for {bought} on {day}: {float(100 * known.off):+.2f}%")
    cites = tuple(c.question.postings[source[row]].cite for row in found[:5] if source[row] in c.question.postings)
    compared = len(found) - len(alone)
    shown, more = rates[:5], f" and {len(rates) - 5} more" if len(rates) > 5 else ""
    en = (
        f"executed {'; '.join(f'{a} for {b}' for a, b in shown)}{more}: the fraction that is proceeds passes at the executed rate, "
        f"no reporting rate allocates. Against the reference rate of the European Central Bank of that day, a check only: "
        f"{compared} compared, more than 2% off: {'; '.join(far) or 'none'}; no reference rate: {', '.join(alone) or 'none'}"
    )
    zh = (
        f"实际成交 {'；'.join(f'{a} 兑 {b}' for a, b in shown)}：所得比例按成交汇率转移，报告汇率不作分配。与欧洲央行当日参考汇率比较（仅供核对）："
        f"已比较 {compared} 笔，偏离超过2%者：{'；'.join(far) or '无'}；无参考汇率：{'、'.join(alone) or '无'}"
    )
    for target in c.targets:
        said_en, said_zh = translated(c, target)
        status = "shown" if compared else "not_covered"
        yield c.row(11, target, status, f"{en}. {said_en}", f"{zh}。{said_zh}", cites=cites)


#: Windows in days and tolerances as fractions (attack 15); an hour needs times on both lines.
_WINDOWS = ((0, "one day", "同日"), (3, "three days", "三日"))

_TOLERANCES = ((Fraction(0), "0"), (Fraction(1, 1000), "0.1%"), (Fraction(1, 100), "1%"))


def _conduit(c: Checking) -> Iterator[SensitivityRow]:
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


def _identified(c: Checking, book: Book, links: tuple[tuple[str, str], ...]) -> Standing | None:
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


def _identity(c: Checking) -> Iterator[SensitivityRow]:
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
        sent = [sent_by(t) for _, t in chosen]
        debits = [at[key] for key in sent if key in at and int(opened.partner[at[key]]) >= 0]
        opened, others = unlinked(opened, debits) if debits else (opened, others)
    books = replace(c.base.books, carried=made, opened=opened)
    after = measure(books, c.base.rules, c.question.paid.values(), base=c.base, changed=(carried, others))
    groups = c.elected("account_group")
    note = (
        f"{len(chosen)} of {len(c.links)} transfers rest on {said} alone; pooled and sweep groups elected: {groups or 'none'}",
        f"{len(c.links)} 笔转账中 {len(chosen)} 笔仅依据{said_zh}；所选账户归集：{groups or '无'}",
    )
    cites = [c.question.postings[k].cite for _, t in chosen[:5] for k in t.postings if k in c.question.postings]
    en, zh = f"every link that rests on {said} alone is removed", f"去除仅依据{said_zh}的全部关联"
    yield from c.compared(16, after, en, zh, cites=cites, note=note)
    people = [j for j in c.question.judgements if j.subject == "movement" and j.rung < 0 and j.decision == "same"]
    for judgement in people[-1:]:
        yield from c.assume(16, Withdraw(judgement.id))


#: Number -> the check.
OF_LINKS: dict[int, Check] = {
    6: _round_trips,
    7: _links,
    11: _fx,
    15: _conduit,
    16: _identity,
}
