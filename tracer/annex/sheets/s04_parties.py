"""04_PARTIES: who appears, as the sources print them, and every judgement of identity (annex.md section 3).

Names keep their script; nothing is merged. A merge that nobody signed is `unsure` and is not used.
"""

from __future__ import annotations

from tracer.annex.cells import Raw
from tracer.annex.plan import ADMINISTRATIVE, Plan, Sheet, col
from tracer.model import Party
from tracer.model.judging import withdrawn

KINDS = ("natural", "legal", "arrangement", "account-only")
ROLES = ("official", "associate", "nominee", "facilitator", "victim", "bona fide third party", "unknown")
IDENTITY = ("same", "different", "unsure")
_KIND = {
    "person": "natural",
    "entity": "legal",
    "state": "legal",
    "arrangement": "arrangement",
    "joint_holding": "arrangement",
}
_NOT_NUMBERS = frozenset({"LEI"})


def build(plan: Plan) -> Sheet:
    """Add sheet 04: one row per record, then the judgements on parties."""
    sheet = plan.open(
        Sheet(
            "04_PARTIES",
            ("Persons and entities", "人员与实体"),
            (
                "Every person and entity as its source prints it; roles are an analyst's grouping",
                "按来源原文载列的人员与实体；角色为分析归类",
            ),
            ADMINISTRATIVE,
            (
                col("party_id", "Party id", "主体编号", "T", 10),
                col("kind", "Kind", "类别", "E", 12, KINDS),
                col("name_orig", "Name as printed", "原文姓名/名称", "T", 28),
                col("name_rom", "Romanised", "罗马字", "T", 24),
                col("name_off", "Official translation", "官方译名", "T", 22),
                col("aliases", "Aliases", "别名", "T", 24),
                col("born", "Born or founded", "出生/成立日期", "T", 12),
                col("place", "Place", "地点", "T", 14),
                col("nationality", "Nationality", "国籍", "T", 11),
                col("id_type", "Id type", "证件类型", "T", 12),
                col("id_no", "Id number", "证件号码", "T", 22),
                col("id_issuer", "Issuer", "签发机关", "T", 12),
                col("id_expiry", "Valid until", "有效期", "D", 11),
                col("company_no", "Register number", "登记号", "T", 16),
                col("lei", "LEI", "LEI", "T", 22),
                col("reg_address", "Registered address", "注册地址", "T", 26),
                col("us_address", "US address", "美国地址", "T", 18),
                col("pep_role", "Public office", "公职", "T", 22),
                col("pep_from", "Office from", "任职起", "D", 11),
                col("pep_to", "Office to", "任职止", "D", 11),
                col("relation", "Relation to subjects", "与对象关系", "T", 18),
                col("role", "Role (analyst's grouping)", "角色（分析归类）", "E", 14, ROLES),
                col("privilege", "Privilege", "特权标记", "T", 10),
                col("protect", "Protected witness", "证人保护", "T", 10),
                col(
                    "id_confidence",
                    "Identity",
                    "身份确定度",
                    "E",
                    12,
                    ("two or more identifiers", "one identifier", "none"),
                ),
                col("id_gap", "Missing identifiers", "缺失识别信息", "T", 22),
            ),
        )
    )
    for party in sorted(
        plan.dossier.parties.values(), key=lambda p: (_role(plan, p), plan.party(p.record), str(p.cite))
    ):
        sheet.add(_row(plan, party) | plan.meta(sheet, party.cite))
    _judgements(plan, sheet)
    return sheet


def _role(plan: Plan, party: Party) -> str:
    stated = next((s.role for s in plan.case.subjects if s.party == party.record), "")
    return stated if stated in ROLES else "unknown"


def _row(plan: Plan, party: Party) -> dict[str, Raw]:
    subject = next((s for s in plan.case.subjects if s.party == party.record), None)
    printed = party.names[0] if party.names else None
    latin = next((n.text for n in party.names if n.script == "Latn" or n.kind == "transliteration"), "")
    official = next((n.text for n in party.names if n.kind == "translation"), "")
    rest = [n.text for n in party.names[1:] if n.text not in {latin, official}]
    numbers = [i for i in party.identifiers if i.scheme not in _NOT_NUMBERS]
    person = party.kind == "person"
    lacking = [] if party.born else ["birth date 出生日期" if person else "date founded 成立日期"]
    lacking += [] if numbers else ["id number 证件号码" if person else "register number 登记号"]
    held = len(party.identifiers) + bool(party.born)
    return {
        "party_id": plan.dossier.party_ids.get(party.record, ""),
        "kind": _KIND.get(party.kind, "account-only"),
        "name_orig": printed.text if printed else _unnamed(party),
        "name_rom": latin if printed and latin != printed.text else "",
        "name_off": official or (subject.name_zh if subject else ""),
        "aliases": "; ".join(rest),
        "born": party.born,
        "place": party.jurisdiction,
        "nationality": ", ".join(party.nationalities),
        "id_type": "; ".join(i.scheme for i in numbers) if person else "",
        "id_no": "; ".join(i.value for i in numbers) if person else "",
        "id_issuer": "; ".join(i.issuer for i in numbers if i.issuer),
        "company_no": "" if person else "; ".join(f"{i.scheme} {i.value}" for i in numbers),
        "lei": "; ".join(i.value for i in party.identifiers if i.scheme == "LEI"),
        "reg_address": party.address,
        "pep_role": subject.office if subject else "",
        "relation": ", ".join(plan.party(record) for record in subject.family) if subject else "",
        "role": _role(plan, party),
        "id_confidence": "two or more identifiers" if held >= 2 else "one identifier" if held else "none",
        "id_gap": "; ".join(lacking),
    }


def _unnamed(party: Party) -> str:
    """Return what stands where a source prints no name: who is not known and why, or that only a number is printed."""
    if party.status != "known":
        return f"[{party.status}{f': {party.reason}' if party.reason else ''}]"
    number = next((f"{i.scheme} {i.value}" for i in party.identifiers), party.record)
    return f"[no name in the source 来源未载名称: {number}]"


def _judgements(plan: Plan, sheet: Sheet) -> None:
    decided = [j for j in plan.dossier.judgements if j.subject == "party"]
    block = sheet.block(
        ("Judgements of identity", "身份判断"),
        (
            col("a", "Record a", "主体甲", "T", 12),
            col("b", "Record b", "主体乙", "T", 12),
            col("decision", "Decision", "判断", "E", 20, IDENTITY),
            col("reason", "Reason", "理由", "T", 28),
            col("for", "Fields for", "支持字段", "T", 24),
            col("against", "Fields against", "不符字段", "T", 24),
            col("by", "Decided by", "判断人", "T", 14),
            col("on", "Decided on", "日期", "T", 20),
            col("second", "Second reviewer", "复核人", "T", 14),
            col("undone", "Withdrawn", "撤销", "T", 10),
        ),
        meta=False,
    )
    parties = plan.dossier.parties
    back = withdrawn(plan.dossier.judgements)
    for j in sorted((j for j in decided if j.decision != "withdrawn"), key=lambda j: (j.on, j.id)):
        sides = [plan.party(parties[key].record) if key in parties else key for key in (j.left, j.right)]
        block.add(
            {
                "a": sides[0],
                "b": sides[1],
                "decision": j.decision,
                "reason": j.reason,
                "for": "; ".join(j.features),
                "by": j.by,
                "on": j.on,
                "undone": next((b.on for b in decided if b.id == back.get(j.id)), ""),
            }
        )
