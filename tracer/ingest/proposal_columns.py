"""What the cells of a table tell by themselves: which is a figure, which a day, and which column follows from which.

No heading is looked at here; `proposal_cells` sets what stands here against the headings.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Callable, Iterable, Sequence
from datetime import date

from tracer.ingest.accounts import iban_of
from tracer.ingest.cells import ABSENT, BadCell, DayFormat, Numbers, infer_decimal, read_amount
from tracer.ingest.lexicon import DATES, SYMBOLS, YEARLESS, side_of
from tracer.ingest.movement import currency_code
from tracer.ingest.tabular import Row

__all__ = [
    "MASKED",
    "balanced",
    "by_content",
    "by_minus",
    "cells_of",
    "day_formats",
    "has_minus",
    "is_traditional",
    "looks_amount",
    "looks_day",
    "looks_yearless",
    "money_columns",
    "reader_of",
    "republic_format",
]

_AMOUNT = re.compile(
    r"[-+(−]?\s?(?:[A-Z]{3}|[$€£¥￥₸₹₽₺₩฿₫₪₴])?\s?[-+(]?(?:[0-9][0-9.,'’ \u00a0\u202f]{0,24}|[.,][0-9]{1,4})\s?(?:[A-Z]{3}|TL|[$€£元円원₸₹₽₺₩฿₫₪₴])?"
    r"\s?(?:DR|CR|DB|Dr|Cr|Db|D|C)?[-)+]?"
)
MASKED = re.compile(r"[xXyYzZ*#.,]{2,40}")
_DECIMAL = re.compile(r"[.,][0-9]{1,2}(?:[-)]| ?[A-Za-z]{1,3})?$|^[-+(−]")
_SIGNED = re.compile(r"^'?[-(−]|[-)]$")
_EIGHT = re.compile(r"[0-9]{8}")


def cells_of(rows: Iterable[Row], place: int) -> list[str]:
    return [row.cells[place].strip() for row in rows if place < len(row.cells) and row.cells[place].strip()]


def looks_amount(text: str) -> bool:
    shown = text.strip().removeprefix("'")  # by which a spreadsheet is told to keep a text
    return shown not in ABSENT and _AMOUNT.fullmatch(shown) is not None


def has_minus(text: str) -> bool:
    """Whether a figure has a minus, before or behind it or by brackets; `131.77(refunded)` is none."""
    return _SIGNED.search(text.strip()) is not None and looks_amount(text)


def looks_day(text: str) -> bool:
    if _EIGHT.fullmatch(text.strip()) and not _is_real(text.strip()):  # the number of a bank
        return False
    return any(form.match(text.strip()) for form in (*DATES, *day_formats([text])))


def _is_real(digits: str) -> bool:
    try:
        return 1950 <= date(int(digits[:4]), int(digits[4:6]), int(digits[6:])).year < 2100
    except ValueError:
        return False


def looks_yearless(text: str) -> bool:
    """Whether a cell is a day without a year and could not be a figure: `14.03` is one only under the heading of a day."""
    return any(form.text != "%d.%m" and form.match(text.strip()) for form in YEARLESS)


_GROUPS = re.compile(r"([0-9]{1,4})([-/.: ])([0-9]{1,2})\2([0-9]{1,4})(?:([ T])([0-9]{1,2}:[0-9]{2})(:[0-9]{2})?)?")


def day_formats(texts: Iterable[str]) -> tuple[DayFormat, ...]:
    """Return formats for dates of three numbers with any one separator, `2012:03:01`, that the known formats miss."""
    groups = [found for text in texts if (found := _GROUPS.fullmatch(text.strip()))]
    year_first = any(len(found[1]) == 4 or int(found[1]) > 31 for found in groups)
    made = []
    for found in groups:
        mark, year = found[2], "%Y" if 4 in {len(found[1]), len(found[4])} else "%y"
        if len(found[1]) not in {1, 2, 4} or len(found[4]) not in {1, 2, 4} or (found[5] and mark in ": "):
            continue
        if mark == ":" and year == "%y":  # 10:11:12 is a time of day
            continue
        clock = f"{found[5]}%H:%M{':%S' if found[7] else ''}" if found[5] else ""
        orders = [(year, "%m", "%d")] if year_first else [("%d", "%m", year), ("%m", "%d", year)]
        made += [DayFormat(mark.join(order) + clock) for order in orders]
    return tuple(dict.fromkeys(made))


_REPUBLIC = re.compile(r"[01][0-9]{2}([-/.])[0-9]{1,2}\1[0-9]{1,2}")
#: Letters that headings have in Taiwan, and neither on the mainland nor in Japan.
_TRADITIONAL = frozenset("餘戶說註幣號轉匯證臺對")


def republic_format(texts: Sequence[str]) -> DayFormat | None:
    """Return the format of days whose years may all be of the Republic of China, `113/05/01`, else None."""
    marks = {found[1] if (found := _REPUBLIC.fullmatch(text.strip())) else "" for text in texts}
    return DayFormat(marks.pop().join(("%Ey", "%m", "%d"))) if len(marks) == 1 and "" not in marks else None


def is_traditional(names: Iterable[str]) -> bool:
    """Whether headings are in the Chinese letters of Taiwan."""
    return any(_TRADITIONAL & set(name) for name in names)


def by_content(rows: Sequence[Row], width: int) -> dict[str, int]:
    """Return the roles of columns by what they hold alone."""
    at: dict[str, int] = {}
    for place in range(width):
        texts = cells_of(rows, place)
        if not texts:
            continue
        if len(texts) * 2 > len(rows) and (all(map(looks_day, texts)) or all(map(looks_yearless, texts))):
            at.setdefault("booked" if "booked" not in at else "value_date", place)
        elif all(currency_code(text, ()) for text in texts):
            at.setdefault("currency", place)
        elif all(iban_of(text) for text in texts) and len(texts) == len(rows):
            at.setdefault("account", place)
        elif all(map(side_of, texts)) and len(texts) == len(rows):
            at.setdefault("flag", place)
    money = money_columns(rows, [place for place in range(width) if place not in at.values()])
    filled = [
        {n for n, row in enumerate(rows) if place < len(row.cells) and row.cells[place].strip()} for place in money
    ]
    if len(money) > 1 and not filled[0] & filled[1]:
        at |= _two_sided(rows, money) or by_minus(rows, money) or {"debit": money[0], "credit": money[1]}
    elif money:
        signed = next((place for place in money if any(map(has_minus, cells_of(rows, place)))), money[0])
        at |= (balanced(rows, money, at.get("flag")) if len(money) > 1 else {}) or {"amount": signed}
    if "amount" not in at or any(map(has_minus, cells_of(rows, at["amount"]))):
        at.pop("flag", None)  # what the amount says itself is said once
    return at


def money_columns(rows: Sequence[Row], places: Iterable[int], *, strict: bool = True) -> list[int]:
    """Return the columns of figures; `strict` wants decimals or a sign somewhere, which a reference rarely has."""
    found = []
    for place in places:
        texts = [text for text in cells_of(rows, place) if text not in ABSENT and not MASKED.fullmatch(text)]
        if texts and all(map(looks_amount, texts)) and (any(map(_DECIMAL.search, texts)) or not strict):
            found.append(place)
    return found


def _two_sided(rows: Sequence[Row], money: Sequence[int]) -> dict[str, int]:
    """Return debit, credit and balance of the reading under which the balances follow."""
    read = reader_of(rows, money)
    tried = []
    for balance in money[2:]:
        for credit, debit in ((money[0], money[1]), (money[1], money[0])):
            signed = [(read(row, credit) or 0) - abs(read(row, debit) or 0) for row in rows]
            ties = _ties(signed, [read(row, balance) for row in rows])
            tried.append((ties, {"credit": credit, "debit": debit, "balance": balance}))
    return _best(tried)


def by_minus(rows: Sequence[Row], money: Sequence[int]) -> dict[str, int]:
    """Return debit and credit where every figure of one column has a minus and none of the other."""
    minus = [[has_minus(text) for text in cells_of(rows, place)] for place in money[:2]]
    debit = next((n for n in (0, 1) if all(minus[n]) and not any(minus[1 - n])), None)
    return {} if debit is None else {"debit": money[debit], "credit": money[1 - debit]}


def balanced(rows: Sequence[Row], money: Sequence[int], flag: int | None, only: int | None = None) -> dict[str, int]:
    """Return the amount and the balance among columns of figures, where the balances follow from the amounts."""
    read = reader_of(rows, money)
    out = [flag is not None and flag < len(row.cells) and side_of(row.cells[flag]) == "debit" for row in rows]
    tried = []
    for amount in money if only is None else [only]:
        printed = [read(row, amount) for row in rows]
        signed = [value if value is None or not d else -value for value, d in zip(printed, out, strict=True)]
        for balance in money:
            if balance != amount:
                ties = _ties(signed, [read(row, balance) for row in rows])
                tried.append((ties, {"amount": amount, "balance": balance}))
    return _best(tried)


def _best(tried: Sequence[tuple[tuple[int, int], dict[str, int]]]) -> dict[str, int]:
    ties, found = max(tried, key=lambda one: one[0], default=((0, 0), {}))
    return found if any(ties) else {}


def _ties(signed: Sequence[int | None], held: Sequence[int | None]) -> tuple[int, int]:
    """Count the steps in which a balance is the one before it and an amount: its own; or that of the line before it.

    Money in read as money out makes the one the other from below, so that a balance behind its own line, which is what
    banks print, outweighs any number of steps the other way. 0 where it holds for less than four of five steps, for one
    step only, or of a balance that never changes.
    """
    steps = [(a, b) for a, b in zip(signed, held, strict=True) if a is not None and b is not None]
    if len(steps) < max(3, len(held)) or len({b for _, b in steps}) == 1:
        return 0, 0
    ways = (steps, steps[::-1])
    own = max(sum(b == before + a for (_, before), (a, b) in itertools.pairwise(way)) for way in ways)
    late = max(sum(b == before + a for (a, before), (_, b) in itertools.pairwise(way)) for way in ways)
    enough = max(2, -(-4 * (len(steps) - 1) // 5))
    return (own if own >= enough else 0), (late if late >= enough else 0)


def reader_of(rows: Sequence[Row], places: Sequence[int]) -> Callable[[Row, int], int | None]:
    texts = [row.cells[place] for row in rows for place in places if place < len(row.cells)]
    numbers = Numbers(infer_decimal(texts) or ".", (), tuple(SYMBOLS), ("-", "()", "trailing-", "DR"))

    def figure(row: Row, place: int) -> int | None:
        try:
            return read_amount(row.cells[place] if place < len(row.cells) else "", numbers, "CLF")[0]
        except BadCell:
            return None

    return figure
