"""The 22 checks that answer the attacks in court (tracing.md section 6), for every asset and for all property together.

Every check gives at least one row for every target: a variant that was computed (varied), what the check shows (shown), that
the case has nothing to vary, with the reason (nothing), or what tracer cannot do yet, by name (not_covered). None is passed
in silence. A figure of a variant is that of the whole trace computed again, not of a part of it.

Verdict:  holds where neither the floor nor any rule's figure is less than in the trace as it stands; less where one is, and
          what was above zero still is; falls where what was above zero is zero.
Source:   tracing.md section 6, the table; no check prescribes a method, and none of its figures is a finding.
"""

from __future__ import annotations

from collections.abc import Sequence

from tracer.model import (
    SensitivityRow,
)
from tracer.trace.assumptions import (
    Question,
)
from tracer.trace.checking import CHECKS, Checking, Material
from tracer.trace.checks_law import OF_LAW
from tracer.trace.checks_links import OF_LINKS
from tracer.trace.checks_methods import OF_METHODS
from tracer.trace.checks_records import OF_RECORDS
from tracer.trace.standing import Standing, stand

__all__ = ["CHECKS", "Material", "sensitivity", "under"]

_ALL = {**OF_RECORDS, **OF_METHODS, **OF_LINKS, **OF_LAW}


def sensitivity(question: Question, material: Material, base: Standing | None = None) -> tuple[SensitivityRow, ...]:
    """Return the rows of all 22 checks, in their order; every check has a row for every target."""
    checking = Checking(question, base or stand(question), material)
    return tuple(row for number in CHECKS for row in _ALL[number](checking))


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
