"""What a PDF statement says of itself beside its lines: its page numbers, `Page 2 of 5`, and its currency.

A page that is not held takes its lines with it in silence; lines of another currency are other sums.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Sequence

from tracer.ingest.pdf import Line, Page
from tracer.model import EXPONENTS

__all__ = ["not_held", "other_currencies"]

_NUMBERED = re.compile(
    r"\b(?:page|seite|blatt|p[áa]gina|pag\.|side|sida|strona)\s{0,3}([0-9]{1,4})\s{0,3}(?:of|von|de|sur|di|av|af|z|/)\s{0,3}([0-9]{1,4})\b"
    r"|第\s{0,3}([0-9]{1,4})\s{0,3}页\s{0,3}[/，,]?\s{0,3}共\s{0,3}([0-9]{1,4})\s{0,3}页",
    re.IGNORECASE,
)
#: A word for the currency of an account, by itself and followed by a code: "in other currencies, EUR" is none.
_CURRENCY = re.compile(
    r"(?:\b(?:(?:account|statement)\s)?(?:currency|ccy|w[äa]hrung|kontow[äa]hrung|devise|moneda|divisa|valuta|moeda)|币种|币别|货币)"
    r"\s{0,3}[:：]?\s{0,3}([A-Z]{3})(?![A-Za-z])",
    re.IGNORECASE,
)
_SHOWN = 5


def not_held(pages: Iterable[Page], of: Sequence[int]) -> list[str]:
    """Return a mark for each page that the numbers on the `of` pages (counted in the file from 1) call for and no page bears.

    Numbers start again where a statement begins, so pages in another order than printed are told as well.
    """
    runs: list[tuple[int, dict[int, int]]] = []
    last = most = 0
    for page in pages:
        number, total = _printed(page)
        if not number:
            continue
        if not runs or total != most or number <= last:
            runs.append((total, {}))
        runs[-1][1][number] = page.number
        last, most = number, total
        if number == total:
            most = 0  # what follows is another statement
    marks = []
    for total, run in runs:
        if set(run.values()) & set(of):
            missing = [number for number in range(1, total + 1) if number not in run]
            marks += [f"page {number} of {total} is not held" for number in missing[:_SHOWN]]
    return marks


def other_currencies(around: Iterable[Line], held: Collection[str]) -> list[str]:
    """Return a mark for each currency that is printed beside the lines as that of the account, and is none of the `held` ones."""
    told: dict[str, int] = {}
    for line in around:
        for code in _CURRENCY.findall(line.text):
            if code in EXPONENTS and code not in held:
                told.setdefault(code, line.page)
    statement = " and ".join(sorted(held))
    return [f"page {page} is in {code}, the statement in {statement}" for code, page in told.items()]


def _printed(page: Page) -> tuple[int, int]:
    """Return (number, how many there are), (0, 0) where the page prints none or two that differ."""
    found = {
        (int(first or third), int(second or fourth))
        for line in page.lines
        for first, second, third, fourth in _NUMBERED.findall(line.text)
    }
    pair = found.pop() if len(found) == 1 else (0, 0)
    return pair if 0 < pair[0] <= pair[1] else (0, 0)
