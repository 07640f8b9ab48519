"""The guesser: proposes a mapping profile for a table that nobody has read yet, and lists what only a person can tell.

It guesses what columns are called, never what they say: the order of day and month, the decimal mark, the direction of an
unsigned amount, the account and the currency become questions when the data does not answer them (formats.md section 8).
A column that no word of the lexicon knows goes to `details`, so that its text is kept, and is asked about if it holds
numbers.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from tracer.ingest.accounts import iban_of
from tracer.ingest.bound import column_names
from tracer.ingest.cells import ABSENT, BadCell, DayFormat, Numbers, infer_decimal, read_amount, settle_formats
from tracer.ingest.charset import rivals
from tracer.ingest.headings import (
    MOST,
    date_picture,
    is_heading,
    is_unit_row,
    joined,
    parts_of,
    role_of_parts,
    same_languages,
)
from tracer.ingest.lexicon import (
    DATES,
    FOOTERS,
    STATUS_BOOKED,
    STATUS_PENDING,
    STATUS_REFUSED,
    SYMBOLS,
    YEARLESS,
    balance_line,
    is_booking,
    role_of,
    side_of,
)
from tracer.ingest.movement import currency_code, rounded
from tracer.ingest.profile import words
from tracer.ingest.profile_keys import parse
from tracer.ingest.proposal_cells import Guess, is_minus_out, placed, repaired
from tracer.ingest.proposal_columns import (
    by_content,
    day_formats,
    has_minus,
    is_traditional,
    looks_amount,
    republic_format,
)
from tracer.ingest.proposal_years import period_days, year_stated
from tracer.ingest.source import Source
from tracer.ingest.tabular import HEAD_ROWS, Row, Sheet, head_sheets, sheets
from tracer.model import EXPONENTS, UnreadableExhibit, excerpt

__all__ = ["DATES", "SHOWN", "Guess", "Proposal", "propose", "repaired", "role_of", "written"]

SHOWN = 20
_READ_WHOLE = 64_000_000  # bytes; beyond, the head of the file is looked at and the proposal says so


@dataclass(frozen=True, slots=True)
class Proposal:
    """A profile to correct and confirm, up to 20 rows as they stand in the file, and the open questions."""

    profile_yaml: str
    rows: tuple[tuple[str, ...], ...]
    questions: tuple[str, ...]


def propose(source: Source) -> Proposal:
    """Propose a profile of account activity for a table.

    Raises: UnreadableExhibit when the bytes are no table.
    """
    guess = _look(source)
    # A comma-separated file of a head that is cut keeps its own delimiter.
    file: dict[str, Any] = {"encoding": guess.sheet.encoding or "auto", "quote": '"', "header_row": "find"}
    if guess.sheet.delimiter:
        file["delimiter"] = "\\t" if guess.sheet.delimiter == "\t" else guess.sheet.delimiter
    if guess.heads > 1:
        file["header_rows"] = guess.heads
    if not guess.header:
        file["header_row"] = "none"
        file["columns"] = list(guess.names)
    _sheets(source, guess)
    if guess.sheet.encoding.startswith(("cp", "iso", "latin", "mac")):
        others = rivals(source.data(), guess.sheet.encoding) if source.path.stat().st_size <= _READ_WHOLE else ()
        either = "".join(
            f"; as {name}, {excerpt(word, 20)!r} is {excerpt(other, 20)!r}" for name, word, other in others[:2]
        )
        guess.questions.append(
            f"The file does not say its encoding; it is read as {guess.sheet.encoding}{either}: are the names right? (encoding: in the profile)"
        )
    return written(guess, source.exhibit.name, file)


def _sheets(source: Source, guess: Guess) -> None:
    """Ask about what the form of the file hides: figures that are not in full, sheets that hold lines as well."""
    above = " ".join(row.raw[:2_000] for row in guess.above())
    if said := rounded(above, " ; ".join(guess.names)):
        guess.questions.append(
            f"It says {said!r}: is every figure printed in full all the same? (--answer unit=1; figures in thousands prove no amount)"
        )
    if guess.sheet.form == "text" or not guess.header:
        return
    header = [words(cell) for cell in guess.sheet.rows[guess.header - 1].cells]  # of several rows, the last
    others = [
        sheet.name
        for sheet in head_sheets(source)
        if sheet.index != guess.sheet.index and any([words(cell) for cell in row.cells] == header for row in sheet.rows)
    ]
    if others:
        names = ", ".join(excerpt(name, 30) for name in (guess.sheet.name, *others[:9]))
        guess.questions.append(
            f"{1 + len(others)} sheets hold lines ({names}): are all of one account? (--answer account:SHEET=NUMBER where not)"
        )


def written(guess: Guess, name: str, file: dict[str, Any], **more: Any) -> Proposal:
    """Write the profile of a guess; `file` and `more` are keys that only the form of the file tells."""
    profile: dict[str, Any] = {"profile": f"{_slug(name)}/1", "confirmed_by": ""}
    headed = guess.header > 0
    keyed = [
        guess.names[place]
        for role, place in sorted(guess.at.items())
        if role in _TELLING and not guess.names[place].startswith("column ")
    ]
    profile["match"] = {"header": keyed if headed else []}
    profile["file"] = {**file, "footer": list(FOOTERS)}
    profile["numbers"] = _numbers(guess)
    profile["account"] = _account(guess)
    profile["currency"] = _currency(guess)
    profile["dates"] = _dates(guess)
    profile["amount"] = _amount(guess, profile["numbers"])
    profile["balance"] = {"column": guess.names[guess.at["balance"]]} if "balance" in guess.at else {}
    profile["balance"] |= _stated(guess)
    if "balance" not in guess.at:
        guess.questions.append("No balance column: are lines printed oldest first? Nothing in the file proves it.")
    for group, roles in _GROUPS.items():
        profile[group] = {key: guess.names[guess.at[role]] for key, role in roles.items() if role in guess.at}
    if "type_code" in guess.at:
        profile["type"] = guess.names[guess.at["type_code"]]
    _status(guess, profile)
    _balance_lines(guess, profile)
    taken = set(guess.at.values())
    rest = [place for place in range(len(guess.names)) if place not in taken]
    profile["details"] = [guess.names[place] for place in rest if _filled(guess, place) or guess.header]
    for place in sorted(set(rest) - guess.said_twice):
        texts = [row.cells[place] for row in guess.rows if place < len(row.cells) and row.cells[place].strip()]
        if texts and all(_is_amount(text, profile["numbers"]) for text in texts) and re.search("[.,]", "".join(texts)):
            guess.questions.append(
                f"Column {guess.names[place]!r} holds numbers and is kept as text: is it money of this account?"
            )
    profile |= more
    text = _yaml({key: value for key, value in profile.items() if value not in ({}, [])})
    parse(text, "proposal")  # what is proposed must be a profile; anything else is our bug
    shown = (*guess.sheet.rows[: guess.header][-guess.heads :], *guess.rows)[:SHOWN]
    return Proposal(text, tuple(row.cells for row in shown), tuple(guess.questions))


_TELLING = frozenset({"booked", "value_date", "amount", "debit", "credit", "balance", "flag", "currency"})
_GROUPS = {
    "references": {"owner": "reference_owner", "bank": "reference_bank", "end_to_end": "reference_end_to_end"},
    "counterparty": {"name": "counterparty_name", "account": "counterparty_account", "bank": "counterparty_bank"},
    "original": {"amount": "original_amount", "currency": "original_currency", "rate": "original_rate"},
}


def _look(source: Source) -> Guess:
    best: tuple[tuple[int, bool, int, int], Sheet, Sequence[Row]] | None = None
    for sheet in head_sheets(source):
        for heads in _heads(sheet):
            parts = parts_of(heads, sheet)
            roles = {role for role, _ in map(role_of_parts, parts) if role}
            dated, moneyed = "booked" in roles or "value_date" in roles, bool(roles & {"amount", "debit", "credit"})
            count = len(roles) if dated and moneyed else 0
            score = count, _says_more(heads, parts), -len(heads), max(len(row.cells) for row in heads)
            if score[0] >= 2 and (best is None or score > best[0]):
                best = (score, sheet, heads)
    if best is None:
        return _headless(source)
    _, sheet, heads = best
    whole = _whole(source, sheet)
    cells, last = joined(heads, whole), heads[-1].number
    rows = _lines(_below(whole.rows[last:], [*cells, *(cell for row in heads for cell in row.cells)], cells))
    at, units = placed(parts_of(heads, whole), rows)
    widest = max((n for row in rows for n, cell in enumerate(row.cells, 1) if cell.strip()), default=0)
    names = column_names((*cells, *[""] * (widest - len(cells))))
    return repaired(Guess(whole, names, last, rows, at, units, heads=len(heads)))


def _heads(sheet: Sheet) -> Iterator[Sequence[Row]]:
    """Yield every row, and every two or three below one another that may be the rows of one heading."""
    for at, row in enumerate(sheet.rows[:HEAD_ROWS]):
        yield (row,)
        for count in range(2, MOST + 1):
            rows = sheet.rows[at : at + count]
            if len(rows) < count or not all(map(is_heading, rows)):
                break
            yield rows


def _says_more(heads: Sequence[Row], parts: Sequence[Sequence[str]]) -> bool:
    """Whether all rows of a heading are needed: the last one gives units, says it in another language, or repeats its words."""
    if len(heads) == 1:
        return False
    upper, lower = heads[-2:]
    pairs = [(one, two) for one, two in zip(upper.cells, lower.cells, strict=False) if one.strip() and two.strip()]
    is_translated = len(pairs) > 1 and not any(same_languages(one, two) for one, two in pairs)
    said = [words(cell) for cell in lower.cells if cell.strip()]
    told = {words(" ".join(texts)) for texts in parts if texts}
    return is_unit_row(lower) or is_translated or (len(set(said)) < len(said) and len(told) > len(set(said)))


def _below(rows: Sequence[Row], known: Sequence[str], cells: Sequence[str]) -> list[Row]:
    """Leave out headings that are repeated, and what stands below headings over other columns.

    `known`: the words of the heading, joined and row by row; `cells`: those of its columns, joined.
    """
    names, heads = [words(cell) for cell in cells], {words(cell) for cell in known}
    kept = []
    for row in rows:
        said = [(place, words(cell), role_of(cell)[0]) for place, cell in enumerate(row.cells) if cell.strip()]
        is_line = any(letter.isdecimal() for _, cell, _ in said for letter in cell)
        if is_line or sum(bool(role) or cell in heads for _, cell, role in said) < 2:
            kept.append(row)
        elif any(cell in names and (place >= len(names) or names[place] != cell) for place, cell, _ in said):
            break
    return kept


def _lines(rows: Sequence[Row]) -> list[Row]:
    """Leave out blank and broken rows, and totals: what is true of every line need not be true of their sum."""
    totals = tuple(map(words, FOOTERS))
    kept = [row for row in rows if not row.blank and not row.broken]
    return [row for row in kept if not words(next(c for c in row.cells if c.strip())).startswith(totals)]


def _headless(source: Source) -> Guess:
    """A table whose headings no lexicon knows, or without any: columns are told apart by what they hold."""
    found: list[tuple[tuple[int, int], Guess]] = []
    for sheet in head_sheets(source):
        width = max((len(row.cells) for row in sheet.rows), default=0)
        for skip in range(min(HEAD_ROWS, len(sheet.rows))):
            rows = [row for row in sheet.rows[skip:] if not row.blank and not row.broken]
            at = by_content(rows, width)
            if rows and width > 2 and "booked" in at and {"amount", "debit"} & set(at):
                # A line whose day or figure cannot be read is no heading: it is set aside with the others that are not.
                money = [at[role] for role in ("amount", "debit", "credit") if role in at]
                above = sheet.rows[skip - 1].cells if skip else ()
                head = 0 if any(any(map(str.isdecimal, cell)) for n, cell in enumerate(above) if n in money) else skip
                found.append(((len(at), -skip), Guess(sheet, (), head, rows, at, {})))
                break
    if not found:
        raise UnreadableExhibit(
            f"{source.exhibit.name} is not a table with a date and an amount that the guesser can find.",
            where=source.exhibit.name,
            meaning="It stays an exhibit; nothing of it is loaded.",
            next_call="write a profile by hand (formats.md section 8) and give it with --answer profile=FILE.yaml",
        )
    guess = max(found, key=lambda item: item[0])[1]
    guess.sheet = _whole(source, guess.sheet)
    guess.rows = _lines(guess.sheet.rows[guess.header :])
    width = max((len(row.cells) for row in guess.rows), default=0)
    above = guess.sheet.rows[guess.header - 1].cells if guess.header else ()
    guess.names = column_names((*above, *[""] * (width - len(above))))
    for place, cell in enumerate(above):
        if (found_unit := _BRACKETED.search(cell)) and found_unit[1] in EXPONENTS:
            guess.units[place] = found_unit[1]
    for role, place in placed([(cell,) for cell in above], guess.rows)[0].items():
        if role not in guess.at and place not in guess.at.values():
            guess.at[role] = place
    known = "Not every heading is known" if above and any(role_of(cell)[0] for cell in above) else "No heading is known"
    guess.questions.append(f"{known}: is each column what the profile says it is?")
    days = [guess.at.get("booked"), guess.at.get("value_date")]
    if (
        above
        and None not in days
        and [is_booking(guess.names[day]) for day in days if day is not None] == [False, True]
    ):
        guess.at["booked"], guess.at["value_date"] = guess.at["value_date"], guess.at["booked"]
    if "debit" in guess.at and not is_minus_out(guess):
        told = (
            f"; the balances follow if {guess.names[guess.at['debit']]!r} is money out" if "balance" in guess.at else ""
        )
        guess.questions.append(
            f"Two columns hold amounts: which of them is money out, which is money in{told}? (--answer direction=as_read or turned)"
        )
        guess.is_direction_open = True
    return repaired(guess)


def _whole(source: Source, sheet: Sheet) -> Sheet:
    if source.path.stat().st_size > _READ_WHOLE:
        return sheet
    read = sheets(source, encoding=sheet.encoding, delimiter=sheet.delimiter)
    return next((s for s in read if s.index == sheet.index), sheet)


def _is_amount(text: str, numbers: dict[str, Any]) -> bool:
    made = Numbers(
        numbers["decimal"] if numbers["decimal"] in {".", ","} else ".",
        (),
        tuple(numbers["strip"]),
        ("-", "()", "trailing-", "DR"),
    )
    try:
        read_amount(text, made, "CLF")  # four decimals: the widest that ISO 4217 has
    except BadCell:
        return False
    return True


def _filled(guess: Guess, place: int) -> bool:
    return any(place < len(row.cells) and row.cells[place].strip() for row in guess.rows)


def _money(guess: Guess) -> list[str]:
    return [text for role in ("amount", "debit", "credit", "balance") for text in guess.column(role)]


def _numbers(guess: Guess) -> dict[str, Any]:
    texts = [text for text in _money(guess) if looks_amount(text)]
    decimal = infer_decimal(texts)
    if not decimal:
        guess.questions.append(
            "Is the decimal mark a point or a comma? No amount tells. (--answer decimal=. or decimal=,)"
        )
    symbols = [symbol for symbol in SYMBOLS if any(symbol in text for text in texts)]
    negative = ["-", "()", "trailing-"] + (
        ["DR"] if any(re.search(r"[0-9] ?(?:DR|CR|DB|Dr|Cr|Db)$", text) for text in texts) else []
    )
    return {"decimal": decimal or "ask", "strip": symbols, "negative": negative}


#: How an account is headed above a table, and its number behind it; RE2, one group.
_ACCOUNT = "(?i)(?:account|konto|compte|cuenta|conta|rachun[a-z]{1,4}|rekening|hesap|сч[её]т|账号|卡号)(?:[^0-9]{0,19}[^0-9A-Za-z_])?([0-9][0-9*xX -]{4,33})(?:[^0-9A-Za-z_]|$)"
_SMALL = r"\b(?:n[uú]m[eé]ro|number|no|nr|n°|nº|de|du|da|do|del|my|your|bank|номер|numer|número)\b"
_IBAN = "([A-Z]{2}[0-9]{2}[A-Z0-9]{10,30})"


def _account(guess: Guess) -> dict[str, Any]:
    if "account" in guess.at:
        return {"scope": "row", "column": guess.names[guess.at["account"]]}
    for row in guess.above():
        for cell in row.cells:
            if any(iban_of(token) for token in re.findall(_IBAN, cell)):
                return {"scope": "file", "from": {"preamble": _IBAN}}
        if found := re.search(_ACCOUNT, row.raw[:2_000]):
            if re.sub(_SMALL, "", row.raw[: found.start()].casefold()).strip(" '\"#;,.:\t"):
                guess.questions.append(
                    f"The account is read from the line {excerpt(row.raw, 60)!r} above the table: is that the account?"
                )
            return {"scope": "file", "from": {"preamble": _ACCOUNT}}
    guess.questions.append("Which account is it? The file does not say. (--answer account=NUMBER)")
    return {"scope": "ask"}


_BRACKETED = re.compile(r"\(([A-Z]{3})\)\s*$")
_CODE = re.compile(r"^'?([A-Z]{3}) ?[-+(0-9.,]|[-+)0-9.,] ?([A-Z]{3})$")
_CURRENCY = "(?i)(?:currency|ccy|devise|währung|waluta|moneda|divisa|moeda|valuta|валюта|币种|币别)[^A-Za-z]{0,5}([A-Za-z]{3})(?:[^A-Za-z]|$)"


def _currency(guess: Guess) -> dict[str, Any]:
    printed = [text for text in guess.column("currency") if currency_code(text, ())]
    if "currency" in guess.at and printed:
        if len(printed) < len(guess.rows):
            guess.questions.append(
                f"{len(guess.rows) - len(printed)} of {len(guess.rows)} lines print no known currency in column"
                f" {guess.names[guess.at['currency']]!r} and are set aside: in which currency are they? (currency: in the profile)"
            )
        return {"scope": "row", "column": guess.names[guess.at["currency"]]}
    guess.at.pop("currency", None)
    stated = {guess.units[guess.at["amount"]]} if guess.at.get("amount") in guess.units else set(guess.units.values())
    if len(stated) == 1:
        return {"scope": "file", "value": stated.pop()}
    symbols = {code for symbol, code in SYMBOLS.items() if any(symbol in text for text in _money(guess))}
    if len(symbols) == 1 and (code := symbols.pop()):
        return {"scope": "file", "value": code}
    codes = {found[1] or found[2] for text in _money(guess) if (found := _CODE.search(text.strip()))}
    if len(codes) == 1 and (code := codes.pop()) in EXPONENTS:
        return {"scope": "file", "value": code}
    for row in guess.above():
        if (found := re.search(_CURRENCY, row.raw[:2_000])) and currency_code(found[1], ()):
            return {"scope": "file", "from": {"preamble": _CURRENCY}}
    guess.questions.append("Which currency is it? The file does not say. (--answer currency=USD)")
    return {"scope": "ask"}


def _dates(guess: Guess) -> dict[str, Any]:
    made: dict[str, Any] = {}
    is_bare = False
    both = guess.column("booked") + guess.column("value_date")
    for key, role in (("booked", "booked"), ("value", "value_date")):
        if role not in guess.at:
            continue
        texts = [text for text in guess.column(role) if text not in ABSENT]
        used = [form for form in DATES if any(form.match(text) for text in texts)]
        used += day_formats(text for text in texts if not any(form.match(text) for form in used))
        republic = None if used else republic_format(texts)
        if republic is not None and is_traditional(guess.names):
            used = [republic]
            guess.questions.append(
                f"Are the years those of the Republic of China? The headings are of Taiwan, and {excerpt(texts[0])} is read as of {int(texts[0].strip()[:3]) + 1911}."
            )
        bare = [text for text in texts if not any(form.match(text) for form in used)]
        used += [form for form in YEARLESS if any(form.match(text) for text in bare)]
        has_bare = any(form.match(text) for form in YEARLESS for text in bare)  # a note below the lines is no day
        is_bare |= has_bare
        settled = settle_formats([*both, *period_days(guess)] if has_bare else both, used)
        if settled is None and (said := date_picture(guess.names[guess.at[role]])):
            settled = tuple(form for form in used if form.order not in {"dmy", "mdy"} - {said})
        if settled is None and role == "booked":
            guess.questions.append(
                "Is the day or the month printed first? No date tells. (--answer date_order=dmy or mdy)"
            )
        formats = [form.text for form in (used if settled is None else settled)]
        if not formats:
            if role == "booked":
                guess.questions.append(
                    f"How is a date printed? {excerpt(texts[0])} is not known."
                    + (f" (years of the Republic of China: formats: [{republic.text!r}])" if republic else "")
                    if texts
                    else "How is a date printed? No cell of the column holds one."
                )
                formats = ["%Y-%m-%d"]
            else:
                del guess.at[role]
                continue
        made[key] = {"column": guess.names[guess.at[role]], "formats": formats}
    if is_bare and "booked" in made:
        year = year_stated(guess, [form.order for form in map(DayFormat, made["booked"]["formats"])])
        made |= {"year": year} if year else {}
    if "time" in guess.at:
        made["time"] = {"column": guess.names[guess.at["time"]]}
    return made


def _amount(guess: Guess, numbers: dict[str, Any]) -> dict[str, Any]:
    asked = {"direction": "ask"} if guess.is_direction_open else {}
    if "debit" in guess.at:
        return {
            "mode": "debit_credit",
            "debit": guess.names[guess.at["debit"]],
            "credit": guess.names[guess.at["credit"]],
            **asked,
        }
    column = guess.names[guess.at["amount"]]
    if "flag" in guess.at:
        seen = sorted({words(text) for text in guess.column("flag")})
        sides = {word: side_of(word) for word in seen}
        neither = [word for word in seen if not sides[word]]
        if neither:
            guess.questions.append(
                f"Lines that say {', '.join(excerpt(word, 20) for word in neither[:10])} in column"
                f" {guess.names[guess.at['flag']]!r} are set aside: which way did their money move, if it did? (amount: credit, debit)"
            )
        return {
            "mode": "amount_flag",
            "column": column,
            "flag": guess.names[guess.at["flag"]],
            "credit": [word for word in seen if sides[word] == "credit"] or ["credit"],
            "debit": [word for word in seen if sides[word] == "debit"] or ["debit"],
            **({"neutral": neither} if neither else {}),
        }
    texts = guess.column("amount")
    is_worded = any(re.search("[DC][Rr]$|D[Bb]$", text) for text in texts)
    is_out = any(has_minus(text) or re.search("D[RrBb]$", text) for text in texts)
    if is_worded and not is_out and not all(re.search("C[Rr]$", text) for text in texts):
        guess.questions.append(
            f"Only money in is marked in column {column!r} (CR), as cards print it: are the lines without the word money out?"
        )
        return {"mode": "credit_marked", "column": column}
    if is_worded or guess.is_direction_told:
        return {"mode": "signed", "column": column, **asked}
    if sum(map(looks_amount, guess.column("balance"))) < 2:
        guess.questions.append(
            "No balance proves the signs: is an amount with a minus money out? A card may print spending without one."
            " (--answer direction=as_read or turned)"
            if any(map(has_minus, texts))
            else "No amount has a sign and no balance proves one: is money in or money out positive? (--answer direction=turned for a card)"
        )
    # Where balances prove the sign nobody need answer; where they do not tie, the question stands.
    return {"mode": "signed", "column": column, "direction": "ask"}


def _stated(guess: Guess) -> dict[str, str]:
    """Return patterns for balances that stand above the table behind their words: `Opening balance,USD 512.00`."""
    made: dict[str, str] = {}
    for row in guess.above():
        filled = [cell.strip() for cell in row.cells if cell.strip()]
        kind = balance_line(filled[0].rstrip(" :"))[0] if len(filled) > 1 else ""
        if kind in {"opening", "closing"} and re.search("[0-9]", filled[1]) and len(filled[0]) <= 60:
            made.setdefault(kind, f"{re.escape(filled[0])}[^0-9(+-]{{0,20}}([-+(]?[0-9][0-9.,' ]{{0,24}}[)]?)")
    return made


def _status(guess: Guess, profile: dict[str, Any]) -> None:
    if "status" not in guess.at:
        return
    seen = sorted(set(guess.column("status")))
    booked = [text for text in seen if words(text) in STATUS_BOOKED]
    pending = [text for text in seen if words(text) in STATUS_PENDING]
    other = [text for text in seen if text not in booked and text not in pending]
    refused = [text for text in other if words(text) in STATUS_REFUSED]
    if len(other) - len(refused) == len(seen) and words(guess.names[guess.at["status"]]) == "state":
        del guess.at["status"]  # of the United States, or of Brazil
        return
    is_partial = len(guess.column("status")) != len(guess.rows)
    if other or is_partial:
        guess.questions.append(
            f"Which of these status words mean that money moved: {', '.join(map(excerpt, seen[:10]))}?"
        )
        if not (booked or refused) or (is_partial and not refused):
            del guess.at["status"]
            return
        guess.questions.append(
            f"Lines that say {', '.join(excerpt(text) for text in other[:10])} are set aside until the profile names them (status:)"
        )
    profile["status"] = {"column": guess.names[guess.at["status"]], "booked": booked, "pending": pending}


def _balance_lines(guess: Guess, profile: dict[str, Any]) -> None:
    """Find lines that state a balance or a turnover among the movements: posted, they would double the account."""
    for place, name in enumerate(guess.names):
        seen: dict[str, list[str]] = {}
        for text in sorted(set(guess.texts(place))):
            kind, is_known = balance_line(text)
            if not kind:
                continue
            seen.setdefault(kind, []).append(text)
            if not is_known:
                guess.questions.append(
                    f"Lines that say {excerpt(text, 40)!r} are read as a balance, not as a movement: is that so?"
                )
        if seen:
            profile["balances"] = {"column": name, **dict(sorted(seen.items()))}
            return


def _slug(name: str) -> str:
    return re.sub(r"[^\w.-]+", "_", name.rpartition(".")[0] or name).strip("_.")[:60] or "table"


def _yaml(profile: dict[str, Any]) -> str:
    """Write the profile one key a line, values as JSON, which is YAML with nothing left to guess."""
    return "".join(f"{key}: {json.dumps(value, ensure_ascii=False)}\n" for key, value in profile.items())
