"""Views of what was elected and of the statutory theories: `case.trace()["elections"]`, `tracer trace theories`."""

from __future__ import annotations

from pathlib import Path

from tracer.model import RULE_NAMES, Difference, Dossier, Elected, Money, TheoryFigure, TraceResult
from tracer.printed import Printed
from tracer.tables import View

__all__ = ["foot", "parts"]

_NONE = {
    "elections": (
        "nothing is elected: state `tracing: {elections: [{id: L1, kind: ..., reason: ...}]}` in case.yaml; kinds: "
        "specific_identification, restoration, backward_link, account_group, cash_redeposit, parameter (bundle, interest, fee, "
        "mixed_repay, proceeds_subrule, round_trips, reversal, libr), banco_cafetero, oatway"
    ),
    "theories": "no proceeds are traced, so that no theory applies",
}


def parts(made: Dossier, folder: Path) -> dict[str, View]:
    """Return the two tables by their names, with a sentence where there is nothing to show."""
    return {"elections": _elections(made, folder), "theories": _theories(made, folder)}


def foot(result: TraceResult) -> str:
    """Return what stands beside a trace, and how it is shown."""
    count = sum(len(one.ids) == 1 for one in result.elections)
    told = f" · {count} elections: tracer trace elections" if count else ""
    return told + (" · statutory theories: tracer trace theories" if result.theories else "")


def _figure(name: str) -> str:
    if name in RULE_NAMES:
        return RULE_NAMES[name][0]
    return {"floor": "floor, election on", "ceiling": "ceiling, election on"}.get(name, name.replace("_", " "))


def _elections(made: Dossier, folder: Path) -> View:
    printed, result = Printed(made), made.trace
    names = printed.targets(result.targets)

    def row(one: Elected, found: Difference | None) -> tuple[object, ...]:
        if found is None:
            return (
                "+".join(one.ids),
                one.status,
                "-",
                "no figure differs" if one.status == "elected" else "-",
                None,
                None,
            )
        target = names.get(found.target) or printed.target(found.target)
        before, after = (Money(x, found.currency) for x in (found.before, found.after))
        return "+".join(one.ids), one.status, target, _figure(found.figure), before, after

    rows = tuple(row(one, found) for one in result.elections for found in one.figures or (None,))
    explained = []
    for one in result.elections:
        explained += [f"{one.words_en}. {one.reason}".strip(), one.words_zh]
        if one.moved:
            moved = ", ".join(f"{_figure(rule)} {Money(x, one.currency)}" for rule, x in one.moved.items())
            explained.append(f"  moved: {moved}")
        explained += [f"  {printed.told(text)}" for text in (one.note_en, one.note_zh) if text]
        explained.append(f"  evidence: {', '.join(one.evidence) or 'none stated'}")
        explained += [f"  authority: {one.authority}", f"  against: {one.contrary}"]
    refused = [f"{one.words_en}: {printed.told(one.note_en)}" for one in result.elections if one.status == "refused"]
    return View(
        "Elections",
        ("election", "state", "target", "figure", "as_it_stands", "elected"),
        rows,
        f"{sum(len(one.ids) == 1 for one in result.elections)} elections, beside the trace, which none of them changes"
        if result.elections
        else _NONE["elections"],
        explained=tuple(explained),
        problems=tuple(refused),
        run=result.run,
        folder=folder,
    )


def _theories(made: Dossier, folder: Path) -> View:
    printed, result = Printed(made), made.trace

    names = printed.targets(result.targets)

    def subject(one: TheoryFigure) -> str:
        if one.status == "screen":
            return names.get(one.subject) or printed.target(one.subject)
        if one.kind in ("section_984", "section_1957", "involved_in", "shared") and one.status == "computed":
            return printed.account(one.subject)
        return one.subject

    rows = []
    for one in result.theories:
        met = ", ".join(mode for mode, flag in one.met.items() if flag) or ("no mode" if one.met else "")
        for en, _, amount in one.figures or ((one.status, "", None),):
            shown = RULE_NAMES[en][0] if en in RULE_NAMES else en
            rows.append(
                (one.id, one.statute, subject(one), shown, None if amount is None else Money(amount, one.currency), met)
            )
    explained = [
        text
        for one in result.theories
        for text in (
            f"{one.id}: {printed.told(one.words_en)}",
            printed.told(one.words_zh),
            f"  authority: {one.authority}",
            f"  against: {one.contrary}",
        )
    ]
    bad = [
        f"{one.id}: {printed.told(one.words_en)}" for one in result.theories if one.status in ("refused", "not_covered")
    ]
    return View(
        "Statutory theories",
        ("theory", "statute", "of", "figure", "amount", "met"),
        tuple(rows),
        f"{len(result.theories)} theories: separate columns, never mixed with a method and never added up; confirm with counsel"
        if result.theories
        else _NONE["theories"],
        explained=tuple(explained),
        problems=tuple(bad),
        run=result.run,
        folder=folder,
    )
