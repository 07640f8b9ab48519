"""Ways of asking another authority, and what each demands (requests.md).

One file per route. A route is a list of demands in the order of its source; each is answered from the dossier as
complete, partial, missing or n/a, with the place where the evidence stands and what is still open. What only a person can
supply is never filled in. Authorities are dated data in `authorities.yaml`, never constants. `next_requests.py` ranks what to
ask for by the money that each record decides.

Marks: F = wording found in a text, K = known from practice, printed with "confirm with counsel 请律师确认".
Who:   G the product generates it, C it checks presence, P a person supplies, decides or signs.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

from tracer.model import CaseError, Dossier, Requirement
from tracer.routes import r4
from tracer.routes.authorities import Authority, authorities, named
from tracer.routes.next_requests import next_requests

__all__ = ["ROUTES", "Authority", "authorities", "evaluate", "is_draft", "named", "next_requests", "readiness"]

#: Route code -> its evaluation.
ROUTES: dict[str, Callable[[Dossier], tuple[Requirement, ...]]] = {"R4": r4.evaluate}


def evaluate(route: str, dossier: Dossier) -> tuple[Requirement, ...]:
    """Return the requirements of `route`, in order, as this dossier meets them. Raises `CaseError` for another route."""
    if route not in ROUTES:
        raise CaseError(
            f"Route {route!r} is not one that tracer can check.",
            where="routes.evaluate",
            meaning="No checklist and no draft is written, so nothing can be mistaken for a complete request.",
            next_call=f"choose among {', '.join(ROUTES)}",
        )
    return ROUTES[route](dossier)


def readiness(requirements: Iterable[Requirement]) -> tuple[int, int]:
    """Return (complete, all - n/a): the readiness of a route (annex.md, sheet 03)."""
    counted = [r for r in requirements if r.status != "n/a"]
    return sum(r.status == "complete" for r in counted), len(counted)


def is_draft(requirements: Iterable[Requirement]) -> bool:
    """Say whether a ★ is open: the route then builds only as DRAFT (requests.md, head)."""
    return any(r.stop == "★" and r.status not in {"complete", "n/a"} for r in requirements)
