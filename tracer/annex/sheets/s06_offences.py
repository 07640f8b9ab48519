"""06_OFFENCES: the offences and their provisions, as the requesting authority states them (annex.md section 3; CR10)."""

from __future__ import annotations

from datetime import date

from tracer.annex.cells import Formula, Raw
from tracer.annex.plan import ADMINISTRATIVE, Plan, Sheet, col
from tracer.model import Offence

DUAL = ("ok", "problem", "unknown")
_STARTS = {"commission": "conduct_from", "last_act": "conduct_to"}


def build(plan: Plan) -> Sheet:
    """Add sheet 06. What is not stated is printed as missing, with the requirement it belongs to."""
    sheet = plan.open(
        Sheet(
            "06_OFFENCES",
            ("Offences and provisions", "犯罪与法条"),
            (
                "Provisions as the requesting authority states them; the limitation column assumes the rule beside it",
                "请求机关所载法条；时效栏以旁列规则为前提",
            ),
            ADMINISTRATIVE,
            (
                col("offence_id", "Offence id", "犯罪编号", "T", 9),
                col("title_en", "Title, English", "罪名（英）", "T", 22),
                col("title_zh", "Title, Chinese", "罪名（中）", "T", 16),
                col("article", "Article", "条文", "T", 26),
                col("text_zh", "Text, original", "条文原文", "T", 40),
                col("text_en", "Text, English", "英译", "T", 40),
                col("translator", "Translator", "译者", "T", 16),
                col("in_force_from", "In force from", "施行起", "D", 11),
                col("in_force_to", "In force to", "施行止", "D", 11),
                col("pen_min", "Penalty, least", "刑罚下限", "T", 14),
                col("pen_max", "Penalty, most", "刑罚上限", "T", 14),
                col("forfeiture", "Forfeiture authority", "没收依据", "T", 20),
                col("forf_kind", "Forfeiture of", "没收类型", "E", 10, ("proceeds", "value", "both")),
                col("lim_rule", "Limitation starts at", "时效规则", "T", 14),
                col("lim_start", "Limitation start", "起算", "D", 11),
                col("lim_years", "Limitation, years", "年限", "N", 9),
                col("tolled_days", "Days tolled", "中止天数", "N", 9),
                col("lim_expiry", "Limitation expiry", "届满", "F", 11),
                col("conduct_from", "Conduct from", "行为起", "D", 11),
                col("conduct_to", "Conduct to", "行为止", "D", 11),
                col("subjects", "Subjects of the case, with role", "本案所涉对象及角色", "T", 22),
                col("uncac", "UNCAC articles", "UNCAC条款", "T", 9),
                col("us_analogue", "US analogue", "美国对应犯罪", "T", 20),
                col("sua", "Specified unlawful activity", "特定非法活动", "T", 24),
                col("conduct_test", "Conduct", "行为描述", "T", 34),
                col("dual", "Dual criminality", "两国共认犯罪", "E", 10, DUAL),
                col("predicate", "Predicate", "上游犯罪款项", "T", 16),
                col("theory", "Theory", "没收理论", "T", 14),
                col("standard", "Standard of proof", "证明标准", "T", 16),
            ),
        )
    )
    for offence in plan.case.offences:
        row = sheet.next_row
        start = _start(offence)
        expiry: Raw = None
        if start and offence.limitation_years is not None:
            expiry = Formula(
                f"=EDATE({sheet.at('lim_start', row)},12*{sheet.at('lim_years', row)})+{sheet.at('tolled_days', row)}",
                "date",
            )
        sheet.add(
            _row(plan, offence) | {"lim_start": start, "lim_expiry": expiry} | plan.meta(sheet, confidence="assumed")
        )
    return sheet


def _start(offence: Offence) -> date | None:
    """Return the first day of the period: an offence that starts with discovery needs a date that a person states."""
    if offence.limitation_starts == "commission" and offence.conduct_to:
        return offence.conduct_to
    return offence.conduct_to if _STARTS.get(offence.limitation_starts) else None


def _row(plan: Plan, offence: Offence) -> dict[str, Raw]:
    missing = "[MISSING R4.6 {}]"
    kind = offence.forfeiture_kind
    return {
        "offence_id": offence.id,
        "title_en": offence.title_en,
        "title_zh": offence.title_zh,
        "article": " ".join(filter(None, (offence.statute, offence.statute_zh))) or missing.format("article 条文"),
        "text_zh": offence.text_zh or missing.format("text 原文"),
        "text_en": offence.text_en or missing.format("translation 译文"),
        "translator": offence.translator or missing.format("translator 译者"),
        "in_force_from": offence.in_force_from,
        "in_force_to": offence.in_force_to,
        "pen_min": offence.penalty_min or missing.format("penalty 罚则"),
        "pen_max": offence.penalty_max or missing.format("penalty 罚则"),
        "forfeiture": offence.forfeiture_authority,
        "forf_kind": kind if kind in {"proceeds", "value", "both"} else "",
        "lim_rule": offence.limitation_starts,
        "lim_years": offence.limitation_years,
        "tolled_days": 0 if offence.limitation_years is not None else None,
        "conduct_from": offence.conduct_from,
        "conduct_to": offence.conduct_to,
        "subjects": ", ".join(
            f"{plan.party(s.party)} ({s.role or 'role not stated 角色未载明'})" for s in plan.case.subjects
        ),
        "uncac": ", ".join(str(n) for n in offence.uncac),
        "us_analogue": offence.us_analogue,
        "sua": offence.sua,
        "conduct_test": offence.conduct_summary,
        "dual": offence.dual_criminality if offence.dual_criminality in DUAL else "unknown",
    }
