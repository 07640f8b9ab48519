"""Named screens on a case: where to look, never a figure that is proven (tracing.md R9).

::

    poison          every output counts in full since an event could reach it; it does not conserve
    tiho            taint in, highest out: each event fills the largest targets that its money could reach, one after the other
    family_expense  the expenses that a person names are paid from other money first, whatever the rule; the rest follows it

A screen is stated in case.yaml under `tracing.theories`, recorded with the run, and printed apart: no rule, floor, ceiling or
joint figure reads it. Authority and contrary authority: `theory_law.py`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from tracer.model import Cite, RuleError, Theory, TheoryFigure
from tracer.trace.election_names import line_of, refused
from tracer.trace.entries import Entries
from tracer.trace.replay import replay
from tracer.trace.theories.family_expense import exhausting
from tracer.trace.theories.poison import poison
from tracer.trace.theories.tiho import tiho
from tracer.trace.theory_law import Asking

__all__ = ["SCREENS", "screens_of"]

#: Kinds of theories that are screens.
SCREENS = ("poison", "tiho", "family_expense")

#: Targets that `tiho` fills, the largest first; what is left of an event beyond them is said.
_LARGEST = 40

_NEVER = ("a screen for where to look, never a figure", "仅为筛查，指示应查之处，绝非金额认定")


def screens_of(asked: Asking, one: Theory) -> Iterator[TheoryFigure]:
    """Yield what one screen says of each target that it reaches. Raises: RuleError, NotCovered."""
    yield from {"poison": _poison, "tiho": _tiho, "family_expense": _family}[one.kind](asked, one)


def _poison(asked: Asking, one: Theory) -> Iterator[TheoryFigure]:
    found = poison(asked.entries)
    recorded = {t.target: t.recorded for t in asked.result.targets}
    for target, by_label in found.items():
        if any(by_label.values()) and target in recorded:
            figures = [(f"reached by {label}, in full", f"{label} 可达，全额", x) for label, x in by_label.items()]
            figures.append(("recorded into it", "所记录金额", recorded[target]))
            words = (
                f"{_NEVER[0]}: all that was recorded into it since the event could reach it; it does not conserve; {one.reason}",
                f"{_NEVER[1]}：自该事件可达之时起所记录的全部金额；不守恒；{one.reason}",
            )
            yield _figure(asked, one, target, figures, words)


def _tiho(asked: Asking, one: Theory) -> Iterator[TheoryFigure]:
    reached = [t for t in asked.result.targets if t.bounds.ceiling]
    reached.sort(key=lambda t: (-t.recorded, t.target))
    for label in asked.result.labels:
        for currency in dict.fromkeys(t.currency for t in reached):
            wanted = {t.target: t.recorded for t in reached if t.currency == currency}
            chosen = dict(list(wanted.items())[:_LARGEST])
            more = len(wanted) - len(chosen)
            rest = (f"; {more} smaller targets are not filled", f"；另有 {more} 个较小对象未计") if more else ("", "")
            words = (
                f"{_NEVER[0]}: the largest targets first, as much of {label} as could have come there beside those; {one.reason}{rest[0]}",
                f"{_NEVER[1]}：自金额最大的对象起，依次计入 {label} 可达之数；{one.reason}{rest[1]}",
            )
            for target, amount in tiho(asked.entries, label, chosen).items():
                if amount:
                    figures = [(f"{label}, largest first", f"{label}，从大到小", amount)]
                    figures.append(("recorded into it", "所记录金额", chosen[target]))
                    yield _figure(asked, one, target, figures, words)


def _family(asked: Asking, one: Theory) -> Iterator[TheoryFigure]:
    keys = [line_of(asked.at, part, one.account, credit=False) for part in one.debit.split(";") if part.strip()]
    changed = exhausting(asked.entries, [asked.at.row_of[key] for key in keys])
    by_rule = {rule: _proceeds(changed, rule, asked.at.bundle) for rule in asked.result.rules}
    cites = [asked.at.postings[key].cite for key in keys]
    words = (
        f"{_NEVER[0]}: {len(keys)} expenses are paid from other money first, every other debit as the rule has it; {one.reason}",
        f"{_NEVER[1]}：{len(keys)} 笔家庭开支先由其他资金支付，其余借记仍按各法；{one.reason}",
    )
    told = False
    for t in asked.result.targets:
        figures = [(rule, rule, found.get(t.target, 0)) for rule, found in by_rule.items()]
        if any(x != t.by_rule[rule] for rule, _, x in figures):
            told = True
            yield _figure(asked, one, t.target, figures, words, cites)
    if not told:
        raise refused(
            "No figure differs where these expenses are paid from other money first.",
            "There was other money enough for them under every rule of the run, or none at all.",
            "leave the screen out",
        )


def _proceeds(e: Entries, rule: str, bundle: str) -> Mapping[str, int]:
    labels = {name for name, flag in zip(e.labels, e.proceeds.tolist(), strict=True) if flag}
    found = replay(e, rule, bundle=bundle, record=False).targets
    return {target: sum(x for name, x in parts.items() if name in labels) for target, parts in found.items()}


def _figure(
    asked: Asking,
    one: Theory,
    target: str,
    figures: list[tuple[str, str, int]],
    words: tuple[str, str],
    cites: list[Cite] | None = None,
) -> TheoryFigure:
    currency = next((t.currency for t in asked.result.targets if t.target == target), "")
    if not currency:
        raise RuleError(
            f"{target} is no target of this trace.",
            where=f"theory {one.id}",
            meaning="A screen is told of the targets of the trace alone.",
            next_call="leave the screen out",
        )
    return asked.figure(
        one.kind,
        f"{one.id}/{target.rpartition(':')[2]}",
        target,
        currency,
        figures,
        words,
        status="screen",
        stated=one,
        cites=cites or (),
    )
