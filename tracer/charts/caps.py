"""At most 300 boxes and 600 arrows; what is not drawn is counted and summed, never silent (charts.md W12)."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import replace

from tracer.charts.picture import Arrow, Picture, Stroke, strokes, tally
from tracer.charts.visible import label
from tracer.model import Money, TracerError

__all__ = ["BOXES", "STROKES", "ChartTooLarge", "capped"]

BOXES, STROKES, REFUSED = 300, 600, 5000


class ChartTooLarge(TracerError):
    """More boxes than any picture can show: refused, with the largest named and another way offered."""


def capped(picture: Picture) -> Picture:
    """Return the picture within the caps: everything on a path to an asset first, then the largest amounts.

    Amounts of two currencies are not compared: an arrow ranks within its own currency.
    Raises: ChartTooLarge above 5,000 boxes.
    """
    if len(picture.boxes) > REFUSED:
        _refuse(picture)
    drawn = strokes(picture)
    if len(picture.boxes) <= BOXES and len(drawn) <= STROKES:
        return picture
    rank = _ranks(drawn)
    in_question = _on_paths(picture)
    order = sorted(drawn, key=lambda s: (not {s.start, s.end} <= in_question, rank[s.id], s.id))
    boxes: set[str] = set()
    kept: list[Stroke] = []
    for stroke in order:
        if len(boxes | {stroke.start, stroke.end}) <= BOXES and len(kept) < STROKES:
            boxes |= {stroke.start, stroke.end}
            kept.append(stroke)
    for box in picture.boxes:
        if len(boxes) < BOXES:
            boxes.add(box.id)
    shown = {arrow.id for stroke in kept for arrow in stroke.members}
    out = tally([arrow for arrow in picture.arrows if arrow.id not in shown], len(picture.boxes) - len(boxes))
    before = picture.left_out
    sums: dict[str, int] = defaultdict(int)
    for money in (*out.sums, *before.sums):
        sums[money.currency] += money.minor
    return replace(
        picture,
        boxes=tuple(box for box in picture.boxes if box.id in boxes),
        arrows=tuple(arrow for arrow in picture.arrows if arrow.id in shown),
        left_out=replace(
            out,
            transfers=out.transfers + before.transfers,
            boxes=out.boxes + before.boxes,
            sums=tuple(Money(minor, currency) for currency, minor in sorted(sums.items())),
        ),
    )


def _ranks(drawn: tuple[Stroke, ...]) -> dict[str, int]:
    """Return the place of each stroke among those of its own currency, the largest first."""
    by_currency: dict[str, list[tuple[int, str]]] = defaultdict(list)
    for stroke in drawn:
        amounts = [arrow.amount for arrow in stroke.members if arrow.amount is not None]
        currency = amounts[0].currency if amounts else ""
        by_currency[currency].append((-sum(money.minor for money in amounts), stroke.id))
    return {name: n for ranked in by_currency.values() for n, (_, name) in enumerate(sorted(ranked))}


def _on_paths(picture: Picture) -> set[str]:
    """Return the boxes from which an asset in question can be reached, and the assets themselves."""
    into: dict[str, list[Arrow]] = defaultdict(list)
    for arrow in picture.arrows:
        into[arrow.end].append(arrow)
    reached = {box.id for box in picture.boxes if box.role == "A"}
    ahead = sorted(reached)
    while ahead:
        box = ahead.pop()
        for arrow in into[box]:
            if arrow.start not in reached:
                reached.add(arrow.start)
                ahead.append(arrow.start)
    return reached


def _refuse(picture: Picture) -> None:
    rank = _ranks(strokes(picture))
    largest = sorted(strokes(picture), key=lambda s: (rank[s.id], s.id))[:5]
    named = "; ".join(" ".join(label(line, 40) for line in stroke.lines[:2]) for stroke in largest)
    raise ChartTooLarge(
        f"{len(picture.boxes):,} boxes are more than a picture can show (limit {REFUSED:,}).",
        where=f"the largest: {named}" if named else f"picture {picture.kind}",
        meaning="Nobody could read it, and a browser would not draw it. Nothing was drawn.",
        next_call='ask for one asset: t["<asset>"].chart(); or charts.graphml(picture) for a graph program',
    )
