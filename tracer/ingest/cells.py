"""Cells: from the printed text of one cell to an amount or a day, exactly or not at all (formats.md 1.2, 1.3 and 8).

Nothing is guessed here. What may vary from bank to bank stands in `Numbers` and `DayFormat`; what the data of one file
cannot tell is a question to a person, asked by `ambiguous_decimal` and `settle_formats`.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache

from tracer.model import EXPONENTS, minor_units

__all__ = [
    "ABSENT",
    "DOLLARS",
    "LOST_DIGITS",
    "MONTHS",
    "BadCell",
    "DayFormat",
    "Numbers",
    "ambiguous_decimal",
    "excel_damage",
    "infer_decimal",
    "is_shortened",
    "read_amount",
    "read_day",
    "settle_formats",
]

#: formats.md section 11: literals that stand for nothing. A lone dash is an empty amount (section 8, "Cells").
ABSENT = frozenset({"", "-", "--", "---", "—", "–", "null", "NULL", "N/A", "n/a", "NaN"})
_MASKED = re.compile(r"[xX*#.]{2,40}")
_MINUS = str.maketrans(
    {"−": "-", "–": "-", "﹣": "-", "＋": "+", "\u00a0": " ", "\u202f": " ", "\u2009": " ", "’": "'"}
    # marks of direction and width that an export of a web page leaves; one that turns what follows (202E) stays, and refuses
    | dict.fromkeys("\u200b\u200e\u200f\u202a\u202c\ufeff", "")
)
#: Signs that few currencies share -> those (ISO 4217). The dollar is not among them.
_SIGNS = {
    "€": frozenset({"EUR"}),
    "£": frozenset({"GBP", "GIP", "FKP", "SHP", "EGP", "LBP", "SYP", "SDG", "SSP"}),
    "¥": frozenset({"JPY", "CNY", "CNH"}),
    "元": frozenset({"CNY", "CNH", "HKD", "TWD", "MOP", "SGD"}),
    "₹": frozenset({"INR"}),
    "₽": frozenset({"RUB", "RUR"}),
    "₸": frozenset({"KZT"}),
    "₺": frozenset({"TRY"}),
    "₩": frozenset({"KRW", "KPW"}),
    "฿": frozenset({"THB"}),
    "₫": frozenset({"VND"}),
    "₪": frozenset({"ILS"}),
    "₴": frozenset({"UAH"}),
    "円": frozenset({"JPY"}),
    "원": frozenset({"KRW", "KPW"}),
}
#: Currencies whose own sign is $: beside another currency a $ contradicts what the file or a person states.
DOLLARS = frozenset({
    "USD", "AUD", "CAD", "NZD", "HKD", "SGD", "TWD", "MXN", "ARS", "CLP", "COP", "BRL", "BBD", "BSD", "BZD", "FJD", "JMD", "NAD",
    "TTD", "XCD", "BMD", "BND", "CUP", "CVE", "DOP", "GYD", "KYD", "LRD", "MOP", "NIO", "SBD", "SRD", "TOP", "TVD", "UYU", "WST", "ZWL", "ZWG",
    "CLF", "COU", "MXV", "USN", "UYI",
})  # fmt: skip
#: Thai banks print years of the Buddhist era, 543 more than the common one (RFC 9557 has them as the calendar `buddhist`).
_BUDDHIST = 2400
#: Year 1 of the Republic of China is 1912 (POSIX `%Ey`, the year of an era; CLDR calendar `roc`).
_REPUBLIC = 1911
_SCIENTIFIC = re.compile(r"[+-]?[0-9]{1,20}(?:\.[0-9]{0,20})?[eE][+-]?[0-9]{1,2}")
#: A long number as a spreadsheet prints it, `6.22202E+17`: its last digits are gone for good.
LOST_DIGITS = re.compile(r"[0-9](?:[.,][0-9]{1,15})?[eE]\+?[0-9]{1,2}")
#: One mark and three digits behind it, of which the last is no part of an amount of two (any other is refused). A zero before the mark is no group, and what has four digits there is none.
_GROUP_OR_DECIMALS = re.compile(r"[1-9][0-9]{0,2}_[0-9]{2}0")
_COUNTRY = re.compile(r"\(([A-Z]{2})\)$")
_CODE = re.compile(r"^([A-Z]{3}) {0,3}(?=[-+(0-9.,])|(?<=[-+)0-9.,]) {0,3}([A-Z]{3})$")


class BadCell(ValueError):
    """A cell that cannot be read; `code` is the stable slug of the Reject."""

    def __init__(self, code: str, message: str) -> None:
        self.code = code
        super().__init__(message)


@dataclass(frozen=True, slots=True)
class Numbers:
    """How a bank prints numbers. `negative`: "-", "()", "trailing-", "DR" (a suffix D, DR or DB is negative).

    `refuses_thousandths`: `1.200` in a currency of two digits is refused, since nobody states that its mark is no group's; a
    profile that states it, or an answer, is believed (formats.md, rule 2: `8.850` EUR is 8.85 where the mark is stated).
    """

    decimal: str = "."
    thousands: tuple[str, ...] = ()
    strip: tuple[str, ...] = ()
    negative: tuple[str, ...] = ("-", "()", "trailing-")
    refuses_thousandths: bool = False

    def separators(self) -> tuple[str, ...]:
        """Return what may stand between groups; unstated, whatever of `, . '` and space the decimal mark is not."""
        return self.thousands or tuple(s for s in (",", ".", "'", " ") if s != self.decimal)


def read_amount(text: str, numbers: Numbers, currency: str) -> tuple[int | None, tuple[str, ...]]:
    """Return (minor units, marks); None for an absent or masked value.

    Raises: BadCell.
    """
    if (not text.isascii() or "$" in text) and (foreign := _foreign_sign(text, currency)):
        raise BadCell("currency-in-cell", f"{text.strip()[:40]!r} is printed in {foreign}, the line is in {currency}")
    shown, marks = _stripped(text, numbers.strip), []
    if shown in ABSENT or _MASKED.fullmatch(shown):
        return None, (("amount-masked",) if shown and shown not in ABSENT else ())
    if found := _COUNTRY.search(shown):
        marks.append(f"country:{found[1]}")
        shown = shown[: found.start()].strip()
    if (found := _CODE.search(shown)) and (code := found[1] or found[2]) in EXPONENTS:
        if code != currency:
            raise BadCell("currency-in-cell", f"{shown[:40]!r} is printed in {code}, the line is in {currency}")
        shown = (shown[: found.start()] + shown[found.end() :]).strip()
    sign, body = _signed(shown, numbers.negative)
    plain = _ungrouped(body, numbers)
    if not any(c.isdecimal() for c in plain):
        raise BadCell("amount-not-a-number", f"{shown[:40]!r} is not a number")
    looks_grouped = _GROUP_OR_DECIMALS.fullmatch(body.replace(numbers.decimal, "_"))
    if numbers.refuses_thousandths and looks_grouped and EXPONENTS.get(currency, 3) < 3:
        raise BadCell(
            "amount-not-decimal-point" if numbers.decimal == "." else "amount-not-decimal-comma",
            f"{shown[:40]!r} has three digits behind its mark, as a thousand has; {currency} has no three decimals: --answer decimal={numbers.decimal} if it is one all the same",
        )
    if _SCIENTIFIC.fullmatch(plain):
        marks.append("scientific-notation")
    try:
        value = minor_units(plain, currency)
    except ValueError as error:
        code = "amount-too-precise" if "decimals" in str(error) else "amount-not-a-number"
        raise BadCell(code, str(error)) from None
    return sign * value, tuple(marks)


def _foreign_sign(text: str, currency: str) -> str:
    """Return the sign of a currency that is not the line's: a file that strips `£` and `€` alike would make them one."""
    shown = unicodedata.normalize("NFKC", text)
    if "$" in shown and currency not in DOLLARS:
        return "$"
    return next((sign for sign, codes in _SIGNS.items() if sign in shown and currency not in codes), "")


def _stripped(text: str, strip: tuple[str, ...]) -> str:
    shown = text.strip().removeprefix("'")  # by which a spreadsheet is told to keep a text
    if not shown.isascii():
        shown = unicodedata.normalize("NFKC", shown.translate(_MINUS)).translate(_MINUS)
    for piece in strip:
        # Between digits a sign stands where the decimal mark would, `1$50`: left out, it would make a hundred times the amount.
        if piece.strip() and piece in shown:
            mark = re.escape(piece)
            shown = re.sub(f"(?<![0-9]){mark}|{mark}(?![0-9])", "", shown)
    return shown.strip()


def _signed(shown: str, negative: tuple[str, ...]) -> tuple[int, str]:
    sign, body = 1, shown
    if (
        "DR" in negative
        and re.search(r"[-+(].{0,40}(?:CR|DR|DB|Cr|Dr|Db|C|D)\)?$", shown)
        and not re.search(r"[eE][-+]", shown)
    ):
        raise BadCell("amount-sign", f"{shown[:40]!r} has both a sign and a debit or credit word")
    if "()" in negative and body.startswith("(") and body.endswith(")"):
        sign, body = -1, body[1:-1].strip()
    if "DR" in negative and (found := re.search(r" {0,3}(CR|DR|DB|Cr|Dr|Db|C|D)$", body)):
        sign, body = (-1 if found[1] in {"DR", "Dr", "DB", "Db", "D"} else 1), body[: found.start()]
    if body.endswith(("-", "+")):
        if body.endswith("-") and "trailing-" not in negative:
            raise BadCell("amount-sign", f"{shown[:40]!r} ends in a minus that the profile does not expect")
        sign, body = (-sign if body.endswith("-") else sign), body[:-1].strip()
    if body.startswith(("-", "+")):
        if body.startswith("-") and "-" not in negative:
            raise BadCell("amount-sign", f"{shown[:40]!r} begins with a minus that the profile does not expect")
        sign, body = (-sign if body.startswith("-") else sign), body[1:].strip()
    if body.startswith(("-", "+")) or (len(re.findall(r"[-+(]", shown)) > 1 and not re.search(r"[eE][-+]", body)):
        raise BadCell("amount-sign", f"{shown[:40]!r} has two signs")
    return sign, body


def _ungrouped(body: str, numbers: Numbers) -> str:
    whole, mark, rest = body.partition(numbers.decimal)
    used = [s for s in numbers.separators() if s in whole]
    if len(used) > 1:
        raise BadCell("amount-grouping", f"{body[:40]!r} is grouped by more than one separator")
    if used:
        groups = whole.split(used[0])
        # Three digits a group; two before the last three is how lakh and crore are printed.
        if not (1 <= len(groups[0]) <= 3 and len(groups[-1]) == 3 and all(len(g) in (2, 3) for g in groups[1:])):
            raise BadCell(
                "amount-not-decimal-point" if numbers.decimal == "." else "amount-not-decimal-comma",
                f"{body[:40]!r} is not a number with the decimal mark {numbers.decimal!r}",
            )
        whole = "".join(groups)
    if mark and any(s in rest for s in (*numbers.separators(), numbers.decimal)):
        raise BadCell(
            "amount-not-decimal-point" if numbers.decimal == "." else "amount-not-decimal-comma",
            f"{body[:40]!r} is not a number with the decimal mark {numbers.decimal!r}",
        )
    return f"{whole}.{rest}" if mark and whole else f"0.{rest}" if mark and rest else whole


def infer_decimal(texts: Iterable[str]) -> str:
    """Return "." or "," when some amount proves it, "" when every amount could be read either way."""
    proof: set[str] = set()
    separators = False
    for text in texts:
        shown = re.sub(r"[^0-9.,]", "", unicodedata.normalize("NFKC", text))
        points, commas = shown.count("."), shown.count(",")
        if points and commas:
            proof.add(max(".,", key=shown.rfind))
        elif points > 1:
            proof.add(",")
        elif commas > 1:
            proof.add(".")
        elif points or commas:
            separators = True
            mark = "." if points else ","
            whole, _, rest = shown.partition(mark)
            if len(rest) != 3 or len(whole) > 3 or whole in {"", "0"}:
                proof.add(mark)
    if len(proof) == 1:
        return proof.pop()
    return "" if separators or proof else "."


def ambiguous_decimal(texts: Iterable[str]) -> bool:
    return infer_decimal(texts) == ""


#: The name of a month as bank exports print it -> its number.
MONTHS = {
    name: number
    for number, names in enumerate(
        (  # English, German, French, Spanish, Italian, Portuguese, Dutch, Russian; no name means another month in another of them
            "jan january januar jän janv janvier ene enero gen gennaio janeiro januari янв января",
            "feb february februar févr fevr février febrero febbraio fev fevereiro februari фев февраля",
            "mar march mär märz mrz mars marzo março mrt maart мар марта",
            "apr april avr avril abr abril aprile апр апреля",
            "may mai mayo mag maggio maio mei мая май",
            "jun june juni juin junio giu giugno junho июн июня",
            "jul july juli juil juillet julio lug luglio julho июл июля",
            "aug august août aout ago agosto augustus авг августа",
            "sep sept september septembre septiembre set settembre setembro сен сентября",
            "oct october okt oktober octobre octubre ott ottobre out outubro окт октября",
            "nov november novembre noviembre novembro ноя ноября",
            "dec december dez dezember déc décembre dic diciembre dicembre dezembro дек декабря",
        ),
        1,
    )
    for name in names.split()
}
_PIECES = {
    "%d": r"(?P<d>[0-9]{1,2})",
    "%m": r"(?P<m>[0-9]{1,2})",
    "%Y": r"(?P<Y>[0-9]{4})",
    "%y": r"(?P<y>[0-9]{2})",
    "%Ey": r"(?P<E>[0-9]{2,3})",
    "%b": r"(?P<b>[^\W\d_]{3,12})\.?",
    "%B": r"(?P<b>[^\W\d_]{3,12})\.?",
    "%H": r"(?P<H>[0-9]{1,2})",
    "%M": r"(?P<M>[0-9]{2})",
    "%S": r"(?P<S>[0-9]{2})",
    "%f": r"[0-9]{1,9}",
    # the last is that of OFX, section 3.2.8.2: `[-5:EST]`
    "%z": r"(?:Z|[+-][0-9]{2}:?[0-9]{2}|\[[+-]?[0-9]{1,2}(?:\.[0-9]{1,2})?(?::[A-Za-z]{1,5})?\])",
    "%p": r"(?P<p>[AaPp]\.?[Mm]\.?)",
}
_TOKEN = re.compile(r"%Ey|%[A-Za-z]|.", re.DOTALL)
_FIXED = {"%d": "[0-9]{2}", "%m": "[0-9]{2}", "%H": "[0-9]{2}"}


@dataclass(frozen=True, slots=True)
class DayFormat:
    """One date format: `%d %m %Y %y %Ey %b %B %H %M %S %f %z %p` and literal characters; no locale decides anything.

    `%Ey` is a year of the Republic of China, as Taiwanese banks print it: `113/05/01` is 1 May 2024 under `%Ey/%m/%d`.
    """

    text: str

    def __post_init__(self) -> None:
        tokens = _TOKEN.findall(self.text)
        if len(self.text) > 60 or any(t.startswith("%") and t not in _PIECES for t in tokens):
            raise ValueError(f"{self.text[:60]!r} is not a date format that is read")
        days = sum(t == "%d" for t in tokens), sum(t in {"%m", "%b", "%B"} for t in tokens)
        if days != (1, 1) or sum(t in {"%Y", "%y", "%Ey"} for t in tokens) > 1:
            raise ValueError(f"{self.text[:60]!r} does not name one day, one month and at most one year")

    @property
    def has_year(self) -> bool:
        """Whether the year is printed; where it is not, something else must state it (tracer.ingest.years)."""
        return "%y" in self.text.casefold() or self.has_era

    @property
    def has_era(self) -> bool:
        """Whether the year is one of the Republic of China."""
        return "%Ey" in self.text

    @property
    def order(self) -> str:
        """Return dmy, mdy, ymd …: which of day, month and year comes first; a year that is not printed counts as last."""
        names = {"%d": "d", "%m": "m", "%b": "m", "%B": "m", "%Y": "y", "%y": "y", "%Ey": "y"}
        return "".join(names[t] for t in _TOKEN.findall(self.text) if t in names) + ("" if self.has_year else "y")

    def match(self, shown: str) -> tuple[int, int, int, str] | None:
        """Return (year, month, day, time of day), whether or not the day exists; year 0 where none is printed.

        All is as printed, but for a year of the Republic of China: 113 is given as 2024.
        """
        found = _pattern(self.text).fullmatch(shown.removeprefix("'"))  # by which a spreadsheet is told to keep a text
        if not found:
            return None
        part = found.groupdict()
        month = MONTHS.get((part.get("b") or "").casefold(), 0) if part.get("b") else int(part["m"])
        if not month and part.get("b"):
            return None
        # POSIX: 69-99 are 1969-1999, 00-68 are 2000-2068.
        if part.get("E"):
            year = int(part["E"]) + _REPUBLIC if int(part["E"]) else 0
        elif part.get("Y") or not part.get("y"):
            year = int(part.get("Y") or 0)
        else:
            year = int(part["y"]) + (1900 if int(part["y"]) >= 69 else 2000)
        clock = ":".join(part[k].zfill(2) for k in "HMS" if part.get(k))
        return year, month, int(part["d"]), clock


@lru_cache(maxsize=256)
def _pattern(text: str) -> re.Pattern[str]:
    tokens = _TOKEN.findall(text)
    pieces = []
    for at, token in enumerate(tokens):
        touching = any(0 <= at + step < len(tokens) and tokens[at + step].startswith("%") for step in (-1, 1))
        if token in _FIXED and touching:  # %Y%m%d: without a separator every number has its full width
            pieces.append(f"(?P<{token[1]}>{_FIXED[token]})")
        else:
            pieces.append(_PIECES.get(token) or re.escape(token))
    return re.compile("".join(pieces))


_SERIAL = re.compile(r"([1-9][0-9]{4})(?:\.[0-9]{1,12})?")
_ISO = DayFormat("%Y-%m-%d"), DayFormat("%Y-%m-%d %H:%M:%S")


def read_day(
    text: str,
    formats: Sequence[DayFormat],
    *,
    kind: str = "",
    epoch_1904: bool = False,
    dated: Callable[[int, int], tuple[date, tuple[str, ...]]] | None = None,
) -> tuple[date | None, str, tuple[str, ...]]:
    """Return (day, time of day, marks). A day that no calendar has is None with a mark: the line stays.

    `dated` gives the day of a month and a day that are printed without a year, with marks, or raises BadCell.

    Raises: BadCell for text that is no date in any of the formats.
    """
    shown = text.strip()
    if not shown.isascii():
        shown = unicodedata.normalize("NFKC", shown).strip()
    if shown in ABSENT:
        return None, "", ()
    marks: tuple[str, ...] = ()
    if re.fullmatch(r"[0-9]{8}\.0{1,6}", shown):
        shown, marks = shown[:8], ("date-as-float",)
    if not shown.strip("0/.-"):
        return None, "", (*marks, "date-not-real")
    for form in (*_ISO, *formats) if kind == "d" else formats:
        found = form.match(shown)
        if found is None:
            continue
        year, month, day, clock = found
        if _BUDDHIST <= year < _BUDDHIST + 300:
            year, marks = year - 543, (*marks, f"buddhist-era:{year}")
        elif form.has_era:
            marks = (*marks, f"republic-era:{year - _REPUBLIC}")
        try:
            # a leap year: 29 February without a year is a day of some year; a year 00 that is printed is none
            made = date(year if form.has_year else 2000, month, day)
        except ValueError:
            return None, "", (*marks, "date-not-real")
        if form.has_year:
            return made, clock, marks
        if dated is None:
            raise BadCell("year-not-stated", f"nothing states the year of {shown[:40]!r}")
        made, told = dated(month, day)
        return made, clock, (*marks, *told)
    if serial := _SERIAL.fullmatch(shown):
        # Excel's day 60 is 29 February 1900, which no calendar has; the 1904 system starts 1,462 days later.
        start = date(1904, 1, 1) if epoch_1904 else date(1899, 12, 30)
        return start + timedelta(days=int(serial[1])), "", (*marks, "date-serial")
    raise BadCell("date-unreadable", f"{shown[:40]!r} is not a date of the form {' or '.join(f.text for f in formats)}")


def settle_formats(texts: Iterable[str], formats: Sequence[DayFormat]) -> tuple[DayFormat, ...] | None:
    """Return the formats in the one order that the dates of a file prove, or None when only a person can tell.

    A file has one order. `01/02/2024` alone could be either; one `13/02/2024` settles it.
    """
    orders = {form.order for form in formats}
    if not {"dmy", "mdy"} <= orders:
        return tuple(formats)
    readings: dict[str, set[date]] = {"dmy": set(), "mdy": set()}
    failed: set[str] = set()
    contested = False
    for text in set(texts):
        shown = unicodedata.normalize("NFKC", text).strip()
        seen: dict[str, date] = {}
        matched: set[str] = set()
        for form in formats:
            if form.order in readings and (found := form.match(shown)):
                matched.add(form.order)
                try:
                    seen.setdefault(form.order, date(found[0] if form.has_year else 2000, *found[1:3]))
                except ValueError:
                    continue
        if len(seen) == 1:
            failed |= matched - set(seen)
        contested |= len(seen) == 2 and seen["dmy"] != seen["mdy"]
    if not contested and not failed:
        return tuple(formats)
    if len(failed) == 1:
        return tuple(f for f in formats if f.order not in failed)
    return None


def is_shortened(text: str, kind: str = "") -> bool:
    """Whether a spreadsheet has dropped digits of a number for good: a double holds 15 (formats.md section 8).

    >>> is_shortened("6.22202E+17"), is_shortened("6222021234567890123", "n"), is_shortened("6222021234567890123")
    (True, True, False)
    """
    shown = text.strip().removeprefix("-")
    digits = sum(letter.isdecimal() for letter in shown.partition(".")[0])
    is_float = kind == "n" or re.fullmatch(r"[0-9]{16,40}\.0", shown) is not None
    return LOST_DIGITS.fullmatch(shown) is not None or (is_float and digits > 15)


def excel_damage(text: str, kind: str = "") -> tuple[str, ...]:
    """Return what a spreadsheet did to an account number, IBAN or reference (formats.md section 8)."""
    shown = text.strip()
    if LOST_DIGITS.fullmatch(shown):
        return ("number-as-float",)
    if kind == "n":
        return ("number-beyond-15-digits",) if len(shown.strip("-")) >= 15 else ("leading-zeros-may-be-lost",)
    if re.fullmatch(r"[0-9]{16,40}", shown) and not shown[15:].strip("0"):
        return ("digits-after-15-are-zero",)
    return ("number-as-float",) if re.fullmatch(r"[0-9]{5,20}\.0", shown) else ()
