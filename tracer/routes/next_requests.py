"""What to ask for next: the gaps of a case ranked by the money that each decides, each with its line in both languages.

A gap decides what it moves: its effect on the floor, the ceiling and each rule's figure of an asset or a balance, computed
with it and without it (`Gap.effects`; the rim adds what only a changed trace can tell). Amounts of two currencies are not
compared: the rank goes by the share of all property of that currency that the effect is, then by the amount at stake. Money
that left towards a payee decides what the records of that payee's account would show: at most the ceiling of what left.

Feeds:     R4.8, the assistance sought and its relevance (requests.md section 3).
Authority: UNCAC art. 46(15)(d) to (f): the assistance sought, the persons, the purpose [K].
Against:   an effect is what the record could move, not what it will; a record that moves nothing may still identify a person.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import date
from fractions import Fraction

from tracer.model import (
    RULE_NAMES,
    Account,
    AssetTrace,
    Dossier,
    Gap,
    GapEffect,
    NextRequest,
    Posting,
    Statement,
    major,
)
from tracer.model.targets import asset_of

__all__ = ["next_requests"]

#: Kind of gap -> the type of record that closes it, in English and Chinese. A kind that no bank record closes is not here.
_RECORDS: dict[str, tuple[str, str]] = {
    "missing_statement": ("statements with all entries and balances", "载明全部记账和余额的对账单"),
    "break": ("the original statement, every line legible", "每笔记账清晰可读的对账单原件"),
    "overlap": ("the bank's own ledger with the sequence number of each entry", "附每笔流水号的银行分户账"),
    "unmatched_leg": ("statement with the entry that corresponds", "载有对应记账的对账单"),
    "unknown_origin": (
        "opening balance and earlier statements, or the payer's records",
        "期初余额及此前对账单，或付款人记录",
    ),
    "unordered_day": ("time stamps or sequence numbers of the entries", "各笔记账的时间戳或流水号"),
    "conflict": ("the payment record", "付款记录"),
    "rejected_line": ("the original of the line, legible", "该行的清晰原件"),
    "unnamed_counterparty": ("payment order with the name and account of the payee", "载明收款人名称和账户的付款指令"),
    "cash": ("cash withdrawal slips and the identity of who drew", "取现凭证及取款人身份"),
    "onward": ("statements and opening file of the payee's account", "收款账户的对账单和开户资料"),
}


def next_requests(dossier: Dossier, more: Mapping[str, tuple[GapEffect, ...]] | None = None) -> tuple[NextRequest, ...]:
    """Return what to ask for, the record that decides most first; `more`: gap id -> effects that the rim computed.

    What a record in hand already answers asks for nothing (`Gap.ask_en` is empty) and is left out.
    """
    writer = _Writer(dossier)
    asked = [
        writer.request(gap, (*gap.effects, *(more or {}).get(gap.id, ())))
        for gap in dossier.gaps
        if gap.ask_en and gap.kind in _RECORDS
    ]
    asked += [writer.onward(target) for target in dossier.trace.targets if _left(target)]
    ordered = sorted(asked, key=lambda one: (*writer.weight(one), one.gap))
    return tuple(replace(one, rank=n) for n, one in enumerate(ordered, 1))


def _left(target: AssetTrace) -> bool:
    """Say whether proceeds may have left to somebody whose records would show where they went on."""
    body = target.target.removeprefix("sink:")
    outside = body.startswith("PAID:") or body.partition(":")[0] in ("UNKNOWN", "CASH")
    return outside and target.bounds.ceiling > 0


class _Writer:
    """Puts accounts, banks, assets and amounts of one dossier into words; keys of the trace are never printed."""

    def __init__(self, dossier: Dossier) -> None:
        self.dossier = dossier
        described = {a.record: a.description or a.record for a in dossier.assets.values()}
        self.assets = {f"sink:ASSET:{record}": text for record, text in described.items()}
        for target in dossier.trace.targets:
            record, currency = asset_of(target.target, described)
            if currency:
                self.assets[target.target] = f"{described[record]} ({currency})"
        self.stated: dict[str, Account] = {}
        for account in dossier.accounts.values():
            for key in filter(None, (account.account_key, account.number, account.iban)):
                self.stated.setdefault(key, account)
        self.shown: dict[str, Statement] = {}
        for statement in dossier.statements.values():
            for key in filter(None, (statement.account_key, statement.account)):
                self.shown.setdefault(key, statement)
        self.property: dict[str, int] = {}
        for joint in dossier.trace.joint:
            self.property[joint.currency] = self.property.get(joint.currency, 0) + joint.recorded
        self.kinds = {t.target: t.kind for t in dossier.trace.targets}

    def account(self, key: str) -> tuple[str, str]:
        """Return (bank, number) as the records print them; "" where none does."""
        stated, shown = self.stated.get(key), self.shown.get(key)
        stated = stated or (self.stated.get(shown.account) if shown else None)
        bank = (stated.bank or stated.bic if stated else "") or (shown.servicer if shown else "")
        number = (stated.number if stated else "") or (shown.account if shown else "") or key.rpartition(":")[2]
        return bank, number

    def target(self, name: str) -> tuple[str, str]:
        """Return a target in both languages."""
        if name in self.assets:
            return self.assets[name], self.assets[name]
        if name.startswith("bal:"):
            _, number = self.account(name.removeprefix("bal:"))
            return f"the balance of account {number}", f"账户 {number} 的余额"
        if name.startswith("joint:"):
            currency = name.removeprefix("joint:")
            return f"all property in {currency}", f"全部 {currency} 财产"
        body = name.removeprefix("sink:")
        kind, _, rest = body.partition(":")
        if kind == "PAID":
            return f"what was paid to {rest}", f"付给 {rest} 的款项"
        if kind == "CASH":
            return "cash withdrawn", "所取现金"
        if kind == "GAP":
            _, number = self.account(
                rest.removesuffix(f":{rest.rpartition(':')[2]}") if rest not in self.shown else rest
            )
            return f"what left account {number} unseen", f"账户 {number} 未见流出的款项"
        if kind in ("FEE", "TRANSIT_FEE", "OVERDRAFT"):
            return "what the bank took", "银行收取的款项"
        return "payments without a named payee", "未载明收款人的付款"

    def counted(self, effect: GapEffect) -> bool:
        """Say whether the effect is on property that could be claimed: an asset, a balance, all of it together."""
        return self.kinds.get(effect.target) in ("asset", "balance") or effect.target.startswith("joint:")

    def weight(self, one: NextRequest) -> tuple[Fraction, Fraction, int]:
        """Return the rank: the largest share of property decided, then the share at stake, then the amount."""

        def share(currency: str, amount: int) -> Fraction:
            return Fraction(amount, max(1, self.property.get(currency, 0)))

        decided = max((share(currency, amount) for currency, amount in one.decides.items()), default=Fraction(0))
        return -decided, -share(one.currency, one.at_stake or 0), -(one.at_stake or 0)

    def request(self, gap: Gap, effects: tuple[GapEffect, ...]) -> NextRequest:
        """Return the request that closes one gap."""
        record, record_zh = _RECORDS[gap.kind]
        told = [e for e in effects if self.counted(e)] or list(effects)
        bank, number = self.account(gap.affects[0]) if gap.affects else ("", "")
        period = gap.period or self._day(gap)
        why, why_zh = self._why(told, gap.amount, gap.currency)
        return self._line(
            NextRequest(
                rank=0,
                gap=gap.id,
                kind=gap.kind,
                bank=bank,
                account=number,
                period=period,
                record_en=record,
                record_zh=record_zh,
                decides=_largest(told),
                at_stake=gap.amount,
                currency=gap.currency,
                line_en="",
                line_zh="",
                effects=tuple(told),
                cites=gap.cites,
            ),
            why,
            why_zh,
        )

    def _day(self, gap: Gap) -> tuple[date | None, date | None]:
        days = [
            day
            for p in self.dossier.postings.values()
            if p.cite in gap.cites and (day := p.booked or p.value_date) is not None
        ]
        return (min(days), max(days)) if days else (None, None)

    def onward(self, target: AssetTrace) -> NextRequest:
        """Return the request for the records of whoever was paid: they decide where the money went on."""
        postings = [self.dossier.postings[key] for key in target.postings if key in self.dossier.postings]
        body = target.target.removeprefix("sink:")
        kind = "onward" if body.startswith("PAID:") else "cash" if body.startswith("CASH") else "unnamed_counterparty"
        bank, number = self._payee(postings) if kind == "onward" else self._payer(postings)
        days = [day for p in postings if (day := p.booked or p.value_date) is not None]
        record, record_zh = _RECORDS[kind]
        name, name_zh = self.target(target.target)
        least = target.bounds.floor
        effects = tuple(
            GapEffect(target.target, target.currency, figure, 0, amount)
            for figure, amount in (*target.by_rule.items(), ("ceiling", target.bounds.ceiling))
            if amount
        )
        amount = f"{_money(least, target.currency)} to {_money(target.bounds.ceiling, target.currency)}"
        amount_zh = f"{_money(least, target.currency)} 至 {_money(target.bounds.ceiling, target.currency)}"
        return self._line(
            NextRequest(
                rank=0,
                gap=f"onward/{body}",
                kind=kind,
                bank=bank,
                account=number,
                period=(min(days), max(days)) if days else (None, None),
                record_en=record,
                record_zh=record_zh,
                decides={target.currency: target.bounds.ceiling},
                at_stake=target.recorded,
                currency=target.currency,
                line_en="",
                line_zh="",
                effects=effects,
                cites=tuple(p.cite for p in postings[:5]),
            ),
            f"{name}: {amount} of the proceeds left here whatever the rule; these records show where they went",
            f"{name_zh}：无论采用何种方法，{amount_zh} 的所得由此流出；该记录可显示其去向",
        )

    def _payee(self, postings: Iterable[Posting]) -> tuple[str, str]:
        """Return (bank, account) of a payee as the payments print them; several accounts are all named."""
        found = list(postings)
        banks = dict.fromkeys(p.counterparty_agent for p in found if p.counterparty_agent)
        numbers = dict.fromkeys(p.counterparty_account for p in found if p.counterparty_account)
        return ", ".join(banks), ", ".join(numbers)

    def _payer(self, postings: Iterable[Posting]) -> tuple[str, str]:
        keys = dict.fromkeys(p.account_key or p.account for p in postings)
        named = [self.account(key) for key in keys]
        return ", ".join(dict.fromkeys(b for b, _ in named if b)), ", ".join(dict.fromkeys(n for _, n in named))

    def _why(self, effects: list[GapEffect], amount: int | None, currency: str) -> tuple[str, str]:
        if not effects:
            if amount and currency:
                return (
                    f"{_money(amount, currency)} is at stake; no figure of a trace is known to move",
                    f"涉及 {_money(amount, currency)}；未见追踪数字因此变动",
                )
            return "it moves no figure that is known; a person says what it is for", "未见数字因此变动；用途由人员说明"
        best = max(effects, key=lambda e: Fraction(e.most - e.least, max(1, self.property.get(e.currency, 0))))
        name, name_zh = self.target(best.target)
        others = len({e.target for e in effects} - {best.target})
        span = f"{_money(best.least, best.currency)} and {_money(best.most, best.currency)}"
        span_zh = f"{_money(best.least, best.currency)} 与 {_money(best.most, best.currency)}"
        more = f" (and figures of {others} more)" if others else ""
        return (
            f"it decides between {span} for the {_figure(best.figure)[0]} of {name}{more}",
            f"决定{name_zh}的{_figure(best.figure)[1]}为 {span_zh}{f'（另影响 {others} 项）' if others else ''}",
        )

    def _line(self, one: NextRequest, why: str, why_zh: str) -> NextRequest:
        start, end = one.period
        when = (
            f", {start}"
            if start and start == end
            else f", {start or 'the first'} to {end or 'the last'}"
            if start or end
            else ""
        )
        when_zh = (
            f"，{start}"
            if start and start == end
            else f"，{start or '最早'} 至 {end or '最近'}"
            if start or end
            else ""
        )
        bank, bank_zh = (one.bank, one.bank) if one.bank else ("the bank (not printed)", "银行（未载明）")
        account = f"account {one.account}" if one.account else "account not printed"
        account_zh = f"账户 {one.account}" if one.account else "账户未载明"
        return replace(
            one,
            line_en=f"{bank}, {account}{when}: {one.record_en}. Why: {why}.",
            line_zh=f"{bank_zh}，{account_zh}{when_zh}：{one.record_zh}。理由：{why_zh}。",
        )


def _largest(effects: Iterable[GapEffect]) -> dict[str, int]:
    """Return currency -> the largest span of one figure: effects on several figures are not added up."""
    found: dict[str, int] = {}
    for effect in effects:
        found[effect.currency] = max(found.get(effect.currency, 0), effect.most - effect.least)
    return found


def _figure(name: str) -> tuple[str, str]:
    if name in RULE_NAMES:
        return f"{RULE_NAMES[name][0]} figure", f"{RULE_NAMES[name][0]} 数字"
    return {"floor": ("floor", "下限"), "ceiling": ("ceiling", "上限")}[name]


def _money(minor: int, currency: str) -> str:
    return f"{major(minor, currency, group=True)} {currency}"
