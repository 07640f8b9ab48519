r"""Column bands: where the columns of one bank's PDF statement stand, drawn once and kept in the mapping profile.

```yaml
pdf:
  bands: {Date: [50, 105], Details: [105, 320], Paid out: [320, 400], Paid in: [400, 470], Balance: [470, 545]}
  top: 0              # nothing above this is a line of the account (points from the upper edge); 0: no limit
  bottom: 0           # nothing below it
  header: every_page  # every_page: a table begins under the header words of `match`; first_page: later pages go on without
  text: below         # below: a line of text belongs to the line above it; nearest: to the nearest line
  under: {Payee account: Payee}   # a column of its own: what stands in the band Payee on the line below a record
  carry: [Date]       # an empty cell of these columns says what the one above says (a day printed once)
  number: "Statement no\\.? (\\S+)"   # the number of a statement, where several stand in one file
```
A text in columns of characters has the key `text` instead, with first and last column, counted from 1; `header: none` where
no words stand over the lines; no `top` and no `bottom`:

```yaml
text:
  bands: {Date: [1, 10], Details: [12, 44], Debit: [45, 58], Credit: [59, 72], Balance: [73, 90]}
```
The names of the bands are the columns that every other key of the profile speaks of.
"""

from __future__ import annotations

import itertools
import math
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from tracer.ingest.pdf import Line, Word, joined

__all__ = ["Bands", "bands_of"]

#: The end and the beginning of figures that a space parts: `1 234,56`.
_LEFT = re.compile(r"(?:^|[-+(])[0-9]{1,3}$")
_GROUP = re.compile(r"[0-9]{3}(?![0-9])")
_NUMBER = re.compile(r"[-+(]?[0-9]")
_SIGNS_BEFORE = frozenset({"-", "+", "(", "−"})
_SIGNS_BEHIND = frozenset({"-", "+", ")", "−", "DR", "CR", "DB", "Dr", "Cr", "Db", "D", "C", "S", "H"})
_SLACK = 1.5  # points by which a word may pass the edge of its band


@dataclass(frozen=True, slots=True)
class Bands:
    """The columns of a page: name, left and right edge in points from the left edge of the page as it is shown."""

    columns: tuple[tuple[str, float, float], ...]
    top: float = 0.0
    bottom: float = 0.0
    header: str = "every_page"
    text: str = "below"
    under: tuple[tuple[str, str], ...] = ()
    carry: tuple[str, ...] = ()
    number: str = ""
    is_text: bool = False

    @property
    def key(self) -> str:
        """The key of the profile under which the bands are drawn."""
        return "text" if self.is_text else "pdf"

    @property
    def names(self) -> tuple[str, ...]:
        return (*(name for name, _, _ in self.columns), *(name for name, _ in self.under))

    def cut(self, line: Line) -> tuple[tuple[str, ...], tuple[Word, ...]]:
        """Return the cell of every band, and the words that no band holds. A word belongs where its middle is, whole."""
        held: list[list[Word]] = [[] for _ in self.columns]
        outside = []
        for word in line.words:
            place = self.place(word)
            if place is None:
                outside.append(word)
            else:
                held[place].append(word)
        return (*map(joined, held), *("" for _ in self.under)), tuple(outside)

    def place(self, word: Word) -> int | None:
        for at, (_, left, right) in enumerate(self.columns):
            if left <= word.middle < right:
                return at
        return None

    def astride(self, line: Line, money: Sequence[int]) -> tuple[str, ...]:
        """Return the words that stand in two bands of which one holds money: the column they belong to is not sure."""
        found = []
        slack = 0.0 if self.is_text else _SLACK
        for word in line.words:
            touched = [
                at
                for at, (_, left, right) in enumerate(self.columns)
                if word.x0 < right - slack and word.x1 > left + slack
            ]
            if len(touched) > 1 and set(touched) & set(money) and any(letter.isdecimal() for letter in word.text):
                found.append(word.text)
        return (*found, *self._parted(line, money)) if self.is_text else tuple(found)

    def _parted(self, line: Line, money: Sequence[int]) -> Iterator[str]:
        """Yield what one figure of a text seems to have on two sides of an edge: groups of digits, or its sign."""
        for one, two in itertools.pairwise(line.words):
            sides = {self.place(one), self.place(two)}
            if len(sides) < 2 or not sides & set(money):
                continue
            is_grouped = two.x0 - one.x1 == 1 and _LEFT.search(one.text) and _GROUP.match(two.text)
            is_signed = one.text in _SIGNS_BEFORE and _NUMBER.match(two.text) and self.place(two) in money
            is_marked = (
                two.text in _SIGNS_BEHIND
                and _NUMBER.match(one.text)
                and self.place(one) in money
                and self.place(two) not in money
            )
            if is_grouped or is_signed or is_marked:
                yield f"{one.text} {two.text}"


def bands_of(page: Any) -> Bands | None:
    """Read the key `pdf` or `text` of a profile; None where it is not there. `page` is a mapping of `tracer.ingest.profile`.

    Raises: CaseError with file and line.
    """
    if not page.node:
        return None
    is_text = page.name == "text"
    drawn = page.page("bands")
    columns = []
    for name in tuple(drawn.node):
        edges = [_points(text) for text in drawn.texts(name)]
        if is_text and len(edges) == 2:
            edges[0] -= 1  # the first column is 1, and both are of the band
        if len(edges) != 2 or not 0 <= edges[0] < edges[1] < math.inf or (is_text and any(edge % 1 for edge in edges)):
            raise drawn.bad(
                f"`{page.name}.bands.{name}` is "
                + ("a first and a last column from 1," if is_text else "a left and a right edge in points,")
                + " such as [50, 105], the left one first."
            )
        columns.append((str(name), edges[0], edges[1]))
    columns.sort(key=lambda column: column[1])
    for (before, _, right), (name, left, _) in itertools.pairwise(columns):
        if left < right:
            raise drawn.bad(f"The bands {before!r} and {name!r} overlap: a word between them would be in two columns.")
    if len(columns) < 2:
        raise drawn.bad(f"`{page.name}.bands` draws at least two columns.")
    made = Bands(
        tuple(columns),
        _points(page.text("top", "0")),
        _points(page.text("bottom", "0")),
        page.text("header", "every_page", ("every_page", "first_page", *(("none",) if is_text else ()))),
        page.text("text", "below", ("below", "nearest")),
        page.pairs("under"),
        page.texts("carry"),
        page.pattern("number"),
        is_text,
    )
    drawn_names = [name for name, _, _ in columns]
    for key, named in (("carry", made.carry), ("under", tuple(band for _, band in made.under))):
        if unknown := [name for name in named if name not in drawn_names]:
            raise page.bad(f"`{page.name}.{key}` names {unknown[0]!r}, which is no band.")
    if twice := [name for name, _ in made.under if name in drawn_names]:
        raise page.bad(f"`{page.name}.under` gives the name {twice[0]!r}, which a band has.")
    if is_text and (made.top or made.bottom):
        raise page.bad("`text.top` and `text.bottom` are no keys: a text has no upper edge.")
    if not (math.isfinite(made.top) and math.isfinite(made.bottom)):
        raise page.bad("`pdf.top` and `pdf.bottom` are numbers of points from the upper edge.")
    page.done()
    return made


def _points(text: str) -> float:
    try:
        return float(text) if len(text) < 12 else math.inf
    except ValueError:
        return math.inf
