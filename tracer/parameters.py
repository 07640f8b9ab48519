"""The choices of a run as they are printed with it, each in English and Chinese from one place.

The English text is part of the id of a run: the same records and choices give the same words. Source: tracing.md 1.2, 1.3.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

import numpy as np

from tracer import trace
from tracer.model import CaseFile
from tracer.trace.changes import interest_rows
from tracer.trace.screens import SCREENS

__all__ = ["parameters_of"]

#: Values without figures of the case. Key -> (English, Chinese).
_FIXED = {
    "mode": ("integer: whole cents at every step, sums exact", "整数：每一步均以最小货币单位计算，合计无误差"),
    "reversal": ("void", "冲正双方记账均视为无效"),
    "proceeds_subrule": ("pro_rata", "所得内部各事件按比例"),
    "mixed_repay": ("pro_rata", "混合款偿还透支时按比例"),
    "fee": ("rule", "费用按规则支取"),
    "round_trips": ("kept", "资金回流予以保留"),
    "cash": (
        "a cash deposit is of unknown origin unless a re-deposit is elected",
        "现金存入来源不明，另选再存入者除外",
    ),
    "account_group": (
        "none: rules apply per account, not per owner, unless a group is elected",
        "无：规则按账户而非按持有人适用，另选账户归集者除外",
    ),
    "conversions": (
        "executed amounts: the fraction that is proceeds passes; no reporting rate allocates",
        "按实际兑换金额：所得比例随之转移；折算汇率不参与分配",
    ),
    "unmatched_conversions": (
        (
            "other money under every rule and for floors; possible proceeds for ceilings where the two legs lie within three "
            "business days, or within 31 days where both tell of an exchange; others are taken as unconnected"
        ),
        (
            "在各规则及下限中均作其他资金；两端相距三个营业日以内，或均载明兑换且相距31日以内者，在上限中作可能的所得；"
            "其余视为无关"
        ),
    ),
    "holes": (
        "rules and ceilings carry the balance through a missing period; floors open it",
        "各规则与上限将余额带过缺失期间；下限视该期间为敞口",
    ),
    "label": ("one per predicate event", "每一上游犯罪事件一个标签"),
}
_BUNDLE = {"ordered": "有序：各子批按支取顺序到账", "blended": "合并：到账合为一批"}
_OPENING = {"unknown": "来源不明", "lawful": "合法来源"}
#: Why a day without an order is taken as it is (tracing.md 1.3, order within a day; 6, attack 3).
_TAKEN = {
    "printed": ("as printed", "按所印次序"),
    "credits_first": ("credits first", "先贷后借"),
    "debits_first": ("debits first", "先借后贷"),
}
_WANTED = {"bank_sequence": "银行流水次序", "credits_first": "先贷后借", "debits_first": "先借后贷"}


def parameters_of(question: trace.Question, case: CaseFile, read: trace.CaseEntries) -> dict[str, tuple[str, str]]:
    """Return the choices of the run: key -> (English, Chinese), in the order of the keys."""
    label = "C" if question.opening == "lawful" else "U"
    origin = _OPENING.get(question.opening, question.opening)
    screens = [one.id for one in case.tracing.theories if one.kind in SCREENS]
    theories = [one.id for one in case.tracing.theories if one.kind not in SCREENS]
    found = {
        **_FIXED,
        "bundle": (question.bundle, _BUNDLE.get(question.bundle, question.bundle)),
        "opening_balance": (f"{question.opening} (label {label})", f"{origin}（标签 {label}）"),
        "same_day_order": _order_taken(question.same_day_order, read.days, _days_of_parts(read.entries)),
        "interest": _interest(question, read),
        "elections": _named(one.id for one in case.tracing.elections),
        "theories": _named(theories),
        "screens": _named(screens),
    }
    return dict(sorted(found.items()))


def _named(ids: Iterable[str]) -> tuple[str, str]:
    named = ", ".join(ids)
    return named or "none", named or "无"


def _interest(question: trace.Question, read: trace.CaseEntries) -> tuple[str, str]:
    """Return the policy on interest and how many credits it is about (tracing.md 1.3)."""
    n = len(interest_rows(read.entries, question.postings))
    en, zh = {
        "prorata_posting": (
            "it takes the composition of its account when it is posted; floors count it as other money, ceilings as proceeds",
            "按入账时账户的构成划分；下限计为其他资金，上限计为所得",
        ),
        "clean": ("other money, the strict policy: no deposit of proceeds", "其他资金（严格做法）：并非所得的存入"),
        "unknown": (
            "of unknown origin: other money, as the strict policy has it",
            "来源不明：作其他资金，与严格做法相同",
        ),
    }[question.interest]
    return (
        f"{question.interest}: {en}; {n} credits are interest by the bank's own code or words",
        f"{zh}；按银行代码或文字为利息的贷记 {n} 笔",
    )


def _days_of_parts(e: trace.Entries) -> int:
    """Return on how many days debits of several accounts make up one credit."""
    return len(np.unique(e.block[(e.block >= 0) & (e.between[e.account] > 0)]))


def _order_taken(wanted: str, days: Iterable[tuple[str, date, int, str]], of_parts: int) -> tuple[str, str]:
    """Return what order was used and why; `of_parts`: days on which debits of several accounts make up one credit."""
    names = [name for *_, name in days]
    zh = _WANTED.get(wanted, wanted)
    parts = parts_zh = ""
    if of_parts:
        parts = (
            f"; on {of_parts} days debits of several accounts make up one credit, and nothing records which left first: by "
            "account, least and most over all orders stand beside each figure"
        )
        parts_zh = f"；另有 {of_parts} 天由多个账户的借记构成同一笔贷记，其先后无记录可证：按账户次序，各数字旁载明所有次序下的最低与最高值"
    if not names:
        return (
            f"{wanted}: every entry has its place by the bank's own sequence, time or running balance{parts}",
            f"{zh}：每笔记账均有银行流水号、时间或逐笔余额可证其次序{parts_zh}",
        )
    counted = [_counted(names, words) for words in _TAKEN.items() if words[0] in names]
    why = ("the order wanted", "所要求的次序") if wanted != "bank_sequence" else ("the order printed", "所印次序")
    each_en, each_zh = ", ".join(en for en, _ in counted), "，".join(zh for _, zh in counted)
    en = (
        f"{wanted} where a sequence, a time or a running balance gives it; on {len(names)} days of an account none does: "
        f"{each_en} ({why[0]} where the bank could have allowed it); least and most over all orders stand beside each figure"
    )
    said = (
        f"有流水号、时间或逐笔余额者从之（{zh}）；某账户某日无从证明者 {len(names)} 天：{each_zh}（银行可能允许时采{why[1]}）；"
        "各数字旁载明所有次序下的最低与最高值"
    )
    return en + parts, said + parts_zh


def _counted(names: list[str], words: tuple[str, tuple[str, str]]) -> tuple[str, str]:
    name, (en, zh) = words
    return f"{names.count(name)} {en}", f"{zh} {names.count(name)} 天"
