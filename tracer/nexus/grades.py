"""Grades of evidence, and the sentence that each permits (nexus.md section 4).

A sentence is made only by `sentence(evidence)`, and the evidence carries its grade: the template of a better grade than the
evidence has cannot be asked for.
"""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["ORDER", "Evidence", "better", "sentence"]

#: Best first. More documents never lower a grade.
ORDER = ("G1", "G2a+", "G2a", "G2b", "G3", "G4", "G5", "G0")

_ROLES_ZH = {
    "INSTRUCTING": "指示行",
    "INSTRUCTED": "受指示行",
    "ORIGINATOR_BANK": "汇款行",
    "SENDER_REIMBURSEMENT": "发报行代理行",
    "RECEIVER_REIMBURSEMENT": "收报行代理行",
    "THIRD_REIMBURSEMENT": "第三偿付行",
    "INTERMEDIARY": "中间行",
    "BENEFICIARY_BANK": "收款行",
    "ACCOUNT_SERVICER": "账户行",
    "NARRATIVE": "附言所提机构",
}
_TEMPLATES = {
    "G1": (
        "The records of {x} show a {side} of {amount} on {day} in the account of {y} at {x}.",
        "{x}的记录显示，{day}在{y}开于{x}的账户{side_zh} {amount}。",
    ),
    "G1-wire": (
        "A Fedwire record produced by {producer} shows a transfer of {amount} on {day} from {a} to {b}.",
        "{producer}提供的 Fedwire 记录显示，{day}有一笔 {amount} 由{a}转至{b}。",
    ),
    "G2a": (
        "Bank {s} instructed US institution {x} on {day} to pay {amount}.",
        "{s}于{day}指示美国机构{x}支付 {amount}。",
    ),
    "G2a-sent": (
        "US institution {x} sent bank {s} a message of {day} for {amount}.",
        "美国机构{x}于{day}向{s}发送一份金额为 {amount} 的报文。",
    ),
    "G2b": (
        "The instruction of {day} designates US institution {x} as {role}.",
        "{day}的付款指示指定美国机构{x}为{role_zh}。",
    ),
    "G3": ("The document of {s} refers to {x}.", "{s}的文件提及{x}。"),
    "G4": ("Published instructions of {day} list {x} for {ccy}.", "{day}公布的结算指示将{x}列为 {ccy} 代理行。"),
    "G5": ("Lead: request the correspondent records.", "线索：应请求调取代理行记录。"),
    "G0": ("No US institution appears in the documents.", "文件中未出现美国机构。"),
}
_ADDED = {
    "ack": (" The network accepted the message.", "报文系统已接受该报文。"),
    "books": (" The sender's books show the matching entry.", "发报行账册有相应记账。"),
}


@dataclass(frozen=True, slots=True)
class Evidence:
    """What one document shows of one institution: grade, the variant of the template, and the words that fill it."""

    grade: str
    form: str = ""
    words: tuple[tuple[str, str], ...] = ()
    added: tuple[str, ...] = ()


def better(one: str, other: str) -> str:
    """Return the better of two grades."""
    return min(one, other, key=ORDER.index)


def sentence(evidence: Evidence) -> tuple[str, str]:
    """Return the permitted sentence in English and Chinese."""
    base = "G2a" if evidence.grade == "G2a+" else evidence.grade
    english, chinese = _TEMPLATES[f"{base}-{evidence.form}" if f"{base}-{evidence.form}" in _TEMPLATES else base]
    words = dict.fromkeys(
        ("x", "y", "s", "a", "b", "side", "side_zh", "amount", "day", "role", "producer", "ccy"), "-"
    ) | dict(evidence.words)
    words["role_zh"] = _ROLES_ZH.get(words["role"], words["role"])
    words["role"] = words["role"].replace("_", " ").lower()
    extra = [_ADDED[name] for name in evidence.added if evidence.grade == "G2a+"]
    return english.format(**words) + "".join(e for e, _ in extra), chinese.format(**words) + "".join(
        z for _, z in extra
    )
