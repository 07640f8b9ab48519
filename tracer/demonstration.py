"""A sample case from its raw files to its annex, ending with one screen."""

from __future__ import annotations

import shlex
import time
from pathlib import Path
from typing import TYPE_CHECKING

from tracer.model import RULE_NAMES, CaseError, Money
from tracer.printed import Printed
from tracer.visible import visible

if TYPE_CHECKING:
    from tracer.case import Case

__all__ = ["run", "screen"]


def run(sample: Path, into: Path) -> Case:
    """Load the sample's files with the custody its list states, match, and write the annex; print one screen.

    The clock of the log is the last receipt in the list, so that two runs give the same bytes.

    Raises: CaseError when the sample or the folder is not usable.
    """
    from tracer.case import open as open_case

    stated, listing = sample / "case.yaml", sample / "intake.csv"
    if not stated.is_file() or not listing.is_file():
        raise CaseError(
            f"{sample} is no sample case.",
            where=str(sample),
            meaning="Nothing was made.",
            next_call="tracer demo FOLDER --sample sample_data/harbour   (from a clone of the project)",
        )
    if into.exists() and any(into.iterdir()):
        raise CaseError(
            f"{into} is not empty.",
            where=str(into),
            meaning="Nothing was changed: a demo never writes over a case.",
            next_call=f"tracer demo {into}-2",
        )
    began = time.monotonic()
    into.mkdir(mode=0o700, parents=True, exist_ok=True)
    into.chmod(0o700)
    (into / "case.yaml").write_bytes(stated.read_bytes())
    (into / "case.yaml").chmod(0o600)
    clock = max(line.split(",")[2] for line in listing.read_text("utf-8").splitlines()[1:] if line)
    case = open_case(into, by="A. Officer", clock=lambda: clock)
    case.record("new", object=case.stated.id)
    loaded = case.load(listing=listing)
    matched = case.match()
    written = case.annex("R4")
    print("\n".join(screen(case, into, loaded, matched, written)))
    print(f"\nDone in {time.monotonic() - began:.0f} s.")
    return case


def screen(case: Case, into: Path, loaded: object, matched: object, written: object) -> list[str]:
    """Return the closing screen: what was loaded, what ties, what was traced, who owns, which US bank, what is missing."""
    made = case.dossier()
    printed = Printed(made)
    lines = [f"{made.case.id} · {made.case.title_en} · {made.case.title_zh}", "", repr(loaded), ""]
    sums = [c for c in made.reconciliations if c.check == "sum"]
    lines.append(
        f"Reconciled: {sum(1 for c in sums if c.outcome == 'ok')} of {len(sums)} statements tie; "
        + (
            "; ".join(f"{printed.account(c.account)} off by {c.difference}" for c in sums if c.outcome == "off")
            or "none is off"
        )
    )
    lines.append(
        f"Movements:  {len(made.transfers)}, of which {sum(1 for t in made.transfers if t.debit and t.credit)} seen on both sides; value counted once"
    )
    lines += ["", "Traced (per rule, with the floor and ceiling that hold whichever conserving rule is adopted):"]
    for target in made.trace.targets:
        if target.kind == "asset":
            money = [f"{RULE_NAMES[r][0]} {Money(target.by_rule[r], target.currency)}" for r in made.trace.rules]
            lines.append(
                f"  {printed.target(target.target)}: {Money(target.bounds.floor, target.currency)} to {Money(target.bounds.ceiling, target.currency)}"
            )
            lines.append(f"    {' · '.join(money)}")
    for bounds in (b for b in made.trace.joint if len(b.targets) > 1):
        lines.append(
            f"  jointly {'; '.join(map(printed.target, bounds.targets))}: {Money(bounds.floor, bounds.currency)} to {Money(bounds.ceiling, bounds.currency)}"
        )
    names = printed.people
    lines += ["", "Owners (each law its own verdict):"]
    for entity, day in dict.fromkeys((v.target, v.as_of) for v in made.verdicts):
        found = [
            f"{names.get(v.person, v.person)} {v.law} {v.verdict}"
            for v in made.verdicts
            if v.target == entity and v.verdict != "NO"
        ]
        lines.append(f"  {names.get(entity, entity)} on {day}: " + ("; ".join(found) or "nobody"))
    lines += ["", "US institutions (each wire once, by grade):"]
    for wire in made.wires:
        for us in wire.us:
            amount = Money(wire.settled_max or 0, wire.currency) if wire.currency else "-"
            lines.append(f"  {us.grade:4} {us.id:12} {amount}  {wire.value_date}  {us.sentence_en}")
    lines += ["", "Gaps:"]
    lines += [f"  {gap.id} {printed.told(gap.description_en)}" for gap in made.gaps] or ["  none"]
    rows = [row["file"] for row in written]  # type: ignore[attr-defined]
    lines += ["", f"Files in {into}:", *(f"  {name}" for name in rows), ""]
    lines += [
        f"Request items open: {len(written.check())} (see sheet 03_REQUEST and the [MISSING ...] marks in the drafts)",  # type: ignore[attr-defined]
        f"Next: tracer trace --explain --case {shlex.quote(str(into))}",
    ]
    return [shown for line in lines for shown in map(visible, line.split("\n"))]
