"""What the defence may ask, at the rim: one assumption changed, the 22 checks, the next record to ask for.

The rooms compute (`trace.what_if`, `trace.sensitivity`, `routes.next_requests`); here the dossier becomes their question and
their nouns become views. Everything rests on the facts that may leave, as every other verb.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from pathlib import Path

from tracer import at_hand, routes, trace, untraced
from tracer.explaining import Ways
from tracer.meant import target_meant, words_meant
from tracer.model import (
    RULE_NAMES,
    AssetTrace,
    CaseError,
    Cite,
    Dossier,
    Money,
    SecondEngine,
    SensitivityRow,
    Tested,
    WhatIf,
)
from tracer.model.parted import is_hub
from tracer.model.targets import asset_of
from tracer.printed import Printed
from tracer.progress import say
from tracer.tables import View
from tracer.trace.sensitivity import under
from tracer.tracing import Reading, reading_of

__all__ = ["CHECKED", "Asked", "Names", "asked", "changed", "checked", "tested", "wanted"]


@dataclass(frozen=True, slots=True, eq=False)
class Asked:
    """A dossier, the question of its trace, and the trace as it stands: made once for any number of changes.

    `rows`: the 22 checks, once they were run, by the words of the second engine ("" where it was not asked).
    """

    made: Dossier
    question: trace.Question
    standing: trace.Standing
    rows: dict[str, tuple[SensitivityRow, ...]] = field(default_factory=dict)


def asked(made: Dossier, reading: Reading | None = None) -> Asked:
    """Return the question of a dossier. No file is read again; `reading`: where its books are made already."""
    read = reading or reading_of(made)
    return Asked(made, read.question, trace.stand(read.question, read.books))


_ENDS_ZH = {
    "CASH": "提取的现金",
    "FEE": "银行费用",
    "GAP": "在无记录期间转出",
    "OVERDRAFT": "银行（偿还透支）",
    "TRANSIT_FEE": "在途费用",
    "UNKNOWN": "记录未载明的收款人",
}


class Names:
    """Targets by what the exhibits call them, those of a changed trace too."""

    def __init__(self, made: Dossier) -> None:
        self.printed = Printed(made)
        self.known: dict[str, AssetTrace] = {t.target: t for t in made.trace.targets}
        self.names = self.printed.targets(made.trace.targets)

    def __call__(self, target: str) -> str:
        if target.startswith("joint:"):
            return f"all assets and balances in {target.removeprefix('joint:')} together"
        if target.startswith("sink:UNLINKED:"):
            account = target.split(":", 3)[3]
            said = "said to be of the" if is_hub(account) else "said to have reached account"
            return f"left, {said} {self.printed.account(account)}"
        return self.names.get(target) or self.printed.target(target)

    def in_chinese(self, target: str) -> str:
        """Return the name of a target in Chinese, where it is not one that an exhibit prints."""
        kind, _, rest = target.removeprefix("sink:").partition(":")
        if kind == "bal":
            return f"账户{self.printed.account(rest)}的余额"
        if kind == "joint":
            return f"{rest} 全部资产及余额合计"
        if kind == "UNLINKED":
            account = rest.partition(":")[2]
            parts = f"已转出，据称属于分部分付款 {self.printed.made.account_ids.get(account, account)}"
            return parts if is_hub(account) else f"已转出，据称到达账户{self.printed.account(account)}"
        return _ENDS_ZH.get(kind, self(target))

    def order(self, target: str) -> tuple[int, str]:
        """Return assets first, then everything together, balances, and what left."""
        kind = self.known[target].kind if target in self.known else "joint" if target.startswith("joint:") else "other"
        return {"asset": 0, "joint": 1, "balance": 2}.get(kind, 3), self(target)


def _figure(name: str) -> str:
    return RULE_NAMES[name][0] if name in RULE_NAMES else {"recorded": "paid or held"}.get(name, name)


def _sources(cites: Iterable[Cite], printed: Printed) -> tuple[str, ...]:
    return tuple(dict.fromkeys(f"{printed.cite(c)} sha256:{c.exhibit}" for c in cites))


_VERDICTS = {
    "holds": "holds: no figure is less",
    "less": "less, and above zero",
    "falls": "a figure falls to zero",
}


def changed(ask: Asked, words: tuple[str, ...], folder: Path) -> tuple[View, WhatIf]:
    """Change one assumption and show every figure that differs, with the run and the rule of each."""
    books = ask.standing.books
    meant = words_meant(ask.made, words, books.carried.accounts, books.read.gaps if books.read else ())
    found = trace.what_if(ask.question, trace.parse(meant), base=ask.standing)
    names, figures = Names(ask.made), [*found.rules, "floor", "ceiling", "recorded"]
    is_traced = bool(ask.made.trace.claims)
    rows = [
        (
            names(d.target),
            _figure(d.figure),
            Money(d.before, d.currency),
            Money(d.after, d.currency),
            Money(d.after - d.before, d.currency),
            _VERDICTS.get(found.targets.get(d.target, ""), "") if is_traced else "",
        )
        for d in sorted(found.differences, key=lambda d: (names.order(d.target), figures.index(d.figure)))
    ]
    numbers = {e.sha256: e.number for e in ask.made.exhibits}
    told = names.printed.told
    explained = [told(found.words_en), found.words_zh]
    explained += [told(text) for text in (found.note_en, found.note_zh) if text]
    for title, exhibits in (
        ("exhibits that proceeds no longer pass", found.exhibits_gone),
        ("exhibits that proceeds pass now", found.exhibits_new),
    ):
        if exhibits:
            explained.append(f"{title}: {', '.join(sorted(numbers.get(x, x[:12]) for x in exhibits))}")
    if is_traced:
        explained += [
            f"{names(t)}: {_VERDICTS[v]}" for t, v in sorted(found.targets.items(), key=lambda i: names.order(i[0]))
        ]
        explained += [line for side in untraced.others(ask.made) for line in side]
    else:
        en, zh = untraced.nothing_traced(ask.made, _OF_THE_CHANGE)
        explained += [en[0], _NO_RESULT[0], *en[1:], *(f"   {said}" for said in (zh[0], _NO_RESULT[1], *zh[1:]))]
    explained.append(
        f"rules {', '.join(_figure(r) for r in found.rules)}; run {found.run}, compared with run {found.base_run}"
    )
    title = f"What if {told(found.words_en)}"
    nothing = "" if is_traced else untraced.title(ask.made)[0]
    view = View(
        f"{title}. {nothing}" if nothing else title,
        ("target", "figure", "before", "after", "difference", "finding"),
        tuple(rows),
        f"{len(rows)} figures differ · compared with run {found.base_run[:8]}"
        + (f" · {untraced.next_call(ask.made)[0]}" if nothing else ""),
        explained=tuple(explained),
        sourced=_sources(found.cites, names.printed),
        problems=tuple(filter(None, (nothing, told(found.note_en)))),
        run=found.run,
        folder=folder,
        is_unanswered=not is_traced and not rows,
    )
    return view, found


#: Without a claim every figure is zero before and after a change: that it "holds" would be said of nothing.
_NO_RESULT = (
    "There is no result yet that could hold, be less or fall.",
    "尚无结论，因而谈不上维持、减少或归零。",
)
_OF_THE_CHANGE = (
    "What differs is what the change alone brings: every other figure is zero for want of a claim, not for want of proceeds.",
    "差异仅为该项变更所致；其余数字为零，是因为没有可追踪的主张，而非没有涉案资金。",
)
_NO_CHECK = (
    "None of the 22 checks was run: there is no result yet that could hold.",
    "22项检验均未运行：尚无可供检验的结论。",
)
_CHECK_HEADS = ("check", "name", "target", "changed")
_STATUS = {"nothing": "nothing to vary", "not_covered": "not covered yet", "shown": "shown"}


#: Entries up to which an annex runs the 22 checks by itself: each changes the whole trace, links one by one.
CHECKED = 20_000


def _rows(ask: Asked, second: SecondEngine | None = None) -> tuple[SensitivityRow, ...]:
    made = ask.made
    records = {a.record: a for a in made.assets.values()}
    assets = {
        t.target: records[record] for t in made.trace.targets if (record := asset_of(t.target, records)[0]) in records
    }
    material = trace.Material(made.trace, made.case, made.gaps, assets, made.coverage, made.reconciliations, second)
    words = second.words if second else ""
    if words not in ask.rows:
        ask.rows[words] = trace.sensitivity(ask.question, material, ask.standing)
    return ask.rows[words]


def tested(ask: Asked, ways: Ways) -> Dossier:
    """Return the dossier with the tests of its trace, as an annex prints them: the checks, the second engine, sentences.

    Raises: CheckFailed where two engines differ on a floor or a ceiling, or an explanation does not add up: nothing leaves.
    """
    made, size = ask.made, len(ask.standing.books.carried)
    say("the second engine of floor and ceiling")
    second = trace.agreement(ask.standing, ask.question.offences or {})
    say("the 22 checks")
    held = size <= CHECKED
    rows = _rows(ask, second) if held and made.trace.claims else ()
    reason = ("", "")
    if not held:
        reason = (
            f"not run: size ({size:,} entries, run up to {CHECKED:,}); `tracer sensitivity` runs them whatever the size",
            f"未运行：规模（{size:,} 笔，上限 {CHECKED:,} 笔）；tracer sensitivity 不受此限",
        )
    elif not made.trace.claims:
        nothing = untraced.title(made)
        reason = f"{nothing[0]}. {_NO_CHECK[0]}", f"{nothing[1]}。{_NO_CHECK[1]}"
    elif not rows:
        reason = (
            "no asset was paid for and no account holds a balance: none of the 22 checks was run",
            "没有资产付款，也没有账户余额：22项检验均未运行",
        )
    # with no claim followed, an arithmetic of zero would read as innocence
    assets = [t.target for t in made.trace.targets if t.kind == "asset" and made.trace.claims]
    told = tuple(ways.explanation(target) for target in assets)
    parameters = {
        "second_engine": second.words,
        "checks": reason[0] or f"run; size {size}, run up to {CHECKED} (entries)",
    }
    parameters_zh = {
        "second_engine": second.words_zh,
        "checks": reason[1] or f"已运行；规模 {size}，上限 {CHECKED}（笔）",
    }
    return replace(made, tested=Tested(rows, second, told, reason, parameters, parameters_zh))


def checked(ask: Asked, target: str, folder: Path) -> View:
    """Run the 22 checks and show a row per variant and target, with what holds in words; `target` shows one alone."""
    made, result = ask.made, ask.made.trace
    if not result.claims:
        heads = (*_CHECK_HEADS, *map(_figure, (*result.rules, "floor", "ceiling")), "other", "finding")
        return untraced.unanswered(made, heads, folder, _NO_CHECK)
    rows = _rows(ask)
    names = Names(made)
    told = names.printed.told
    figures = [*result.rules, "floor", "ceiling"]
    parts: dict[str, View] = {}
    explained = []
    for one, by_word in under(rows).items():
        said = "; ".join(f"{_WORDS[word]} {', '.join(map(str, checks))}" for word, checks in by_word.items())
        explained.append(f"{names(one)}: {said}")
        explained += [
            f"  {r.check} {r.name_en}, {told(r.changed_en)}: {told(r.note_en)}"
            for r in rows
            if r.target == one and r.note_en
        ]

    def shown(chosen: list[SensitivityRow], title: str, lines: tuple[str, ...]) -> View:
        return View(
            title,
            (*_CHECK_HEADS, *map(_figure, figures), "other", "finding"),
            tuple(
                (
                    r.check,
                    r.name_en,
                    names(r.target),
                    told(r.changed_en),
                    *(_span(r, figure) for figure in figures),
                    "; ".join(f"{name} {_span(r, name)}" for name in r.figures if name not in figures),
                    _VERDICTS.get(r.verdict) or _STATUS[r.status],
                )
                for r in chosen
            ),
            f"{len(chosen)} rows · checks 1 to {len(trace.CHECKS)}",
            explained=lines,
            sourced=_sources((c for r in chosen for c in r.cites), names.printed),
            problems=tuple(
                f"{r.check} {r.name_en}, {names(r.target)}: {told(r.changed_en)}"
                for r in chosen
                if r.status == "not_covered" or r.verdict == "falls"
            ),
            run=result.run,
            folder=folder,
            parts=parts,
        )

    for one in dict.fromkeys(r.target for r in rows):
        mine = [r for r in rows if r.target == one]
        lines = [n for n, line in enumerate(explained) if line.startswith(f"{names(one)}: ")]
        rest = explained[lines[0] + 1 :]
        until = next((n for n, line in enumerate(rest) if not line.startswith("  ")), len(rest))
        parts[names(one)] = shown(mine, f"Sensitivity of {names(one)}", (explained[lines[0]], *rest[:until]))
    explained += [line for side in untraced.others(made) for line in side]
    whole = shown(list(rows), "Sensitivity", tuple(explained))
    if not rows:
        none = "no asset was paid for and no account holds a balance: none of the 22 checks was run"
        whole = replace(whole, foot=none, problems=(none,))
    if not target or target in parts:
        return whole[target] if target else whole
    try:
        meant = names(target_meant(made, target, "sensitivity", "No check is shown.").target)
    except CaseError:
        meant = target  # all property of a currency together, which is no target of the trace
    return whole[meant if meant in parts else target]


_WORDS = {
    "holds": "holds under",
    "less": "less under",
    "falls": "falls under",
    "shown": "shown in",
    "nothing": "nothing to vary for",
    "not_covered": "not covered yet:",
}


def _span(row: SensitivityRow, figure: str) -> str:
    if figure not in row.figures:
        return ""
    least, most = row.figures[figure]
    one = str(Money(least, row.currency))
    return one if least == most else f"{one} to {Money(most, row.currency)}"


def wanted(ask: Asked, folder: Path, held_open: at_hand.Open | None = None) -> View:
    """Rank the records to ask for by the money that each decides, with the line of each in English and Chinese.

    held_open   the open candidates by the records in them: what one of them may answer is asked of nobody before it is judged
    """
    made = ask.made
    at = {p.cite: key for key, p in made.postings.items()}
    credits_of = {
        gap.id: [key for cite in gap.cites if (key := at.get(cite)) and made.postings[key].amount > 0]
        for gap in made.gaps
        if gap.ask_en and gap.kind in {"unmatched_leg", "unknown_origin"}
    }
    effects = trace.possible_effects(ask.question, ask.standing, [key for keys in credits_of.values() for key in keys])
    more = {gap: tuple(e for key in keys for e in effects.get(key, ())) for gap, keys in credits_of.items()}
    asked_for = routes.next_requests(made, more)
    printed = Printed(made)
    kinds = {gap.id: gap.kind for gap in made.gaps}
    held = {one.rank: at_hand.together(one.cites, kinds.get(one.gap, "onward"), held_open or {}) for one in asked_for}
    before = {rank: at_hand.first(ids) if ids else ("", "") for rank, ids in held.items()}
    whole = at_hand.first(frozenset().union(*held.values()))[0]
    rows = tuple(
        (
            one.rank,
            one.gap if one.gap.startswith("G") else "-",
            one.bank or "-",
            one.account or "-",
            " to ".join(str(day) for day in dict.fromkeys(one.period) if day) or "-",
            one.record_en,
            ", ".join(str(Money(amount, currency)) for currency, amount in one.decides.items()) or "not known",
            f"{before[one.rank][0]}; {printed.told(one.line_en)}".removeprefix("; "),
        )
        for one in asked_for
    )
    return View(
        "Next requests",
        ("rank", "gap", "bank", "account", "period", "record", "decides", "request"),
        rows,
        f"{len(rows)} records to ask for; ranked by the share of all property of its currency that each decides"
        + (f" · {whole}" if any(held.values()) else ""),
        explained=tuple(
            text
            for one in asked_for
            for en, zh in [before[one.rank]]
            for text in (
                f"{one.rank}. {f'{en}; ' if en else ''}{printed.told(one.line_en)}",
                f"   {f'{zh}；' if zh else ''}{one.line_zh}",
            )
        ),
        sourced=_sources((c for one in asked_for for c in one.cites), printed),
        run=made.trace.run,
        folder=folder,
    )
