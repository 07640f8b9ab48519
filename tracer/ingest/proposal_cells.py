"""What the cells of a table say about its columns, against its headings where the two differ: the cells have the last word.

A heading alone is a claim. An amount that stands under `Memo` because the bank's header is a column short, a card number
under no heading, a balance printed before the line it belongs to: only the cells show them, and what only the cells show is
asked about as well.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from tracer.ingest.accounts import iban_of
from tracer.ingest.cells import ABSENT
from tracer.ingest.headings import role_of_parts
from tracer.ingest.lexicon import (
    NEITHER,
    YEARLESS,
    is_booking,
    is_of_account,
    is_of_counterparty,
    role_of,
    side_of,
)
from tracer.ingest.movement import currency_code
from tracer.ingest.other_side import is_of_holder
from tracer.ingest.profile import words
from tracer.ingest.proposal_columns import (
    MASKED,
    balanced,
    by_minus,
    cells_of,
    has_minus,
    looks_amount,
    looks_day,
    money_columns,
    reader_of,
)
from tracer.ingest.proposal_sides import told_apart
from tracer.ingest.tabular import Row, Sheet
from tracer.model import excerpt

__all__ = ["Guess", "is_minus_out", "placed", "repaired"]

_CLOCK = re.compile(r"(?:[01]?[0-9]|2[0-3]):[0-5][0-9](?::[0-5][0-9](?:[.,][0-9]{1,6})?)?")
_CLOCK_BARE = re.compile(r"(?:[01][0-9]|2[0-3])[0-5][0-9][0-5][0-9]")
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
        fit = {place: _readable(role, cells_of(rows, place)) for place in places}
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
        texts = [text for text in guess.column(role) if text not in ABSENT and not MASKED.fullmatch(text)]
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
        signed = any(map(has_minus, guess.column("amount")))
        if "amount" not in guess.at or signed or not has_both_sides(seen):
            guess.at.setdefault("type_code", guess.at["flag"])
            del guess.at["flag"]


def has_both_sides(seen: Sequence[str]) -> bool:
    """Whether words beside the amounts say the side of each, but for those that say neither; or, of some, both sides."""
    sides = {"neither" if words(text) in NEITHER else side_of(text) for text in seen}
    return bool(sides - {"neither"}) and ("" not in sides or {"credit", "debit"} <= sides)


def _against(guess: Guess) -> None:
    """Ask about words of debit and credit beside signed amounts that say the other side."""
    typed = [guess.at["type_code"]] if "type_code" in guess.at else []
    told = [p for p in (*typed, *guess.free()) if guess.texts(p) and all(map(side_of, guess.texts(p)))]
    place = next((p for p in told if p in typed or len(guess.texts(p)) == len(guess.rows)), None)
    if place is None:
        return
    guess.at.setdefault("type_code", place)
    guess.is_direction_told = len(guess.texts(place)) == len(guess.rows)
    sides = (place, guess.at.get("amount", -1))
    pairs = [tuple(row.cells[n].strip() if 0 <= n < len(row.cells) else "" for n in sides) for row in guess.rows]
    odd = [(word, text) for word, text in pairs if looks_amount(text) and (side_of(word) == "debit") != has_minus(text)]
    if odd:
        word, text = odd[0]
        guess.questions.append(
            f"{len(odd)} lines say one side and their sign the other ({excerpt(word, 20)} beside {excerpt(text, 20)}):"
            " the sign is taken; which of the two is right?"
        )
        guess.is_direction_open, guess.is_direction_told = True, False


def _amount_by_cells(guess: Guess) -> None:
    found = money_columns(guess.rows, guess.free())
    if found:
        guess.at |= balanced(guess.rows, found, guess.at.get("flag")) or {"amount": found[0]}
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
    read = reader_of(guess.rows, [place, guess.at["balance"]])
    known = [(read(row, place), held) for row in guess.rows if (held := read(row, guess.at["balance"])) is not None]
    return len(known) > 1 and any(
        all(b == before + (a or 0) for (_, before), (a, b) in itertools.pairwise(way)) for way in (known, known[::-1])
    )


def _one_amount(guess: Guess) -> None:
    """Leave either a signed amount or a debit and a credit column."""
    at = guess.at
    if "amount" in at and {"debit", "credit"} <= set(at) and not _is_said_twice(guess):
        place = at.pop("amount")
        at.pop("original_amount", None)
        if "balance" not in at and _moves(guess, place):
            at["balance"] = place
            guess.questions.append(
                f"The figures in column {guess.names[place]!r} follow from the amounts: is it the balance?"
            )
    if "amount" in at and {"debit", "credit"} <= set(at):
        # Two columns and a signed one beside them say the same thing: the signed one is taken.
        guess.said_twice |= {at.pop("debit"), at.pop("credit")}
    elif len({"debit", "credit"} & set(at)) == 1 and "amount" not in at:
        at["amount"] = at.pop("debit" if "debit" in at else "credit")
    elif "amount" in at:
        guess.said_twice |= {at.pop(side) for side in ("debit", "credit") if side in at}


def _is_said_twice(guess: Guess) -> bool:
    """Whether most lines have in the column of the amount what they have as money in or out; without lines, the headings are all there is."""
    read = reader_of(guess.rows, [guess.at[role] for role in ("amount", "debit", "credit")])
    told = [[read(row, guess.at[role]) for role in ("amount", "debit", "credit")] for row in guess.rows]
    known = [abs(a) in {abs(d or 0), abs(c or 0)} for a, d, c in told if a is not None and (d or c)]
    return 2 * sum(known) >= len(known)


def _moves(guess: Guess, place: int) -> bool:
    """Whether a column moves by what the line has as money in and out, in one order of the lines, for most of them."""
    read = reader_of(guess.rows, [place, guess.at["debit"], guess.at["credit"]])
    known = [
        (held, (read(row, guess.at["credit"]) or 0) - abs(read(row, guess.at["debit"]) or 0))
        for row in guess.rows
        if (held := read(row, place)) is not None
    ]
    ways = (known, known[::-1])
    return len(known) > 2 and any(
        2 * sum(b == before + a for (before, _), (b, a) in itertools.pairwise(way)) > len(known) - 1 for way in ways
    )


def _direction(guess: Guess) -> None:
    """An amount without a sign needs a word beside it; without one, the balances must follow from it."""
    if "amount" not in guess.at:
        return
    if any(has_minus(text) or re.search("[DC][Rr]$|D[Bb]$", text) for text in guess.column("amount")):
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
    read = reader_of(guess.rows, [guess.at["amount"], guess.at["balance"]])
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
    _of_what_was_paid(guess)
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
        codes = {p: {currency_code(text, ()) for text in guess.texts(p)} for p in free}
        found = next((p for p in free if None not in codes[p] and (not unit or codes[p] == {unit})), None)
        if found is not None:
            at["currency"] = found


def _of_what_was_paid(guess: Guess) -> None:
    """A currency that differs just where an amount abroad is printed is that of the amount abroad, and not of the account."""
    at = guess.at
    if {"currency", "original_currency", "original_amount"} & set(at) != {"currency", "original_amount"}:
        return
    abroad: dict[bool, set[str]] = {True: set(), False: set()}
    for row in guess.rows:
        paid, code = (
            row.cells[at[role]].strip() if at[role] < len(row.cells) else "" for role in ("original_amount", "currency")
        )
        abroad[bool(paid) and paid not in ABSENT].add(code)
    if abroad[True] and len(abroad[False]) == 1 and not abroad[True] & abroad[False]:
        home = abroad[False].pop()
        guess.questions.append(
            f"Column {guess.names[at['currency']]!r} differs from {excerpt(home, 20)} just where {guess.names[at['original_amount']]!r}"
            " is filled, and is taken for the currency of that: what is the currency of the account?"
        )
        at["original_currency"] = at.pop("currency")


def _balance_by_cells(guess: Guess) -> None:
    """Find the balance, and which of two columns is money out, where figures follow from each other line by line."""
    if "balance" in guess.at:
        return
    free = money_columns(guess.rows, guess.free(), strict=False)
    if "amount" in guess.at:
        found = balanced(guess.rows, [guess.at["amount"], *free], guess.at.get("flag"), guess.at["amount"])
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


def is_minus_out(guess: Guess) -> bool:
    """Whether the figures of a debit and a credit column say by their own signs which is which."""
    sides = [guess.at["debit"], guess.at["credit"]]
    return by_minus(guess.rows, sides) == {"debit": sides[0], "credit": sides[1]}
