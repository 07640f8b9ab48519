"""`tracer match --check` at the rim: value counted once against all that is printed, and what each link carries in the trace."""

from __future__ import annotations

from pathlib import Path

from tracer import match
from tracer.defence import Asked, changed
from tracer.model import Dossier, Money
from tracer.tables import View

__all__ = ["checked"]

_TRIED = 40  # links that are left out one by one, the largest first: each is a trace of its own
_WHY = {
    "copy": "printed elsewhere too",
    "other side": "counted where the movement left",
    "between": "shown again by a bank in the middle",
    "part": "counted with the payment of which it is a part",
}


def _by(rungs: tuple[int, ...]) -> str:
    return ", ".join("a person" if rung < 0 else f"rung {rung}" for rung in rungs) or "no judgement of its own"


def checked(made: Dossier, ask: Asked | None, folder: Path) -> View:
    """Return, per account and currency, sums counted once against all postings, and below the effect of leaving each link out.

    ask   the question of the trace; None where nothing is traced. Left out are transfers with both sides, one at a time, as
          `tracer what-if unlink TRANSFER` does; what differs of floor, ceiling and assets is told of each.
    """
    rows, explained = [], []
    for one in match.check(made.transfers, made.postings, made.judgements):
        parts = "; ".join(
            f"{Money(p.amount, one.currency)} on {p.lines} line{'s'[: p.lines > 1]} {_WHY[p.why]} ({_by(p.rungs)})"
            for p in one.joined
        )
        rows.append(
            (
                one.account,
                one.lines,
                Money(one.printed, one.currency),
                Money(one.once, one.currency),
                Money(one.printed - one.once, one.currency),
                parts or "every line is counted",
            )
        )
        explained += [
            f"{one.account}: {_WHY[p.why]}, judgements {', '.join(j[:12] for j in p.judgements[:10])}"
            + (f" and {len(p.judgements) - 10} more" if len(p.judgements) > 10 else "")
            for p in one.joined
            if p.judgements
        ]
    links = sorted(
        (t for t in made.transfers if t.debit and t.credit),
        key=lambda t: (-(t.amount_out or 0), t.id),
    )
    if ask is not None:
        explained += ["", "What each link carries in the trace, left out by itself:"]
        for link in links[:_TRIED]:
            _, found = changed(ask, ("unlink", link.id), folder)
            moved = [
                f"{d.figure} of {d.target}: {Money(d.before, d.currency)} to {Money(d.after, d.currency)}"
                for d in found.differences
                if d.figure in {"floor", "ceiling"}
            ]
            falls = sorted(target for target, verdict in found.targets.items() if verdict == "falls")
            money = Money(link.amount_out or 0, link.currency_out)
            told = "; ".join(moved) or "no floor and no ceiling changes"
            explained.append(
                f"{link.id[:12]} {money} of {link.date_out} ({_by(link.rungs)}): {told}"
                + (f"; falls to zero: {', '.join(falls)}" if falls else "")
                + f"; tracer what-if unlink {link.id[:12]}"
            )
        if len(links) > _TRIED:
            explained.append(f"{len(links) - _TRIED} smaller links were not left out one by one.")
    return View(
        "Value counted once, against all postings",
        ("account", "lines", "printed", "counted once", "difference", "because"),
        tuple(rows),
        f"{len(rows)} accounts and currencies · {len(links)} links with both sides",
        explained=tuple(explained),
        folder=folder,
    )
