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
from tracer.model import CaseError, Exhibit, Judgement, LedgerLocked, Message, Money, Posting, TracerError
from tracer.model.judging import PART, in_force, pair_of, relation_of, set_of, withdrawn
from tracer.tables import View, visible
from tracer.visible import clip

__all__ = [
    "Judged",
    "Matches",
    "Pair",
    "Parts",
    "ask",
    "decide",
    "judged",
    "matches",
    "object_of",
    "pairs",
    "unrecorded",
]

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
    "parts": "one payment in several records: do they make it up together?",
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

    @property
    def asked(self) -> tuple[str, str]:
        """Return the two names by which it is judged."""
        return self.candidate.left, self.candidate.right

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


@dataclass(frozen=True, slots=True)
class Parts:
    """A payment in parts as a person sees it: the whole, each part with its place, and how they sum. Judged as one, undone as one."""

    id: str
    candidate: match.InParts
    whole: str
    parts: tuple[str, ...]

    @property
    def asked(self) -> tuple[str, str]:
        """Return the two names by which it is judged: the whole, and its parts with a comma between."""
        return self.candidate.whole, ",".join(self.candidate.parts)

    def lines(self) -> tuple[str, ...]:
        """Return the lines of the screen."""
        c = self.candidate
        return (
            f"{self.id}  parts: {_KINDS['parts']}",
            f"  whole  {self.whole}",
            *(f"  part {n} {part}" for n, part in enumerate(self.parts, 1)),
            *(f"    {name:9}{points:+4d}  {why}" for name, points, why in c.features),
            f"    score {c.score} of 100" + ("; other records sum to it as well" if c.is_tied else ""),
        )

    def calls(self) -> tuple[str, ...]:
        """Return the call that records each answer, ready to paste."""
        parts = ",".join(part[:12] for part in self.candidate.parts)
        return tuple(
            f'tracer judge {self.candidate.whole[:12]} {parts} {word} --reason "…"'
            for word in ("same", "different", "unsure")
        )

    def __str__(self) -> str:
        return "\n".join(visible(line) for line in self.lines())


@dataclass(frozen=True, eq=False, repr=False)
class Matches(View):
    """The open candidates, and `.accept`, `.reject`, `.unsure` to answer one of them with a reason."""

    pairs: tuple[Pair | Parts, ...] = ()
    decide: Callable[..., View] | None = None

    def candidates(self) -> tuple[Pair | Parts, ...]:
        """Return what is open, the pairs first, each best first."""
        return self.pairs

    def next(self) -> Pair | Parts | None:
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
        return self.decide(*hits[0].asked, decision, reason=reason, over=False)


@dataclass(frozen=True, eq=False, repr=False)
class Judged(View):
    """A judgement as recorded; `judgement` is its id, by which it is taken back."""

    judgement: str = ""


# -- the candidates


def pairs(facts: Facts, exhibits: Sequence[Exhibit]) -> tuple[Pair | Parts, ...]:
    """Return the open candidates of one movement with both records in words, and behind them the payments in parts."""
    numbers = {e.sha256: e.number for e in exhibits}
    held: dict[str, Posting | Message] = {**facts["posting"], **facts["message"]}
    found, parted = match.undecided(
        facts["posting"],
        facts.judgements,
        facts["message"],
        facts["statement"],
        transfers=facts.transfers,
        columns=facts.columns,
    )
    return (
        *(
            Pair(
                hashlib.sha256("\n".join(sorted((c.left, c.right))).encode()).hexdigest()[:8],
                c,
                _told(c.left, held[c.left], numbers),
                _told(c.right, held[c.right], numbers),
                _told(c.second, held[c.second], numbers) if c.second else "",
            )
            for c in found
        ),
        *(
            Parts(
                c.id[:8], c, _told(c.whole, held[c.whole], numbers), tuple(_told(k, held[k], numbers) for k in c.parts)
            )
            for c in parted
        ),
    )


def shown(found: Sequence[Pair | Parts], least: int) -> tuple[Pair | Parts, ...]:
    """Return the candidates with at least so many points of 100; the others stay open, and `tracer judge` takes them all."""
    return tuple(p for p in found if p.candidate.score >= least)


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
    facts: Facts, fresh: int, exhibits: Sequence[Exhibit], folder: Path, decide: Callable[..., View], least: int = 0
) -> Matches:
    """Return the candidates of rung 4 with at least so many points, how many have fewer, and what was joined below them."""
    postings, found = facts["posting"], pairs(facts, exhibits)
    open_pairs = shown(found, least)
    held: dict[str, Posting | Message] = {**postings, **facts["message"]}
    rows = [
        (
            p.id,
            p.candidate.kind if isinstance(p, Pair) else "parts",
            p.asked[0][:12],
            ",".join(key[:12] for key in p.asked[1].split(",")),
            _money(held[p.asked[0]]),
            p.candidate.score,
            p.candidate.margin if isinstance(p, Pair) else None,
            "; ".join(f"{name} {points:+d} ({why})" for name, points, why in p.candidate.features),
        )
        for p in open_pairs
    ]
    standing = in_force(facts.judgements)
    in_parts = {set_of(j)[0]: j for j in standing if relation_of(j) == PART}
    rungs = Counter(
        j.rung for j in standing if j.decision == "same" and j.subject == "movement" and relation_of(j) != PART
    )
    explained = [f"{'by a person' if rung < 0 else f'rung {rung}'}: {n} joined" for rung, n in sorted(rungs.items())]
    if sets := match.part_sets(facts.judgements, held):
        explained.append(f"by a person: {len(sets)} payment{'s'[: len(sets) > 1]} in parts, each counted once")
    named, paired = match.between_held(facts.transfers, postings)
    explained.append(
        f"{named} lines name another held account: {paired} have their other side, {named - paired} do not"
    )
    explained += [
        f"{c}: {Money(a, c)} counted once, {Money(b, c)} printed on all statements"
        for c, (a, b) in match.count_once(facts.transfers, postings).items()
        if c
    ]
    explained += [
        f"judged {j.decision} by {j.by} on {j.on}: {j.left[:12]} {_others(j, standing)}: {j.reason}; to take it back: tracer "
        f'judge --withdraw {j.id[:12]} --reason "…"'
        for j in standing
        if j.rung < 0 and (relation_of(j) != PART or in_parts[set_of(j)[0]] is j)
    ]
    for p in open_pairs:
        explained += ["", *p.lines(), *(f"    {call}" for call in p.calls())]
    two = sum(1 for t in facts.transfers if t.debit and t.credit)
    hidden = len(found) - len(open_pairs)
    below = (
        f" · {hidden} candidates below {least} points not shown (case.yaml, tracing.min_match_score)" if hidden else ""
    )
    doubts = match.doubts(postings, facts["message"], facts.judgements)
    return Matches(
        "Candidates of one movement",
        ("id", "kind", "left", "right", "amount", "score", "margin", "features"),
        tuple(rows),
        f"{len(facts.transfers)} transfers, {two} on both sides · {fresh} new judgements{below}",
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
    over: bool = True,
) -> tuple[Judgement, ...]:
    """Return a person's judgement on two records, or what takes back `withdraw`; what stands already as it is.

    Records are named by id, by the beginning of one, or (parties) by the source's own record id. A payment in parts is its
    whole, and its parts with a comma between: one judgement of each part, all of one set, taken back together.

    Raises: CaseError for an unknown or ambiguous record, a decision that is none, a missing reason, or one that is no text, a
    judgement that cannot be taken back, or, without `over`, where another person has decided of the pair.
    """
    if not is_text(reason):
        raise CaseError(
            "The reason holds bytes that are no text (UTF-8).",
            where="judge",
            meaning="Nothing was recorded: no export could print the reason.",
            next_call="the same call with the reason typed again; a terminal must be set to UTF-8",
        )
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
    first = _full(pair[0], kinds, facts)
    others = tuple(dict.fromkeys(_full(name, kinds, facts) for name in pair[1].split(",")))
    is_party = kinds[first] == "party"
    if first in others or any((kinds[key] == "party") != is_party for key in others) or (is_party and len(others) > 1):
        raise CaseError(
            "Two different records of one kind are judged: two parties, or two records of a payment, or a payment and its parts.",
            where="judge",
            meaning="Nothing was recorded.",
            next_call="tracer match",
        )
    word: match.Decision = decision  # type: ignore[assignment]  # one of the three words, as checked above
    standing = in_force(recorded)
    if not over:
        _refuse_over(first, others, standing, decision, by)
    if len(others) > 1:
        shown = (f"decided_at={at}", *_parts_shown(first, others, facts))
        made = match.together(first, others, decision=word, features=shown, by=by, on=at[:10], reason=reason)
        stood = tuple(j for j in standing if set_of(j) == set_of(made[0]))
        is_same = len(stood) == len(made) and {(j.decision, j.reason) for j in stood} == {(decision, reason)}
        return stood if is_same else made
    (second,) = others
    records: dict[str, Any] = {**facts["posting"], **facts["message"]}
    relation = "" if is_party or decision != "same" else match.between(records[first], records[second])
    shown = (f"decided_at={at}", *([f"relation={relation}"] if relation else ()), *_shown(first, second, facts))
    one = match.movement(
        first,
        second,
        rung=-1,
        features=shown,
        by=by,
        on=at[:10],
        reason=reason,
        decision=word,
        subject="party" if is_party else "movement",
    )
    stands = next((j for j in standing if pair_of(j) == pair_of(one) and j.rung < 0 and relation_of(j) != PART), None)
    return (stands if stands and (stands.decision, stands.reason) == (decision, reason) else one,)


def _refuse_over(first: str, others: Sequence[str], standing: Sequence[Judgement], decision: str, by: str) -> None:
    """Refuse to answer what another person has answered since it was shown."""
    pairs = {(first, key) if first < key else (key, first) for key in others}
    theirs = next((j for j in standing if j.rung < 0 and j.by != by and pair_of(j) in pairs), None)
    if theirs is not None:
        raise CaseError(
            f"{theirs.by} judged it {theirs.decision} on {theirs.on}, after it was shown here: {theirs.reason}",
            where="match",
            meaning="Nothing was recorded: an answer does not overrule another person's in silence.",
            next_call=f'to overrule it: tracer judge {first[:12]} {",".join(key[:12] for key in others)} {decision} --reason "…"',
        )


def is_text(words: str) -> bool:
    """Say whether what was typed is text: bytes that were no UTF-8 stand in it as lone surrogates, which nothing can print."""
    return not any("\ud800" <= c <= "\udfff" for c in words)


def unrecorded(made: Sequence[Judgement], recorded: Sequence[Judgement]) -> tuple[Judgement, ...]:
    """Return the judgements where they change what stands: a second call with the same arguments changes nothing."""
    standing = {j.id for j in in_force(recorded)} | {*withdrawn(recorded).values()}
    return tuple(j for j in made if j.id not in standing)


def object_of(made: Sequence[Judgement]) -> str:
    """Return what was judged, as the log names it: a record and the other, or all the others."""
    return f"{made[0].left} {','.join(j.right for j in made)}"


def _others(judgement: Judgement, standing: Sequence[Judgement]) -> str:
    """Return the other record of a judgement, or all parts of its set."""
    if relation_of(judgement) != PART:
        return judgement.right[:12]
    return ",".join(j.right[:12] for j in standing if set_of(j) == set_of(judgement))


def _parts_shown(whole: str, parts: Sequence[str], facts: Facts) -> Iterator[str]:
    """Yield how the parts sum, and what the proposal showed when it was decided, if there was one."""
    records: dict[str, Any] = {**facts["posting"], **facts["message"]}
    yield f"sum={match.sum_of(records[whole], [records[key] for key in parts]) or 'not that of the whole'}"
    for c in match.in_parts(facts["posting"], facts.judgements, facts["message"], transfers=facts.transfers):
        if c.id == match.set_id(whole, parts):
            yield f"score={c.score}"
            yield from (f"{name}={points:+d} ({why})" for name, points, why in c.features)


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


def _taken_back(recorded: Sequence[Judgement], name: str, *, reason: str, by: str, at: str) -> tuple[Judgement, ...]:
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
    gone = withdrawn(recorded)
    together = [found]
    if relation_of(found) == PART:
        mine = gone.keys() if found.id in gone else {j.id for j in in_force(recorded)}
        together = [j for j in recorded if set_of(j) == set_of(found) and j.id in mine] or together
    taken = {j.id: j for j in recorded}
    return tuple(
        taken[gone[j.id]] if j.id in gone else match.withdrawal(j, by=by, at=at, reason=reason) for j in together
    )


def judged(made: Sequence[Judgement], before: Facts, after: Facts, folder: Path, *, is_new: bool) -> View:
    """Return the judgement as recorded, with what it did to the movements."""
    records: dict[str, Any] = {**after["posting"], **after["message"], **after["party"]}
    first = made[0]
    keys = dict.fromkeys((first.left, *(j.right for j in made)))
    rows = [(key[:12], type(records[key]).__name__, str(records[key].cite)) for key in keys]
    said = f"Judged {first.decision}" if is_new else f"Already so since {first.on}: {first.decision}"
    counts = f" · {len(before.transfers)} transfers before, {len(after.transfers)} after"
    return Judged(
        f"{said}: {first.reason}",
        ("id", "record", "place"),
        tuple(rows),
        f"judgement {first.id[:12]} by {first.by} on {first.on}" + (counts if first.subject == "movement" else ""),
        explained=(f'To take it back: tracer judge --withdraw {first.id[:12]} --reason "…"',),
        folder=folder,
        judgement=first.id,
    )


# -- the dialogue


def ask(
    fresh: Callable[[], Sequence[Pair | Parts]], decide_pair: Callable[..., View], answers: TextIO, screen: TextIO
) -> tuple[int, int]:
    """Work through the candidates; return how many decisions of it stand, and how many pairs are left open.

    After every answer the candidates are computed again from what is now recorded, since one answer may settle others.
    `back` takes the last answer of this dialogue back, by a judgement with a reason of its own, and the one before it the next
    time. The end of the input is `quit`, also in the middle of a line: half a reason is none.
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
            try:
                done = decide_pair("", "", "", reason=reason, withdraw=answered[-1])
            except TracerError as refusal:
                screen.write(f"{refusal}\n")
                continue
            answered.pop()
            decided -= 1
            screen.write(f"{clip(done.title, 300)} ({done.foot})\n")
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
            done = decide_pair(*pair.asked, decision, reason=reason, over=False)
        except LedgerLocked as refusal:  # another session writes at this moment: the pair is asked again
            screen.write(f"{refusal}\n")
            continue
        except TracerError as refusal:
            screen.write(f"{refusal}\n")
            passed.add(pair.id)
            continue
        decided += 1
        if isinstance(done, Judged):
            answered.append(done.judgement)
        screen.write(f"{clip(done.title, 300)} ({done.foot})\n")
    return decided, len(fresh())


def _line(prompt: str, answers: TextIO, screen: TextIO) -> str | None:
    """Return one answered line, None at the end of the input. The prompt is flushed first: nobody answers what is not shown.

    Bytes that no strict decoder reads come as one lone surrogate: no answer, and refused as a reason (`is_text`).
    """
    screen.write(prompt)
    screen.flush()
    try:
        text = answers.readline()
    except UnicodeDecodeError:
        return "\ud800"
    if text and not text.endswith("\n"):
        screen.write("\nThe input ended in the middle of a line: it is no answer, and nothing of it was recorded.\n")
        return None
    return text.strip() if text else None
