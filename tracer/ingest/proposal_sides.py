"""Which column of a table holds the account of the other side, and which that of the statement itself.

A heading says account and seldom whose. The account's own number taken for the other side's would join every line to itself,
so that where the cells do not tell the two apart, neither is taken and a person is asked.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from tracer.ingest.lexicon import role_of, side_of
from tracer.ingest.other_side import is_of_holder, is_paying, is_plain_account, is_receiving
from tracer.ingest.profile import words

if TYPE_CHECKING:
    from tracer.ingest.proposal_cells import Guess

__all__ = ["told_apart"]

_ANY_NAME = frozenset({"name", "naam", "titular"})  # may be the holder's


def told_apart(guess: Guess) -> None:
    """Give each account column its side, before the cells are looked at for anything else."""
    if "counterparty_account" not in guess.at:
        _of_two(guess)
    if "counterparty_account" not in guess.at:
        _behind_a_name(guess)
    if "counterparty_account" in guess.at:
        _not_its_own(guess)


def _of_two(guess: Guess) -> None:
    """Of two accounts, `Auftragskonto` and `Kontonummer/IBAN` beside the name of the other side, the latter is the other side's."""
    if "account" not in guess.at:
        return
    named = [place for place, name in enumerate(guess.names) if role_of(name.partition("#")[0])[0] == "account"]
    beside = [place for place in named if _is_beside(guess, place)]
    rest = [place for place in named if place not in beside]
    if len(beside) != 1 or len(rest) != 1 or guess.at["account"] not in named:
        return
    own, texts = rest[0], guess.texts(rest[0])
    if texts and (is_of_holder(guess.names[own]) or (len(set(texts)) == 1 and len(texts) == len(guess.rows))):
        guess.at |= {"account": own, "counterparty_account": beside[0]}


def _is_beside(guess: Guess, place: int) -> bool:
    """Whether a column is headed as an account and stands behind the name of the other side, or before or behind its bank."""
    if not is_plain_account(guess.names[place].partition("#")[0]):
        return False
    bank = guess.at.get("counterparty_bank", -9)
    return place - 1 == guess.at.get("counterparty_name") or bank in {place - 1, place + 1}


def _behind_a_name(guess: Guess) -> None:
    """One account column that changes from line to line behind the name of the other side is not that of the statement."""
    place, name = guess.at.get("account", -1), guess.at.get("counterparty_name", -9)
    booked = guess.at.get("booked", guess.at.get("value_date", place))
    if place - 1 != name or booked >= name or words(guess.names[name]) in _ANY_NAME:
        return
    if is_plain_account(guess.names[place]) and len(set(guess.texts(place))) > 1:
        guess.at["counterparty_account"] = guess.at.pop("account")
        guess.questions.append(
            f"Column {guess.names[place]!r} stands behind {guess.names[name]!r} and changes from line to line: is it the account of the other side?"
        )


def _not_its_own(guess: Guess) -> None:
    """Leave out a column that prints the account's own number, or that of who receives on money in as well."""
    place = guess.at["counterparty_account"]
    heading = guess.names[place]
    filled = [
        (row.cells, _bare(row.cells[place]))
        for row in guess.rows
        if place < len(row.cells) and row.cells[place].strip()
    ]
    own = guess.at.get("account")
    above = " ".join(_bare(row.raw[:2_000]) for row in guess.above())
    same = sum(
        text == _bare(cells[own]) if own is not None and own < len(cells) else len(text) > 7 and text in above
        for cells, text in filled
    )
    receives = is_receiving(heading)
    payers = [at for at, name in enumerate(guess.names) if is_paying(name)] if receives else []
    both = any(at < len(cells) and cells[at].strip() for cells, _ in filled for at in payers)
    if both or (same and (receives or 2 * same >= len(filled) > 1)):
        del guess.at["counterparty_account"]
        guess.questions.append(
            f"Column {heading!r} prints the account of who receives, {guess.names[payers[0]]!r} that of who pays: which is the other side's depends on the line; both are kept as text"
            if both
            else f"Column {heading!r} prints this account's own number on {same} of {len(filled)} lines and is kept as text: whose accounts are in it?"
        )
    elif receives and own is None and len({text for _, text in filled}) == 1 and len(filled) == len(guess.rows) > 1:
        del guess.at["counterparty_account"]  # the same on every line: whether it is the statement's own is asked
    elif receives and (lines := sum(_is_money_in(guess, cells) for cells, _ in filled)):
        guess.questions.append(
            f"Column {heading!r} is taken for the account of the other side and is filled on {lines} lines of money in: is it not this account's own there?"
        )


def _is_money_in(guess: Guess, cells: tuple[str, ...]) -> bool:
    def cell(role: str) -> str:
        place = guess.at.get(role, len(cells))
        return cells[place].strip() if place < len(cells) else ""

    if "flag" in guess.at and side_of(cell("flag")):
        return side_of(cell("flag")) == "credit"
    if "credit" in guess.at and "amount" not in guess.at:
        return re.search("[1-9]", cell("credit")) is not None
    signed = any(re.search(r"^[-(−]|[-)]$", text) for text in guess.column("amount"))
    return signed and re.search(r"^[-(−]|[-)]$", cell("amount")) is None


def _bare(text: str) -> str:
    return re.sub(r"[\s'\"-]+", "", text).upper()
