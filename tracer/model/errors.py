"""What tracer says when something is wrong.

::

    TracerError
    ├── UnreadableExhibit     a file is refused whole: its hash is logged, nothing is loaded
    │   ├── UnclaimedExhibit  no connector, or more than one, claims it
    │   └── TwinExhibit       the same bytes are already in the case
    ├── LedgerError           the ledger cannot do what was asked
    │   ├── LedgerLocked      another writer holds the case
    │   └── LedgerBroken      the chain or a segment does not verify
    ├── CaseError             case.yaml, a folder or a permission
    ├── GraphError            a graph server cannot be reached, or cannot do what was asked
    ├── CurrencyMismatch      two currencies in one sum
    ├── RuleError             a tracing input that no rule can take
    │   └── NotCovered        a feature that tracer says it does not have yet
    └── CheckFailed           a result that contradicts itself: nothing is written

Every error has the five parts of the house form: what happened, where, what it means for the
case, the next call, and its own name. Evidence text in an error is cut to 80 characters.
"""

__all__ = [
    "CaseError",
    "CheckFailed",
    "CurrencyMismatch",
    "GraphError",
    "LedgerBroken",
    "LedgerError",
    "LedgerLocked",
    "NotCovered",
    "RuleError",
    "TracerError",
    "TwinExhibit",
    "UnclaimedExhibit",
    "UnreadableExhibit",
    "excerpt",
]


def excerpt(text: str, limit: int = 80) -> str:
    """Return evidence text fit for an error: one line, visible controls, at most `limit` characters."""
    shown = "".join(c if c.isprintable() else f"[{ord(c):02X}]" for c in text[: limit + 1])
    return shown if len(shown) <= limit else shown[:limit] + f"… ({len(text)} characters)"


def _one_line(text: str) -> str:
    """Return a part of an error with marks for what a terminal would obey: a name in it forges no line (safety.md S14)."""
    return "".join(c if c.isprintable() else f"[{ord(c):02X}]" for c in text)


class TracerError(Exception):
    """A person's or an input's mistake, told in five lines.

    `what` happened · `where` (file:row:column, or the call) · `meaning` for the case · `next_call`.
    """

    def __init__(self, what: str, *, where: str = "", meaning: str = "", next_call: str = "") -> None:
        self.what, self.where, self.meaning, self.next_call = what, where, meaning, next_call
        super().__init__(what)

    def lines(self) -> tuple[str, ...]:
        """Return the five lines, without those that do not apply."""
        parts = (self.what, self.where, self.meaning, self.next_call and f"Next: {self.next_call}")
        return (*[_one_line(part) for part in parts if part], f"[{type(self).__name__}]")

    def __str__(self) -> str:
        return "\n".join(self.lines())

    def _render_traceback_(self) -> list[str]:
        """Show the five lines in IPython instead of a stack trace (notebook.md E1)."""
        return list(self.lines())


class UnreadableExhibit(TracerError):
    """A file is refused whole with one sentence; its hash is still logged."""


class UnclaimedExhibit(UnreadableExhibit):
    """No connector claims the file, or more than one does."""


class TwinExhibit(UnreadableExhibit):
    """The same bytes were taken in before."""


class LedgerError(TracerError):
    """The ledger cannot do what was asked."""


class LedgerLocked(LedgerError):
    """Another process writes to this case."""


class LedgerBroken(LedgerError):
    """A hash in the chain, or of a segment, does not match."""


class CaseError(TracerError):
    """The case folder or its case.yaml is not usable as it stands."""


class GraphError(TracerError):
    """A graph server cannot be reached, or cannot do what was asked. The ledger is not affected."""


class CurrencyMismatch(TracerError):
    """Two currencies met in one sum."""


class RuleError(TracerError):
    """A tracing input that no rule can take."""


class NotCovered(RuleError):
    """A feature that tracer does not have yet; `what` names it."""


class CheckFailed(TracerError):
    """An invariant does not hold: the run stops and nothing is exported."""
