"""What the cells of a table say about its columns, against its headings where the two differ: the cells have the last word.

A heading alone is a claim. An amount that stands under `Memo` because the bank's header is a column short, a card number
under no heading, a balance printed before the line it belongs to: only the cells show them, and what only the cells show is
asked about as well.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field

from tracer.ingest.accounts import iban_of
from tracer.ingest.cells import ABSENT, BadCell, DayFormat, Numbers, infer_decimal, read_amount
from tracer.ingest.headings import role_of_parts
from tracer.ingest.lexicon import (
    DATES,
    SYMBOLS,
    YEARLESS,
    is_booking,
    is_of_account,
    is_of_counterparty,
    role_of,
    side_of,
)
from tracer.ingest.movement import currency_code
from tracer.ingest.other_side import is_of_holder
from tracer.ingest.proposal_sides import told_apart
from tracer.ingest.tabular import Row, Sheet
from tracer.model import excerpt

__all__ = ["Guess", "by_content", "day_formats", "looks_day", "looks_yearless", "placed", "repaired"]

_AMOUNT = re.compile(
    r"[-+(−]?\s?(?:[A-Z]{3}|[$€£¥￥₸₹₽₺₩฿₫₪₴])?\s?[-+(]?(?:[0-9][0-9.,'’ \u00a0\u202f]{0,24}|[.,][0-9]{1,4})\s?(?:[A-Z]{3}|[$€£元₸₹₽₺₩฿₫₪₴])?"
    r"\s?(?:DR|CR|DB|Dr|Cr|Db|D|C)?[-)+]?"
)
_MASKED = re.compile(r"[xXyYzZ*#.,]{2,40}")
_CLOCK = re.compile(r"(?:[01]?[0-9]|2[0-3]):[0-5][0-9](?::[0-5][0-9](?:[.,][0-9]{1,6})?)?")
_CLOCK_BARE = re.compile(r"(?:[01][0-9]|2[0-3])[0-5][0-9][0-5][0-9]")
_DECIMAL = re.compile(r"[.,][0-9]{1,2}(?:[-)]| ?[A-Za-z]{1,3})?$|^[-+(−]")
_NUMBER = re.compile(r"[0-9A-Z][0-9A-Z*xX. /-]{4,40}")
_MONEY = ("amount", "debit", "credit", "balance")


@dataclass(slots=True)
class Guess:
    """What the headings and the cells of a table tell: `at` maps role to column, `units` column to currency."""

    sheet: Sheet
    names: tuple[str, ...]
    header: int
    rows: list[Row]
    at: dict[str, int]
    units: dict[int, str]
    questions: list[str] = field(default_factory=list)
    said_twice: set[int] = field(default_factory=set)  # columns of the same money as the amount that is taken
    is_direction_open: bool = False  # which side is money out is asked, and only balances could tell
    heads: int = 1  # rows of the heading, of which `header` is the last
    is_direction_told: bool = False  # a word on every line says the side that its sign says

    def above(self) -> tuple[Row, ...]:
        """Return the rows above the heading."""
        return self.sheet.rows[: max(self.header - self.heads, 0)]

    def column(self, role: str) -> list[str]:
        place = self.at.get(role)
        return [] if place is None else self.texts(place)

    def texts(self, place: int) -> list[str]:
        """Return the filled cells of a column."""
        return [row.cells[place].strip() for row in self.rows if place < len(row.cells) and row.cells[place].strip()]

    def free(self) -> list[int]:
        """Return the columns that have no role yet."""
        taken = set(self.at.values())
        return [place for place in range(len(self.names)) if place not in taken]


def placed(heads: Sequence[Sequence[str]], rows: Sequence[Row]) -> tuple[dict[str, int], dict[int, str]]:
    """Return the column of every role that a heading names, and the currencies that headings state.

    `heads`: for every column the texts that stand over it, from above.

    Of two columns for one role the one wins that says it is the account's own, then the one with more cells that can be
    read as that role, then the first. The other one's amount is the original amount.
    """
    wanted: dict[str, list[int]] = {}
    units: dict[int, str] = {}
    cells = [" ".join(parts) for parts in heads]
    for place, parts in enumerate(heads):
        role, unit = role_of_parts(parts)
        if role:
            wanted.setdefault(role, []).append(place)
            if unit:
                units[place] = unit
    at: dict[str, int] = {}
    for role, places in wanted.items():
        fit = {place: _readable(role, _cells(rows, place)) for place in places}
        own = {place: _own(role, cells[place]) or int(place in units) for place in places}
        best = max(places, key=lambda place: (own[place] if fit[place] else -1, fit[place], -place))
        at[role] = best
        rest = [place for place in places if place != best and fit[place]]
        if rest and role in {"amount", "currency"}:
            at.setdefault(f"original_{role}", rest[0])
    return at, {place: unit for place, unit in units.items() if place in at.values()}


def _own(role: str, heading: str) -> int:
    if role.startswith("counterparty"):
        return int(is_of_counterparty(heading))
    if role == "account":
        return int(is_of_holder(heading))
    if role in {"amount", "currency", "debit", "credit"}:
        return int(is_of_account(heading))
    return int(is_booking(heading)) if role == "booked" else 0


def _cells(rows: Iterable[Row], place: int) -> list[str]:
    return [row.cells[place].strip() for row in rows if place < len(row.cells) and row.cells[place].strip()]


def _readable(role: str, texts: Sequence[str]) -> int:
    tests: dict[str, Callable[[str], bool]] = {
        **dict.fromkeys((*_MONEY, "original_amount"), looks_amount),
        **dict.fromkeys(
            ("booked", "value_date"), lambda text: looks_day(text) or any(form.match(text) for form in YEARLESS)
        ),
        **dict.fromkeys(("currency", "original_currency"), lambda text: currency_code(text, ()) is not None),
    }
    test = tests.get(role, lambda text: text not in ABSENT)
    return sum(map(test, texts))


def looks_amount(text: str) -> bool:
    return text.strip() not in ABSENT and _AMOUNT.fullmatch(text.strip()) is not None


def looks_day(text: str) -> bool:
    return any(form.match(text.strip()) for form in (*DATES, *day_formats([text])))


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


# --- headings against cells -------------------------------------------------------------------------------------


def repaired(guess: Guess) -> Guess:
    """Undo what the headings alone got wrong, and look among the cells for what no heading names."""
    told_apart(guess)
    _days(guess)
    headed = dict(guess.at)
    _contradicted(guess)
    if not {"amount", "debit", "credit"} & set(guess.at):
        _amount_by_cells(guess)
    if not {"amount", "debit", "credit"} & set(guess.at):  # no line has a figure: the headings are all there is
        guess.at |= {role: headed[role] for role in ("amount", "debit", "credit") if role in headed}
    _amount_of_balance(guess)
    _one_amount(guess)
    _direction(guess)
    _currencies(guess)
    _balance_by_cells(guess)
    _account_by_cells(guess)
    return guess


def _days(guess: Guess) -> None:
    """A time of day under the heading of a date is a time; a table with one date is booked on it."""
    for role in ("booked", "value_date"):
        texts = guess.column(role)
        if (
            texts
            and not any(map(looks_day, texts))
            and all(_CLOCK.fullmatch(t) or _CLOCK_BARE.fullmatch(t) for t in texts)
        ):
            guess.at.setdefault("time", guess.at.pop(role))
        if texts and role in guess.at and all(currency_code(text, ()) for text in texts):
            place = guess.at.pop(role)  # `Valuta` is a value date in German and a currency in Swedish
            guess.at.setdefault("currency", place)
    if "booked" not in guess.at and "value_date" in guess.at:
        guess.at["booked"] = guess.at.pop("value_date")
    if "booked" not in guess.at or not guess.column("booked"):
        found = [
            p for p in guess.free() if (texts := guess.texts(p)) and all(map(looks_day, texts)) and _most(guess, texts)
        ]
        if found:
            guess.at["booked"] = found[0]
            guess.questions.append(f"Column {guess.names[found[0]]!r} holds dates: are lines booked on them?")
    if "time" not in guess.at:
        clocks = [p for p in guess.free() if (texts := guess.texts(p)) and all(map(_CLOCK.fullmatch, texts))]
        if clocks:
            guess.at["time"] = clocks[0]


def _most(guess: Guess, texts: Sequence[str]) -> bool:
    return 2 * len(texts) > len(guess.rows)


def _contradicted(guess: Guess) -> None:
    """Take a role from a column whose cells cannot be it: a header may be a column longer than its lines."""
    for role in (*_MONEY, "original_amount"):
        texts = [text for text in guess.column(role) if text not in ABSENT and not _MASKED.fullmatch(text)]
        read = sum(map(looks_amount, texts))
        if role in guess.at and 2 * read < len(texts):
            shown = next(text for text in texts if not looks_amount(text))
            guess.questions.append(
                f"Column {guess.names[guess.at[role]]!r} is headed as {role.replace('_', ' ')} but holds {excerpt(shown, 30)!r}: "
                "do the headings stand over their columns?"
            )
            del guess.at[role]
    for role in ("amount", "balance"):
        if role in guess.at and not guess.column(role):
            del guess.at[role]
    if "flag" in guess.at:
        seen = guess.column("flag")
        signed = any(re.search(r"^[-(−]|[-)]$", text) for text in guess.column("amount"))
        if "amount" not in guess.at or signed or not seen or not all(map(side_of, seen)):
            guess.at.setdefault("type_code", guess.at["flag"])
            del guess.at["flag"]


def _against(guess: Guess) -> None:
    """Ask about words of debit and credit beside signed amounts that say the other side."""
    seen = guess.column("type_code")
    if not seen or not all(map(side_of, seen)):
        return
    guess.is_direction_told = len(seen) == len(guess.rows)
    sides = (guess.at["type_code"], guess.at.get("amount", -1))
    pairs = [tuple(row.cells[n].strip() if 0 <= n < len(row.cells) else "" for n in sides) for row in guess.rows]
    odd = [
        (word, text)
        for word, text in pairs
        if looks_amount(text) and (side_of(word) == "debit") != (re.search(r"^[-(−]|[-)]$", text) is not None)
    ]
    if odd:
        word, text = odd[0]
        guess.questions.append(
            f"{len(odd)} lines say one side and their sign the other ({excerpt(word, 20)} beside {excerpt(text, 20)}):"
            " the sign is taken; which of the two is right?"
        )
        guess.is_direction_open, guess.is_direction_told = True, False


def _amount_by_cells(guess: Guess) -> None:
    found = _money_columns(guess.rows, guess.free())
    if found:
        guess.at |= _balanced(guess.rows, found, guess.at.get("flag")) or {"amount": found[0]}
        guess.questions.append(
            f"No heading stands over an amount; column {guess.names[guess.at['amount']]!r} holds figures: is it what moved?"
        )


def _amount_of_balance(guess: Guess) -> None:
    """Of several columns headed as amounts take the one from which the balances follow: `Total amount` beside `Amount`."""
    at = guess.at
    if not {"amount", "balance"} <= set(at) or _step_by_step(guess, at["amount"]):
        return
    headed = [place for place, name in enumerate(guess.names) if role_of(name)[0] == "amount" and place != at["amount"]]
    found = [place for place in headed if _step_by_step(guess, place)]
    if len(found) == 1:
        guess.questions.append(
            f"The balances follow from column {guess.names[found[0]]!r} and not from {guess.names[at['amount']]!r}: is the former what moved?"
        )
        at["amount"] = found[0]
        if at.get("original_amount") == found[0]:
            del at["original_amount"]


def _step_by_step(guess: Guess, place: int) -> bool:
    """Whether every balance is the one before it and the figure of its line in a column, in one order of the lines."""
    read = _reader(guess.rows, [place, guess.at["balance"]])
    known = [(read(row, place), held) for row in guess.rows if (held := read(row, guess.at["balance"])) is not None]
    return len(known) > 1 and any(
        all(b == before + (a or 0) for (_, before), (a, b) in itertools.pairwise(way)) for way in (known, known[::-1])
    )


def _one_amount(guess: Guess) -> None:
    """Leave either a signed amount or a debit and a credit column."""
    at = guess.at
    if "amount" in at and {"debit", "credit"} <= set(at):
        # Two columns and a signed one beside them say the same thing: the signed one is taken.
        guess.said_twice |= {at.pop("debit"), at.pop("credit")}
    elif len({"debit", "credit"} & set(at)) == 1 and "amount" not in at:
        at["amount"] = at.pop("debit" if "debit" in at else "credit")
    elif "amount" in at:
        guess.said_twice |= {at.pop(side) for side in ("debit", "credit") if side in at}


def _direction(guess: Guess) -> None:
    """An amount without a sign needs a word beside it; without one, the balances must follow from it."""
    if "amount" not in guess.at:
        return
    if any(re.search(r"^[-(−]|[-)]$|[DC][Rr]$|D[Bb]$", text) for text in guess.column("amount")):
        _against(guess)
        return
    if "flag" not in guess.at:
        typed = guess.at.get("type_code")
        for place in (*guess.free(), *([] if typed is None else [typed])):
            texts = guess.texts(place)
            if len(texts) == len(guess.rows) > 0 and all(map(side_of, texts)):
                if place == typed:
                    del guess.at["type_code"]
                guess.at["flag"] = place
                guess.questions.append(
                    f"Column {guess.names[place]!r} holds {' and '.join(sorted({excerpt(t, 20) for t in texts})[:4])}: "
                    "is that money in and money out?"
                )
                return
    if "flag" not in guess.at and "balance" in guess.at and len(guess.rows) > 1 and not _follows(guess):
        guess.questions.append(
            "No amount has a sign, no column says in or out, and the balances do not follow: which lines are money out?"
        )
        guess.is_direction_open = True


def _follows(guess: Guess) -> bool:
    read = _reader(guess.rows, [guess.at["amount"], guess.at["balance"]])
    pairs = [(read(row, guess.at["amount"]), read(row, guess.at["balance"])) for row in guess.rows]
    known = [(a, b) for a, b in pairs if a is not None and b is not None]
    return len(known) < 2 or any(
        sum(b == before + sign * a for (_, before), (a, b) in itertools.pairwise(way)) * 2 >= len(known) - 1
        for way in (known, known[::-1])
        for sign in (1, -1)
    )


def _currencies(guess: Guess) -> None:
    at = guess.at
    unit = guess.units.get(at.get("amount", -1), "")
    if unit and any(currency_code(text, ()) not in {unit, None} for text in guess.column("currency")):
        at.setdefault("original_currency", at.pop("currency"))  # the heading of the amount says which currency moved
    if (
        "original_amount" in at
        and {"currency", "original_currency"} & set(at) == {"currency"}
        and is_of_account(guess.names[at["amount"]])
        and not is_of_account(guess.names[at["currency"]])
    ):  # beside `Amount in account currency`, a plain `Currency` is that of the plain `Amount`
        at["original_currency"] = at.pop("currency")
    for role in ("currency", "original_currency"):
        texts = [text for text in guess.column(role) if text not in ABSENT]
        known = sum(currency_code(text, ()) is not None for text in texts)
        if role in at and 2 * known < len(texts):
            del at[role]
    if "original_amount" in at and "original_currency" not in at:
        del at["original_amount"]
    if "original_currency" in at and "original_amount" not in at:
        del at["original_currency"]
    if "currency" not in at:
        free = [
            place
            for place in guess.free()
            if len(guess.texts(place)) == len(guess.rows) > 0 and role_of(guess.names[place])[0] != "original_currency"
        ]
        found = next((p for p in free if all(currency_code(text, ()) for text in guess.texts(p))), None)
        if found is not None:
            at["currency"] = found


def _balance_by_cells(guess: Guess) -> None:
    """Find the balance, and which of two columns is money out, where figures follow from each other line by line."""
    if "balance" in guess.at:
        return
    free = _money_columns(guess.rows, guess.free(), strict=False)
    if "amount" in guess.at:
        found = _balanced(guess.rows, [guess.at["amount"], *free], guess.at.get("flag"), guess.at["amount"])
        if "balance" in found:
            guess.at["balance"] = found["balance"]
            guess.questions.append(
                f"The figures in column {guess.names[found['balance']]!r} follow from the amounts: is it the balance?"
            )


def _account_by_cells(guess: Guess) -> None:
    """A number that stands the same on every line is the account, whatever the column is called; a person says so."""
    texts = guess.column("account")
    if texts and len(texts) == len(guess.rows) and all(_NUMBER.fullmatch(text.strip("'")) for text in texts):
        return
    is_whole = len(texts) == len(guess.rows) and all(len(text) >= 4 for text in texts)
    if texts and (is_whole or len(set(texts)) > 1):  # lines of several accounts never become one
        guess.questions.append(
            f"Is {excerpt(texts[0], 40)!r} in column {guess.names[guess.at['account']]!r} the whole account number?"
        )
        return
    guess.at.pop("account", None)
    for place in guess.free():
        texts = guess.texts(place)
        plain = texts[0].strip("'") if texts else ""
        same = len(texts) == len(guess.rows) > 1 and len(set(texts)) == 1 and sum(c.isdecimal() for c in plain) >= 6
        is_number = bool(iban_of(plain)) or (_NUMBER.fullmatch(plain) and not re.search("[.,]", plain))
        if not same or looks_day(plain) or not is_number:
            continue
        shown = f"Column {guess.names[place]!r} holds {excerpt(plain, 40)!r} on every line"
        guess.questions.append(f"{shown}: is it the account of this statement?")
        if guess.names[place].startswith(
            "column "
        ):  # under a heading of its own it may be anything that stays the same
            guess.at["account"] = place
        return


# --- columns without headings -----------------------------------------------------------------------------------


def by_content(rows: Sequence[Row], width: int) -> dict[str, int]:
    """Return the roles of columns by what they hold alone."""
    at: dict[str, int] = {}
    for place in range(width):
        texts = _cells(rows, place)
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
    money = _money_columns(rows, [place for place in range(width) if place not in at.values()])
    filled = [
        {n for n, row in enumerate(rows) if place < len(row.cells) and row.cells[place].strip()} for place in money
    ]
    if len(money) > 1 and not filled[0] & filled[1]:
        at |= _two_sided(rows, money) or {"credit": money[0], "debit": money[1]}
    elif money:
        signed = next((place for place in money if any(text[:1] in "-(−" for text in _cells(rows, place))), money[0])
        at |= (_balanced(rows, money, at.get("flag")) if len(money) > 1 else {}) or {"amount": signed}
    if "amount" not in at or any(text[:1] in "-(−" for text in _cells(rows, at["amount"])):
        at.pop("flag", None)  # what the amount says itself is said once
    return at


def _money_columns(rows: Sequence[Row], places: Iterable[int], *, strict: bool = True) -> list[int]:
    """Return the columns of figures; `strict` wants decimals or a sign somewhere, which a reference rarely has."""
    found = []
    for place in places:
        texts = [text for text in _cells(rows, place) if text not in ABSENT and not _MASKED.fullmatch(text)]
        if texts and all(map(looks_amount, texts)) and (any(map(_DECIMAL.search, texts)) or not strict):
            found.append(place)
    return found


def _two_sided(rows: Sequence[Row], money: Sequence[int]) -> dict[str, int]:
    """Return debit, credit and balance of the reading under which the balances follow."""
    read = _reader(rows, money)
    tried = []
    for balance in money[2:]:
        for credit, debit in ((money[0], money[1]), (money[1], money[0])):
            signed = [(read(row, credit) or 0) - (read(row, debit) or 0) for row in rows]
            ties = _ties(signed, [read(row, balance) for row in rows])
            tried.append((ties, {"credit": credit, "debit": debit, "balance": balance}))
    return _best(tried)


def _balanced(rows: Sequence[Row], money: Sequence[int], flag: int | None, only: int | None = None) -> dict[str, int]:
    """Return the amount and the balance among columns of figures, where the balances follow from the amounts."""
    read = _reader(rows, money)
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


def _reader(rows: Sequence[Row], places: Sequence[int]) -> Callable[[Row, int], int | None]:
    texts = [row.cells[place] for row in rows for place in places if place < len(row.cells)]
    numbers = Numbers(infer_decimal(texts) or ".", (), tuple(SYMBOLS), ("-", "()", "trailing-", "DR"))

    def figure(row: Row, place: int) -> int | None:
        try:
            return read_amount(row.cells[place] if place < len(row.cells) else "", numbers, "CLF")[0]
        except BadCell:
            return None

    return figure
