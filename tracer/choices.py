"""What case.yaml elects and states for statutory theories, told beside the trace, which they never change."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import partial

from tracer import trace
from tracer.model import CaseFile, Gap, TraceResult
from tracer.progress import say

__all__ = ["refusals", "with_choices"]


def with_choices(
    result: TraceResult, books: trace.Books, question: trace.Question, case: CaseFile, exhibits: Sequence[str]
) -> TraceResult:
    """Return the trace with every election and theory beside it. `exhibits`: numbers and file names that may leave."""
    if not result.claims:
        return result
    chosen = case.tracing.elections
    if chosen:
        say(f"{len(chosen)} elections of case.yaml")
    made = trace.elections_of(
        books.carried,
        books.opened,
        books.row_of,
        question.postings,
        result,
        chosen,
        bundle=question.bundle,
        exhibits=exhibits,
        returned=partial(trace.brought_back, question) if any(t.reversed_by for t in question.transfers) else None,
    )
    say("statutory theories")
    told = trace.theories_of(books.carried, books.row_of, question.postings, result, case, exhibits=exhibits)
    return replace(result, elections=made, theories=told)


def refusals(result: TraceResult) -> tuple[Gap, ...]:
    """Return a gap for each election or theory of case.yaml that could not be carried out; no record is asked for."""
    told = [
        ("election", "+".join(e.ids), e.words_en, e.words_zh, e.note_en, e.note_zh)
        for e in result.elections
        if e.status == "refused"
    ]
    told += [
        ("theory", t.id, f"{t.id}: {t.statute}", f"{t.id}：{t.statute}", t.words_en, t.words_zh)
        for t in result.theories
        if t.status == "refused"
    ]
    return tuple(
        Gap(
            id=f"{kind}/{name}",
            kind="conflict",
            description_en=f"{en} is not carried out: {why_en}",
            description_zh=f"{zh}：{why_zh}",
        )
        for kind, name, en, zh, why_en, why_zh in told
    )
