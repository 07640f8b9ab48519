"""From judgements to transfers: a pure function, so that a judgement can be withdrawn by another."""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence

from tracer.match.references import bare
from tracer.model import CheckFailed, Gap, Judgement, Message, Posting, Transfer, major

__all__ = ["conclude", "count_once", "standing", "unmatched"]


def standing(judgements: Iterable[Judgement]) -> tuple[Judgement, ...]:
    """Return the judgement that stands for each pair: a person's before the ladder's, the later before the earlier."""
    last: dict[tuple[str, str], Judgement] = {}
    for judgement in judgements:
        if judgement.subject != "movement":
            continue
        pair = (min(judgement.left, judgement.right), max(judgement.left, judgement.right))
        held = last.get(pair)
        if held is None or judgement.rung < 0 or held.rung >= 0:
            last[pair] = judgement
    return tuple(last[pair] for pair in sorted(last))


def conclude(
    postings: Mapping[str, Posting], messages: Mapping[str, Message], judgements: Iterable[Judgement]
) -> tuple[Transfer, ...]:
    """Return one Transfer per movement, sorted by id; a line that nothing joins is a transfer with one side.

    Raises: CheckFailed when judgements would put two debits (or two credits) of different lines into one movement: value
    would be counted twice or lost.
    """
    root: dict[str, str] = {key: key for key in (*postings, *messages)}

    def find(key: str) -> str:
        while root[key] != key:
            root[key] = root[root[key]]
            key = root[key]
        return key

    copies: set[str] = set()
    reversed_by: dict[str, str] = {}
    used: dict[str, list[Judgement]] = defaultdict(list)
    for judgement in standing(judgements):
        if judgement.decision != "same" or judgement.left not in root or judgement.right not in root:
            continue
        if "relation=reversal" in judgement.features:
            pair = sorted((judgement.left, judgement.right), key=lambda key: postings[key].reversal)
            reversed_by[pair[0]] = pair[1]
            continue
        if "relation=copy" in judgement.features and judgement.right in postings:
            copies.add(judgement.right)
        one, other = sorted((find(judgement.left), find(judgement.right)))
        root[other] = one
        used[judgement.left].append(judgement)
    groups: dict[str, list[str]] = defaultdict(list)
    for key in sorted(root):
        groups[find(key)].append(key)
    transfers = [
        _transfer(members, postings, messages, copies, reversed_by, [j for m in members for j in used[m]])
        for members in groups.values()
    ]
    return tuple(sorted(transfers, key=lambda t: t.id))


def _transfer(
    members: Sequence[str],
    postings: Mapping[str, Posting],
    messages: Mapping[str, Message],
    copies: set[str],
    reversed_by: Mapping[str, str],
    judgements: Sequence[Judgement],
) -> Transfer:
    lines = [key for key in members if key in postings and key not in copies and postings[key].status == "booked"]
    debits = [key for key in lines if postings[key].amount < 0]
    arrivals = [key for key in lines if postings[key].amount >= 0]
    for side, name in ((debits, "debits"), (arrivals, "credits")):
        if len(side) > 1:
            raise CheckFailed(
                f"Judgements put {len(side)} {name} of different statement lines into one movement.",
                where=", ".join(str(postings[key].cite) for key in side),
                meaning="The value would be counted once where it was paid several times: no transfer is concluded.",
                next_call=f'tracer judge {side[0]} {side[1]} different --reason "two payments"',
            )
    texts = [messages[key] for key in members if key in messages]
    debit, credit = (debits or [""])[0], (arrivals or [""])[0]
    out, into = postings.get(debit), postings.get(credit)
    money = next((m for m in texts if m.settled is not None), None)
    parties = {p.role: p.account for m in texts for p in (*m.underlying, *m.parties) if p.account}
    return Transfer(
        id=hashlib.sha256("\n".join(members).encode()).hexdigest()[:32],
        postings=tuple(key for key in members if key in postings),
        messages=tuple(key for key in members if key in messages),
        debit=debit,
        credit=credit,
        debit_account=(out.account_key or out.account)
        if out
        else (into.counterparty_account if into else parties.get("debtor", "")),
        credit_account=(into.account_key or into.account)
        if into
        else (out.counterparty_account if out else parties.get("creditor", "")),
        amount_out=-out.amount if out else money.settled if money else into.amount if into else None,
        currency_out=out.currency if out else money.settled_currency if money else into.currency if into else "",
        amount_in=into.amount if into else money.settled if money else -out.amount if out else None,
        currency_in=into.currency if into else money.settled_currency if money else out.currency if out else "",
        date_out=(out.booked or out.value_date)
        if out
        else money.settled_date
        if money
        else (into.booked or into.value_date)
        if into
        else None,
        date_in=(into.booked or into.value_date)
        if into
        else money.settled_date
        if money
        else (out.booked or out.value_date)
        if out
        else None,
        rungs=tuple(sorted({j.rung for j in judgements})),
        judgements=tuple(sorted(j.id for j in judgements)),
        reversed_by=reversed_by.get(debit, reversed_by.get(credit, "")),
    )


def count_once(transfers: Iterable[Transfer], postings: Mapping[str, Posting]) -> dict[str, tuple[int, int]]:
    """Return currency -> (sum of movements counted once, sum of all printed lines in and out), minor units."""
    once: dict[str, int] = defaultdict(int)
    printed: dict[str, int] = defaultdict(int)
    for transfer in transfers:
        once[transfer.currency_out] += transfer.amount_out or 0
    for posting in postings.values():
        if posting.status == "booked":
            printed[posting.currency] += abs(posting.amount)
    return {currency: (once[currency], printed[currency]) for currency in sorted({*once, *printed})}


def unmatched(transfers: Iterable[Transfer], postings: Mapping[str, Posting]) -> tuple[Gap, ...]:
    """Return a gap per line whose printed counterparty is an account in the case, but whose other leg is not found."""
    held = {bare(p.account): p.account for p in postings.values()}
    gaps = []
    for transfer in transfers:
        line = transfer.debit or transfer.credit
        if not line or (transfer.debit and transfer.credit) or transfer.reversed_by or postings[line].reversal:
            continue
        posting = postings[line]
        other = held.get(bare(posting.counterparty_account), "") if posting.counterparty_account else ""
        if not other or other == posting.account:
            continue
        amount = f"{major(abs(posting.amount), posting.currency, group=True)} {posting.currency}"
        day = posting.booked or posting.value_date
        gaps.append(
            Gap(
                id=f"unmatched/{line}",
                kind="unmatched_leg",
                description_en=f"{amount} of {day} between {posting.account} and {other}: the other leg was not found.",
                description_zh=f"{day} {posting.account} 与 {other} 之间的 {amount}：未找到对应的另一笔记账。",
                affects=(posting.account, other),
                amount=abs(posting.amount),
                currency=posting.currency,
                ask_en=f"Statement of account {other} for {day}, with the entry that corresponds to {amount}.",
                ask_zh=f"账户 {other} 在 {day} 的对账单及与 {amount} 对应的记账。",
                cites=(posting.cite,),
            )
        )
    return tuple(sorted(gaps, key=lambda gap: gap.id))
