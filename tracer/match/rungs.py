"""Which rungs fire between two records, and the fields that fired (formats.md section 12, nexus.md section 5).

Every condition is symmetric, so the order of loading changes nothing. Rung 1 asks for more than the UETR, always: the same
currency, a compatible amount, a near day, and legs that share a bank or a party.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from tracer.match.comparing import are_apart, equal, folded, is_account, is_one_name, near
from tracer.match.exchange import printed_value, stated_by, stated_on
from tracer.match.records import Record
from tracer.match.returned import is_marked, is_repeated
from tracer.model import Message, Posting
from tracer.model.accounts import bare
from tracer.model.payments import is_event, is_order, is_report, is_return, is_status, tolerance, usable
from tracer.model.quick import quickly_made

__all__ = ["Fired", "booked_back", "came_back", "contradicts", "fired", "is_legless", "is_rival"]


@quickly_made
@dataclass(frozen=True, slots=True)
class Fired:
    """One rung between two records, with its fields, and the gap that no message explains."""

    left: str
    right: str
    rung: int
    features: tuple[str, ...]
    gap: int = 0


def is_legless(record: Record) -> bool:
    """Say whether a record tells of a payment without being a leg of it: a status, a return, a text, a message refused."""
    return record.message is not None and (is_event(record.message) or record.message.accepted is False)


def _moves_nothing(one: Record, beside: Record) -> bool:
    """Say whether a record is no leg of what is beside it; a return that was sent is one of other returns, and of its bookings."""
    m = one.message
    if m is None or not is_legless(one):
        return False
    return m.accepted is False or not is_return(m) or (beside.posting is not None and not _gives_back(one, beside))


def fired(a: Record, b: Record, fees: Mapping[str, int]) -> list[Fired]:
    """Return the rungs that fire between two records, surest first."""
    if a.content and a.content == b.content:
        return [Fired(a.key, b.key, 0, ("relation=copy", f"content={a.content[:16]}"))]
    if a.uetr and b.uetr and a.uetr != b.uetr:
        return []  # different UETRs are different wires unless a person says otherwise
    if a.message and b.message:
        if _is_same_instruction(a, b):
            return [Fired(a.key, b.key, 0, ("relation=copy", f"message_id={a.message.message_id} and all it orders"))]
        if is_return(a.message) and is_return(b.message):
            # the id of a payment stands on every return of it: two of one bank to one other are two parts of it
            return [] if is_rival(a, b) else list(_legs(a, b, fees))
        if is_event(a.message) or is_event(b.message):
            return _attached(a, b)
    if a.posting and b.posting:
        return list(_two_lines(a, b, fees))
    return [*_legs(a, b, fees), *_gave(a, b), *_gave(b, a)]


def _is_same_instruction(a: Record, b: Record) -> bool:
    """Message id, end-to-end id, amount and agents agree in two exhibits. The id alone is reused after resets."""
    m, n = a.message, b.message
    if m is None or n is None or not usable(m.message_id) or not a.end_to_end or m.cite.exhibit == n.cite.exhibit:
        return False
    return _ordered(m) == _ordered(n)


def _ordered(m: Message) -> tuple[object, ...]:
    agents = tuple(sorted((a.role, a.id, a.account) for a in m.agents))
    money = (m.settled, m.settled_currency, m.settled_date, m.instructed, m.instructed_currency)
    return (
        m.kind,
        m.sender[:8],
        m.receiver[:8],
        m.message_id,
        m.end_to_end_id,
        m.reference,
        m.uetr.lower(),
        *money,
        agents,
    )


def _legs(a: Record, b: Record, fees: Mapping[str, int]) -> Iterator[Fired]:
    """Yield rungs 1 to 3 between two messages, or a message and a line that books it."""
    if a.amount is None or b.amount is None or not near(a.day, b.day) or not _books(a, b) or not _books(b, a):
        return
    if a.currency != b.currency:
        yield from _converted(a, b)
        return
    gap = abs(a.amount - b.amount)
    stated = gap == 0 or gap <= max(a.charges, b.charges)
    within = gap <= max(tolerance(a.currency, fees), a.charges, b.charges)
    shown = 0 if stated else gap
    relation = _relation(a, b)

    def made(rung: int, on: str) -> Fired:
        amount = (
            "amount equal"
            if gap == 0
            else f"amount within the charges stated, {gap} minor units"
            if stated
            else (f"unexplained_difference={gap}")
        )
        return Fired(a.key, b.key, rung, (relation, on, f"currency={a.currency}", amount, _days(a, b)), shown)

    if a.uetr and a.uetr == b.uetr and within and _meet(a, b) and not contradicts(a, b):
        yield made(1, f"uetr={a.uetr}")
    if stated and not is_rival(a, b):
        if _covers(a, b) or _covers(b, a):
            yield made(2, "21 of the cover = 20 of the announcement")
        if equal(a.end_to_end, b.end_to_end) and _meet(a, b) and not _two_payees(a, b):
            yield made(2, f"end_to_end_id={a.end_to_end}")
    on = _leg(a, b) or _leg(b, a)
    if (
        on
        and within
        and _same_day(a, b)
        and (gap == 0 or not on.startswith(("bank reference", "end-to-end id of the line =")))
    ):
        yield made(3, on)
    if within and not (a.uetr and a.uetr == b.uetr) and (a.stamps or a.printed or b.stamps or b.printed):
        printed = (a.stamps | a.printed | {a.uetr}) & (b.stamps | b.printed | {b.uetr}) - {""}
        if printed:
            yield made(3, f"{min(printed)} printed in both")


def _relation(a: Record, b: Record) -> str:
    if _moves_nothing(a, b) or _moves_nothing(b, a):
        return "relation=not_sent"
    return "relation=booking" if a.posting or b.posting else "relation=leg"


def _converted(a: Record, b: Record) -> Iterator[Fired]:
    """Yield rungs 2 and 3 between records of two currencies, one of which prints the very amount of the other in its currency.

    Field 33B of an MT103, or InstdAmt, states in the payer's currency what field 32A settles in another: a record of that sum in
    that currency is of the currency and the amount of this message. No amount is ever computed with a rate, and a statement line
    that stands on another account than the message prints for its side is none of it, whatever bank keeps it.
    """
    value = _as_stated(a, b)
    if not value or is_rival(a, b) or _two_payees(a, b) or contradicts(a, b):
        return
    features = (value, _days(a, b))
    if equal(a.end_to_end, b.end_to_end) and _meet(a, b):
        yield Fired(a.key, b.key, 2, (_relation(a, b), f"end_to_end_id={a.end_to_end}", *features))
    on = _leg(a, b) or _leg(b, a)
    if on and _same_day(a, b):
        yield Fired(a.key, b.key, 3, (_relation(a, b), on, *features))
    shared = (a.stamps | a.printed | {a.uetr}) & (b.stamps | b.printed | {b.uetr}) - {""}
    if shared and _meet(a, b):
        yield Fired(a.key, b.key, 3, (_relation(a, b), f"{min(shared)} printed in both", *features))


def _as_stated(a: Record, b: Record) -> str:
    """Say by which printed amount two records of two currencies are of one value; "" where none says so."""
    if a.message and b.message:
        return stated_by(a.message, b.message)
    line, message = (a.posting, b.message) if a.posting else (b.posting, a.message)
    if line is None or message is None:
        return ""
    record = b if a.posting else a
    named = record.named.get("debtor" if line.amount < 0 else "creditor", ())
    if named and not any(is_account(account, line) for account in named):
        return ""
    return stated_on(line, message)


def _days(a: Record, b: Record) -> str:
    if a.day is None or b.day is None:
        return "value date not printed in both"
    return "value date equal" if a.day == b.day else f"value dates {abs((a.day - b.day).days)} days apart"


def _same_day(a: Record, b: Record) -> bool:
    """Say whether the value dates of a leg are equal; a line that prints only when it was booked is asked for a near day.

    A customer's debit may be valued days before the day on which it is booked and settled: of a line either day may be the one.
    """
    line, other = (a.posting, b) if a.posting else (b.posting, a)
    if a.day == b.day or None in (a.day, b.day):
        return True
    return line is not None and (line.value_date is None or line.booked == other.day)


def _books(message: Record, line: Record) -> bool:
    """Say whether a line can be the booking of a message on its side: on the customer's account, or on one of a bank.

    Where the message prints the customer's account, a line of another account is a leg only where a bank of the chain keeps
    that account; another customer's line with the same reference is not. What came back is no side of it.
    """
    m, p = message.message, line.posting
    if m is None or p is None:
        return True
    if p.reversal:
        return False
    if is_return(m):
        return _may_give_back(message, line)
    side, agent = ("debtor", "debtor_agent") if p.amount < 0 else ("creditor", "creditor_agent")
    named = message.named.get(side, ())
    if any(is_account(account, p) for account in named):
        return True
    if came_back(message, line):
        return False
    if not named:
        return True
    customers_bank = {a.id[:8] for a in m.agents if a.role == agent}
    return bool(line.servicer) and line.servicer in message.banks - customers_bank


def _may_give_back(message: Record, line: Record) -> bool:
    """Say whether a line stands on an account of a return: that of a customer, or of a bank on the way."""
    m, p = message.message, line.posting
    if m is None or p is None or not any(message.named.values()):
        return True
    if any(is_account(account, p) for listed in message.named.values() for account in listed):
        return True
    customers_banks = {a.id[:8] for a in m.agents if a.role in {"debtor_agent", "creditor_agent"}}
    return bool(line.servicer) and line.servicer in message.banks - customers_banks


def _gives_back(message: Record, line: Record) -> bool:
    """Say whether a line is the booking of a return: it debits the payee's side, or credits the payer's.

    Which customer is which, the banks of the return tell (`is_repeated`). Where they do not, its payment stands on the same
    accounts under the same ids: the line must be at the end of the return where its bank is, be printed as a returned payment,
    or bear the reference of the return itself.
    """
    m, p = message.message, line.posting
    if m is None or p is None or not _may_give_back(message, line):
        return False
    is_out, repeats = p.amount < 0, is_repeated(m)
    sides = {side for side, listed in message.named.items() if any(is_account(account, p) for account in listed)}
    if sides and repeats is not None:
        return ("debtor" if is_out is not repeats else "creditor") in sides
    own, other = (message.sender, message.receiver) if is_out else (message.receiver, message.sender)
    if line.servicer and line.servicer in {own, other} and own != other:
        return line.servicer == own
    return is_marked(p) or (bool(message.own) and message.own in {line.own, line.bank})


def _gave(event: Record, line: Record) -> list[Fired]:
    """Attach a return to the debit of the payment that it names, which stands for the payment where no message of it is held.

    By the reference of the payment alone: an id that the return repeats stands on the bookings of both.
    """
    m, p = event.message, line.posting
    if m is None or p is None or p.amount >= 0 or p.reversal or not is_return(m) or m.accepted is False:
        return []
    named = {usable(m.return_of), usable(m.related_reference)} - {"", event.own, event.uetr.upper()}
    on = next((x for x in sorted(named) for y in (line.own, line.bank) if equal(x, y)), "")
    is_paid = event.currency == line.currency and event.amount is not None and event.amount <= abs(p.amount)
    is_before = event.day is None or line.day is None or line.day <= event.day
    if not (on and is_paid and is_before and _may_give_back(event, line)) or _gives_back(event, line):
        return []
    return [
        Fired(event.key, line.key, 2, ("relation=return", f"reference={on} of the original", "booked by this line"))
    ]


def came_back(message: Record, line: Record) -> bool:
    """Say whether a line books what came back of a payment: it credits the payer's account, or debits the payee's.

    A return keeps the UETR of its payment (pacs.004), so that the statement of one account prints both under it.
    """
    p = line.posting
    if p is None:
        return False
    own, other = ("debtor", "creditor") if p.amount < 0 else ("creditor", "debtor")
    is_theirs = any(is_account(account, p) for account in message.named.get(other, ()))
    return is_theirs and not any(is_account(account, p) for account in message.named.get(own, ()))


def booked_back(one: Fired, event: Record) -> Fired:
    """Return what fired between a line and a return as the booking of that return; of what is no return, as it is."""
    m = event.message
    if m is None or not is_return(m) or m.accepted is False or one.features[0] != "relation=not_sent":
        return one
    return replace(one, features=("relation=booking", *one.features[1:]))


def _meet(a: Record, b: Record) -> bool:
    """Legs of one payment share an institution or a party; a reused id with disjoint parties is another payment."""
    if a.banks & b.banks or a.parties & b.parties:
        return True
    comparable = any(
        any(bank.isdigit() is digits for bank in a.banks) and any(bank.isdigit() is digits for bank in b.banks)
        for digits in (True, False)
    )
    return not comparable and not (a.parties and b.parties)


def contradicts(a: Record, b: Record) -> bool:
    """Say whether two payment messages under one UETR are two orders: another beneficiary account, and one thing more.

    That is another reference, or another beneficiary name. The reference alone changes with every sender of a chain, a short
    one says nothing, and an account is printed in several forms (formats.md section 12: a UETR reused across unrelated
    messages).
    """
    mine, yours = a.named.get("creditor", ()), b.named.get("creditor", ())
    if not (mine and yours) or any(_one_account(x, y) for x in mine for y in yours):
        return False
    return bool(a.own and b.own and not equal(a.own, b.own)) or _two_payees(a, b)


def _two_payees(a: Record, b: Record) -> bool:
    """Say whether two messages pay two persons: every account in full and another, and every name another."""
    accounts = [(x, y) for x in a.named.get("creditor", ()) for y in b.named.get("creditor", ())]
    names = [(x, y) for x in _payees(a) for y in _payees(b)]
    return (
        bool(accounts and names) and all(are_apart(*pair) for pair in accounts) and all(_named_apart(*p) for p in names)
    )


def _payees(record: Record) -> list[str]:
    m = record.message
    return [p.name for p in (*m.parties, *m.underlying) if p.role == "creditor" and p.name.strip()] if m else []


def _named_apart(one: str, other: str) -> bool:
    """Say whether two names are of two persons. A name in another script, or a cut one, may be the same."""
    a, b = folded(one), folded(other)
    is_cut = bool(a and b) and (a.startswith(b) or b.startswith(a))
    return bool(_scripts(one) & _scripts(other)) and not is_cut and not is_one_name(one, other)


def _scripts(text: str) -> set[str]:
    return {unicodedata.name(c, "").partition(" ")[0] for c in text if c.isalpha()}


def _one_account(one: str, other: str) -> bool:
    """Say whether two prints may be of one account: equal, or an IBAN or domestic number that ends in the other."""
    a, b = bare(one), bare(other)
    return a.endswith(b) or b.endswith(a)


def is_rival(a: Record, b: Record) -> bool:
    """Two messages between the same two banks with references of their own are two payments."""
    return bool(
        a.message
        and b.message
        and a.sender
        and a.receiver
        and (a.sender, a.receiver) == (b.sender, b.receiver)
        and a.kind[:5] == b.kind[:5]
        and a.own
        and b.own
        and a.own != b.own
    )


def _is_cover(record: Record) -> bool:
    return record.message is not None and (
        "COV" in record.kind or record.kind in {"MT202", "MT205"} or record.kind.startswith("pacs.009")
    )


def _covers(announced: Record, cover: Record) -> bool:
    """Field 21 of the cover (EndToEndId in ISO) is field 20 of its announcement, sent by the same bank."""
    m = announced.message
    if m is None or not _is_cover(cover) or _is_cover(announced) or is_report(m) or m.kind == "FAIM":
        return False
    same_sender = not announced.sender or not cover.sender or announced.sender == cover.sender
    return same_sender and any(equal(announced.own, reference) for reference in (cover.related, cover.end_to_end))


def _leg(one: Record, other: Record) -> str:
    """Return the leg reference by which `other` (confirmation, Fedwire record, statement line) shows the leg of `one`."""
    m, n = one.message, other.message
    if n is not None and m is not None:
        if is_report(n) and not is_report(m) and other.related:
            if equal(other.related, one.own):
                return f"21 of {n.kind} = 20"
            if equal(other.related, one.related) and not m.kind.startswith("MT103"):
                return f"21 of {n.kind} = 21"
        if n.kind == "FAIM" and m.kind != "FAIM" and not is_report(m) and equal(other.own, one.own):
            return "{3320} = 20"
        if is_report(n) and is_report(m) and other.related and equal(other.related, one.related):
            return "21 of both confirmations"
        return ""
    if m is not None and other.posting is not None:
        references = (one.own, one.related) if is_report(m) or m.kind[:3] in {"MT2", "FAI"} else (one.own,)
        if other.own and any(equal(other.own, r) for r in references):
            return f"owner reference of the line = {'20' if equal(other.own, one.own) else '21'}"
        if other.end_to_end and equal(other.end_to_end, one.end_to_end):
            return "end-to-end id of the line"
        if other.end_to_end and any(equal(other.end_to_end, r) for r in references):
            return f"end-to-end id of the line = {'20' if equal(other.end_to_end, one.own) else '21'}"
        if other.bank and any(equal(other.bank, r) for r in (one.own, one.related)):
            return "bank reference of the line = 20"
    return ""


# -- two lines


def _two_lines(a: Record, b: Record, fees: Mapping[str, int]) -> Iterator[Fired]:
    """Yield what joins lines of two accounts: one UETR along the chain, or a debit and a credit of one booking.

    Two lines of one account in one currency are never two sides of one payment, and a day must be printed on both. A
    conversion is proven by a reference with the amount or the rate that a line prints, where neither names another account;
    of two banks only a UETR, or an account that is named, makes a reference one.
    """
    p, q = a.posting, b.posting
    if p is None or q is None or p.reversal or q.reversal:
        return
    if a.account == b.account and p.currency == q.currency:
        return
    if a.day is None or b.day is None or not near(a.day, b.day):
        return
    gap = abs(abs(p.amount) - abs(q.amount))
    if a.uetr and a.uetr == b.uetr and p.currency == q.currency and gap <= tolerance(p.currency, fees) and _meet(a, b):
        amount = f"unexplained_difference={gap}" if gap else "amount equal"
        yield Fired(
            a.key, b.key, 1, ("relation=leg", f"uetr={a.uetr}", f"currency={a.currency}", amount, _days(a, b)), gap
        )
    value = _same_value(p, q)
    on = _shared(a, b) if value else ""
    if not on:
        return
    features = ("relation=two_sided", on, value, _days(a, b))
    if _names(p, q) and _names(q, p):
        yield Fired(a.key, b.key, 3, (*features, "each account is the other's counterparty"))
    elif (
        a.servicer
        and a.servicer == b.servicer
        and equal(a.bank, b.bank)
        and all(not line.counterparty_account or _names(line, other) for line, other in ((p, q), (q, p)))
    ):
        yield Fired(a.key, b.key, 3, (*features, f"one bank keeps both accounts: {a.servicer}"))
    elif p.currency != q.currency and all(
        not line.counterparty_account or _names(line, other) for line, other in ((p, q), (q, p))
    ):
        one_account = a.account == b.account
        one_bank = a.servicer == b.servicer or not a.servicer or not b.servicer
        if one_account or one_bank or (a.uetr and a.uetr == b.uetr) or _names(p, q) or _names(q, p):
            yield Fired(a.key, b.key, 3, (*features, "a conversion: neither line names another account"))
    elif is_marked(p) and is_marked(q) and all(not x.counterparty_account or _names(x, y) for x, y in ((p, q), (q, p))):
        yield Fired(
            a.key, b.key, 3, (*features, "both printed as a returned payment, and neither names another account")
        )


def _shared(a: Record, b: Record) -> str:
    """Return the first reference that two lines share, in whichever field each bank prints it."""
    mine = (("uetr", a.uetr), ("end_to_end_id", a.end_to_end), ("owner_reference", a.own), ("bank_reference", a.bank))
    yours = (b.uetr, b.end_to_end, b.own, b.bank)
    return next(
        (f"{name}={t}" for name, t in mine if t and (t in yours or any(equal(t, other) for other in yours))), ""
    )


def _names(line: Posting, other: Posting) -> bool:
    """Say whether a line prints the other's account as its counterparty; names differ between two sides."""
    return is_account(line.counterparty_account, other, line.counterparty_agent)


def _same_value(p: Posting, q: Posting) -> str:
    """Say how a debit and a credit are one value: equal, or one prints the other as its original amount; "" where not."""
    if (p.amount < 0) == (q.amount < 0):
        return ""
    if p.currency == q.currency:
        return "amount and currency equal" if p.amount == -q.amount else ""
    return printed_value(p, q)


# -- what tells of a payment


def _attached(a: Record, b: Record) -> list[Fired]:
    """Attach a status, a return or a text to the payment that it names; a return is at most what was paid."""
    for event, original in ((a, b), (b, a)):
        n, m = event.message, original.message
        if n is None or m is None or not is_event(n) or is_event(m):
            continue
        if is_return(n) and (
            event.currency != original.currency
            or event.amount is None
            or original.amount is None
            or event.amount > original.amount
            or (event.day is not None and original.day is not None and event.day < original.day)
        ):
            return []
        if is_order(n) and not _is_what_was_ordered(n, m):
            return []
        relation = f"relation={'return' if is_return(n) else 'status' if is_status(n) else 'text'}"
        if event.uetr and event.uetr == original.uetr:
            return [Fired(a.key, b.key, 1, (relation, f"uetr={event.uetr} of the original"))]
        stamps = {n.return_of, n.previous_imad, *event.printed} & (original.stamps | {original.uetr})
        if stamps - {""}:
            return [Fired(a.key, b.key, 3, (relation, f"{min(stamps - {''})} of the original"))]
        named = {usable(n.return_of), usable(n.related_reference), event.end_to_end}
        named.add(event.own if is_status(n) or is_order(n) else "")
        own = (original.own, original.end_to_end, usable(m.message_id))
        shared = sorted(x for x in named if any(equal(x, y) for y in own))
        if shared and _meet(event, original):
            return [Fired(a.key, b.key, 2, (relation, f"reference={shared[0]} of the original"))]
    both_tell = a.message and b.message and is_event(a.message) and is_event(b.message)
    if both_tell and a.uetr and a.uetr == b.uetr:
        return [Fired(a.key, b.key, 1, ("relation=status", f"uetr={a.uetr} of one original"))]
    return _answered(a, b) or _answered(b, a) if both_tell else []


def _is_what_was_ordered(order: Message, payment: Message) -> bool:
    """Say whether a payment is of the very sum that was ordered: customers repeat their references from month to month."""
    ordered = (order.instructed, order.instructed_currency)
    return order.instructed is not None and ordered in {
        (payment.settled, payment.settled_currency),
        (payment.instructed, payment.instructed_currency),
    }


def _answered(event: Record, asked: Record) -> list[Fired]:
    """Attach a status to the order, or an answer to the question, whose reference it names; none of them moves money."""
    n, m = event.message, asked.message
    if n is None or m is None or is_return(n) or is_return(m) or is_order(n) or is_status(m):
        return []
    relation = f"relation={'status' if is_status(n) else 'text'}"
    single = {event.end_to_end, event.own if is_status(n) else ""} - {""} if is_order(m) else set()
    # a status of a whole message names no single order of it, and is the fate of each
    named = single or {usable(n.related_reference), usable(n.return_of)} - {""}
    group = (asked.end_to_end, asked.related) if is_order(m) else ()
    own = (asked.own, usable(m.message_id), *group)
    shared = sorted(x for x in named if any(equal(x, y) for y in own))
    if shared and _meet(event, asked):
        first, second = sorted((event.key, asked.key))
        return [Fired(first, second, 2, (relation, f"reference={shared[0]} of what it answers"))]
    return []
