r"""SWIFT FIN tokenizer: messages, blocks and fields, in one linear pass, with nothing left out.

Containers (formats.md 3.1): one message, an RJE batch (`$`), an ACK or NAK glued before its message, DOS-PCC (bytes 01 and
03 with padding), bare tags without any envelope, `-`, `-XXX` or the end of the file instead of `-}`, the Swedish letters of
ISO 646 for the braces (`ä4:`, `-å`), CRLF, LF or CR, and line ends printed as the characters `\r\n`, or as the `@@` of FinTS.
A block that stands already, or a header after the text, opens a new message.
The tokenizer says what is printed; what a tag means is for the connectors.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from functools import partial
from itertools import accumulate, count, repeat
from operator import add
from typing import NamedTuple

__all__ = ["FIELD_CAP", "Field", "FinMessage", "lt_address", "messages"]

#: Characters of one field beyond which a connector sets it aside (safety.md S11).
FIELD_CAP = 100_000

_OPENING = re.compile(r"\{([1-5S]):")
# A tag line inside a header or trailer block says that nobody closed the block.
_BRACE = re.compile(r"[{}]|^[\x01\x03]?:(?:[0-9]{2}|NS)[A-Z]?:", re.MULTILINE)
_SINGLE_KEY = re.compile(r"\{[1-5S]:")
_SYSTEM = re.compile(r"\s*\{[0-9]{3}:")
# `}` is in no FIN character set, so the first `-}` ends block 4. The others end a block that nobody closed.
_END_OF_TEXT = re.compile(r"-[ \r\n]*\}|\n\$[ \t\r]*(?:\n|\Z)|\{1:[A-Z]?[0-9]{2}|\{2:[IO][0-9]{3}|\x03")
_NESTED = re.compile(r"-[ \r\n]*\}")
_KEY_VALUE = re.compile(r"\{([A-Z0-9]{3}):([^{}]*)\}?")
# NS is the non-SWIFT tag of German and Hungarian statements; other words in colons are text of the line above.
_TAG = re.compile(r"^[\x01\x03]?:([0-9]{2}|NS)([A-Z]?):", re.MULTILINE)
# The same tags where no DOS byte stands before them: a literal start is found five times as fast.
_CUT = re.compile(r"\n:([0-9]{2}|NS)([A-Z]?):")
_SECOND_LINE = re.compile(r"\n[\x01\x03]?:(?:[0-9]{2}|NS)[A-Z]?:")
_DOS = re.compile(r"^[\x01\x03](?=:(?:[0-9]{2}|NS)[A-Z]?:)", re.MULTILINE)
_LONE_BREAK = re.compile(r"\r(?=[^\r\n])")
_LITERAL = re.compile(r"\\n:(?:[0-9]{2}|NS)[A-Z]?:")
_AT_SIGNS = re.compile(r"@@:(?:[0-9]{2}|NS)[A-Z]?:")
# A `-` ends a message only where a tag, a block, the end or a banner (`ABNANL2A`, `940`) and then field 20 follows.
_SEPARATOR = re.compile(
    r"\n(?=[-$ \t\x01\x03])[\x01\x03]?(?:\$|[ \t]*-(?:XXX|å)?[ \t\r\x03]*$(?=\s*(?:[:{$\x01\x03]|ä4:|\Z"
    r"|(?:[A-Z0-9][A-Z0-9 ]{2,30}[ \t\r]*\n){1,4}:20:)))",
    re.MULTILINE,
)
# Where one of these follows and no balance closed the statement, it goes on: the `-` is the last line of a text.
_GOES_ON = re.compile(r"\s*:(?:6[1245]|86|90)[A-Z]?:")
_CLOSED = re.compile(r"\n:62[FM]:")
_BETWEEN = re.compile(r"\n-[ \t]*\r?(?=\n:20:)")  # statements of one block with the dash of an older form between them
_PRINTED_TYPE = re.compile(r"^:?(9[0-9]{2}):?[ \t\r]*$", re.MULTILINE)
_MIR = re.compile(r"([0-9]{3})([0-9]{4})([0-9]{6})([A-Z0-9]{12})([0-9]{4})([0-9]{6})")
_ENDED = "\r\n-$\x03"  # behind one of these the last line of a file is whole
_PADDING = " \t\r\n$\x00\x01\x03\ufeff"


class Field(NamedTuple):
    """One tag as printed. `value` keeps its line breaks; `line` is the line of the file, from 1."""

    tag: str
    option: str
    value: str
    line: int

    @property
    def name(self) -> str:
        """Return tag and option letter, for example `50K`."""
        return self.tag + self.option

    @property
    def lines(self) -> list[str]:
        """Return the value's lines without line ends."""
        return self.value.split("\n") if "\r" not in self.value else self.value.replace("\r", "").split("\n")


_field = partial(tuple.__new__, Field)  # what Field._make does, without a step through Python


@dataclass(frozen=True, slots=True)
class FinMessage:
    """One message of a file. `index` counts from 1; `start` is its offset in characters.

    `direction`: I (the sender's copy), O (the receiver's copy) or "" without a block 2. `sender` and `receiver` are BIC8,
    or BIC11 where a branch is printed, without the terminal code. `accepted`: the network's answer glued to it (451:0 is
    True, 451:1 is False: never sent on), None without one. A lone answer has `is_ack` and no fields. `is_cut`: no block and no
    line end closes its text. `leading` and
    `trailing` are texts that no block took; `marks` name what is not as the standard has it.
    """

    index: int
    start: int
    line: int
    raw: str
    fields: tuple[Field, ...] = ()
    block1: str = ""
    block2: str = ""
    block3: dict[str, str] = field(default_factory=dict)
    block5: dict[str, str] = field(default_factory=dict)
    ack: dict[str, str] = field(default_factory=dict)
    direction: str = ""
    mt: str = ""
    sender: str = ""
    receiver: str = ""
    accepted: bool | None = None
    is_ack: bool = False
    leading: str = ""
    trailing: str = ""
    marks: tuple[str, ...] = ()
    is_cut: bool = False

    def ends_inside(self, one: Field) -> bool:
        """Whether the file ends in this field, in the middle of a line: digits of an amount in it may be missing."""
        return self.is_cut and self.fields[-1] is one

    @property
    def uetr(self) -> str:
        """Return field 121 of block 3 as printed, in lower case."""
        return self.block3.get("121", "").strip().lower()

    @property
    def service(self) -> str:
        """Return field 119 of block 3: COV, STP, REMIT."""
        return self.block3.get("119", "").strip()

    @property
    def possible_duplicate(self) -> bool:
        """Whether block 5 carries PDE or PDM."""
        return "PDE" in self.block5 or "PDM" in self.block5

    @property
    def content_hash(self) -> str:
        """Return a hash that the sender's and the receiver's copy share.

        It ignores block 5, the ACK, session numbers, line ends and the form of block 2 (formats.md section 12, rung 0).
        """
        parts = [self.mt, self.sender[:8], self.receiver[:8], self.service, self.uetr]
        parts += [f":{f.name}:" + "\n".join(line.rstrip() for line in f.lines).rstrip("\n") for f in self.fields]
        return hashlib.sha256("\x1f".join(parts).encode("utf-8", "surrogatepass")).hexdigest()

    def first(self, *names: str) -> Field | None:
        """Return the first field with one of these names (`32A`), or of this tag in any option (`50a`)."""
        for one in self.fields:
            if one.name in names or one.tag + "a" in names:
                return one
        return None

    def value(self, *names: str) -> str:
        """Return the text of `first`, or "" where there is none."""
        found = self.first(*names)
        return found.value.strip() if found else ""


def lt_address(address: str) -> str:
    """Return the BIC of a logical terminal: the ninth of its 12 characters, the terminal code, is dropped.

    >>> lt_address("QXMBUS3NXNYC"), lt_address("QXNBUS33AXXX"), lt_address("QXNBUS33")
    ('QXMBUS3NNYC', 'QXNBUS33', 'QXNBUS33')
    """
    branch = address[9:12] if len(address) >= 12 else ""
    return address[:8] + ("" if branch.upper() in ("", "XXX") else branch)


def messages(text: str) -> Iterator[FinMessage]:
    """Yield every message of a FIN file in printed order. Never raises: what is broken is marked and kept."""
    index = 0
    waiting: FinMessage | None = None
    for found in _grouped(_unfold(text)):
        if waiting is not None:
            if not found.is_ack and _answers(waiting, found):
                raw = waiting.raw + found.raw
                found = replace(
                    found,
                    start=waiting.start,
                    line=waiting.line,
                    raw=raw,
                    ack=waiting.ack,
                    accepted=waiting.accepted,
                    leading="\n".join(filter(None, (waiting.leading, waiting.trailing.strip(), found.leading))),
                )
            else:
                index += 1
                yield replace(waiting, index=index)
            waiting = None
        if found.is_ack:
            waiting = found
            continue
        index += 1
        yield replace(found, index=index)
    if waiting is not None:
        yield replace(waiting, index=index + 1)


def _answers(ack: FinMessage, message: FinMessage) -> bool:
    # Glued on one line, or the same terminal, session and sequence where a line break stands between.
    return bool(message.block1) and ("\n" not in ack.trailing or ack.block1[3:] == message.block1[3:])


def _unfold(text: str) -> str:
    """Return the text with real line breaks: CR alone, also among CRLF, and line ends printed as characters, occur in exports."""
    if "\n" not in text:
        text = text.replace("\r", "\n")
    elif "\r" in text and text.count("\r") != text.count("\r\n"):
        text = _LONE_BREAK.sub("\n", text)
    if not _SECOND_LINE.search(text):
        if _LITERAL.search(text):
            return text.replace("\\r\\n", "\n").replace("\\n", "\n")
        if _AT_SIGNS.search(text):
            return text.replace("@@", "\n")
    return text


@dataclass(slots=True)
class _Open:
    """A message under construction."""

    start: int
    line: int
    end: int = 0
    blocks: dict[str, tuple[str, int]] = field(default_factory=dict)
    leading: str = ""
    trailing: str = ""
    tail: str = ""
    marks: list[str] = field(default_factory=list)
    is_cut: bool = False


def _grouped(text: str) -> Iterator[FinMessage]:
    position, line, leading = 0, 1, ""
    current: _Open | None = None
    while True:
        opening = _OPENING.search(text, position)
        gap_end = opening.start() if opening else len(text)
        gap = text[position:gap_end]
        rest = gap.strip(_PADDING)
        if rest and _TAG.search(gap):
            if current is not None:
                yield _closed(text, current)
                current = None
            yield from _bare(gap, position, line, leading, ends_open=opening is None and text[-1:] not in _ENDED)
            leading = ""
        elif current is not None:
            current.trailing = "\n".join(filter(None, (current.trailing, rest)))
            current.tail = gap
        elif rest:
            leading = "\n".join(filter(None, (leading, rest)))
        if opening is None:
            break
        line += gap.count("\n")
        key, begin = opening[1], opening.end()
        end, position, is_closed = _block_end(text, key, begin)
        if current is not None and (key == "1" or key in current.blocks or (key in "123" and "4" in current.blocks)):
            yield _closed(text, current)
            current = None
        if current is None:
            current = _Open(gap_end, line, leading=leading)
            leading = ""
        current.end, current.tail = position, ""
        current.blocks[key] = (text[begin:end], line + text.count("\n", gap_end, begin))
        if not is_closed:
            current.marks.append(f"block {key} is not closed")
            current.is_cut = key == "4" and end == len(text) and text[-1:] not in _ENDED
        line += text.count("\n", gap_end, position)
    if current is not None:
        yield _closed(text, current)
    elif leading:
        yield FinMessage(0, 0, 1, text, leading=leading, marks=("no block and no tag",))


def _block_end(text: str, key: str, begin: int) -> tuple[int, int, bool]:
    """Return (end of the body, where reading goes on, whether the block was closed)."""
    if key in "12":
        brace = _BRACE.search(text, begin)
        if brace is None:
            return len(text), len(text), False
        return (brace.start(), brace.end(), True) if brace[0] == "}" else (brace.start(), brace.start(), False)
    if key == "4" and not _SYSTEM.match(text, begin):
        inside = text[begin : begin + 8].lstrip().startswith("{1:")  # MT096 carries a whole message in its block 4
        stop = (_NESTED if inside else _END_OF_TEXT).search(text, begin)
        if stop is None:
            return len(text), len(text), False
        if stop[0].endswith("}"):
            return stop.start(), stop.end(), True
        return stop.start(), stop.start(), False
    depth = 1
    for brace in _BRACE.finditer(text, begin):
        if brace[0] not in "{}":
            return brace.start(), brace.start(), False
        if brace[0] == "{":
            if _SINGLE_KEY.match(text, brace.start()):
                return brace.start(), brace.start(), False
            depth += 1
        else:
            depth -= 1
            if depth == 0:
                return brace.start(), brace.end(), True
    return len(text), len(text), False


def _closed(text: str, made: _Open) -> FinMessage:
    marks = list(made.marks)
    block1 = made.blocks.get("1", ("", 0))[0].strip()
    block2 = made.blocks.get("2", ("", 0))[0].strip()
    body, line = made.blocks.get("4", ("", made.line))
    raw = text[made.start : made.end]
    if _SYSTEM.match(body):
        answer = dict(_KEY_VALUE.findall(body))
        if "451" in answer:
            return FinMessage(
                0,
                made.start,
                made.line,
                raw,
                block1=block1,
                block2=block2,
                ack=answer,
                accepted={"0": True, "1": False}.get(answer["451"].strip()),
                is_ack=True,
                leading=made.leading,
                trailing=made.trailing or ("\n" if "\n" in made.tail else ""),
                marks=tuple(marks),
            )
    if not raw.rstrip().endswith("}"):
        body = re.sub(r"\n-\s*\Z", "\n", body)
    body = _BETWEEN.sub("\n", body)
    direction, mt, sender, receiver = _header(block1, block2, marks)
    before, fields = _fields(body, line)
    if before:
        marks.append("text before the first tag")
    return FinMessage(
        0,
        made.start,
        made.line,
        raw,
        fields=fields,
        block1=block1,
        block2=block2,
        block3=_pairs(made.blocks, "3"),
        block5=_pairs(made.blocks, "5"),
        direction=direction,
        mt=mt,
        sender=sender,
        receiver=receiver,
        leading="\n".join(filter(None, (made.leading, before))),
        trailing=made.trailing,
        marks=tuple(marks),
        is_cut=made.is_cut,
    )


def _pairs(blocks: dict[str, tuple[str, int]], key: str) -> dict[str, str]:
    return dict(_KEY_VALUE.findall(blocks[key][0])) if key in blocks else {}


def _header(block1: str, block2: str, marks: list[str]) -> tuple[str, str, str, str]:
    """Return (direction, MT, sender, receiver).

    Input: block 1 is the sender, block 2 the receiver. Output: block 1 is the receiver, and the sender stands in the
    message input reference inside block 2 (nexus.md section 2).
    """
    begin = 2 if block1[:2].isdigit() else 3  # without the letter of the application, `01INGB...`
    own = lt_address(block1[begin : begin + 12]) if len(block1) >= 11 else ""
    if not block2:
        return "", "", own, ""
    direction, mt, rest = block2[:1], block2[1:4], block2[4:]
    if direction == "O":
        mir = _MIR.match(block2, 1)
        if mir:
            return "O", mir[1], lt_address(mir[4]), own
        marks.append("block 2 without a message input reference")
        return "O", mt, lt_address(rest[:12]) if rest[:8].isalnum() and len(rest) >= 8 else "", own
    if direction != "I":
        marks.append("block 2 is neither input nor output")
        return "", mt, own, ""
    if len(rest) < 8:
        marks.append("block 2 without a receiver")
        return "I", mt, own, ""
    return "I", mt, own, lt_address(rest[:12])


def _fields(body: str, line: int) -> tuple[str, tuple[Field, ...]]:
    """Return (text before the first tag, fields)."""
    if "\x01" in body or "\x03" in body:
        body = _DOS.sub("", body)
    pieces = _CUT.split("\n" + body)
    printed = pieces[3::3]
    # The cut took one line break before each tag: field n stands n lines below what the counts add up to.
    breaks = accumulate(map(str.count, printed, repeat("\n")), initial=line + pieces[0].count("\n"))
    lines = map(add, breaks, count())
    values = map(str.rstrip, printed, repeat("\r\n\x01\x03"))
    fields = tuple(map(_field, zip(pieces[1::3], pieces[2::3], values, lines, strict=False)))
    return pieces[0].strip(_PADDING), fields


def _separators(text: str) -> list[tuple[int, int]]:
    """Return where each mark between two messages begins and ends."""
    found: list[tuple[int, int]] = []
    at, is_closed = 0, False  # what stands before `at` was looked through: nothing is twice
    for cut in _SEPARATOR.finditer(text):
        if "-" in cut[0] and _GOES_ON.match(text, cut.end()):
            is_closed = is_closed or _CLOSED.search(text, at, cut.start()) is not None
            at = cut.start()
            if not is_closed:
                continue
        found.append(cut.span())
        at, is_closed = cut.end(), False
    return found


def _bare(gap: str, start: int, line: int, leading: str, *, ends_open: bool) -> Iterator[FinMessage]:
    """Yield messages that are printed without an envelope: they end at `-`, at `$`, or where field 20 stands again.

    `ends_open`: the file ends with this text, and no line end does.
    """
    found = _separators("\n" + gap)  # one place on, so that the first line has a break too
    cuts = [0, *(end - 1 for _, end in found), len(gap)]
    stops = [*(begin for begin, _ in found), len(gap)]
    at = 0
    texts = [leading] if leading else []
    for begin, end in zip(cuts, stops, strict=False):
        section = gap[begin:end]
        line += gap.count("\n", at, begin)
        at = begin
        before, fields = _fields(section, line)
        if before:
            texts.append(before)
        if not fields:
            continue
        leading = "\n".join(texts)
        texts = []
        split = [0, *[number for number, one in enumerate(fields) if one.tag == "20" and not one.option][1:]]
        offsets = [tag.start() for tag in _TAG.finditer(section)] if len(split) > 1 else []
        for first, last in zip(split, [*split[1:], len(fields)], strict=True):
            left = 0 if first == 0 else offsets[first]
            right = offsets[last] if last < len(fields) else len(section)
            printed = _PRINTED_TYPE.search(leading)
            yield FinMessage(
                0,
                start + begin + left,
                fields[first].line,
                section[left:right],
                fields=fields[first:last],
                mt=printed[1] if printed else "",
                leading=leading,
                marks=("no envelope",),
                is_cut=ends_open and last == len(fields) and end == len(gap),
            )
            leading = ""
    if texts:
        yield FinMessage(0, start, line, gap, leading="\n".join(texts), marks=("no block and no tag",))
