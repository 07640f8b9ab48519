"""Grades of evidence, and the sentence that each permits (nexus.md section 4).

One type per form of evidence. It states its own sentences and carries only the facts that its grade shows: there is no call
that renders a better sentence than the evidence has, because no object of that grade exists. The grade is a class attribute and
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
    "Kept",
    "Lead",
    "Listed",
    "Nothing",
    "Referred",
    "Sent",
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
    """What one document shows of one institution. `document` is named in every sentence; `place` is the country.

    A form states its sentences as `EN` and `ZH`, in which `e` is the object itself: what it does not carry, it cannot say.
    """

    grade: ClassVar[str]
    EN: ClassVar[str]
    ZH: ClassVar[str]
    institution: str
    place: str
    document: str

    def english(self) -> str:
        """Return the permitted sentence in English."""
        return self.EN.format(e=self)

    def chinese(self) -> str:
        """Return the permitted sentence in Chinese."""
        return self.ZH.format(e=self)

    @property
    def code(self) -> str:
        return f"S-{self.grade}"

    @property
    def who(self) -> str:
        """Return "US institution X", or "X, an institution in PR, a US territory,"."""
        if self.place in TERRITORIES:
            return f"{self.institution}, an institution in {self.place}, a US territory,"
        return f"US institution {self.institution}"

    @property
    def whose(self) -> str:
        """Return `who` as it stands before a bracket."""
        return self.who.removesuffix(",")

    @property
    def who_zh(self) -> str:
        if self.place in TERRITORIES:
            return f"位于美国属地 {self.place} 的机构 {self.institution}"
        return f"美国机构 {self.institution}"


@dataclass(frozen=True, slots=True)
class Entry(Evidence):
    """A record made by the institution itself: statement, MT900, MT910, camt."""

    grade = "G1"
    EN = (
        "The records of {e.whose} ({e.document}) show a {e.side[0]} of {e.amount} on {e.day} in the account of {e.holder} at "
        "{e.institution}{e.where}."
    )
    ZH = "{e.who_zh}的记录（{e.document}）显示，{e.day} 在 {e.holder} 的账户{e.side[1]} {e.amount}。"
    is_credit: bool
    amount: str
    day: str
    holder: str
    city: str = ""

    @property
    def side(self) -> tuple[str, str]:
        return ("credit", "贷记") if self.is_credit else ("debit", "借记")

    @property
    def where(self) -> str:
        return f", {self.city}" if self.city else ""


@dataclass(frozen=True, slots=True)
class FedwireRecord(Evidence):
    """A Fedwire record in a US production: both its ends hold accounts at a Federal Reserve Bank."""

    grade = "G1"
    EN = (
        "A Fedwire record ({e.document}) produced by {e.producer} shows a transfer of {e.amount} on {e.day} from {e.sender} "
        "to {e.receiver}."
    )
    ZH = "{e.producer} 提供的 Fedwire 记录（{e.document}）显示，{e.day} 有一笔 {e.amount} 由 {e.sender} 转至 {e.receiver}。"
    producer: str
    amount: str
    day: str
    sender: str
    receiver: str


@dataclass(frozen=True, slots=True)
class Instructed(Evidence):
    """A payment message addressed to the institution, in another bank's production. It does not show execution."""

    grade = "G2a"
    EN = "Bank {e.sender} instructed {e.who} on {e.day} to pay {e.amount} ({e.document})."
    ZH = "{e.sender} 于 {e.day} 指示{e.who_zh}支付 {e.amount}（{e.document}）。"
    sender: str
    amount: str
    day: str


@dataclass(frozen=True, slots=True)
class Kept(Instructed):
    """The same instruction in the institution's own files: still an instruction, no entry (nexus.md section 0)."""

    EN = "The records of {e.whose} contain an instruction of {e.sender} of {e.day} ({e.document}) to pay {e.amount}."
    ZH = "{e.who_zh}的记录中有 {e.sender} 于 {e.day} 发出的支付 {e.amount} 的指示（{e.document}）。"


@dataclass(frozen=True, slots=True)
class Sent(Evidence):
    """A payment message sent by the institution."""

    grade = "G2a"
    EN = "{e.who} sent bank {e.receiver} a message of {e.day} for {e.amount} ({e.document})."
    ZH = "{e.who_zh}于 {e.day} 向 {e.receiver} 发送金额为 {e.amount} 的报文（{e.document}）。"
    receiver: str
    amount: str
    day: str


@dataclass(frozen=True, slots=True)
class Accepted(Evidence):
    """An instruction or a message sent, with the network's acknowledgement or the matching entry in the sender's books."""

    grade = "G2a+"
    EN = "{e.base_en}{e.added[0]}"
    ZH = "{e.base_zh}{e.added[1]}"
    base: Instructed | Sent
    network: bool
    books: bool

    @property
    def base_en(self) -> str:
        return self.base.english()

    @property
    def base_zh(self) -> str:
        return self.base.chinese()

    @property
    def added(self) -> tuple[str, str]:
        said = [
            *([(" The network accepted the message.", "报文系统已接受该报文。")] if self.network else []),
            *([(" The sender's books show the matching entry.", "发报行账册有相应记账。")] if self.books else []),
        ]
        return "".join(en for en, _ in said), "".join(zh for _, zh in said)


@dataclass(frozen=True, slots=True)
class Designated(Evidence):
    """Named only in fields 52 to 58 or as an agent: that funds were there takes the cover or a confirmation."""

    grade = "G2b"
    EN = "The instruction ({e.document}) designates {e.who} as {e.named[0]}."
    ZH = "付款指示（{e.document}）指定{e.who_zh}为{e.named[1]}。"
    role: str

    @property
    def named(self) -> tuple[str, str]:
        return _ROLES[self.role]


@dataclass(frozen=True, slots=True)
class Referred(Evidence):
    """Named in narrative, or in a statement, advice or copied record of a foreign production."""

    grade = "G3"
    EN = "{e.producer}'s document ({e.document}) refers to {e.institution}."
    ZH = "{e.producer} 的文件（{e.document}）提及 {e.institution}。"
    producer: str


@dataclass(frozen=True, slots=True)
class Listed(Evidence):
    """Only a settlement-instruction list valid on the date: never that this wire used the bank."""

    grade = "G4"
    EN = "Published instructions ({e.document}) valid on {e.day} list {e.institution} for {e.currency}."
    ZH = "{e.day} 有效的公开结算指示（{e.document}）将 {e.institution} 列为 {e.currency} 代理行。"
    day: str
    currency: str


@dataclass(frozen=True, slots=True)
class Lead(Evidence):
    """USD between banks of different groups, nothing else."""

    grade = "G5"
    EN = "Lead: request the correspondent records ({e.document})."
    ZH = "线索：应请求调取代理行记录（{e.document}）。"


@dataclass(frozen=True, slots=True)
class Nothing(Evidence):
    """On-us, a named offshore clearing, only a test BIC, or another currency without a US agent."""

    grade = "G0"
    EN = "No US institution appears in {e.document}."
    ZH = "{e.document} 中未出现美国机构。"


def better(one: str, other: str) -> str:
    """Return the better of two grades."""
    return min(one, other, key=ORDER.index)


def best(found: Iterable[Evidence]) -> Evidence:
    """Return the evidence of the best grade; of equals, the one whose sentence comes first, whatever the order of loading."""
    return min(found, key=lambda one: (ORDER.index(one.grade), one.english()))
