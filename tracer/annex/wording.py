"""The words of the annex: the sentence forms the generator has, and the lint that keeps others out (annex.md section 11).

Neutral words only: an argumentative summary is excluded (requests.md section 1, fact 5). A form has both languages, so that
paragraphs are equal in number, figures and dates; each ends with its cite.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

__all__ = ["FORMS", "lint", "say"]

#: Use -> (English, Chinese). The generator has no others. annex.md section 11 has one form for every movement; a conversion, a purchase,
#: a withdrawal in cash, a charge and a balance that changed while no record was held have forms of their own here,
#: because "was transferred to" would state of them what no record shows.
FORMS: dict[str, tuple[str, str]] = {
    "transfer": (
        "On {date}, {amount} {ccy} was transferred from {a} to {b} [{X}].",
        "{date}，{amount} {ccy} 由{a}汇至{b}[{X}]。",
    ),
    "into parts": (
        "On {date}, {amount} {ccy} left {a} by a payment in parts, {b}: several lines that were judged to be one payment [{X}].",
        "{date}，{amount} {ccy} 由{a}以分部分的付款 {b} 付出：该数笔记账经判定为同一笔付款[{X}]。",
    ),
    "out of parts": (
        "On {date}, {amount} {ccy} of the payment in parts {a} arrived in {b} [{X}].",
        "{date}，分部分的付款 {a} 中的 {amount} {ccy} 到达{b}[{X}]。",
    ),
    "converted": (
        "On {date}, {amount} {ccy} was transferred from {a} to {b}, where {got} {into} was received, at the executed rate of {rate_en} {into} for 1 {ccy} [{X}].",
        "{date}，{amount} {ccy} 由{a}汇至{b}，入账 {got} {into}，执行汇率为 1 {ccy} 兑 {rate_zh} {into}[{X}]。",
    ),
    "entered": (
        "It was credited to {a} on {date} in the amount of {amount} {ccy} [{X}].",
        "该款项于 {date} 贷记{a}，金额为 {amount} {ccy}[{X}]。",
    ),
    "voided": (
        "The bank of {a} reversed that credit of {amount} {ccy} on {date}; nothing of it is followed [{X}].",
        "{a}的开户行于 {date} 冲回该笔 {amount} {ccy} 的贷记；未予追踪[{X}]。",
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
    "left": (
        "On {date}, {amount} {ccy} left {a}; the statement names no payee [{X}].",
        "{date}，{amount} {ccy} 自{a}转出；对账单未载明收款人[{X}]。",
    ),
    "fell": (
        "Between {d1} and {d2}, a period of which no record was available, the balance of {a} fell by {amount} {ccy} [16:{id}].",
        "{d1}至{d2}期间未取得记录，{a}的余额减少 {amount} {ccy}[16:{id}]。",
    ),
    "unsummed": (
        "The statement of {a} from {d1} to {d2} closes {amount} {ccy} below what its opening balance and lines make; no line shows what left, and the difference is carried after its last line [16:{id}].",
        "{a} {d1}至{d2}的对账单期末余额比期初余额加各笔记账少 {amount} {ccy}；没有记账载明该差额去向，差额列于最后一笔之后[16:{id}]。",
    ),
    "traced": (
        "Under {method}, {traced} {ccy} of that amount is traced to event {E} [{ref}].",
        "按{method}计算，其中 {traced} {ccy} 可追踪至事件{E}[{ref}]。",
    ),
    "rule": (
        "The amounts traced below are those of {method}, on every account; what each other rule gives and what holds under every rule is stated per asset after them [{ref}].",
        "以下追踪金额在各账户均按{method}计算；其他各法的金额以及任何规则下均成立的金额，随后按资产逐项载明[{ref}]。",
    ),
    "range": (
        "Of the {recorded} {ccy} paid for {b}, {selected} {ccy} is traced to {E} under {method}; over the {n} printed rules the figure is {lo} to {hi} {ccy} ({each}){orders} [{ref}].",
        "为{b}支付的 {recorded} {ccy} 中，按{method}计算可追踪至{E}的为 {selected} {ccy}；所列 {n} 种方法的金额为 {lo} 至 {hi} {ccy}（{each}）{orders}[{ref}]。",
    ),
    "every_rule": (
        "Whichever conserving rule is adopted, at least {floor} {ccy} (floor) and at most {ceiling} {ccy} (ceiling) of it is traced to {E} [{ref}].",
        "无论采用何种守恒规则，其中可追踪至{E}的至少为 {floor} {ccy}（下限），至多为 {ceiling} {ccy}（上限）[{ref}]。",
    ),
    "explained": (
        "The figure of {b} under {method} is told below entry by entry, in the order of posting, so that each amount can be followed by hand [{ref}].",
        "{b}按{method}所得的数字，以下依记账顺序逐笔说明，各金额均可手工核对[{ref}]。",
    ),
    "absorbed": (
        "Of {E}, {each} repaid the overdraft of {a} on {date}, before the last payment for {b}, and left the trail [{ref}].",
        "{E}中的 {each}于 {date}（在为{b}支付最后一笔款项之前）用于偿还{a}的透支，不再可追踪[{ref}]。",
    ),
    "no_absorbed": (
        "No part of {E} repaid an overdraft before the last payment for {b} [{ref}].",
        "在为{b}支付最后一笔款项之前，{E}中没有任何部分用于偿还透支[{ref}]。",
    ),
    "no_path": (
        "No payment in the records held leads from an event to {b}; nothing is traced into it [{ref}].",
        "所持记录中没有从事件通向{b}的付款；未追踪任何金额[{ref}]。",
    ),
    "joint": (
        "Of {b} together ({recorded} {ccy} recorded), at least {floor} {ccy} and at most {ceiling} {ccy} is traced to {E} whichever conserving rule is adopted; neither ceilings nor lowest figures are added up [{ref}].",
        "{b}合计（记录金额 {recorded} {ccy}），无论采用何种守恒规则，可追踪至{E}的至少为 {floor} {ccy}，至多为 {ceiling} {ccy}；上限与最低值均不得相加[{ref}]。",
    ),
    "wire_records": (
        "Records of payment {wire} held by {to}: account {account}; quote {quote}; relevance: the payment stands in section 3 and on sheet 09 [{ref}].",
        "{to}所持付款 {wire} 的记录：账户 {account}；请引用 {quote}；相关性：该付款见第3部分及第09表[{ref}]。",
    ),
    "ownership": (
        "As of {date}, {register} records {owner} as holding {pct} of {owned} [{X}].",
        "截至{date}，{register}记载{owner}持有{owned}的{pct}[{X}]。",
    ),
    "interest": (
        "As of {date}, {register} records {owner} as {interest} with respect to {owned} [{X}].",
        "截至{date}，{register}就{owned}记载{owner}为{interest}[{X}]。",
    ),
    "gap": (
        "No record was available for {account} from {d1} to {d2}; effect on the traced amount of {b}: {each} [16:{id}].",
        "未取得{account} {d1}至{d2}的记录；对{b}的追踪金额的影响为：{each}[16:{id}]。",
    ),
    "break": (
        "The statement of {account} from {d1} to {d2} does not sum by {amount} {ccy}; with its lines as printed and with none of them relied on, the traced amount of {b} is: {each}; another explanation may give another figure, and only the floor holds whatever explains it [16:{id}].",
        "{account} {d1}至{d2}的对账单有 {amount} {ccy} 未核平；按所载记账与完全不采信两种算法，{b}的追踪金额为：{each}；其他解释可能得出其他数字，只有下限在任何解释下均成立[16:{id}]。",
    ),
    "overlap": (
        "The statements of {account} that print the same days from {d1} to {d2} differ by {amount} {ccy}; with every line counted once and with none of them relied on, the traced amount of {b} is: {each}; another explanation may give another figure, and only the floor holds whatever explains it [16:{id}].",
        "{account} {d1}至{d2}覆盖相同日期的对账单相差 {amount} {ccy}；按每笔记账只计一次与完全不采信两种算法，{b}的追踪金额为：{each}；其他解释可能得出其他数字，只有下限在任何解释下均成立[16:{id}]。",
    ),
    "gap_none": (
        "No record was available for {account} from {d1} to {d2}; no traced amount stated here moves with it [16:{id}].",
        "未取得{account} {d1}至{d2}的记录；此处所载追踪金额均不受其影响[16:{id}]。",
    ),
    "order": (
        "No record gives the order of the entries of {account} on {d1}; effect of their order on the traced amount of {b}: {each} [16:{id}].",
        "没有记录载明{account} {d1}各笔记账的先后次序；次序对{b}的追踪金额的影响为：{each}[16:{id}]。",
    ),
    "order_parts": (
        "No record says which of the debits of {account} on {d1} that make up one payment left first; effect of their order on the traced amount of {b}: {each} [16:{id}].",
        "没有记录载明{account} {d1}构成同一笔付款的各借记的先后；次序对{b}的追踪金额的影响为：{each}[16:{id}]。",
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
