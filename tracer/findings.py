"""From the exportable facts of a case to everything it may state: the one path that notebook, terminal, chart and annex share.

The order is fixed: gate, facts, matches, claims, entries, rules and bounds, owners, nexus, gaps. Each step is one call into
one room; what a room needs of another is handed to it here.
"""

from __future__ import annotations

import hashlib
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from tracer import __version__, match, nexus, owners, trace
from tracer.batches import KINDS, to_nouns
from tracer.gate import Gate, log_lines
from tracer.marked import check_gaps
from tracer.model import (
    Account,
    Asset,
    Bounds,
    CaseFile,
    CheckFailed,
    Claim,
    Coverage,
    Dossier,
    Event,
    Gap,
    Judgement,
    Party,
    Posting,
    Statement,
    TraceResult,
    Transfer,
    Verdict,
    major,
)
from tracer.model.accounts import account_of
from tracer.model.judging import in_force, pair_of, united
from tracer.model.naming import identified, record_of
from tracer.progress import say
from tracer.trace.bounds import build
from tracer.trace.effects import day_effects, hole_effects, lowered, resting
from tracer.trace.entries import target_names
from tracer.trace.orders import day_marks
from tracer.trace.origins import Doubted, doubted, joined_effects, net_floor, not_paid, refund_effects, resting_on
from tracer.trace.telling import told

__all__ = [
    "Facts",
    "cited",
    "concluded",
    "concluded_around",
    "dossier",
    "facts_of",
    "question_again",
    "question_of",
    "same_parties",
]

#: The label a proceeds event carries through a trace is its id: labels are never merged (tracing.md, head).


@dataclass(frozen=True, slots=True)
class Facts:
    """Nouns by ledger kind and fact id, without the withheld exhibits; judgements and transfers on exactly these."""

    by_kind: dict[str, dict[str, Any]]
    judgements: tuple[Judgement, ...]
    transfers: tuple[Transfer, ...]

    def __getitem__(self, kind: str) -> dict[str, Any]:
        return self.by_kind[kind]


def facts_of(scan: Callable[[str], Any], decided: Sequence[Judgement]) -> Facts:
    """Read the facts, run the ladder on them, and conclude transfers.

    `scan(kind)` gives the Arrow rows that may leave. A recorded judgement counts only while both of its records are among
    them, and a judgement of the ladder only while the ladder still proposes it on them: matches are re-run, not filtered.
    """
    return concluded({kind: dict(to_nouns(kind, scan(kind))) for kind in KINDS}, decided)


def concluded(by_kind: dict[str, dict[str, Any]], decided: Sequence[Judgement]) -> Facts:
    """Run the ladder on facts that are read already, and conclude transfers."""
    recorded = {j.id: j for j in decided}
    known = {*by_kind["posting"], *by_kind["message"], *by_kind["party"]}
    persons = [j for j in decided if j.rung < 0 and {j.left, j.right} <= known]
    proposed = match.propose(by_kind["posting"], by_kind["message"], by_kind["statement"], decided=persons)
    judgements = (*(recorded.get(j.id, j) for j in proposed), *persons)
    transfers = match.conclude(by_kind["posting"], by_kind["message"], judgements)
    same_parties(by_kind["party"], judgements)  # refuses a contradiction of persons before it is recorded
    return Facts(by_kind, judgements, transfers)


def concluded_around(facts: Facts, more: Judgement) -> tuple[Transfer, ...]:
    """Return the transfers as `match.conclude` gives them with one more judgement; those it cannot touch are kept as they are.

    What a judgement can touch is what judgements `same` tie to its two records, near or far: a movement is made of no others.
    """
    beside: dict[str, set[str]] = defaultdict(set)
    for judgement in facts.judgements:
        if judgement.subject == "movement" and judgement.decision == "same":
            beside[judgement.left].add(judgement.right)
            beside[judgement.right].add(judgement.left)
    keys, new = {more.left, more.right}, [more.left, more.right]
    while new:
        found = beside[new.pop()] - keys
        keys |= found
        new += found
    # a copy of a line, or a reversal, stands in the movement of another: its records come along
    touched = [t for t in facts.transfers if keys & {*t.postings, *t.messages, t.reversed_by}]
    keys |= {key for t in touched for key in (*t.postings, *t.messages)}
    asked = [j for j in (*facts.judgements, more) if {j.left, j.right} & keys]
    again = match.conclude(
        {key: p for key, p in facts["posting"].items() if key in keys},
        {key: m for key, m in facts["message"].items() if key in keys},
        asked,
    )
    gone = {t.id for t in touched}
    return tuple(sorted((*again, *(t for t in facts.transfers if t.id not in gone)), key=lambda t: t.id))


def dossier(
    case: CaseFile, gate: Gate, facts: Facts, log: Iterable[dict[str, Any]], *, head: str, rules: Sequence[str] = ()
) -> Dossier:
    """Return the whole dossier of an exportable case."""
    postings, statements = facts["posting"], facts["statement"]
    claims, claim_gaps = claims_of(case, postings, statements, facts.transfers)
    paid, asset_gaps = assets_paid(facts["asset"], postings, facts.transfers)
    lines, log_head = log_lines(log, gate, f"tracer {__version__}")
    result, trace_gaps = trace_case(case, facts, claims, paid, rules=tuple(rules) or case.tracing.methods, head=head)
    same = same_parties(facts["party"], facts.judgements)
    key_dates = dict.fromkeys((same.get(target, target), day) for target, day in _key_dates(case, facts))
    verdicts = tuple(
        verdict
        for target, day in key_dates
        for verdict in owners.verdicts(
            facts["party"], facts["interest"], target, as_of=day, sanctioned=case.sanctioned, same=same
        )
    )
    chains = tuple(
        chain
        for target, day in key_dates
        for chain in owners.chains(facts["party"], facts["interest"], target, as_of=day, same=same)
    )
    residuals = tuple(
        residual
        for target, day in key_dates
        for residual in owners.residuals(facts["party"], facts["interest"], target, as_of=day, same=same)
    )
    days = dict.fromkeys((case.as_of, *(day for _, day in key_dates)))  # a loop may have been dissolved since
    found = [d for on in days for d in owners.hygiene(facts["party"], facts["interest"], as_of=on, same=same)]
    say(f"the agents of {len(facts['message']):,} messages")
    wires = nexus.wires(
        facts["message"],
        postings,
        statements,
        producers=producers_of(gate),
        transfers=facts.transfers,
        judgements=in_force(facts.judgements),
    )
    coverage = coverage_of(statements, postings)
    gaps = (
        *claim_gaps,
        *asset_gaps,
        *trace_gaps,
        *match.unmatched(facts.transfers, postings),
        *match.doubts(postings, facts["message"], facts.judgements),
        *_reject_gaps(facts["reject"].values()),
        *check_gaps(facts["reconciliation"].values(), facts.by_kind),
    )
    ordered = sorted(gaps, key=_gap_order)
    numbered = {gap.id: f"G{n:03d}" for n, gap in enumerate(ordered, 1)}
    result = replace(
        result,
        targets=tuple(replace(t, rests_on=tuple(sorted(numbered[gap] for gap in t.rests_on))) for t in result.targets),
    )
    accounts = sorted({p.account_key or p.account for p in postings.values()})
    records = sorted({p.record for p in facts["party"].values()})
    numbers = {record: n for n, record in enumerate((r for r in records if r not in same), 1)}
    made = Dossier(
        case=case,
        head=head,
        chain_head=gate.chain_head,
        log_head=log_head,
        version=__version__,
        exhibits=gate.exhibits,
        statements=statements,
        postings=postings,
        messages=facts["message"],
        parties=facts["party"],
        accounts=facts["account"],
        interests=facts["interest"],
        assets=facts["asset"],
        rejects=tuple(facts["reject"].values()),
        reconciliations=tuple(facts["reconciliation"].values()),
        judgements=facts.judgements,
        transfers=facts.transfers,
        trace=result,
        verdicts=verdicts,
        chains=chains,
        hygiene=tuple(dict.fromkeys((defect.code, tuple(defect.members)) for defect in found)),
        wires=wires,
        gaps=tuple(replace(gap, id=numbered[gap.id]) for gap in ordered),
        coverage=coverage,
        log=lines,
        account_ids={key: f"AC-{n:02d}" for n, key in enumerate(accounts, 1)},
        party_ids={record: f"PTY-{numbers[same.get(record, record)]}" for record in records},
        same_parties=same,
        residuals=residuals,
    )
    return replace(made, verdicts=cited(verdicts, made))


def same_parties(parties: Mapping[str, Party], judgements: Iterable[Judgement]) -> dict[str, str]:
    """Return party record -> the record under which persons judged it to be one with others; only what differs.

    Raises: CheckFailed where judgements make one party of two that a person judged different.
    """
    named = [
        replace(j, left=parties[j.left].record, right=parties[j.right].record)
        for j in in_force(judgements)
        if j.subject == "party" and {j.left, j.right} <= {*parties}
    ]
    root, refused = united(sorted({p.record for p in parties.values()}), named)
    if refused:
        raise CheckFailed(
            "Judgements make one party of two records that a person judged different.",
            where=f"{refused[0].left} and {refused[0].right}",
            meaning="Nothing was recorded: shares would be added that a person keeps apart.",
            next_call="tracer match   (lists what persons decided; judge --withdraw takes one back)",
        )
    return {record: one for record, one in root.items() if record != one}


def cited(verdicts: Iterable[Verdict], made: Dossier) -> tuple[Verdict, ...]:
    """Return the verdicts with the judgements by which two records count as one party in them."""
    ends = {i.record: (i.owner, i.subject) for i in made.interests.values()}
    ends |= {key: (i.owner, i.subject) for key, i in made.interests.items()}
    said: dict[str, set[str]] = defaultdict(set)
    for j in in_force(made.judgements):
        if j.subject == "party" and j.decision == "same":
            one, other = made.parties[j.left].record, made.parties[j.right].record
            words = f"{one} and {other} are one party by judgement {j.id[:12]} of {j.by}, {j.on}: {j.reason}"
            said[made.same_parties.get(one, one)].add(words)

    def told(verdict: Verdict) -> Verdict:
        concerned = {
            verdict.target,
            *verdict.person.split("+"),
            *(end for c in verdict.chains for end in ends.get(c, ())),
        }
        words = {w for record in concerned for w in said.get(made.same_parties.get(record, record), ())}
        return replace(verdict, assumptions=(*verdict.assumptions, *sorted(words))) if words else verdict

    return tuple(told(verdict) for verdict in verdicts)


def _gap_order(gap: Gap) -> tuple[int, int, str]:
    order = ("missing_statement", "unknown_origin", "conflict", "unmatched_leg", "unordered_day")
    return (order.index(gap.kind) if gap.kind in order else len(order), -(gap.amount or 0), gap.id)


def _is_account(stated: str, posting: Posting) -> bool:
    return not stated or match.is_account(stated, posting)


def _carries(reference: str, posting: Posting) -> bool:
    wanted = reference.strip()
    return wanted != "" and wanted in {
        posting.owner_reference,
        posting.bank_reference,
        posting.end_to_end_id,
        posting.uetr,
    }


def _counted(postings: Mapping[str, Posting], transfers: Iterable[Transfer]) -> dict[str, str]:
    """Return copy -> the line that its transfer counts: a movement printed in several exhibits is one."""
    found = {}
    for transfer in transfers:
        ends = {key for key in (transfer.debit, transfer.credit, *transfer.between) if key}
        for key in transfer.postings if len(transfer.postings) > len(ends) else ():
            mine = postings[key].account_key or postings[key].account, postings[key].amount
            one = [k for k in ends if (postings[k].account_key or postings[k].account, postings[k].amount) == mine]
            if key not in ends and len(one) == 1:
                found[key] = one[0]
    return found


def claims_of(
    case: CaseFile,
    postings: Mapping[str, Posting],
    statements: Mapping[str, Statement] | None = None,
    transfers: Iterable[Transfer] = (),
) -> tuple[tuple[Claim, ...], tuple[Gap, ...]]:
    """Return a claim per event at the posting by which its proceeds entered; an event without one is a gap.

    Only a statement or a table proves a credit: an interim report or an advice is told as a gap. A credit that was
    reversed enters and leaves at one place, so that nothing of it can be followed; that is told as well.
    """
    transfers = tuple(transfers)
    counted = _counted(postings, transfers)
    kinds = {key: s.kind for key, s in (statements or {}).items()}
    reversals = {leg: t.reversed_by for t in transfers if t.reversed_by for leg in (t.debit, t.credit) if leg}
    claims, gaps = [], []
    for event in case.events:
        hits = [
            key
            for key, p in postings.items()
            if p.amount > 0
            and not p.reversal
            and p.currency == event.currency
            and p.status == "booked"
            and _is_account(event.account, p)
            and _carries(event.entry, p)
        ]
        hits = list(dict.fromkeys(counted.get(key, key) for key in hits))
        proven = [key for key in hits if kinds.get(postings[key].statement, "statement") in {"statement", "table"}]
        if hits and not proven:
            gaps.append(_told(_event_gap(event, 0), event, postings[hits[0]], *_INTERIM))
            continue
        if len(hits) > 1:
            hits = proven
        if len(hits) == 1:
            if hits[0] in reversals:
                gaps.append(_at_hand(_told(_event_gap(event, 1), event, postings[hits[0]], *_REVERSED)))
            elif event.proceeds > postings[hits[0]].amount:
                gaps.append(_at_hand(_told(_event_gap(event, 1), event, postings[hits[0]], *_LARGER)))
                continue
            claims.append(Claim(f"C-{event.id}", event.id, event.id, hits[0], event.proceeds, event.currency))
        else:
            gap = _event_gap(event, len(hits))
            gaps.append(_at_hand(gap) if hits else gap)
    return tuple(claims), tuple(gaps)


_INTERIM = ("not traced: shown only by an interim report or an advice", "未予追踪：仅见于临时报告或通知")
_REVERSED = (
    "introduced and voided: the bank reversed the credit, and nothing of it can be followed",
    "已列入后冲销：银行已冲回该笔贷记，无可追踪",
)
_LARGER = (
    "not traced: its proceeds are more than the credit it enters by; correct `proceeds` or `proceeds_txn` in case.yaml",
    "未予追踪：所称所得超过入账的贷记；请更正 case.yaml 中的 proceeds 或 proceeds_txn",
)


def _at_hand(gap: Gap) -> Gap:
    """Return the gap without an ask: the statement that shows the credit is held, so no other authority is asked for it."""
    return replace(gap, ask_en="", ask_zh="")


def _told(gap: Gap, event: Event, posting: Posting, en: str, zh: str) -> Gap:
    """Return the gap of an event with another reason, and the posting that shows it."""
    amount = f"{major(event.proceeds, event.currency, group=True)} {event.currency}"
    credit = f"{major(posting.amount, posting.currency, group=True)} {posting.currency}"
    return replace(
        gap,
        description_en=f"Event {event.id} ({amount}), credit of {credit} on {posting.booked or posting.value_date}: {en}.",
        description_zh=f"事件 {event.id}（{amount}），{posting.booked or posting.value_date} 贷记 {credit}：{zh}。",
        cites=(posting.cite,),
    )


def _event_gap(event: Event, hits: int) -> Gap:
    amount = f"{major(event.proceeds, event.currency, group=True)} {event.currency}"
    en = "no credit carries its reference" if not hits else f"{hits} credits carry its reference"
    zh = "没有任何贷记载有其参考号" if not hits else f"有 {hits} 笔贷记载有其参考号"
    return Gap(
        id=f"event/{event.id}",
        kind="conflict",
        description_en=f"Event {event.id} ({amount}): {en} {event.entry!r} on account {event.account}; it is not traced.",
        description_zh=f"事件 {event.id}（{amount}）：账户 {event.account} 上{zh}“{event.entry}”；未予追踪。",
        affects=(event.account,),
        amount=event.proceeds,
        currency=event.currency,
        ask_en=f"Statement of account {event.account} around {event.on}, showing the credit of {amount}.",
        ask_zh=f"账户 {event.account} 在 {event.on} 前后的对账单，载明 {amount} 的贷记。",
    )


def assets_paid(
    assets: Mapping[str, Asset], postings: Mapping[str, Posting], transfers: Iterable[Transfer] = ()
) -> tuple[dict[str, str], tuple[Gap, ...]]:
    """Return posting -> target of the asset it paid for, by the register's payment references.

    A register parts several references, and several accounts, by `;`: a reference is looked for on each of the accounts.
    """
    counted = _counted(postings, transfers)
    paid: dict[str, str] = {}
    gaps = []
    for asset in assets.values():
        accounts = [part.strip() for part in asset.paid_account.split(";") if part.strip()]
        for reference in filter(None, (part.strip() for part in asset.paid_reference.split(";"))):
            hits = [
                key
                for key, p in postings.items()
                if p.amount < 0
                and not p.reversal
                and (not accounts or any(_is_account(stated, p) for stated in accounts))
                and _carries(reference, p)
            ]
            hits = list(dict.fromkeys(counted.get(key, key) for key in hits))
            if len(hits) == 1:
                paid[hits[0]] = f"sink:ASSET:{asset.record}"
                continue
            gaps.append(
                Gap(
                    id=f"asset/{asset.record}/{reference}",
                    kind="conflict",
                    description_en=f"Asset {asset.record}: {len(hits)} payments carry the reference {reference!r}; none is taken.",
                    description_zh=f"资产 {asset.record}：有 {len(hits)} 笔付款载有参考号“{reference}”；均未采用。",
                    affects=(asset.record,),
                    amount=asset.price,
                    currency=asset.currency,
                    ask_en=f"Payment record for the acquisition of {asset.record}.",
                    ask_zh=f"取得 {asset.record} 的付款记录。",
                    cites=(asset.cite,),
                )
            )
    return paid, tuple(gaps)


def trace_case(
    case: CaseFile, facts: Facts, claims: Sequence[Claim], paid: Mapping[str, str], *, rules: Sequence[str], head: str
) -> tuple[TraceResult, tuple[Gap, ...]]:
    """Replay every rule over all held accounts, with floor and ceiling of each target.

    The ceiling is computed with balances carried through holes, the floor with every hole open (tracing.md 5.6).
    """
    postings, statements = facts["posting"], facts["statement"]
    facilities = _facilities(facts, postings)
    label = "C" if case.tracing.opening_balance == "lawful" else "U"
    order = case.tracing.same_day_order

    def entries_with(opened: bool | tuple[str, ...], joined: Sequence[tuple[str, str]] = ()) -> trace.CaseEntries:
        return trace.entries_of(
            postings, statements, _joined(facts.transfers, joined), claims, paid,
            facilities=facilities, opening_label=label, holes_open=opened, same_day_order=order,
        )  # fmt: skip

    carried, opened = entries_with(opened=False), entries_with(opened=True)
    bundle = case.tracing.bundle
    say(f"replaying {len(postings):,} postings under {len(rules)} rules")
    replays = trace.trace_all(carried.entries, rules, bundle=bundle)

    open_legs = _open_legs(facts, claims, paid, carried)
    made = doubted(build(carried.entries), open_legs.exchanged, open_legs.paid_back)
    unpaid = not_paid(made, open_legs.exchanged)
    carried_graph, opened_graph = made.graph, build(opened.entries)
    unopened: dict[str, Bounds] = {}
    gross: dict[str, int] = {}

    def bounds_of(targets: Sequence[str], labels: Sequence[str]) -> Bounds:
        say("floor and ceiling of " + ", ".join(names.get(t) or t.rpartition(":")[2] for t in targets)[:60])
        upper = trace.bounds(carried_graph, targets, labels)
        if len(targets) == 1:
            unopened[targets[0]] = upper
        if any(carried.holes.values()):
            known = [t for t in targets if t in target_names(opened.entries)]
            lower = trace.bounds(opened_graph, known, labels) if known else None
            floor = lowered(upper, lower)
            told_by = lower if lower and floor < upper.floor else upper
            upper = replace(upper, floor=floor, words_floor=told_by.words_floor, words_floor_zh=told_by.words_floor_zh)
        if len(targets) == 1:
            gross[targets[0]] = upper.floor
        return net_floor(upper, open_legs.refunds, unpaid)

    parameters = {
        "bundle": bundle,
        "opening_balance": f"{case.tracing.opening_balance} (label {label})",
        "same_day_order": _order_taken(order, carried.days),
        "reversal": "void",
        "proceeds_subrule": "pro_rata",
        "mixed_repay": "pro_rata",
        "unmatched_conversions": "other money under every rule and for floors; possible proceeds for ceilings where the two legs "
        "lie within three business days, or within 31 days where both tell of an exchange; others are taken as unconnected",
        "holes": "rules and ceilings carry the balance through a missing period; floors open it",
        "label": "one per predicate event",
    }
    run = hashlib.sha256(f"{head}\n{case.raw}\n{sorted(parameters.items())}\n{list(rules)}".encode()).hexdigest()
    names = {f"sink:ASSET:{a.record}": a.description for a in facts["asset"].values()}
    result = trace.result(
        carried.entries, replays, tuple(claims), head, parameters, bounds_of=bounds_of, postings=postings, assets=names
    )
    found = told(replace(result, run=run), postings, facts["asset"], facts.transfers)
    reached = trace.reach(carried.entries, [*day_marks(carried.entries), *carried.doubts])
    say(f"orders of {len(carried.days)} days that no record orders")
    found = trace.over_orders(found, carried.entries, bundle=bundle, found=reached)
    moved = day_effects(found, carried.entries, reached, bundle=bundle)
    if carried.doubts:
        say(f"the effect of {len(carried.gaps)} gaps")
    moved |= hole_effects(
        found, reached, carried.gaps, lambda ids: entries_with(opened=ids).entries, unopened, bundle=bundle
    )
    told_of = open_legs.gaps(made)
    if told_of:
        say(f"the effect of {len(told_of)} credits that may be traced money come back")
    reached = resting_on(
        reached, carried.entries, made, {row: [gap.id for gap in gaps] for row, gaps in told_of.items()}
    )
    pairs = {gap.id: open_legs.pairs[gap.id] for gaps in told_of.values() for gap in gaps if gap.id in open_legs.pairs}
    moved |= joined_effects(
        found, reached, pairs, lambda chosen: entries_with(opened=False, joined=chosen).entries, bundle=bundle
    )
    moved |= refund_effects(found, open_legs.refunds, gross)
    gaps = (
        *(replace(gap, effects=moved.get(gap.id, ())) for gap in carried.gaps),
        *trace.unordered_gaps(found, carried.days, moved),
        *(replace(gap, effects=moved.get(gap.id, ())) for told in told_of.values() for gap in told),
    )
    return resting(found, gaps, reached, carried.entries), gaps


def _joined(transfers: Sequence[Transfer], pairs: Sequence[tuple[str, str]]) -> Sequence[Transfer]:
    """Return the transfers with each pair (debit, credit) of open legs as one."""
    if not pairs:
        return transfers
    credit_of, taken = dict(pairs), {credit for _, credit in pairs}
    return [
        replace(t, credit=credit_of[t.debit]) if t.debit in credit_of else t
        for t in transfers
        if t.debit or t.credit not in taken
    ]


@dataclass(frozen=True, slots=True)
class _OpenLegs:
    """Credits of unknown origin that may be traced money come back, as rows of the entries, and what tells them.

    exchanged, paid_back  credit row -> debit rows
    pairs                 gap id -> (debit, credit) postings, best first
    refunds               target -> (gap id, minor units that may have come back)
    """

    exchanged: dict[int, list[int]]
    paid_back: dict[int, list[int]]
    pairs: dict[str, list[tuple[str, str]]]
    refunds: dict[str, list[tuple[str, int]]]
    gaps: Callable[[Doubted], dict[int, list[Gap]]]


def _open_legs(facts: Facts, claims: Sequence[Claim], paid: Mapping[str, str], carried: trace.CaseEntries) -> _OpenLegs:
    """Return the credits that no claim and no other leg explains, and the debits that may have been their other side.

    What paid for an asset bought no currency; a refund is told of every asset, a conversion where proceeds
    may have left by the debit.
    """
    postings, statements, e = facts["posting"], facts["statement"], carried.entries
    rows = carried.row_of
    claimed = {claim.posting for claim in claims}
    lines = {key: p for key, p in postings.items() if key in rows and key not in claimed and e.partner[rows[key]] < 0}
    bought = {
        key for key in lines
        if not e.credit[rows[key]] and e.sinks[int(e.sink[rows[key]])].startswith("sink:ASSET:")
    }  # fmt: skip
    held = match.records({k: p for k, p in lines.items() if k not in bought}, {}, statements)
    apart = [pair_of(j) for j in in_force(facts.judgements) if j.subject == "movement" and j.decision == "different"]
    found: dict[str, list[match.Conversion]] = defaultdict(list)
    for one in match.conversions(held, facts.transfers, statements, apart=apart) if len(set(e.currencies)) > 1 else ():
        found[one.credit].append(one)
    names = {key: e.accounts[int(e.account[rows[key]])] for key in lines}
    back = [
        r
        for r in match.refunds({k: t for k, t in paid.items() if k in lines}, postings, facts.transfers)
        if r.credit in lines
    ]
    refunds: dict[str, list[tuple[str, int]]] = defaultdict(list)
    paid_back: dict[int, list[int]] = defaultdict(list)
    for r in back:
        currencies = {postings[key].currency for key in (r.credit, *r.payments)}
        whole = sum(-p.amount for key, p in postings.items() if paid.get(key) == r.target and key in lines)
        refunds[r.target].append((r.gap, postings[r.credit].amount if len(currencies) == 1 else whole))
        paid_back[rows[r.credit]] += [rows[key] for key in r.payments if rows[key] not in paid_back[rows[r.credit]]]

    def gaps(made: Doubted) -> dict[int, list[Gap]]:
        told: dict[int, list[Gap]] = defaultdict(list)
        for r in back:
            told[rows[r.credit]].append(match.refund_gap(r, postings))
        for credit, listed in found.items():
            live = [c for c in listed if rows[c.debit] in made.debits.get(rows[credit], ())]
            if live:
                told[rows[credit]].append(match.conversion_gap(live, postings, names))
        return dict(told)

    return _OpenLegs(
        exchanged={rows[credit]: [rows[c.debit] for c in listed] for credit, listed in found.items()},
        paid_back=dict(paid_back),
        pairs={f"conversion/{credit}": [(c.debit, credit) for c in listed] for credit, listed in found.items()},
        refunds=dict(refunds),
        gaps=gaps,
    )


def question_again(made: Dossier) -> trace.Question:
    """Return the question that the trace of a dossier answers; no file is read again."""
    by_kind: dict[str, dict[str, Any]] = {
        "posting": made.postings,
        "statement": made.statements,
        "message": made.messages,
        "party": made.parties,
        "account": made.accounts,
        "asset": made.assets,
    }
    facts = Facts(by_kind, made.judgements, made.transfers)
    paid, _ = assets_paid(made.assets, made.postings, made.transfers)
    return question_of(made.case, facts, made.trace.claims, paid, rules=made.trace.rules, head=made.head)


def question_of(
    case: CaseFile, facts: Facts, claims: Sequence[Claim], paid: Mapping[str, str], *, rules: Sequence[str], head: str
) -> trace.Question:
    """Return what the trace is asked of, and how it is asked again without a judgement or an exhibit."""

    def over(changed: Facts) -> trace.Question:
        moved, postings = changed.transfers, changed["posting"]
        again, _ = claims_of(case, postings, changed["statement"], moved)
        bought, _ = assets_paid(changed["asset"], postings, moved)
        return question_of(case, changed, again, bought, rules=rules, head=head)

    def withdrawn(judgement: Judgement) -> trace.Question:
        more = match.withdrawal(judgement, by="what-if", at=str(case.as_of), reason="what-if")
        listed = (*facts.judgements, more)
        if judgement.rung < 0:  # a pair that a person let go is the ladder's again
            return over(concluded(facts.by_kind, listed))
        return over(Facts(facts.by_kind, listed, concluded_around(facts, more)))

    def without(exhibit: str) -> trace.Question:
        left = {
            kind: {key: noun for key, noun in nouns.items() if noun.cite.exhibit != exhibit}
            for kind, nouns in facts.by_kind.items()
        }
        return over(concluded(left, facts.judgements))

    def doubts(read: trace.CaseEntries) -> trace.Doubts:
        legs, source = _open_legs(facts, claims, paid, read), read.entries.source or ()
        exchanged, paid_back = (
            {source[credit]: [source[debit] for debit in debits] for credit, debits in pairs.items()}
            for pairs in (legs.exchanged, legs.paid_back)
        )
        return trace.Doubts(exchanged, paid_back, legs.refunds)

    return trace.Question(
        postings=facts["posting"],
        statements=facts["statement"],
        transfers=facts.transfers,
        claims=tuple(claims),
        paid=paid,
        rules=tuple(rules),
        selected=case.tracing.selected,
        facilities=_facilities(facts, facts["posting"]),
        judgements=facts.judgements,
        offences={event.id: event.offence for event in case.events},
        opening=case.tracing.opening_balance,
        same_day_order=case.tracing.same_day_order,
        bundle=case.tracing.bundle,
        head=head,
        doubts=doubts,
        again=withdrawn,
        without=without,
    )


#: Why a day without an order is taken as it is (tracing.md 1.3, order within a day; 6, attack 3).
_TAKEN = {
    "printed": "as printed",
    "credits_first": "credits first",
    "debits_first": "debits first",
}


def _order_taken(wanted: str, days: Iterable[tuple[str, date, int, str]]) -> str:
    """Return what order was used and why, for the parameters of the run."""
    names = [name for *_, name in days]
    if not names:
        return f"{wanted}: every entry has its place by the bank's own sequence, time or running balance"
    counted = ", ".join(f"{names.count(name)} {words}" for name, words in _TAKEN.items() if name in names)
    why = "the order wanted" if wanted != "bank_sequence" else "the order printed"
    return (
        f"{wanted} where a sequence, a time or a running balance gives it; on {len(names)} days of an account none does: "
        f"{counted} ({why} where the bank could have allowed it); least and most over all orders stand beside each figure"
    )


def _facilities(facts: Facts, postings: Mapping[str, Posting]) -> dict[str, int]:
    """Return account -> agreed overdraft, as its opening file states it; where two accounts may be meant, of neither."""
    held = {p.account_key or p.account for p in postings.values()}
    granted: dict[str, Account] = facts["account"]
    stated = {key: one for key in held if (one := account_of(key, granted.values())) is not None}
    times = Counter(one.cite for key, one in stated.items() if key != one.account_key)
    return {
        key: one.facility
        for key, one in stated.items()
        if one.facility is not None and (key == one.account_key or times[one.cite] == 1)
    }


def producers_of(gate: Gate) -> dict[str, tuple[str, str]]:
    """Return exhibit -> (kind, institution) of the producer: `us` where the country of its BIC is US."""
    found = {}
    for exhibit in gate.exhibits:
        bic = exhibit.producer if len(exhibit.producer) in {8, 11} and exhibit.producer.isalnum() else ""
        kind = "us" if bic[4:6] == "US" else "fed" if "federal reserve" in exhibit.producer.casefold() else "foreign"
        found[exhibit.sha256] = (kind, bic or exhibit.producer)
    return found


def _key_dates(case: CaseFile, facts: Facts) -> tuple[tuple[str, date], ...]:
    """Return (party record, date) for each titleholder on acquisition and each account holder on the first event."""
    found: dict[tuple[str, date], None] = {}
    records = {p.record for p in facts["party"].values() if p.kind == "entity"}
    known = identified(facts["party"].values())  # a register names a company by its own number: GB-COH-09990033
    for asset in sorted(facts["asset"].values(), key=lambda a: a.record):
        if (holder := record_of(asset.titleholder, known)) in records:
            found.setdefault((holder, asset.acquired or case.as_of))
    first = min((event.on for event in case.events), default=case.as_of)
    for account in sorted(facts["account"].values(), key=lambda a: a.number):
        if (holder := record_of(account.holder, known)) in records:
            found.setdefault((holder, first))
    return tuple(found)


def coverage_of(statements: Mapping[str, Statement], postings: Mapping[str, Posting]) -> tuple[Coverage, ...]:
    """Return the months of records held per account, between the first and the last one."""
    held: dict[str, set[str]] = defaultdict(set)
    span: dict[str, list[date]] = defaultdict(list)
    of_statement: dict[str, list[Posting]] = defaultdict(list)
    for posting in postings.values():
        of_statement[posting.statement].append(posting)
    for key, statement in statements.items():
        if statement.kind not in {"statement", "table"}:
            continue
        days = [d for p in of_statement[key] if (d := p.booked or p.value_date)]
        start = statement.period_from or statement.opening_date or min(days, default=None)
        end = statement.period_to or statement.closing_date or max(days, default=None)
        if start is None or end is None:
            continue
        account = statement.account_key or statement.account
        span[account] += [start, end]
        held[account] |= set(_months(start, end))
    found = []
    for account in sorted(held):
        expected = tuple(_months(min(span[account]), max(span[account])))
        found.append(
            Coverage(
                account,
                expected,
                tuple(m for m in expected if m in held[account]),
                tuple(m for m in expected if m not in held[account]),
            )
        )
    return tuple(found)


def _months(start: date, end: date) -> list[str]:
    first, last = start.year * 12 + start.month - 1, end.year * 12 + end.month - 1
    return [f"{n // 12:04d}-{n % 12 + 1:02d}" for n in range(first, last + 1)]


def _reject_gaps(rejects: Iterable[Any]) -> tuple[Gap, ...]:
    return tuple(
        Gap(
            id=f"reject/{reject.cite}/{reject.field}",
            kind="rejected_line",
            description_en=f"{'A part of a record' if reject.is_part else 'A line'} was set aside ({reject.code}): {reject.message}",
            description_zh=f"{'记录的一部分' if reject.is_part else '一行'}被搁置（{reject.code}）：{reject.message}",
            ask_en=f"The original of this {'part' if reject.is_part else 'line'}, legible.",
            ask_zh=f"该{'部分' if reject.is_part else '行'}的清晰原件。",
            cites=(reject.cite,),
        )
        for reject in rejects
    )
