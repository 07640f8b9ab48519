"""Where the proceeds of each event entered, and which payment bought each asset: the two ends of a trace.

A posting is named by a reference and an account as case.yaml and the asset register state them. What names none, several,
or a line that proves no credit is told as a gap, and nothing is traced from it. The label that the proceeds of
an event carry through a trace is the id of the event: labels are never merged (tracing.md, head).
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Container, Iterable, Mapping, Sequence
from dataclasses import replace

from tracer import match
from tracer.gate import Gate
from tracer.model import Asset, CaseFile, Claim, Event, Gap, Posting, Statement, Transfer, major
from tracer.model.reversals import undone_by

__all__ = ["assets_paid", "claims_of", "placed", "unpaid"]

_ID = re.compile(r"[0-9a-f]{12,32}")  # of a record, or as much of it as is shown


def _is_account(stated: str, posting: Posting) -> bool:
    return not stated or match.is_account(stated, posting)


def _carries(stated: str, key: str, posting: Posting) -> bool:
    """Say whether a line is the one stated: by a reference that it prints, by the id of its record, or by its place."""
    wanted = stated.strip()
    printed = {posting.owner_reference, posting.bank_reference, posting.end_to_end_id, posting.uetr, str(posting.cite)}
    return wanted != "" and (wanted in printed or (_ID.fullmatch(wanted) is not None and key.startswith(wanted)))


def _enters(event: Event, key: str, posting: Posting) -> bool:
    return _carries(event.entry, key, posting) or (event.place != "" and event.place == str(posting.cite))


def placed(case: CaseFile, gate: Gate) -> CaseFile:
    """Return the case with each event whose line is stated by its place: `EX-0001@row=8`, or with the name of the file before it.

    Where an exhibit is withheld, those behind it have another number in an export than at intake, and nobody can tell which
    of the two a person read: a number that would name two exhibits names none.
    """
    meant: dict[str, set[str]] = defaultdict(set)
    for e in gate.exhibits:
        meant[e.number].add(e.sha256)
        meant[e.name].add(e.sha256)
    for number, sha256 in gate.taken_in.items():
        meant[number].add(sha256)
    may_leave = {e.sha256 for e in gate.exhibits}

    def place(event: Event) -> str:
        exhibit, _, locator = event.entry.strip().rpartition("@")
        found = meant.get(exhibit, set())
        return f"{next(iter(found))[:12]}@{locator}" if locator and len(found) == 1 and found <= may_leave else ""

    return replace(case, events=tuple(replace(event, place=place(event)) for event in case.events))


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
    reversals = undone_by(transfers, postings)
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
            and _enters(event, key, p)
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
            paid = [
                p
                for key, p in postings.items()
                if p.amount < 0 and _is_account(event.account, p) and _enters(event, key, p)
            ]
            if paid and not hits:
                gap = _told(gap, event, paid[0], *_DEBIT)
            gaps.append(_at_hand(gap) if hits else gap)
    return _within_their_credit(case, claims, gaps, postings)


def _within_their_credit(
    case: CaseFile, claims: list[Claim], gaps: list[Gap], postings: Mapping[str, Posting]
) -> tuple[tuple[Claim, ...], tuple[Gap, ...]]:
    """Set aside every claim of a credit that they exceed together: the same cents under two labels are traced under none.

    Which of the events has which part of the credit only a person can say; labels are never merged.
    """
    together: dict[str, list[Claim]] = {}
    for claim in claims:
        together.setdefault(claim.posting, []).append(claim)
    events = {event.id: event for event in case.events}
    twice = {k: mine for k, mine in together.items() if sum(c.amount for c in mine) > postings[k].amount}
    for key, mine in twice.items():
        names = ", ".join(c.event for c in mine)
        asked = f"{major(sum(c.amount for c in mine), mine[0].currency, group=True)} {mine[0].currency}"
        for claim in mine:
            event = events[claim.event]
            en = (
                f"not traced: {names} together claim {asked} of it, the same cents twice; state in `proceeds` which part of the "
                "credit is whose"
            )
            zh = f"未予追踪：{names} 合计主张 {asked}，同一款项重复主张；请在 proceeds 中载明各自部分"
            gaps.append(_at_hand(_told(_event_gap(event, 1), event, postings[key], en, zh)))
    kept = tuple(claim for claim in claims if claim.posting not in twice)
    return kept, tuple({gap.id: gap for gap in gaps}.values())


_INTERIM = ("not traced: shown only by an interim report or an advice", "未予追踪：仅见于临时报告或通知")
_REVERSED = (
    "introduced and voided: the bank reversed the credit, and nothing of it can be followed",
    "已列入后冲销：银行已冲回该笔贷记，无可追踪",
)
_DEBIT = (
    "not traced: the line that carries its reference is a debit, and proceeds come in by a credit",
    "未予追踪：载有其参考号的记账为借记，而所得应以贷记入账",
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
    credit = f"{major(abs(posting.amount), posting.currency, group=True)} {posting.currency}"
    side, side_zh = ("credit", "贷记") if posting.amount > 0 else ("debit", "借记")
    return replace(
        gap,
        description_en=f"Event {event.id} ({amount}), {side} of {credit} on {posting.booked or posting.value_date}: {en}.",
        description_zh=f"事件 {event.id}（{amount}），{posting.booked or posting.value_date} {side_zh} {credit}：{zh}。",
        cites=(posting.cite,),
    )


def _event_gap(event: Event, hits: int) -> Gap:
    amount = f"{major(event.proceeds, event.currency, group=True)} {event.currency}"
    en = "no credit carries its reference" if not hits else f"{hits} credits carry its reference"
    zh = "没有任何贷记载有其参考号" if not hits else f"有 {hits} 笔贷记载有其参考号"
    on, on_zh = (f" on account {event.account}", f"账户 {event.account} 上") if event.account else ("", "")
    said, said_zh = f"{en} {event.entry!r}{on}", f"{on_zh}{zh}“{event.entry}”"
    if "@" in event.entry:
        said += (
            " (what names a line for certain is the id of its record, or its place with the name of the file before it)"
        )
        said_zh += "（可确切指明一笔记账的，是其记录编号，或文件名加其位置）"
    if not event.entry.strip():
        said = (
            f"no line{on} is stated: proceeds_txn takes a reference that the line prints, the id of its "
            "record, or its place (EX-0001@row=8)"
        )
        said_zh = f"{on_zh}未载明记账：proceeds_txn 可填该笔所载的参考号、其记录编号或其位置（EX-0001@row=8）"
    return Gap(
        id=f"event/{event.id}",
        kind="conflict",
        description_en=f"Event {event.id} ({amount}): {said}; it is not traced.",
        description_zh=f"事件 {event.id}（{amount}）：{said_zh}；未予追踪。",
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

    What an asset cost is one sum only in one currency: `sink:ASSET:RECORD` is what was paid in that of its price (of its first
    payment, where none was), `sink:ASSET:RECORD:CURRENCY` what was paid in another.
    A payment that several assets name is in the target of none, and told.
    A register parts several references, and several accounts, by `;`: a reference is looked for on each of the accounts.
    """
    counted = _counted(postings, transfers)
    named: dict[str, dict[str, Asset]] = defaultdict(dict)  # by record: two prints of one asset are one
    bought: list[tuple[Asset, list[str]]] = []
    gaps = []
    for asset in assets.values():
        accounts = [part.strip() for part in asset.paid_account.split(";") if part.strip()]
        found: list[str] = []
        for reference in filter(None, (part.strip() for part in asset.paid_reference.split(";"))):
            hits = [
                key
                for key, p in postings.items()
                if p.amount < 0
                and not p.reversal
                and (not accounts or any(_is_account(stated, p) for stated in accounts))
                and _carries(reference, key, p)
            ]
            hits = list(dict.fromkeys(counted.get(key, key) for key in hits))
            if len(hits) == 1:
                found += hits
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
        found = list(dict.fromkeys(found))
        bought.append((asset, found))
        for key in found:
            named[key].setdefault(asset.record, asset)
    paid: dict[str, str] = {}
    for asset, found in bought:
        money = {key: postings[key].currency for key in found if len(named[key]) == 1}
        first = asset.currency if asset.currency in money.values() else next(iter(money.values()), "")
        for key, currency in money.items():
            paid[key] = f"sink:ASSET:{asset.record}" + (f":{currency}" if currency != first else "")
    gaps += [_shared(postings[key], key, [*several.values()]) for key, several in named.items() if len(several) > 1]
    return paid, tuple(gaps)


def _shared(payment: Posting, key: str, assets: Sequence[Asset]) -> Gap:
    """Return the gap of a payment that several assets name: which of them it bought only the register can say."""
    names = ", ".join(asset.record for asset in assets)
    names_zh = "、".join(asset.record for asset in assets)
    amount = f"{major(-payment.amount, payment.currency, group=True)} {payment.currency}"
    day = payment.booked or payment.value_date
    return Gap(
        id=f"asset/{'+'.join(asset.record for asset in assets)}/{key}",
        kind="conflict",
        description_en=f"Assets {names}: the asset register names one payment, of {amount} on {day}, for each of them; it is "
        "traced into none of them. Leave it in paid_reference of the asset that it bought.",
        description_zh=f"资产 {names_zh}：登记资料将 {day} {amount} 的同一笔付款分别载于各项资产；未追踪至其中任何一项。"
        "请仅在该笔付款所购资产的 paid_reference 中保留。",
        affects=tuple(asset.record for asset in assets),
        amount=-payment.amount,
        currency=payment.currency,
        ask_en=f"Payment record for the acquisition of {names}, showing what the payment of {amount} on {day} bought.",
        ask_zh=f"取得 {names_zh} 的付款记录，载明 {day} {amount} 的付款所购何物。",
        cites=(payment.cite, *(asset.cite for asset in assets)),
    )


def unpaid(paid: Mapping[str, str], postings: Mapping[str, Posting], rows: Container[str]) -> tuple[Gap, ...]:
    """Return a gap for each payment of an asset that the books do not carry, so that it is in no target.

    rows   the postings that the books carry: not an interim report or an advice, and not what the bank undid
    """
    gaps = []
    for key, target in sorted(paid.items()):
        if key in rows:
            continue
        p = postings[key]
        record = target.removeprefix("sink:ASSET:").removesuffix(f":{p.currency}")
        amount = f"{major(-p.amount, p.currency, group=True)} {p.currency}"
        day = p.booked or p.value_date
        gaps.append(
            Gap(
                id=f"unpaid/{record}/{key}",
                kind="conflict",
                description_en=f"Asset {record}: the payment of {amount} on {day} that the asset register names is not traced into "
                "it: the bank undid it, the account received it back at once, or no statement shows it. Name the payment that "
                "stands in paid_reference of the register, or load the statement.",
                description_zh=f"资产 {record}：登记资料所载 {day} {amount} 的付款未追踪至该资产：银行已冲销、款项即时退回本账户，"
                "或不见于任何对账单。请在登记资料的 paid_reference 中载明有效的付款，或载入对账单。",
                affects=(record, p.account_key or p.account),
                amount=-p.amount,
                currency=p.currency,
                ask_en=f"Payment record for the acquisition of {record}, with the statement of {p.account} around {day}.",
                ask_zh=f"取得 {record} 的付款记录，以及账户 {p.account} 在 {day} 前后的对账单。",
                cites=(p.cite,),
            )
        )
    return tuple(gaps)
