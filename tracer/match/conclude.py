"""From judgements to transfers: a pure function, so that a judgement can be withdrawn by another."""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from operator import attrgetter

from tracer.match.accounts import told_apart
from tracer.match.comparing import is_account
from tracer.match.judged import is_copy
from tracer.match.nearby import as_held
from tracer.match.part_sets import counted_with, part_gap, part_sets, unfit, unfit_gap
from tracer.match.returned import back_to_payer, one_sided, roles_of, without_original
from tracer.model import CheckFailed, Gap, Judgement, Message, Posting, Transfer, major
from tracer.model.accounts import bare
from tracer.model.judging import PART, grouped, in_force, in_order, relation_of, standing
from tracer.model.parted import parted
from tracer.model.payments import is_event, is_of_customer, is_report, is_return, tolerance
from tracer.model.uncollected import uncollected

__all__ = ["conclude", "count_once", "counted_line", "doubts", "unmatched"]

#: Relations of records that belong to one wire and yet are not one movement: they never put a value into a transfer.
_APART = frozenset(["reversal", "return", "status", "text", "not_sent", PART])
_TAIL = 6  # digits under which accounts are looked up


@dataclass(slots=True)
class _Grouped:
    """Records of one movement each; the copies among them; original -> reversal; joins that could not be followed.

    groups   of the records that are tied to others; every other is one by itself
    """

    groups: list[list[str]] = field(default_factory=list)
    tied: set[str] = field(default_factory=set)
    copies: set[str] = field(default_factory=set)
    reversed_by: dict[str, str] = field(default_factory=dict)
    returns: list[tuple[str, str]] = field(default_factory=list)
    used: dict[str, list[Judgement]] = field(default_factory=lambda: defaultdict(list))
    refused: tuple[Judgement, ...] = ()


@uncollected()
def conclude(
    postings: Mapping[str, Posting],
    messages: Mapping[str, Message],
    judgements: Iterable[Judgement],
    *,
    must: Collection[str] | None = None,
) -> tuple[Transfer, ...]:
    """Return one Transfer per movement, sorted by id; a line that nothing joins is a transfer with one side.

    must   the sets of parts that must fit, None for all; another that what was read later does not bear out is not followed, and
           told by `doubts`
    Raises: CheckFailed when judgements of persons would put two debits (or two credits) of one account into one movement,
    or two records that a person judged different, or a payment in parts that do not sum to it: value would be counted twice
    or lost. What the ladder proposes against a person's word is not followed, and told by `doubts`.
    """
    judgements = list(judgements)
    made = _grouped(postings, messages, judgements)
    for judgement in made.refused:
        if judgement.rung < 0:
            _contradiction(judgement, postings)
    return _concluded(made, postings, messages, judgements, must)


def _concluded(
    made: _Grouped,
    postings: Mapping[str, Posting],
    messages: Mapping[str, Message],
    judgements: Sequence[Judgement],
    must: Collection[str] | None,
) -> tuple[Transfer, ...]:
    copies, used, reversed_by = made.copies, made.used, made.reversed_by
    transfers = [_transfer(members, postings, messages, made) for members in made.groups]
    # in the order in which they are held, which is that of the memory
    transfers += [
        _alone(key, p, reversed_by)
        if p.status == "booked" and key not in copies and key not in used
        else _transfer([key], postings, messages, made)
        for key, p in postings.items()
        if key not in made.tied
    ]
    transfers += [_transfer([key], postings, messages, made) for key in messages if key not in made.tied]
    transfers = back_to_payer(transfers, made.returns, messages)
    transfers.sort(key=attrgetter("id"))
    return counted_with(transfers, postings, messages, judgements, must=must)


def _contradiction(judgement: Judgement, postings: Mapping[str, Posting]) -> None:
    sides = [key for key in (judgement.left, judgement.right) if key in postings]
    signs = {postings[key].amount < 0 for key in sides}
    words = "2 debits" if signs == {True} else "2 credits" if signs == {False} else "two payments"
    raise CheckFailed(
        f"Judgements put {words} of different statement lines into one movement.",
        where=", ".join(str(postings[key].cite) for key in sides) or f"{judgement.left} {judgement.right}",
        meaning="The value would be counted once where it was paid several times: no transfer is concluded.",
        next_call=f'tracer judge {judgement.left} {judgement.right} different --reason "two payments"',
    )


def _grouped(
    postings: Mapping[str, Posting], messages: Mapping[str, Message], judgements: Iterable[Judgement]
) -> _Grouped:
    made = _Grouped()
    followed: list[Judgement] = []
    undone: list[Judgement] = []
    for judgement in as_held(standing(judgements)):
        if (
            judgement.subject != "movement"
            or (judgement.left not in postings and judgement.left not in messages)
            or (judgement.right not in postings and judgement.right not in messages)
        ):
            continue
        relation = relation_of(judgement)
        is_same = judgement.decision == "same"
        if is_same and relation == "reversal":
            undone.append(judgement)
        elif is_same and relation == "return":
            made.returns.append((judgement.left, judgement.right))
        elif relation not in _APART:
            followed.append(judgement)
            if is_same:
                made.used[judgement.left].append(judgement)
        if is_same and (relation == "copy" or judgement.rung < 0) and is_copy(judgement, postings):
            made.copies.add(judgement.right)
    for judgement in in_order(undone):
        first, second = sorted((judgement.left, judgement.right), key=lambda key: postings[key].reversal)
        made.reversed_by[first] = second

    def fits(members: Sequence[str]) -> bool:
        """One account shows one movement once on each side, copies aside; and of these one statement prints one."""
        lines = [(key, p) for key in members if (p := postings.get(key)) and p.status == "booked"]
        if len(lines) < 2:
            return True
        sides = [(p.account_key or p.account, p.amount < 0) for key, p in lines if key not in made.copies]
        if len(sides) != len(set(sides)):
            return False
        copied = len(sides) < len(lines)
        printed = [(p.cite.exhibit, p.statement, p.amount < 0) for _, p in lines if copied and p.statement]
        return len(printed) == len(set(printed))

    never = in_order([j for j in followed if j.rung < 0 and j.decision == "same" and _is_one_side(j, postings)])
    if never:
        barred = {j.id for j in never}
        followed = [j for j in followed if j.id not in barred]
    made.groups, refused = grouped(followed, fits=fits)
    made.refused = (*refused, *never)
    for group in made.groups:
        group.sort()
        made.tied.update(group)
    return made


def _places(made: _Grouped, postings: Mapping[str, Posting], messages: Mapping[str, Message]) -> dict[str, int]:
    """Return record -> number of its movement."""
    places = {key: n for n, members in enumerate(made.groups) for key in members}
    rest = (key for held in (postings, messages) for key in held if key not in made.tied)
    places.update((key, n) for n, key in enumerate(rest, len(made.groups)))
    return places


def _is_one_side(judgement: Judgement, postings: Mapping[str, Posting]) -> bool:
    """Two lines of the same sign are never a pair, whoever says so, unless one copies the other (formats.md section 12)."""
    left, right = postings.get(judgement.left), postings.get(judgement.right)
    return (
        left is not None
        and right is not None
        and (left.amount < 0) == (right.amount < 0)
        and not is_copy(judgement, postings)
    )


def _transfer(
    members: Sequence[str], postings: Mapping[str, Posting], messages: Mapping[str, Message], made: _Grouped
) -> Transfer:
    held, told, texts, judgements = list[str](), list[str](), list[Message](), list[Judgement]()
    paid, got = list[str](), list[str]()
    copies, used = made.copies, made.used
    for key in members:
        p = postings.get(key)
        if p is not None:
            held.append(key)
            if p.status == "booked" and key not in copies:
                (paid if p.amount < 0 else got).append(key)
        elif (m := messages.get(key)) is not None:
            told.append(key)
            if m.accepted is not False and (not is_event(m) or is_return(m)):
                texts.append(m)
        if key in used:
            judgements += used[key]
    if len(texts) > 1:
        texts.sort(key=_surest)
    debit = paid[0] if len(paid) == 1 else _end(paid, "debtor", postings, texts)
    credit = got[0] if len(got) == 1 else _end(got, "creditor", postings, texts)
    if debit and credit and texts and _passed_through(postings[debit], postings[credit]):
        debit = credit = ""
    out, into = postings.get(debit), postings.get(credit)
    money = next((m for m in texts if m.settled is not None), None) if texts else None
    payer = _account(out) or (into.counterparty_account if into else "")
    payee = _account(into) or (out.counterparty_account if out else "")
    # a line that prints nobody is told by the payment that it books; what a return prints is read as its money goes
    if not (payer and payee) and texts:
        roles = roles_of([m for m in texts if not is_return(m)] or texts)
        payer, payee = payer or roles.get("debtor", ""), payee or roles.get("creditor", "")
    left, arrived = _side(out, into, money), _side(into, out, money)
    rungs, ids = tuple([j.rung for j in judgements]), tuple([j.id for j in judgements])
    if len(judgements) > 1:
        rungs, ids = tuple(sorted(set(rungs))), tuple(sorted(set(ids)))
    passed = {*paid, *got} - {debit, credit} if len(paid) + len(got) > bool(debit) + bool(credit) else ()
    return Transfer(
        hashlib.sha256("\n".join(members).encode()).hexdigest()[:32],
        tuple(held),
        tuple(told),
        debit,
        credit,
        payer,
        payee,
        left[0],
        left[1],
        arrived[0],
        arrived[1],
        left[2],
        arrived[2],
        rungs,
        ids,
        made.reversed_by.get(debit, made.reversed_by.get(credit, "")),
        tuple([key for key in members if key in passed]) if passed else (),
    )


def _passed_through(out: Posting, into: Posting) -> bool:
    """Say whether one account received a payment and sent it on: the account of a bank on its way, neither payer nor payee.

    Each line counts on that account (`Transfer.between`). Taken for the two sides of the payment, money would go from an
    account to itself, and before it had come.
    """
    left, came = (line.booked or line.value_date for line in (out, into))
    is_one = (_account(out), out.currency) == (_account(into), into.currency)
    return is_one and not (left and came and left < came)


def _surest(m: Message) -> tuple[bool, bool, bool, str, str]:
    """Order the messages of a movement: what pays before what reports, the customer's payment first, a return last."""
    return is_return(m), is_report(m), not is_of_customer(m), str(m.cite.exhibit), m.cite.locator


def _alone(key: str, line: Posting, reversed_by: Mapping[str, str]) -> Transfer:
    """Return what `_transfer` makes of one booked line that nothing joins: most lines of a large case."""
    own, other = line.account_key or line.account, line.counterparty_account
    is_out, amount, day = line.amount < 0, abs(line.amount), line.booked or line.value_date
    return Transfer(
        hashlib.sha256(key.encode()).hexdigest()[:32],
        (key,),
        (),
        key if is_out else "",
        "" if is_out else key,
        own if is_out else other,
        other if is_out else own,
        amount,
        line.currency,
        amount,
        line.currency,
        day,
        day,
        reversed_by=reversed_by.get(key, ""),
    )


def _account(line: Posting | None) -> str:
    return (line.account_key or line.account) if line else ""


def _side(own: Posting | None, other: Posting | None, money: Message | None) -> tuple[int | None, str, date | None]:
    """Return amount, currency and day of one side: its own line's, else the message's, else the other line's."""
    if own is not None:
        return abs(own.amount), own.currency, own.booked or own.value_date
    if money is not None:
        return money.settled, money.settled_currency, money.settled_date
    if other is not None:
        return abs(other.amount), other.currency, other.booked or other.value_date
    return None, "", None


def _end(keys: Sequence[str], role: str, postings: Mapping[str, Posting], texts: Sequence[Message]) -> str:
    """Return the line at the customer's end of the chain: on the account that a message names, else the one that no other
    line's bank keeps for a bank.

    Lines of the banks in between stand on accounts of one bank at another; where nothing tells them apart, the line with
    the largest amount on the paying side and the smallest on the other is the outer one, since charges only accumulate. A line
    in another currency than the messages settle in is a customer's: the banks between them book what is settled.
    """
    if len(keys) < 2:
        return keys[0] if keys else ""
    named = [p.account for m in texts for p in (*m.underlying, *m.parties) if p.role == role and p.account]
    agents = {a.account for m in texts for a in m.agents if a.account}
    settled = {m.settled_currency for m in texts}

    def outer(key: str) -> tuple[bool, bool, bool, int, str]:
        line = postings[key]
        return (
            not any(is_account(account, line) for account in named),
            any(is_account(account, line) for account in agents),
            line.currency in settled,
            line.amount,
            key,
        )

    return min(keys, key=outer)


def counted_line(transfer: Transfer, postings: Mapping[str, Posting]) -> str:
    """Return the line at which a movement is counted: where it left, else where it arrived, else where most of it passed; "" for none."""
    passed = max(transfer.between, key=lambda key: (abs(postings[key].amount), key), default="")
    return transfer.debit or transfer.credit or passed


def count_once(transfers: Iterable[Transfer], postings: Mapping[str, Posting]) -> dict[str, tuple[int, int]]:
    """Return currency -> (sum of movements that a line shows, counted once; sum of all booked lines in and out).

    A payment that only a message shows has no line, and adds to neither. A movement counts in the currency of the line that
    shows it leaving, else arriving, else passing. A part of a payment that is counted whole adds nothing.
    """
    once: dict[str, int] = defaultdict(int)
    printed: dict[str, int] = defaultdict(int)
    for transfer in transfers:
        line = counted_line(transfer, postings)
        if line and not transfer.within:
            once[postings[line].currency] += abs(postings[line].amount)
    for posting in postings.values():
        if posting.status == "booked":
            printed[posting.currency] += abs(posting.amount)
    return {currency: (once[currency], printed[currency]) for currency in sorted({*once, *printed})}


def doubts(
    postings: Mapping[str, Posting], messages: Mapping[str, Message], judgements: Iterable[Judgement]
) -> tuple[Gap, ...]:
    """Return what was not joined and must be said: a join against a person's word, an id that unrelated payments share,
    accounts that may be one, and a reversal or a return whose original is not found.
    """
    listed = list(judgements)
    made = _grouped(postings, messages, listed)
    gaps = [_refused(j, postings, messages) for j in made.refused if j.rung >= 0]
    gaps += [*_reused(postings, messages, listed, made), *told_apart(postings)]
    of = _places(made, postings, messages)
    sets = part_sets(listed, of)
    moved = _concluded(made, postings, messages, listed, ()) if sets else ()
    carried, against = {one.set: one for one in parted(moved, postings)}, unfit(moved, postings, messages, listed)
    gaps += [unfit_gap(one, postings, messages, against[one.id]) for one in sets if one.id in against]
    for one in sets:
        if one.id in against:
            continue
        asked = {of[key]: key for key in (one.whole, *one.parts)}
        groups = [made.groups[n] if n < len(made.groups) else [key] for n, key in asked.items()]
        signs = [{postings[k].amount < 0 for k in group if k in postings} for group in groups]
        if {True} in signs and {False} in signs:  # money would go from one line to several, or from several to one
            gaps.append(part_gap(one, postings, messages, carried.get(one.id)))
    gaps += without_original(postings, messages, in_force(listed), made.copies)
    return tuple(sorted(gaps, key=lambda gap: gap.id))


def _record(key: str, postings: Mapping[str, Posting], messages: Mapping[str, Message]) -> Posting | Message:
    return postings[key] if key in postings else messages[key]


def _refused(judgement: Judgement, postings: Mapping[str, Posting], messages: Mapping[str, Message]) -> Gap:
    cites = tuple(_record(key, postings, messages).cite for key in (judgement.left, judgement.right))
    fired = ", ".join(f for f in judgement.features if not f.startswith("relation="))
    return Gap(
        id=f"not-joined/{judgement.id}",
        kind="conflict",
        description_en=f"{cites[0]} and {cites[1]} agree ({fired}), but joining them would put two lines of one account, or "
        "two records that a person judged different, into one movement: they stay apart.",
        description_zh=f"{cites[0]} 与 {cites[1]} 相符（{fired}），但合并会使同一账户的两笔记账或经人工判定不同的记录成为一笔：未予合并。",
        ask_en="Both originals, to tell which payment each shows.",
        ask_zh="两份原件，以辨明各自所示的付款。",
        cites=cites,
    )


def _reused(
    postings: Mapping[str, Posting], messages: Mapping[str, Message], judgements: Sequence[Judgement], made: _Grouped
) -> Iterator[Gap]:
    """Yield a gap per UETR that stands on movements which nothing makes one (nexus.md section 3: reused and re-issued)."""
    root = _places(made, postings, messages)
    tied: dict[int, set[int]] = defaultdict(set)
    for judgement in in_force(judgements):
        if (
            judgement.decision == "same"
            and relation_of(judgement) in _APART
            and {judgement.left, judgement.right} <= {*root}
        ):
            one, other = root[judgement.left], root[judgement.right]
            tied[one].add(other)
            tied[other].add(one)
    shown: dict[str, set[str]] = defaultdict(set)
    for key in root:
        uetr = _record(key, postings, messages).uetr.strip().lower()
        if uetr:
            shown[uetr].add(key)
    for uetr, listed in sorted(shown.items()):
        keys = {key for key in listed if not _is_charge(key, listed, postings)}
        left = {root[key] for key in keys}
        apart = 0
        while left:
            apart += 1
            todo = [left.pop()]
            while todo:
                near = tied[todo.pop()] & left
                left -= near
                todo += near
        if apart > 1:
            cites = tuple(_record(key, postings, messages).cite for key in sorted(keys))
            yield Gap(
                id=f"uetr/{uetr}",
                kind="conflict",
                description_en=f"UETR {uetr} stands on {apart} payments that differ in currency, amount, day or parties: they "
                "stay apart, since an id alone joins nothing.",
                description_zh=f"UETR {uetr} 出现在 {apart} 笔币种、金额、日期或当事方不同的付款上：未予合并，仅凭编号不足以合并。",
                ask_en=f"The bank's own record of UETR {uetr}: which payment it was given to.",
                ask_zh=f"银行关于 UETR {uetr} 的记录：该编号属于哪一笔付款。",
                cites=cites,
            )


def _is_charge(key: str, beside: Iterable[str], postings: Mapping[str, Posting]) -> bool:
    """Say whether a line is the charge of a payment: the same account and id, within the fee tolerance, and much less."""
    line = postings.get(key)
    return line is not None and any(
        (other.account, other.currency) == (line.account, line.currency) and 2 * abs(line.amount) < abs(other.amount)
        for k in beside
        if (other := postings.get(k)) is not None and abs(line.amount) <= tolerance(line.currency)
    )


def between_held(transfers: Iterable[Transfer], postings: Mapping[str, Posting]) -> tuple[int, int]:
    """Return how many counted lines print another held account as their counterparty, and how many of them have their other side.

    Each should find exactly one (formats.md section 12, the completeness test); a person's set of parts is one, too.
    """
    held, asked, found = _by_tail(postings), 0, 0
    for transfer in transfers:
        for key in (transfer.debit, transfer.credit):
            if key and not transfer.reversed_by and not postings[key].reversal and _others(postings[key], held):
                asked += 1
                found += bool((transfer.debit and transfer.credit) or transfer.in_parts)
    return asked, found


def _by_tail(postings: Mapping[str, Posting]) -> dict[str, dict[str, Posting]]:
    held: dict[str, dict[str, Posting]] = defaultdict(dict)
    for posting in postings.values():
        key = _account(posting)
        for number in {bare(posting.account)[-_TAIL:], bare(key.rpartition(":")[2])[-_TAIL:]}:
            held[number].setdefault(key, posting)
    return held


def _others(posting: Posting, held: Mapping[str, Mapping[str, Posting]]) -> dict[str, Posting]:
    """Return the held accounts that a line may mean by the counterparty that it prints, its own left out; none where it prints none."""
    printed = posting.counterparty_account
    near = held.get(bare(printed)[-_TAIL:], {}) if printed else {}
    own = _account(posting)
    return {
        key: one for key, one in near.items() if key != own and is_account(printed, one, posting.counterparty_agent)
    }


def unmatched(transfers: Iterable[Transfer], postings: Mapping[str, Posting]) -> tuple[Gap, ...]:
    """Return a gap per line whose printed counterparty is an account in the case, but whose other leg is not found, and per payment
    that was undone on one of its two accounts alone.

    Of accounts with one number at several banks, all that the line may mean are named.
    """
    held = _by_tail(postings)
    moved = tuple(transfers)
    gaps = [*one_sided(moved, postings)]
    for transfer in moved:
        line = transfer.debit or transfer.credit
        if not line or (transfer.debit and transfer.credit) or transfer.reversed_by or postings[line].reversal:
            continue
        if transfer.in_parts:
            continue  # a person told where the rest of it is
        posting = postings[line]
        fits = _others(posting, held)
        if not fits:
            continue
        is_plain = len(fits) == 1 and bare(next(iter(fits.values())).account) != bare(posting.account)
        own = posting.account if is_plain else _account(posting)
        others = tuple(one.account if is_plain else key for key, one in sorted(fits.items()))
        other, other_zh = " or ".join(others), " 或 ".join(others)
        amount = f"{major(abs(posting.amount), posting.currency, group=True)} {posting.currency}"
        day = posting.booked or posting.value_date
        gaps.append(
            Gap(
                id=f"unmatched/{line}",
                kind="unmatched_leg",
                description_en=f"{amount} of {day} between {own} and {other}: the other leg was not found.",
                description_zh=f"{day} {own} 与 {other_zh} 之间的 {amount}：未找到对应的另一笔记账。",
                affects=(own, *others),
                amount=abs(posting.amount),
                currency=posting.currency,
                ask_en=f"Statement of account {other} for {day}, with the entry that corresponds to {amount}.",
                ask_zh=f"账户 {other_zh} 在 {day} 的对账单及与 {amount} 对应的记账。",
                cites=(posting.cite,),
            )
        )
    return tuple(sorted(gaps, key=lambda gap: gap.id))
