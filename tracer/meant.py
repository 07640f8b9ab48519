"""What a person means by a word: a target, an account or a gap of the trace, by any name that an export prints of it.

Every verb that is asked of one of them reads it here, so that a name which one verb understands is understood by all.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import TypeVar

from tracer.model import AssetTrace, CaseError, Dossier, Gap
from tracer.printed import Printed

__all__ = ["target_meant", "words_meant"]

T = TypeVar("T")


def target_meant(made: Dossier, wanted: str, verb: str, nothing: str) -> AssetTrace:
    """Return the target meant: called so in full, else the one asset, else the one target, that holds the words.

    A target is called by its name in the trace, the record of an asset, its description, and what the tables print: an
    account by number, holder and display id (AC-01). `nothing`: what it means for the case that none is meant.

    Raises: CaseError where none or several are meant.
    """
    word, targets = wanted.casefold(), made.trace.targets
    printed = Printed(made).targets(targets)

    def called(t: AssetTrace) -> set[str]:
        key = t.target.removeprefix("bal:")
        names = (
            t.target,
            t.name,
            t.target.removeprefix("sink:ASSET:"),
            printed[t.target],
            made.account_ids.get(key, ""),
        )
        return {name.casefold() for name in names if name}

    full = [t for t in targets if word in called(t)]
    held = [t for t in targets if word and any(word in name for name in called(t))]
    hits: list[AssetTrace] = []
    for hits in (full, [t for t in held if t.kind == "asset"], held):
        if len(hits) == 1:
            return hits[0]
        if hits:
            break
    listed = hits or [t for t in targets if t.kind == "asset"] or list(targets)
    raise CaseError(
        f"{wanted!r} names {len(hits) or 'no'} target{'s' if len(hits) != 1 else ''} of the trace.",
        where=verb,
        meaning=nothing,
        next_call="one of " + ", ".join(repr(t.name or t.target) for t in listed[:8]),
    )


def words_meant(made: Dossier, words: Sequence[str], accounts: Sequence[str], gaps: Iterable[Gap]) -> tuple[str, ...]:
    """Return the words of an assumption with accounts and gaps as the trace calls them; a word that means none stays.

    accounts, gaps: of the books, before the dossier numbers them.
    """
    said = list(words)
    kind = said[0] if said else ""
    if kind in ("order", "opening") and len(said) > (place := 1 if kind == "order" else 2):
        said[place] = _account(made, said[place], accounts)
    if kind == "holes" and len(said) > 2:
        said[2] = _gap(made, said[2], gaps)
    return tuple(said)


def _account(made: Dossier, wanted: str, accounts: Sequence[str]) -> str:
    printed, word = Printed(made), wanted.removeprefix("bal:")
    if word in accounts:
        return word

    def held(name: str) -> bool:
        return bool(word) and word.casefold() in printed.account(name).casefold()

    by_id = _only(accounts, lambda name: made.account_ids.get(name, "").casefold() == word.casefold())
    return by_id or _only(accounts, held) or wanted


def _gap(made: Dossier, wanted: str, gaps: Iterable[Gap]) -> str:
    """Return the id that the books give to a gap which the dossier numbers so."""
    numbered = next((gap for gap in made.gaps if gap.id.casefold() == wanted.casefold()), None)
    if numbered is None:
        return wanted
    same = _only(list(gaps), lambda gap: _told(gap) == _told(numbered))
    return same.id if same else wanted


def _told(gap: Gap) -> tuple[object, ...]:
    return gap.kind, gap.period, gap.affects, gap.amount, gap.currency, gap.cites


def _only(among: Sequence[T], is_meant: Callable[[T], bool]) -> T | None:
    hits = [one for one in among if is_meant(one)]
    return hits[0] if len(hits) == 1 else None
