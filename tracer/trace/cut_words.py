"""A minimum cut as sentences a reader checks by hand (tracing.md 5.5).

Cross the named places out, see that no other money can reach the targets, add the amounts up. Every sentence form
stands once, in English and in Chinese.

Authority: max-flow min-cut (Ford and Fulkerson 1956): the places of a minimum cut add up to the flow.
Units:     amounts in major units with their currency; XXX (no currency) prints the number alone.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from fractions import Fraction
from operator import attrgetter
from typing import Literal

import numpy as np

from tracer.model import major
from tracer.trace.bounds_graph import BALANCE, CHARGE, DOUBTFUL, DRAWN, HOLD, PAID, REPAID, TRANSFER, FlowGraph
from tracer.trace.entries import Cents, Entries

__all__ = ["Certificate", "CutArc", "Language", "cut_arcs", "render", "render_both"]

Language = Literal["en", "zh"]

#: A cut with more places than this is told in groups of one kind, one account, one target; with more groups than this,
#: over all accounts of a currency. `certificates` always names every place.
PLACES = 25

KINDS = {
    HOLD: "hold",
    TRANSFER: "transfer",
    CHARGE: "charge",
    PAID: "paid",
    REPAID: "repaid",
    BALANCE: "balance",
}

FORMS: dict[str, tuple[str, str]] = {
    "hold": (
        "After {event}, only {amount} remained in account {account}, whatever its origin.",
        "{event}之后，账户{account}仅余{amount}，不论其来源。",
    ),
    "transfer": (
        "Only {amount} moved from account {account} to account {other}{on}{cite}.",
        "{on}从账户{account}转入账户{other}的仅有{amount}{cite}。",
    ),
    "charge": (
        "Only {amount} was kept back on the way to {target}{on}{cite}.",
        "{on}在途中扣留并计入{target}的仅有{amount}{cite}。",
    ),
    "paid": (
        "Only {amount} was paid from account {account} to {target}{on}{cite}.",
        "{on}从账户{account}付至{target}的仅有{amount}{cite}。",
    ),
    "repaid": (
        "Only {amount} repaid the bank's overdraft on account {account}{on}{cite}.",
        "{on}用于偿还账户{account}透支的仅有{amount}{cite}。",
    ),
    "balance": (
        "Only {amount} was left in account {account} when its records end.",
        "账户{account}记录截止时仅余{amount}。",
    ),
    "floor source": (
        "No more than {amount} of other money ({label}) entered by {event}.",
        "经由{event}进入的其他资金（{label}）不超过{amount}。",
    ),
    "ceiling source": (
        "No more than {amount} of proceeds ({label}) entered by {event}.",
        "经由{event}进入的涉案资金（{label}）不超过{amount}。",
    ),
    "drawn": (
        "No more than {amount} was lent by the bank on overdraft to account {account} at {event}.",
        "在{event}时，银行向账户{account}透支垫付的资金不超过{amount}。",
    ),
    "doubtful": (
        "No more than {amount}, whose origin is in doubt, entered by {event}.",
        "经由{event}进入的来源存疑资金不超过{amount}。",
    ),
    "group": (
        (
            "At {count} places of one kind ({kind}; {account}{goal}; entries {first} to {last}) "
            "no more than {amount} passed in all."
        ),
        "在同类的{count}处（{kind}；{account}{goal}；第{first}笔至第{last}笔），合计通过的资金不超过{amount}。",
    ),
    "account": ("account {account}", "账户{account}"),
    "accounts": ("{count} accounts", "{count}个账户"),
    "kind hold": ("balances carried", "结转余额"),
    "kind transfer": ("transfers", "转账"),
    "kind charge": ("charges on the way", "在途费用"),
    "kind paid": ("payments", "付款"),
    "kind repaid": ("repayments of overdrafts", "偿还透支"),
    "kind balance": ("closing balances", "期末余额"),
    "kind source": ("credits from outside", "外部入账"),
    "kind drawn": ("overdrafts drawn", "透支垫付"),
    "kind doubtful": ("credits of doubtful origin", "来源存疑的入账"),
    "rates": (
        (
            "Conversions ran at several rates, so no short list of places exists: {amount} is the exact bound that the "
            "prices of a linear program prove."
        ),
        "兑换采用了多个汇率，故不存在简短的清单：{amount}为线性规划对偶价格所证明的精确上界。",
    ),
    "floor none": (
        (
            "No other money could reach {targets}: all of the {recorded} recorded there is proceeds ({labels}) on any "
            "method."
        ),
        "没有任何其他资金能够到达{targets}：所记录的{recorded}在任何方法下全部为涉案资金（{labels}）。",
    ),
    "floor": (
        (
            "Other money that could have reached {targets} had to pass here, {cut} in all; so at least {recorded} - {cut} "
            "= {bound} of {targets} is proceeds ({labels}) on any method."
        ),
        (
            "能够到达{targets}的其他资金必须经过上述各处，合计{cut}；因此在任何方法下，{targets}中至少"
            "{recorded} - {cut} = {bound}为涉案资金（{labels}）。"
        ),
    ),
    "floor zero": (
        (
            "Other money could account for all of the {recorded} recorded into {targets}: no part of it is proceeds "
            "({labels}) on every method, and any figure rests wholly on the rule chosen."
        ),
        (
            "其他资金足以构成{targets}所记录的全部{recorded}：没有任何部分在所有方法下均为涉案资金（{labels}），"
            "任何数字完全取决于所选用的规则。"
        ),
    ),
    "ceiling none": (
        (
            "No proceeds ({labels}) could reach {targets}: none of the {recorded} recorded there is proceeds on any "
            "method."
        ),
        "没有任何涉案资金（{labels}）能够到达{targets}：所记录的{recorded}在任何方法下均非涉案资金。",
    ),
    "ceiling": (
        (
            "Proceeds ({labels}) that could have reached {targets} had to pass here, {cut} in all; so at most {bound} of "
            "the {recorded} recorded into {targets} is proceeds on any method."
        ),
        (
            "能够到达{targets}的涉案资金（{labels}）必须经过上述各处，合计{cut}；因此在任何方法下，"
            "{targets}所记录的{recorded}中至多{bound}为涉案资金。"
        ),
    ),
    "ceiling all": (
        (
            "Proceeds ({labels}) could account for all of the {recorded} recorded into {targets}: the ceiling does not "
            "limit the figure, and it rests on the rule chosen."
        ),
        "涉案资金（{labels}）足以构成{targets}所记录的全部{recorded}：上限不构成限制，数字取决于所选用的规则。",
    ),
    "floor order": (
        (
            "What was recorded into {targets} depends on the order within days that no record orders: {least} in the order "
            "that used the overdraft least, {posted} in the order taken, {most} at most; the floor is that of {least}."
        ),
        (
            "记入{targets}的金额取决于无记录可证次序之日的记账次序：透支最少的次序为{least}，所采次序为{posted}，"
            "至多{most}；下限按{least}计算。"
        ),
    ),
    "ceiling order": (
        (
            "What was recorded into {targets} depends on the order within days that no record orders: {least} in the order "
            "that used the overdraft least, {posted} in the order taken, {most} at most; the ceiling is that of {most}."
        ),
        (
            "记入{targets}的金额取决于无记录可证次序之日的记账次序：透支最少的次序为{least}，所采次序为{posted}，"
            "至多{most}；上限按{most}计算。"
        ),
    ),
    "unlabelled": (
        "No proceeds are entered in this trace: it says nothing of the money recorded into {targets}.",
        "本次追踪未列入任何涉案资金：对记入{targets}的款项不作任何结论。",
    ),
    "nothing": (
        "Nothing was recorded into {targets}.",
        "{targets}没有任何入账记录。",
    ),
    "opening": ("the opening balance of {amount} of account {account}", "账户{account}的期初余额{amount}"),
    "credit": ("the credit of {amount} to account {account}{on}{cite}", "{on}账户{account}贷记{amount}{cite}"),
    "debit": (
        "the debit of {amount} from account {account} to {target}{on}{cite}",
        "{on}账户{account}向{target}借记{amount}{cite}",
    ),
    "sent": ("the transfer of {amount} to account {other}{on}{cite}", "{on}向账户{other}转出{amount}{cite}"),
    "arrived": ("the arrival of {amount} from account {other}{on}{cite}", "{on}从账户{other}转入{amount}{cite}"),
    "block": ("the entries{on}, whose order is not known,", "{on}次序不明的各笔记录"),
    "on": (" on {day}", "{day}"),
    "cite": (" (posting {posting})", "（记录{posting}）"),
    "entry": (" (entry {row})", "（第{row}笔）"),
    "goal": (", to {target}", "，至{target}"),
    "worth": ("{amount} (worth {worth} at the executed rate)", "{amount}（按实际成交汇率折合{worth}）"),
    "held": ("the balance of account {account}", "账户{account}的余额"),
    "and": (" and ", "和"),
}


@dataclass(frozen=True, slots=True)
class CutArc:
    """One place of a minimum cut.

    kind      hold, transfer, charge, paid, repaid, balance, source, drawn, doubtful
    row       the entry the place is found by; for `hold` the entry after which the balance was carried
    account   code of the account at its tail; `other` of the account a transfer went to, else -1
    target    name of the target it leads into, or ""; `label` of a source, or ""
    capacity  minor units of the account's currency; `base` the same in the base unit of its chain of conversions, of
              which `unit` make one minor unit of the targets' currency
    """

    kind: str
    row: int
    account: int
    capacity: int
    base: int
    unit: int = 1
    other: int = -1
    target: str = ""
    label: str = ""

    @property
    def worth(self) -> Fraction:
        """Return the capacity in the currency of the targets; the worths of a cut add up to the flow."""
        return Fraction(self.base, self.unit)


@dataclass(frozen=True, slots=True)
class Certificate:
    """One side of the bounds with the minimum cut that proves it; `rated`: a linear program's prices prove it.

    recorded  what was recorded into the targets in the order that this side asks for: least for a floor, most for a
              ceiling; `posted` in the order of the entries; `span` (least, most). They differ only for what repaid a bank
              within a day whose order is not known
    """

    side: Literal["floor", "ceiling"]
    targets: tuple[str, ...]
    labels: tuple[str, ...]
    currency: str
    recorded: int
    cut: int
    bound: int
    arcs: tuple[CutArc, ...]
    rated: bool = False
    posted: int = 0
    span: tuple[int, int] = (0, 0)


def cut_arcs(graph: FlowGraph, sources: Cents, arcs: Cents, unit: int, most: Cents) -> tuple[CutArc, ...]:
    """Return sources and arcs of the network, given by index, as the places of a cut, in the order of the entries.

    most: capacity of each arc of the network on the side that the cut proves.
    """
    e = graph.entries
    places = []
    account = e.account[graph.source_row[sources]]
    entered = (graph.source_row, graph.source_label, graph.source_amount)
    rows = zip(*[c[sources].tolist() for c in entered], account.tolist(), graph.scale[account].tolist(), strict=True)
    for row, code, amount, at, scale in rows:
        kind = {DRAWN: "drawn", DOUBTFUL: "doubtful"}.get(code, "source")
        label = "K" if code == DRAWN else e.labels[code] if code >= 0 else ""
        places.append(CutArc(kind, row, at, amount, amount * scale, unit, label=label))
    account = e.account[graph.row[arcs]]
    partner = e.partner[graph.row[arcs]]
    other = np.where(partner >= 0, e.account[partner], -1)
    passed = (graph.row, graph.kind, graph.target, most)
    columns = [*[c[arcs] for c in passed], account, graph.scale[account], other]
    for row, code, target, capacity, at, scale, to in zip(*[c.tolist() for c in columns], strict=True):
        goal = graph.targets[target] if target >= 0 else ""
        to = to if code == TRANSFER else -1
        places.append(CutArc(KINDS[code], row, at, capacity, capacity * scale, unit, to, goal))
    return tuple(sorted(places, key=attrgetter("row")))


def render(entries: Entries, certificate: Certificate, language: Language = "en") -> tuple[str, ...]:
    """Return the certificate in words: one sentence per place, then the conclusion."""
    return render_both(entries, certificate)[0 if language == "en" else 1]


def render_both(entries: Entries, certificate: Certificate) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return the certificate in English and in Chinese; the places of a long cut are put together once."""
    members = [[arc] for arc in certificate.arcs]
    if len(members) > PLACES:
        arcs, money = certificate.arcs, entries.currencies
        members = _grouped(arcs, lambda arc: (arc.kind, arc.account, arc.target))
        if len(members) > PLACES:
            members = _grouped(arcs, lambda arc: (arc.kind, money[arc.account], arc.target))
    english, chinese = (_Told(entries, certificate, members, column).sentences() for column in (0, 1))
    return english, chinese


def _grouped(arcs: Iterable[CutArc], key: Callable[[CutArc], tuple[object, ...]]) -> list[list[CutArc]]:
    groups: dict[tuple[object, ...], list[CutArc]] = {}
    for arc in arcs:
        groups.setdefault(key(arc), []).append(arc)
    return list(groups.values())


@dataclass(frozen=True, slots=True)
class _Told:
    entries: Entries
    certificate: Certificate
    members: list[list[CutArc]]
    column: int

    def say(self, form: str, **parts: object) -> str:
        return FORMS[form][self.column].format(**parts)

    def amount(self, minor: int, currency: str) -> str:
        number = major(minor, currency, group=True)
        return number if currency == "XXX" else f"{currency} {number}"

    def sentences(self) -> tuple[str, ...]:
        c = self.certificate
        if not c.recorded:
            return (self.say("nothing", targets=self.names(c.targets)),)
        if not c.labels:
            return (self.say("unlabelled", targets=self.names(c.targets)),)
        places = [self.group(members) for members in self.members]
        if c.rated:
            places = [self.say("rates", amount=self.amount(c.cut, c.currency))]
        if c.span[0] < c.span[1]:
            least, posted, most = (self.amount(x, c.currency) for x in (c.span[0], c.posted, c.span[1]))
            names = self.names(c.targets)
            places.append(self.say(f"{c.side} order", targets=names, least=least, posted=posted, most=most))
        return (*places, self.conclusion())

    def conclusion(self) -> str:
        c = self.certificate
        if c.side == "floor":
            form = "floor none" if c.cut == 0 else "floor zero" if c.bound == 0 else "floor"
        else:
            form = "ceiling none" if c.bound == 0 else "ceiling all" if c.bound == c.recorded else "ceiling"
        return self.say(
            form,
            targets=self.names(c.targets),
            labels=", ".join(c.labels),
            recorded=self.amount(c.recorded, c.currency),
            cut=self.amount(c.cut, c.currency),
            bound=self.amount(c.bound, c.currency),
        )

    def place(self, arc: CutArc) -> str:
        e = self.entries
        form = f"{self.certificate.side} source" if arc.kind == "source" else arc.kind
        return self.say(
            form,
            amount=self.carried(arc.capacity, arc.account, arc.worth),
            account=e.accounts[arc.account],
            other=e.accounts[arc.other] if arc.other >= 0 else "",
            target=self.names((arc.target,)) if arc.target else "",
            label=arc.label,
            event=self.event(arc.row, block=arc.kind in ("hold", "drawn")),
            on=self.on(arc.row),
            cite=self.cite(arc.row),
        )

    def group(self, members: list[CutArc]) -> str:
        first, last, e = members[0], members[-1], self.entries
        accounts = {arc.account for arc in members}
        if len(members) == 1:
            return self.place(first)
        capacity, worth = sum(a.capacity for a in members), Fraction(sum(a.base for a in members), first.unit)
        one = self.say("account", account=e.accounts[first.account])
        return self.say(
            "group",
            count=len(members),
            kind=self.say(f"kind {first.kind}"),
            account=one if len(accounts) == 1 else self.say("accounts", count=len(accounts)),
            goal=self.say("goal", target=self.names((first.target,))) if first.target else "",
            first=first.row,
            last=last.row,
            amount=self.carried(capacity, first.account, worth),
        )

    def carried(self, capacity: int, account: int, worth: Fraction) -> str:
        own, theirs = self.entries.currencies[account], self.certificate.currency
        amount = self.amount(capacity, own)
        if own == theirs:
            return amount
        # the nearest cent is enough to read; the sum of the cut is exact
        return self.say("worth", amount=amount, worth=self.amount(round(worth), theirs))

    def event(self, row: int, *, block: bool) -> str:
        e = self.entries
        if block and e.block[row] >= 0:
            return self.say("block", on=self.on(row))
        partner = int(e.partner[row])
        if partner >= 0:
            form = "arrived" if e.credit[row] else "sent"
        else:
            form = "opening" if e.opening[row] else "credit" if e.credit[row] else "debit"
        account = int(e.account[row])
        return self.say(
            form,
            amount=self.amount(int(e.amount[row]), e.currencies[account]),
            account=e.accounts[account],
            other=e.accounts[int(e.account[partner])] if partner >= 0 else "",
            target=self.names((e.sinks[int(e.sink[row])],)) if e.sink[row] >= 0 else "",
            on=self.on(row),
            cite=self.cite(row),
        )

    def names(self, targets: tuple[str, ...]) -> str:
        def name(target: str) -> str:
            kind, _, rest = target.partition(":")
            return self.say("held", account=rest) if kind == "bal" else rest if kind == "sink" else target

        return self.say("and").join(name(target) for target in targets)

    def on(self, row: int) -> str:
        day = int(self.entries.day[row])
        return self.say("on", day=date(1970, 1, 1) + timedelta(days=day)) if day >= 0 else ""

    def cite(self, row: int) -> str:
        source = self.entries.source
        return self.say("cite", posting=source[row]) if source is not None else self.say("entry", row=row)
