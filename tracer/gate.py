"""The export gate: what may leave the case, decided before anything is computed (requests.md section 7).

INT never leaves. A spontaneously shared exhibit (SP) leaves only where a restriction in case.yaml allows it for this use.
What is left is renumbered, so that a gap in the numbers tells nothing, and everything after it is computed from that alone:
a case from which the withheld files were physically deleted gives the same bytes.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from tracer.chained import canonical
from tracer.model import CaseFile, Exhibit, LogLine

__all__ = ["Gate", "log_lines", "open_gate", "restricted"]

_ZERO = "0" * 64
#: Verbs that change what a result can be; the log is printed up to the last of these, never its own export.
_CHANGING = frozenset({"new", "load", "match", "judge", "rebuild"})


@dataclass(frozen=True, slots=True)
class Gate:
    """Exhibits that may leave, renumbered in the order in which they were taken in, and the hashes of those that may not.

    numbers    SHA-256 -> number, of those that may leave
    taken_in   the number under which `load` and `match` show an exhibit -> SHA-256, of all
    """

    exhibits: tuple[Exhibit, ...]
    withheld: tuple[str, ...]
    numbers: dict[str, str]
    chain_head: str
    taken_in: dict[str, str]


def open_gate(exhibits: Sequence[Exhibit], case: CaseFile) -> Gate:
    """Return what may leave, numbered in the order in which it was taken in, whatever is withheld.

    Where nothing is withheld these are the numbers under which `load` and `match` show the exhibits.
    """
    excluded = {*case.tracing.exclude_classes, "INT"}
    free = {name for r in case.restrictions if r.onward == "free" and _in_time(r.expires, case) for name in r.exhibits}
    out = [
        e
        for e in exhibits
        if e.evidence_class not in excluded and not (e.evidence_class == "SP" and not {e.number, e.name} & free)
    ]
    out.sort(key=lambda e: (int(e.number.rpartition("-")[2]), e.received_at, e.name, e.sha256))
    numbers = {e.sha256: f"EX-{n:04d}" for n, e in enumerate(out, 1)}
    renumbered = tuple(replace(e, number=numbers[e.sha256]) for e in out)
    digest = _ZERO
    for e in renumbered:
        digest = hashlib.sha256(
            f"{digest}\n{e.number}\n{e.sha256}\n{e.received_at}\n{e.received_by}".encode()
        ).hexdigest()
    kept = {e.sha256 for e in out}
    return Gate(
        renumbered,
        tuple(sorted(e.sha256 for e in exhibits if e.sha256 not in kept)),
        numbers,
        digest,
        {e.number: e.sha256 for e in exhibits},
    )


def restricted(case: CaseFile, gate: Gate) -> CaseFile:
    """Return the case with its use restrictions on the numbers after the gate; a restriction on what is withheld names nothing.

    They are stated by the number of intake, by which the gate decides.
    """
    of = {number: gate.numbers.get(sha256, "") for number, sha256 in gate.taken_in.items()}
    limits = tuple(
        replace(r, exhibits=tuple(named for name in r.exhibits if (named := of.get(name, name))))
        for r in case.restrictions
    )
    return replace(case, restrictions=limits)


def _in_time(expires: Any, case: CaseFile) -> bool:
    return expires is None or expires >= case.as_of


def log_lines(lines: Iterable[dict[str, Any]], gate: Gate, software: str) -> tuple[tuple[LogLine, ...], str]:
    """Return the log as exported, chained anew over the lines that may leave, and its head.

    Lines about withheld exhibits are left out before numbering, and those about a graph server, which is in no export.
    Exhibit numbers are those after the gate.
    """
    withheld = set(gate.withheld)
    kept = [line for line in lines if line["verb"] != "graph" and not withheld & set(line.get("exhibits", ()))]
    last = max((n for n, line in enumerate(kept) if line["verb"] in _CHANGING), default=-1)
    out: list[LogLine] = []
    previous = _ZERO
    for number, line in enumerate(kept[: last + 1], 1):
        named = ", ".join(gate.numbers[sha] for sha in line.get("exhibits", ()) if sha in gate.numbers)
        body = {
            "n": number,
            "utc": line["utc"],
            "user": line["by"],
            "action": line["verb"],
            "object": named or str(line.get("object", "")),
            "reason": str(line.get("reason", "")),
            "before": "",
            "after": str(line.get("outcome", "")),
            "software": software,
            "input_hash": hashlib.sha256("".join(line.get("exhibits", ())).encode()).hexdigest(),
        }
        digest = hashlib.sha256((previous + canonical(body)).encode()).hexdigest()
        out.append(LogLine(**body, prev_hash=previous, this_hash=digest))
        previous = digest
    return tuple(out), previous
