"""Views of results for notebooks and terminals: one frame, one plain text, one HTML, and the only door to pandas.

Every verb returns a `View` with the same six: `.df`, `.explain()`, `.sources()`, `.show()`, `.save(path)`, `.check()`
(notebook.md A3). `repr()` is readable in a terminal and in a diff and stable between runs; HTML has no script, no outside
source, and every string is escaped. A view keeps texts as they were received; whatever is printed passes `visible` first,
so that no name can forge a line, colour a terminal or turn the reading direction.
"""

from __future__ import annotations

import contextlib
import csv
import html
import io
import os
import shlex
import unicodedata
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

from tracer.model import CaseError, Money, major
from tracer.visible import badge, clip, visible

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["ROWS_SHOWN", "View", "place_in", "visible", "write_whole"]

ROWS_SHOWN = 20  # notebook.md R3
_CUT = 60


def _shown(value: object) -> str:
    if value is None:
        return "-"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, date | Money):
        return str(value)
    if isinstance(value, tuple | list):
        return ", ".join(_shown(item) for item in value)
    return visible(str(value))


def _width(text: str) -> int:
    return sum(2 if unicodedata.east_asian_width(c) in "WF" else 0 if unicodedata.combining(c) else 1 for c in text)


def _cell(value: object) -> str:
    """Return a value as one table cell: marked, cut with the count of what is left out, warned about (charts.md W3)."""
    if not isinstance(value, str):
        return clip(_shown(value), _CUT)
    warning = badge(value)
    return clip(value, _CUT) + (f" {warning}" if warning else "")


def _make_folder(place: Path) -> None:
    """Make a folder and those above it that are missing, each 0700 whatever the umask (safety.md S13)."""
    missing = [folder for folder in (place, *place.parents) if not folder.exists()]
    for folder in reversed(missing):
        folder.mkdir(mode=0o700, exist_ok=True)
        folder.chmod(0o700)


def place_in(folder: Path | None, path: str, *, outside_case: bool = False) -> Path:
    """Return where a result called `path` is written: in the case's `out/`, its sub-folders made.

    Raises: CaseError when the name leads out of the case, or no folder can be made there.
    """
    target = Path(path)
    if folder is not None and not outside_case:
        base = (folder / "out").resolve()
        target = (base / path).resolve()
        if not target.is_relative_to(base) or target == base:
            raise CaseError(
                f"{path!r} lies outside the case folder.",
                where=path,
                meaning="Nothing was written: case data stays in the case folder.",
                next_call=f"give a name inside it, or .save({path!r}, outside_case=True)",
            )
    try:
        _make_folder(target.parent)
    except OSError as error:
        raise _unwritten(path, target, error) from None
    return target


def write_whole(target: Path, data: bytes) -> Path:
    """Write a file (0600) under a temporary name in its own folder, then rename it.

    Raises: CaseError when it cannot be written; what stood there before still stands.
    """
    temporary = target.with_name(f".{os.getpid()}.tmp")
    try:
        temporary.unlink(missing_ok=True)
        with os.fdopen(os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(target)
    except OSError as error:
        with contextlib.suppress(OSError):
            temporary.unlink(missing_ok=True)
        raise _unwritten(str(target), target, error) from None
    return target


def _unwritten(path: str, target: Path, error: OSError) -> CaseError:
    return CaseError(
        f"{target.name} cannot be written: {error.strerror}.",
        where=str(error.filename or path),
        meaning="Nothing was written; what stood there before still stands.",
        next_call=f"ls -ld {shlex.quote(str(target.parent))}",
    )


@dataclass(frozen=True, eq=False)
class View:
    """A table with a title and a last line that says what is in it.

    `columns` are names with their unit; `rows` plain values, `Money` for amounts. `foot` is the count and the sums.
    `explained`, `sourced`, `problems` answer `.explain()`, `.sources()`, `.check()`; `chart` draws, where it can be drawn.
    `is_unanswered`: the case gives no answer to what was asked; at a terminal the exit code is then 1.
    """

    title: str
    columns: tuple[str, ...]
    rows: tuple[tuple[Any, ...], ...]
    foot: str = ""
    explained: tuple[str, ...] = ()
    sourced: tuple[str, ...] = ()
    problems: tuple[str, ...] = ()
    run: str = ""
    folder: Path | None = None
    parts: dict[str, View] = field(default_factory=dict)
    drawn: Callable[..., Any] | None = None
    is_unanswered: bool = False

    def __len__(self) -> int:
        return len(self.rows)

    def __iter__(self) -> Iterator[dict[str, Any]]:
        for row in self.rows:
            yield dict(zip(self.columns, row, strict=True))

    def __eq__(self, other: object) -> bool:
        """Compare the figures, not the run."""
        return isinstance(other, View) and (self.columns, self.rows) == (other.columns, other.rows)

    def __hash__(self) -> int:
        return hash((self.columns, len(self.rows)))

    def __getitem__(self, name: str) -> View:
        """Return a part by name: `trace["House"]`."""
        hits = [key for key in self.parts if name.casefold() in key.casefold()]
        if name in self.parts:
            return self.parts[name]
        if len(hits) == 1:
            return self.parts[hits[0]]
        raise CaseError(
            f"{name!r} names {'no part' if not hits else 'several parts'} of {self.title}.",
            meaning="Nothing was chosen." if self.parts else "This table has no parts to choose among.",
            next_call="one of " + ", ".join(repr(key) for key in list(self.parts)[:12])
            if self.parts
            else self.foot or "show the whole table: it has no parts",
        )

    def _ipython_key_completions_(self) -> list[str]:
        return list(self.parts)[:50]

    def where(self, **wanted: Any) -> View:
        """Return the rows in which every named column has the given value."""
        places = [(self.columns.index(name), value) for name, value in wanted.items()]
        kept = tuple(row for row in self.rows if all(row[n] == value for n, value in places))
        return View(
            self.title, self.columns, kept, f"{len(kept)} of {len(self.rows)} rows", run=self.run, folder=self.folder
        )

    @property
    def df(self) -> pd.DataFrame:
        """Return a pandas frame; an amount becomes integer minor units, its currency, and the printed text."""
        import pandas as pd

        data: dict[str, list[Any]] = {}
        for n, name in enumerate(self.columns):
            values = [row[n] for row in self.rows]
            if any(isinstance(v, Money) for v in values):
                data[name] = [v.minor if isinstance(v, Money) else v for v in values]
                data[f"{name}_ccy"] = [v.currency if isinstance(v, Money) else None for v in values]
                data[f"{name}_printed"] = [str(v) if isinstance(v, Money) else None for v in values]
            else:
                data[name] = values
        return pd.DataFrame(data)

    def explain(self) -> str:
        """Return the arithmetic or the reasoning, line by line."""
        return (
            "\n".join(visible(line) for line in self.explained)
            or "There is no arithmetic in this table; see .sources()."
        )

    def sources(self) -> tuple[str, ...]:
        """Return exhibit and locator of what the table rests on."""
        return tuple(visible(line) for line in self.sourced)

    def check(self) -> tuple[str, ...]:
        """Return what is wrong or missing; empty is good."""
        return tuple(visible(line) for line in self.problems)

    def show(self) -> Self:
        """Print the plain text and return the view itself."""
        print(self)
        return self

    def chart(self, *arguments: Any, **options: Any) -> Any:
        """Return the chart of this result."""
        if self.drawn is None:
            raise CaseError(
                f"{self.title} cannot be drawn.",
                meaning="Nothing is missing: it is a table.",
                next_call="case.trace().chart(...) or case.owners(...).chart()",
            )
        return self.drawn(*arguments, **options)

    def save(self, path: str, *, outside_case: bool = False) -> Path:
        """Write the table as CSV; inside the case's `out/` unless `outside_case=True`."""
        return write_whole(place_in(self.folder, path, outside_case=outside_case), self._csv().encode())

    def _csv(self) -> str:
        out = io.StringIO()
        writer = csv.writer(out, quoting=csv.QUOTE_ALL, lineterminator="\r\n")
        said = "text beginning with = + - @ or a tab carries a leading apostrophe"
        writer.writerow([_csv_cell(f"{self.title} - {said}")])
        writer.writerow([_csv_cell(name) for name in self.columns])
        for row in self.rows:
            writer.writerow([_csv_cell(value) for value in row])
        return out.getvalue()

    def __repr__(self) -> str:
        return self.text()

    def text(self, rows: int | None = ROWS_SHOWN) -> str:
        """Return the plain text with its first rows, or with all of them (None)."""
        most = len(self.rows) if rows is None else rows
        heads = [_cell(name.replace("_", " ")) for name in self.columns]
        body = [[_cell(value) for value in row] for row in self.rows[:most]]
        widths = [max([_width(heads[n]), *(_width(row[n]) for row in body)]) for n in range(len(heads))]
        right = [
            bool(self.rows) and all(isinstance(r[n], Money | int | type(None)) for r in self.rows)
            for n in range(len(heads))
        ]

        def line(cells: Sequence[str]) -> str:
            padded = [
                " " * (widths[n] - _width(cell)) + cell if right[n] else cell + " " * (widths[n] - _width(cell))
                for n, cell in enumerate(cells)
            ]
            return "  ".join(padded).rstrip()

        shown = f"showing {min(most, len(self.rows)):,} of {len(self.rows):,}"
        last = " · ".join(part for part in (shown, self.foot, f"run {self.run[:8]}" if self.run else "") if part)
        rule = ["  ".join("-" * width for width in widths)]
        return "\n".join([visible(self.title), line(heads), *rule, *[line(row) for row in body], visible(last)])

    def __str__(self) -> str:
        # a dataclass made of a view without repr=False would have a repr of its fields
        return View.__repr__(self)

    def _repr_html_(self) -> str:
        def cell(value: object, tag: str = "td") -> str:
            right = (
                ' style="text-align:right"' if isinstance(value, Money | int) and not isinstance(value, bool) else ""
            )
            return f"<{tag}{right}><bdi>{html.escape(_cell(value), quote=True)}</bdi></{tag}>"

        head = "".join(cell(name.replace("_", " "), "th") for name in self.columns)
        body = "".join("<tr>" + "".join(cell(v) for v in row) + "</tr>" for row in self.rows[:ROWS_SHOWN])
        last = html.escape(str(self).rsplit("\n", 1)[-1], quote=True)
        return (
            f"<table><caption><bdi>{html.escape(visible(self.title), quote=True)}</bdi></caption>"
            f"<thead><tr>{head}</tr></thead><tbody>{body}</tbody></table><p>{last}</p>"
        )

    def _repr_mimebundle_(self, include: object = None, exclude: object = None) -> dict[str, str]:
        return {"text/plain": str(self), "text/html": self._repr_html_()}


def _csv_cell(value: object) -> str:
    if isinstance(value, Money):
        return major(value.minor, value.currency) + " " + value.currency
    text = _shown(value) if value is not None else ""
    return f"'{text}" if not isinstance(value, int) and text[:1] in {"=", "+", "-", "@", "\t", "\r"} else text
