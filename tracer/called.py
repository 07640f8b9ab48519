"""The next call of a load or a preview: the call that was made, with its path, profile and answers, and what is asked.

A connector knows its exhibit by name alone, and its error says `tracer load NAME --answer KEY=VALUE`. Typed so from another
folder, without the profile and what was answered before, it is refused; here the name becomes the call that was made.
"""

from __future__ import annotations

import getpass
import os
import re
import shlex
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path

from tracer.ingest.intake import Custody
from tracer.model import TracerError
from tracer.tables import View

__all__ = ["Call", "options"]

#: Fields of custody that an option of `tracer load` states.
_CUSTODY = {
    "evidence_class": "--class",
    "received_from": "--from",
    "obtained": "--obtained",
    "authority": "--authority",
    "producer": "--producer",
}
_SIGN = "sign:"
_ASKED = re.compile(r"(?:^| )(?:--answer|-a) ([^ =]+)=")
_NAMED = re.compile(r"tracer load (EX-[0-9]{4,})(?![0-9])")
_PLACEHOLDER = "--profile FILE.yaml"


@dataclass(frozen=True, slots=True)
class Call:
    """A call of `load` or `preview` for one file. `options`: what says which case, and who; `graph`: which graph a load fills."""

    verb: str
    path: str
    answers: Mapping[str, str] = field(default_factory=dict)
    connector: str = ""
    custody: Custody | None = None
    options: tuple[str, ...] = ()
    graph: str = ""

    def next_call(self, told: str, *names: str, copy: Path | None = None) -> str:
        """Return a next call with `tracer load NAME` and `tracer preview NAME` as the call that was made.

        `names`: what the error may call the file: its name, its number. `copy`: the file as the case keeps it, which a preview
        of an exhibit number looks at. What the error asks takes the place of what was answered before.
        """
        wanted = "|".join(re.escape(name) for name in sorted({*names}, key=len, reverse=True) if name)
        if not wanted:
            return told
        found = re.search(rf"tracer (load|preview) (?:{wanted})(?=$|[ ,;)])", told)
        if found is None:
            return _NAMED.sub(lambda of: shlex.join(("tracer", "load", of[1], *self.options)), told)
        rest = told[found.end() :]
        asked, gap, remark = rest.partition("   (")
        profile = self.answers.get("profile", "")
        if profile and _PLACEHOLDER in asked:
            asked = asked.replace(_PLACEHOLDER, f"--profile {shlex.quote(profile)}")
        verb = found[1]
        if self.verb == "preview" and not re.search("--(?:sign|connector|class) ", asked):
            verb = "preview"
        made = shlex.join(self._words(verb, asked, copy))
        return f"{told[: found.start()]}{made}{asked}{gap}{remark}"

    def _words(self, verb: str, asked: str, copy: Path | None) -> list[str]:
        path = str(copy) if verb == "preview" and copy is not None else self.path
        said = ["tracer", verb, f"./{path}" if path.startswith("-") else path]
        again = set(_ASKED.findall(asked)) | {key for key in ("profile", "sign") if f"--{key} " in asked}
        for key, value in sorted(self.answers.items(), key=lambda one: one[0] != "profile"):
            if key in again:
                continue
            if key == "profile":
                said += ["--profile", value]
            elif not key.startswith(_SIGN):
                said += ["--answer", f"{key}={value}"]
            elif verb == "load":  # the answer holds `WHO: WHY`, and WHO is said by --by
                said += ["--sign", f"{key.removeprefix(_SIGN)}={value.partition(': ')[2] or value}"]
        if verb == "load":
            if self.connector and "--connector " not in asked:
                said += ["--connector", self.connector]
            for name, option in _CUSTODY.items():
                value = getattr(self.custody, name, "")
                if value and f"{option} " not in asked:
                    said += [option, value]
            said += ["--graph", self.graph] if self.graph else []
        return [_shown(word) for word in (*said, *self.options)]

    def tell(self, error: TracerError | None, *names: str, copy: Path | None = None) -> None:
        """Have an error name the call that was made as its next call."""
        if error is not None:
            error.next_call = self.next_call(error.next_call, *names, copy=copy)

    @contextmanager
    def told(self, *names: str) -> Iterator[None]:
        """Have an error that is raised inside name the call that was made."""
        try:
            yield
        except TracerError as error:
            self.tell(error, *names)
            raise

    def of_view(self, view: View, name: str) -> View:
        """Return what a preview shows, with every next call in it as the call that was made."""
        told = (
            f"Next: {self.next_call(line.removeprefix('Next: '), name)}" if line.startswith("Next: ") else line
            for line in view.explained
        )
        return replace(view, explained=tuple(told))


def options(case: Path, by: str) -> tuple[str, ...]:
    """Return the options with which a call from this folder reaches the case: none where it is here, or as TRACER_CASE says.

    A case below this folder is named from here, any other by its whole path.
    """
    here = Path.cwd()
    stated = os.environ.get("TRACER_CASE", "")
    said: list[str] = []
    if (Path(stated).expanduser().absolute() if stated else here) != case:
        said += ["--case", str(case.relative_to(here)) if case.is_relative_to(here) else str(case)]
    if by and by != getpass.getuser():
        said += ["--by", by]
    return tuple(said)


def _shown(word: str) -> str:
    """Return a word of the call with marks for what a terminal would obey."""
    return "".join(c if c.isprintable() else f"[{ord(c):02X}]" for c in word)
