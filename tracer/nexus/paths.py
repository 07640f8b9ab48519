"""The places that a payment passes, per document and for several documents together (nexus.md sections 0 and 2).

A path depends on places alone, never on how many messages describe it. An institution known only from narrative and a test
address make no stop; an unlinked ABA number and a BIC in one position are one stop for legs, and two institutions otherwise.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from tracer.model import Message, Posting, Statement
from tracer.nexus.identifiers import TERRITORIES, is_test
from tracer.nexus.institutions import Institution, linked
from tracer.nexus.mentions import Mention, is_event, is_report, is_return, line_ends, mentions

__all__ = ["Stop", "announcement", "crossings", "is_announcement", "legs", "line_path", "merge", "path", "third_bank"]


@dataclass(frozen=True, slots=True)
class Stop:
    """One place on the path. `key` is BIC8 or scheme and number; `is_bic` tells the two apart; `place` is the country."""

    key: str
    place: str
    is_bic: bool
    unlinked: bool = False

    def stands_for(self, other: Stop) -> bool:
        """Say whether an unlinked number and a BIC of the same country may be one place."""
        return self.is_bic != other.is_bic and self.place == other.place and self.unlinked and other.unlinked


Path = tuple[Stop, ...]


def _stop(mention: Mention, on: date | None, rows: Sequence[Institution]) -> Stop | None:
    if not mention.place or mention.where == "text" or (mention.scheme == "BIC" and is_test(mention.id)):
        return None
    row = linked(mention.id, mention.scheme, on, rows)
    if mention.scheme != "BIC" and row is not None and row.bic8:
        return Stop(row.bic8, mention.place, is_bic=True)
    unlinked = row is None or not (row.aba and row.bic8)
    return Stop(mention.key, mention.place, mention.scheme == "BIC", unlinked)


def _by_role(message: Message, rows: Sequence[Institution]) -> dict[str, list[Mention]]:
    # the institution's role does not tell 57 from 58 or 52 from 50: the field does, so agents are read again by their own role
    from tracer.nexus.mentions import mention_of

    found: dict[str, list[Mention]] = {}
    for agent in message.agents:
        made = [m for m in mention_of(agent, message.settled_date, rows) if m.place]
        if made:
            found.setdefault(agent.role, []).extend(made[:1])
    ends = [m for m in mentions(message, rows, frozenset()) if m.where in {"end", "owner"}]
    for role, names in (
        ("instructing_agent", {"INSTRUCTING", "ACCOUNT_SERVICER"}),
        ("instructed_agent", {"INSTRUCTED", "ACCOUNT_OWNER"}),
    ):
        found[role] = [m for m in ends if m.role in names][:1]
    return found


def _bic4(text: str) -> str:
    return text[:4] if len(text) >= 8 and not text[:4].isdigit() else ""


def third_bank(message: Message) -> bool:
    """Say whether 53a names a third bank: BIC4 differs from sender and receiver. Then a cover must follow."""
    for agent in message.agents:
        if agent.role == "instructing_reimbursement_agent" and agent.scheme == "BIC" and agent.id:
            return agent.id[:4] not in {_bic4(message.sender), _bic4(message.receiver)}
    return False


def is_announcement(message: Message) -> bool:
    """Say whether the message only announces money that a cover moves: a third bank in 53a, or COVE."""
    if is_report(message) or is_event(message):
        return False
    return message.settlement_method == "COVE" or third_bank(message)


def path(message: Message, rows: Sequence[Institution] = ()) -> tuple[Path, ...]:
    """Return the places of one document in the order of the money; two parts where the money between them is not shown.

    Serial: sender, receiver, 56a, 57a. With 53a or 54a: sender, 53a, 55a, 54a, receiver. Bank transfer: and 58a.
    MT910: 52a, 56a, servicer, owner. MT900: owner, servicer.
    """
    roles = _by_role(message, rows)

    def take(*names: str) -> list[Mention]:
        return [m for name in names for m in roles.get(name, [])]

    sender, receiver = take("instructing_agent"), take("instructed_agent")
    onward = take("intermediary_agent_1", "intermediary_agent_2", "intermediary_agent_3", "creditor_agent")
    passed = take(*(f"previous_instructing_agent_{n}" for n in range(1, 10)))
    on = message.settled_date
    if message.kind.startswith("MT910"):
        return _parts([[*take("debtor_agent", "intermediary_agent_1"), *sender, *receiver]], on, rows)
    if message.kind.startswith("MT900"):
        return _parts([[*receiver, *sender]], on, rows)
    if is_report(message) or (is_event(message) and not is_return(message)):
        return ()
    start = [*take("debtor_institution", "debtor_agent"), *passed, *sender]
    after = [*onward, *take("creditor_institution")]
    through = take("instructing_reimbursement_agent", "third_reimbursement_agent", "instructed_reimbursement_agent")
    if message.settlement_method == "COVE" and not through:
        return _parts([start, [*receiver, *after]], on, rows)
    return _parts([[*start, *through, *receiver, *after]], on, rows)


def line_path(posting: Posting, statement: Statement | None, rows: Sequence[Institution]) -> tuple[Path, ...]:
    """Return owner and servicer of a statement line, by sign: a debit leaves the owner through the servicer."""
    servicer, owner = line_ends(posting, statement, rows)
    ends = [m for m in (owner, servicer) if m is not None]
    return _parts([ends if posting.amount < 0 else ends[::-1]], posting.value_date or posting.booked, rows)


def _parts(parts: Iterable[Iterable[Mention]], on: date | None, rows: Sequence[Institution]) -> tuple[Path, ...]:
    made = []
    for part in parts:
        stops = [stop for mention in part if (stop := _stop(mention, on, rows)) is not None]
        if stops:
            made.append(_without_repeats(stops))
    return tuple(made)


def _without_repeats(stops: Sequence[Stop]) -> Path:
    kept: list[Stop] = []
    for stop in stops:
        if not kept or kept[-1].key != stop.key:
            kept.append(stop)
    return tuple(kept)


def announcement(message: Message, rows: Sequence[Institution] = ()) -> tuple[str, str] | None:
    """Return the ends of an announcement, which is no money leg; None for a serial payment."""
    if not is_announcement(message):
        return None
    roles = _by_role(message, rows)
    ends = [roles[name][0].place if roles[name] else "" for name in ("instructing_agent", "instructed_agent")]
    return (ends[0], ends[1]) if all(ends) else None


def merge(paths: Iterable[Path]) -> tuple[Path, ...]:
    """Return the paths of several documents as one, or as several where they share no place.

    The longest first; other stops go between their nearest common neighbours. The result does not depend on the order given.
    """
    waiting = sorted({p for p in paths if p}, key=lambda p: (-len(p), [(s.key, s.place) for s in p]))
    parts: list[Path] = []
    while waiting:
        base = waiting.pop(0)
        while True:
            near = next((p for p in waiting if _matches(base, p)), None)
            if near is None:
                break
            waiting.remove(near)
            base = _merged(base, near)
        parts.append(base)
    return tuple(parts)


_EXACT, _LIKELY = 1000, 1


def _matches(base: Path, other: Path) -> list[tuple[int, int]]:
    """Return the best alignment: equal places first, then unlinked numbers beside BICs, each in order."""
    rows, columns = len(base), len(other)
    score = [[0] * (columns + 1) for _ in range(rows + 1)]

    def weight(a: Stop, b: Stop) -> int:
        return _EXACT if a.key == b.key else _LIKELY if a.stands_for(b) else 0

    for n in range(rows - 1, -1, -1):
        for m in range(columns - 1, -1, -1):
            gain = weight(base[n], other[m])
            taken = score[n + 1][m + 1] + gain if gain else 0
            score[n][m] = max(taken, score[n + 1][m], score[n][m + 1])
    found, n, m = [], 0, 0
    while n < rows and m < columns and score[n][m]:
        gain = weight(base[n], other[m])
        if gain and score[n][m] == score[n + 1][m + 1] + gain:
            found.append((n, m))
            n, m = n + 1, m + 1
        elif score[n][m] == score[n + 1][m]:
            n += 1
        else:
            m += 1
    return found


def _merged(base: Path, other: Path) -> Path:
    made: list[Stop] = []
    at, then = 0, 0
    for n, m in [*_matches(base, other), (len(base), len(other))]:
        made += [*base[at:n], *other[then:m]]
        if n < len(base):
            # of a number and a BIC in one position the BIC is kept, so that later paths still find their place
            made.append(base[n] if base[n].is_bic or base[n].key == other[m].key else other[m])
        at, then = n + 1, m + 1
    return _without_repeats(made)


def legs(parts: Iterable[Path]) -> tuple[tuple[str, str], ...]:
    """Return the pairs of places along the path, in order."""
    return tuple((a.place, b.place) for part in parts for a, b in itertools.pairwise(part))


def crossings(pairs: Iterable[tuple[str, str]], *, territories: bool = False) -> dict[str, int]:
    """Return how many legs lead into and out of the US; a US-to-US leg is no crossing."""
    inside = {"US", *TERRITORIES} if territories else {"US"}
    listed = list(pairs)
    return {
        "into_us": sum(1 for a, b in listed if a not in inside and b in inside),
        "out_of_us": sum(1 for a, b in listed if a in inside and b not in inside),
    }
