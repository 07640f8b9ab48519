"""Texts before they become cells: marks for what no file can hold, notes for what no cell can hold (annex.md section 2)."""

from __future__ import annotations

from collections.abc import Iterable

from tracer.annex.cells import LONGEST, Link, Raw, length, marked
from tracer.annex.plan import Block, Plan

__all__ = ["fit"]

_PART = 32_000  # characters kept in the cell, and per note


def fit(plan: Plan, blocks: Iterable[Block]) -> None:
    """Replace unfit characters and long texts in place; what was done is counted in the plan and kept whole in its notes."""
    for block in blocks:
        for row in block.rows:
            for n, value in enumerate(row):
                if isinstance(value, str | Link):
                    row[n] = _fit(plan, value)


def _fit(plan: Plan, value: str | Link) -> Raw:
    text = value.text if isinstance(value, Link) else value
    clean, marks = marked(text)
    plan.marks += marks
    if length(clean) > LONGEST:
        name = f"N-{len({n for n, _ in plan.notes}) + 1:03d}"
        parts = _parts(clean)
        plan.notes += [(name, part) for part in parts]
        clean = f"{parts[0]} continued in {name} 续见{name}"
    elif not marks:
        return value
    return Link(clean, value.sheet, value.row) if isinstance(value, Link) else clean


def _parts(text: str) -> list[str]:
    step = _PART if length(text) == len(text) else _PART // 2  # a character beyond the first plane counts twice
    return [text[n : n + step] for n in range(0, len(text), step)]
