"""The proof of a PDF statement: every balance it prints, reached by its lines; and the signature for what is not.

Words on a page are positions and no records, so that a line read from them is trusted only where the bank's own balances say
that it must be so. Each step that no balance proves, each line set aside and each hidden word is a break. A person may sign
a break: with a name, a reason, and the very difference, so that the signature holds for nothing else.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from tracer.ingest.registry import NeedsAnswer
from tracer.model import TracerError, excerpt, major

__all__ = ["Break", "Step", "Unproven", "breaks_of", "signed_and_open"]

_SIGN = "sign:"
_SIGNATURE = re.compile(r"([^:]{2,80}): ?(.{10,2000})", re.DOTALL)
_SHOWN = 10


@dataclass(frozen=True, slots=True)
class Break:
    """What no printed balance proves. `difference` in minor units (printed less expected), or a count; None: no figure."""

    place: str
    told: str
    difference: int | None = None

    @property
    def key(self) -> str:
        return _SIGN + self.place + ("" if self.difference is None else f":{self.difference:+d}")


@dataclass(frozen=True, slots=True)
class Step:
    """One booked line, or a balance printed between lines (`amount` 0), in the bank's order."""

    place: str
    amount: int
    balance: int | None


def breaks_of(
    number: int, currency: str, opening: int | None, closing: int | None, steps: Sequence[Step]
) -> Iterator[Break]:
    """Yield every step from balance to balance that does not tie, and every run of lines with no balance on a side."""

    def money(value: int) -> str:
        return f"{major(value, currency)} {currency}"

    known, since, waiting = opening, 0, list[Step]()
    for step in steps:
        since += step.amount
        waiting.append(step)
        if step.balance is None:
            continue
        if known is None:
            moved = sum(one.amount != 0 for one in waiting)
            if moved:
                yield Break(
                    step.place, f"no balance stands before it, so nothing proves {_lines(moved)} up to {step.place}"
                )
        elif known + since != step.balance:
            yield Break(
                step.place,
                f"{money(known)} before, {_signed(money(since), since)} moved, makes {money(known + since)}; "
                f"printed is {money(step.balance)}",
                step.balance - known - since,
            )
        known, since, waiting = step.balance, 0, []
    if closing is not None and known is not None and known + since != closing:
        yield Break(
            f"s{number}.closing",
            f"the lines end at {money(known + since)}; the closing balance printed is {money(closing)}",
            closing - known - since,
        )
    elif waiting and (closing is None or known is None):
        yield Break(
            waiting[0].place,
            f"no balance stands after it, so nothing proves {_lines(len(waiting))} from {waiting[0].place}",
        )


def _lines(count: int) -> str:
    return "the one line" if count == 1 else f"the {count} lines"


def _signed(text: str, value: int) -> str:
    return f"+{text}" if value > 0 else text


def signed_and_open(
    found: Iterable[Break], answers: Mapping[str, str]
) -> tuple[list[tuple[Break, str]], list[Break], list[str]]:
    """Return (signed breaks with who and why, open breaks, signatures that sign nothing).

    A signature is an answer `sign:PLACE:DIFFERENCE=WHO: WHY`; without a name and ten characters of reason it is none.
    """
    signed, left, used = [], [], set()
    for one in found:
        used.add(one.key)
        if _SIGNATURE.fullmatch(answers.get(one.key, "")):
            signed.append((one, answers[one.key]))
        else:
            left.append(one)
    idle = sorted(key for key in answers if key.startswith(_SIGN) and key not in used)
    return signed, left, idle


class Unproven(NeedsAnswer):
    """Breaks that nobody has signed; nothing of the file is loaded."""

    def __init__(self, breaks: Sequence[Break], where: str, *, steps: int) -> None:
        self.breaks = tuple(breaks)
        self.key, self.choices = breaks[0].key, ()
        shown = "; ".join(f"{one.place}: {one.told}" for one in breaks[:_SHOWN])
        more = f"; and {len(breaks) - _SHOWN} more" if len(breaks) > _SHOWN else ""
        self.question = (
            f"{len(breaks)} of {steps} things in {excerpt(where)} are proved by no printed balance: {shown}{more}."
        )
        TracerError.__init__(
            self,
            self.question,
            where=where,
            meaning="The file is kept as an exhibit; nothing of it is loaded. A line read from a page is trusted only where a "
            "balance reproduces, or a person answers for it by name.",
            next_call="look at these places on the page; draw the bands again if a word fell into a wrong column; if the bank "
            f"printed it so, sign each: tracer load {where} --profile FILE.yaml "
            + " ".join(f"--sign '{one.key.removeprefix(_SIGN)}=WHY'" for one in breaks[:3]),
        )
