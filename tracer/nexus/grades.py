"""Grades of evidence, and the sentence that each permits (nexus.md section 4).

One type per grade. Its sentences are its own methods, and it carries only the facts that its grade shows: there is no call that
renders a better sentence than the evidence has, because no object of that grade exists. The grade is a class attribute and
cannot be passed in. Every sentence names its document. Nothing here says who owns an account, what anybody knew, or that an
asset is in the United States.

Order: G1 > G2a+ > G2a > G2b > G3 > G4 > G5 > G0. More documents never lower a grade.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import ClassVar

from tracer.nexus.identifiers import TERRITORIES

__all__ = [
    "ORDER",
    "Accepted",
    "Designated",
    "Entry",
    "Evidence",
    "FedwireRecord",
    "Instructed",
    "Lead",
    "Listed",
    "Nothing",
    "Referred",
    "Sent",
    "SentAccepted",
    "best",
    "better",
]

#: Best first.
ORDER = ("G1", "G2a+", "G2a", "G2b", "G3", "G4", "G5", "G0")

_ROLES = {
    "INSTRUCTING": ("instructing institution", "指示行"),
    "INSTRUCTED": ("instructed institution", "受指示行"),
    "ORIGINATOR_BANK": ("originator's bank", "汇款人开户行"),
    "SENDER_REIMBURSEMENT": ("the sender's reimbursement bank", "发报行代理行"),
    "RECEIVER_REIMBURSEMENT": ("the receiver's reimbursement bank", "收报行代理行"),
    "THIRD_REIMBURSEMENT": ("third reimbursement bank", "第三偿付行"),
    "INTERMEDIARY": ("intermediary bank", "中间行"),
    "BENEFICIARY_BANK": ("the beneficiary's bank", "收款人开户行"),
    "ACCOUNT_SERVICER": ("account servicer", "账户行"),
    "ACCOUNT_OWNER": ("account owner", "账户持有行"),
    "NARRATIVE": ("an institution named in free text", "附言所提机构"),
}


@dataclass(frozen=True, slots=True)
class Evidence:
    """What one document shows of one institution. `document` is named in every sentence; `place` is the country."""

    grade: ClassVar[str]
    institution: str
    place: str
    document: str

    def english(self) -> str:
        """Return the permitted sentence in English."""
        raise AssertionError

    def chinese(self) -> str:
        """Return the permitted sentence in Chinese."""
        raise AssertionError

    @property
    def code(self) -> str:
        return f"S-{self.grade}"

    @property
    def who(self) -> str:
        """Return "US institution X", or "X, an institution in PR, a US territory"."""
        if self.place in TERRITORIES:
            return f"{self.institution}, an institution in {self.place}, a US territory,"
        return f"US institution {self.institution}"

    @property
    def who_zh(self) -> str:
        if self.place in TERRITORIES:
            return f"位于美国属地 {self.place} 的机构 {self.institution}"
        return f"美国机构 {self.institution}"


@dataclass(frozen=True, slots=True)
class Entry(Evidence):
    """A record made by the institution itself: statement, MT900, MT910, camt."""

    grade = "G1"
    is_credit: bool
    amount: str
    day: str
    holder: str
    city: str = ""

    def english(self) -> str:
        where = f", {self.city}" if self.city else ""
        side = "credit" if self.is_credit else "debit"
        return (
            f"The records of {self.who.removesuffix(',')} ({self.document}) show a {side} of {self.amount} on {self.day} "
            f"in the account of {self.holder} at {self.institution}{where}."
        )

    def chinese(self) -> str:
        side = "贷记" if self.is_credit else "借记"
        return f"{self.who_zh}的记录（{self.document}）显示，{self.day} 在 {self.holder} 的账户{side} {self.amount}。"


@dataclass(frozen=True, slots=True)
class FedwireRecord(Evidence):
    """A Fedwire record in a US production: both its ends hold accounts at a Federal Reserve Bank."""

    grade = "G1"
    producer: str
    amount: str
    day: str
    sender: str
    receiver: str

    def english(self) -> str:
        return (
            f"A Fedwire record ({self.document}) produced by {self.producer} shows a transfer of {self.amount} on {self.day} "
            f"from {self.sender} to {self.receiver}."
        )

    def chinese(self) -> str:
        return (
            f"{self.producer} 提供的 Fedwire 记录（{self.document}）显示，{self.day} 有一笔 {self.amount} 由 {self.sender} "
            f"转至 {self.receiver}。"
        )


@dataclass(frozen=True, slots=True)
class Instructed(Evidence):
    """A payment message addressed to the institution, in any production. It does not show execution."""

    grade = "G2a"
    sender: str
    amount: str
    day: str
    own_files: bool = False

    def english(self) -> str:
        if self.own_files:
            return (
                f"The records of {self.who.removesuffix(',')} contain an instruction of {self.sender} of {self.day} "
                f"({self.document}) to pay {self.amount}."
            )
        return f"Bank {self.sender} instructed {self.who} on {self.day} to pay {self.amount} ({self.document})."

    def chinese(self) -> str:
        if self.own_files:
            return f"{self.who_zh}的记录中有 {self.sender} 于 {self.day} 发出的支付 {self.amount} 的指示（{self.document}）。"
        return f"{self.sender} 于 {self.day} 指示{self.who_zh}支付 {self.amount}（{self.document}）。"


@dataclass(frozen=True, slots=True)
class Sent(Evidence):
    """A payment message sent by the institution."""

    grade = "G2a"
    receiver: str
    amount: str
    day: str

    def english(self) -> str:
        return f"{self.who} sent bank {self.receiver} a message of {self.day} for {self.amount} ({self.document})."

    def chinese(self) -> str:
        return f"{self.who_zh}于 {self.day} 向 {self.receiver} 发送金额为 {self.amount} 的报文（{self.document}）。"


def _added(network: bool, books: bool) -> tuple[str, str]:
    english = (" The network accepted the message." if network else "") + (
        " The sender's books show the matching entry." if books else ""
    )
    return english, ("报文系统已接受该报文。" if network else "") + ("发报行账册有相应记账。" if books else "")


@dataclass(frozen=True, slots=True)
class Accepted(Evidence):
    """`Instructed`, with the network's acknowledgement or the matching entry in the sending bank's books."""

    grade = "G2a+"
    base: Instructed
    network: bool
    books: bool

    def english(self) -> str:
        return self.base.english() + _added(self.network, self.books)[0]

    def chinese(self) -> str:
        return self.base.chinese() + _added(self.network, self.books)[1]


@dataclass(frozen=True, slots=True)
class SentAccepted(Evidence):
    """`Sent`, with the network's acknowledgement or the matching entry in the sending bank's books."""

    grade = "G2a+"
    base: Sent
    network: bool
    books: bool

    def english(self) -> str:
        return self.base.english() + _added(self.network, self.books)[0]

    def chinese(self) -> str:
        return self.base.chinese() + _added(self.network, self.books)[1]


@dataclass(frozen=True, slots=True)
class Designated(Evidence):
    """Named only in fields 52 to 58 or as an agent: that funds were there takes the cover or a confirmation."""

    grade = "G2b"
    role: str

    def english(self) -> str:
        return f"The instruction ({self.document}) designates {self.who} as {_ROLES[self.role][0]}."

    def chinese(self) -> str:
        return f"付款指示（{self.document}）指定{self.who_zh}为{_ROLES[self.role][1]}。"


@dataclass(frozen=True, slots=True)
class Referred(Evidence):
    """Named in narrative, or in a statement, advice or copied record of a foreign production."""

    grade = "G3"
    producer: str

    def english(self) -> str:
        return f"{self.producer}'s document ({self.document}) refers to {self.institution}."

    def chinese(self) -> str:
        return f"{self.producer} 的文件（{self.document}）提及 {self.institution}。"


@dataclass(frozen=True, slots=True)
class Listed(Evidence):
    """Only a settlement-instruction list valid on the date: never that this wire used the bank."""

    grade = "G4"
    day: str
    currency: str

    def english(self) -> str:
        return (
            f"Published instructions ({self.document}) valid on {self.day} list {self.institution} for {self.currency}."
        )

    def chinese(self) -> str:
        return f"{self.day} 有效的公开结算指示（{self.document}）将 {self.institution} 列为 {self.currency} 代理行。"


@dataclass(frozen=True, slots=True)
class Lead(Evidence):
    """USD between banks of different groups, nothing else."""

    grade = "G5"

    def english(self) -> str:
        return f"Lead: request the correspondent records ({self.document})."

    def chinese(self) -> str:
        return f"线索：应请求调取代理行记录（{self.document}）。"


@dataclass(frozen=True, slots=True)
class Nothing(Evidence):
    """On-us, a named offshore clearing, only a test BIC, or another currency without a US agent."""

    grade = "G0"

    def english(self) -> str:
        return f"No US institution appears in {self.document}."

    def chinese(self) -> str:
        return f"{self.document} 中未出现美国机构。"


def better(one: str, other: str) -> str:
    """Return the better of two grades."""
    return min(one, other, key=ORDER.index)


def best(found: Iterable[Evidence]) -> Evidence:
    """Return the evidence of the best grade; of equals, the one whose sentence comes first, whatever the order of loading."""
    return min(found, key=lambda one: (ORDER.index(one.grade), one.english()))
