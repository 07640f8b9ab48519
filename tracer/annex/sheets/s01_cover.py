"""01_COVER: what this is, on which law it rests, who must sign, and the headline figures as links (annex.md section 3)."""

from __future__ import annotations

from tracer.annex.cells import Formula, Link, Raw
from tracer.annex.plan import ADMINISTRATIVE, Plan, Sheet, col, live
from tracer.annex.sheets.s24_run import ITEMS
from tracer.model import RULE_NAMES, TraceResult, exponent

#: What the recipient does, printed in both languages (annex.md section 8).
_STEPS = (
    ("Compare the SHA-256 of each file with manifest.json.", "将各文件的SHA-256与manifest.json核对。"),
    ("Compare the hash of the manifest with the covering letter.", "将清单哈希与附函核对。"),
    (
        "Open the workbook and recalculate: no result on 02 reads FAIL; NOT RECONCILED names the gap on 16 that explains it.",
        "打开工作簿并重新计算：第02表无FAIL；NOT RECONCILED（未核平）注明第16表中说明差异的缺口。",
    ),
    ("Pick ten rows and follow the cite to the original.", "任选十行，按证物引注核对原件。"),
    ("Ask the custodians on 17 for the originals (FRE 1006(b)).", "向第17表所列保管人索取原件（FRE 1006(b)）。"),
)
_DECLARATION = (
    (
        "Within the US: I declare under penalty of perjury that the foregoing is true and correct. Executed on [date]. [signature] (28 USC 1746, confirm with counsel)",
        "在美国境内：本人声明以上内容真实无误，如有不实愿受伪证罪处罚。签署日期[ ]。[签名]（28 USC 1746，请律师确认）",
    ),
    (
        "Outside the US: I declare under penalty of perjury under the laws of the United States of America that the foregoing is true and correct. Executed on [date]. [signature] (28 USC 1746, confirm with counsel)",
        "在美国境外：本人依美利坚合众国法律声明以上内容真实无误，如有不实愿受伪证罪处罚。签署日期[ ]。[签名]（28 USC 1746，请律师确认）",
    ),
)


def build(plan: Plan, override: tuple[str, str] | None) -> Sheet:
    """Add sheet 01, last of all."""
    sheet = plan.open(
        Sheet(
            "01_COVER",
            (f"Annex · {plan.case.title_en or plan.case.id}", f"附件 · {plan.case.title_zh or plan.case.id}"),
            ("Cover and declaration; nothing in this annex is legal advice", "封面与声明；本附件不构成法律意见"),
            ADMINISTRATIVE,
            (
                col("item", "Item", "项目", "T", 30),
                col("item_zh", "Item, Chinese", "项目（中文）", "T", 24),
                col("value", "Value", "内容", "T", 70),
                col("ccy", "Currency", "币种", "T", 9),
                col("note", "Note", "说明", "T", 50),
            ),
            meta=False,
        )
    )
    for item, zh, value, note in (*_identity(plan), *_warnings(plan, override)):
        sheet.add({"item": item, "item_zh": zh, "value": value, "note": note})
    _headlines(plan, sheet)
    for other in sorted(plan.sheets.values(), key=lambda s: s.tab):
        if other is not sheet:
            values: dict[str, Raw] = {
                "item": Link(other.tab, other.tab, 1),
                "item_zh": other.title_zh,
                "value": other.title_en,
                "note": other.status,
            }
            sheet.add(values)
    for n, (en, zh) in enumerate(_DECLARATION, 1):
        sheet.add({"item": f"Declaration {n}", "item_zh": f"声明 {n}", "value": en, "note": zh})
    about = (
        "Prepared by [name, P]; reviewed the exhibits on 17; method on each sheet and on 15; originals available at [place, P] (FRE 1006(b))",
        "制作人[姓名，由人员填写]；审阅第17表证物；方法见各表及第15表；原件存于[地点，由人员填写]（FRE 1006(b)）",
    )
    sheet.add({"item": "Preparer's statement", "item_zh": "制作人陈述", "value": about[0], "note": about[1]})
    for n, (en, zh) in enumerate(_STEPS, 1):
        sheet.add({"item": f"How to verify {n}", "item_zh": f"核验步骤 {n}", "value": en, "note": zh})
    return sheet


def _identity(plan: Plan) -> list[tuple[str, str, Raw, str]]:
    case, dossier = plan.case, plan.dossier
    basis = "; ".join(f"{b.instrument} {', '.join(b.articles)}".strip() for b in case.legal_basis)
    missing = "[MISSING P]"
    return [
        ("Case", "案件", f"{case.id} · {case.title_en} · {case.title_zh}", ""),
        ("Route", "途径", plan.route, ""),
        ("Requesting authority", "请求机关", f"{case.authority_en} {case.authority_zh}".strip() or missing, ""),
        ("Central authority", "中央机关", case.central_authority_ref or missing, "UNVERIFIED 未核实"),
        ("Addressed to", "致", case.requested_authority_ref or missing, "UNVERIFIED 未核实"),
        ("Treaty basis", "条约依据", basis or "[MISSING R4.3]", "confirm with counsel 请律师确认"),
        ("Confidentiality", "密级", case.classification, case.handling),
        ("Rendering", "版本类型", "full 全文", ""),
        ("Version", "版本", str(case.version), ""),
        ("As of", "截至", case.as_of.isoformat(), "clock of this export 本次导出的时钟"),
        ("Language", "语言", "en, zh", ""),
        ("Prepared by", "制作人", plan.analyst or missing, ""),
        ("Reviewed by", "复核人", next((n for role, n, _ in case.signoffs if role == "supervisor"), "") or missing, ""),
        ("Software", "软件", f"tracer {dossier.version}", ""),
        ("Hash of case.yaml", "配置哈希", plan.config_hash, "without the graph line 不含graph行"),
        ("Content head", "内容头", dossier.head, "does not depend on the order of loading 与载入顺序无关"),
        ("Chain head of exhibits", "证物链头", dossier.chain_head, ""),
        ("Log head", "日志头", dossier.log_head, "the log is printed on 21 日志见第21表"),
        (
            "Run",
            "运算编号",
            dossier.trace.run,
            _chosen(dossier.trace),
        ),
        ("Content digest", "内容摘要", "manifest.json", "a file cannot hold its own digest 文件不能包含自身摘要"),
        (
            "Sheet protection",
            "工作表保护",
            "none 无",
            "a 16-bit hash would prevent slips, not tampering 16位哈希不构成安全措施",
        ),
    ]


def _chosen(trace: TraceResult) -> str:
    """Return the choices of the run in English, then in Chinese."""
    en = "; ".join(f"{key}: {value}" for key, value in sorted(trace.parameters.items()))
    zh = "；".join(f"{ITEMS.get(key, key)}：{value}" for key, value in sorted(trace.parameters_zh.items()))
    return f"{en} / {zh}" if zh else en


def _warnings(plan: Plan, override: tuple[str, str] | None) -> list[tuple[str, str, Raw, str]]:
    stopped = [r.req_id for r in plan.requirements if r.stop and r.status not in {"complete", "n/a"}]
    missing = [r.req_id for r in plan.requirements if r.status == "missing"]
    found: list[tuple[str, str, Raw, str]] = []
    if plan.is_draft:
        found.append(("DRAFT", "草案", "DRAFT 草案 · not for transmission 不得发送", f"open: {', '.join(stopped)}"))
    found.append(
        (
            "Requirements missing",
            "缺失要件",
            ", ".join(missing) or "none 无",
            f"{len(missing)} of {len(plan.requirements)}, sheet 03",
        )
    )
    for offence in plan.case.offences:
        if offence.dual_criminality != "ok":
            found.append(
                (
                    f"Dual criminality {offence.id}",
                    "两国共认犯罪",
                    offence.dual_criminality,
                    "confirm with counsel 请律师确认",
                )
            )
    if override is not None:
        found.append(
            ("OVERRIDE", "越权放行", f"{override[0]}: {override[1]}", "a check failed; see 02 and 21 有检查未通过")
        )
    return found


def _headlines(plan: Plan, sheet: Sheet) -> None:
    """Add each asset's figure with its method, its range and its bounds, every one a link to its cell."""
    assets, methods = plan.sheets["12_ASSETS"], plan.sheets["15_METHODS"]
    code = RULE_NAMES[plan.case.tracing.selected][0]
    rows = {
        methods.get("target", n): n for n in range(methods.top, methods.next_row) if methods.get("kind", n) == "asset"
    }
    for n in range(assets.top, assets.next_row):
        name, currency = str(assets.get("asset_id", n)), str(assets.get("ccy", n) or "")
        if not currency or not isinstance(assets.get("traced", n), Formula):
            continue
        digits = exponent(currency)
        lines: list[tuple[str, str, str]] = [
            (f"{name}: traced under {code}", f"{name}：按{code}可追踪", assets.there("traced", n))
        ]
        if name in rows:
            m = rows[name]
            lines += [
                (f"{name}: lowest of the methods", f"{name}：各法最低", methods.there("min", m)),
                (f"{name}: highest of the methods", f"{name}：各法最高", methods.there("max", m)),
                (
                    f"{name}: at least, whichever conserving rule is adopted (floor L)",
                    f"{name}：任何守恒规则下至少（下限L）",
                    methods.there("floor_L", m),
                ),
                (f"{name}: at most (ceiling U)", f"{name}：至多（上限U）", methods.there("ceiling_U", m)),
            ]
        for en, zh, cell in lines:
            sheet.add(
                {
                    "item": en,
                    "item_zh": zh,
                    "value": live(cell, digits),
                    "ccy": currency,
                    "note": str(assets.get("description", n) or ""),
                }
            )
