"""A mapping profile on a table: where its header stands, which column has which role, and which profile fits a file."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from importlib import resources
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc

from tracer.ingest.headings import is_heading, joined
from tracer.ingest.profile import Profile, words
from tracer.ingest.profile_keys import named_group, parse
from tracer.ingest.source import Source
from tracer.ingest.tabular import HEAD_ROWS, Row, Sheet, head_sheets, sheets
from tracer.model import CaseError, TracerError, UnreadableExhibit, excerpt

__all__ = [
    "Bound",
    "answered",
    "bind",
    "bound_sheets",
    "candidates",
    "column_names",
    "header_rows",
    "shipped",
]


@dataclass(frozen=True, slots=True)
class Bound:
    """A profile on one table: `header` is the row number of the header (0 without one), `at` maps role to column.

    `heads`: the rows of the header, of which `header` is the last.
    """

    profile: Profile
    sheet: Sheet
    header: int
    names: tuple[str, ...]
    at: dict[str, int]
    absent: tuple[str, ...]
    heads: tuple[Row, ...] = ()

    @property
    def prefix(self) -> str:
        return "" if self.sheet.form == "text" else f"sheet={self.sheet.index}/"

    def cell(self, row: Row, role: str) -> str:
        place = self.at.get(role)
        return row.cells[place] if place is not None and place < len(row.cells) else ""

    def kind(self, row: Row, role: str) -> str:
        place = self.at.get(role)
        return row.kinds[place] if place is not None and place < len(row.kinds) else ""

    def preamble(self) -> tuple[Row, ...]:
        return tuple(row for row in self.sheet.rows[: max(self.header - max(len(self.heads), 1), 0)] if not row.blank)

    def find(self, pattern: str) -> str:
        """Return what the group of a profile's pattern finds before the header, first row first."""
        if not pattern:
            return ""
        for row in self.preamble()[:200]:
            filled = [cell.strip() for cell in row.cells if cell.strip()]
            texts = [t[:2_000] for t in (*filled, " ".join(filled), row.raw)]
            for value in pc.extract_regex(pa.array(texts), named_group(pattern)).to_pylist():
                if value is not None and value["value"].strip():
                    return str(value["value"]).strip()
        return ""


def column_names(cells: Sequence[str]) -> tuple[str, ...]:
    """Return a name for every column: the header cell, `Name#2` for its repetition, `column 7` where it is empty."""
    seen: dict[str, int] = {}
    names = []
    for place, cell in enumerate(cells, 1):
        name = cell.strip().lstrip("\ufeff") or f"column {place}"
        key = words(name)
        seen[key] = seen.get(key, 0) + 1
        names.append(name if seen[key] == 1 else f"{name}#{seen[key]}")
    return tuple(names)


def header_rows(profile: Profile, sheet: Sheet) -> tuple[Row, ...]:
    """Return the rows among the first 40 that hold every header cell of the profile: one, or as many as it says; else none."""
    if profile.sheet and sheet.form != "text" and profile.sheet not in {str(sheet.index - 1), sheet.name}:
        return ()
    wanted = {words(cell) for cell in profile.header}
    for row in sheet.rows[:HEAD_ROWS]:
        if profile.skip_rows is not None and row.number <= profile.skip_rows:
            continue
        if profile.header_at.isdecimal() and row.number != int(profile.header_at):
            continue
        rows = sheet.rows[row.number - 1 : row.number - 1 + profile.header_rows]
        if len(rows) > 1 and not all(map(is_heading, rows)):
            continue  # a line of the account is never taken for a heading
        if not any(one.broken for one in rows) and wanted <= {words(cell) for cell in joined(rows, sheet)}:
            return rows
    return ()


def bind(profile: Profile, sheet: Sheet, where: str) -> Bound | None:
    """Put a profile on a table; None when its header is not there.

    Raises: CaseError when a column is neither taken nor ignored, or a column that must be there is not.
    """
    heads: tuple[Row, ...] = ()
    if profile.header_at == "none":
        names, header = profile.columns, 0
        if profile.skip_rows:
            header = profile.skip_rows
        widest = max((len(row.cells) for row in sheet.rows[:HEAD_ROWS]), default=0)
        names = (*names, *(f"column {n}" for n in range(len(names) + 1, widest + 1)))
    else:
        heads = header_rows(profile, sheet)
        if not heads:
            return None
        cells = joined(heads, sheet)
        named = [name for _, listed in profile.wanted() for name in listed] + list(profile.ignore)
        numbered = [int(m[1]) for name in named if (m := re.fullmatch(r"column ([0-9]{1,4})", name))]
        beyond = max(numbered, default=0) - len(cells)  # a header may be shorter than its lines
        names, header = column_names((*cells, *[""] * beyond)), heads[-1].number
    places: dict[str, int] = {}
    for place, name in enumerate(names):
        places.setdefault(words(name), place)
    at: dict[str, int] = {}
    absent = []
    for role, listed in profile.wanted():
        found = next((places[words(name)] for name in listed if words(name) in places), None)
        if found is None:
            absent.append((role, listed))
        else:
            at[role] = found
    must = [
        c for role, c in absent if role in {"booked", "amount", "debit", "credit", "flag"} or role in _must(profile)
    ]
    if must:
        raise CaseError(
            f"The table has no column {' or '.join(repr(name) for name in must[0])}, which {profile.name} needs.",
            where=f"{where}: row {header}",
            meaning="The bank may have changed its format, or this is another format. Nothing of the file is loaded.",
            next_call="tracer preview the file and correct the profile, or name another: --answer profile=FILE.yaml",
        )
    taken = set(at.values()) | {places[words(name)] for name in profile.ignore if words(name) in places}
    for place, name in enumerate(names):
        if place not in taken and not (name == f"column {place + 1}" and _empty(sheet, header, place)):
            raise CaseError(
                f"The column {excerpt(name)!r} is neither taken nor ignored by {profile.name}.",
                where=f"{where}: row {header}, column {place + 1}",
                meaning="A column that is forgotten may hold money. Nothing of the file is loaded until it has a place.",
                next_call=f"add it to the profile where it belongs, or to `ignore:`, in {profile.where}",
            )
    # A list of names is an offer; a single name that is missing may be a changed format and is marked.
    missing = tuple(listed[0] for _, listed in absent if len(listed) == 1)
    return Bound(profile, sheet, header, names, at, missing, heads)


def _must(profile: Profile) -> set[str]:
    scoped = {role for role in ("account", "currency") if getattr(profile, role).scope == "row"}
    return scoped if profile.kind == "statement" else {"record", "number"}


def _empty(sheet: Sheet, header: int, place: int) -> bool:
    return not any(len(row.cells) > place and row.cells[place].strip() for row in sheet.rows if row.number > header)


# --- which profile ----------------------------------------------------------------------------------------------


@lru_cache(maxsize=1)
def shipped() -> tuple[Profile, ...]:
    """Return the profiles that come with tracer, sorted by file name."""
    folder = resources.files("tracer.ingest") / "profiles"
    found = sorted((item.name, item.read_text("utf-8")) for item in folder.iterdir() if item.name.endswith(".yaml"))
    return tuple(parse(text, name) for name, text in found)


def answered(source: Source) -> Profile | None:
    """Return the profile a person named by `--answer profile=`, if any.

    Raises: CaseError.
    """
    named = source.answers.get("profile", "")
    if not named:
        return None
    direction = source.answers.get("direction", "")
    # No shipped profile is named like a file, and reading them all takes longer than a small table.
    for profile in () if named.endswith((".yaml", ".yml")) else shipped():
        if named in {profile.name, profile.name.partition("/")[0]}:
            return replace(profile, amount=profile.amount.answered(direction))
    path = Path(named)
    try:
        text = path.read_text("utf-8")
    except (OSError, UnicodeDecodeError):
        raise CaseError(
            f"The profile {excerpt(named)!r} is not a readable file and no profile that comes with tracer.",
            where=source.exhibit.name,
            meaning="Nothing of the exhibit is loaded.",
            next_call="--answer profile=FILE.yaml, or one of " + ", ".join(p.name for p in shipped()),
        ) from None
    made = parse(text, path.name)
    return replace(made, amount=made.amount.answered(direction))


def candidates(source: Source, kind: str) -> tuple[tuple[Profile, Sheet], ...]:
    """Return the profiles of one kind whose header stands in the head of the file, best fit first.

    A shipped profile must have a place for every column; one that a person named is taken at its word.
    """
    named = answered(source)
    found: list[tuple[int, Profile, Sheet]] = []
    for sheet in head_sheets(source):
        for profile in (named,) if named else shipped():
            if profile.kind != kind or profile.header_at == "none":
                continue
            if not header_rows(profile, sheet):
                continue
            if named is None:
                try:
                    bind(profile, sheet, "")
                except TracerError:
                    continue
            if not any(p.name == profile.name for _, p, _ in found):
                found.append((len(set(map(words, profile.header))), profile, sheet))
    found.sort(key=lambda item: (-item[0], item[1].name))
    return tuple((profile, sheet) for _, profile, sheet in found)


def bound_sheets(
    source: Source, profile: Profile, sheet: Sheet | None, accept: Callable[[Sheet], bool] = lambda _: True
) -> Iterable[Bound]:
    """Read the whole file and yield every table of it that the profile fits.

    Raises: UnreadableExhibit when none does; CaseError from `bind`.
    """
    whole = sheets(
        source,
        encoding=source.declared(profile.encodings) or (sheet.encoding if sheet else ""),
        delimiter=profile.delimiter or (sheet.delimiter if sheet else ""),
        quote=profile.quote,
    )
    found = [b for s in whole if accept(s) and (b := bind(profile, s, source.exhibit.name)) is not None]
    if not found:
        spans = [(s, s.rows[n : n + profile.header_rows]) for s in whole for n in range(min(HEAD_ROWS, len(s.rows)))]
        cells = {words(c) for s, rows in spans for c in joined(rows, s)}
        missing = [c for c in profile.header if words(c) not in cells]
        raise UnreadableExhibit(
            f"No row of the first {HEAD_ROWS} holds the header of {profile.name}"
            + (f": {', '.join(repr(excerpt(c)) for c in missing[:5])} not found." if missing else "."),
            where=source.exhibit.name,
            meaning="The bank may have changed its format, or this is another format. Nothing of the file is loaded.",
            next_call=f"tracer preview {source.exhibit.name}",
        )
    return found
