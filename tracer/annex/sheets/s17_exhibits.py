"""17_EXHIBITS: the originals on which everything rests, the list of FRE 1006(b) (annex.md section 3)."""

from __future__ import annotations

from tracer.annex.cells import Raw, money
from tracer.annex.plan import ADMINISTRATIVE, Plan, Sheet, col, live
from tracer.model import Exhibit, Statement, exponent

CERTIFICATIONS = (
    "902(11)",
    "902(12)",
    "902(3)",
    "902(13)",
    "902(14)",
    "3505",
    "PRC-US business",
    "PRC-US public",
    "treaty form",
    "none",
)


def build(plan: Plan) -> Sheet:
    """Add sheet 17; its rows stand in the order of the exhibit numbers, because every cite links here."""
    sheet = plan.open(
        Sheet(
            "17_EXHIBITS",
            ("Exhibits", "证据目录"),
            (
                "Files as received, by SHA-256; originals are with the custodian named",
                "按SHA-256登记的收到文件；原件由所列保管人保管",
            ),
            ADMINISTRATIVE,
            (
                col("ex_id", "Exhibit", "证物编号", "T", 9),
                col("title_en", "Title", "名称", "T", 26),
                col("title_zh", "Title, Chinese", "名称（中文）", "T", 22),
                col("type", "Type", "类型", "T", 12),
                col("bates_from", "Bates from", "贝茨起", "T", 10),
                col("bates_to", "Bates to", "贝茨止", "T", 10),
                col("pages", "Pages", "页数", "N", 7),
                col("file", "File name as received", "文件", "T", 26),
                col("bytes", "Bytes", "字节", "N", 10),
                col("sha256", "SHA-256", "哈希值", "T", 66),
                col("custodian", "Custodian", "保管人/机关", "T", 18),
                col("contact", "Contact", "联系", "T", 12),
                col("obtained", "Obtained by", "取得方式", "T", 18),
                col("channel", "Channel", "渠道", "T", 10),
                col("authority", "Authority", "法律依据/令号", "T", 20),
                col("received_at", "Received at, UTC", "取得时间（UTC）", "T", 20),
                col("received_from", "Received from", "提供者", "T", 18),
                col("lang", "Language", "语言", "T", 8),
                col("translation", "Translation", "译文", "T", 12),
                col("translator", "Translator", "译者", "T", 12),
                col("certification", "Certification", "证明类型", "E", 14, CERTIFICATIONS),
                col("cert_signed", "Certified on", "证明签署日", "D", 11),
                col("use_purpose", "Use limited to", "限制使用目的", "T", 16),
                col("onward", "Onward", "转交", "T", 9),
                col("expires", "Expires", "到期", "D", 11),
                col("privilege", "Privilege", "特权", "T", 9),
                col("parser", "Read by", "解析器", "T", 14),
                col("rows", "Rows counted independently", "独立计数行数", "N", 10),
                col("rejects", "Lines set aside", "搁置行数", "N", 9),
                col("control", "Net of the lines, sheet 08", "控制合计", "F", 16),
                col("control_printed", "Net of the printed balances", "原印余额净变动", "M", 16),
                col("ccy", "Currency", "币种", "T", 8),
            ),
        )
    )
    for exhibit in plan.exhibits.values():
        _add(plan, sheet, exhibit)
    return sheet


def _add(plan: Plan, sheet: Sheet, exhibit: Exhibit) -> None:
    row, txn = sheet.next_row, plan.sheets["08_TXN"]
    statements = [s for s in plan.dossier.statements.values() if s.cite.exhibit == exhibit.sha256]
    currencies = {s.currency for s in statements}
    limits = [r for r in plan.case.restrictions if {exhibit.number, exhibit.name} & set(r.exhibits)]
    values: dict[str, Raw] = {
        "ex_id": exhibit.number,
        "title_en": exhibit.title_en,
        "title_zh": exhibit.title_zh,
        "type": exhibit.connector,
        "file": exhibit.name,
        "bytes": exhibit.size,
        "sha256": exhibit.sha256,
        "custodian": exhibit.custodian,
        "obtained": exhibit.obtained,
        "authority": exhibit.authority,
        "received_at": exhibit.received_at,
        "received_from": exhibit.received_from,
        "lang": exhibit.language,
        "certification": exhibit.certification if exhibit.certification in CERTIFICATIONS else "none",
        "use_purpose": "; ".join(r.purpose for r in limits),
        "onward": "; ".join(dict.fromkeys(r.onward for r in limits)),
        "expires": min((r.expires for r in limits if r.expires), default=None),
        "parser": exhibit.connector,
        "rejects": sum(r.cite.exhibit == exhibit.sha256 and not r.is_part for r in plan.dossier.rejects),
    }
    if statements and all(s.count is not None for s in statements):
        values["rows"] = sum(s.count or 0 for s in statements)
    if len(currencies) == 1:
        currency = next(iter(currencies))
        digits = exponent(currency)
        own = f'{txn.span("ex_id")},{sheet.at("ex_id", row)},{txn.span("bank_status")},"booked"'
        values["ccy"] = currency
        values["control"] = live(
            f"ROUND(SUMIFS({txn.span('credit')},{own})-SUMIFS({txn.span('debit')},{own}),{digits})", digits
        )
        printed = _printed(statements)
        values["control_printed"] = money(printed, currency) if printed is not None else None
    meta = plan.meta(sheet, shown=exhibit.number)
    meta["ev_class"] = exhibit.evidence_class
    sheet.add(values | meta)


def _printed(statements: list[Statement]) -> int | None:
    """Return closing less opening over all statements; None where one of them prints no balance, or an advice is among them."""
    if any(s.kind not in {"statement", "table"} or s.opening is None or s.closing is None for s in statements):
        return None
    return sum((s.closing or 0) - (s.opening or 0) for s in statements)


def differences(plan: Plan) -> None:
    """List on sheet 16 where an exhibit's lines do not agree with its own counts and balances."""
    for exhibit in plan.exhibits.values():
        statements = [s for s in plan.dossier.statements.values() if s.cite.exhibit == exhibit.sha256]
        lines = [p for p in plan.dossier.postings.values() if p.cite.exhibit == exhibit.sha256]
        rejects = sum(r.cite.exhibit == exhibit.sha256 and not r.is_part for r in plan.dossier.rejects)
        if statements and all(s.count is not None for s in statements):
            off = len(lines) + rejects - sum(s.count or 0 for s in statements)
            if off:
                _say(
                    plan,
                    exhibit,
                    f"{abs(off)} rows {'more' if off > 0 else 'fewer'} than counted",
                    f"与独立计数相差 {off} 行",
                    rows=off,
                )
        printed = _printed(statements) if statements else None
        if printed is not None and len({s.currency for s in statements}) == 1:
            found = sum(p.amount for p in lines if p.status == "booked")
            if found != printed:
                currency = statements[0].currency
                _say(
                    plan,
                    exhibit,
                    "the lines do not add up to the printed balances",
                    "各行之和与原印余额不符",
                    amount=found - printed,
                    currency=currency,
                )


def _say(
    plan: Plan,
    exhibit: Exhibit,
    en: str,
    zh: str,
    *,
    rows: int | None = None,
    amount: int | None = None,
    currency: str = "",
) -> None:
    plan.say(
        type="conflict",
        description=f"Exhibit {exhibit.number}: {en}.",
        description_zh=f"证物 {exhibit.number}：{zh}。",
        affects=exhibit.number,
        amount=money(amount, currency) if amount is not None else None,
        ccy=currency,
        rows_off=rows,
        ask=f"A complete and legible copy of exhibit {exhibit.number}.",
        ask_zh=f"证物 {exhibit.number} 的完整清晰副本。",
        cite=plan.exhibit(exhibit.number),
    )
