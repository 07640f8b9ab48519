"""The words of the annex: the sentence forms the generator has, and the lint that keeps others out (annex.md section 11).

Neutral words only: an argumentative summary is excluded (requests.md section 1, fact 5). A form has both languages, so that
paragraphs are equal in number, figures and dates; each ends with its cite.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

__all__ = ["FORMS", "lint", "say"]

#: Use -> (English, Chinese). The generator has no others. annex.md section 11 has one form for every movement; a purchase,
#: a withdrawal in cash, a charge and a balance that changed while no record was held have forms of their own here,
#: because "was transferred to" would state of them what no record shows.
FORMS: dict[str, tuple[str, str]] = {
    "transfer": (
        "On {date}, {amount} {ccy} was transferred from {a} to {b} [{X}].",
        "{date}，{amount} {ccy} 由{a}汇至{b}[{X}]。",
    ),
    "asset": (
        "On {date}, {amount} {ccy} was paid from {a} for {b} [{X}].",
        "{date}，自{a}支付 {amount} {ccy}，用于取得{b}[{X}]。",
    ),
    "cash": (
        "On {date}, {amount} {ccy} was withdrawn in cash from {a} [{X}].",
        "{date}，自{a}提取现金 {amount} {ccy}[{X}]。",
    ),
    "charge": (
        "On {date}, {amount} {ccy} was debited to {a} as a bank charge [{X}].",
        "{date}，{a}被扣收银行费用 {amount} {ccy}[{X}]。",
    ),
    "paid": (
        "On {date}, {amount} {ccy} was paid from {a} to {b}, as the statement names the payee [{X}].",
        "{date}，自{a}支付 {amount} {ccy} 予{b}（收款人以对账单所载为准）[{X}]。",
    ),
    "fell": (
        "Between {d1} and {d2}, a period of which no record was available, the balance of {a} fell by {amount} {ccy} [16:{id}].",
        "{d1}至{d2}期间未取得记录，{a}的余额减少 {amount} {ccy}[16:{id}]。",
    ),
    "traced": (
        "Under {method}, {traced} {ccy} of that amount is traced to event {E} [{ref}].",
        "按{method}计算，其中 {traced} {ccy} 可追踪至事件{E}[{ref}]。",
    ),
    "ownership": (
        "As of {date}, {register} records {owner} as holding {pct} of {owned} [{X}].",
        "截至{date}，{register}记载{owner}持有{owned}的{pct}[{X}]。",
    ),
    "gap": (
        "No record was available for {account} from {d1} to {d2}; effect on the traced amount: {lo} to {hi} {ccy} [16:{id}].",
        "未取得{account} {d1}至{d2}的记录；对追踪金额的影响为 {lo} 至 {hi} {ccy}[16:{id}]。",
    ),
}

_STEMS = (
    r"launder\w*", r"shams?", r"loot\w*", r"illegal\w*", r"illicit\w*", r"stolen", r"dirty", r"taint\w*", r"crook\w*",
    r"kleptocra\w*", r"plunder\w*", r"conceal\w*", r"hid(?:e|es|ing|den)", r"siphon\w*", r"shell compan(?:y|ies)",
    r"front compan(?:y|ies)", r"brib\w*", r"corrupt\w*", r"huge", r"massive", r"in order to", r"deliberate(?:ly)?",
)  # fmt: skip
_ENGLISH = re.compile(rf"\b(?:{'|'.join(_STEMS)})\b", re.IGNORECASE)
_CHINESE = re.compile(
    "洗钱|洗白|赃款|赃物|非法|违法|贪污|受贿|行贿|贪官|腐败分子|隐瞒|藏匿|侵吞|空壳公司|白手套|巨额|意图|为了"
)
#: A quotation that carries its cite is the source's own wording.
_QUOTED = re.compile(r"[\"“「][^\"”」]{0,2000}[\"”」]\s?\[[^\]]{1,200}\]")


def say(use: str, **values: str) -> tuple[str, str]:
    """Return one sentence in English and Chinese; a value that differs by language is given as `name_en`, `name_zh`."""
    made = []
    for language, form in zip(("en", "zh"), FORMS[use], strict=True):
        own = {k.removesuffix(f"_{language}"): v for k, v in values.items() if k.endswith(f"_{language}")}
        made.append(form.format(**(values | own)))
    return made[0], made[1]


def lint(text: str, allowed: Iterable[str] = ()) -> tuple[str, ...]:
    """Return the words of `text` that the annex does not use.

    `allowed` are phrases that keep their own wording: names of persons, exhibits, offences, statutes and authorities.
    """
    rest = _QUOTED.sub(" ", text)
    for phrase in sorted({p for p in allowed if p}, key=len, reverse=True):
        rest = rest.replace(phrase, " ")
    return tuple(found[0] for pattern in (_ENGLISH, _CHINESE) for found in pattern.finditer(rest))
