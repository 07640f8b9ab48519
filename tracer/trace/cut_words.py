"""A minimum cut as sentences a reader checks by hand (tracing.md 5.5).

Cross the named places out, see that no other money can reach the targets, add the amounts up. Every sentence form
stands once, in English and in Chinese.

Authority: max-flow min-cut (Ford and Fulkerson 1956): the places of a minimum cut add up to the flow.
Units:     amounts in major units with their currency; XXX (no currency) prints the number alone.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from fractions import Fraction
from typing import Literal

from tracer.model import major
from tracer.trace.bounds_graph import BALANCE, CHARGE, DOUBTFUL, DRAWN, HOLD, PAID, REPAID, TRANSFER, FlowGraph
from tracer.trace.entries import Entries

__all__ = ["Certificate", "CutArc", "Language", "render", "source_arc", "through_arc"]

Language = Literal["en", "zh"]

#: A cut with more places than this is told in groups: same kind, same account, same target.
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
            "At {count} places of the same kind, from entry {first} to entry {last} ({kind}, account {account}{goal}), "
            "no more than {amount} passed in all."
        ),
        "在同类的{count}处（{kind}，账户{account}{goal}，自第{first}笔至第{last}笔），合计通过的资金不超过{amount}。",
    ),
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
    "nothing": (
        "Nothing was recorded into {targets}.",
        "{targets}没有任何入账记录。",
    ),
    "opening": ("the opening balance of {amount}", "期初余额{amount}"),
    "credit": ("the credit of {amount} to account {account}{on}{cite}", "{on}账户{account}贷记{amount}{cite}"),
    "debit": ("the debit of {amount} to {target}{on}{cite}", "{on}账户{account}向{target}借记{amount}{cite}"),
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
    capacity  minor units of the account's currency; `worth` in the currency of the targets (differs by a conversion)
    """

    kind: str
    row: int
    account: int
    capacity: int
    worth: Fraction
    other: int = -1
    target: str = ""
    label: str = ""


@dataclass(frozen=True, slots=True)
class Certificate:
    """One side of the bounds with the minimum cut that proves it; `rated`: a linear program's prices prove it."""

    side: Literal["floor", "ceiling"]
    targets: tuple[str, ...]
    labels: tuple[str, ...]
    currency: str
    recorded: int
    cut: int
    bound: int
    arcs: tuple[CutArc, ...]
    rated: bool = False


def _worth(graph: FlowGraph, capacity: int, account: int, unit: int) -> Fraction:
    return Fraction(capacity * int(graph.scale[account]), unit)


def source_arc(graph: FlowGraph, index: int, unit: int) -> CutArc:
    """Return source `index` of the network as a place of a cut."""
    row, code = int(graph.source_row[index]), int(graph.source_label[index])
    account, amount = int(graph.entries.account[row]), int(graph.source_amount[index])
    kind = {DRAWN: "drawn", DOUBTFUL: "doubtful"}.get(code, "source")
    label = "K" if code == DRAWN else graph.entries.labels[code] if code >= 0 else ""
    return CutArc(kind, row, account, amount, _worth(graph, amount, account, unit), label=label)


def through_arc(graph: FlowGraph, index: int, unit: int) -> CutArc:
    """Return arc `index` of the network as a place of a cut."""
    row, capacity = int(graph.row[index]), int(graph.capacity[index])
    account, target = int(graph.entries.account[row]), int(graph.target[index])
    kind = KINDS[int(graph.kind[index])]
    partner = int(graph.entries.partner[row]) if kind == "transfer" else -1
    return CutArc(
        kind,
        row,
        account,
        capacity,
        _worth(graph, capacity, account, unit),
        other=int(graph.entries.account[partner]) if partner >= 0 else -1,
        target=graph.targets[target] if target >= 0 else "",
    )


def render(entries: Entries, certificate: Certificate, language: Language = "en") -> tuple[str, ...]:
    """Return the certificate in words: one sentence per place, then the conclusion."""
    return _Told(entries, certificate, 0 if language == "en" else 1).sentences()


@dataclass(frozen=True, slots=True)
class _Told:
    entries: Entries
    certificate: Certificate
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
        places = [self.place(arc) for arc in c.arcs] if len(c.arcs) <= PLACES else list(self.groups())
        if c.rated:
            places = [self.say("rates", amount=self.amount(c.cut, c.currency))]
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

    def groups(self) -> Iterable[str]:
        kinds: dict[tuple[str, int, str], list[CutArc]] = {}
        for arc in self.certificate.arcs:
            kinds.setdefault((arc.kind, arc.account, arc.target), []).append(arc)
        for (kind, account, target), arcs in kinds.items():
            if len(arcs) == 1:
                yield self.place(arcs[0])
                continue
            yield self.say(
                "group",
                count=len(arcs),
                kind=kind,
                account=self.entries.accounts[account],
                goal=self.say("goal", target=self.names((target,))) if target else "",
                first=arcs[0].row,
                last=arcs[-1].row,
                amount=self.carried(sum(a.capacity for a in arcs), account, sum((a.worth for a in arcs), Fraction(0))),
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
