"""What every check of tracing.md section 6 works with: its names, the trace as it stands, and the rows that it gives.

Every check gives at least one row for every target, or says why it varies nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np

from tracer.model import (
    Asset,
    CaseFile,
    Cite,
    Coverage,
    Gap,
    NotCovered,
    Reconciliation,
    RuleError,
    SecondEngine,
    SensitivityRow,
    TraceResult,
    Transfer,
    major,
)
from tracer.model.parted import sent_by
from tracer.trace.assumptions import (
    Assumption,
    Question,
)
from tracer.trace.changing import Changed, changed
from tracer.trace.entries import Entries
from tracer.trace.standing import Figures, Standing, measure
from tracer.trace.what_if import verdict

__all__ = ["CHECKS", "Check", "Checking", "Material", "spans"]

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
class Checking:
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
        of = {sent_by(t): t for t in self.question.transfers if (t.debit and t.credit) or t.in_parts}
        e, source = self.entries, self.entries.source or ()
        rows = np.flatnonzero(~e.credit & (e.partner >= 0) & self.base.trail).tolist()
        found = [(row, of[source[row]]) for row in rows if source[row] in of]
        return sorted(found, key=lambda one: -int(e.amount[one[0]]))

    def elected(self, kind: str) -> str:
        """Return the ids of the elections of a kind that case.yaml states, "" where it states none."""
        return ", ".join(one.id for one in self.material.case.tracing.elections if one.kind == kind)

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
                figures=spans(found, stood),
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


Check = Callable[[Checking], Iterator[SensitivityRow]]


def spans(found: Sequence[Figures | None], stood: Figures) -> dict[str, tuple[int, int]]:
    """Return figure -> (least, most) over the variants; a target that is gone has none of it."""
    each = [one.all() if one is not None else dict.fromkeys(stood.all(), 0) for one in found]
    return {
        name: (min(e[name] for e in each), max(e[name] for e in each)) for name in stood.all() if name != "recorded"
    }
