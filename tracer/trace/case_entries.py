"""From the postings and transfers of a case to entries in bank order.

What is decided here, and printed with every result: the order inside an account is the bank's own (statement after
statement, line after line); a line judged a copy of another counts once; a payment and its reversal are void at the
original's place (tracing.md 1.3, `reversal = void`); a credit that no claim names is of unknown origin, which every
proven figure treats as other money; a hole between two statements is an entry of its own, never bridged in silence; a
payment that a person judged to be in parts passes through an account of its own (tracer/model/parted.py); what paid for an
asset ends in the asset (tracing.md 1.2 step 7), also where the payee's account is held, or the same money would count twice.
"""

from __future__ import annotations

import heapq
from collections import defaultdict
from collections.abc import Container, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np

from tracer.model import Claim, Gap, Posting, Statement, Transfer, major
from tracer.model.order import Place, bank_order
from tracer.model.parted import Parted, entry_of, parted
from tracer.model.reversals import undone_by
from tracer.trace.account_lines import AccountLines, Line
from tracer.trace.entries import Entries
from tracer.trace.hub_days import mark_hub_days

__all__ = ["CaseEntries", "entries_of", "void_legs"]


@dataclass(frozen=True, slots=True)
class CaseEntries:
    """Entries, the holes found on the way, the row of each posting, and the accounts with a hole before a row.

    doubts   (gap id, account code, row) where each hole begins, and every row of a statement that does not sum
    days     (account, day, entries, order taken) of each day that no record orders
    parts    (gap id, account code, row) where each part of a payment in parts leaves the account between them
    prices   (gap id, target, row) where the price of an asset arrives on a held account: not followed there, but into the target
    """

    entries: Entries
    gaps: tuple[Gap, ...]
    row_of: dict[str, int]
    holes: dict[str, tuple[str, ...]]
    unlinked: tuple[str, ...]
    doubts: tuple[tuple[str, int, int], ...] = ()
    days: tuple[tuple[str, date, int, str], ...] = ()
    parts: tuple[tuple[str, int, int], ...] = ()
    prices: tuple[tuple[str, str, int], ...] = ()


def entries_of(
    postings: Mapping[str, Posting],
    statements: Mapping[str, Statement],
    transfers: Iterable[Transfer],
    claims: Iterable[Claim],
    assets: Mapping[str, str],
    *,
    facilities: Mapping[str, int] | None = None,
    opening_label: str = "U",
    holes_open: bool | Container[str] = False,
    same_day_order: str = "bank_sequence",
) -> CaseEntries:
    """Return the entries of every held account.

    `assets`: posting id -> target name of the asset it paid for. `facilities`: account -> agreed overdraft.
    `holes_open`: at a hole everything held leaves and what is there afterwards is of unknown origin. That is the reading
    for floors: in a month that nobody has seen, all of it may have been exchanged (tracing.md 5.6). Otherwise the balance
    is carried through and only the difference is an entry. Gap ids in place of a flag open these holes only.
    `same_day_order`: on a day that no record orders, as printed, credits first or debits first; where a bank could not have
    allowed that order, as printed, and where not even that, credits first.

    Raises: RuleError for a claim on a debit or larger than its credit.
    """
    moved = list(transfers)
    counted = {leg for t in moved for leg in (t.debit, t.credit, *t.between) if leg}
    void = void_legs(moved, postings)
    void |= _to_itself(postings, moved, counted - void)
    claimed: dict[str, dict[str, int]] = defaultdict(dict)
    for claim in claims:
        claimed[claim.posting][claim.label] = claimed[claim.posting].get(claim.label, 0) + claim.amount
    of_statement, of_line = bank_order(postings, statements)
    by_account = _by_account(postings, statements, counted, of_line)
    names = sorted(by_account)
    lines: list[list[Line]] = []
    gaps: list[Gap] = []
    holes: dict[str, tuple[str, ...]] = {}
    marks: list[tuple[str, int, str]] = []
    days: list[tuple[str, date, int, str]] = []
    is_open = (lambda _: bool(holes_open)) if isinstance(holes_open, bool) else holes_open.__contains__
    debts = np.zeros(len(names), np.int64)
    currencies = [name[1] for name in names]
    shown = _shown(names)
    booked: dict[str, list[Posting]] = defaultdict(list)
    for posting in postings.values():
        if posting.status == "booked":
            booked[posting.statement].append(posting)
    sums = {name: sum(p.amount for p in mine) for name, mine in booked.items()}
    blocks = 0
    for code, name in enumerate(names):
        account = AccountLines(code, shown[code], name[1], by_account[name], postings, statements, void, sums)
        account.of_statement, account.of_line, account.booked = of_statement, of_line, booked
        mine, debt = account.lines(claimed, assets, opening_label, is_open)
        facility = (facilities or {}).get(shown[code], -1)
        mine, blocks = account.mark_blocks(mine, blocks, -debt, facility, same_day_order)
        days += account.days
        marks += [(gap, code, key) for gap, keys in account.starts for key in keys]
        debts[code] = debt
        gaps += account.gaps
        holes[shown[code]] = tuple(account.holes)
        lines.append(mine)
    pairs = {t.credit: t.debit for t in moved if t.debit and t.credit and not {t.debit, t.credit} & void}
    whole = parted(moved, postings)
    prices: dict[str, tuple[str, ...]] = {credit: (debit,) for credit, debit in pairs.items() if debit in assets}
    prices |= {k: one.debits for one in whole for k in one.credits if not assets.keys().isdisjoint(one.debits)}
    pairs = {credit: debit for credit, debit in pairs.items() if credit not in prices}
    sets, apart = _in_books([one for one in whole if prices.keys().isdisjoint(one.credits)], lines, claimed)
    order, unlinked = _merge(lines, pairs, sets)
    joined = {k: v for k, v in pairs.items() if k not in unlinked}
    sets = [one for one in sets if not unlinked & {*one.credits}]
    order = _through_hubs(order, sets, joined, len(shown))
    mark_hub_days(order, sets, blocks)
    hubs = [one.hub for one in sets]
    row_of = {line.posting: row for row, line in enumerate(order)}
    return CaseEntries(
        entries=_columns(
            order,
            joined,
            [*shown, *hubs],
            [*currencies, *(postings[one.debits[0]].currency for one in sets)],
            np.append(debts, np.zeros(len(hubs), np.int64)),
            facilities,
        ),
        gaps=(
            *gaps,
            *(_unlinked_gap(key, postings) for key in sorted(unlinked)),
            *(_apart_gap(key, postings) for key in sorted(apart)),
            *(_price_gap(key, sent, assets, postings) for key, sent in sorted(prices.items()) if key in row_of),
        ),
        row_of=row_of,
        holes=holes,
        unlinked=tuple(sorted(unlinked)),
        doubts=tuple((gap, code, row_of.get(key, len(order))) for gap, code, key in marks),
        days=tuple(days),
        parts=tuple(
            (f"parts/{one.set}", len(shown) + n, row_of[entry_of(one.set, credit)])
            for n, one in enumerate(sets)
            for credit in one.credits
        ),
        prices=tuple(
            (_price_id(key), assets[debit], row_of[key])
            for key, sent in sorted(prices.items())
            for debit in sent
            if key in row_of and debit in assets
        ),
    )


def void_legs(transfers: Iterable[Transfer], postings: Mapping[str, Posting]) -> set[str]:
    """Return the lines of reversed payments and the lines that undo them, account by account."""
    undone = undone_by(transfers, postings)
    return {*undone, *undone.values()}


def _by_account(
    postings: Mapping[str, Posting],
    statements: Mapping[str, Statement],
    counted: set[str],
    places: Mapping[str, Place],
) -> dict[tuple[str, str], list[str]]:
    """Return (account, currency) -> posting ids of statements and tables, in bank order."""
    found: dict[tuple[str, str], list[str]] = defaultdict(list)
    for key in counted:
        posting = postings[key]
        statement = statements.get(posting.statement)
        if statement is None or statement.kind in {"statement", "table"}:
            found[(posting.account_key or posting.account, posting.currency)].append(key)

    return {name: sorted(keys, key=places.__getitem__) for name, keys in found.items()}


def _to_itself(postings: Mapping[str, Posting], transfers: Iterable[Transfer], counted: set[str]) -> set[str]:
    """Return both legs of each movement from an account to itself: nothing moved, whatever the order of the legs."""
    void: set[str] = set()
    open_debits: dict[tuple[object, ...], list[str]] = defaultdict(list)
    for transfer in transfers:
        legs = {transfer.debit, transfer.credit}
        if legs <= counted:
            out, back = postings[transfer.debit], postings[transfer.credit]
            if _own(out) == _own(back) and out.amount == -back.amount:
                void |= legs
    for sign in (-1, 1):
        for key in sorted(counted - void):
            p = postings[key]
            reference = p.end_to_end_id or p.owner_reference
            to_itself = _bare(p.counterparty_account) and _bare(p.counterparty_account) == _bare(p.account)
            if not reference or not to_itself or p.amount * sign <= 0:
                continue
            mark = (*_own(p), reference, p.booked or p.value_date, abs(p.amount))
            if sign < 0:
                open_debits[mark].append(key)
            elif open_debits[mark]:
                void |= {key, open_debits[mark].pop(0)}
    return void


def _own(posting: Posting) -> tuple[str, str]:
    return posting.account_key or posting.account, posting.currency


def _bare(account: str) -> str:
    return "".join(c for c in account.upper() if c.isalnum()).lstrip("0")


def _shown(names: list[tuple[str, str]]) -> list[str]:
    several = {account for account, _ in names if sum(1 for other, _ in names if other == account) > 1}
    return [f"{account} {currency}" if account in several else account for account, currency in names]


def _in_books(
    sets: Iterable[Parted], lines: Iterable[Iterable[Line]], claimed: Container[str]
) -> tuple[list[Parted], set[str]]:
    """Return the payments in parts of which the books have every line, and the credits of the others.

    A line that an interim report alone shows, or that went from an account to itself, is none of the books; a credit that an
    event claims is proceeds by itself, whatever sent it.
    """
    listed = list(sets)
    known = {line.posting for mine in lines for line in mine} if listed else set()
    kept = [
        one for one in listed if {*one.debits, *one.credits} <= known and not any(k in claimed for k in one.credits)
    ]
    apart = {key for one in listed if one not in kept for key in one.credits if key in known}
    return kept, apart


def _through_hubs(order: list[Line], sets: Iterable[Parted], joined: dict[str, str], first: int) -> list[Line]:
    """Return the lines with each payment in parts passing through an account of its own; `joined` gains those transfers.

    What left enters there at once, and leaves it when its part arrives: every line keeps one partner.
    """
    after: dict[str, tuple[int, str]] = {}
    before: dict[str, tuple[int, str]] = {}
    for n, one in enumerate(sets):
        after |= {key: (first + n, entry_of(one.set, key)) for key in one.debits}
        before |= {key: (first + n, entry_of(one.set, key)) for key in one.credits}
    if not after:
        return order
    made: list[Line] = []
    for line in order:
        if line.posting in before:
            hub, name = before[line.posting]
            made.append(Line(hub, line.amount, credit=False, posting=name, day=line.day))
            joined[line.posting] = name
        made.append(line)
        if line.posting in after:
            hub, name = after[line.posting]
            made.append(Line(hub, line.amount, credit=True, posting=name, day=line.day))
            joined[name] = line.posting
    return made


def _merge(
    lines: list[list[Line]], pairs: Mapping[str, str], sets: Iterable[Parted] = ()
) -> tuple[list[Line], set[str]]:
    """Return one order over all accounts: by day, each account in its own order, a credit after its debits.

    Where same-day circles or days out of step make that impossible, the credit of the pair that blocks is taken as a
    credit of unknown origin, and named; of a payment in parts, all its credits.
    """
    emitted: set[str] = set()
    unlinked: set[str] = set()
    at = [0] * len(lines)
    order: list[Line] = []
    waiting: dict[str, list[int]] = {}
    heap: list[tuple[int, int, int]] = []
    sent: dict[str, tuple[str, ...]] = {credit: (debit,) for credit, debit in pairs.items()}
    sent |= {credit: one.debits for one in sets for credit in one.credits}
    beside = {credit: one.credits for one in sets for credit in one.credits}

    def push(code: int) -> None:
        if at[code] < len(lines[code]):
            line = lines[code][at[code]]
            heapq.heappush(heap, (0 if line.opening else 1, line.day, code))

    for code in range(len(lines)):
        push(code)
    while heap or waiting:
        if not heap:
            # nobody can go on: the earliest waiting credit gives up its partner
            _, code, partner = min((lines[c][at[c]].day, c, key) for key, codes in waiting.items() for c in codes)
            waiting[partner].remove(code)
            if not waiting[partner]:
                del waiting[partner]
            given_up = lines[code][at[code]].posting
            unlinked |= {given_up, *beside.get(given_up, ())}
            push(code)
            continue
        _, _, code = heapq.heappop(heap)
        line = lines[code][at[code]]
        partner = next((key for key in sent.get(line.posting, ()) if key not in emitted), "")
        if line.credit and partner and line.posting not in unlinked:
            waiting.setdefault(partner, []).append(code)
            continue
        order.append(line)
        emitted.add(line.posting)
        at[code] += 1
        push(code)
        for waits in waiting.pop(line.posting, ()):
            push(waits)
    return order, unlinked


def _columns(
    order: list[Line],
    pairs: Mapping[str, str],
    accounts: list[str],
    currencies: list[str],
    debts: np.ndarray,
    facilities: Mapping[str, int] | None,
) -> Entries:
    rows = {line.posting: row for row, line in enumerate(order)}
    partner = np.full(len(order), -1, np.int64)
    for credit, debit in pairs.items():
        if credit in rows and debit in rows:
            partner[rows[credit]], partner[rows[debit]] = rows[debit], rows[credit]
    labels = tuple(sorted({"C", "K", "U", *(label for line in order for label in line.origin)}))
    place = {label: n for n, label in enumerate(labels)}
    origin = np.zeros((len(order), len(labels)), np.int64)
    paid: dict[str, set[str]] = defaultdict(set)
    for line in order:
        if not line.credit:
            paid[line.sink or "sink:UNKNOWN"].add(currencies[line.account])
    sinks: dict[str, int] = {}
    sink = np.full(len(order), -1, np.int32)
    for row, line in enumerate(order):
        if line.credit and partner[row] < 0:
            for label, amount in line.origin.items():
                origin[row, place[label]] = amount
        if not line.credit and partner[row] < 0:
            name = line.sink or "sink:UNKNOWN"
            if len(paid[name]) > 1:  # one total in two currencies would rest on a rate that no record shows
                name = f"{name}:{currencies[line.account]}"
            sink[row] = sinks.setdefault(name, len(sinks))
    facility = np.array([(facilities or {}).get(name, -1) for name in accounts], np.int64)
    entries = Entries(
        account=np.array([line.account for line in order], np.int32),
        amount=np.array([line.amount for line in order], np.int64),
        credit=np.array([line.credit for line in order], np.bool_),
        partner=partner,
        sink=sink,
        origin=origin,
        opening=np.array([line.opening for line in order], np.bool_),
        day=np.array([line.day for line in order], np.int32),
        block=np.array([line.block for line in order], np.int32),
        debt=debts,
        accounts=tuple(accounts),
        currencies=tuple(currencies),
        sinks=tuple(sinks),
        labels=labels,
        proceeds=np.array([label not in {"C", "K", "U"} for label in labels], np.bool_),
        source=tuple(line.posting for line in order),
        facility=facility,
    )
    entries.validate()
    return entries


def _unlinked_gap(key: str, postings: Mapping[str, Posting]) -> Gap:
    posting = postings[key]
    amount = f"{major(posting.amount, posting.currency, group=True)} {posting.currency}"
    return Gap(
        id=f"order/{key}",
        kind="unordered_day",
        description_en=f"{amount} arrives in {posting.account} before the books show it leaving: its origin is taken as unknown.",
        description_zh=f"{amount} 到达 {posting.account} 的时间早于账上转出时间：其来源按不明处理。",
        affects=(posting.account,),
        amount=posting.amount,
        currency=posting.currency,
        ask_en=f"Time stamps or bank sequence numbers of the entries of {posting.booked} on account {posting.account}.",
        ask_zh=f"账户 {posting.account} {posting.booked} 各笔记账的时间戳或银行流水号。",
        cites=(posting.cite,),
    )


def _apart_gap(key: str, postings: Mapping[str, Posting]) -> Gap:
    posting = postings[key]
    amount = f"{major(posting.amount, posting.currency, group=True)} {posting.currency}"
    return Gap(
        id=f"order/{key}",
        kind="assumption",
        description_en=f"{amount} arrives in {posting.account} by a payment in parts that the methods do not follow, because a line "
        "of it is claimed as proceeds itself or stands in no statement: its origin is as claimed, else unknown.",
        description_zh=f"{amount} 经分部分的付款到达 {posting.account}；因该付款的一笔记账本身已主张为所得，或不见于任何对账单，"
        "各法不予追踪：其来源从其主张，否则按不明处理。",
        affects=(posting.account,),
        amount=posting.amount,
        currency=posting.currency,
        ask_en=f"The statements of every account that the payment of {posting.booked} left or reached.",
        ask_zh=f"{posting.booked} 该笔付款转出及转入的各账户对账单。",
        cites=(posting.cite,),
    )


def _price_id(key: str) -> str:
    return f"price/{key}"


def _price_gap(key: str, sent: Sequence[str], assets: Mapping[str, str], postings: Mapping[str, Posting]) -> Gap:
    """Return the gap of a credit that is the price of an asset; `sent`: the debits of its payment."""
    posting = postings[key]
    amount = f"{major(posting.amount, posting.currency, group=True)} {posting.currency}"
    asset = next(assets[debit] for debit in sent if debit in assets).removeprefix("sink:ASSET:")
    record = asset.removesuffix(
        f":{postings[sent[0]].currency}"
    )  # what was paid in another currency is a target of its own
    rest = [postings[debit] for debit in sent if debit not in assets]
    more = more_zh = ""
    if rest:
        left = f"{major(-sum(p.amount for p in rest), rest[0].currency, group=True)} {rest[0].currency}"
        more = f" Of the same payment {left} left by lines that the register does not name: they are told by their own payee."
        more_zh = f"同一付款中另有 {left} 由登记资料未载明的记账转出：按其自身收款人载明。"
    return Gap(
        id=_price_id(key),
        kind="assumption",
        description_en=f"{amount} arrives in {posting.account} as the price of {record}, by the payment that the asset register "
        "names: the money is followed into the asset and not into that account as well, where it would count twice. What "
        f"arrives there is of unknown origin. To follow it to the payee instead, leave the payment out of the register.{more}",
        description_zh=f"{amount} 到达 {posting.account}，系资产 {record} 的价款，付款为资产登记资料所载：款项追踪至该资产，"
        f"不再同时追踪至该账户，以免重复计算；到达该账户的款项来源按不明处理。如须改为追踪至收款人，请从登记资料中去除该付款。{more_zh}",
        affects=(posting.account_key or posting.account, record),
        amount=posting.amount,
        currency=posting.currency,
        ask_en=f"The contract of {record} and the receipt of its price of {amount}: who was paid, and on whose behalf.",
        ask_zh=f"{record} 的合同及价款 {amount} 的收据：收款人为谁、代何人收取。",
        cites=(posting.cite, *(postings[debit].cite for debit in sent)),
    )
