"""Guarded XML, read by local name: any prefix, any version, any envelope.

No entities, no network, no DTD, no huge tree (which limits depth to 256 and a text node to 10 MB): safety.md S1. A document
type is asked of the parser and not of the bytes, since a search for `<!DOCTYPE` misses UTF-16. Paths are local names with
alternatives, `"RltdPties/Dbtr/Pty/Nm|RltdPties/Dbtr/Nm"`; ISO 20022 spells one thing differently in every version
(formats.md 4.1), and an unknown version is read, never refused.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from pathlib import Path
from typing import Any, BinaryIO

from lxml import etree

from tracer.ingest.charset import utf16
from tracer.ingest.source import MAX_TEXT, Source
from tracer.model import UnreadableExhibit, exponent, minor_units

__all__ = [
    "Document",
    "all_at",
    "amount_at",
    "date_at",
    "day_of",
    "decimal",
    "documents",
    "first",
    "guarded_parse",
    "head_of",
    "iterparse",
    "local",
    "parse_file",
    "stated_encoding",
    "text",
    "within_size",
]

Element = etree._Element

_MESSAGE = re.compile(r"\b([a-z]{4}\.[0-9]{3}\.[0-9]{3}\.[0-9]{2})(?![0-9])")
_DECLARATION = re.compile(r"\A\s*<\?xml[^>]*\?>")
_DAY = re.compile(r"([0-9]{4})-([0-9]{2})-([0-9]{2})(?![0-9])")
_NO_DIGIT = re.compile(r"\A([+-]?)(?=\.[0-9])")
_PROLOG_STEP = 512  # bytes fed at a time until the root element starts
_HELD = 10_000_000  # tags between two elements that are asked for: some 110 bytes each, and a payroll of 200,000 parts
_TREE = 40_000_000  # tags of a document that is read as a whole
_NESTING = 3  # text holding XML holding text holding XML: an honest envelope needs one


_PLAIN = "ask whoever produced it for a plain XML export without document type, and take that in as well"
_PARTS = "ask for the production in parts, or split it and take in the parts with a note"


def _refused(name: str, what: str, where: str = "", next_call: str = _PLAIN) -> UnreadableExhibit:
    return UnreadableExhibit(
        what,
        where=f"{name}{where}",
        meaning="Nothing of it is loaded. Its hash stays in the custody log.",
        next_call=next_call,
    )


def within_size(path: Path, name: str) -> None:
    """Raise UnreadableExhibit for a file of more than 2 GB (safety.md S1)."""
    if path.stat().st_size > MAX_TEXT:
        raise _refused(name, f"{name} is larger than 2 GB.", next_call=_PARTS)


def _too_many(name: str, what: str, most: int) -> UnreadableExhibit:
    return _refused(
        name, f"{what} {name} holds more than {most:,} tags, too many to be held at once.", next_call=_PARTS
    )


class _Spans:
    """A file that counts the tags read since it was last asked: what the parser holds is bounded, however long a line is."""

    def __init__(self, file: BinaryIO, name: str) -> None:
        self.file, self.name, self.tags = file, name, 0

    def read(self, size: int = -1) -> bytes:
        block = self.file.read(size)
        self.tags += block.count(b"<")
        if self.tags > _HELD:
            raise _too_many(self.name, "One record of", _HELD)
        return block


def _broken(name: str, error: etree.XMLSyntaxError) -> UnreadableExhibit:
    line = error.lineno or 1
    if "amplification" in str(error.msg) or "entity reference loop" in str(error.msg):
        return _refused(name, f"{name} inflates itself through the entities of a document type (DTD).", f":{line}")
    if "XML_PARSE_HUGE" in str(error.msg):
        return _refused(
            name, f"{name} holds a text of more than 10 MB, or elements more than 256 deep.", f":{line}", _PARTS
        )
    return UnreadableExhibit(
        f"{name} is not well-formed XML: {str(error.msg)[:120]}.",
        where=f"{name}:{line}",
        meaning="Nothing of it is loaded, because what follows the break could be read wrong. Its hash stays in the log.",
        next_call=f"ask for the file again; if only the encoding is wrong: tracer load {name} --answer encoding=windows-1252",
    )


def _options(encoding: str = "") -> dict[str, Any]:
    return {
        "resolve_entities": False,
        "no_network": True,
        "load_dtd": False,
        "dtd_validation": False,
        "huge_tree": False,
        "remove_comments": True,  # one inside an element would part its text: 10<!-- -->0.50 is 100.50
        "encoding": encoding or None,
    }


class _Prolog:
    """Reads up to the root element and refuses a document type."""

    def __init__(self, name: str, encoding: str = "") -> None:
        self.name = name
        try:
            self.parser: Any = etree.XMLPullParser(events=("start",), **_options(encoding))
        except LookupError:
            raise _refused(name, f"{name} cannot be read in {encoding}, which is no encoding.") from None

    def is_over(self, data: bytes) -> bool:
        try:
            for at in range(0, len(data), _PROLOG_STEP):
                self.parser.feed(data[at : at + _PROLOG_STEP])
                for _, root in self.parser.read_events():
                    _no_dtd(root, self.name)
                    return True
        except etree.XMLSyntaxError as error:
            raise _broken(self.name, error) from None
        except LookupError:
            raise _refused(self.name, f"{self.name} names an encoding that does not exist.") from None
        return False


def _no_dtd(root: Element, name: str) -> None:
    info: Any = root.getroottree().docinfo
    if info.internalDTD is not None or info.externalDTD is not None:
        raise _refused(name, f"{name} declares a document type (DTD), which can hide or inflate text.")


def guarded_parse(data: bytes | str, name: str, encoding: str = "") -> Element:
    """Return the root element of an XML document held in memory.

    Raises: UnreadableExhibit for a DTD, for broken XML, beyond depth 256, a text node of 10 MB or 2 GB in all.
    """
    if isinstance(data, str):
        # Decoded text no longer has the encoding that its declaration states.
        data, encoding = _DECLARATION.sub("", data.lstrip("\ufeff"), count=1).encode("utf-8", "surrogatepass"), "utf-8"
    if len(data) > MAX_TEXT:
        raise _refused(name, f"{name} is larger than 2 GB.", next_call=_PARTS)
    data = data.lstrip(b" \t\r\n")
    if not data:
        raise _refused(name, f"{name} is empty.")
    _Prolog(name, encoding).is_over(data)
    try:
        root = etree.fromstring(data, etree.XMLParser(**_options(encoding)))
    except etree.XMLSyntaxError as error:
        raise _broken(name, error) from None
    except LookupError:
        raise _refused(name, f"{name} names an encoding that does not exist.") from None
    _no_dtd(root, name)
    return root


def parse_file(source: Source) -> Element:
    """Return the root element of an exhibit; a person's answer `encoding` wins over the declaration.

    Raises: UnreadableExhibit as `guarded_parse` does, and for more than 40 million tags, before anything is held.
    """
    within_size(source.path, source.exhibit.name)
    if source.path.stat().st_size > _TREE:
        with source.path.open("rb") as file:
            tags = 0
            while block := file.read(1 << 20):
                tags += block.count(b"<")
                if tags > _TREE:
                    raise _too_many(source.exhibit.name, "As one document", _TREE)
    return guarded_parse(source.data(), source.exhibit.name, stated_encoding(source))


def stated_encoding(source: Source) -> str:
    """Return the encoding that a person answers, else UTF-16 by its zero bytes, which a declaration does not name rightly."""
    wide = utf16(source.head)
    return source.answers.get("encoding", "") or wide.upper().replace("UTF-16-", "UTF-16")


def iterparse(
    path: Path, name: str, local_names: tuple[str, ...], events: tuple[str, ...] = ("end",), encoding: str = ""
) -> Iterator[tuple[str, Element]]:
    """Yield (event, element) for elements with these local names, in flat memory when the caller clears them.

    Raises: UnreadableExhibit as `guarded_parse` does, before the first element where the prolog is to blame; and for more than
    10 million tags between two of the elements.
    """
    within_size(path, name)
    with path.open("rb") as file:
        prolog = _Prolog(name, encoding)
        is_blank = True
        while block := file.read(1 << 16):
            is_blank = is_blank and not block.strip()
            if not is_blank and prolog.is_over(block):
                break
        if is_blank:
            raise _refused(name, f"{name} is empty.")
        del prolog
        file.seek(0)
        try:
            spans: Any = _Spans(file, name)
            walk: Any = etree.iterparse(
                spans, events=events, tag=[f"{{*}}{one}" for one in local_names], **_options(encoding)
            )
            for found in walk:
                spans.tags = 0
                yield found
        except etree.XMLSyntaxError as error:
            raise _broken(name, error) from None
        except LookupError:
            raise _refused(name, f"{name} names an encoding that does not exist.") from None
        _no_dtd(walk.root, name)


def head_of(source: Source) -> str:
    """Return the head of an exhibit as text for a claim, also in UTF-16 without a byte order mark."""
    if source.head[:2] == b"<\x00":
        return source.head.decode("utf-16-le", "replace")
    if source.head[:2] == b"\x00<":
        return source.head.decode("utf-16-be", "replace")
    return source.head_text()


_LOCAL: dict[str, str] = {}


def local(element: Element) -> str:
    """Return the name without namespace; "" for a comment or a processing instruction."""
    tag: Any = element.tag
    if not isinstance(tag, str):
        return ""
    name = _LOCAL.get(tag)
    if name is None:
        name = tag.rpartition("}")[2]
        if len(_LOCAL) < 10_000:  # a hostile file cannot fill the memory with names
            _LOCAL[tag] = name
    return name


@lru_cache(maxsize=4096)
def _ways(path: str) -> tuple[str, ...]:
    # `{*}` is any namespace or none, to lxml.
    return tuple("/".join(f"{{*}}{step}" for step in way.split("/")) for way in path.split("|"))


def all_at(element: Element | None, path: str) -> list[Element]:
    """Return every element at a path of local names; alternatives are divided by `|`, all of them count."""
    if element is None:
        return []
    return [found for way in _ways(path) for found in element.findall(way)]


def first(element: Element | None, path: str) -> Element | None:
    """Return the first element at a path; alternatives are tried from the left."""
    if element is not None:
        for way in _ways(path):
            found = element.find(way)
            if found is not None:
                return found
    return None


def text(element: Element | None, path: str = "") -> str:
    """Return the stripped text at a path, "" where there is none; of alternatives, the first that is not empty."""
    if element is None:
        return ""
    if not path:
        return (element.text or "").strip() if len(element) == 0 else "".join(map(str, element.itertext())).strip()
    for way in _ways(path):
        for found in element.iterfind(way):
            value = text(found)
            if value:
                return value
    return ""


@lru_cache(maxsize=4096)
def day_of(printed: str) -> date | None:
    """Return the day that an ISO date or instant prints, None where it does not exist. No zone is applied.

    A year before 1900 (`0024-03-13`, `0001-01-01`) is no year of a payment: century lost, or a filler.
    """
    match = _DAY.match(printed)
    if not match or int(match[1]) < 1900:
        return None
    try:
        return date(int(match[1]), int(match[2]), int(match[3]))
    except ValueError:
        return None


def date_at(element: Element | None, path: str) -> tuple[date | None, str]:
    """Return (day, printed text). The day is the printed one: no zone is applied (formats.md 1.3).

    A date that does not exist is None and keeps its text. `Dt` and `DtTm` below the path are found by themselves.
    """
    printed = text(first(element, path))
    return day_of(printed), printed


def amount_at(element: Element | None, path: str, currency: str = "") -> tuple[int | None, str, str]:
    """Return (minor units, currency, printed text); the attribute `Ccy` wins over `currency`.

    Nothing there is (None, currency, ""). Raises: ValueError for text that is no amount of its currency.
    """
    found = first(element, path)
    if found is None:
        return None, currency, ""
    currency = (found.get("Ccy") or currency).strip()
    printed = text(found)
    exponent(currency)
    return minor_units(decimal(printed), currency), currency, printed


def decimal(printed: str) -> str:
    """Return a decimal of XML Schema (part 2, 3.2.3) with the digit before its point that the schema lets out."""
    return _NO_DIGIT.sub(r"\g<1>0", printed) if printed[:1] in {".", "+", "-"} else printed


@dataclass(frozen=True, slots=True)
class Document:
    """One ISO 20022 document of a file. `kind` is the local name of its first child (FIToFICstmrCdtTrf).

    `message` is the identifier that the namespace states (pacs.008.001.08) or "". `header` is the AppHdr that belongs to
    it. `index` counts the documents of the file from 1. `line` is the line on which it starts; `carried` says that it came
    out of text (CDATA or escaped), where lines count from that text.
    """

    index: int
    element: Element
    body: Element
    kind: str
    message: str
    header: Element | None
    line: int
    carried: bool = False


def documents(root: Element, name: str = "", alone: frozenset[str] = frozenset()) -> Iterator[Document]:
    """Yield every `Document` at any depth: in an envelope, behind an AppHdr, in text that holds XML.

    `alone`: messages, by local name, that are read where they stand without a `Document` around them, too.

    What stands inside a document is not looked into: a rejection may quote the payment that it rejects, and a quotation
    is no payment. The one exception are answers to an authority (auth.001, auth.002), which wrap the records they hand over.
    """
    for index, (element, header, carried) in enumerate(_found(root, None, 0, name, alone), start=1):
        body = element if local(element) in alone else next((child for child in element if local(child)), None)
        if body is None:
            continue
        yield Document(index, element, body, local(body), _message(element, body), header, _line(element), carried)


def _line(element: Element) -> int:
    line: Any = element.sourceline
    return line or 0


def _message(element: Element, body: Element) -> str:
    for one in (element, body):
        space = etree.QName(one).namespace or ""
        match = _MESSAGE.search(space)
        if match:
            return match[1]
    return ""


def _found(
    root: Element, header: Element | None, depth: int, name: str, alone: frozenset[str], *, carried: bool = False
) -> Iterator[tuple[Element, Element | None, bool]]:
    if local(root) == "Document":
        yield root, header, carried
        if not any(local(child).startswith("InfReq") for child in root):
            return
    elif local(root) in alone:
        yield root, header, carried
        return
    inner = (root.text or "").lstrip() if len(root) == 0 else ""
    if inner.startswith("<") and "Document" in inner and depth < _NESTING:
        yield from _found(guarded_parse(inner, name or "payload"), header, depth + 1, name, alone, carried=True)
        return
    for child in root:
        kind = local(child)
        if kind == "AppHdr":
            header = child
        if kind not in {"", "AppHdr"}:
            yield from _found(child, header, depth, name, alone, carried=carried)
