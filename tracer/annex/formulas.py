"""The formulas of the annex, evaluated exactly: what a cell shows is known before a spreadsheet opens it.

A formula is text; what is evaluated here is the very text that is shipped. Numbers are integers and fractions, so a stored
value never carries the noise of a float; ROUND is half away from zero. Only the functions of annex.md 1.3 exist: any other
is an error at build time, which is how XLOOKUP, LET, volatile functions and external links are kept out.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import Any, NamedTuple, Protocol

from tracer.model import CheckFailed

__all__ = ["ALLOWED", "Book", "Number", "Value", "column_letter", "serial", "stored"]

Number = int | Fraction
Value = Number | str | None

#: annex.md 1.3; nothing volatile, nothing that LibreOffice 7.4 lacks.
ALLOWED = frozenset(
    [
        "SUM",
        "SUMIFS",
        "COUNTIFS",
        "INDEX",
        "MATCH",
        "MIN",
        "MAX",
        "ROUND",
        "ABS",
        "IF",
        "AND",
        "PRODUCT",
        "SUMPRODUCT",
        "EDATE",
    ]
)
_EPOCH = date(1899, 12, 30).toordinal()  # day 0 of the 1900 date system, good from 1 March 1900 on

_TOKEN = re.compile(
    r"(?P<ref>(?:'(?P<sheet>[^']+)'!)?(?P<cabs>\$?)(?P<col>[A-Z]{1,3})(?P<rabs>\$?)(?P<row>[0-9]+))"
    r"|(?P<number>[0-9]+(?:\.[0-9]+)?)|\"(?P<text>[^\"]*)\"|(?P<name>[A-Z]+)(?=\()|(?P<op><>|<=|>=|[-+*/=<>(),:])"
)


def column_letter(number: int) -> str:
    """Return the letters of column `number`, from 1."""
    letters = ""
    while number:
        number, rest = divmod(number - 1, 26)
        letters = chr(65 + rest) + letters
    return letters


def _column_number(letters: str) -> int:
    number = 0
    for letter in letters:
        number = number * 26 + ord(letter) - 64
    return number


def serial(day: date) -> int:
    """Return a date as the number a spreadsheet keeps."""
    return day.toordinal() - _EPOCH


def stored(value: Value) -> str:
    """Return a value as the text of `<v>`: exact where it ends, else the nearest double."""
    if value is None:
        return ""
    if isinstance(value, str):
        return value
    exact = Fraction(value)
    if exact.denominator == 1:
        return str(exact.numerator)
    scaled = exact * 10**6
    if scaled.denominator == 1:
        return format(Decimal(scaled.numerator).scaleb(-6).normalize(), "f")
    return repr(float(exact))


class Place(NamedTuple):
    """A cell: sheet, row and column from 1."""

    sheet: str
    row: int
    column: int

    def __str__(self) -> str:
        return f"'{self.sheet}'!{column_letter(self.column)}{self.row}"


class _Needs(Exception):
    def __init__(self, place: Place) -> None:
        self.place = place


class Cells(Protocol):
    """What a book reads: the formula of a cell, or its plain value."""

    def formula(self, place: Place) -> str | None: ...

    def plain(self, place: Place) -> Value: ...


@dataclass(frozen=True, slots=True)
class _Area:
    """A bounded range on one sheet."""

    sheet: str
    top: int
    left: int
    bottom: int
    right: int

    def __len__(self) -> int:
        return (self.bottom - self.top + 1) * (self.right - self.left + 1)

    def places(self) -> Iterator[Place]:
        for row in range(self.top, self.bottom + 1):
            for column in range(self.left, self.right + 1):
                yield Place(self.sheet, row, column)

    def at(self, n: int) -> Place:
        """Return the n-th cell, from 1, of a single row or column."""
        if self.left == self.right:
            return Place(self.sheet, self.top + n - 1, self.left)
        return Place(self.sheet, self.top, self.left + n - 1)


class _Run(NamedTuple):
    """One evaluation: the book, and where the formula stands."""

    book: Book
    place: Place


Node = Callable[[_Run], Any]


class Book:
    """Evaluate the formulas of a workbook, each once, in the order in which they need each other."""

    def __init__(self, cells: Cells) -> None:
        self._cells = cells
        self._done: dict[Place, Value] = {}
        self._compiled: dict[tuple[Any, ...], Node] = {}

    def value(self, place: Place) -> Value:
        """Return the value of a cell. Raises `CheckFailed` for a circular reference or a formula that is not allowed."""
        waiting = [place]
        on_the_way = {place}
        while waiting:
            top = waiting[-1]
            try:
                self._done[top] = self._evaluate(top)
            except _Needs as need:
                if need.place in on_the_way:
                    raise _wrong(f"{top} and {need.place} need each other.", top) from None
                waiting.append(need.place)
                on_the_way.add(need.place)
                continue
            waiting.pop()
            on_the_way.discard(top)
        return self._done[place]

    def read(self, place: Place) -> Value:
        """Return a value that is known by now, or ask for it."""
        if place in self._done:
            return self._done[place]
        if self._cells.formula(place) is not None:
            raise _Needs(place)
        return self._cells.plain(place)

    def _evaluate(self, place: Place) -> Value:
        if place in self._done:
            return self._done[place]
        text = self._cells.formula(place)
        if text is None:
            return self._cells.plain(place)
        tokens = tuple(_tokens(text, place))
        node = self._compiled.get(tokens)
        if node is None:
            node = self._compiled[tokens] = _Parser(tokens, text, place).parse()
        result = node(_Run(self, place))
        if isinstance(result, _Area):
            raise _wrong(f"The formula {text!r} gives a range, not a value.", place)
        return _plain(result)


def _plain(value: Any) -> Value:
    if isinstance(value, Fraction) and value.denominator == 1:
        return value.numerator
    return int(value) if isinstance(value, bool) else value


def _wrong(what: str, place: Place) -> CheckFailed:
    return CheckFailed(
        what,
        where=str(place),
        meaning="The annex is not written: a cell whose value is not known beforehand cannot be checked.",
        next_call="report it: the writer of this sheet is at fault, not the case",
    )


def _tokens(text: str, place: Place) -> Iterator[tuple[Any, ...]]:
    """Yield the tokens; a relative reference becomes an offset, so that filled-down formulas compile once."""
    at = 1  # behind the "="
    while at < len(text):
        match = _TOKEN.match(text, at)
        if match is None:
            raise _wrong(f"The formula {text!r} cannot be read at {text[at : at + 12]!r}.", place)
        at = match.end()
        if match["ref"]:
            column, row = _column_number(match["col"]), int(match["row"])
            yield (
                "ref",
                match["sheet"],
                bool(match["rabs"]),
                row if match["rabs"] else row - place.row,
                bool(match["cabs"]),
                column if match["cabs"] else column - place.column,
            )
        elif match["number"]:
            number = Fraction(match["number"])
            yield ("number", number.numerator if number.denominator == 1 else number)
        elif match["name"]:
            yield ("name", match["name"])
        elif match["op"]:
            yield ("op", match["op"])
        else:
            yield ("text", match["text"])


class _Parser:
    """Turn tokens into closures, by precedence."""

    def __init__(self, tokens: Sequence[tuple[Any, ...]], text: str, place: Place) -> None:
        self._tokens, self._text, self._place, self._at = tokens, text, place, 0

    def parse(self) -> Node:
        node = self._comparison()
        if self._at != len(self._tokens):
            raise self._refuse()
        return node

    def _refuse(self) -> CheckFailed:
        return _wrong(f"The formula {self._text!r} is not one the annex may use.", self._place)

    def _take(self, *ops: str) -> str | None:
        if self._at < len(self._tokens):
            kind, *rest = self._tokens[self._at]
            if kind == "op" and rest[0] in ops:
                self._at += 1
                return str(rest[0])
        return None

    def _comparison(self) -> Node:
        left = self._sum()
        op = self._take("=", "<>", "<", ">", "<=", ">=")
        if op is None:
            return left
        right, compare = self._sum(), _COMPARE[op]
        return lambda run: compare(_scalar(run, left), _scalar(run, right))

    def _sum(self) -> Node:
        node = self._product()
        while op := self._take("+", "-"):
            node = _binary(op, node, self._product())
        return node

    def _product(self) -> Node:
        node = self._unary()
        while op := self._take("*", "/"):
            node = _binary(op, node, self._unary())
        return node

    def _unary(self) -> Node:
        if self._take("-"):
            inner = self._unary()
            return lambda run: -_number(_scalar(run, inner))
        return self._atom()

    def _atom(self) -> Node:
        if self._take("("):
            node = self._comparison()
            if self._take(")") is None:
                raise self._refuse()
            return node
        if self._at >= len(self._tokens):
            raise self._refuse()
        kind, *rest = self._tokens[self._at]
        self._at += 1
        if kind in {"number", "text"}:
            constant = rest[0]
            return lambda _run: constant
        if kind == "name":
            return self._call(str(rest[0]))
        if kind == "ref":
            if self._take(":"):
                other, *end = self._tokens[self._at]
                self._at += 1
                if other != "ref":
                    raise self._refuse()
                return _area(tuple(rest), tuple(end))
            return _single(tuple(rest))
        raise self._refuse()

    def _call(self, name: str) -> Node:
        if name not in ALLOWED or self._take("(") is None:
            raise self._refuse()
        arguments = [self._comparison()]
        while self._take(","):
            arguments.append(self._comparison())
        if self._take(")") is None:
            raise self._refuse()
        function = _FUNCTIONS[name]
        return lambda run: function(run, arguments)


def _resolve(run: _Run, ref: tuple[Any, ...]) -> Place:
    sheet, row_absolute, row, column_absolute, column = ref
    return Place(
        sheet or run.place.sheet,
        row if row_absolute else run.place.row + row,
        column if column_absolute else run.place.column + column,
    )


def _single(ref: tuple[Any, ...]) -> Node:
    return lambda run: run.book.read(_resolve(run, ref))


def _area(start: tuple[Any, ...], end: tuple[Any, ...]) -> Node:
    def area(run: _Run) -> _Area:
        first, last = _resolve(run, start), _resolve(run, (start[0], *end[1:]))
        return _Area(first.sheet, first.row, first.column, last.row, last.column)

    return area


def _scalar(run: _Run, node: Node) -> Value:
    value = node(run)
    if isinstance(value, _Area):
        raise _wrong("A range stands where one value belongs.", run.place)
    return _plain(value)


def _number(value: Value) -> Number:
    if value is None:
        return 0
    if isinstance(value, str):
        raise CheckFailed(
            f"The text {value[:40]!r} stands where a number belongs.",
            where="a formula of the annex",
            meaning="A spreadsheet would show #VALUE!, so the annex is not written.",
            next_call="report it: the writer of this sheet is at fault, not the case",
        )
    return value


def _divide(left: Number, right: Number) -> Number:
    if right == 0:
        raise CheckFailed(
            "A formula divides by zero.",
            where="a formula of the annex",
            meaning="A spreadsheet would show #DIV/0!, so the annex is not written.",
            next_call="report it: the writer of this sheet is at fault, not the case",
        )
    return Fraction(left) / right


_ARITHMETIC: dict[str, Callable[[Number, Number], Number]] = {
    "+": lambda a, b: a + b,
    "-": lambda a, b: a - b,
    "*": lambda a, b: a * b,
    "/": _divide,
}


def _binary(op: str, left: Node, right: Node) -> Node:
    apply = _ARITHMETIC[op]
    return lambda run: apply(_number(_scalar(run, left)), _number(_scalar(run, right)))


def _pair(a: Value, b: Value) -> tuple[Any, Any]:
    """Make two values comparable as a spreadsheet does: blank is 0 or "", text ignores case and outranks numbers."""
    if a is None:
        a = "" if isinstance(b, str) else 0
    if b is None:
        b = "" if isinstance(a, str) else 0
    if isinstance(a, str) and isinstance(b, str):
        return a.casefold(), b.casefold()
    if isinstance(a, str) or isinstance(b, str):
        return isinstance(a, str), isinstance(b, str)
    return a, b


_COMPARE: dict[str, Callable[[Value, Value], bool]] = {
    "=": lambda a, b: _pair(a, b)[0] == _pair(a, b)[1],
    "<>": lambda a, b: _pair(a, b)[0] != _pair(a, b)[1],
    "<": lambda a, b: _pair(a, b)[0] < _pair(a, b)[1],
    ">": lambda a, b: _pair(a, b)[0] > _pair(a, b)[1],
    "<=": lambda a, b: _pair(a, b)[0] <= _pair(a, b)[1],
    ">=": lambda a, b: _pair(a, b)[0] >= _pair(a, b)[1],
}


def _numbers(run: _Run, arguments: Sequence[Node]) -> Iterator[Number]:
    """Yield the numbers of all arguments; text and blanks in a range do not count."""
    for argument in arguments:
        value = argument(run)
        if isinstance(value, _Area):
            for place in value.places():
                cell = run.book.read(place)
                if cell is not None and not isinstance(cell, str):
                    yield cell
        else:
            yield _number(_plain(value))


def _round(run: _Run, arguments: Sequence[Node]) -> Number:
    value, digits = (_number(_scalar(run, a)) for a in arguments)
    scaled = Fraction(value) * 10 ** int(digits)
    half = (2 * abs(scaled.numerator) + scaled.denominator) // (2 * scaled.denominator)
    rounded = Fraction(half if scaled >= 0 else -half, 10 ** int(digits))
    return rounded.numerator if rounded.denominator == 1 else rounded


def _if(run: _Run, arguments: Sequence[Node]) -> Value:
    met = _scalar(run, arguments[0])
    return _scalar(run, arguments[1] if met else arguments[2])


def _range(run: _Run, node: Node) -> _Area:
    value = node(run)
    if not isinstance(value, _Area):
        raise _wrong("One value stands where a range belongs.", run.place)
    return value


def _index(run: _Run, arguments: Sequence[Node]) -> Value:
    area, n = _range(run, arguments[0]), _number(_scalar(run, arguments[1]))
    if not 1 <= n <= len(area):
        raise _wrong(f"INDEX asks for cell {n} of {len(area)}.", run.place)
    return run.book.read(area.at(int(n)))


def _match(run: _Run, arguments: Sequence[Node]) -> int:
    wanted, area, how = _scalar(run, arguments[0]), _range(run, arguments[1]), _number(_scalar(run, arguments[2]))
    if how == 0:
        for n, place in enumerate(area.places(), 1):
            if _COMPARE["="](run.book.read(place), wanted):
                return n
        raise _wrong(f"MATCH does not find {wanted!r}.", run.place)
    low, high = 0, len(area)
    while low < high:
        middle = (low + high) // 2
        if _COMPARE["<="](run.book.read(area.at(middle + 1)), wanted):
            low = middle + 1
        else:
            high = middle
    if not low:
        raise _wrong(f"MATCH finds nothing up to {wanted!r}.", run.place)
    return low


_CRITERION = re.compile(r"(<>|<=|>=|<|>|=)?(.*)", re.DOTALL)


def _meets(criterion: Value) -> Callable[[Value], bool]:
    """Return the test of SUMIFS and COUNTIFS. Criteria are ids and codes of our own, never evidence: no wildcards."""
    if not isinstance(criterion, str):
        return lambda cell: not isinstance(cell, str) and cell is not None and cell == criterion
    found = _CRITERION.fullmatch(criterion)
    op, operand = (found[1] or "=", found[2]) if found else ("=", criterion)
    number = Fraction(operand) if re.fullmatch(r"-?[0-9]+(\.[0-9]+)?", operand) else None
    if op == "<>":
        if not operand:
            return lambda cell: cell is not None and cell != ""
        if number is not None:
            return lambda cell: isinstance(cell, str) or cell is None or cell != number
        return lambda cell: not isinstance(cell, str) or cell.casefold() != operand.casefold()
    if number is not None:
        compare = _COMPARE[op]
        return lambda cell: cell is not None and not isinstance(cell, str) and compare(cell, number)
    if op == "=":
        if not operand:
            return lambda cell: cell is None or cell == ""
        return lambda cell: isinstance(cell, str) and cell.casefold() == operand.casefold()
    raise CheckFailed(f"The criterion {criterion!r} is not used in the annex.", where="SUMIFS or COUNTIFS")


def _rows(run: _Run, arguments: Sequence[Node]) -> Iterator[int]:
    """Yield the 1-based places at which every (range, criterion) pair holds."""
    pairs = [(_range(run, arguments[n]), _meets(_scalar(run, arguments[n + 1]))) for n in range(0, len(arguments), 2)]
    for n in range(1, len(pairs[0][0]) + 1):
        if all(test(run.book.read(area.at(n))) for area, test in pairs):
            yield n


def _sumifs(run: _Run, arguments: Sequence[Node]) -> Number:
    area = _range(run, arguments[0])
    cells = (run.book.read(area.at(n)) for n in _rows(run, arguments[1:]))
    return sum((cell for cell in cells if cell is not None and not isinstance(cell, str)), 0)


def _product(run: _Run, arguments: Sequence[Node]) -> Number:
    numbers = list(_numbers(run, arguments))
    result: Number = 1 if numbers else 0  # of blanks a spreadsheet makes 0 (measured in LibreOffice 7.4)
    for number in numbers:
        result = result * number
    return result


def _sumproduct(run: _Run, arguments: Sequence[Node]) -> Number:
    areas = [_range(run, argument) for argument in arguments]
    total: Number = 0
    for n in range(1, len(areas[0]) + 1):
        part: Number = 1
        for area in areas:
            cell = run.book.read(area.at(n))
            part = part * (0 if cell is None or isinstance(cell, str) else cell)
        total = total + part
    return total


def _edate(run: _Run, arguments: Sequence[Node]) -> int:
    start, months = (int(_number(_scalar(run, a))) for a in arguments)
    day = date.fromordinal(start + _EPOCH)
    count = day.year * 12 + day.month - 1 + months
    year, month = divmod(count, 12)
    for last in (day.day, 30, 29, 28):
        try:
            return serial(date(year, month + 1, min(day.day, last)))
        except ValueError:
            continue
    raise _wrong("EDATE leaves the calendar.", run.place)


_FUNCTIONS: dict[str, Callable[[_Run, Sequence[Node]], Any]] = {
    "SUM": lambda run, a: sum(_numbers(run, a), 0),
    "SUMIFS": _sumifs,
    "COUNTIFS": lambda run, a: sum(1 for _ in _rows(run, a)),
    "INDEX": _index,
    "MATCH": _match,
    "MIN": lambda run, a: min(_numbers(run, a), default=0),
    "MAX": lambda run, a: max(_numbers(run, a), default=0),
    "ROUND": _round,
    "ABS": lambda run, a: abs(_number(_scalar(run, a[0]))),
    "IF": _if,
    "AND": lambda run, a: all(bool(_scalar(run, node)) for node in a),
    "PRODUCT": _product,
    "SUMPRODUCT": _sumproduct,
    "EDATE": _edate,
}
