"""Elections: passes from one list of events to another, each disclosed, none of them on by default unless named so.

Treatments and their reasons: tracing.md 1.3; R0: section 2. Every function returns a new Book.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import permutations

import numpy as np

from tracer.model import NotCovered, RuleError
from tracer.trace.entries import Entries
from tracer.trace.events import Book, Event, Holding, enter, rows_of

__all__ = [
    "accept_cash",
    "as_proceeds",
    "enter_when_available",
    "feasible_orders",
    "fees_clean_first",
    "group_accounts",
    "hold_apart",
    "in_order",
    "interest_as",
    "net_roundtrips",
    "not_covered",
    "refuse_cash",
    "refuse_returned",
    "return_to_tail",
    "spread",
    "taken_from",
    "void_returns",
]


def not_covered(feature: str) -> NotCovered:
    """Return the error that names a feature tracer does not have."""
    return NotCovered(
        f"{feature} is not covered.",
        where="trace(...)",
        meaning="The figure is left out, not guessed.",
        next_call="run without this election and say so in the annex",
    )


def _refused(what: str, meaning: str, next_call: str) -> RuleError:
    """Return the error of an election that cannot be carried out."""
    return RuleError(what, where="elections", meaning=meaning, next_call=next_call)


def only_label(book: Book, why: str) -> str:
    """Return the only proceeds label; policies that name one label need one run per label where there are several."""
    if len(book.proceeds) != 1:
        raise not_covered(f"{why} with {len(book.proceeds)} proceeds labels in one run (one run per label is needed)")
    return book.proceeds[0]


def void_returns(book: Book) -> Book:
    """Void both legs of a payment that came back and of a deposit that bounced, as if neither posted.

    Voiding needs equal amounts: a smaller return of a payment is a new credit at the tail, the rest stays.
    """
    gone: set[str] = set()
    events = {event.id: event for event in book.events}
    for event in book.events:
        if event.kind in ("reversal", "returned"):
            original = book.event(event.of)
            if event.amount == original.amount:
                gone |= {event.id, event.of}
                gone |= {e.id for e in book.events if e.kind == "arrival" and e.of == event.of}
            elif event.kind == "returned" or event.amount > original.amount:
                raise not_covered(f"a returned deposit of another amount than {original.id}")
            elif original.kind != "debit":
                raise not_covered("a partial return of a transfer")
    return book.with_events([event for name, event in events.items() if name not in gone])


def return_to_tail(book: Book) -> Book:
    """Bring a payment back as a new credit of its original composition (`reversal = new_credit_tail`).

    A returned deposit is voided all the same; a transfer that came back is not covered here.
    """
    for event in book.events:
        if event.kind == "reversal" and book.event(event.of).kind != "debit":
            raise not_covered("new_credit_tail for a reversed transfer")
    kept = [e for e in book.events if e.kind == "reversal"]
    voided = void_returns(book.with_events([e for e in book.events if e.kind != "reversal"]))
    alive = {event.id for event in voided.events} | {event.id for event in kept}
    return book.with_events([event for event in book.events if event.id in alive])


def interest_as(book: Book, policy: str) -> Book:
    """Label interest: `clean` (not a deposit of proceeds) or `proceeds` (not defensible in a mixed account).

    Under `prorata_posting` and `prorata_daily` the events stay without labels: they follow the account.
    """
    if policy in ("prorata_posting", "prorata_daily"):
        return book
    label = "C" if policy == "clean" else only_label(book, "interest = proceeds")
    return book.with_events(
        [replace(e, labels=((label, e.amount),)) if e.kind == "interest" else e for e in book.events]
    )


def fees_clean_first(book: Book) -> Book:
    """Let lots wholly of other money pay fees first."""
    return book.with_events([replace(e, clean_first=e.sink_type == "FEE") for e in book.events])


def as_proceeds(book: Book) -> Book:
    """Read money of unknown origin as proceeds: for "possible" ceilings only, never for a proven figure."""
    label = only_label(book, "unknown_as = proceeds")

    def relabel(parts: Sequence[tuple[str, int]]) -> tuple[tuple[str, int], ...]:
        return tuple((label if name == "U" else name, amount) for name, amount in parts)

    def merged(parts: tuple[tuple[str, int], ...]) -> tuple[tuple[str, int], ...]:
        total: dict[str, int] = {}
        for name, amount in relabel(parts):
            total[name] = total.get(name, 0) + amount
        return tuple(total.items())

    return replace(
        book,
        holdings=tuple(replace(h, opening=relabel(h.opening)) for h in book.holdings),
        events=tuple(replace(e, labels=merged(e.labels)) for e in book.events),
    )


def refuse_cash(book: Book) -> Book:
    """Refuse the link of a cash deposit to cash drawn earlier (default): the deposit is U, the proceeds stay in CASH."""
    return book.with_events(
        [
            replace(e, kind="credit", account=e.to, to="", labels=(("U", e.amount),)) if e.link == "cash" else e
            for e in book.events
        ]
    )


def accept_cash(book: Book) -> Book:
    """Accept the links of cash deposits: CASH is a place with lots under the same rule."""
    return book


def enter_when_available(book: Book) -> Book:
    """Let a credit enter on the day its hold ended, before the other entries of that day (LIBR-A).

    Credits whose holds end on one day keep the order in which they were posted.
    """
    held = [e for e in book.events if e.available is not None and e.kind == "credit"]
    events = [e for e in book.events if e not in held]
    for event in reversed(held):
        place = next((k for k, e in enumerate(events) if e.day is not None and e.day >= event.available), len(events))  # type: ignore[operator]
        events.insert(place, replace(event, day=event.available))
    return book.with_events(events)


def group_accounts(book: Book, groups: Mapping[str, Sequence[str]]) -> Book:
    """Take swept, pooled or commonly controlled accounts as one, by election and disclosed: transfers inside vanish.

    A charge of such a transfer stays, as a fee of the group. Where accounts of one group open with money and with debt, the
    money of one repays the debt of the other, lot by lot in the order listed, as the election has it that they are one: what
    of it was proceeds has gone to the bank, and is counted there.

    Source:    tracing.md 1.3 (own-account transfer: rules apply per account, not per owner, unless elected and disclosed).
    Against:   an account is a debt of its own bank to its own customer; without a sweep, a zero balance or a pooling agreement
               there is nothing by which two accounts are one. Confirm with counsel.
    """
    member = {name: group for group, names in groups.items() for name in names}
    known = {holding.name for holding in book.holdings}
    if sum(len(names) for names in groups.values()) != len(member) or not known.issuperset(member):
        raise _refused(
            f"group is {groups!r}; the accounts held are {', '.join(sorted(known))}.",
            "An account belongs to one group at most, and only a held account can belong to one.",
            "name each account of a group once",
        )
    if taken := sorted((known - set(member)) & set(groups)):
        raise _refused(
            f"The group {taken[0]!r} bears the name of an account that is not in it.",
            "Two accounts would be one that nobody elected.",
            "give the group a name of its own",
        )
    holdings: dict[str, Holding] = {}
    for holding in book.holdings:
        name = member.get(holding.name, holding.name)
        if name in holdings:
            held = holdings[name]
            if held.currency != holding.currency:
                raise not_covered("an account group in several currencies")
            opening = (*held.opening, *holding.opening)
            holdings[name] = replace(held, opening=opening, debt=held.debt + holding.debt, facility=None)
        else:
            holdings[name] = replace(holding, name=name)
    opened: list[Event] = []
    for name in groups:
        if name not in holdings:
            continue
        held = holdings[name]
        if held.debt and held.opening:
            day = next((e.day for e in book.events if name in (member.get(e.account), member.get(e.to))), None)
            opened += [Event("opening", "credit", name, x, labels=((label, x),), day=day) for label, x in held.opening]
            holdings[name] = replace(held, opening=())
    inside = {
        e.id: e
        for e in book.events
        if e.kind == "transfer" and e.account in member and member[e.account] == member.get(e.to)
    }
    arrived = {e.of: e.amount for e in book.events if e.kind == "arrival" and e.of in inside and e.amount}
    events = opened
    for event in book.events:
        account, to = member.get(event.account, event.account), member.get(event.to, event.to)
        if event.kind == "arrival" and event.of in inside:
            continue
        if event.id in inside and event.kind == "transfer":
            charge = event.amount - arrived.get(event.id, _credited(event))
            if charge > 0:
                fee = replace(
                    event, kind="debit", account=account, to="", amount=charge, credited=None, in_transit=False
                )
                events.append(replace(fee, sink="FEE", sink_type="FEE"))
            continue
        events.append(replace(event, account=account, to=to))
    return replace(book, holdings=tuple(holdings.values()), events=tuple(events))


def in_order(book: Book, order: Sequence[str]) -> Book:
    """Put the events of a block in the order assumed; every other event keeps its place."""
    block = [event.id for event in book.events if event.block]
    if sorted(order) != sorted(block):
        raise _refused(
            f"order is {', '.join(order)}; the entries without a known order are {', '.join(block) or 'none'}.",
            "An order assumed is one of exactly the entries whose order no record shows.",
            "name each of them once",
        )
    places = [k for k, event in enumerate(book.events) if event.id in order]
    events = list(book.events)
    for place, name in zip(places, order, strict=True):
        events[place] = replace(book.event(name), block="")
    return book.with_events(events)


def feasible_orders(book: Book, limit: int = 8) -> Iterator[tuple[tuple[str, ...], bool]]:
    """Yield (order, overdraws) for every order of the one unordered block that the banks could have allowed.

    An order that takes an account below its known facility is infeasible and left out; where no facility is known,
    an order that overdraws is listed as such. Raises `NotCovered` beyond `limit` entries (the hull holds there).
    """
    names = [event.id for event in book.events if event.block]
    if len({event.block for event in book.events if event.block}) > 1 or len(names) > limit:
        raise not_covered(f"listing every order of more than one block or of more than {limit} entries")
    for order in permutations(names):
        entries = enter(in_order(book, order))
        low = entries.balances()
        facility = entries.facility if entries.facility is not None else np.full(len(entries.accounts), -1, np.int64)
        allowed = facility[entries.account]
        if bool(((allowed >= 0) & (low < -allowed)).any()):
            continue
        yield order, bool((low < 0).any())


def net_roundtrips(book: Book) -> Book:
    """Cancel a return transfer against the opposite earlier ones, newest first (sensitivity run; print both).

    Only so much is cancelled as leaves no posted balance below min(0, its recorded value). Transfers with a charge,
    a conversion, or still in transit are left alone.
    """
    events = list(book.events)
    plain = [e.kind == "transfer" and not e.in_transit and e.credited in (None, e.amount) for e in events]
    recorded = enter(book)
    floor = np.minimum(0, recorded.balances())
    rows = {event.id: [] for event in events}  # type: dict[str, list[int]]
    for row, name in enumerate(recorded.source or ()):
        if name in rows:
            rows[name].append(row)
    signed = np.where(recorded.credit, recorded.amount, -recorded.amount)
    now = recorded.balances()
    codes = {name: code for code, name in enumerate(recorded.accounts)}
    for k, back in enumerate(events):
        if not plain[k]:
            continue
        for j in range(k - 1, -1, -1):
            out = events[j]
            if (
                not plain[j]
                or (out.account, out.to) != (back.to, back.account)
                or not events[k].amount
                or not out.amount
            ):
                continue
            start, end = rows[out.id][1], rows[back.id][0]
            between = np.arange(start, end)
            touched = between[recorded.account[between] == codes[out.to]]
            room = int((now[touched] - floor[touched]).min()) if len(touched) else out.amount
            m = min(out.amount, events[k].amount, max(0, room))
            if m == 0:
                continue
            events[j] = replace(out, amount=out.amount - m, credited=None)
            events[k] = replace(events[k], amount=events[k].amount - m, credited=None)
            for row, change in ((rows[out.id][0], m), (start, -m), (end, m), (rows[back.id][1], -m)):
                signed[row] += change
            now = _balances(recorded, signed)
    # an arrival states no amount of its own where all that was sent arrives
    return book.with_events([e for e in events if e.amount or e.kind == "arrival"])


def _balances(
    entries: Entries, signed: np.ndarray[tuple[int], np.dtype[np.int64]]
) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
    run = {code: -int(debt) for code, debt in enumerate(entries.debt)}
    result = np.empty(len(entries), np.int64)
    for row, (code, amount) in enumerate(zip(entries.account.tolist(), signed.tolist(), strict=True)):
        run[code] += amount
        result[row] = run[code]
    return result


def hold_apart(
    book: Book, links: Sequence[tuple[str, str]], *, ordered: bool = True
) -> tuple[Book, dict[str, tuple[tuple[str, int], ...]], dict[tuple[str, str], int]]:
    """R0, specific identification: hold `m` of a credit apart for the debit it is matched to.

    m = min(credit, debit, lowest posted balance between them less what is already held): without the last term
    money would be matched that was no longer there (N13). m leaves the credit's lot pro rata and no other debit
    draws it; if the debit is a transfer, m is its first sub-lot, and part of its one lot where bundles are blended.

    Returns the book; credit -> (place, m) of the credits that came by a transfer, whose composition only a rule can say
    (`restated.py` holds them apart); and link -> m. Of a debit with a charge or a conversion each part arrives in
    proportion, so that together they bring what was credited.
    Authority: "clearinghouse" and "identical sum inference", McKinley (Texas) [F]. Against: loose matching; record
    every competing candidate (tracing.md 6, attack 15).
    """
    order = {event.id: k for k, event in reversed(list(enumerate(book.events)))}
    entries = enter(book)
    free = entries.balances()
    codes = {name: code for code, name in enumerate(entries.accounts)}
    holdings = list(book.holdings)
    of_credit: dict[str, list[tuple[str, int]]] = {}
    of_debit: dict[str, list[tuple[str, int]]] = {}
    matched: dict[tuple[str, str], int] = {}
    for name in (name for link in links for name in link):
        book.event(name)
    for credit_id, debit_id in sorted(links, key=lambda link: order[link[0]]):
        credit, debit = book.event(credit_id), book.event(debit_id)
        if credit.kind not in ("credit", "transfer", "arrival") or debit.kind not in ("debit", "transfer"):
            raise not_covered(f"specific identification of {credit_id} ({credit.kind}) and {debit_id} ({debit.kind})")
        refuse_returned(book, debit_id)
        account = credit.to if credit.kind == "transfer" else credit.account
        came = _arrives(book, entries, credit, codes[account])
        left = [row for row in rows_of(entries, debit_id) if not entries.credit[row]]
        if account != debit.account or not came or left[0] < came[0]:
            raise _refused(
                f"{debit_id} cannot be matched to {credit_id}: it is earlier, or in another account.",
                "What is spent was there before, in the same account (tracing.md R0).",
                "match a credit to a later debit of its account",
            )
        rows = np.arange(came[0], left[0])
        rows = rows[entries.account[rows] == codes[account]]
        arrived = int(entries.amount[came].sum())
        m = min(
            arrived - sum(m for _, m in of_credit.get(credit_id, [])),
            debit.amount - sum(m for _, m in of_debit.get(debit_id, [])),
            int(free[rows].min()),
        )
        matched[credit_id, debit_id] = max(0, m)
        if m <= 0:
            continue
        free[rows] -= m
        place = f"apart:{credit_id}>{debit_id}"
        money = next(h.currency for h in book.holdings if h.name == account)
        holdings.append(Holding(place, money, part_of=account))
        of_credit.setdefault(credit_id, []).append((place, m))
        of_debit.setdefault(debit_id, []).append((place, m))
    joined = {e.id for e in book.events if e.kind == "transfer" and e.id in of_debit and not ordered}
    sent = {e.id: e for e in book.events if e.id in of_debit and e.in_transit and e.id not in joined}
    events: list[Event] = []
    for event in book.events:
        if event.kind == "arrival" and event.of in sent:
            leg = sent[event.of]
            pieces = _split(leg, of_debit[leg.id], (), charge=_charge_on(leg, book, entries))
            events += [replace(event, of=x.id, amount=_credited(x)) for x in pieces if x.kind == "transfer"]
        elif event.id in joined and event.kind == "transfer":
            place = f"apart:{event.id}"
            holdings.append(Holding(place, next(h.currency for h in book.holdings if h.name == event.account)))
            events += _joined(event, of_debit[event.id], place)
        else:
            mine = of_credit if event.kind == "credit" else of_debit
            events += _split(event, mine.get(event.id, []), book.proceeds, charge=_charge_on(event, book, entries))
    later = {name: tuple(each) for name, each in of_credit.items() if book.event(name).kind != "credit"}
    return replace(book, holdings=tuple(holdings), events=tuple(events)), later, matched


def refuse_returned(book: Book, name: str) -> None:
    """Refuse an election on a payment that came back. Raises: RuleError."""
    if any(event.kind == "reversal" and event.of == name for event in book.events):
        raise _refused(
            f"{name} came back.",
            "What it took came back with it: an election would count the same cents at its target and in the account.",
            "leave the reversal void (the default), or elect on the payment that replaced it",
        )


def _arrives(book: Book, entries: Entries, event: Event, account: int) -> list[int]:
    """Return the rows at which the money of an event arrives in its account."""
    names = {event.id} | {
        e.id for e in book.events if e.kind == "arrival" and event.kind == "transfer" and e.of == event.id
    }
    return [
        row
        for row, name in enumerate(entries.source or ())
        if name in names and entries.credit[row] and int(entries.account[row]) == account
    ]


def _charge_on(event: Event, book: Book, entries: Entries) -> str:
    """Return the sink of what is charged on the way of a transfer; none where it is converted."""
    money = {holding.name: (holding.currency, code) for code, holding in enumerate(book.holdings)}
    if event.kind != "transfer" or money[event.account][0] != money[event.to][0]:
        return ""
    return entries.total("TRANSIT_FEE", money[event.account][1]).removeprefix("sink:")


def _split(event: Event, parts: Sequence[tuple[str, int]], proceeds: Sequence[str], *, charge: str) -> list[Event]:
    """Split an event into what is held apart, first, and the rest; a mixed credit pro rata, class first (1.2 step 8).

    What a transfer brings is spread over its parts by largest remainder, ties to the earlier part; those of one in transit
    bear ids of their own. A part of which nothing arrives was charged on the way: it is a debit to the sink `charge`.
    """
    if not parts:
        return [event]
    labels, pieces = dict(event.labels), []  # type: dict[str, int], list[Event]
    rest = (event.account, event.amount - sum(m for _, m in parts))
    every = [*parts, rest] if rest[1] else [*parts]
    brought = spread(_credited(event), {f"{n:09}": m for n, (_, m) in enumerate(every)})
    last = max(brought, default="")
    for n, (place, m) in enumerate(every):
        if event.kind == "credit":
            share = taken_from(labels, m, proceeds)
            labels = {name: amount - share.get(name, 0) for name, amount in labels.items()}
            pieces.append(replace(event, account=place, amount=m, labels=tuple(sorted(share.items()))))
        elif event.kind == "debit":
            pieces.append(replace(event, account=place, amount=m))
        elif came := brought.get(f"{n:09}", 0):
            name = f"{event.id}/{n}" if event.in_transit and f"{n:09}" != last else event.id
            pieces.append(replace(event, id=name, account=place, amount=m, credited=came))
        elif charge:
            pieces.append(Event(f"{event.id}/{n}", "debit", place, m, sink=charge, day=event.day, block=event.block))
        else:
            raise not_covered(
                f"a match of {m} with {event.id}, of which less than one unit of the other currency arrives,"
            )
    return pieces


def _joined(event: Event, parts: Sequence[tuple[str, int]], place: str) -> list[Event]:
    """Bring the parts of a transfer together in a place of its own, from which one lot arrives (tracing.md 1.2 step 5)."""
    rest = (event.account, event.amount - sum(m for _, m in parts))
    pieces = [
        replace(event, id=f"{event.id}/{n}", account=account, amount=m, to=place, credited=None, in_transit=False)
        for n, (account, m) in enumerate([*parts, rest] if rest[1] else parts)
    ]
    return [*pieces, replace(event, account=place)]


def _credited(event: Event) -> int:
    return event.amount if event.credited is None else event.credited


def taken_from(held: Mapping[str, int], x: int, proceeds: Sequence[str]) -> dict[str, int]:
    """Take `x` out of what is held: proceeds against other money first, half a unit to proceeds, then labels (1.2 step 8)."""
    own = {label: amount for label, amount in held.items() if label in proceeds and amount}
    other = {label: amount for label, amount in held.items() if label not in proceeds and amount}
    part, whole = sum(own.values()), sum(own.values()) + sum(other.values())
    if not x or not whole:
        return {}
    share = (2 * x * part + whole) // (2 * whole)
    return (spread(share, own) if share else {}) | (spread(x - share, other) if x > share else {})


def spread(x: int, weights: dict[str, int]) -> dict[str, int]:
    """Spread `x` over `weights`, ties to the earlier label; plain integers, for the few rows of an election."""
    total = sum(weights.values())
    if not total:
        return {}
    parts = {name: x * weights[name] // total for name in sorted(weights)}
    spare = sorted(parts, key=lambda name: (-(x * weights[name] % total), name))
    for name in spare[: x - sum(parts.values())]:
        parts[name] += 1
    return {name: amount for name, amount in parts.items() if amount}
