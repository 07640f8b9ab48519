"""A line that says "total" among dated lines: a sum of the others, or a payment to somebody of that name.

Posted, a total doubles the account; left out, a payment to a company called Total is lost. So the figures decide: a line
whose balance moves by its amount is a movement; one that states the sum of the lines so far, since the last total, or of
the file, is set aside; of any other nobody can tell, and it is set aside where the profile calls its first words a footer,
else it is read and marked (formats.md section 8, "Preamble and footer").
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Sequence
from typing import Literal, Protocol

import numpy as np
import numpy.typing as npt

from tracer.ingest.bound import Bound
from tracer.ingest.profile import words
from tracer.ingest.tabular import Row

__all__ = ["LONGEST", "PATTERN", "TOTALS", "begins", "suspect", "verdicts"]

#: What a cell says that holds nothing but a word for a sum; normal form of `profile.words`.
TOTALS = frozenset(
    [
        "total",
        "totals",
        "grand total",
        "sub total",
        "sub-total",
        "subtotal",
        "sum",
        "sums",
        "total amount",
        "total debit",
        "total debits",
        "total credit",
        "total credits",
        "total withdrawals",
        "total deposits",
        "total paid in",
        "total paid out",
        "page total",
        "monthly total",
        "summe",
        "gesamt",
        "gesamtsumme",
        "gesamtbetrag",
        "zwischensumme",
        "endsumme",
        "totaux",
        "total général",
        "sous-total",
        "sous total",
        "total des opérations",
        "suma",
        "suma total",
        "total general",
        "importe total",
        "totale",
        "totale generale",
        "subtotale",
        "totaal",
        "subtotaal",
        "eindtotaal",
        "soma",
        "razem",
        "suma obrotów",
        "celkem",
        "összesen",
        "toplam",
        "genel toplam",
        "ara toplam",
        "итого",
        "всего",
        "итог",
        "разом",
        "усього",
        "合计",
        "总计",
        "小计",
        "总额",
        "共计",
        "累计",
        "本页合计",
        "本月合计",
        "本年累计",
        "人民币合计",
        "合計",
        "總計",
        "小計",
        "総計",
        "累計",
        "합계",
        "총계",
        "소계",
        "총합계",
    ]
)
#: Bytes: a longer cell says more than that.
LONGEST = 60
_AROUND = r"[\s:：.。*=–—_#()（）\[\]【】-]*"
#: The same for Arrow's RE2: it knows no other syntax than Python does here.
PATTERN = (
    f"(?i)^{_AROUND}(?:{'|'.join(re.escape(word).replace(chr(92) + ' ', '[ ]+') for word in sorted(TOTALS))}){_AROUND}$"
)
_TOTAL = re.compile(PATTERN)


def begins(first: str, footers: Sequence[str]) -> bool:
    """Whether a cell begins with a word of the footer, and not with a longer word that begins so: `Summer` is no `Summe`."""
    return any(
        first.startswith(word)
        and not (word[-1:].isalpha() and word[-1] < "\u2e80" and first[len(word) :][:1].isalpha())
        for word in footers
        if word
    )


def suspect(bound: Bound, row: Row) -> Literal["", "footer", "word"]:
    """Say whether a dated row may be a total: by its first words, which are a footer of the profile, or by a cell."""
    filled = [cell for cell in row.cells if cell.strip()]
    if filled and begins(words(filled[0]), bound.profile.footer):
        return "footer"
    roles = ("counterparty_name", "type_code", *(f"details_{n}" for n in range(1, len(bound.profile.details) + 1)))
    return "word" if any(_TOTAL.fullmatch(bound.cell(row, role)) for role in roles) else ""


class Lines(Protocol):
    """The lines of one account in physical order, as `connectors.table.Columns` holds them."""

    @property
    def amount(self) -> npt.NDArray[np.int64]: ...
    @property
    def balance(self) -> npt.NDArray[np.int64]: ...
    @property
    def printed(self) -> npt.NDArray[np.bool_]: ...
    @property
    def moved(self) -> npt.NDArray[np.bool_]: ...


def verdicts(lines: Lines, suspects: Collection[int]) -> Iterator[tuple[int, Literal["movement", "sum", "open"]]]:
    """Yield what each suspect line is: the balance moves by it, it states a sum of the other lines, or nobody can tell."""
    plain = lines.moved.copy()
    plain[list(suspects)] = False
    start = 0
    for place in sorted(suspects):
        stated = abs(int(lines.amount[place]))
        parts = (slice(start, place), slice(0, place), slice(place + 1, None), slice(0, None))
        if _moves(lines, place):
            yield place, "movement"
            continue
        start = place + 1
        yield (
            place,
            "sum" if stated and any(stated in _sums(lines.amount[part][plain[part]]) for part in parts) else "open",
        )


def _sums(amounts: npt.NDArray[np.int64]) -> set[int]:
    into, out = amounts[amounts > 0].tolist(), amounts[amounts < 0].tolist()
    return {abs(sum(into) + sum(out)), sum(into), -sum(out), sum(into) - sum(out)}


def _moves(lines: Lines, place: int) -> bool:
    if not lines.printed[place]:
        return False
    beside = [other for other in (place - 1, place + 1) if 0 <= other < len(lines.amount) and lines.printed[other]]
    steps = {abs(int(lines.balance[place]) - int(lines.balance[other])) for other in beside}
    # Read from the other end, the step that a line makes is the one to the line after it. A total leaves the balance as it was.
    return 0 not in steps and abs(int(lines.amount[place])) in steps
