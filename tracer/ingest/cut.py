"""The last line of a text table without a line end: whole, as many banks write it, or cut in the middle of a figure.

`-12` is what is left of `-123.45`, and an account that lost its last digit is another account. Nothing is refused for it:
where neither a balance nor the figure itself proves that the line is whole, the statement says that the file may be cut.
"""

from __future__ import annotations

import re

from tracer.ingest.layout import Layout
from tracer.ingest.movement import Reader
from tracer.ingest.source import Source
from tracer.ingest.tabular import Row
from tracer.model import EXPONENTS, Reject

__all__ = ["has_no_end", "may_be_cut"]

_MONEY = ("amount", "debit", "credit", "balance")
_CUT_SHORT = ("account", "booked", "value_date")
_YEAR_LAST = re.compile(r"[0-9]{4}$")


def has_no_end(source: Source, encoding: str) -> bool:
    """Whether the last line of a text file has no line end."""
    width = 2 if encoding.lower().replace("_", "-").startswith("utf-16") else 1
    with source.path.open("rb") as file:
        file.seek(-min(width, source.path.stat().st_size), 2)
        return not {b"\n", b"\r"} & {bytes([byte]) for byte in file.read()}


def may_be_cut(reader: Reader, layout: Layout, account: str, currency: str, *, is_tied: bool) -> tuple[str, ...]:
    """Return the mark of a statement whose last line nothing proves to be whole.

    `is_tied`: the balances prove the line. A figure with all the decimals of its currency is whole, unless others of its
    column end in a sign or a word.
    """
    rows = reader.bound.sheet.rows
    if reader.bound.sheet.form != "text" or not layout.records or layout.records[-1].number != rows[-1].number:
        return ()
    last, before = layout.records[-1], rows[-2] if len(rows) > 1 else None
    if last.broken or not has_no_end(reader.source, reader.bound.sheet.encoding):
        return ()
    made = reader.read(last)
    if isinstance(made, Reject) or (made["account"], made["currency"]) != (account, currency):
        return ()
    if before is not None and len(last.cells) < len(before.cells):
        return (f"the last line has no end: {len(last.cells)} cells, {len(before.cells)} in the line above",)
    quote = reader.bound.profile.quote
    if is_tied or (quote and last.raw.rstrip().endswith(quote)):
        return ()
    at = {role: place for role, place in reader.bound.at.items() if place == len(last.cells) - 1}
    doubted = any(role in at and _is_short(reader, layout, last, role, currency) for role in _MONEY)
    if not doubted and before is not None and before.number > reader.bound.header:
        doubted = any(role in at and _lost_digits(reader, last, before, role) for role in _CUT_SHORT)
    return (f"the last line has no end: it stops at {last.cells[-1].strip()[:40]}",) if doubted else ()


def _is_short(reader: Reader, layout: Layout, last: Row, role: str, currency: str) -> bool:
    shown = reader.bound.cell(last, role).strip()
    if not shown:
        return False
    _, mark, rest = shown.partition(reader.numbers.decimal)
    others = (reader.bound.cell(row, role).strip() for row in layout.records[:-1])
    if any(other and not other[-1].isdecimal() for other in others) and shown[-1].isdecimal():
        return True
    decimals = EXPONENTS[currency]
    digits = re.match(r"[0-9]*", rest)
    return not decimals or not mark or digits is None or len(digits[0]) < decimals


def _lost_digits(reader: Reader, last: Row, before: Row, role: str) -> bool:
    shown, above = (reader.bound.cell(row, role).strip() for row in (last, before))
    if role != "account" and _YEAR_LAST.search(shown):
        return False
    return bool(shown) and shown[-1].isdecimal() and len(shown) < len(above)
