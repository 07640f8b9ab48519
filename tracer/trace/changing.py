"""From an assumption to the books under it: what each word of the vocabulary does to entries, links and parameters.

A change that leaves the records and the links as they are (an order, a parameter, lawful in place of unknown) cannot leave
the floor and ceiling of the trace: `Changed.promised` says so, and `what_if` checks it on each run. A change of labels or
links is made on the entries; a change of the records (an exhibit, a judgement of a person) reads them again.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

import numpy as np

from tracer.model import Cite, Judgement, Transfer
from tracer.model.judging import WITHDRAWS
from tracer.model.parted import parted, sent_by
from tracer.trace.assumptions import (
    Assumption,
    Holes,
    LeaveOut,
    LeaveOutExhibit,
    Nothing,
    Opening,
    Order,
    Parameter,
    Question,
    Unclaim,
    Unlink,
    ValueDates,
    Withdraw,
    not_yet,
    refused,
)
from tracer.trace.case_books import Books, books_of, read_books
from tracer.trace.case_entries import CaseEntries, void_legs
from tracer.trace.changes import (
    OPENING,
    by_value_date,
    day_reordered,
    fees_clean_first,
    interest_rows,
    interest_under,
    listed,
    opening_as,
    returned,
    rows_by_posting,
    unclaimed,
    unlinked,
)
from tracer.trace.effects import day_of
from tracer.trace.elections import net_roundtrips
from tracer.trace.entries import Cents, Entries
from tracer.trace.events import enter
from tracer.trace.order_reach import blocks_of
from tracer.trace.standing import OF_REPLAY, Standing, proceeds_of

__all__ = ["Changed", "brought_back", "changed"]


@dataclass(frozen=True, slots=True, eq=False)
class Changed:
    """Books with one assumption changed.

    rows     where they differ in labels or links alone, in both entries; None: the records or their order differ
    promised whether every figure still lies between the floor and ceiling of the trace as it stands
    """

    books: Books
    rows: tuple[Cents, Cents] | None
    cites: tuple[Cite, ...] = ()
    promised: bool = False
    note: tuple[str, str] = ("", "")
    question: Question | None = None


_UNMOVED = (np.zeros(0, np.int64), np.zeros(0, np.int64))


def changed(assumption: Assumption, question: Question, base: Standing) -> Changed:
    """Return the books under the assumption. Raises: RuleError where it names nothing, or nothing that could be so."""
    books = base.books
    if isinstance(assumption, Nothing):
        return Changed(books, _UNMOVED, promised=True)
    if isinstance(assumption, LeaveOut):
        events = set(question.events(assumption.name))
        gone = [c for c in question.claims if c.event in events]
        return _without(books, question, [c.label for c in gone], [c.posting for c in gone], whole=True)
    if isinstance(assumption, Unclaim):
        posting = question.posting(assumption.posting)
        gone = [c for c in question.claims if c.posting == posting]
        return _without(books, question, [c.label for c in gone], [posting], whole=False)
    if isinstance(assumption, Opening):
        return _opening(assumption, books, question)
    if isinstance(assumption, Order):
        return _order(assumption, books, question)
    if isinstance(assumption, Holes):
        return _holes(assumption, books, question)
    if isinstance(assumption, Parameter):
        return _parameter(assumption, books, question)
    if isinstance(assumption, Unlink):
        return _unlink(assumption, books, question)
    if isinstance(assumption, Withdraw):
        return _withdraw(question.judgement(assumption.judgement), books, question)
    if isinstance(assumption, LeaveOutExhibit):
        return _without_exhibit(question.exhibit(assumption.exhibit), question)
    if isinstance(assumption, ValueDates):
        return _value_dates(books, question)
    raise TypeError(assumption)


def _cites(question: Question, postings: Iterable[str]) -> tuple[Cite, ...]:
    return tuple(question.postings[key].cite for key in dict.fromkeys(postings) if key in question.postings)


def _without(books: Books, question: Question, labels: list[str], postings: list[str], *, whole: bool) -> Changed:
    def change(e: Entries) -> tuple[Entries, Cents]:
        rows = {} if whole else rows_by_posting(e)
        return unclaimed(e, labels, None if whole else [rows[key] for key in postings if key in rows])

    made, rows = books.both(change)
    return Changed(made, rows, _cites(question, postings))


def _opening(assumption: Opening, books: Books, question: Question) -> Changed:
    account = question.account(assumption.account, books.carried.accounts) if assumption.account else ""
    lots = books.carried.opening
    if account:
        lots = lots & (books.carried.account == books.carried.accounts.index(account))
    if not lots.any():
        raise refused(
            f"Account {account} opens with no money of its own."
            if account
            else "No account opens with money of its own.",
            "Nothing was computed: there is no opening balance whose origin could be doubted.",
            "tracer problems   (an account whose opening balance is not printed stands among the gaps)",
        )
    label = {"lawful": "C", "unknown": "U", "proceeds": OPENING}[assumption.origin]
    made, rows = books.both(lambda e: opening_as(e, label, account))
    cites = _opening_cites(question, account)
    possible = (
        ("possible only: an opening balance is never proven proceeds by this", "仅为可能：期初余额并未因此被证明为所得")
        if assumption.origin == "proceeds"
        else ("", "")
    )
    return Changed(made, rows, cites, promised=assumption.origin != "proceeds", note=possible)


def _opening_cites(question: Question, account: str) -> tuple[Cite, ...]:
    first: dict[str, tuple[object, Cite]] = {}
    for statement in question.statements.values():
        key = statement.account_key or statement.account
        at = statement.opening_date or statement.period_from
        if at is not None and statement.opening and account.split(" ", maxsplit=1)[0] in ("", key):
            known = first.get(key)
            first[key] = min(known, (at, statement.cite), key=lambda x: str(x[0])) if known else (at, statement.cite)
    return tuple(cite for _, (_, cite) in sorted(first.items()))


def _order(assumption: Order, books: Books, question: Question) -> Changed:
    e = books.carried
    account = question.account(assumption.account, e.accounts)
    blocks = {day_of(e, rows): rows for rows in blocks_of(e).values()}
    rows = blocks.get(f"order/{account}/{assumption.day}")
    if rows is None:
        open_days = sorted(name.removeprefix("order/").replace("/", " ") for name in blocks)
        raise refused(
            f"Account {account} has no day {assumption.day} whose order no record gives.",
            "Nothing was computed: an order that a bank's own record gives is not an assumption.",
            f"one of {'; '.join(open_days[:8])}" if open_days else "every entry of the case has its place",
        )
    chosen = _chosen_order(assumption, e, rows)
    moved = day_reordered(e, rows, chosen)
    if moved is None:
        raise refused(
            f"The bank could not have allowed this order on account {account}, {assumption.day}.",
            "An account would fall below what its bank allowed, or a transfer arrive before it left: no figure is given.",
            "another order, or `tracer what-if order ACCOUNT DAY credits_first`",
        )
    # floor and ceiling take the day as one node, whatever its order: they stand
    source = e.source or ()
    return Changed(replace(books, carried=moved), _UNMOVED, _cites(question, [source[r] for r in rows]), promised=True)


def _chosen_order(assumption: Order, e: Entries, rows: Sequence[int]) -> list[int]:
    named = {
        "credits_first": sorted(rows, key=lambda row: not e.credit[row]),
        "debits_first": sorted(rows, key=lambda row: bool(e.credit[row])),
        "reversed": list(rows)[::-1],
    }
    if assumption.order in named:
        return named[assumption.order]
    source = e.source or ()
    wanted = [part.strip() for part in assumption.order.split(",")]
    found = [[row for row in rows if len(part) >= 4 and source[row].startswith(part)] for part in wanted]
    if all(len(hits) == 1 for hits in found) and sorted(row for (row,) in found) == sorted(rows):
        return [row for (row,) in found]
    raise refused(
        f"{assumption.order!r} does not name each of the {len(rows)} entries of {assumption.day} once.",
        "Nothing was computed: an order assumed is one of exactly the entries whose order no record shows.",
        f"credits_first, debits_first, reversed, or {','.join(source[row][:8] for row in rows)} in another order",
    )


def _holes(assumption: Holes, books: Books, question: Question) -> Changed:
    read = books.read or question.entries()
    if books.opened is None or not read.gaps:
        raise refused(
            "The case has no missing period and no statement that does not sum.",
            "Nothing was computed: there is no hole whose content could be doubted.",
            "tracer problems   (lists what is missing)",
        )
    known = dict.fromkeys(gap for gap, _, _ in read.doubts)
    hits = [gap for gap in known if not assumption.gap or assumption.gap in gap]
    if not hits:
        raise refused(
            f"{assumption.gap!r} names no hole in the statements.",
            "Nothing was computed.",
            f"one of {'; '.join(list(known)[:8])}",
        )
    cites = tuple(cite for gap in read.gaps if gap.id in hits for cite in gap.cites)
    if assumption.state == "open":
        return Changed(replace(books, carried=question.entries(opened=tuple(hits)).entries), None, cites)
    rest = tuple(gap for gap in known if gap not in hits)
    note = (
        "the floor rests on records that nobody has seen: never to be stated as proven",
        "该下限以无人见过的记录为前提：不得作为已证明的数字",
    )
    return Changed(
        replace(books, opened=question.entries(opened=rest).entries if rest else None), None, cites, note=note
    )


def _parameter(assumption: Parameter, books: Books, question: Question) -> Changed:
    name, value = assumption.name, assumption.value
    if name in OF_REPLAY:
        parameters = {**books.parameters, name: value}
        return Changed(replace(books, parameters=parameters), _UNMOVED, promised=True)
    if name == "fee":
        e = replace(books.carried, clean_first=None) if value == "rule" else fees_clean_first(books.carried)
        paid = [] if e.clean_first is None else np.flatnonzero(e.clean_first).tolist()
        fees = [e.source[row] for row in paid] if e.source else []
        return Changed(replace(books, carried=e), _UNMOVED, _cites(question, fees), promised=True)
    if name == "interest":
        return _interest(value, books, question)
    if name == "round_trips":
        return _round_trips(value, books)
    return _reversal(value, question)


def _interest(value: str, books: Books, question: Question) -> Changed:
    rows = interest_rows(books.carried, question.postings)
    if not len(rows):
        raise refused(
            "No credit of the case is interest by the bank's own code or words.",
            "Nothing was computed: there is no interest whose origin could be doubted.",
            "tracer what-if nothing   (shows the figures as they stand)",
        )
    live = [
        label
        for label in proceeds_of(books.carried)
        if books.carried.origin[:, books.carried.labels.index(label)].any()
    ]
    if value == "proceeds" and len(live) != 1:
        raise not_yet(
            f"interest as proceeds with {len(live)} proceeds labels", "leave all but one event out, one run each"
        )

    def change(e: Entries) -> tuple[Entries, Cents]:
        found = interest_rows(e, question.postings)
        return interest_under(e, found, value), found

    made, both = books.both(change)
    source = books.carried.source or ()
    follows = value == "prorata_posting"  # a source of doubtful label: no known flow says what it can do
    note = ("not defensible in a mixed account", "在混合账户中难以成立") if value == "proceeds" else ("", "")
    follows |= books.carried.follows is not None
    return Changed(made, None if follows else both, _cites(question, [source[row] for row in rows.tolist()]), note=note)


def _round_trips(value: str, books: Books) -> Changed:
    e = books.carried
    sent = np.flatnonzero(~e.credit & (e.partner >= 0) & (e.sink < 0))
    ways = set(zip(e.account[sent].tolist(), e.account[e.partner[sent]].tolist(), strict=True))
    both = sorted((a, b) for a, b in ways if a < b and (b, a) in ways)
    in_parts = _there_and_back_in_parts(e, ways)
    if not both and in_parts:
        raise not_yet("netting a round trip of which one way is a payment in parts", "leave round_trips at kept")
    if not both:
        raise refused(
            "No account paid back an account that had paid it: there is no round trip.",
            "Nothing was computed: netting would change nothing.",
            "tracer what-if nothing   (shows the figures as they stand)",
        )
    if value == "kept":
        return Changed(books, _UNMOVED, promised=True)
    opened = None if books.opened is None else enter(net_roundtrips(listed(books.opened)))
    names = [(e.accounts[a], e.accounts[b]) for a, b in both[:3]]
    note = (
        f"money went both ways between {'; '.join(f'account {a} and account {b}' for a, b in names)}",
        f"{'；'.join(f'账户 {a} 与账户 {b}' for a, b in names)} 之间资金往返",
    )
    if in_parts:
        note = (
            f"{note[0]}; what went or came back by a payment in parts is not netted",
            f"{note[1]}；分部分付款的往返不抵销",
        )
    netted = replace(books, carried=enter(net_roundtrips(listed(e))), opened=opened, row_of={})
    return Changed(netted, None, note=note)


def _there_and_back_in_parts(e: Entries, ways: set[tuple[int, int]]) -> bool:
    """Say whether money went to an account and back of which one way at least is a payment in parts."""
    hubs = np.flatnonzero(e.between).tolist()
    through = {(a, b) for hub in hubs for a, h in ways if h == hub for g, b in ways if g == hub}
    return any((b, a) in ways | through for a, b in through)


def _reversal(value: str, question: Question) -> Changed:
    back = [t for t in question.transfers if t.reversed_by]
    if not back:
        raise refused(
            "No payment of the case was reversed.",
            "Nothing was computed: there is no reversal to be read in another way.",
            "tracer what-if nothing   (shows the figures as they stand)",
        )
    cites = _cites(question, [key for t in back for key in (*t.postings, t.reversed_by)])
    if value == "void":
        return Changed(read_books(question), None, cites)
    return Changed(brought_back(question), None, cites)


def brought_back(question: Question) -> Books:
    """Return the books in which each payment that came back brings what it took, at the tail (`reversal = new_credit_tail`).

    A deposit that bounced stays void: what was never collected has no composition to bring (tracing.md 1.3).

    Raises: NotCovered for a reversed transfer between two held accounts.
    """
    back = [t for t in question.transfers if t.reversed_by and t.debit]
    void = {id(t) for t in back}
    kept = replace(
        question, transfers=tuple(replace(t, reversed_by="") if id(t) in void else t for t in question.transfers)
    )
    if any(t.debit and t.credit for t in back):
        raise not_yet("new_credit_tail for a reversed transfer between two held accounts", "leave reversal at void")

    def again(read: CaseEntries) -> Entries:
        pairs = []
        for t in back:
            debit, credit = read.row_of.get(t.debit or ""), read.row_of.get(t.reversed_by)
            if (
                debit is not None
                and credit is not None
                and read.entries.credit[credit]
                and read.entries.partner[credit] < 0
            ):
                pairs.append((debit, credit))
        return returned(read.entries, pairs)

    carried, opened = kept.entries(), kept.entries(opened=True)
    made = books_of(kept, carried, opened)
    there = None if made.opened is None else again(opened)
    return replace(made, carried=again(carried), opened=there)


def _unlink(assumption: Unlink, books: Books, question: Question) -> Changed:
    transfer = question.transfer(assumption.transfer)
    rows = books.row_of or rows_by_posting(books.carried)
    sent = sent_by(transfer)
    debit = rows.get(sent)
    if debit is None or int(books.carried.partner[debit]) < 0:
        raise refused(
            f"Transfer {transfer.id[:8]} is no link between two accounts of the trace.",
            "Nothing was computed: one side is not held, or both are void or out of step in time.",
            "tracer trace --explain   (lists the transfers between held accounts)",
        )

    def change(e: Entries) -> tuple[Entries, Cents]:
        at = debit if e is books.carried else rows_by_posting(e).get(sent)
        if at is None or int(e.partner[at]) < 0:
            return e, np.zeros(0, np.int64)
        return unlinked(e, [at])

    made, both = books.both(change)
    return Changed(made, both, _cites(question, transfer.postings))


def _pairs(transfers: Sequence[Transfer]) -> dict[str, str]:
    return {t.debit: t.credit for t in transfers if t.debit and t.credit}


def _loose(transfers: Sequence[Transfer], among: Question) -> tuple[frozenset[str], frozenset[str]]:
    """Return the legs of transfers that count, and those that a reversal voids among all of the question."""
    counted = frozenset(leg for t in transfers for leg in (t.debit, t.credit, *t.between) if leg)
    return counted, frozenset(void_legs(among.transfers, among.postings))


def _withdraw(judgement: Judgement, books: Books, question: Question) -> Changed:
    if any(f.startswith(WITHDRAWS) for f in judgement.features):
        raise not_yet("taking back a withdrawal", "name the judgement that it took back")
    if question.again is None:
        raise not_yet("a judgement withdrawn without the records it joined", "case.what_if(...) on the case itself")
    asked = question.again(judgement)
    cites = _cites(question, (judgement.left, judgement.right))
    kept_ids = {id(t) for t in asked.transfers} & {id(t) for t in question.transfers}
    old, new = ([t for t in q.transfers if id(t) not in kept_ids] for q in (question, asked))
    before, after = _pairs(old), _pairs(new)
    loose, held = _loose(new, asked), _loose(old, question)
    sets = [parted(q.transfers, q.postings) for q in (asked, question)]
    same = (asked.claims, dict(asked.paid), loose, sets[0]) == (question.claims, dict(question.paid), held, sets[1])
    if same and after.items() <= before.items():
        gone = [debit for debit in before if debit not in after]

        def change(e: Entries) -> tuple[Entries, Cents]:
            rows = (books.row_of or rows_by_posting(e)) if e is books.carried else rows_by_posting(e)
            held = [rows[key] for key in gone if key in rows and int(e.partner[rows[key]]) >= 0]
            return unlinked(e, held) if held else (e, np.zeros(0, np.int64))

        made, both = books.both(change)
        return Changed(made, both, cites, promised=not gone)
    return Changed(read_books(asked), None, cites, question=asked)


def _without_exhibit(exhibit: str, question: Question) -> Changed:
    if question.without is None:
        raise not_yet("an exhibit left out without the records of the case", "case.what_if(...) on the case itself")
    asked = question.without(exhibit)
    cites = tuple(p.cite for p in question.postings.values() if p.cite.exhibit == exhibit)[:1]
    lost = [c.event for c in question.claims if c.event not in {d.event for d in asked.claims}]
    note = (
        (f"no credit is left that shows the proceeds of {', '.join(lost)}", f"再无贷记载明 {'、'.join(lost)} 的所得")
        if lost
        else ("", "")
    )
    if not asked.postings or not any(p.statement in asked.statements for p in asked.postings.values()):
        raise refused(
            "Without this exhibit no statement of any account is left.",
            "Nothing can be traced; no figure is compared.",
            "leave out one exhibit of several",
        )
    return Changed(read_books(asked), None, cites, note=note, question=asked)


def _value_dates(books: Books, question: Question) -> Changed:
    carried = by_value_date(books.carried, question.postings)
    opened = None if books.opened is None else by_value_date(books.opened, question.postings)
    if carried is None or (books.opened is not None and opened is None):
        raise refused(
            "By value dates a transfer would arrive before it left, in a circle.",
            "No figure is given: no order of these accounts has both legs in time.",
            "tracer what-if order ACCOUNT DAY ...   (one day at a time)",
        )
    low = int((carried.balances() < 0).sum()) - int((books.carried.balances() < 0).sum())
    note = (
        (f"{low} more balances fall below nothing than the bank printed", f"低于零的余额比银行所示多 {low} 个")
        if low > 0
        else ("", "")
    )
    return Changed(replace(books, carried=carried, opened=opened), None, note=note)
