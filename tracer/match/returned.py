"""Money that comes back: a reversal, a return by message, a returned line. Without its original each is a gap of its own.

What comes back is a movement of its own, from the payee to the payer, and is set against a payment only by a judgement that
ties the two; where none does, it is told, so that it nets nothing in silence and is taken for nobody's income (formats.md
section 12: "a return whose original is not held is a Gap, not income").

An MT103 or MT202 with /RETN/ or /REJT/ in 72 repeats the fields of its original, 50a and 59a too, and only its sender and
receiver change places (SWIFT, Payment Reject/Return Guidelines). Some banks print the customers turned; which of the two it
is, the original tells, else the banks.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date
from functools import lru_cache

from tracer.match.comparing import day_of
from tracer.match.judged import movement
from tracer.model import EXPONENTS, Cite, Gap, Judgement, Message, Posting, Transfer, major
from tracer.model.judging import relation_of, standing, united
from tracer.model.payments import is_event, is_return, usable
from tracer.model.reversals import undone_by

__all__ = [
    "back_to_payer",
    "between",
    "is_marked",
    "is_repeated",
    "one_sided",
    "returned_lines",
    "returns",
    "roles_of",
    "without_original",
]

#: Field 61, transaction type RTI "returned item" (SWIFT, MT940); BkTxCd sub-family RRTN "reimbursement of a returned payment".
_RETURNED = ("RTI", "RRTN")
_INFO = "RtrInf: "  # how a reader hands on the return information of an entry (camt)
_TURNED = {"debtor": "creditor", "creditor": "debtor"}


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
        if mine == yours and (left.amount < 0) != (right.amount < 0) and is_marked(left) != is_marked(right):
            return "return"
    return ""


def is_repeated(m: Message) -> bool | None:
    """Say whether a return prints payer and payee as its original does; False where it prints them turned, None where unknown.

    It is sent from the payee's side: a sender that keeps the account of the printed creditor repeats, one that keeps that of
    the printed debtor has turned them. A pacs.004 that names customers has them in its RtrChain, which is the way of the return.
    """
    if m.kind.startswith("pacs.004") and m.parties:
        return False

    def keeps(bank: str, role: str) -> bool:
        head = bank[: 9 if bank[:1].isdigit() else 8]
        return bool(head) and any(a.role == role and a.id[: len(head)] == head for a in m.agents)

    repeats = keeps(m.sender, "creditor_agent") or keeps(m.receiver, "debtor_agent")
    turns = keeps(m.sender, "debtor_agent") or keeps(m.receiver, "creditor_agent")
    return None if repeats is turns else repeats


def roles_of(messages: Sequence[Message]) -> dict[str, str]:
    """Return debtor and creditor -> account, as the surest message prints it; of a return as its money goes.

    messages  of one movement, the surest first. A return whose banks do not say otherwise repeats its original.
    """
    found = {}
    for m in reversed(messages):
        is_turned = is_return(m) and is_repeated(m) is not False
        for p in (*m.underlying, *m.parties):
            if p.account:
                found[_TURNED.get(p.role, p.role) if is_turned else p.role] = p.account
    return found


def back_to_payer(
    transfers: Iterable[Transfer], ties: Iterable[tuple[str, str]], messages: Mapping[str, Message]
) -> list[Transfer]:
    """Return the transfers with each return from the payee of the payment to which it is tied to its payer.

    ties  the pairs that a judgement ties as a return. An account of which a line is held stands as the line says, and a payment
    whose lines and messages name no payer, or no payee, has that of its return.
    """
    listed = list(transfers)
    pairs = [(a, b) if a in messages and is_return(messages[a]) else (b, a) for a, b in ties]
    if not pairs:
        return listed
    asked = {key for pair in pairs for key in pair}
    of = {key: n for n, t in enumerate(listed) for key in (*t.messages, *t.postings) if key in asked}
    for back, paid in sorted(pairs):
        if back not in messages or back not in of or paid not in of or of[back] == of[paid]:
            continue
        t, original = listed[of[back]], listed[of[paid]]
        listed[of[paid]] = original = replace(
            original,
            debit_account=original.debit_account or t.credit_account,
            credit_account=original.credit_account or t.debit_account,
        )
        listed[of[back]] = replace(
            t,
            debit_account=t.debit_account if t.debit else original.credit_account or t.debit_account,
            credit_account=t.credit_account if t.credit else original.debit_account or t.credit_account,
        )
    return listed


def returns(
    transfers: Iterable[Transfer],
    postings: Mapping[str, Posting],
    messages: Mapping[str, Message],
    judgements: Iterable[Judgement],
) -> dict[str, tuple[str, Cite, Cite | None]]:
    """Return transfer id of a return -> (id of the payment that came back, "" where it is not found; the cites of both)."""
    back = {key for key, m in messages.items() if is_return(m) and m.accepted is not False}
    back |= {key for key, p in postings.items() if is_marked(p)}
    if not back:
        return {}
    of = {key: t for t in transfers for key in (*t.postings, *t.messages)}
    paid: dict[str, tuple[str, str]] = {}  # transfer id of a return -> the two records that a judgement ties
    for j in standing(judgements):
        if j.decision == "same" and relation_of(j) == "return" and len({j.left, j.right} & back) == 1:
            one, other = (j.left, j.right) if j.left in back else (j.right, j.left)
            if one in of and other in of and of[one].id != of[other].id:
                paid[of[one].id] = min(paid.get(of[one].id, (one, other)), (one, other))
    found: dict[str, tuple[str, Cite, Cite | None]] = {}
    for key in sorted(back & of.keys()):
        t = of[key]
        one, other = paid.get(t.id, (key, ""))
        if t.id not in found:
            mine, original = (postings.get(name) or messages.get(name) for name in (one, other))
            if mine is not None:
                found[t.id] = (of[other].id if other else "", mine.cite, original.cite if original else None)
    return found


def without_original(
    postings: Mapping[str, Posting],
    messages: Mapping[str, Message],
    judgements: Iterable[Judgement],
    copies: Collection[str],
) -> Iterator[Gap]:
    """Yield a gap per booked reversal, per return by message, and per returned line that nothing ties to its original.

    judgements  those in force; copies: lines that copy another, which tells for them
    """
    joined = [j for j in judgements if j.decision == "same" and j.subject == "movement"]
    tied: dict[str, set[str]] = defaultdict(set)
    for judgement in joined:
        tied[relation_of(judgement)] |= {judgement.left, judgement.right}
    for key in sorted(postings):
        p = postings[key]
        if p.reversal and p.status == "booked" and key not in copies and key not in tied["reversal"]:
            yield _reversal(key, p)
    back = {key for key, m in messages.items() if is_return(m) and m.accepted is not False}
    by_message = {key for j in joined if {j.left, j.right} & back for key in (j.left, j.right)}
    lines = {key: p for key, p in postings.items() if is_marked(p) and key not in copies}
    for key in sorted(lines.keys() - tied["return"] - tied["reversal"] - by_message):
        yield _line(key, lines[key])
    # the copies and the legs of one return are told once, and are tied if one of them is
    root, _ = united(sorted(back), [j for j in joined if {j.left, j.right} <= back])
    known = {root[key] for key in back & tied["return"]}
    for key in sorted(back):
        if root[key] == key and key not in known:
            yield _message(key, messages[key], tuple(messages[k].cite for k in sorted(back) if root[k] == key))


def one_sided(transfers: Sequence[Transfer], postings: Mapping[str, Posting]) -> Iterator[Gap]:
    """Yield a gap per payment of which both sides are held, and that was undone on one of them alone.

    One bank says that it came back, the other that it stayed. The books void it where it was undone and let the other line stand
    (`tracer.model.reversals`): a credit that nobody sent, or a debit that nobody received.
    """
    listed = [t for t in transfers if t.reversed_by]
    both = [t for t in listed if t.debit and t.credit]
    undone = undone_by(transfers, postings) if both else {}
    for t in both:
        void, stands = (t.debit, t.credit) if t.debit in undone else (t.credit, t.debit)
        if void not in undone or stands in undone:
            continue
        line, back, other = postings[void], postings[undone[void]], postings[stands]
        amount = _money(abs(other.amount), other.currency)
        kept, kept_zh = (
            ("credit stands there, of unknown origin", "该贷记仍在账，来源按不明处理")
            if other.amount > 0
            else ("debit stands there, to nobody that the records show", "该借记仍在账，去向无记录")
        )
        yield Gap(
            id=f"one-sided/{stands}",
            kind="unmatched_leg",
            description_en=f"The payment of {amount} on {_day(other)} between {line.account} and {other.account} was undone on "
            f"{line.account} on {_day(back)}, and no line of {other.account} is known to undo it: the {kept}.",
            description_zh=f"{_day(other)} {line.account} 与 {other.account} 之间的 {amount} 付款已于 {_day(back)} 在 {line.account} "
            f"撤销，而 {other.account} 尚无可认定为相应撤销的记账：{kept_zh}。",
            affects=(other.account_key or other.account, line.account_key or line.account),
            amount=abs(other.amount),
            currency=other.currency,
            ask_en=f"Statement of account {other.account} from {_day(other)} on, with the entry that undoes {amount}, or the "
            "bank's word that none was made.",
            ask_zh=f"账户 {other.account} 自 {_day(other)} 起的对账单，载明撤销 {amount} 的记账，或银行确认未作撤销。",
            cites=(other.cite, line.cite, back.cite),
        )


def is_marked(p: Posting) -> bool:
    """Say whether a booked line is printed as a returned payment."""
    is_it = _is_return_code(p.type_code) or (bool(p.parts) and any(part.startswith(_INFO) for part in p.parts))
    return is_it and p.status == "booked" and not p.reversal


@lru_cache(maxsize=1024)
def _is_return_code(code: str) -> bool:
    return code.upper().endswith(_RETURNED)


def returned_lines(postings: Mapping[str, Posting]) -> Iterator[Judgement]:
    """Yield a line printed as a returned payment with the payment that came back: one account, one reference, the other way.

    No more than was paid, and not before; where several payments fit the reference, none is tied. What came back of one in
    several lines is tied to it up to its amount.
    """
    marked = sorted(
        (key for key, p in postings.items() if is_marked(p)), key=lambda key: (str(_day(postings[key]) or ""), key)
    )
    accounts = {(p.account_key or p.account, p.currency) for p in map(postings.__getitem__, marked)}
    held: dict[tuple[str, str, str], list[str]] = defaultdict(list)
    is_back = set(marked)
    for key, p in postings.items() if accounts else ():
        name = (p.account_key or p.account, p.currency)
        if name in accounts and key not in is_back and p.status == "booked" and not p.reversal:
            for reference in _references(p):
                held[*name, reference].append(key)
    left = {key: abs(postings[key].amount) for listed in held.values() for key in listed}
    for key in marked:
        back = postings[key]
        for reference in _references(back):
            fits = [
                k
                for k in held[back.account_key or back.account, back.currency, reference]
                if (postings[k].amount < 0) != (back.amount < 0)
                and left[k] >= abs(back.amount)
                and _is_before(postings[k], back)
            ]
            if len(fits) == 1:
                left[fits[0]] -= abs(back.amount)
                yield movement(
                    fits[0],
                    key,
                    rung=3,
                    features=("relation=return", f"reference={reference}", "printed as a returned payment"),
                )
            if fits:
                break


def _day(p: Posting) -> date | None:
    return p.booked or day_of(p)


def _is_before(one: Posting, other: Posting) -> bool:
    paid, came = _day(one), _day(other)
    return paid is None or came is None or paid <= came


def _references(p: Posting) -> tuple[str, ...]:
    listed = (p.uetr.strip().lower(), usable(p.end_to_end_id), usable(p.owner_reference), usable(p.bank_reference))
    return tuple(dict.fromkeys(text for text in listed if text))


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
        "was not found on this account, or several fit: it stands as a movement of its own, is set against no payment, and is no proof of "
        "income.",
        description_zh=f"{day} {p.account} 的 {amount} 载明为退回款项，但该账户上未找到被退回的原付款或有多笔相符：现作为独立一笔处理，"
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
        "paid than comes back: it stands as a movement of its own, to the payer, and is set against no payment.",
        description_zh=f"{sent_zh}{named_zh}，但未找到被退回的原付款、有多笔相符、或退回金额大于原付款：现作为流回付款方的独立一笔处理，"
        "未与任何付款相抵。",
        affects=tuple(dict.fromkeys(p.account for p in (*m.parties, *m.underlying) if p.account)),
        amount=m.settled,
        currency=m.settled_currency,
        ask_en=f"The payment{named_en} that was returned with {amount or 'this message'}: its message and the entry by which it "
        "left.",
        ask_zh=f"被退回的原付款{named_zh}（退回 {amount or '金额未载明'}）：其报文及支出记账。",
        cites=cites,
    )
