"""Match and judge at the rim: candidates with both records in view, a person's answer, and how it is taken back.

Every answer is appended at once, so that stopping loses nothing. Undo is another judgement: it takes the first one back, and
what stood before it stands again.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TextIO

from tracer import match
from tracer.findings import Facts
from tracer.model import CaseError, Exhibit, Judgement, Message, Money, Posting, TracerError
from tracer.model.judging import in_force, pair_of, withdrawn
from tracer.tables import View, visible

__all__ = ["Judged", "Matches", "Pair", "ask", "decide", "judged", "matches", "pairs", "unrecorded"]

#: What a person may answer at the prompt -> the decision; None asks the next pair.
ANSWERS: dict[str, str | None] = {
    "s": "same",
    "same": "same",
    "n": "different",
    "not": "different",
    "not the same": "different",
    "u": "unsure",
    "unsure": "unsure",
    "k": None,
    "skip": None,
    "": None,
}
_KINDS = {
    "two sides": "a debit and a credit of two accounts: one payment?",
    "booking": "a payment message and a statement line: does the line book it?",
    "legs": "two payment messages: legs of one payment?",
    "copy": "two lines of one account in two exhibits: one line printed twice?",
    "conversion": "a debit in one currency and a credit in another: one conversion?",
}

_TIED = "several ways to pair all of them are equally good"


@dataclass(frozen=True, slots=True)
class Pair:
    """One candidate as a person sees it: both records with their places, every feature, the second best and the margin."""

    id: str
    candidate: match.Candidate
    left: str
    right: str
    second: str

    def lines(self) -> tuple[str, ...]:
        """Return the lines of the screen."""
        c = self.candidate
        rival = f"second best: {self.second}" if self.second else "no other record fits"
        return (
            f"{self.id}  {c.kind}: {_KINDS[c.kind]}",
            f"  {self.left}",
            f"  {self.right}",
            *(f"    {name:8}{points:+4d}  {why}" for name, points, why in c.features),
            f"    score {c.score} of 100, margin {c.margin}; {rival}"
            + ("" if c.is_best else f"; {_TIED if c.is_tied else 'another pair is better for one of the two'}"),
        )

    def calls(self) -> tuple[str, ...]:
        """Return the call that records each answer, ready to paste."""
        c = self.candidate
        return tuple(
            f'tracer judge {c.left[:12]} {c.right[:12]} {word} --reason "…"' for word in ("same", "different", "unsure")
        )

    def __str__(self) -> str:
        return "\n".join(visible(line) for line in self.lines())


@dataclass(frozen=True, eq=False, repr=False)
class Matches(View):
    """The open candidates, and `.accept`, `.reject`, `.unsure` to answer one of them with a reason."""

    pairs: tuple[Pair, ...] = ()
    decide: Callable[..., View] | None = None

    def candidates(self) -> tuple[Pair, ...]:
        """Return the open pairs, best first."""
        return self.pairs

    def next(self) -> Pair | None:
        """Return the best open pair, None when nothing is open."""
        return self.pairs[0] if self.pairs else None

    def accept(self, pair: str, reason: str) -> View:
        """Record that the two records of a candidate are one movement."""
        return self._answer(pair, "same", reason)

    def reject(self, pair: str, reason: str) -> View:
        """Record that they are two movements."""
        return self._answer(pair, "different", reason)

    def unsure(self, pair: str, reason: str) -> View:
        """Record that it cannot be told; the pair is not proposed again."""
        return self._answer(pair, "unsure", reason)

    def _answer(self, pair: str, decision: str, reason: str) -> View:
        hits = [p for p in self.pairs if pair and p.id.startswith(pair)]
        if len(hits) != 1 or self.decide is None:
            raise CaseError(
                f"{pair!r} names {'no candidate' if not hits else 'several candidates'}.",
                where="match",
                meaning="Nothing was recorded.",
                next_call="one of " + (", ".join(p.id for p in self.pairs[:10]) or "none: no candidate is open"),
            )
        return self.decide(hits[0].candidate.left, hits[0].candidate.right, decision, reason=reason)


@dataclass(frozen=True, eq=False, repr=False)
class Judged(View):
    """A judgement as recorded; `judgement` is its id, by which it is taken back."""

    judgement: str = ""


# -- the candidates


def pairs(facts: Facts, exhibits: Sequence[Exhibit]) -> tuple[Pair, ...]:
    """Return the open candidates of one movement with both records in words."""
    numbers = {e.sha256: e.number for e in exhibits}
    held: dict[str, Posting | Message] = {**facts["posting"], **facts["message"]}
    found = match.candidates(
        facts["posting"], facts.judgements, facts["message"], facts["statement"], transfers=facts.transfers
    )
    return tuple(
        Pair(
            hashlib.sha256("\n".join(sorted((c.left, c.right))).encode()).hexdigest()[:8],
            c,
            _told(c.left, held[c.left], numbers),
            _told(c.right, held[c.right], numbers),
            _told(c.second, held[c.second], numbers) if c.second else "",
        )
        for c in found
    )


def _told(key: str, record: Posting | Message, numbers: Mapping[str, str]) -> str:
    """Return a record in one line: what it is, day, amount, accounts, references, text, and where it is printed."""
    place = f"{numbers.get(record.cite.exhibit, record.cite.exhibit[:12])}@{record.cite.locator}"
    if isinstance(record, Posting):
        said = [
            f"line {key[:12]}",
            str(record.booked or record.value_date),
            str(Money(record.amount, record.currency)),
            f"account {record.account}",
            f"counterparty {' '.join(filter(None, (record.counterparty, record.counterparty_account)))}"
            if record.counterparty or record.counterparty_account
            else "",
            " ".join(filter(None, (record.owner_reference, record.bank_reference, record.end_to_end_id))),
            record.details[:80],
        ]
    else:
        money = Money(record.settled, record.settled_currency) if record.settled is not None else "no amount"
        said = [
            f"{record.kind} {key[:12]}",
            str(record.settled_date),
            str(money),
            f"{record.sender or '?'} to {record.receiver or '?'}",
            " ".join(filter(None, (record.reference, record.related_reference, record.end_to_end_id))),
            record.remittance[:80],
        ]
    return " · ".join((*filter(None, said), place))


def matches(
    facts: Facts, fresh: int, exhibits: Sequence[Exhibit], folder: Path, decide: Callable[..., View]
) -> Matches:
    """Return the candidates of rung 4, and what was joined below them."""
    postings, open_pairs = facts["posting"], pairs(facts, exhibits)
    held: dict[str, Posting | Message] = {**postings, **facts["message"]}
    rows = [
        (
            p.id,
            p.candidate.kind,
            p.candidate.left[:12],
            p.candidate.right[:12],
            _money(held[p.candidate.left]),
            p.candidate.score,
            p.candidate.margin,
            "; ".join(f"{name} {points:+d} ({why})" for name, points, why in p.candidate.features),
        )
        for p in open_pairs
    ]
    standing = in_force(facts.judgements)
    rungs = Counter(j.rung for j in standing if j.decision == "same" and j.subject == "movement")
    explained = [f"{'by a person' if rung < 0 else f'rung {rung}'}: {n} joined" for rung, n in sorted(rungs.items())]
    explained += [
        f"{c}: {Money(a, c)} counted once, {Money(b, c)} printed on all statements"
        for c, (a, b) in match.count_once(facts.transfers, postings).items()
        if c
    ]
    explained += [
        f"judged {j.decision} by {j.by} on {j.on}: {j.left[:12]} {j.right[:12]}: {j.reason}; to take it back: tracer "
        f'judge --withdraw {j.id[:12]} --reason "…"'
        for j in standing
        if j.rung < 0
    ]
    for p in open_pairs:
        explained += ["", *p.lines(), *(f"    {call}" for call in p.calls())]
    two = sum(1 for t in facts.transfers if t.debit and t.credit)
    doubts = match.doubts(postings, facts["message"], facts.judgements)
    return Matches(
        "Candidates of one movement",
        ("id", "kind", "left", "right", "amount", "score", "margin", "features"),
        tuple(rows),
        f"{len(facts.transfers)} transfers, {two} on both sides · {fresh} new judgements",
        explained=tuple(explained),
        problems=tuple(g.description_en for g in (*match.unmatched(facts.transfers, postings), *doubts)),
        folder=folder,
        pairs=open_pairs,
        decide=decide,
    )


def _money(record: Posting | Message) -> Money | None:
    if isinstance(record, Posting):
        return Money(abs(record.amount), record.currency)
    return Money(record.settled, record.settled_currency) if record.settled is not None else None


# -- a person's answer


def decide(
    recorded: Sequence[Judgement],
    facts: Facts,
    pair: tuple[str, str],
    decision: str,
    *,
    reason: str,
    by: str,
    at: str,
    withdraw: str = "",
) -> Judgement:
    """Return a person's judgement on two records, or the one that takes back `withdraw`; one that stands already as it is.

    Records are named by id, by the beginning of one, or (parties) by the source's own record id.

    Raises: CaseError for an unknown or ambiguous record, a decision that is none, a missing reason, or a judgement that
    cannot be taken back.
    """
    if not reason.strip():
        raise CaseError(
            "A judgement needs a reason.",
            where="judge",
            meaning="Nothing was recorded: a decision without a reason cannot be defended.",
            next_call=f'tracer judge {f"--withdraw {withdraw}" if withdraw else " ".join((*pair, decision))} --reason "…"',
        )
    if withdraw:
        return _taken_back(recorded, withdraw, reason=reason, by=by, at=at)
    if decision not in ("same", "different", "unsure"):
        raise CaseError(
            f"{decision!r} is no decision.",
            where="judge",
            meaning="Nothing was recorded.",
            next_call="one of same, different, unsure",
        )
    kinds = {key: kind for kind in ("posting", "message", "party") for key in facts[kind]}
    first, second = (_full(name, kinds, facts) for name in pair)
    if (kinds[first] == "party") != (kinds[second] == "party") or first == second:
        raise CaseError(
            "Two different records of one kind are judged: two parties, or two records of a payment.",
            where="judge",
            meaning="Nothing was recorded.",
            next_call="tracer match",
        )
    made = match.movement(
        first,
        second,
        rung=-1,
        features=(f"decided_at={at}", *_shown(first, second, facts)),
        by=by,
        on=at[:10],
        reason=reason,
        decision=decision,  # type: ignore[arg-type]  # one of the three words, as checked above
        subject="party" if kinds[first] == "party" else "movement",
    )
    stands = next((j for j in in_force(recorded) if pair_of(j) == pair_of(made) and j.rung < 0), None)
    return stands if stands and (stands.decision, stands.reason) == (decision, reason) else made


def unrecorded(made: Judgement, recorded: Sequence[Judgement]) -> tuple[Judgement, ...]:
    """Return the judgement where it changes what stands: a second call with the same arguments changes nothing."""
    standing = {j.id for j in in_force(recorded)} | {*withdrawn(recorded).values()}
    return () if made.id in standing else (made,)


def _full(name: str, kinds: Mapping[str, str], facts: Facts) -> str:
    hits = sorted(key for key in kinds if key.startswith(name)) if len(name) >= 4 else []
    hits = hits or sorted(key for key, party in facts["party"].items() if party.record == name)[:1]
    if len(hits) != 1:
        raise CaseError(
            f"{name!r} names {'no record' if not hits else 'several records'}.",
            where="judge",
            meaning="Nothing was recorded.",
            next_call="tracer match   (lists candidates with their ids)",
        )
    return hits[0]


def _shown(left: str, right: str, facts: Facts) -> Iterator[str]:
    """Yield what the candidate showed when it was decided, so that a later reader sees what the person saw."""
    wanted = {left, right}
    for c in match.candidates(
        facts["posting"], facts.judgements, facts["message"], facts["statement"], transfers=facts.transfers
    ):
        if {c.left, c.right} == wanted:
            yield f"score={c.score} margin={c.margin}"
            yield from (f"{name}={points:+d} ({why})" for name, points, why in c.features)


def _taken_back(recorded: Sequence[Judgement], name: str, *, reason: str, by: str, at: str) -> Judgement:
    hits = {j.id: j for j in recorded if len(name) >= 4 and j.id.startswith(name)}
    if len(hits) != 1:
        raise CaseError(
            f"{name!r} names {'no judgement' if not hits else 'several judgements'}.",
            where="judge",
            meaning="Nothing was recorded.",
            next_call="tracer match   (lists what persons decided, with their ids)",
        )
    (found,) = hits.values()
    if found.rung >= 0:
        raise CaseError(
            f"{found.id[:12]} is a proposal of the ladder (rung {found.rung}), not a person's decision.",
            where="judge",
            meaning="Nothing was recorded: the ladder would propose it again.",
            next_call=f'tracer judge {found.left[:12]} {found.right[:12]} different --reason "…"',
        )
    back = withdrawn(recorded).get(found.id)
    return next((j for j in reversed(recorded) if j.id == back), None) or match.withdrawal(
        found, by=by, at=at, reason=reason
    )


def judged(made: Judgement, before: Facts, after: Facts, folder: Path, *, is_new: bool) -> View:
    """Return the judgement as recorded, with what it did to the movements."""
    records: dict[str, Any] = {**after["posting"], **after["message"], **after["party"]}
    rows = [(key[:12], type(records[key]).__name__, str(records[key].cite)) for key in (made.left, made.right)]
    said = f"Judged {made.decision}" if is_new else f"Already so since {made.on}: {made.decision}"
    counts = f" · {len(before.transfers)} transfers before, {len(after.transfers)} after"
    return Judged(
        f"{said}: {made.reason}",
        ("id", "record", "place"),
        tuple(rows),
        f"judgement {made.id[:12]} by {made.by} on {made.on}" + (counts if made.subject == "movement" else ""),
        explained=(f'To take it back: tracer judge --withdraw {made.id[:12]} --reason "…"',),
        folder=folder,
        judgement=made.id,
    )


# -- the dialogue


def ask(
    fresh: Callable[[], Sequence[Pair]], decide_pair: Callable[..., View], answers: TextIO, screen: TextIO
) -> tuple[int, int]:
    """Work through the candidates; return how many decisions of it stand, and how many pairs are left open.

    After every answer the candidates are computed again from what is now recorded, since one answer may settle others.
    `back` takes the last answer of this dialogue back, by a judgement with a reason of its own, and the one before it the next
    time. The end of the input is `quit`.
    """
    decided = 0
    passed: set[str] = set()
    answered: list[str] = []
    while left := [p for p in fresh() if p.id not in passed]:
        pair = left[0]
        screen.write(f"\n{len(left)} open · {pair}\n")
        word = _line("[s]ame, [n]ot the same, [u]nsure, s[k]ip, [b]ack, [q]uit > ", answers, screen)
        if word is None or word.casefold() in {"q", "quit"}:
            break
        if word.casefold() in {"b", "back"}:
            if not answered:
                screen.write("Nothing was answered here yet: there is nothing to take back.\n")
                continue
            reason = _line("reason to take the last answer back > ", answers, screen)
            if reason is None:
                break
            if not reason.strip():
                screen.write("Nothing was recorded: taking back needs a reason too.\n")
                continue
            done = decide_pair("", "", "", reason=reason, withdraw=answered.pop())
            decided -= 1
            screen.write(f"{done.title} ({done.foot})\n")
            continue
        if word.casefold() not in ANSWERS:
            screen.write(f"{visible(word)[:40]!r} is none of the answers.\n")
            continue
        decision = ANSWERS[word.casefold()]
        reason = _line("reason > ", answers, screen) if decision else ""
        if reason is None:
            break
        if not decision or not reason.strip():
            screen.write("Nothing was recorded; the pair stays open.\n")
            passed.add(pair.id)
            continue
        try:
            done = decide_pair(pair.candidate.left, pair.candidate.right, decision, reason=reason)
        except TracerError as refusal:
            screen.write(f"{refusal}\n")
            passed.add(pair.id)
            continue
        decided += 1
        if isinstance(done, Judged):
            answered.append(done.judgement)
        screen.write(f"{done.title} ({done.foot})\n")
    return decided, len(fresh())


def _line(prompt: str, answers: TextIO, screen: TextIO) -> str | None:
    """Return one answered line, None at the end of the input. The prompt is flushed first: nobody answers what is not shown."""
    screen.write(prompt)
    screen.flush()
    text = answers.readline()
    return text.strip() if text else None
