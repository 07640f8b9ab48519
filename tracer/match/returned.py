"""Money that comes back: a reversal, a return by message, a returned line. Without its original each is a gap of its own.

What comes back is a movement of its own and is set against a payment only by a judgement that ties the two; where none does, it
is told, so that it nets nothing in silence and is taken for nobody's income (formats.md section 12: "a return whose original is
not held is a Gap, not income").
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping

from tracer.match.comparing import day_of, equal
from tracer.model import EXPONENTS, Cite, Gap, Judgement, Message, Posting, major
from tracer.model.judging import relation_of, united
from tracer.model.payments import is_event, is_return, usable

__all__ = ["between", "without_original"]

#: Field 61, transaction type RTI "returned item" (SWIFT, MT940); BkTxCd sub-family RRTN "reimbursement of a returned payment".
_RETURNED = ("RTI", "RRTN")
_INFO = "RtrInf: "  # how a reader hands on the return information of an entry (camt)


def between(left: Posting | Message, right: Posting | Message) -> str:
    """Return how one record tells of the other where they are not one movement: return, status, text, reversal; "" where they may be.

    A person's word that a return belongs to a payment ties the two: it makes no one movement of what left and what came back.
    """
    if isinstance(left, Message) and isinstance(right, Message):
        events = [m for m in (left, right) if is_event(m)]
        if len(events) != 1:
            return ""
        return (
            "return"
            if is_return(events[0])
            else "status"
            if events[0].kind.startswith(("pacs.002", "pain.0"))
            else "text"
        )
    if isinstance(left, Posting) and isinstance(right, Posting):
        mine, yours = ((p.account_key or p.account, p.currency) for p in (left, right))
        if mine == yours and left.amount == -right.amount and left.reversal != right.reversal:
            return "reversal"
    return ""


def without_original(
    postings: Mapping[str, Posting],
    messages: Mapping[str, Message],
    judgements: Iterable[Judgement],
    copies: Collection[str],
) -> Iterator[Gap]:
    """Yield a gap per booked reversal, per return by message, and per returned line that nothing ties to its original.

    judgements  those in force; copies: lines that copy another, which tells for them
    """
    standing = [j for j in judgements if j.decision == "same" and j.subject == "movement"]
    tied: dict[str, set[str]] = defaultdict(set)
    for judgement in standing:
        tied[relation_of(judgement)] |= {judgement.left, judgement.right}
    for key in sorted(postings):
        p = postings[key]
        if p.reversal and p.status == "booked" and key not in copies and key not in tied["reversal"]:
            yield _reversal(key, p)
    lines = {key: p for key, p in postings.items() if _is_returned(p) and key not in copies}
    for key in sorted(lines.keys() - _told(lines, postings, copies) - tied["reversal"]):
        yield _line(key, lines[key])
    back = {key for key, m in messages.items() if is_return(m) and m.accepted is not False}
    # the copies and the legs of one return are told once, and are tied if one of them is
    root, _ = united(sorted(back), [j for j in standing if {j.left, j.right} <= back])
    known = {root[key] for key in back & tied["return"]}
    for key in sorted(back):
        if root[key] == key and key not in known:
            yield _message(key, messages[key], tuple(messages[k].cite for k in sorted(back) if root[k] == key))


def _is_returned(p: Posting) -> bool:
    return (
        p.status == "booked"
        and not p.reversal
        and (p.type_code.upper().endswith(_RETURNED) or any(part.startswith(_INFO) for part in p.parts))
    )


def _told(lines: Mapping[str, Posting], postings: Mapping[str, Posting], copies: Collection[str]) -> set[str]:
    """Return the returned lines whose account shows the payment: before them, the other way, under one reference, no less."""
    accounts = {p.account_key or p.account for p in lines.values()}
    held: dict[tuple[str, str], list[Posting]] = defaultdict(list)
    for key, p in postings.items() if accounts else ():
        if key not in lines and key not in copies and p.status == "booked" and not p.reversal:
            held[p.account_key or p.account, p.currency].append(p)
    found = set()
    for key, back in lines.items():
        day = back.booked or day_of(back)
        for p in held[back.account_key or back.account, back.currency]:
            paid = p.booked or day_of(p)
            is_before = day is None or paid is None or paid <= day
            is_it = (p.amount < 0) != (back.amount < 0) and abs(p.amount) >= abs(back.amount) and is_before
            if is_it and any(equal(one, other) for one in _references(back) for other in _references(p)):
                found.add(key)
    return found


def _references(p: Posting) -> tuple[str, ...]:
    uetr = p.uetr.strip().lower()
    listed = (uetr, usable(p.end_to_end_id), usable(p.owner_reference), usable(p.bank_reference))
    return tuple(text for text in listed if text)


def _money(amount: int, currency: str) -> str:
    return (
        f"{major(abs(amount), currency, group=True)} {currency}"
        if currency in EXPONENTS
        else f"{abs(amount)} {currency}"
    )


def _reversal(key: str, p: Posting) -> Gap:
    amount, day = _money(p.amount, p.currency), p.booked or p.value_date
    return Gap(
        id=f"reversal/{key}",
        kind="unmatched_leg",
        description_en=f"{amount} of {day} on {p.account} is marked as a reversal, and the booking that it "
        "reverses was not found, or several fit: it stands as a movement of its own.",
        description_zh=f"{day} {p.account} 的 {amount} 标记为冲正，但未找到被冲正的记账或有多笔相符：现作为独立一笔处理。",
        affects=(p.account,),
        amount=abs(p.amount),
        currency=p.currency,
        ask_en=f"The booking on account {p.account} that the reversal of {amount} on {day} undoes.",
        ask_zh=f"账户 {p.account} 于 {day} 冲正的 {amount} 所对应的原记账。",
        cites=(p.cite,),
    )


def _line(key: str, p: Posting) -> Gap:
    amount, day = _money(p.amount, p.currency), p.booked or p.value_date
    return Gap(
        id=f"returned/{key}",
        kind="unmatched_leg",
        description_en=f"{amount} of {day} on {p.account} is printed as a returned payment, and the payment that came back "
        "was not found on this account: it stands as a movement of its own, is set against no payment, and is no proof of "
        "income.",
        description_zh=f"{day} {p.account} 的 {amount} 载明为退回款项，但该账户上未找到被退回的原付款：现作为独立一笔处理，"
        "未与任何付款相抵，亦不能作为收入的证明。",
        affects=(p.account,),
        amount=abs(p.amount),
        currency=p.currency,
        ask_en=f"The payment on account {p.account} that came back with {amount} on {day}: its entry and its message.",
        ask_zh=f"账户 {p.account} 于 {day} 退回的 {amount} 所对应的原付款：其记账及报文。",
        cites=(p.cite,),
    )


def _message(key: str, m: Message, cites: tuple[Cite, ...]) -> Gap:
    amount = _money(m.settled, m.settled_currency) if m.settled is not None else ""
    of = next(filter(None, (m.return_of, m.related_reference, m.uetr)), "")
    named_en, named_zh = (f" of {of}", f"（原付款 {of}）") if of and of != "unknown" else ("", "")
    sent_en = f"{amount or 'An amount that is not printed'} is given back by {m.kind}" + (
        f" of {m.settled_date}" if m.settled_date else ""
    )
    sent_zh = (f"{m.settled_date} " if m.settled_date else "") + f"{m.kind} 退回 {amount or '未载明的金额'}"
    return Gap(
        id=f"return/{key}",
        kind="unmatched_leg",
        description_en=f"{sent_en}, a return{named_en}, and the payment that it returns was not found, several fit, or less was "
        "paid than comes back: it stands as a movement of its own and is set against no payment.",
        description_zh=f"{sent_zh}{named_zh}，但未找到被退回的原付款、有多笔相符、或退回金额大于原付款：现作为独立一笔处理，"
        "未与任何付款相抵。",
        affects=tuple(dict.fromkeys(p.account for p in (*m.parties, *m.underlying) if p.account)),
        amount=m.settled,
        currency=m.settled_currency,
        ask_en=f"The payment{named_en} that was returned with {amount or 'this message'}: its message and the entry by which it "
        "left.",
        ask_zh=f"被退回的原付款{named_zh}（退回 {amount or '金额未载明'}）：其报文及支出记账。",
        cites=cites,
    )
