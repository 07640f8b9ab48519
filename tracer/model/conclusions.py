"""Nouns a person or a kernel concludes: judgements, transfers, traces, verdicts, wires, gaps, findings.

Every one names what it rests on. Nothing here is stored over a fact: a conclusion is appended or recomputed.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from fractions import Fraction
from typing import Literal

from tracer.model.evidence import Agent, Cite
from tracer.model.quick import quickly_made

__all__ = [
    "RULE_NAMES",
    "AccountTrace",
    "AssetTrace",
    "Bounds",
    "Chain",
    "Claim",
    "Difference",
    "Elected",
    "ExplainedLine",
    "Explanation",
    "Gap",
    "Judgement",
    "NextRequest",
    "OriginLine",
    "Origins",
    "SensitivityRow",
    "Share",
    "TheoryFigure",
    "TraceResult",
    "TraceRow",
    "Transfer",
    "UsInstitution",
    "Verdict",
    "WhatIf",
    "Wire",
]

#: Rule id -> (printed code, English words, Chinese words). The courts' "first in, first out" runs both ways,
#: so the words are always printed beside the code (tracing.md R2).
RULE_NAMES: dict[str, tuple[str, str, str]] = {
    "libr": ("LIBR", "own money first, lowest intermediate balance", "最低中间余额法"),
    "fifo": ("FIFO", "oldest money spent first", "先进先出"),
    "lifo": ("LIFO", "newest money spent first", "后进先出"),
    "pro_rata": ("PRORATA", "rolling pro rata", "按比例分摊"),
    "proceeds_first": ("DIFO", "proceeds spent first", "涉案资金先出"),
}


@quickly_made
@dataclass(frozen=True, slots=True)
class Judgement:
    """A recorded decision that two records are one, or not. `subject`: movement (postings, messages) or party.

    `left` and `right` are fact ids. `rung` is 0..4 of formats.md section 12, or -1 for a person's decision;
    `features` are the fields that fired, as `name=value`. A later judgement on the same pair replaces the earlier;
    `withdrawn` (feature `withdraws=<id>`) takes one back, and what stood before it stands again (tracer/model/judging.py).
    """

    id: str
    subject: Literal["movement", "party"]
    left: str
    right: str
    decision: Literal["same", "different", "unsure", "withdrawn"]
    by: str
    on: str
    reason: str
    rung: int = -1
    features: tuple[str, ...] = ()
    score: str = ""


@quickly_made
@dataclass(frozen=True, slots=True)
class Transfer:
    """The conclusion that postings and messages are one movement of money; value is counted once.

    `debit`: id of the posting on the payer's held account or ""; `credit` likewise. Amounts are positive minor
    units: what left and what arrived (they differ by charges or by conversion). `between`: lines of the same movement on
    other held accounts, of the banks it passed; each counts on its own account and never again in the movement.
    `in_parts`: the set of parts that a person judged one payment, where this is its whole or a part of it; `within`: the id of
    the transfer at which its value is counted, where that is another one.
    """

    id: str
    postings: tuple[str, ...]
    messages: tuple[str, ...]
    debit: str
    credit: str
    debit_account: str
    credit_account: str
    amount_out: int | None
    currency_out: str
    amount_in: int | None
    currency_in: str
    date_out: date | None
    date_in: date | None
    rungs: tuple[int, ...] = ()
    judgements: tuple[str, ...] = ()
    reversed_by: str = ""
    between: tuple[str, ...] = ()
    in_parts: str = ""
    within: str = ""


@dataclass(frozen=True, slots=True)
class Claim:
    """An amount asserted to be proceeds of one offence, at the posting where it enters. `label` keeps offences apart."""

    id: str
    label: str
    event: str
    posting: str
    amount: int
    currency: str


@quickly_made
@dataclass(frozen=True, slots=True)
class TraceRow:
    """One entry of one account under every rule, in bank order.

    Money in minor units. `traced_in`, `traced_out`, `held`, `absorbed`: rule id -> sum over the proceeds labels;
    `by_label`: rule id -> label -> amount moved by this entry. `partner`: (account, row) of the other leg of a
    transfer between held accounts. `kind`: opening, credit, debit. `target`: sink of a debit that leaves.
    `block`: number of the unordered same-day block, -1 where the order is known.
    """

    row: int
    posting: str
    cite: Cite | None
    day: date | None
    kind: Literal["opening", "credit", "debit"]
    amount: int
    balance: int
    printed_balance: int | None
    traced_in: dict[str, int]
    traced_out: dict[str, int]
    held: dict[str, int]
    absorbed: dict[str, int]
    by_label: dict[str, dict[str, int]]
    partner: tuple[str, int] | None = None
    target: str = ""
    block: int = -1
    transfer: str = ""
    text: str = ""


@dataclass(frozen=True, slots=True)
class AccountTrace:
    """All rows of one account; row 0 is the opening balance."""

    account: str
    currency: str
    rows: tuple[TraceRow, ...]
    commingled: bool


@dataclass(frozen=True, slots=True)
class Bounds:
    """Floor and ceiling of a set of targets under every conserving rule (tracing.md section 5), minor units.

    `words_*` tell the minimum cut, one sentence per arc with its capacity, then the conclusion; `_zh` in Chinese.
    """

    targets: tuple[str, ...]
    labels: tuple[str, ...]
    currency: str
    recorded: int
    floor: int
    ceiling: int
    words_floor: tuple[str, ...] = ()
    words_ceiling: tuple[str, ...] = ()
    words_floor_zh: tuple[str, ...] = ()
    words_ceiling_zh: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class AssetTrace:
    """What each rule and the bounds say of one target (an asset, a sink, a held balance).

    `by_order`: rule -> (least, most) over every order of the `days` that no record orders and that can reach the target;
    empty where there is none. `orders`: how many orders were replayed; 0 with `days` = too many, and the range is floor
    to ceiling. `rests_on`: ids of the gaps that the figures rest on.
    """

    target: str
    kind: str
    name: str
    currency: str
    recorded: int
    by_rule: dict[str, int]
    by_label: dict[str, dict[str, int]]
    bounds: Bounds
    postings: tuple[str, ...] = ()
    holds_under: tuple[str, ...] = ()
    by_order: dict[str, tuple[int, int]] = field(default_factory=dict)
    orders: int = 0
    days: int = 0
    rests_on: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class TraceResult:
    """One run over all accounts under all asked rules, with its parameters and checks."""

    run: str
    head: str
    rules: tuple[str, ...]
    parameters: dict[str, str]
    labels: tuple[str, ...]
    claims: tuple[Claim, ...]
    accounts: tuple[AccountTrace, ...]
    targets: tuple[AssetTrace, ...]
    joint: tuple[Bounds, ...]
    conservation: tuple[tuple[str, str, str, int, int], ...]
    """(rule, label, currency, introduced, accounted for): equal, or `CheckFailed` was raised."""
    blocks: tuple[tuple[str, date, int], ...] = ()
    """(account, day, entries) of same-day postings whose order no record gives."""
    elections: tuple[Elected, ...] = ()
    """What case.yaml elects, beside the figures above, which no election changes."""
    theories: tuple[TheoryFigure, ...] = ()
    """Statutory theories: separate columns, never mixed with a rule (tracing.md section 3)."""
    parameters_zh: dict[str, str] = field(default_factory=dict)
    """`parameters` in Chinese, under the same keys."""


@dataclass(frozen=True, slots=True)
class ExplainedLine:
    """One line of the arithmetic of a figure: one entry, or several that are told together.

    `kind`: opening, claim, credit, interest, gap, arrival, transfer, payment, elsewhere (one entry each); between (the
    entries of one account before the next line), others (the entries of accounts that have no line of their own).
    Minor units of `currency`. `amount` is that of the entry; of several the net, negative where more went out.
    `before`, `after`: posted balance. By label: `held` before it, `moved` by it. By proceeds label, what ends in the
    target: `arrives` here, `leaves` here; `enters`, the part of `arrives` that comes from outside the accounts held;
    `reaches`, the part that this line brings to the target itself. `other` is the account of the other leg or the target.
    """

    number: int
    kind: str
    account: str
    currency: str
    entries: int
    day: date | None
    last_day: date | None
    amount: int
    before: int
    after: int
    held: dict[str, int]
    moved: dict[str, int]
    arrives: dict[str, int]
    leaves: dict[str, int]
    enters: dict[str, int]
    reaches: dict[str, int]
    postings: tuple[str, ...]
    cites: tuple[Cite, ...]
    other: str = ""
    en: str = ""
    zh: str = ""


@dataclass(frozen=True, slots=True)
class Explanation:
    """The arithmetic of one figure: what one rule says of one target, entry by entry (`CheckFailed` where it does not sum).

    `figure`: the sum over the proceeds labels, `by_label` each of them, `recorded` all that was recorded into the target.
    `before_en`, `after_en`: the sentences before and after those of the lines; `_zh` the same in Chinese, equal in number.
    """

    target: str
    rule: str
    currency: str
    recorded: int
    figure: int
    by_label: dict[str, int]
    lines: tuple[ExplainedLine, ...]
    before_en: tuple[str, ...]
    before_zh: tuple[str, ...]
    after_en: tuple[str, ...]
    after_zh: tuple[str, ...]

    def sentences(self, language: Literal["en", "zh"] = "en") -> tuple[str, ...]:
        """Return all of it as numbered sentences; those of the lines carry the number of their line."""
        is_en = language == "en"
        before, after = (self.before_en, self.after_en) if is_en else (self.before_zh, self.after_zh)
        lines = [f"{line.number}. {line.en if is_en else line.zh}" for line in self.lines]
        return (*before, *lines, *(f"{n}. {sentence}" for n, sentence in enumerate(after, len(lines) + 1)))


@dataclass(frozen=True, slots=True)
class OriginLine:
    """One line of where the money of a target came from; the lines whose `parent` it is sum to it, label by label.

    `kind`: target, account (all that an account passed on), payment, swallowed (repaid the bank), kept (a balance held),
    transfer (from another account: `other`, `branch` its line, `sent` what left there), claim, opening, credit, interest,
    gap, lent (overdraft), others (several that are told together). `by_label`: minor units of `currency`.
    """

    number: int
    parent: int
    kind: str
    account: str
    currency: str
    day: date | None
    amount: int
    by_label: dict[str, int]
    entries: int
    cites: tuple[Cite, ...]
    postings: tuple[str, ...]
    other: str = ""
    branch: int = 0
    sent: dict[str, int] = field(default_factory=dict)
    en: str = ""
    zh: str = ""


@dataclass(frozen=True, slots=True)
class Origins:
    """Where the money of one target came from under one rule, from the target back to the claims and the other origins."""

    target: str
    rule: str
    currency: str
    by_label: dict[str, int]
    lines: tuple[OriginLine, ...]


@dataclass(frozen=True, slots=True)
class Share:
    """An exact share or a range with open or closed ends."""

    lo: Fraction
    hi: Fraction
    lo_open: bool = False
    hi_open: bool = False

    def __str__(self) -> str:
        def percent(value: Fraction) -> str:
            exact = value * 100
            return f"{exact.numerator // exact.denominator}" if exact.denominator == 1 else f"{float(exact):.4f}"

        if self.lo == self.hi:
            return f"{percent(self.lo)}%"
        return f"{'(' if self.lo_open else '['}{percent(self.lo)}%, {percent(self.hi)}%{')' if self.hi_open else ']'}"


@dataclass(frozen=True, slots=True)
class Verdict:
    """One law's answer on one person and one target, on one date; never blended with another law's.

    `law` is the id of the law file (uk_psc, eu_amlr, eu_4amld, us_cdd, ofac). `tests`: named limbs with their own
    verdicts ("52" -> "YES"); `figures`: named shares ("shares", "votes", "own"); `chains`: interest ids of the proof.
    """

    law: str
    person: str
    target: str
    as_of: date
    verdict: Literal["YES", "NO", "UNDETERMINED"]
    basis: tuple[str, ...]
    tests: dict[str, str]
    figures: dict[str, Share]
    operator: str
    rule_version: str
    chains: tuple[str, ...] = ()
    assumptions: tuple[str, ...] = ()
    flags: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Chain:
    """One simple path of interests from a party down to a target: level 1 is next to the owner."""

    id: str
    interests: tuple[str, ...]
    owner: str
    target: str
    share: Share | None


@dataclass(frozen=True, slots=True)
class UsInstitution:
    """One US institution of one wire, with its own grade, the fields that show it and the permitted sentences.

    `documents` and `fields` are all that name it; `proof` is what the sentence rests on: (document, field), "" for a line.
    """

    id: str
    scheme: str
    place: str
    city: str | None
    roles: tuple[str, ...]
    grade: str
    documents: tuple[str, ...]
    fields: tuple[str, ...] = ()
    sentence_en: str = ""
    sentence_zh: str = ""
    name: str = ""
    aba: str = ""
    chips_participant: str = ""
    proof: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Wire:
    """One economic payment with its messages: value, crossings and hooks are counted once (nexus.md section 7).

    `counterpoints`: (English, Chinese) of what stands against the hooks; whoever prints the hooks prints them too.
    """

    wire_id: str
    other_ids: tuple[str, ...]
    documents: tuple[str, ...]
    transfer: str
    currency: str
    value_date: date | None
    instructed: int | None
    settled_min: int | None
    settled_max: int | None
    bucket: str
    us: tuple[UsInstitution, ...]
    us_territory: tuple[UsInstitution, ...]
    excluded: tuple[tuple[str, str], ...]
    grade: str
    sentence: str
    legs: tuple[tuple[str, str], ...]
    announcement: tuple[str, str] | None
    crossings: dict[str, int]
    hooks: dict[str, object]
    accounts: tuple[dict[str, str], ...]
    joined_by: tuple[tuple[tuple[str, ...], int], ...]
    notes: tuple[str, ...]
    requests: tuple[dict[str, object], ...]
    retention_until: date | None
    agents: tuple[Agent, ...] = ()
    never: tuple[str, ...] = ("ownership", "knowledge", "asset_in_US")
    extra: dict[str, object] | None = None
    counterpoints: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class GapEffect:
    """How far a gap moves one figure of one target: from `least` to `most`, minor units, computed with it and without it.

    `figure`: a rule id, or floor.
    """

    target: str
    currency: str
    figure: str
    least: int
    most: int


@dataclass(frozen=True, slots=True)
class Gap:
    """A record that should exist and is missing, or an assumption, with what would close it.

    `kind`: missing_statement, unmatched_leg, unknown_origin, unnamed_counterparty, break (a statement that does not sum),
    overlap (statements that print the same days and differ), rejected_line, unordered_day, conflict, assumption, cash, check_off (a check of an exhibit for days, totals or marks).
    `period`: the last day held before a missing period and the first after it.
    `effects`: how far it moves the figures of a trace; empty where it moves none, or where only a person can say.
    """

    id: str
    kind: str
    description_en: str
    description_zh: str
    affects: tuple[str, ...] = ()
    amount: int | None = None
    currency: str = ""
    ask_en: str = ""
    ask_zh: str = ""
    cites: tuple[Cite, ...] = ()
    period: tuple[date | None, date | None] | None = None
    effects: tuple[GapEffect, ...] = ()


@dataclass(frozen=True, slots=True)
class Difference:
    """One figure of one target before and after an assumption was changed, minor units; 0 where nothing was recorded.

    `figure`: a rule id, floor, ceiling or recorded. `target` a target as a trace names it, or "joint:" and a currency.
    """

    target: str
    currency: str
    figure: str
    before: int
    after: int


@dataclass(frozen=True, slots=True)
class Elected:
    """What an election of case.yaml does to the figures of a trace; of several, what they do together.

    `status`: elected, or refused with the reason in `note_*` and no figure. `figures`: every figure that differs; floor and
    ceiling there are those with the election on, never "whichever rule is adopted". `moved`: rule id -> minor units held
    apart, restored or linked back. `authority`, `contrary`: as in the authority register, with "verify before filing" where
    the passage was not re-read. `evidence`: exhibits as stated.
    """

    ids: tuple[str, ...]
    kind: str
    status: Literal["elected", "refused"]
    words_en: str
    words_zh: str
    figures: tuple[Difference, ...] = ()
    moved: dict[str, int] = field(default_factory=dict)
    currency: str = ""
    evidence: tuple[str, ...] = ()
    reason: str = ""
    authority: str = ""
    contrary: str = ""
    note_en: str = ""
    note_zh: str = ""
    cites: tuple[Cite, ...] = ()
    authority_zh: str = ""
    contrary_zh: str = ""


@dataclass(frozen=True, slots=True)
class TheoryFigure:
    """What one statutory theory says of one account, payment or event; never a tracing figure, never added to one.

    `figures`: (name in English, in Chinese, minor units of `currency`), in their order; `met`: of a threshold, by mode.
    `status`: computed, screen (for where to look: no figure at all), refused (a stated fact is missing or wrong) or
    not_covered (tracer cannot do it, by name). `statute_zh`: where `statute` is more than a citation.
    """

    id: str
    kind: str
    statute: str
    subject: str
    currency: str
    status: Literal["computed", "screen", "refused", "not_covered"]
    figures: tuple[tuple[str, str, int], ...]
    words_en: str
    words_zh: str
    authority: str
    contrary: str
    met: dict[str, bool] = field(default_factory=dict)
    evidence: tuple[str, ...] = ()
    cites: tuple[Cite, ...] = ()
    statute_zh: str = ""
    authority_zh: str = ""
    contrary_zh: str = ""


@dataclass(frozen=True, slots=True)
class WhatIf:
    """What one changed assumption does to the figures of a trace: every figure that differs, no other.

    `assumption`: the words by which terminal and Python name it. `run`, `base_run`: of the changed and of the stated trace.
    `targets`: target -> holds (no figure is less), less (one is, and what was found above zero still is) or falls (what
    was found above zero is zero). `exhibits_*`: hashes of exhibits that proceeds may pass only before, or only after.
    `cites`: the records that the assumption is about. `note_*`: what the reader must know beside the figures.
    """

    assumption: tuple[str, ...]
    words_en: str
    words_zh: str
    base_run: str
    run: str
    rules: tuple[str, ...]
    differences: tuple[Difference, ...]
    targets: dict[str, str]
    exhibits_gone: tuple[str, ...] = ()
    exhibits_new: tuple[str, ...] = ()
    cites: tuple[Cite, ...] = ()
    note_en: str = ""
    note_zh: str = ""


@dataclass(frozen=True, slots=True)
class SensitivityRow:
    """One variant of one check of tracing.md section 6, for one target.

    `status`: varied (a figure was computed with the change), shown (the check states something and varies nothing),
    nothing (the case has no material for it) or not_covered (tracer cannot do it yet). `figures`: rule id, floor, ceiling ->
    (least, most), minor units; empty where nothing was computed. `verdict` as in WhatIf, "" where nothing was varied.
    """

    check: int
    name_en: str
    name_zh: str
    target: str
    currency: str
    status: Literal["varied", "shown", "nothing", "not_covered"]
    changed_en: str
    changed_zh: str
    figures: dict[str, tuple[int, int]] = field(default_factory=dict)
    verdict: str = ""
    note_en: str = ""
    note_zh: str = ""
    cites: tuple[Cite, ...] = ()


@dataclass(frozen=True, slots=True)
class NextRequest:
    """One record to ask for, ranked by the money it decides: its effect on the figures of the property in question.

    `decides`: currency -> minor units, the largest effect on one figure of one asset or balance; empty where no effect can be
    computed, and `at_stake` then is the amount of the gap itself. `line_*`: bank, account, period, record type, why.
    """

    rank: int
    gap: str
    kind: str
    bank: str
    account: str
    period: tuple[date | None, date | None]
    record_en: str
    record_zh: str
    decides: dict[str, int]
    at_stake: int | None
    currency: str
    line_en: str
    line_zh: str
    effects: tuple[GapEffect, ...] = ()
    cites: tuple[Cite, ...] = ()
