"""What a long verb says while it works, and what it says when a person stops it (notebook.md E3).

Nothing is said under two seconds; then one line per step with count, rate and remaining time, plain text on the error
stream. The thread that says it ends with the verb. Ctrl-C becomes `Stopped`, which says what was committed.

::

    @verb           a method of Case: everything below speaks for it, however deep
    say(...)        what is being done, and how much of how much
    counted(items)  the same items, counted into the present step
    kept(...)       what is committed up to here
"""

from __future__ import annotations

import functools
import shlex
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from types import FrameType, TracebackType
from typing import Any, TypeVar, cast

from tracer.model import CaseError
from tracer.visible import visible

__all__ = ["Progress", "Stopped", "add", "counted", "kept", "say", "verb"]

Item = TypeVar("Item")
Method = TypeVar("Method", bound=Callable[..., Any])

_SLOW = 2.0  # seconds before the first word, and between two lines: notebook.md E3
_REPEAT = 10.0  # seconds after which an unchanged step is said again


class Stopped(KeyboardInterrupt):
    """A person stopped a verb. Told in the house form; still a KeyboardInterrupt, so nothing catches it by mistake."""

    def __init__(self, what: str, *, where: str, meaning: str, next_call: str) -> None:
        self.what, self.where, self.meaning, self.next_call = what, where, meaning, next_call
        super().__init__(what)

    def lines(self) -> tuple[str, ...]:
        said = (self.what, self.where, self.meaning, f"Next: {self.next_call}", "[Stopped]")
        return tuple(visible(line) for line in said)

    def __str__(self) -> str:
        return "\n".join(self.lines())

    def _render_traceback_(self) -> list[str]:
        return list(self.lines())


class Progress:
    """One running verb: `with Progress("load", folder):`. Inside another it is silent: the outer one speaks."""

    running: Progress | None = None

    def __init__(self, name: str, where: object) -> None:
        self.name, self.where, self.kept = name, str(where), "Nothing of the case was changed"
        self.interrupted = False
        self.doing, self.done, self.total = "", 0, 0
        self._began = self._step_began = time.monotonic()
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._speak, name=f"tracer {name}", daemon=True)
        self._handles = False

    def __enter__(self) -> Progress:
        if Progress.running is None:
            Progress.running = self
            # Libraries may turn a Ctrl-C into an error of their own (DuckDB: RuntimeError "Query interrupted").
            main = threading.current_thread() is threading.main_thread()
            self._handles = main and signal.getsignal(signal.SIGINT) is signal.default_int_handler
            if self._handles:
                signal.signal(signal.SIGINT, self._remember)
            self._thread.start()
        return self

    def _remember(self, number: int, frame: FrameType | None) -> None:
        self.interrupted = True
        raise KeyboardInterrupt

    def step(self, doing: str, done: int, total: int) -> None:
        if self.interrupted:
            raise KeyboardInterrupt
        if doing != self.doing:
            self._step_began = time.monotonic()
        self.doing, self.done, self.total = doing, done, total

    def line(self, now: float) -> str:
        """Return the line for this moment."""
        spent = now - self._step_began
        parts = [f"{self.name}: {self.doing or 'working'}"]
        if self.done:
            is_within = self.total >= self.done  # a total counts records, and what is made of them may be more
            parts.append(f"{self.done:,} of {self.total:,}" if is_within else f"{self.done:,}")
            if self.done > spent > 0:
                parts.append(f"{self.done / spent:,.0f} a second")
        if self.done and self.total > self.done:
            parts.append(f"about {spent / self.done * (self.total - self.done):,.0f} s left")
        else:
            parts.append(f"{now - self._began:.0f} s so far")
        return ", ".join(parts)

    def _speak(self) -> None:
        said, at = "", 0.0
        while not self._over.wait(_SLOW):
            now = time.monotonic()
            state = f"{self.doing} {self.done}"
            if state != said or now - at >= _REPEAT:
                said, at = state, now
                print(visible(self.line(now)), file=sys.stderr, flush=True)

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if Progress.running is not self:
            return
        Progress.running = None
        self._over.set()
        self._thread.join()
        if self._handles:
            signal.signal(signal.SIGINT, signal.default_int_handler)
        if self.interrupted or (kind is not None and issubclass(kind, KeyboardInterrupt)):
            raise Stopped(
                f"{self.name} was stopped by Ctrl-C" + (f" ({self.doing})." if self.doing else "."),
                where=self.where,
                meaning=f"{self.kept}; the rest is as if never begun.",
                next_call="run the same command again; it goes on from there",
            ) from None


def verb(method: Method) -> Method:
    """Let a method of a case say what it does, under its own name."""

    @functools.wraps(method)
    def told(case: Any, *given: Any, **named: Any) -> Any:
        with Progress(method.__name__, case.folder) as progress:
            try:
                return method(case, *given, **named)
            except PermissionError as error:
                raise _closed(error, method.__name__, progress.kept) from None

    return cast("Method", told)


def _closed(error: PermissionError, name: str, kept: str) -> CaseError:
    place = Path(str(error.filename or "."))
    return CaseError(
        f"No permission for {place.name}, which tracer {name} needs.",
        where=str(place),
        meaning=f"{kept}; what stood there before still stands.",
        next_call=f"ls -ld {shlex.quote(str(place.parent))} {shlex.quote(str(place))}, then the same command again",
    )


def say(doing: str, done: int = 0, total: int = 0) -> None:
    """Say what the running verb does now.

    Raises: KeyboardInterrupt when a library swallowed a Ctrl-C since the last step.
    """
    if Progress.running is not None:
        Progress.running.step(doing, done, total)


def add(number: int) -> None:
    """Count into the present step."""
    if Progress.running is not None:
        Progress.running.done += number


def counted(items: Iterable[Item]) -> Iterator[Item]:
    """Yield the items, counting them into the present step."""
    for item in items:
        add(1)
        yield item


def kept(what: str) -> None:
    """Say what of the running verb is committed: the sentence a person gets who stops it here."""
    if Progress.running is not None:
        Progress.running.kept = what
