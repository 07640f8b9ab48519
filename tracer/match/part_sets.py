"""One payment in several records: what a person judged to be made up of parts, checked by its sum, and counted once.

A bulk booking is one line of several payment messages; a payment in parts is several lines of one message, or of one line on the
other side. The judgement is one pair per part, all of one set (`relation=part`, `set=`), and stands while every pair of it does:
taken back, or overtaken, by one pair it is gone as a whole. It makes no one movement of the records: each part stays a movement
with its own parties and its own day; the set says where value is counted.
"""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import chain

from tracer.match.judged import Decision, movement
from tracer.match.listed import details_of
from tracer.model import EXPONENTS, CheckFailed, Gap, Judgement, Message, Posting, Transfer, major
from tracer.model.judging import PART, in_force, relation_of, set_of
from tracer.model.parted import Parted
from tracer.model.payments import is_event

__all__ = [
    "PartSet",
    "counted_with",
    "judged_sets",
    "part_gap",
    "part_sets",
    "set_id",
    "sum_of",
    "together",
    "unfit",
    "unfit_gap",
]


@dataclass(frozen=True, slots=True)
class PartSet:
    """A whole and its parts (record ids, sorted), as judged; `judgements`: one of each part, in their order."""

    id: str
    whole: str
    parts: tuple[str, ...]
    judgements: tuple[Judgement, ...]


def set_id(whole: str, parts: Iterable[str]) -> str:
    """Return the id of a set: it depends on its records only."""
    return hashlib.sha256("\n".join((whole, *sorted(parts))).encode()).hexdigest()[:16]


def together(
    whole: str,
    parts: Sequence[str],
    *,
    decision: Decision,
    features: Iterable[str],
    by: str,
    on: str,
    reason: str,
) -> tuple[Judgement, ...]:
    """Return the judgements of a person on a whole and its parts: one of each part, the whole on the left."""
    name = f"set={set_id(whole, parts)}/{len(parts)}"
    return tuple(
        movement(
            whole,
            part,
            rung=-1,
            features=(*features, f"relation={PART}", f"whole={whole}", name),
            by=by,
            on=on,
            reason=reason,
            decision=decision,
            is_ordered=True,
        )
        for part in sorted(parts)
    )


def part_sets(judgements: Iterable[Judgement], known: Iterable[str] | None = None) -> tuple[PartSet, ...]:
    """Return the sets that stand: every pair of it judged same, and in force.

    known  the records at hand; a set of which one is not among them is not told, whoever withheld it
    """
    listed: dict[tuple[str, int], list[Judgement]] = defaultdict(list)
    for judgement in in_force(j for j in judgements if j.rung < 0):
        if relation_of(judgement) == PART and judgement.decision == "same":
            listed[set_of(judgement)].append(judgement)
    at_hand = set(known) if listed and known is not None else None
    found = []
    for (name, size), made in sorted(listed.items()):
        ordered = tuple(sorted(made, key=lambda j: j.right))
        records = {ordered[0].left, *(j.right for j in ordered)}
        if len(ordered) == size and (at_hand is None or records <= at_hand):
            found.append(PartSet(name, ordered[0].left, tuple(j.right for j in ordered), ordered))
    return tuple(found)


def _amount(record: Posting | Message) -> tuple[int | None, str]:
    if isinstance(record, Posting):
        return abs(record.amount), record.currency
    return record.settled, record.settled_currency


def _stated(record: Posting | Message) -> int:
    """Return what a message states as charges, in the currency in which it settles."""
    if isinstance(record, Posting):
        return 0
    return sum(c.amount for c in record.charges if c.currency == record.settled_currency)


def sum_of(whole: Posting | Message, parts: Sequence[Posting | Message]) -> str:
    """Say how the parts make up the whole, to the minor unit; "" where they do not.

    Charges explain a difference only where a message states exactly so much: lines of one message then hold the charge as a
    line of its own, and a line of several messages holds their charges with them.
    """
    amount, currency = _amount(whole)
    sums = [_amount(part) for part in parts]
    if amount is None or len(parts) < 2 or any(one is None or money != currency for one, money in sums):
        return ""
    gap = sum(one or 0 for one, _ in sums) - amount
    if not gap:
        return f"{len(parts)} parts sum to {_money(amount, currency)}"
    stated = _stated(whole) if isinstance(whole, Message) else sum(_stated(part) for part in parts)
    if abs(gap) != stated:
        return ""
    more = "more" if gap > 0 else "less"
    return f"{len(parts)} parts sum to {_money(abs(gap), currency)} {more} than {_money(amount, currency)}, the charges stated"


def _money(amount: int, currency: str) -> str:
    return f"{major(amount, currency, group=True)} {currency}" if currency in EXPONENTS else f"{amount} {currency}"


#: Why a set is not followed, in English and in Chinese; both empty where it is.
Why = tuple[str, str]
_FITS: Why = ("", "")


def _misfit(whole: Posting | Message, parts: Sequence[Posting | Message]) -> Why:
    """Say why records cannot be a whole and its parts by what they are."""
    if any(isinstance(one, Message) and (is_event(one) or one.accepted is False) for one in (whole, *parts)):
        return (
            "a status, a return, a text or a refused message is no part of a payment",
            "状态、退汇、文本或被拒报文不是付款的部分",
        )
    lines = [part for part in parts if isinstance(part, Posting)]
    if any(line.status != "booked" or line.reversal for line in lines):
        return (
            "a line that is not booked, or that reverses another, is no part of a payment",
            "未入账或冲正的记账不是付款的部分",
        )
    if lines and len(lines) != len(parts):
        return "parts are all lines or all messages", "各部分须均为记账或均为报文"
    if isinstance(whole, Message):
        sides = {(line.account_key or line.account, line.amount < 0) for line in lines}
        one_side = (
            "the lines of one message are on one account, all debits or all credits",
            "同一报文的各笔记账须在同一账户，且均为借记或均为贷记",
        )
        return _FITS if len(sides) == 1 else one_side
    if whole.status != "booked" or whole.reversal:
        return "a line that is not booked, or that reverses another, is no payment", "未入账或冲正的记账不是付款"
    if any((line.amount < 0) == (whole.amount < 0) for line in lines):
        return "the other side of a debit is credits, and of a credit debits", "借记的对方须为贷记，贷记的对方须为借记"
    if any((line.account_key or line.account) == (whole.account_key or whole.account) for line in lines):
        return "two sides of a payment stand on two accounts", "付款的双方须在两个账户"
    return _FITS


def _refused(made: PartSet, records: Mapping[str, Posting | Message], why: str) -> CheckFailed:
    return CheckFailed(
        f"{len(made.parts)} records are not the parts of one payment: {why}.",
        where=", ".join(str(records[key].cite) for key in (made.whole, *made.parts)),
        meaning="Value would be counted wrong: nothing is concluded from this judgement, and it is not recorded.",
        next_call=f'tracer judge {made.whole[:12]} {",".join(key[:12] for key in made.parts)} different --reason "…"',
    )


def counted_with(
    transfers: Sequence[Transfer],
    postings: Mapping[str, Posting],
    messages: Mapping[str, Message],
    judgements: Iterable[Judgement],
    *,
    must: Collection[str] | None = None,
) -> tuple[Transfer, ...]:
    """Return the transfers with `within` and `in_parts` as the sets have them.

    must   the sets that must fit; None for all. What came later may have made another of a set of records (a second production,
           a payment that the ladder joins): such a set is not followed, and told by `unfit`
    Value is counted at the whole where it is a line, for it prints all of it; else at the lines that left, its parts or its own.
    A line that was found to be a copy stands for the line that it copies.
    Raises: CheckFailed where the parts do not sum to the whole, a side is shown twice, or a record stands in two sets.
    """
    made, unfitting = _followed(transfers, postings, messages, judgements)
    for one, (why, _) in unfitting:
        if must is None or one.id in must:
            raise _refused(one, {**postings, **messages}, why)
    return made


def unfit(
    transfers: Sequence[Transfer],
    postings: Mapping[str, Posting],
    messages: Mapping[str, Message],
    judgements: Iterable[Judgement],
) -> dict[str, Why]:
    """Return set -> why it is not followed, of the sets that stand and that the records no longer bear out."""
    return {one.id: why for one, why in _followed(transfers, postings, messages, judgements)[1]}


def _followed(
    transfers: Sequence[Transfer],
    postings: Mapping[str, Posting],
    messages: Mapping[str, Message],
    judgements: Iterable[Judgement],
) -> tuple[tuple[Transfer, ...], list[tuple[PartSet, Why]]]:
    sets = part_sets(judgements, chain(postings, messages))
    if not sets:
        return tuple(transfers), []
    records: dict[str, Posting | Message] = {**postings, **messages}
    of = {key: n for n, t in enumerate(transfers) for key in (*t.postings, *t.messages)}
    made = list(transfers)
    seen: set[str] = set()
    unfitting: list[tuple[PartSet, Why]] = []
    for judged in sets:
        one = _as_counted(judged, transfers, of, postings)
        whole, parts = records[one.whole], [records[key] for key in one.parts]
        at, others = of[one.whole], [of[key] for key in one.parts]
        why = _FITS
        if len({one.whole, *one.parts}) <= len(one.parts):
            why = "two of them are one line, printed twice", "其中两项为同一笔记账的两份打印"
        elif any(misfit := _misfit(whole, parts)):
            why = misfit
        elif not sum_of(whole, parts):
            why = _off(whole, parts)
        elif seen & {one.whole, *one.parts}:
            why = "one of them stands in another set", "其中一项属于另一组"
        else:
            why = _taken(whole, one, made[at], [made[n] for n in others], postings)
        if any(why):
            unfitting.append((judged, why))
            continue
        seen |= {one.whole, *one.parts}
        for n in (at, *others):
            made[n] = replace(made[n], in_parts=one.id)
        line = parts[0]
        if isinstance(whole, Posting) or (isinstance(line, Posting) and line.amount > 0 and made[at].debit):
            for n in others:
                if n != at:
                    made[n] = replace(made[n], within=made[at].id)
        elif (
            isinstance(line, Posting) and (made[at].credit if line.amount < 0 else made[at].debit) and at not in others
        ):
            made[at] = replace(made[at], within=made[others[0]].id)
    return tuple(made), unfitting


def _as_counted(
    one: PartSet, transfers: Sequence[Transfer], of: Mapping[str, int], postings: Mapping[str, Posting]
) -> PartSet:
    """Return a set with the lines that count: a copy of one that a person judged stands for the same entry of the account."""

    def stands(key: str) -> str:
        line, t = postings.get(key), transfers[of[key]]
        counted = [name for name in (t.debit, t.credit, *t.between) if name]
        if line is None or key in counted:
            return key
        same = (line.account_key or line.account, line.currency, line.amount)
        fits = [k for k in counted if ((p := postings[k]).account_key or p.account, p.currency, p.amount) == same]
        return fits[0] if len(fits) == 1 else key

    return replace(one, whole=stands(one.whole), parts=tuple(stands(key) for key in one.parts))


def _off(whole: Posting | Message, parts: Sequence[Posting | Message]) -> Why:
    amount, currency = _amount(whole)
    sums = [_amount(part) for part in parts]
    if len(parts) < 2:
        return "one record is no set of parts", "单一记录不成一组"
    if amount is None or any(one is None for one, _ in sums):
        return "a record prints no amount", "有记录未载金额"
    if any(money != currency for _, money in sums):
        return "the currencies differ", "币种不一致"
    total = sum(one or 0 for one, _ in sums)
    off, of_parts, of_whole = (_money(one, currency) for one in (abs(total - amount), total, amount))
    return (
        f"they sum to {of_parts}, the whole is {of_whole}, and no message states a charge of {off}",
        f"各部分合计 {of_parts}，整笔为 {of_whole}，且无报文载明 {off} 的费用",
    )


def _taken(
    whole: Posting | Message,
    one: PartSet,
    of_whole: Transfer,
    of_parts: Sequence[Transfer],
    postings: Mapping[str, Posting],
) -> Why:
    """Say which line has the place already that the set would give to another."""
    lines = {one.whole, *one.parts} & postings.keys()
    sides = [
        (key, postings[key].amount < 0)
        for t in (of_whole, *of_parts)
        for key in (t.debit, t.credit)
        if key and key not in lines
    ]
    if isinstance(whole, Message):
        is_debit = postings[one.parts[0]].amount < 0
    elif one.parts[0] in postings:
        is_debit = whole.amount > 0
        other = [t.debit or t.credit for t in of_parts if t.debit and t.credit]
        if other:
            return "one of them has its other side already", "其中一项已有其对方记账"
    else:
        is_debit = whole.amount < 0
    taken = [key for key, debit in sides if debit is is_debit]
    if not taken:
        return _FITS
    cite = postings[taken[0]].cite
    return f"{cite} shows this side already", f"该侧已由 {cite} 载明"


def part_gap(
    one: PartSet, postings: Mapping[str, Posting], messages: Mapping[str, Message], carried: Parted | None = None
) -> Gap:
    """Return what must be said of a set of which both sides are held; `carried`: its lines, where the books can follow it.

    Nothing printed says which money of one debit is in which of its parts. Each is taken to carry the same share of it. Against:
    who ordered the payment may have meant one of them; floor and ceiling hold for that, too (tracing.md 5.1).
    """
    records: dict[str, Posting | Message] = {**postings, **messages}
    amount, currency = _amount(records[one.whole])
    money = _money(amount or 0, currency)
    accounts = tuple(dict.fromkeys(_account(postings[k]) for k in (one.whole, *one.parts) if k in postings))
    made, size = one.judgements[0], len(one.parts)
    if _is_listed(records[one.whole], [records[key] for key in one.parts]):
        listed, listed_zh = (
            f"The entry lists {size} payments of these amounts. ",
            f"该笔记账列明{size}笔付款，金额与各部分一致。",
        )
        ask = (
            f"The bank's confirmation that the {size} payments listed in its entry of {money} are these lines: for each the "
            "account on which it was booked, and the day."
        )
        ask_zh = f"请银行确认：其 {money} 记账所列{size}笔付款即为本项所引各笔记账，并逐笔载明记入的账户及日期。"
    else:
        listed = listed_zh = ""
        ask = f"The bank's own breakdown of the payment of {money}: each part with its account and reference."
        ask_zh = f"银行关于该笔 {money} 付款的明细：各部分的账户及编号。"
    if carried is None:
        en = (
            "The methods do not carry its money from one side to the other, because the lines held of it do not sum up, or one of "
            "them is taken back: they take each credit of it as other money; ceilings count it as possible proceeds, as far as "
            "the debits may have held them; floors do not."
        )
        zh = (
            "因所持有的各笔记账金额不相等或其中一笔已被撤销，各法不将其款项由一方转至另一方：各贷记视为其他资金；"
            "上限在相应借记可能含涉案资金的限度内计入；下限不计入。"
        )
    elif len(carried.credits) > 1:
        en = (
            "No record says which money of the debit is in which part: every method lets each part carry the same share of what "
            "the debit took, to the cent, unless another gap says that its origin is taken as unknown. Against this: whoever "
            "ordered it may have meant one part to carry the proceeds; floor and ceiling hold for that, too."
        )
        zh = (
            "无记录载明借记的哪些资金在哪一部分：各法均按同一比例将借记所取资金分至各部分，精确至分；"
            "另有缺口载明其来源按不明处理的除外。"
            "相反意见：付款人可能指定由其中一部分承载所得；下限与上限对此同样成立。"
        )
    else:
        en = (
            "Every method lets the one credit carry what all its debits took, unless another gap says that its origin is taken "
            "as unknown."
        )
        zh = "各法均由该笔贷记承载全部借记所取的资金；另有缺口载明其来源按不明处理的除外。"
        accounts_of: dict[object, set[str]] = defaultdict(set)
        for line in (postings[key] for key in carried.debits):
            accounts_of[line.booked or line.value_date].add(_account(line))
        if max(map(len, accounts_of.values())) > 1:
            en += (
                " No record says which of its debits of one day left first: that day has no order, and the least and the most of "
                "each method over the orders stand beside its figure."
            )
            zh += "其同一日各借记的先后无记录载明：该日无次序，各法数字之旁列出各种次序下的最低与最高值。"
    return Gap(
        id=f"parts/{one.id}",
        kind="assumption",
        description_en=f"{money} is judged to be one payment in {len(one.parts)} parts (judgement {made.id[:12]} by {made.by}). "
        f"It is counted once. {listed}{en}",
        description_zh=f"{money} 经判定为分 {len(one.parts)} 部分的同一笔付款（判定 {made.id[:12]}，{made.by}），仅计算一次。{listed_zh}{zh}",
        affects=accounts,
        amount=amount,
        currency=currency,
        ask_en=ask,
        ask_zh=ask_zh,
        cites=tuple(records[key].cite for key in (one.whole, *one.parts)),
    )


def _is_listed(whole: Posting | Message, parts: Sequence[Posting | Message]) -> bool:
    """Say whether an entry lists a payment for each of its parts, by amount and currency."""
    details = details_of(whole) if isinstance(whole, Posting) else ()
    return bool(details) and sorted((one.amount, one.currency) for one in details) == sorted(
        (amount or 0, currency) for amount, currency in map(_amount, parts)
    )


def unfit_gap(one: PartSet, postings: Mapping[str, Posting], messages: Mapping[str, Message], why: Why) -> Gap:
    """Return what must be said of a set that the records no longer bear out: what a person decided of it is not followed."""
    records: dict[str, Posting | Message] = {**postings, **messages}
    amount, currency = _amount(records[one.whole])
    money = _money(amount or 0, currency)
    made = one.judgements[0]
    return Gap(
        id=f"parts/{one.id}",
        kind="conflict",
        description_en=f"{money} was judged to be one payment in {len(one.parts)} parts (judgement {made.id[:12]} by {made.by}), and "
        f"what was read since does not bear it out: {why[0]}. The judgement is not followed: its records are movements of their own, "
        f'so that value may be counted twice. Take it back with tracer judge --withdraw {made.id[:12]} --reason "…", or the '
        "judgement that stands against it.",
        description_zh=f"{money} 曾判定为分 {len(one.parts)} 部分的同一笔付款（判定 {made.id[:12]}，{made.by}），"
        f"但其后读入的记录与之不符：{why[1]}。该判定不予采用：各记录各自成笔，金额可能重复计算。"
        f'可以 tracer judge --withdraw {made.id[:12]} --reason "…" 撤回该判定，或撤回与之不符的判定。',
        affects=tuple(dict.fromkeys(_account(postings[k]) for k in (one.whole, *one.parts) if k in postings)),
        amount=amount,
        currency=currency,
        ask_en=f"The bank's own breakdown of the payment of {money}: each part with its account and reference.",
        ask_zh=f"银行关于该笔 {money} 付款的明细：各部分的账户及编号。",
        cites=tuple(records[key].cite for key in (one.whole, *one.parts)),
    )


def _account(line: Posting) -> str:
    return line.account_key or line.account


def judged_sets(judgements: Iterable[Judgement]) -> Iterator[str]:
    """Yield the ids of the sets that were judged, in any way, and stand so."""
    for judgement in in_force(j for j in judgements if j.rung < 0):
        if relation_of(judgement) == PART:
            yield set_of(judgement)[0]
