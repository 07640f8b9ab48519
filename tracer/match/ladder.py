"""Rungs 0 to 3: what joins without a person."""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Iterable, Mapping

from tracer.match.references import bare, compatible, message_references, near, posting_references, usable
from tracer.model import EXPONENTS, Judgement, Message, Posting, Statement

__all__ = ["movement", "propose"]

_MONEY = ("MT103", "MT202", "MT205", "MT200", "MT900", "MT910", "pacs.004", "pacs.008", "pacs.009", "FAIM")


def movement(
    left: str,
    right: str,
    *,
    rung: int,
    features: Iterable[str],
    by: str = "tracer",
    on: str = "",
    reason: str = "",
    decision: str = "same",
    score: str = "",
) -> Judgement:
    """Return a judgement on two records; its id depends on the pair, the rung and who decided."""
    first, second = sorted((left, right))
    listed = tuple(features)
    text = "\n".join(("movement", first, second, decision, by, str(rung), *listed))
    return Judgement(
        id=hashlib.sha256(text.encode()).hexdigest()[:32],
        subject="movement",
        left=first,
        right=second,
        decision=decision,  # type: ignore[arg-type]
        by=by,
        on=on,
        reason=reason or f"rung {rung}: " + ", ".join(listed),
        rung=rung,
        features=listed,
        score=score,
    )


def propose(
    postings: Mapping[str, Posting], messages: Mapping[str, Message], statements: Mapping[str, Statement]
) -> tuple[Judgement, ...]:
    """Return the judgements of rungs 0 to 3, sorted by id of the pair; independent of the order of loading."""
    found = [
        *_copies_of_messages(messages),
        *_messages(messages),
        *_copies_of_postings(postings, statements),
        *_reversals(postings),
    ]
    copies = {j.right: j.left for j in found if "relation=copy" in j.features}
    lines = {key: value for key, value in postings.items() if key not in copies and value.status == "booked"}
    found += _two_sided(lines)
    found += _lines_of_messages(lines, messages)
    unique: dict[tuple[str, str], Judgement] = {}
    for judgement in sorted(found, key=lambda j: (j.rung, j.id)):
        unique.setdefault((judgement.left, judgement.right), judgement)
    return tuple(unique[pair] for pair in sorted(unique))


def _copies_of_messages(messages: Mapping[str, Message]) -> Iterable[Judgement]:
    by_content: dict[str, list[str]] = defaultdict(list)
    for key, message in messages.items():
        if message.content_hash:
            by_content[message.content_hash].append(key)
    for digest in sorted(by_content):
        first, *rest = sorted(by_content[digest])
        for other in rest:
            yield movement(first, other, rung=0, features=("relation=copy", f"content={digest[:16]}"))


def _moves_money(message: Message) -> bool:
    return message.kind.startswith(_MONEY) and message.settled is not None and message.accepted is not False


def _agents(message: Message) -> set[str]:
    return {agent.id[:8] for agent in message.agents if agent.scheme == "BIC"} | {
        bic[:8] for bic in (message.sender, message.receiver) if bic
    }


def _messages(messages: Mapping[str, Message]) -> Iterable[Judgement]:
    """Rungs 1 to 3 between messages: conditions of formats.md section 0 hold for each of them."""
    index: dict[str, set[str]] = defaultdict(set)
    for key, message in messages.items():
        if _moves_money(message):
            for name, value in message_references(message):
                index[("uetr:" if name == "uetr" else "") + value].add(key)
    pairs = {
        (one, other) for keys in index.values() if len(keys) < 200 for one in keys for other in keys if one < other
    }
    for one, other in sorted(pairs):
        left, right = messages[one], messages[other]
        if left.uetr and right.uetr and left.uetr.lower() != right.uetr.lower():
            continue  # different UETRs are different wires unless a person says otherwise
        if left.settled_currency != right.settled_currency or not near(left.settled_date, right.settled_date):
            continue
        digits = EXPONENTS.get(left.settled_currency, 2)
        high, low = max(left.settled or 0, right.settled or 0), min(left.settled or 0, right.settled or 0)
        if not compatible(high, low, digits) or not _agents(left) & _agents(right):
            continue
        rung, fired = _shared(left, right)
        if rung and (high == low or rung in {1, 3}):
            drift = () if high == low else (f"unexplained_difference={high - low}",)
            yield movement(one, other, rung=rung, features=(*fired, *drift))


def _shared(left: Message, right: Message) -> tuple[int, tuple[str, ...]]:
    """Return the best rung two messages share, with the fields that fired; 0 for none."""
    if left.uetr and left.uetr.lower() == right.uetr.lower():
        return 1, (f"uetr={left.uetr.lower()}", f"currency={left.settled_currency}")
    for a, b in ((left, right), (right, left)):
        if "COV" in b.kind and usable(a.reference) and usable(a.reference) == usable(b.related_reference):
            return 2, (f"21={b.related_reference} of the cover = 20 of the announcement",)
    if usable(left.end_to_end_id) and usable(left.end_to_end_id) == usable(right.end_to_end_id):
        return 2, (f"end_to_end_id={left.end_to_end_id}",)
    for a, b in ((left, right), (right, left)):
        confirms = b.kind in {"MT900", "MT910"}
        if (
            confirms
            and usable(b.related_reference)
            and usable(b.related_reference) in {usable(a.reference), usable(a.related_reference)}
        ):
            return 3, (f"21={b.related_reference} of {b.kind}",)
        if (a.imad and a.imad in {b.imad, b.previous_imad}) or (a.omad and a.omad == b.omad):
            return 3, (f"imad={a.imad or a.omad}",)
        if a.kind == "FAIM" and usable(a.reference) and usable(a.reference) == usable(b.reference):
            return 3, (f"reference={a.reference}",)
    return 0, ()


def _copies_of_postings(postings: Mapping[str, Posting], statements: Mapping[str, Statement]) -> Iterable[Judgement]:
    """The same line in two exhibits, or in an interim report and a statement: paired one to one by occurrence."""
    groups: dict[tuple[object, ...], list[tuple[str, str]]] = defaultdict(list)
    for key, p in postings.items():
        statement = statements.get(p.statement)
        origin = p.cite.exhibit + (statement.kind if statement and statement.kind in {"interim", "advice"} else "")
        same: tuple[object, ...] = (
            p.account_key or p.account,
            p.currency,
            p.amount,
            p.booked,
            p.value_date,
            p.reversal,
            usable(p.bank_reference),
            usable(p.owner_reference),
            usable(p.end_to_end_id),
        )
        if any(same[6:]):
            groups[same].append((origin, key))
    for same in sorted(groups, key=repr):
        by_origin: dict[str, list[str]] = defaultdict(list)
        for origin, key in groups[same]:
            by_origin[origin].append(key)
        if len(by_origin) < 2:
            continue
        order = sorted(by_origin, key=lambda origin: (origin.endswith(("interim", "advice")), origin))
        kept = sorted(by_origin[order[0]], key=lambda key: (postings[key].line, key))
        for origin in order[1:]:
            twins = sorted(by_origin[origin], key=lambda key: (postings[key].line, key))
            for first, second in zip(kept, twins, strict=False):
                judged = movement(
                    first, second, rung=0, features=("relation=copy", "account, amount, days and references agree")
                )
                # the copy stands on the right, whatever the order of the ids
                yield judged if judged.right == second else _turned(judged)


def _turned(judgement: Judgement) -> Judgement:
    from dataclasses import replace

    return replace(judgement, left=judgement.right, right=judgement.left)


def _reversals(postings: Mapping[str, Posting]) -> Iterable[Judgement]:
    """A reversal and its original: one account, equal amount, opposite sign, the same reference, the later one marked."""
    groups: dict[tuple[str, str, int, str], list[str]] = defaultdict(list)
    for key, p in postings.items():
        for _, reference in posting_references(p):
            groups[(p.account_key or p.account, p.currency, abs(p.amount), reference)].append(key)
    done: set[str] = set()
    for group in sorted(groups):
        marked = [key for key in groups[group] if postings[key].reversal]
        plain = [key for key in groups[group] if not postings[key].reversal]
        for key in marked:
            fits = [
                k for k in plain if postings[k].amount == -postings[key].amount and _before(postings[k], postings[key])
            ]
            if len(fits) == 1 and key not in done:
                done.add(key)
                yield movement(fits[0], key, rung=3, features=("relation=reversal", f"reference={group[3]}"))


def _before(one: Posting, other: Posting) -> bool:
    a, b = one.booked or one.value_date, other.booked or other.value_date
    return a is None or b is None or a <= b


def _two_sided(lines: Mapping[str, Posting]) -> Iterable[Judgement]:
    """Debit on one held account, credit on another: same reference, |amount| or stated original, each the other's party."""
    index: dict[str, list[str]] = defaultdict(list)
    for key, p in lines.items():
        if not p.reversal:
            for _, reference in posting_references(p):
                index[reference].append(key)
    fits: dict[str, set[str]] = defaultdict(set)
    why: dict[tuple[str, str], tuple[str, ...]] = {}
    for reference, keys in index.items():
        for debit in keys:
            for credit in keys:
                out, into = lines[debit], lines[credit]
                if (
                    out.amount >= 0
                    or into.amount <= 0
                    or (out.account_key or out.account) == (into.account_key or into.account)
                ):
                    continue
                how = _same_value(out, into)
                if (
                    how
                    and near(out.booked or out.value_date, into.booked or into.value_date)
                    and _each_others(out, into)
                ):
                    fits[debit].add(credit)
                    fits[credit].add(debit)
                    why[(debit, credit)] = (f"reference={reference}", how, "each account is the other's counterparty")
    for (debit, credit), features in sorted(why.items()):
        if len(fits[debit]) == 1 and len(fits[credit]) == 1:
            yield movement(debit, credit, rung=3, features=("relation=two_sided", *features))


def _same_value(out: Posting, into: Posting) -> str:
    if out.currency == into.currency:
        return "amount and currency equal" if -out.amount == into.amount else ""
    for one, other in ((into, out), (out, into)):
        if (
            one.original_amount is not None
            and one.original_currency == other.currency
            and abs(one.original_amount) == abs(other.amount)
        ):
            return f"original amount equal, executed {one.rate or 'rate not printed'}"
    return ""


def _each_others(out: Posting, into: Posting) -> bool:
    """Each account is printed as the other's counterparty; names are not required (they differ between two sides)."""
    return _names(into, out) and _names(out, into)


def _names(line: Posting, other: Posting) -> bool:
    printed = bare(line.counterparty_account)
    return bool(printed) and (printed == bare(other.account) or _tail(printed, other))


def _tail(printed: str, other: Posting) -> bool:
    own = other.account_key.rsplit(":", 1)[-1] if other.account_key else ""
    return len(own) >= 6 and printed.endswith(own)


def _lines_of_messages(lines: Mapping[str, Posting], messages: Mapping[str, Message]) -> Iterable[Judgement]:
    """A payment message and the statement line that books it: a shared reference, currency, equal amount, near day."""
    index: dict[str, list[str]] = defaultdict(list)
    for key, p in lines.items():
        if not p.reversal:
            for _, reference in posting_references(p):
                index[reference].append(key)
    for key, message in sorted(messages.items()):
        if not _moves_money(message):
            continue
        fits: dict[tuple[str, bool], dict[str, tuple[str, str]]] = defaultdict(dict)
        for name, reference in message_references(message):
            for line in index.get(reference, ()):
                p = lines[line]
                if (
                    p.currency == message.settled_currency
                    and abs(p.amount) == message.settled
                    and near(p.booked or p.value_date, message.settled_date)
                    and _party_agrees(message, p)
                ):
                    fits[(p.account_key or p.account, p.amount < 0)].setdefault(line, (name, reference))
        for side in sorted(fits):
            if len(fits[side]) == 1:  # several lines fit: none is joined
                ((line, (name, reference)),) = fits[side].items()
                rung = 1 if name == "uetr" else 2 if name == "end_to_end_id" else 3
                yield movement(
                    key,
                    line,
                    rung=rung,
                    features=("relation=booking", f"{name}={reference}", "amount and currency equal"),
                )


def _party_agrees(message: Message, line: Posting) -> bool:
    """Where the message prints the customer's account on the side of the line, it must be the line's account."""
    role = "debtor" if line.amount < 0 else "creditor"
    printed = [bare(p.account) for p in (*message.parties, *message.underlying) if p.role == role and p.account]
    return not printed or any(account == bare(line.account) or _tail(account, line) for account in printed)
