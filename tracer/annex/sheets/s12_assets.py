"""12_ASSETS: the schedule of property, with what each rule traces into it (annex.md section 3).

The five amounts are sums over sheet 11. An asset of theory `value` carries no traced amount and never enters a traced total
(CR6): its ceiling stands in block B.
"""

from __future__ import annotations

from tracer.annex.cells import Formula, Raw, money
from tracer.annex.paths import leading_to
from tracer.annex.paths import shown as shown_path
from tracer.annex.plan import ADMINISTRATIVE, CONFIDENCE, Plan, Sheet, col, live, zero
from tracer.model import RULE_NAMES, Asset, AssetTrace, exponent, major
from tracer.model.judging import worst
from tracer.model.naming import record_of
from tracer.model.targets import asset_of

THEORIES = ("proceeds-C", "involved-in-A", "instrumentality", "value")
MEASURES = ("restrain", "forfeit", "information")


def build(plan: Plan) -> Sheet:
    """Add sheet 12, in the order of the asset ids."""
    codes = tuple(RULE_NAMES[r][0] for r in plan.rules)
    sheet = plan.open(
        Sheet(
            "12_ASSETS",
            ("Assets for which measures are sought", "请求处置资产"),
            (
                "Schedule; traced amounts are sums over sheet 11 under the method of the column",
                "清单；追踪金额为第11表按该栏方法之和",
            ),
            ADMINISTRATIVE,
            (
                col("asset_id", "Asset id", "资产编号", "T", 9),
                col("class", "Class", "类别", "T", 14),
                col("description", "Description", "具体描述", "T", 36),
                col("country", "Country", "国家/地区", "T", 8),
                col("district", "Judicial district", "司法区", "T", 14),
                col("loc_seizure", "Location at seizure", "扣押时所在地", "T", 14),
                col("loc_filing", "Location at filing", "起诉时所在地", "T", 14),
                col("titleholder", "Titleholder", "登记权利人", "T", 24),
                col("bo", "Beneficial owner, sheet 13", "受益所有人", "T", 24),
                col("acquired", "Acquired", "取得日", "D", 11),
                col("price", "Price", "价款", "M", 16),
                col("ccy", "Currency", "币种", "T", 8),
                col(
                    "funding",
                    "Path from the events: each hop, its row of sheet 11, its cites, how it is known",
                    "资金路径（逐跳，附第11表行号、引注及依据程度）",
                    "T",
                    70,
                ),
                col("path_grade", "Path known by its weakest hop", "路径依据程度（最弱一跳）", "E", 12, CONFIDENCE),
                *(col(r, RULE_NAMES[r][0], f"{RULE_NAMES[r][2]}追踪金额", "F", 16) for r in plan.rules),
                col("selected", "Method selected", "选用方法", "E", 10, codes),
                col("traced", "Traced under it", "选用法金额", "F", 16),
                col("pct", "Traced share", "可追踪比例", "F", 11),
                col("lawful", "Not traced", "未追踪金额", "F", 16),
                col("theory", "Theory", "理论", "E", 14, THEORIES),
                col("appreciation", "Appreciation", "增值说明", "T", 14),
                col("value_now", "Value now", "现值", "M", 16),
                col("value_date", "Valued on", "估值日", "D", 11),
                col("value_source", "Source of value", "估值来源", "T", 18),
                col("encumbrance", "Encumbrance", "权利负担", "M", 16),
                col("net", "Net value", "净值", "F", 16),
                col("claimants", "Possible claimants", "可能的主张权利人", "T", 22),
                col("orders", "Orders", "裁判", "T", 10),
                col("measure", "Measure sought", "请求措施", "E", 12, MEASURES),
                col("path", "Path to an event", "有无路径", "E", 9, ("Y", "N")),
                col("explained", "Told entry by entry", "逐笔说明", "L", 14),
            ),
        )
    )
    ids = plan.asset_ids
    for asset in sorted(plan.dossier.assets.values(), key=lambda a: (ids[a.record], str(a.cite))):
        paid = [t for t in plan.trace.targets if asset_of(t.target, ids)[0] == asset.record]
        for target in paid or (None,):  # what was paid in another currency has a row of its own
            _add(plan, sheet, asset, target)
    for currency in sorted({str(ccy) for n in range(sheet.top, sheet.next_row) if (ccy := sheet.get("ccy", n))}):
        text = f'SUMIFS({sheet.span("traced")},{sheet.span("ccy")},"{currency}")'
        sheet.total(
            f"traced under {RULE_NAMES[plan.case.tracing.selected][0]} 选用法 {currency}",
            live(text, exponent(currency)),
        )
    _ceilings(sheet)
    return sheet


def _add(plan: Plan, sheet: Sheet, asset: Asset, target: AssetTrace | None) -> None:
    row, flow = sheet.next_row, plan.sheets["11_FLOW"]
    shown = plan.target(target.target) if target else plan.asset_ids[asset.record]
    stated = next((a for a in plan.case.assets if a.record == asset.record), None)
    theory = stated.theory if stated and stated.theory in THEORIES else ""
    ccy = target.currency if target else asset.currency
    # a price in another currency than the payment is no whole of which the figures are a part
    alike, priced = ccy == asset.currency, ""
    if asset.price is not None and not alike:
        priced = f" (price 价款 {major(asset.price, asset.currency, group=True)} {asset.currency})"
    digits = exponent(ccy) if ccy else 2
    rows = [n for n in range(flow.top, flow.next_row) if flow.get("to", n) == shown and flow.get("kind", n) == "asset"]
    path = leading_to(plan, target.target) if target else ()
    by_value = theory == "value"
    methods: dict[str, Raw] = {
        rule: None
        if by_value
        else live(
            f'SUMIFS({flow.span(rule)},{flow.span("to")},{sheet.at("asset_id", row)},{flow.span("kind")},"asset")',
            digits,
        )
        for rule in plan.rules
    }
    first, last = sheet.letter(plan.rules[0]), sheet.letter(plan.rules[-1])
    at = {key: sheet.at(key, row) for key in sheet.places}
    values: dict[str, Raw] = {
        "asset_id": shown,
        "class": asset.asset_class,
        "description": f"{asset.description}{priced}",
        "country": asset.country,
        "district": asset.district,
        "titleholder": plan.party(asset.titleholder) if asset.titleholder else "",
        "bo": _owners(plan, asset.titleholder),
        "acquired": asset.acquired,
        "price": money(asset.price, ccy) if ccy and alike else None,
        "ccy": ccy,
        "funding": shown_path(plan, path),
        "path_grade": worst(h.confidence for h in path) if path else "",
        "selected": RULE_NAMES[plan.case.tracing.selected][0] if plan.case.tracing.selected in plan.rules else "",
        "theory": theory,
        "value_now": money(asset.value_now, ccy) if ccy and alike else None,
        "value_date": asset.value_date,
        "value_source": asset.value_source,
        "encumbrance": money(asset.encumbrance, ccy) if ccy and alike else None,
        "measure": stated.measure if stated and stated.measure in MEASURES else "",
        "path": "Y" if rows else "N",
    }
    if values["selected"] and not by_value:
        found = f"INDEX({first}{row}:{last}{row},MATCH({at['selected']},{first}$5:{last}$5,0))"
        values["traced"] = live(found, digits)
        if alike:
            values["pct"] = Formula(f"=IF({at['price']}=0,0,{at['traced']}/{at['price']})", "percent")
        if alike and asset.price is not None:
            values["lawful"] = live(f"ROUND({at['price']}-{at['traced']},{digits})", digits)
    if alike and asset.value_now is not None:
        values["net"] = live(f"ROUND({at['value_now']}-{at['encumbrance']},{digits})", digits)
    if ccy and values["encumbrance"] is None and values["value_now"] is not None:
        values["encumbrance"] = zero(digits)
    sheet.add(values | methods | plan.meta(sheet, asset.cite))
    if not rows and not by_value:
        plan.say(
            type="assumption",
            description=f"Asset {shown}: no payment of the records held leads to it from an event; nothing is traced into it.",
            description_zh=f"资产 {shown}：所持记录中没有从事件通向该资产的付款；未追踪任何金额。",
            affects=f"{shown}/path",
            ask=f"Payment records for the acquisition of asset {shown}.",
            ask_zh=f"取得资产 {shown} 的付款记录。",
        )


def _owners(plan: Plan, target: str) -> str:
    """Return who owns the titleholder under which law; a head of a chain whom every law answers NO (a nominee) is not one."""
    target = record_of(target, plan.known)
    laws: dict[tuple[str, str], list[str]] = {}
    for verdict in plan.dossier.verdicts:
        if verdict.target == target and verdict.verdict != "NO":
            laws.setdefault((plan.party(verdict.person), verdict.verdict), []).append(verdict.law)
    return "; ".join(
        f"{person} ({verdict}: {', '.join(dict.fromkeys(found))})" for (person, verdict), found in sorted(laws.items())
    )


def _ceilings(sheet: Sheet) -> None:
    sheet.block(
        ("Value ceiling per offence and order: 0 rows", "价值上限（按犯罪和裁判）：无记录"),
        (
            col("offence", "Offence", "犯罪", "T", 9),
            col("order", "Order", "裁判", "T", 14),
            col("benefit", "Most that may be forfeited", "可没收最高额", "M", 36),
            col("restrained", "Restrained", "已限制额", "M", 8),
            col("paid", "Paid", "已缴额", "M", 14),
            col("balance", "Balance", "余额", "F", 14),
        ),
        meta=False,
    )
