"""Charsets that no mark and no declaration names: UTF-16 by its zero bytes, Chinese and Korean by their common characters.

A charset of one byte to a letter decodes nearly anything: read as cp1252, the Czech `Příkaz` of cp1250 is `Pøíkaz`, letters all
the same. What tells is that no language has all those letters; where several charsets make words of a language, nothing tells.

Source: GB 2312-80 (level 1 is rows B0 to D7), Big5 (level 1 is A4 to C6), KS X 1001 (Hangul is B0 to C8); RFC 2781 for UTF-16.
The pairs of bytes of GB 2312 and of KS X 1001 overlap: a text of few characters may be either, and what is taken is told.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Sequence

__all__ = [
    "CONTRADICTED",
    "GUESSED",
    "TAKEN",
    "WEIGHED",
    "contradiction",
    "eastern",
    "is_same_charset",
    "latin",
    "rivals",
    "ruled_out",
    "utf16",
]

#: What begins the mark of a record whose names were read in a charset that nothing names.
GUESSED = "charset guessed: "
#: What begins the mark of a record whose charset its headings or the country of its account settle.
TAKEN = "charset taken: "
#: What begins the mark of a record that is read in the charset of its profile, against its bytes.
CONTRADICTED = "charset contradicted: "

_SEEN = 4096  # bytes looked at for UTF-16
WEIGHED = 4_194_304  # bytes looked at for common characters
_ENOUGH = 0.8
_TELLING = 6  # as many different characters of Chinese nearly always hold one beyond the rows of Hangul
_KANA = re.compile("[\u3041-\u3096\u30a1-\u30fa]")


def utf16(data: bytes) -> str:
    """Return utf-16-le or utf-16-be where every second byte of a text without a byte order mark is zero, else ""."""
    seen = data[: min(_SEEN, len(data) // 2 * 2)]
    if len(seen) < 8:
        return ""
    first, second = seen[::2].count(0), seen[1::2].count(0)
    most, least = max(first, second), min(first, second)
    # Names in Chinese have few zeros; a tag, a date and an amount have one in each pair.
    if most < len(seen) // 8 or least * 20 > most:
        return ""
    return "utf-16-be" if first > second else "utf-16-le"


def eastern(data: bytes) -> str:
    """Return gb18030, big5 or cp949 where nearly every wide character is a common one of it, else ""."""
    shares: dict[str, float] = {}
    seen = 0
    for encoding in ("gb18030", "cp949", "big5"):
        try:
            text = codecs.getincrementaldecoder(encoding)().decode(data[:WEIGHED], len(data) <= WEIGHED)
        except UnicodeDecodeError:
            continue
        wide = {char for char in text if char > "\x7f"}
        if not wide or any(map(_KANA.match, wide)):
            continue
        shares[encoding] = sum(_is_common(char, encoding) for char in wide) / len(wide)
        seen = max(seen, len(wide))
    chinese, korean = shares.get("gb18030", 0), shares.get("cp949", 0)
    if korean >= _ENOUGH and korean >= chinese and seen >= _TELLING:
        return "cp949"
    if chinese >= _ENOUGH:
        return "gb18030"
    return "big5" if shares.get("big5", 0) >= _ENOUGH else ""


def _is_common(char: str, encoding: str) -> bool:
    if "\u3000" <= char <= "\u303f" or "\uff00" <= char <= "\uffef":
        return True
    printed = char.encode(encoding)
    if len(printed) != 2:
        return False
    if encoding == "big5":
        return 0xA1 <= printed[0] <= 0xC6
    rows = (0xB0, 0xD7) if encoding == "gb18030" else (0xB0, 0xC8)
    return rows[0] <= printed[0] <= rows[1] and printed[1] >= 0xA1


def is_same_charset(one: str, other: str) -> bool:
    """Whether two names are one charset; a name that does not exist is none."""
    try:
        return codecs.lookup(one).name == codecs.lookup(other).name
    except LookupError:
        return False


#: Charset -> the letters beyond ASCII of each language that is written in it (Unicode CLDR, exemplar characters; lower case).
_ALPHABETS: dict[str, tuple[str, ...]] = {
    "cp1252": (
        "äöüß",
        "àâæçéèêëîïôœùûüÿ",
        "áéíñóúü",
        "ãõâêôáéíóúàç",
        "àèéìíîòóùú",
        "áéëïóöüè",
        "æøåéó",
        "åäöé",
        "áéíóúýþæöð",
        "çàèéíïòóúü·",
    ),
    "cp1250": ("ąćęłńóśźż", "áčďéěíňóřšťúůýž", "áäčďéíĺľňóôŕšťúýž", "áéíóöőúüű", "ăâîşţ", "čćđšž", "äöüß"),
    "iso8859_2": ("ąćęłńóśźż", "áčďéěíňóřšťúůýž", "áäčďéíĺľňóôŕšťúýž", "áéíóöőúüű", "ăâîşţ", "čćđšž", "äöüß"),
    "cp1254": ("çğıöşüâîû",),
    "cp1257": ("ąčęėįšųūž", "āčēģīķļņšūž", "äõöüšž"),
    "cp1251": ("абвгдеёжзийклмнопрстуфхцчшщъыьэюя", "абвгґдеєжзиіїйклмнопрстуфхцчшщьюя", "абвгдежзийклмнопрстуфхцчшщъьюя"),
}  # fmt: skip
#: Signs that a statement prints beside letters, in any of them.
_SIGNS = frozenset("\u00a0€£¥§°ºª«»„“”‘’‚–—…•·¿¡©®´`²³½¼±×№")
_MIXED = re.compile("[A-Za-z][а-яёґєіїА-ЯЁҐЄІЇ]|[а-яёґєіїА-ЯЁҐЄІЇ][A-Za-z]")
_AMONG = re.compile(r"[^\W\d_][€£¥§°±²³½¼×©®][^\W\d_]")


def latin(data: bytes) -> dict[str, str]:
    """Return charset -> text for every charset of one byte under which all letters beyond ASCII are of one language.

    Texts that are the same stand once, under the first charset.
    """
    seen: dict[str, str] = {}
    for charset, languages in _ALPHABETS.items():
        try:
            text = data[:WEIGHED].decode(charset)
        except UnicodeDecodeError:
            continue
        beyond = {char.lower()[:1] for char in text if char > "\x7f" and char not in _SIGNS} - {"i"}  # İ
        is_torn = _AMONG.search(text) is not None or _MIXED.search(text) is not None
        if (
            beyond
            and not is_torn
            and any(beyond <= set(letters) for letters in languages)
            and text not in seen.values()
        ):
            seen[charset] = text
    return seen


def rivals(data: bytes, used: str) -> tuple[tuple[str, str, str], ...]:
    """Return (charset, a word as it is read, that word under it) for each other charset that makes words of a language, too."""
    try:
        mine = data[:WEIGHED].decode(used)
    except (UnicodeDecodeError, LookupError):
        return ()
    found = [(charset, _differing(mine, text)) for charset, text in latin(data).items() if len(text) == len(mine)]
    return tuple((charset, *both) for charset, both in found if both)


def _differing(mine: str, other: str) -> tuple[str, str] | None:
    """Return the first word of two readings of the same bytes that is not the same."""
    at = next((n for n, (one, two) in enumerate(zip(mine, other, strict=False)) if one != two), None)
    if at is None:
        return None
    first, line = max(mine.rfind(" ", 0, at), at - 12) + 1, mine.find("\n", at)
    last = min(at + 6, line if line >= 0 else at + 6)
    return mine[first:last], other[first:last]


def contradiction(data: bytes, used: str) -> tuple[str, str, str] | None:
    """Return (charset, a word as it is read, that word under it) where the bytes are no text of the charset they are read in.

    That is: they are UTF-8 beyond ASCII; or their letters are of no language, and under another charset of one byte they are.
    """
    seen = data[:WEIGHED]
    if seen.isascii() or codecs.lookup(used).name.startswith("utf"):
        return None
    mine = seen.decode(used, "replace")  # what is read has been decoded strictly; here its beginning may be cut
    try:
        text = codecs.getincrementaldecoder("utf-8")().decode(seen, len(data) < WEIGHED)
    except UnicodeDecodeError:
        fits = latin(data)
        if mine in fits.values() or codecs.lookup(used).name not in _ONE_BYTE:
            return None
        return next(((name, *both) for name, text in fits.items() if (both := _differing(mine, text))), None)
    both = _differing(mine, text)
    return ("utf-8", *both) if both else None


#: Names of codecs of one byte, as Python has them.
_ONE_BYTE = frozenset(
    {"cp1250", "cp1251", "cp1252", "cp1254", "cp1257", "iso8859-1", "iso8859-2", "iso8859-9", "iso8859-15"}
)
#: Charset -> the countries (ISO 3166) that have IBANs and whose languages are written in it.
_COUNTRIES = {
    "cp1252": "AD AT BE BR CH DE DK EE ES FI FO FR GB GI IE IS IT LI LU MC NL NO PT SE SM VA",
    "cp1250": "BA CZ HR HU PL RO SI SK",
    "iso8859-2": "BA CZ HR HU PL RO SI SK",
    "cp1254": "TR",
    "cp1257": "EE LT LV",
    "cp1251": "BG BY MK RU UA",
}  # fmt: skip


def ruled_out(other: str, used: str, headings: Sequence[str], country: str) -> str:
    """Return what rules another charset out, or "": a heading that its profile knows, or the country of the account.

    `headings`: as they are read under `used`, each a word that the profile names; under the other one it would not be it.
    """
    for heading in headings:
        try:
            is_kept = heading.encode(used).decode(other) == heading
        except UnicodeError:
            is_kept = False
        if not is_kept:
            return f"the heading {heading!r}"
    mine, name = codecs.lookup(used).name, codecs.lookup(other).name
    mine = "cp1252" if mine in {"iso8859-1", "iso8859-15"} else mine
    if country in _COUNTRIES.get(mine, "").split() and country not in _COUNTRIES.get(name, "").split():
        return f"the country of the account, {country}"
    return ""
