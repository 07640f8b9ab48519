"""Conversions between held accounts: money leaves in one currency and arrives in another, printed as two lines.

Proven     both lines print one reference or UETR, and one of them prints the other's amount, or a rate that makes one amount
           of the other within the rounding in which it is printed; neither names another account. This is rung 3.
Likely     both legs are open, the days near, the size of the rate plausible, and something tells of a conversion (a reference,
           an amount, a rate, a word of exchange, an account, one name on both), or nothing at all explains either line. This is
           rung 4, for a person; until it is decided no ceiling may rest on the legs having nothing to do with each other.

Source: formats.md section 12 (a leg is a conversion by its printed original amount and rate); tracing.md 1.3, FX.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from datetime import date

import numpy as np

from tracer.match.columns import Columns
from tracer.match.comparing import equal, is_account, is_one_name
from tracer.match.exchange import Leg, executed, is_plausible, money
from tracer.match.nearby import Rows, as_held
from tracer.match.open_legs import pairs_of_legs
from tracer.model import EXPONENTS, Gap, Posting, Statement, Transfer
from tracer.model.payments import tolerance

__all__ = ["WEIGHTS", "Conversion", "conversion_gap", "conversions", "conversions_among"]

#: Points per feature, of 100, as for other candidates; the sum is never a proof.
WEIGHTS = {"rate": 40, "day": 15, "account": 15, "reference": 15, "name": 10, "text": 5}
_SHOWN = 3  # debits named beside a credit; the others are counted


@dataclass(frozen=True, slots=True)
class Conversion:
    """A debit and a credit that may be one conversion; `features` are (name, points, why)."""

    debit: str
    credit: str
    features: tuple[tuple[str, int, str], ...]

    @property
    def score(self) -> int:
        """Return the sum of the points."""
        return sum([points for _, points, _ in self.features])


def conversions(
    lines: Mapping[str, Posting],
    transfers: Iterable[Transfer],
    statements: Mapping[str, Statement],
    *,
    apart: Iterable[tuple[str, str]] = (),
    most: int = 0,
) -> tuple[Conversion, ...]:
    """Return every pair of open legs that may be one conversion, best first for each credit.

    lines   those compared, by id; apart: pairs (smaller id first) that a person judged different
    most    of the pairs that nothing but their size, or a word of exchange, tells, only so many of each credit and of each
            debit, the nearest by day; 0 for all, without which no ceiling may rest
    A leg is open while its transfer has no other side and no reversal. One leg may stand in several pairs: which of them it
    is, is for a person.
    """
    is_debit: dict[str, bool] = {}
    for transfer in as_held(list(transfers)):
        key = transfer.debit or transfer.credit
        if not (transfer.debit and transfer.credit) and not transfer.reversed_by:
            is_debit[key] = bool(transfer.debit)
    columns = Columns({key: lines[key] for key in sorted(lines) if key in is_debit})
    is_out = np.array([is_debit[key] for key in columns.keys], np.bool_)
    return conversions_among(
        columns, np.flatnonzero(is_out), np.flatnonzero(~is_out), statements, apart=set(apart), most=most
    )


def conversions_among(
    columns: Columns,
    debited: Rows,
    credited: Rows,
    statements: Mapping[str, Statement],
    *,
    apart: AbstractSet[tuple[str, str]],
    most: int,
) -> tuple[Conversion, ...]:
    """Return `conversions` of the legs that stand in these rows, in the order of their ids."""
    # a line of nothing is no leg, nor is one of which no day is known
    is_leg = columns.is_open & (columns.day != 0)
    debited, credited = debited[is_leg[debited]], credited[is_leg[credited]]
    currencies = np.unique(columns.currency[np.concatenate([debited, credited])])
    if len(currencies) < 2 or not len(debited) or not len(credited):
        return ()
    owners = {s.owner for s in statements.values() if s.owner}
    found = []
    for out, into in pairs_of_legs(columns, debited, credited, owners, most):
        if (min(out.key, into.key), max(out.key, into.key)) not in apart:
            features = tuple(_features(out, into, statements))
            if features:
                found.append(Conversion(out.key, into.key, features))
    return tuple(sorted(found, key=lambda c: (c.credit, -c.score, c.debit)))


def _features(out: Leg, into: Leg, statements: Mapping[str, Statement]) -> Iterator[tuple[str, int, str]]:
    p, q, mine, yours = out.posting, into.posting, out.names, into.names
    if mine[0] and yours[0] and mine[0] != yours[0]:
        return
    is_part = not is_plausible(p, q)
    if is_part and not (out.word and into.word):
        return
    value, reference = _value(out, into), _reference(mine, yours)
    if value is None:
        return
    named = _accounts(p, q)
    if named is None and not reference:
        return  # a line that prints another account is explained by it
    name = _names(p, q, statements)
    word = out.word or into.word
    told = bool(reference or value[1] > _BY_SIZE or named or name or word)
    if not told and (out.is_explained or into.is_explained or out.is_charge or into.is_charge):
        return
    # several lines may buy one credit, or one line several: then no two of them make a rate, and the doubt is the same
    yield ("rate", 0, f"only as a part: {executed(p, q)} is no rate of these currencies") if is_part else value
    days = abs((out.day - into.day).days)
    yield "day", max(0, WEIGHTS["day"] - 5 * days), f"{days} days apart" if days else "equal"
    if named:
        yield "account", WEIGHTS["account"], named
    if reference:
        yield "reference", WEIGHTS["reference"], f"both print {reference}"
    if name:
        yield "name", WEIGHTS["name"], name
    if word:
        yield "text", WEIGHTS["text"], f"tells of an exchange: {word}"


_BY_SIZE = 10  # points where only the size of the rate speaks


def _value(out: Leg, into: Leg) -> tuple[str, int, str] | None:
    """Return what speaks for one value; None where a line prints another sum, beyond what a charge explains."""
    proven = out.proves(into)
    if proven:
        return "rate", WEIGHTS["rate"], proven
    for line, other in ((out, into), (into, out)):
        one, q = line.printed, other.posting
        if not one.amount:
            continue
        gap = abs(one.amount - abs(q.amount))
        if one.currency != q.currency or gap > min(tolerance(q.currency), abs(q.amount)):
            return None
        less = f"{money(gap, q.currency)} off the original amount printed, within the fee tolerance"
        return "rate", WEIGHTS["rate"] - 15, less
    for line, other in ((out, into), (into, out)):
        if other.posting.currency in line.text and _mentions(line.text, other.posting):
            return (
                "rate",
                WEIGHTS["rate"] - 10,
                f"the text prints {money(other.posting.amount, other.posting.currency)}",
            )
    return (
        "rate",
        _BY_SIZE,
        f"no amount or rate printed that proves it; {executed(out.posting, into.posting)} would be the rate",
    )


def _mentions(text: str, other: Posting) -> bool:
    """Say whether a text prints the other line's amount beside its currency, with any separators."""
    wanted = str(abs(other.amount))
    ends = EXPONENTS.get(other.currency, 2)
    whole = wanted[:-ends] if ends and not int(wanted[-ends:] or 0) else ""
    printed = re.findall(rf"{other.currency}\s*([0-9][0-9.,' ]*)|([0-9][0-9.,']*)\s*{other.currency}", text)
    digits = {"".join(c for c in "".join(one) if c.isdigit()) for one in printed}
    return bool(digits & ({wanted, whole} - {""}))


def _reference(mine: Sequence[str], yours: Sequence[str]) -> str:
    return next((t for t in mine if t and (t in yours or any(equal(t, other) for other in yours))), "")


def _accounts(p: Posting, q: Posting) -> str | None:
    """Return how the lines name each other's account, "" where they name none, None where one names another account."""
    agree = 0
    for line, other in ((p, q), (q, p)):
        if line.counterparty_account:
            if not is_account(line.counterparty_account, other, line.counterparty_agent):
                return None
            agree += 1
    return f"{agree} of 2 lines print the other's account" if agree else ""


def _names(p: Posting, q: Posting, statements: Mapping[str, Statement]) -> str:
    """Say whether both lines name one counterparty, or a line names the holder of the other's account."""
    if is_one_name(p.counterparty, q.counterparty):
        return f"both name {p.counterparty}"
    for line, other in ((p, q), (q, p)):
        holder = statements[other.statement].owner if other.statement in statements else ""
        if holder and is_one_name(line.counterparty, holder):
            return f"{line.counterparty} holds the other account"
    return ""


def conversion_gap(found: Sequence[Conversion], postings: Mapping[str, Posting], names: Mapping[str, str]) -> Gap:
    """Return the gap of one credit and the debits that may have bought it, best first, without its effects.

    names: posting id -> its account as the trace names it
    """
    credit = found[0].credit
    q, day = postings[credit], _on(postings[credit])
    amount = money(q.amount, q.currency)
    shown = [(postings[c.debit], c) for c in found[:_SHOWN]]
    bought_en = " or ".join(f"{money(p.amount, p.currency)} of {_on(p)} from {names[c.debit]}" for p, c in shown)
    bought_zh = " 或 ".join(f"{_on(p)} {names[c.debit]} 转出的 {money(p.amount, p.currency)}" for p, c in shown)
    more = len(found) - len(shown)
    why = "; ".join(f"{name}: {said}" for name, _, said in found[0].features)
    return Gap(
        id=f"conversion/{credit}",
        kind="unmatched_leg",
        description_en=f"{amount} arrives in {names[credit]} on {day}, of unknown origin, and {bought_en}"
        + (f" or {more} more" if more else "")
        + f" left at about that time while proceeds were there: one conversion? ({why}). The methods take the credit as other "
        "money; ceilings count it as possible proceeds, as far as that money may have been proceeds; floors do not. Decide "
        "with tracer match.",
        description_zh=f"{day} {names[credit]} 贷记 {amount}，来源不明；同一时期涉案资金在账时有 {bought_zh}"
        + (f" 或另外 {more} 笔" if more else "")
        + " 转出：是否为同一笔兑换？各法将该贷记视为其他资金；上限在该转出款可能为涉案资金的限度内将其计入；下限不计入。"
        "请以 tracer match 判定。",
        affects=tuple(dict.fromkeys((names[credit], *(names[c.debit] for _, c in shown)))),
        amount=q.amount,
        currency=q.currency,
        ask_en=f"The bank's exchange confirmation for the credit of {amount} on {day} to account {names[credit]}: rate, amount "
        "sold, and account debited.",
        ask_zh=f"账户 {names[credit]} {day} 贷记 {amount} 的兑换确认书：汇率、卖出金额及扣款账户。",
        cites=(q.cite, *(p.cite for p, _ in shown)),
    )


def _on(posting: Posting) -> date | None:
    return posting.booked or posting.value_date
