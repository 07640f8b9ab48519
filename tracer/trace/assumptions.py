"""What a trace takes for granted, as a closed vocabulary: each assumption can be changed, one at a time.

Every word is the same at a terminal and in Python: `tracer what-if unlink 02e8`, `case.what_if("unlink", "02e8")`.

::

    nothing                                   the trace as it stands
    withdraw JUDGEMENT                        a judgement is taken back; what stood before it stands again
    unlink TRANSFER                           the two legs of a transfer are two payments: one left, one is of unknown origin
    leave-out OFFENCE|EVENT                   its proceeds are money of unknown origin
    unclaim POSTING                           the claim at one posting is removed
    leave-out-exhibit EXHIBIT                 every record of one exhibit is gone, and what was matched by it
    opening lawful|proceeds|unknown [ACCOUNT] what the accounts opened with
    order ACCOUNT DAY credits_first|debits_first|reversed|POSTING,POSTING,...
    holes carried|open [GAP]                  in a period that nobody has seen, all of it was exchanged
    parameter NAME VALUE                      bundle, proceeds_subrule, mixed_repay, fee, interest, reversal, round_trips
    value-dates                               each account in the order of value dates, not of booking

Money of unknown origin is other money (tracing.md, head): an assumption that takes proceeds away never makes clean money
of them, and the figures are the same as if it did.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any, Literal, TypeVar

from tracer.model import Claim, Judgement, NotCovered, Posting, RuleError, Statement, Transfer
from tracer.model.accounts import bare
from tracer.trace.case_entries import CaseEntries, entries_of
from tracer.trace.changes import interest_rows, interest_under

__all__ = [
    "PARAMETERS",
    "Assumption",
    "Doubts",
    "Holes",
    "LeaveOut",
    "LeaveOutExhibit",
    "Nothing",
    "Opening",
    "Order",
    "Parameter",
    "Question",
    "Unclaim",
    "Unlink",
    "ValueDates",
    "Withdraw",
    "parse",
]

T = TypeVar("T")

#: Parameters of a run that can be changed, with their values; the first is the default (tracing.md 1.2, 1.3).
PARAMETERS: dict[str, tuple[str, ...]] = {
    "bundle": ("ordered", "blended"),
    "proceeds_subrule": ("pro_rata", "fifo"),
    "mixed_repay": ("pro_rata", "clean_first"),
    "fee": ("rule", "clean_first"),
    "interest": ("prorata_posting", "clean", "unknown", "proceeds"),
    "reversal": ("void", "new_credit_tail"),
    "round_trips": ("kept", "netted"),
}


@dataclass(frozen=True, slots=True)
class Doubts:
    """Credits of unknown origin that may be traced money come back, by posting id (`origins.py`).

    exchanged, paid_back: credit -> debits, of which one may have bought it, or which it may return. refunds: target ->
    (gap, minor units that may have come back). A changed assumption adds no doubt and takes none away.
    """

    exchanged: Mapping[str, Sequence[str]] = field(default_factory=dict)
    paid_back: Mapping[str, Sequence[str]] = field(default_factory=dict)
    refunds: Mapping[str, Sequence[tuple[str, int]]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, eq=False)
class Question:
    """What a trace is asked of: the records, what was concluded from them, and the choices of the run.

    paid        posting -> target of the asset it paid for; offences: event -> offence; held: account -> agreed overdraft
    exhibits    hash -> number, as printed; base_run: the run of the trace as it stands, where it was told
    doubts      entries -> credits that may be traced money come back
    again       (judgement that takes one back) -> the question asked again; without: (exhibit hash) -> likewise. Both are
                given by the rim, which alone knows how records are matched; None where nobody can ask again
    """

    postings: Mapping[str, Posting]
    statements: Mapping[str, Statement]
    transfers: tuple[Transfer, ...]
    claims: tuple[Claim, ...]
    paid: Mapping[str, str]
    rules: tuple[str, ...]
    selected: str
    facilities: Mapping[str, int]
    judgements: tuple[Judgement, ...] = ()
    offences: Mapping[str, str] | None = None
    exhibits: Mapping[str, str] | None = None
    opening: str = "unknown"
    same_day_order: str = "bank_sequence"
    bundle: str = "ordered"
    interest: str = "unknown"
    head: str = ""
    base_run: str = ""
    doubts: Callable[[CaseEntries], Doubts] | None = None
    again: Callable[[Judgement], Question] | None = None
    without: Callable[[str], Question] | None = None

    def entries(self, *, opened: bool | tuple[str, ...] = False) -> CaseEntries:
        """Return the entries of every held account; `opened`: which holes are open, as in `entries_of`."""
        read = entries_of(
            self.postings,
            self.statements,
            self.transfers,
            self.claims,
            self.paid,
            facilities=self.facilities,
            opening_label="C" if self.opening == "lawful" else "U",
            holes_open=opened,
            same_day_order=self.same_day_order,
        )
        if self.interest == "unknown":
            return read
        rows = interest_rows(read.entries, self.postings)
        return replace(read, entries=interest_under(read.entries, rows, self.interest)) if len(rows) else read

    def transfer(self, name: str) -> Transfer:
        """Return the transfer whose id begins so, or of which a posting has this id or bank reference."""
        exact = next((t for t in self.transfers if t.id == name), None)
        if exact is not None:
            return exact
        hits = [t for t in self.transfers if len(name) >= 4 and t.id.startswith(name)]
        hits = hits or [
            t
            for t in self.transfers
            if any(key.startswith(name) or name in _references(self.postings[key]) for key in t.postings)
        ]
        paired = [t for t in hits if t.debit and t.credit]
        return _one(paired or hits, name, "transfer", [t.id[:8] for t in self.transfers if t.debit and t.credit][:20])

    def posting(self, name: str) -> str:
        """Return the id of the posting of a claim, by its id, its beginning, its reference, its claim or its event."""
        claimed = dict.fromkeys(c.posting for c in self.claims)
        hits = dict.fromkeys(c.posting for c in self.claims if name in (c.event, c.id, c.label))
        hits = hits or dict.fromkeys(
            key for key in claimed if key.startswith(name) or name in _references(self.postings[key])
        )
        return _one(list(hits), name, "posting with a claim", [c.event for c in self.claims])

    def judgement(self, name: str) -> Judgement:
        """Return the judgement whose id begins so."""
        hits = {j.id: j for j in self.judgements if len(name) >= 4 and j.id.startswith(name)}
        return _one(list(hits.values()), name, "judgement", [j.id[:8] for j in self.judgements])

    def account(self, name: str, known: Sequence[str]) -> str:
        """Return the account of the entries that bears this key or number."""
        if name in known:
            return name
        hits = [key for key in known if bare(name) and bare(key.rpartition(":")[2].partition(" ")[0]) == bare(name)]
        return _one(hits, name, "account", known)

    def exhibit(self, name: str) -> str:
        """Return the hash of the exhibit with this number or beginning."""
        listed = dict(self.exhibits or {})
        hits = [sha for sha, number in listed.items() if number == name or (len(name) >= 4 and sha.startswith(name))]
        return _one(hits, name, "exhibit", list(listed.values()))

    def events(self, name: str) -> tuple[str, ...]:
        """Return the events of an offence, or the one event of this name, that bear a claim."""
        offences = self.offences or {}
        hits = tuple(c.event for c in self.claims if name in (c.event, c.label, offences.get(c.event)))
        if not hits:
            known = dict.fromkeys([*offences.values(), *(c.event for c in self.claims)])
            _one([], name, "offence or event with a claim", list(known))
        return tuple(dict.fromkeys(hits))


def _references(posting: Posting) -> tuple[str, ...]:
    named = (posting.owner_reference, posting.bank_reference, posting.end_to_end_id, posting.uetr)
    return tuple(filter(None, named))


def _one(hits: Sequence[T], name: str, what: str, known: Sequence[str]) -> T:
    if len(hits) == 1:
        return hits[0]
    raise refused(
        f"{name!r} names {f'no {what}' if not hits else f'{len(hits)} of kind {what}'}.",
        "Nothing was changed and nothing computed: another record's figures would be taken for these.",
        f"one of {', '.join(list(known)[:12])}{' …' if len(known) > 12 else ''}" if known else "the case has none",
    )


def refused(what: str, meaning: str, next_call: str) -> RuleError:
    """Return the error of an assumption that cannot be changed as asked."""
    return RuleError(what, where="what-if", meaning=meaning, next_call=next_call)


def not_yet(what: str, instead: str) -> NotCovered:
    """Return the error that names what tracer cannot change yet."""
    return NotCovered(
        f"{what} is not covered.",
        where="what-if",
        meaning="No figure is given, rather than one that rests on half a change.",
        next_call=instead,
    )


@dataclass(frozen=True, slots=True)
class Nothing:
    """The trace as it stands."""

    @property
    def words(self) -> tuple[str, ...]:
        return ("nothing",)

    def told(self) -> tuple[str, str]:
        return "nothing is changed", "未作任何改变"


@dataclass(frozen=True, slots=True)
class Withdraw:
    """A judgement is taken back."""

    judgement: str

    @property
    def words(self) -> tuple[str, ...]:
        return ("withdraw", self.judgement)

    def told(self) -> tuple[str, str]:
        return f"judgement {self.judgement} is withdrawn", f"撤回判断 {self.judgement}"


@dataclass(frozen=True, slots=True)
class Unlink:
    """The two legs of a transfer are two payments."""

    transfer: str

    @property
    def words(self) -> tuple[str, ...]:
        return ("unlink", self.transfer)

    def told(self) -> tuple[str, str]:
        return (
            f"transfer {self.transfer} is unlinked: its debit leaves the accounts, its credit is of unknown origin",
            f"解除转账 {self.transfer} 的关联：借记视为流出，贷记来源不明",
        )


@dataclass(frozen=True, slots=True)
class LeaveOut:
    """The proceeds of one offence or event are money of unknown origin."""

    name: str

    @property
    def words(self) -> tuple[str, ...]:
        return ("leave-out", self.name)

    def told(self) -> tuple[str, str]:
        return f"{self.name} is left out: its proceeds are of unknown origin", f"不计 {self.name}：其所得视为来源不明"


@dataclass(frozen=True, slots=True)
class Unclaim:
    """The claim at one posting is removed."""

    posting: str

    @property
    def words(self) -> tuple[str, ...]:
        return ("unclaim", self.posting)

    def told(self) -> tuple[str, str]:
        return (
            f"the claim at {self.posting} is removed: the credit is of unknown origin",
            f"撤销 {self.posting} 处的主张：该贷记视为来源不明",
        )


@dataclass(frozen=True, slots=True)
class LeaveOutExhibit:
    """Every record of one exhibit is gone, and what was matched by it."""

    exhibit: str

    @property
    def words(self) -> tuple[str, ...]:
        return ("leave-out-exhibit", self.exhibit)

    def told(self) -> tuple[str, str]:
        return (
            f"exhibit {self.exhibit} is excluded, with all that was matched by it",
            f"排除证物 {self.exhibit} 及据其匹配的一切",
        )


@dataclass(frozen=True, slots=True)
class Opening:
    """What one account, or every account, opened with. `proceeds` bears a label of its own, OPENING: for ceilings only."""

    origin: Literal["lawful", "proceeds", "unknown"]
    account: str = ""

    @property
    def words(self) -> tuple[str, ...]:
        return ("opening", self.origin, *filter(None, (self.account,)))

    def told(self) -> tuple[str, str]:
        en = {"lawful": "lawful", "proceeds": "proceeds (possible, never proven)", "unknown": "of unknown origin"}
        zh = {"lawful": "合法", "proceeds": "所得（仅为可能，未经证明）", "unknown": "来源不明"}
        whose = f"account {self.account}" if self.account else "every account"
        of = f"账户 {self.account}" if self.account else "各账户"
        return f"the opening balance of {whose} is {en[self.origin]}", f"{of}的期初余额视为{zh[self.origin]}"


@dataclass(frozen=True, slots=True)
class Order:
    """Another order of the entries of one day that no record orders: a name, or posting ids joined by commas."""

    account: str
    day: date
    order: str

    @property
    def words(self) -> tuple[str, ...]:
        return ("order", self.account, str(self.day), self.order)

    def told(self) -> tuple[str, str]:
        return (
            f"account {self.account}, {self.day}: the entries in the order {self.order.replace('_', ' ')}",
            f"账户 {self.account}，{self.day}：记账顺序取 {self.order}",
        )


@dataclass(frozen=True, slots=True)
class Holes:
    """Periods that nobody has seen: the balance is carried through, or all that was there was exchanged."""

    state: Literal["carried", "open"]
    gap: str = ""

    @property
    def words(self) -> tuple[str, ...]:
        return ("holes", self.state, *filter(None, (self.gap,)))

    def told(self) -> tuple[str, str]:
        which, zh = (f"gap {self.gap}", f"缺口 {self.gap}") if self.gap else ("every missing period", "所有缺失期间")
        if self.state == "carried":
            return f"{which}: the balance is carried through, for the floors too", f"{zh}：余额照常延续，下限亦然"
        return (
            f"{which}: all that was there is exchanged for money of unknown origin, for the rules too",
            f"{zh}：其间全部余额视为已换成来源不明的资金，各规则亦然",
        )


@dataclass(frozen=True, slots=True)
class Parameter:
    """Another value of one parameter of the run, the same for every account and rule."""

    name: str
    value: str

    @property
    def words(self) -> tuple[str, ...]:
        return ("parameter", self.name, self.value)

    def told(self) -> tuple[str, str]:
        return f"parameter {self.name} is {self.value}", f"参数 {self.name} 取 {self.value}"


@dataclass(frozen=True, slots=True)
class ValueDates:
    """Each account in the order of value dates."""

    @property
    def words(self) -> tuple[str, ...]:
        return ("value-dates",)

    def told(self) -> tuple[str, str]:
        return "each account in the order of value dates, not of booking", "各账户按起息日而非记账日排序"


Assumption = (
    Nothing
    | Withdraw
    | Unlink
    | LeaveOut
    | Unclaim
    | LeaveOutExhibit
    | Opening
    | Order
    | Holes
    | Parameter
    | ValueDates
)


def parse(words: Sequence[str]) -> Assumption:
    """Return the assumption that the words name. Raises `RuleError` with the whole vocabulary for others."""
    kind, given = (words[0], tuple(words[1:])) if words else ("", ())
    plain: dict[str, Any] = {
        "withdraw": Withdraw,
        "unlink": Unlink,
        "leave-out": LeaveOut,
        "unclaim": Unclaim,
        "leave-out-exhibit": LeaveOutExhibit,
    }
    if kind in plain and len(given) == 1 and given[0]:
        made: Assumption = plain[kind](given[0])
        return made
    if (kind, given) == ("nothing", ()):
        return Nothing()
    if (kind, given) == ("value-dates", ()):
        return ValueDates()
    if kind == "opening" and len(given) in (1, 2) and given[0] in ("lawful", "proceeds", "unknown"):
        return Opening(given[0], *given[1:])  # type: ignore[arg-type]  # one of the three words, as checked
    if kind == "holes" and len(given) in (1, 2) and given[0] in ("carried", "open"):
        return Holes(given[0], *given[1:])  # type: ignore[arg-type]  # one of the two words, as checked
    if kind == "parameter" and len(given) == 2:
        return _parameter(*given)
    if kind == "order" and len(given) == 3:
        return Order(given[0], _day(given[1]), given[2])
    raise refused(
        f"{' '.join(words) or 'Nothing'!r} is not an assumption that can be changed.",
        "Nothing was computed: an assumption is one of a closed list, so that a report can name it.",
        "nothing · withdraw JUDGEMENT · unlink TRANSFER · leave-out OFFENCE|EVENT · unclaim POSTING · "
        "leave-out-exhibit EXHIBIT · opening lawful|proceeds|unknown [ACCOUNT] · "
        "order ACCOUNT DAY credits_first|debits_first|reversed|IDS · holes carried|open [GAP] · "
        f"parameter {'|'.join(PARAMETERS)} VALUE · value-dates",
    )


def _parameter(name: str, value: str) -> Parameter:
    if name not in PARAMETERS:
        raise refused(
            f"{name!r} is no parameter of a run.",
            "Nothing was computed.",
            f"one of {', '.join(PARAMETERS)}",
        )
    if value not in PARAMETERS[name]:
        raise refused(
            f"{name} is {value!r}.",
            "Nothing was computed: each choice is printed with the result, so it must be one that has a meaning.",
            f"one of {', '.join(PARAMETERS[name])}",
        )
    return Parameter(name, value)


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise refused(
            f"{text!r} is not a day.", "Nothing was computed.", "write the day as YYYY-MM-DD, for example 2024-08-05"
        ) from None
