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
from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from fractions import Fraction

from rapidfuzz import fuzz

from tracer.match.comparing import equal, folded, is_account, near
from tracer.match.records import Record
from tracer.model import EXPONENTS, Gap, Posting, Statement, Transfer, major
from tracer.model.accounts import bare
from tracer.model.payments import tolerance

__all__ = ["WEIGHTS", "Conversion", "conversion_gap", "conversions", "is_one_name", "printed_value"]

#: Points per feature, of 100, as for other candidates; the sum is never a proof.
WEIGHTS = {"rate": 40, "day": 15, "account": 15, "reference": 15, "name": 10, "text": 5}
#: About so many units bought one US dollar in 2010 to 2025. It only tells a conversion from two unrelated sums (a factor of
#: `_APART` either way), and no figure is ever computed with it; a currency that is not listed, or moved further, refutes nothing.
_PER_DOLLAR = {
    "USD": Fraction(1),
    "EUR": Fraction(87, 100),
    "GBP": Fraction(74, 100),
    "CHF": Fraction(93, 100),
    "CAD": Fraction(127, 100),
    "AUD": Fraction(134, 100),
    "NZD": Fraction(144, 100),
    "SGD": Fraction(135, 100),
    "HKD": Fraction(78, 10),
    "CNY": Fraction(67, 10),
    "AED": Fraction(367, 100),
    "SAR": Fraction(375, 100),
    "JPY": Fraction(115),
    "SEK": Fraction(9),
    "NOK": Fraction(85, 10),
    "DKK": Fraction(65, 10),
    "PLN": Fraction(38, 10),
    "CZK": Fraction(22),
    "INR": Fraction(68),
    "THB": Fraction(33),
}
_APART = Fraction(3, 2)
_DIGITS = 4  # significant digits below which a printed rate fits too much to prove anything
_WINDOW = 10  # calendar days that three business days can span, with the longest week end and a holiday
_LONG = 31  # calendar days between two lines that both tell of an exchange: a month's forward or a held order
_RATE = re.compile(r"[0-9]+(?:[.,][0-9]+)?")
_OCMT = re.compile(r"/OCMT/\s*([A-Z]{3})\s*([0-9]{1,15})(?:[.,]([0-9]{0,4}))?(?![0-9])")
_EXCH = re.compile(r"(?:/EXCH/|\bKURS\b|\bRATE\b|汇率)[\s:]*([0-9]+(?:[.,][0-9]+)?)", re.IGNORECASE)
_WORD = re.compile(
    r"\b(?:FX|FOREX|EXCH|EXCHANGE|EXCHANGED|CONVERSION|CONVERT|CONVERTED|DEVISEN\w*|W[AÄ]HRUNG\w*|CAMBIO|CHANGE DE DEVISES?)\b"
    r"|换汇|兑换|结汇|购汇|售汇|外汇",
    re.IGNORECASE,
)
_CODE = re.compile(r"(?:^|[A-Z])FEX$|^FORX|-FORX")
_CHARGED = re.compile(
    r"\b(?:FEE|CHARGES?|COMMISSION|CASH|ATM|ENTGELT|GEB[UÜ]HR|INTEREST|ZINS\w*)\b|手续费|取现|利息", re.IGNORECASE
)
_CHARGES = frozenset({"CHG", "COM", "FEE", "INT"})
_CUT = 8  # a reference that a `+` cuts has more than so many characters left (`comparing.equal`)
_CALLED = 4  # letters of a word of a name by which lines are looked up
_MANY = 200  # credits that share a word of a name
_TAIL = 6  # digits under which accounts are looked up
_SHOWN = 3  # debits named beside a credit; the others are counted
_ONE_NAME = 90  # of 100 (rapidfuzz token_set_ratio): two prints of one name


@dataclass(frozen=True, slots=True)
class Conversion:
    """A debit and a credit that may be one conversion; `features` are (name, points, why)."""

    debit: str
    credit: str
    features: tuple[tuple[str, int, str], ...]

    @property
    def score(self) -> int:
        """Return the sum of the points."""
        return sum(points for _, points, _ in self.features)


@dataclass(frozen=True, slots=True)
class _Exchange:
    """What a line prints of an exchange: minor units of the other currency, and the rate; 0 and "" where not printed."""

    amount: int = 0
    currency: str = ""
    rate: str = ""


def _exchange(line: Posting) -> _Exchange:
    """Read the amount and the rate of a line, in its own fields or under the code words of its text (MT 940, field 86)."""
    amount = abs(line.original_amount) if line.original_amount is not None else 0
    currency, rate, text = line.original_currency, line.rate, _text(line)
    if not amount:
        found = _OCMT.search(text)
        digits = EXPONENTS.get(found[1], -1) if found else -1
        if found and 0 <= len(found[3] or "") <= digits:
            amount, currency = int(found[2] + (found[3] or "").ljust(digits, "0")), found[1]
    if not rate:
        told = _EXCH.search(text)
        rate = told[1].rstrip(",.") if told else ""
    is_other = amount and currency not in {"", line.currency}
    return _Exchange(amount if is_other else 0, currency if is_other else "", rate)


def _text(line: Posting) -> str:
    return "\n".join((line.details, *line.parts))


def printed_value(p: Posting, q: Posting) -> str:
    """Say how two lines of two currencies are one value by what they print; "" where that is not proven.

    An original amount in the other line's currency must be its amount. A rate alone must make one amount of the other within
    half a unit of its last digit, and a unit of the amount for the bank's own rounding.
    Field 86 of a line may print them under its code words where field 61 does not (`/OCMT/EUR6000,/EXCH/1,0833/`).
    """
    told = [(_exchange(p), q), (_exchange(q), p)]
    if any(one.amount and (one.amount, one.currency) != (abs(other.amount), other.currency) for one, other in told):
        return ""
    for one, _ in told:
        if one.amount:
            return f"original amount {_money(one.amount, one.currency)}, executed {one.rate or 'rate not printed'}"
    for one, _ in told:
        if _agrees(one.rate, p, q):
            return f"printed rate {one.rate} agrees within its rounding"
    return ""


def _agrees(rate: str, p: Posting, q: Posting) -> bool:
    found = _RATE.search(rate)
    if found is None:
        return False
    text = found[0].replace(",", ".")
    whole, _, part = text.partition(".")
    if len((whole + part).lstrip("0")) < _DIGITS:
        return False
    stated, half = Fraction(text), Fraction(1, 2 * 10 ** len(part))
    return any(
        abs(_major(b) - stated * _major(a)) <= half * _major(a) + Fraction(1, 10 ** EXPONENTS.get(b.currency, 2))
        for a, b in ((p, q), (q, p))
    )


def _major(posting: Posting) -> Fraction:
    return Fraction(abs(posting.amount), 10 ** EXPONENTS.get(posting.currency, 2))


def _money(minor: int, currency: str) -> str:
    return f"{major(abs(minor), currency, group=True)} {currency}"


def conversions(
    held: Mapping[str, Record],
    transfers: Iterable[Transfer],
    statements: Mapping[str, Statement],
    *,
    apart: Iterable[tuple[str, str]] = (),
) -> tuple[Conversion, ...]:
    """Return every pair of open legs that may be one conversion, best first for each credit.

    held    the lines compared, by id; apart: pairs (smaller id first) that a person judged different
    A leg is open while its transfer has no other side and no reversal. One leg may stand in several pairs: which of them it
    is, is for a person.
    """
    opened: list[Record] = []
    into: list[Record] = []
    for transfer in transfers:
        key = transfer.debit or transfer.credit
        if key not in held or (transfer.debit and transfer.credit) or transfer.reversed_by:
            continue
        record = held[key]
        if record.day is not None and record.posting is not None and not record.posting.reversal:
            (opened if transfer.debit else into).append(record)
    if len({r.currency for r in (*opened, *into)}) < 2:
        return ()
    barred, seen = set(apart), _Seen((*opened, *into), statements)
    buckets: dict[str, list[Record]] = defaultdict(list)
    for record in sorted(into, key=lambda r: (r.day or date.min, r.key)):
        for name in seen.names(record):
            buckets[name].append(record)
    # a word that many names share ("TRADING") tells none of them; whole names are looked up beside
    buckets = {n: records for n, records in buckets.items() if not n.startswith("word ") or len(records) <= _MANY}
    days = {name: [r.day or date.min for r in records] for name, records in buckets.items()}
    found = []
    for out in sorted(opened, key=lambda r: r.key):
        day, near_by = out.day or date.min, dict[str, Record]()
        tells = out.posting is not None and bool(_word(out.posting))
        span = timedelta(days=_LONG if tells else _WINDOW)
        for name in seen.sought(out):
            listed, on = buckets.get(name, ()), days.get(name, [])
            for other in listed[bisect_left(on, day - span) : bisect_right(on, day + span)]:
                near_by[other.key] = other
        for other in near_by.values():
            pair = (min(out.key, other.key), max(out.key, other.key))
            if out.currency == other.currency or pair in barred:
                continue
            if not near(out.day, other.day) and not (tells and other.posting is not None and _word(other.posting)):
                continue
            features = tuple(_features(out, other, statements))
            if features:
                found.append(Conversion(out.key, other.key, features))
    return tuple(sorted(found, key=lambda c: (c.credit, -c.score, c.debit)))


class _Seen:
    """Under which names a credit is looked up, and a debit looks: each pair that could be told shares one of them.

    A line that tells of an exchange may go with any other; one that names nobody, with any that names nobody; the rest only
    with lines that share a reference, a word of a name, or an account.
    """

    def __init__(self, lines: Iterable[Record], statements: Mapping[str, Statement]) -> None:
        self.currencies = {line.currency for line in lines}
        self.owners = {s.owner for s in statements.values() if s.owner}
        self.holders: dict[str, bool] = {}

    def tells(self, record: Record) -> bool:
        p = record.posting
        if p is None:
            return False
        text, printed = _text(p), _exchange(p)
        others = self.currencies - {p.currency}
        return bool(printed.amount or printed.rate or _word(p) or any(c in text for c in others)) or self.holder(p)

    def holder(self, p: Posting) -> bool:
        name = p.counterparty
        if name not in self.holders:
            self.holders[name] = any(is_one_name(name, owner) for owner in self.owners)
        return self.holders[name]

    def names(self, record: Record) -> Iterator[str]:
        yield "all"
        yield from self._shared(record)
        if self.tells(record):
            yield "tells"
        if record.posting is not None:
            if not _is_explained(record.posting):
                yield "blank"
            yield f"own {_tail(record.posting.account)}"
            yield f"prints {_tail(record.posting.counterparty_account)}"

    def sought(self, record: Record) -> Iterator[str]:
        if self.tells(record):
            yield "all"
            return
        yield "tells"
        yield from self._shared(record)
        if record.posting is not None:
            if not _is_explained(record.posting):
                yield "blank"
            if record.posting.counterparty_account:
                yield f"own {_tail(record.posting.counterparty_account)}"
            yield f"prints {_tail(record.posting.account)}"

    def _shared(self, record: Record) -> Iterator[str]:
        for text in (record.uetr, record.end_to_end, record.own, record.bank):
            if text:
                yield f"reference {text.removesuffix('+')[:_CUT]}"
        name = record.posting.counterparty if record.posting else ""
        if name:
            yield f"name {folded(name)}"
        for word in {folded(part) for part in name.split() if len(part) >= _CALLED}:
            yield f"word {word}"


def _tail(account: str) -> str:
    return bare(account)[-_TAIL:]


def _features(out: Record, into: Record, statements: Mapping[str, Statement]) -> Iterator[tuple[str, int, str]]:
    p, q = out.posting, into.posting
    if p is None or q is None or (out.uetr and into.uetr and out.uetr != into.uetr):
        return
    is_part = not _is_plausible(p, q)
    if is_part and not (_word(p) and _word(q)):
        return
    value, reference = _value(p, q), _reference(out, into)
    if value is None:
        return
    named = _accounts(p, q)
    if named is None and not reference:
        return  # a line that prints another account is explained by it
    name = _names(p, q, statements)
    word = _word(p) or _word(q)
    told = bool(reference or value[1] > _BY_SIZE or named or name or word)
    if not told and (_is_explained(p) or _is_explained(q)):
        return
    if not told and any(_CHARGED.search(_text(x)) or x.type_code[-3:].upper() in _CHARGES for x in (p, q)):
        return
    # several lines may buy one credit, or one line several: then no two of them make a rate, and the doubt is the same
    yield ("rate", 0, f"only as a part: {_executed(p, q)} is no rate of these currencies") if is_part else value
    days = abs((out.day - into.day).days) if out.day and into.day else 0
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


def _value(p: Posting, q: Posting) -> tuple[str, int, str] | None:
    """Return what speaks for one value; None where a line prints another sum, beyond what a charge explains."""
    proven = printed_value(p, q)
    if proven:
        return "rate", WEIGHTS["rate"], proven
    for line, other in ((p, q), (q, p)):
        one = _exchange(line)
        if not one.amount:
            continue
        gap = abs(one.amount - abs(other.amount))
        if one.currency != other.currency or gap > min(tolerance(other.currency), abs(other.amount)):
            return None
        less = f"{_money(gap, other.currency)} off the original amount printed, within the fee tolerance"
        return "rate", WEIGHTS["rate"] - 15, less
    for line, other in ((p, q), (q, p)):
        if _mentions(line, other):
            return "rate", WEIGHTS["rate"] - 10, f"the text prints {_money(other.amount, other.currency)}"
    return "rate", _BY_SIZE, f"no amount or rate printed that proves it; {_executed(p, q)} would be the rate"


def _mentions(line: Posting, other: Posting) -> bool:
    """Say whether the text of a line prints the other's amount beside its currency, with any separators."""
    wanted = str(abs(other.amount))
    ends = EXPONENTS.get(other.currency, 2)
    whole = wanted[:-ends] if ends and not int(wanted[-ends:] or 0) else ""
    printed = re.findall(rf"{other.currency}\s*([0-9][0-9.,' ]*)|([0-9][0-9.,']*)\s*{other.currency}", _text(line))
    digits = {"".join(c for c in "".join(one) if c.isdigit()) for one in printed}
    return bool(digits & ({wanted, whole} - {""}))


def _executed(p: Posting, q: Posting) -> str:
    rate = _major(p) / _major(q)
    return f"{float(rate):.4f} {p.currency} for 1 {q.currency}"


def _is_plausible(p: Posting, q: Posting) -> bool:
    if not p.amount or not q.amount:
        return False
    left, arrived = _PER_DOLLAR.get(p.currency), _PER_DOLLAR.get(q.currency)
    if left is None or arrived is None:
        return True
    return 1 / _APART <= (_major(p) / left) / (_major(q) / arrived) <= _APART


def _reference(a: Record, b: Record) -> str:
    mine = (a.uetr, a.end_to_end, a.own, a.bank)
    yours = (b.uetr, b.end_to_end, b.own, b.bank)
    return next((text for text in mine if text and any(equal(text, other) for other in yours)), "")


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
        if is_one_name(line.counterparty, holder):
            return f"{line.counterparty} holds the other account"
    return ""


def is_one_name(one: str, other: str) -> bool:
    """Say whether two prints may be of one name; a short one must be the other."""
    if min(len(folded(one)), len(folded(other))) < 4:
        return bool(one.strip()) and one.strip() == other.strip()
    return fuzz.token_set_ratio(one.casefold(), other.casefold()) >= _ONE_NAME


def _word(line: Posting) -> str:
    if line.type_code and _CODE.search(line.type_code.upper()):
        return f"code {line.type_code}"
    found = _WORD.search(_text(line))
    return found[0] if found else ""


def _is_explained(line: Posting) -> bool:
    """Say whether a line names somebody: then the payment to, or by, that person is the explanation at hand."""
    return bool(line.counterparty.strip() or line.counterparty_account.strip())


def conversion_gap(found: Sequence[Conversion], postings: Mapping[str, Posting], names: Mapping[str, str]) -> Gap:
    """Return the gap of one credit and the debits that may have bought it, best first, without its effects.

    names: posting id -> its account as the trace names it
    """
    credit = found[0].credit
    q, day = postings[credit], _on(postings[credit])
    amount = _money(q.amount, q.currency)
    shown = [(postings[c.debit], c) for c in found[:_SHOWN]]
    bought_en = " or ".join(f"{_money(p.amount, p.currency)} of {_on(p)} from {names[c.debit]}" for p, c in shown)
    bought_zh = " 或 ".join(f"{_on(p)} {names[c.debit]} 转出的 {_money(p.amount, p.currency)}" for p, c in shown)
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
