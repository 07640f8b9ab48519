"""What was done to a trace before it left the case: the 22 checks, floor and ceiling derived again, figures told in sentences."""

from __future__ import annotations

from dataclasses import dataclass, field

from tracer.model.conclusions import Explanation, SensitivityRow

__all__ = ["BoundsAgain", "SecondEngine", "Tested"]


@dataclass(frozen=True, slots=True)
class BoundsAgain:
    """Floor and ceiling of one target set for some events, by the first engine and again by the second; minor units.

    `offence`: whose events these are, "" where all are; `labels`: the events. `again_*` None: the second engine was not run.
    `outcome`: equal, one unit (conversions: rounded to the safe side), wider (a day without order on which a bank lent: the
    first engine is on the safe side of the second), not run.
    """

    targets: tuple[str, ...]
    offence: str
    labels: tuple[str, ...]
    currency: str
    floor: int
    ceiling: int
    again_floor: int | None = None
    again_ceiling: int | None = None
    outcome: str = "not run"


@dataclass(frozen=True, slots=True)
class SecondEngine:
    """Whether two engines agree on floor and ceiling. `size`, `limit`: arcs of the network times kinds of money.

    `outcome`: agrees, or not run: size. A disagreement is never one of them: it stops the run.
    """

    outcome: str
    size: int
    limit: int
    rows: tuple[BoundsAgain, ...] = ()

    @property
    def words(self) -> str:
        """The line of the run record: outcome, how many figures, size and limit."""
        counted = f"{2 * len(self.rows)} figures" if self.outcome == "agrees" else "0 figures"
        return f"{self.outcome}; {counted}; size {self.size}, run up to {self.limit} (arcs times kinds of money)"

    @property
    def words_zh(self) -> str:
        """The same line in Chinese."""
        agrees = self.outcome == "agrees"
        counted = f"一致；{2 * len(self.rows)} 个数字" if agrees else "未运行：规模；0 个数字"
        return f"{counted}；规模 {self.size}，上限 {self.limit}（弧数乘以资金种类数）"


@dataclass(frozen=True, slots=True)
class Tested:
    """The tests of one trace, as its annex prints them. `not_run`: why there are no rows of the checks (English, Chinese)."""

    sensitivity: tuple[SensitivityRow, ...] = ()
    second: SecondEngine | None = None
    explanations: tuple[Explanation, ...] = ()
    not_run: tuple[str, str] = ("", "")
    parameters: dict[str, str] = field(default_factory=dict)
    parameters_zh: dict[str, str] = field(default_factory=dict)
