"""The other sheets of the annex: each one table from the dossier, every row with its cite (annex.md section 3)."""

from __future__ import annotations

import csv
from collections.abc import Mapping, Sequence
from decimal import Decimal
from importlib.resources import files

from tracer.annex.book import FIRST, Column, Formula, Sheet, money
from tracer.annex.tracing import account_sheets, tab_of
from tracer.model import RULE_NAMES, Cite, Dossier, major
from tracer.model.requests import Requirement

__all__ = ["cite_text", "sheets"]

_TAIL = (
    Column("row_id", "行号", width=9),
    Column("ev_class", "证据类别", width=9),
    Column("confidence", "依据程度", width=12),
    Column("analyst", "分析人", width=10),
    Column("cite", "证物引注", width=30),
)
_ADMIN, _SUMMARY, _AID = "administrative 事务性", "FRE 1006 summary 汇总证据", "FRE 107 illustrative aid 示意图"


def cite_text(dossier: Dossier, *cites: Cite | None) -> str:
    """Return cites as they are printed: exhibit number and locator."""
    numbers = {e.sha256: e.number for e in dossier.exhibits}
    return "; ".join(dict.fromkeys(f"{numbers.get(c.exhibit, c.exhibit[:12])}@{c.locator}" for c in cites if c))


def _quoted(text: str) -> str:
    """Return a text as it may stand inside a formula's quotes: evidence never ends them, nor acts as a wildcard."""
    return "".join("~" + c if c in "*?~" else c for c in text).replace('"', '""')


class _Maker:
    def __init__(self, dossier: Dossier, requirements: Sequence[Requirement]) -> None:
        self.d, self.requirements = dossier, requirements
        self.classes = {e.sha256: e.evidence_class for e in dossier.exhibits}
        self.analyst = next((name for role, name, _ in dossier.case.signoffs if role == "analyst"), "")
        self.names = {p.record: p.names[0].text for p in dossier.parties.values() if p.names}
        self.rules = dossier.trace.rules

    def tail(self, number: int, *cites: Cite | None, confidence: str = "documented") -> tuple[str, str, str, str, str]:
        first = next((c for c in cites if c), None)
        return (
            str(number),
            self.classes.get(first.exhibit, "") if first else "",
            confidence,
            self.analyst,
            cite_text(self.d, *cites),
        )

    def party(self, record: str) -> str:
        name = self.names.get(record, record)
        return f"{self.d.party_ids[record]} {name}" if record in self.d.party_ids else name

    def account(self, key: str) -> str:
        return self.d.account_ids.get(key, key)


def _columns(*stated: tuple[str, str, str, int], tail: bool = True) -> tuple[Column, ...]:
    return (*(Column(*one) for one in stated), *(_TAIL if tail else ()))


def sheets(dossier: Dossier, requirements: Sequence[Requirement]) -> tuple[Sheet, ...]:
    """Return every sheet in order."""
    m = _Maker(dossier, requirements)
    cites = {key: cite_text(dossier, p.cite) for key, p in dossier.postings.items()}
    ten = account_sheets(dossier, cites)
    middle = [_request(m), _parties(m), _accounts(m), _offences(m), _events(m), _transactions(m), _wires(m), *ten]
    flow = _flow(m, {s.tab: s for s in ten})
    assets = _assets(m)
    late = [flow, assets, _owners(m), _nexus(m), _methods(m), _gaps(m), _exhibits(m), *_empty(), _audit(m), _glossary()]
    made = {s.tab: s for s in (*middle, *late)}
    checks = _checks(m, made, ten)
    return (_cover(m, [checks, *middle, *late]), checks, *middle, *late)


def _cover(m: _Maker, others: Sequence[Sheet]) -> Sheet:
    case = m.d.case
    sheet = Sheet(
        "01_COVER",
        "Cover and declaration",
        "封面与声明",
        "Administrative cover",
        _ADMIN,
        _columns(("item", "项目", "T", 34), ("value", "内容", "T", 90), tail=False),
    )
    drafted = [r.req_id for r in m.requirements if r.stop == "★" and r.status != "complete"]
    rows: list[tuple[object, ...]] = [
        ("case 案件", f"{case.id} · {case.title_en} · {case.title_zh}"),
        ("as of 截至", str(case.as_of)),
        ("version 版本", str(case.version)),
        ("requesting authority 请求机关", f"{case.authority_en} {case.authority_zh}"),
        ("treaty basis 依据", "; ".join(f"{b.instrument} {', '.join(b.articles)}" for b in case.legal_basis)),
        ("classification 密级", case.classification),
        ("handling 处理", case.handling),
        ("status 状态", f"DRAFT 草稿: {', '.join(drafted)} open" if drafted else "complete"),
        ("software 软件", f"tracer {m.d.version}"),
        ("content head 内容哈希", m.d.head),
        ("exhibit chain 证物链", m.d.chain_head),
        ("log head 日志哈希", m.d.log_head),
        ("run 运算", m.d.trace.run),
        *((f"parameter {k}", v) for k, v in m.d.trace.parameters.items()),
        (
            "declaration 声明",
            "I prepared this summary from the exhibits listed on sheet 17 by the method named on each sheet; the originals are available there. Signature blank. 签名留空",
        ),
    ]
    for target in m.d.trace.targets:
        if target.kind == "asset":
            selected = case.tracing.selected
            rows.append(
                (
                    f"headline 主要数字: {target.name[:60]}",
                    f"{RULE_NAMES[selected][0]} {major(target.by_rule[selected], target.currency, group=True)} {target.currency}; five rules {major(min(target.by_rule.values()), target.currency, group=True)} to {major(max(target.by_rule.values()), target.currency, group=True)}; floor {major(target.bounds.floor, target.currency, group=True)}, ceiling {major(target.bounds.ceiling, target.currency, group=True)} whichever conserving rule is adopted",
                )
            )
    rows += [(f"sheet {s.tab}", f"{s.en} · {s.zh} · {s.status}") for s in others]
    sheet.rows = rows
    return sheet


def _request(m: _Maker) -> Sheet:
    sheet = Sheet(
        "03_REQUEST",
        "Request checklist",
        "请求要件清单",
        "Requirements of the route",
        _ADMIN,
        _columns(
            ("route", "途径", "T", 8),
            ("req_id", "要件编号", "T", 9),
            ("stop", "硬性", "T", 6),
            ("text_en", "要件（英）", "T", 44),
            ("text_zh", "要件（中）", "T", 30),
            ("source", "依据文件", "T", 14),
            ("statute", "法条", "T", 12),
            ("mark", "标记", "T", 24),
            ("who", "责任类型", "T", 8),
            ("status", "状态", "T", 10),
            ("evidence", "证据或表", "T", 24),
            ("note", "备注", "T", 40),
            tail=False,
        ),
    )
    for r in m.requirements:
        mark = "F" if r.mark == "F" else "K confirm with counsel 请律师确认"
        sheet.rows.append(
            (
                r.req_id.split(".")[0],
                r.req_id,
                r.stop,
                r.text_en,
                r.text_zh,
                r.source,
                r.statute,
                mark,
                r.who,
                r.status,
                r.evidence,
                r.note,
            )
        )
    span = sheet.span("status")
    sheet.totals = [
        "missing 缺失",
        Formula(f'COUNTIFS({span},"missing")', sum(1 for r in m.requirements if r.status == "missing")),
    ]
    return sheet


def _parties(m: _Maker) -> Sheet:
    sheet = Sheet(
        "04_PARTIES",
        "Persons and entities",
        "人员与实体",
        "Parties as the sources print them",
        _ADMIN,
        _columns(
            ("party_id", "主体编号", "T", 10),
            ("kind", "类别", "T", 10),
            ("name_orig", "原文姓名/名称", "T", 30),
            ("aliases", "别名", "T", 30),
            ("born", "出生/成立日期", "T", 12),
            ("nationality", "国籍", "T", 10),
            ("id_no", "证件号码", "T", 24),
            ("role", "角色", "T", 12),
        ),
    )
    roles = {s.party: s.role for s in m.d.case.subjects}
    for n, p in enumerate(sorted(m.d.parties.values(), key=lambda p: m.d.party_ids.get(p.record, p.record)), 1):
        sheet.rows.append(
            (
                m.d.party_ids.get(p.record, ""),
                p.kind,
                p.names[0].text if p.names else f"[{p.status}: {p.reason}]",
                "; ".join(x.text for x in p.names[1:]),
                p.born,
                ", ".join(p.nationalities),
                "; ".join(f"{i.scheme} {i.value}" for i in p.identifiers),
                roles.get(p.record, "unknown"),
                *m.tail(n, p.cite),
            )
        )
    return sheet


def _accounts(m: _Maker) -> Sheet:
    sheet = Sheet(
        "05_ACCOUNTS",
        "Accounts",
        "账户",
        "Accounts and the coverage of their statements",
        _SUMMARY,
        _columns(
            ("account_id", "账户编号", "T", 10),
            ("number", "账号", "T", 28),
            ("bank", "开户行", "T", 24),
            ("bic", "BIC", "T", 12),
            ("country", "国家/地区", "T", 8),
            ("ccy", "币种", "T", 6),
            ("title", "户名", "T", 28),
            ("holder", "持有人", "T", 28),
            ("held_from", "对账单起", "D", 11),
            ("held_to", "对账单止", "D", 11),
            ("months_expected", "应有月数", "N", 8),
            ("months_held", "实有月数", "N", 8),
            ("coverage", "覆盖率", "F", 9),
            ("opening", "期初余额", "M", 14),
            ("closing", "期末余额", "M", 14),
        ),
    )
    numbers = {"".join(c for c in a.number.upper() if c.isalnum()).lstrip("0"): a for a in m.d.accounts.values()}
    for n, t in enumerate(m.d.trace.accounts, 1):
        printed = next(
            (p.account for p in m.d.postings.values() if (p.account_key or p.account) == t.account.split(" ")[0]),
            t.account,
        )
        stated = numbers.get("".join(c for c in printed.upper() if c.isalnum()).lstrip("0"))
        cover = next((c for c in m.d.coverage if c.account == t.account.split(" ")[0]), None)
        days = [r.day for r in t.rows if r.day]
        row = FIRST + n - 1
        held, expected = (len(cover.held), len(cover.expected)) if cover else (0, 0)
        share = (Decimal(held) / Decimal(expected)).quantize(Decimal("0.0001")) if expected else Decimal(0)
        sheet.rows.append(
            (
                m.account(t.account),
                printed,
                stated.bank if stated else "",
                stated.bic if stated else "",
                stated.country if stated else "",
                t.currency,
                stated.title if stated else "",
                m.party(stated.holder) if stated else "",
                min(days, default=None),
                max(days, default=None),
                expected,
                held,
                Formula(f"IF(K{row}=0,0,ROUND(L{row}/K{row},4))", share),
                money(t.rows[0].balance, t.currency),
                money(t.rows[-1].balance, t.currency),
                *m.tail(n, stated.cite if stated else None),
            )
        )
    return sheet


def _offences(m: _Maker) -> Sheet:
    sheet = Sheet(
        "06_OFFENCES",
        "Offences and provisions",
        "犯罪与法条",
        "As stated by the requesting authority",
        _ADMIN,
        _columns(
            ("offence_id", "犯罪编号", "T", 9),
            ("title_en", "罪名（英）", "T", 24),
            ("title_zh", "罪名（中）", "T", 16),
            ("article", "条文", "T", 30),
            ("text_zh", "条文原文", "T", 44),
            ("text_en", "英译", "T", 44),
            ("translator", "译者", "T", 12),
            ("pen_min", "刑罚下限", "T", 12),
            ("pen_max", "刑罚上限", "T", 12),
            ("conduct_from", "行为起", "D", 11),
            ("conduct_to", "行为止", "D", 11),
            ("lim_years", "年限", "N", 8),
            ("lim_start", "起算", "D", 11),
            ("lim_expiry", "届满", "F", 11),
            ("sua", "特定非法活动", "T", 26),
            ("dual", "两国共认犯罪", "T", 10),
            tail=False,
        ),
    )
    for n, o in enumerate(m.d.case.offences, FIRST):
        start = o.conduct_to
        expiry: object = None
        if start and o.limitation_years:
            # EDATE gives a serial number; the stored value is the day count of the 1900 system.
            end = (
                start.replace(year=start.year + o.limitation_years)
                if (start.month, start.day) != (2, 29)
                else start.replace(year=start.year + o.limitation_years, day=28)
            )
            expiry = Formula(f"EDATE(M{n},12*L{n})", end.toordinal() - 693594)
        sheet.rows.append(
            (
                o.id,
                o.title_en,
                o.title_zh,
                o.statute,
                o.text_zh,
                o.text_en,
                o.translator or "[MISSING R4.6 translator]",
                o.penalty_min or "[MISSING R4.6 penalty]",
                o.penalty_max or "[MISSING R4.6 penalty]",
                o.conduct_from,
                o.conduct_to,
                o.limitation_years,
                start,
                expiry,
                o.sua,
                o.dual_criminality,
            )
        )
    return sheet


def _events(m: _Maker) -> Sheet:
    sheet = Sheet(
        "07_EVENTS",
        "Predicate events",
        "上游犯罪事件",
        "The root of every trace",
        _ADMIN,
        _columns(
            ("event_id", "事件编号", "T", 9),
            ("offence_id", "犯罪编号", "T", 9),
            ("date", "日期", "D", 11),
            ("what", "事实", "T", 40),
            ("what_zh", "事实（中）", "T", 30),
            ("payer", "付款人", "T", 24),
            ("payee", "收款人", "T", 24),
            ("amount", "金额", "M", 16),
            ("ccy", "币种", "T", 6),
            ("proceeds", "所得金额", "M", 16),
            ("txn_id", "进入账户的交易", "T", 14),
            ("status", "状态", "T", 10),
            ("other_exhibits", "其他证物", "T", 34),
        ),
    )
    claims = {c.event: c for c in m.d.trace.claims}
    names = {e.name: e.number for e in m.d.exhibits}
    for n, e in enumerate(m.d.case.events, 1):
        claim = claims.get(e.id)
        posting = m.d.postings.get(claim.posting) if claim else None
        sheet.rows.append(
            (
                e.id,
                e.offence,
                e.on,
                e.act,
                e.act_zh,
                e.payer,
                m.party(e.payee),
                money(e.amount, e.currency),
                e.currency,
                money(e.proceeds, e.currency),
                claim.posting[:12] if claim else "[not found]",
                e.status,
                "; ".join(names.get(x, x) for x in e.exhibits),
                *m.tail(n, posting.cite if posting else None),
            )
        )
    return sheet


def _transactions(m: _Maker) -> Sheet:
    sheet = Sheet(
        "08_TXN",
        "Transactions",
        "交易明细",
        "Every entry of every account, also unrelated ones",
        _SUMMARY,
        _columns(
            ("seq", "序号", "N", 7),
            ("txn_id", "交易编号", "T", 14),
            ("account_id", "账户编号", "T", 10),
            ("posted", "记账日", "D", 11),
            ("value_date", "起息日", "D", 11),
            ("cp_name", "对方户名", "T", 26),
            ("cp_account", "对方账号", "T", 24),
            ("narrative", "摘要原文", "T", 34),
            ("debit", "借方", "M", 14),
            ("credit", "贷方", "M", 14),
            ("balance", "逐笔余额", "M", 14),
            ("ccy", "币种", "T", 6),
            ("reference", "参考号", "T", 22),
            ("tag", "标识", "T", 11),
        ),
    )
    claimed = {c.posting for c in m.d.trace.claims}
    traced = {
        r.posting for a in m.d.trace.accounts for r in a.rows if any(r.traced_in.values()) or any(r.traced_out.values())
    }
    keys = sorted(
        m.d.postings,
        key=lambda k: (
            m.d.postings[k].account_key,
            m.d.postings[k].booked or m.d.postings[k].value_date or m.d.case.as_of,
            m.d.statements[m.d.postings[k].statement].number if m.d.postings[k].statement in m.d.statements else "",
            m.d.postings[k].line,
            k,
        ),
    )
    for n, key in enumerate(keys, 1):
        p = m.d.postings[key]
        tag = "predicate" if key in claimed else "traced" if key in traced else "unrelated"
        sheet.rows.append(
            (
                n,
                key[:12],
                m.account(p.account_key or p.account),
                p.booked,
                p.value_date,
                p.counterparty,
                p.counterparty_account,
                p.details,
                money(-p.amount, p.currency) if p.amount < 0 else None,
                money(p.amount, p.currency) if p.amount >= 0 else None,
                money(p.balance, p.currency),
                p.currency,
                p.owner_reference or p.bank_reference or p.end_to_end_id,
                tag,
                *m.tail(n, p.cite),
            )
        )
    return sheet


def _wires(m: _Maker) -> Sheet:
    sheet = Sheet(
        "09_WIRES",
        "Wires",
        "汇款链",
        "One row per payment; message and cover are never added",
        _SUMMARY,
        _columns(
            ("wire_id", "汇款编号", "T", 40),
            ("value_date", "起息日", "D", 11),
            ("ccy", "币种", "T", 6),
            ("amount_out", "汇出金额", "M", 16),
            ("amount_in", "汇入金额", "M", 16),
            ("fee", "费用差额", "F", 12),
            ("msg", "报文", "T", 26),
            ("sender", "发报行", "T", 14),
            ("receiver", "收报行", "T", 14),
            ("ord_customer", "50 汇款人", "T", 26),
            ("beneficiary", "59 收款人", "T", 26),
            ("route", "方式", "T", 8),
            ("legs", "路径", "T", 26),
            ("us_bank", "美国银行", "T", 26),
            ("rungs", "匹配规则", "T", 14),
        ),
    )
    for n, w in enumerate(m.d.wires, 1):
        texts = [m.d.messages[k] for k in w.documents if k in m.d.messages]
        parties = {p.role: p.name for t in texts for p in (*t.underlying, *t.parties)}
        row = FIRST + n - 1
        fee = money((w.settled_max or 0) - (w.settled_min or 0), w.currency) or Decimal(0)
        lines = [m.d.postings[k] for k in w.documents if k in m.d.postings]
        sheet.rows.append(
            (
                w.wire_id,
                w.value_date,
                w.currency,
                money(w.settled_max, w.currency),
                money(w.settled_min, w.currency),
                Formula(f"ROUND(D{row}-E{row},2)", fee),
                " + ".join(t.kind for t in texts),
                texts[0].sender if texts else "",
                texts[0].receiver if texts else "",
                parties.get("debtor", ""),
                parties.get("creditor", ""),
                "cover" if w.announcement else "serial",
                ", ".join(f"{a}-{b}" for a, b in w.legs),
                ", ".join(u.id for u in w.us),
                ", ".join(str(r) for _, r in w.joined_by),
                *m.tail(n, *(t.cite for t in texts), *(p.cite for p in lines)),
            )
        )
    return sheet


def _flow(m: _Maker, ten: Mapping[str, Sheet]) -> Sheet:
    codes = [RULE_NAMES[r][0] for r in m.rules]
    sheet = Sheet(
        "11_FLOW",
        "Flow by hop",
        "逐跳资金流向",
        "Every movement that carries proceeds under any rule; links to sheets 10",
        _SUMMARY,
        _columns(
            ("row", "行", "N", 7),
            ("from", "自", "T", 14),
            ("to", "至", "T", 40),
            ("date", "日期", "D", 11),
            ("moved", "转移金额", "M", 16),
            ("ccy", "币种", "T", 6),
            *((c, f"{RULE_NAMES[r][2]}追踪金额", "F", 16) for c, r in zip(codes, m.rules, strict=True)),
            ("origin", "事件构成", "T", 40),
        ),
    )
    number = 0
    for account in m.d.trace.accounts:
        tab = tab_of(m.d, account.account) if account.account in m.d.account_ids else ""
        source = ten.get(tab)
        for row in account.rows[1:]:
            if row.kind != "debit" or not any(row.traced_out.values()):
                continue
            number += 1
            cells: list[object] = []
            for rule, code in zip(m.rules, codes, strict=True):
                value = money(row.traced_out[rule], account.currency) or Decimal(0)
                keys = [c.key for c in source.columns] if source else []
                live = (
                    source is not None
                    and f"{code}_out" in keys
                    and source.rows[row.row][keys.index(f"{code}_out")] is not None
                )
                cells.append(
                    Formula(f"'{tab}'!{source.letter(f'{code}_out')}{FIRST + row.row}", value)
                    if live and source
                    else value
                )
            selected = m.d.case.tracing.selected
            origin = "; ".join(
                f"{label}: {major(amount, account.currency)}"
                for label, amount in row.by_label.get(selected, {}).items()
                if label in m.d.trace.labels
            )
            to = m.account(row.partner[0]) if row.partner else row.target
            sheet.rows.append(
                (
                    number,
                    m.account(account.account),
                    to,
                    row.day,
                    money(row.amount, account.currency),
                    account.currency,
                    *cells,
                    f"{RULE_NAMES[selected][0]}: {origin}",
                    *m.tail(number, row.cite),
                )
            )
    return sheet


def _assets(m: _Maker) -> Sheet:
    codes = [RULE_NAMES[r][0] for r in m.rules]
    first = 9  # the first method column, I
    sheet = Sheet(
        "12_ASSETS",
        "Assets",
        "请求处置资产",
        "Schedule; amounts are sums over sheet 11",
        _ADMIN,
        _columns(
            ("asset_id", "资产编号", "T", 9),
            ("class", "类别", "T", 12),
            ("description", "具体描述", "T", 40),
            ("country", "国家/地区", "T", 8),
            ("titleholder", "登记权利人", "T", 28),
            ("acquired", "取得日", "D", 11),
            ("price", "价款", "M", 16),
            ("ccy", "币种", "T", 6),
            *((c, f"{RULE_NAMES[r][2]}追踪金额", "F", 16) for c, r in zip(codes, m.rules, strict=True)),
            ("floor_L", "下限", "M", 16),
            ("ceiling_U", "上限", "M", 16),
            ("selected", "选用方法", "T", 9),
            ("traced", "选用法金额", "F", 16),
            ("pct", "可追踪比例", "F", 9),
            ("lawful", "合法份额", "F", 16),
            ("value_now", "现值", "M", 16),
            ("encumbrance", "权利负担", "M", 14),
            ("net", "净值", "F", 16),
            ("theory", "理论", "T", 14),
            ("measure", "请求措施", "T", 12),
        ),
    )
    flow = _flow(m, {})
    stated = {a.record: a for a in m.d.case.assets}
    targets = {t.target: t for t in m.d.trace.targets}
    ordered = sorted(m.d.assets.values(), key=lambda a: (stated[a.record].id if a.record in stated else "~", a.record))
    to, last = flow.there("to"), len(m.rules)
    for n, a in enumerate(ordered, 1):
        row, t = FIRST + n - 1, targets.get(f"sink:ASSET:{a.record}")
        currency = a.currency
        methods = [
            Formula(
                f'SUMIFS({flow.there(code)},{to},"sink:ASSET:{_quoted(a.record)}")',
                (money(t.by_rule[r], currency) if t else None) or Decimal(0),
            )
            for r, code in zip(m.rules, codes, strict=True)
        ]
        selected = m.d.case.tracing.selected
        chosen = (money(t.by_rule[selected], currency) if t else None) or Decimal(0)
        price = money(a.price, currency) or Decimal(0)
        a1, a2 = chr(64 + first), chr(64 + first + last - 1)
        place = dict(zip([c.key for c in sheet.columns], range(1, 60), strict=False))
        from openpyxl.utils import get_column_letter as letter

        at = {k: f"{letter(v)}{row}" for k, v in place.items()}
        value, burden = money(a.value_now, currency), money(a.encumbrance, currency)
        pct = (chosen / price).quantize(Decimal("0.0001")) if price else Decimal(0)
        who = stated.get(a.record)
        sheet.rows.append(
            (
                who.id if who else a.record,
                a.asset_class,
                a.description,
                a.country,
                m.party(a.titleholder),
                a.acquired,
                price,
                currency,
                *methods,
                money(t.bounds.floor, currency) if t else None,
                money(t.bounds.ceiling, currency) if t else None,
                RULE_NAMES[selected][0],
                Formula(f"INDEX({a1}{row}:{a2}{row},MATCH({at['selected']},{a1}$5:{a2}$5,0))", chosen),
                Formula(f"IF({at['price']}=0,0,ROUND({at['traced']}/{at['price']},4))", pct),
                Formula(f"ROUND({at['price']}-{at['traced']},2)", price - chosen),
                value,
                burden,
                Formula(
                    f"ROUND({at['value_now']}-{at['encumbrance']},2)", (value or Decimal(0)) - (burden or Decimal(0))
                ),
                who.theory if who else "",
                who.measure if who else "",
                *m.tail(n, a.cite),
            )
        )
    return sheet


def _owners(m: _Maker) -> Sheet:
    sheet = Sheet(
        "13_BO",
        "Beneficial ownership",
        "受益所有权链",
        "Each law its own verdict, on a date; never one blended share",
        _AID,
        _columns(
            ("entity", "被持有方", "T", 30),
            ("person", "持有方", "T", 30),
            ("law", "法律", "T", 12),
            ("verdict", "结论", "T", 14),
            ("basis", "依据", "T", 24),
            ("figures", "比例", "T", 34),
            ("as_of", "截至", "D", 11),
            ("operator", "门槛", "T", 14),
            ("rule_version", "规则版本", "T", 24),
            ("assumptions", "假设", "T", 34),
            ("chain", "链", "T", 30),
        ),
    )
    by_id = {**m.d.interests, **{i.record: i for i in m.d.interests.values()}}
    for n, v in enumerate(sorted(m.d.verdicts, key=lambda v: (v.target, v.law, v.person, v.as_of)), 1):
        sheet.rows.append(
            (
                m.party(v.target),
                m.party(v.person),
                v.law,
                v.verdict,
                ", ".join(v.basis),
                "; ".join(f"{k} {s}" for k, s in v.figures.items()),
                v.as_of,
                v.operator,
                v.rule_version,
                "; ".join((*v.assumptions, *v.flags)),
                ", ".join(v.chains),
                *m.tail(n, *(by_id[c].cite for c in v.chains if c in by_id)),
            )
        )
    return sheet


def _nexus(m: _Maker) -> Sheet:
    sheet = Sheet(
        "14_NEXUS",
        "US nexus",
        "美国联系",
        "Facts for statutes; no statute is said to be met; totals by grade, never merged",
        _SUMMARY,
        _columns(
            ("wire_id", "汇款编号", "T", 40),
            ("us_institution", "美国机构", "T", 18),
            ("city", "城市", "T", 12),
            ("date", "日期", "D", 11),
            ("amount", "金额", "M", 16),
            ("ccy", "币种", "T", 6),
            ("proof_grade", "证明程度", "T", 12),
            ("record_grade", "记录等级", "T", 9),
            ("counts", "计入", "N", 7),
            ("role", "角色", "T", 26),
            ("tag_path", "字段", "T", 20),
            ("sentence", "可用表述（英）", "T", 60),
            ("sentence_zh", "可用表述（中）", "T", 44),
            ("hooks", "涉及法条", "T", 40),
            ("notes", "备注", "T", 30),
        ),
    )
    number = 0
    grades: dict[str, Decimal] = {}
    for w in m.d.wires:
        best = next((u for u in w.us if u.grade == w.grade), None)
        for u in (*w.us, *w.us_territory):
            number += 1
            counts = 1 if u is best else 0
            amount = money(w.settled_max, w.currency)
            if counts and w.currency == "USD":
                grades[u.grade] = grades.get(u.grade, Decimal(0)) + (amount or Decimal(0))
            proof = (
                "documented"
                if u.grade in {"G1", "G2a+", "G2a", "G2b", "G3"}
                else "inferred"
                if u.grade == "G4"
                else "presumed"
            )
            texts = [m.d.messages[k].cite for k in u.documents if k in m.d.messages] + [
                m.d.postings[k].cite for k in u.documents if k in m.d.postings
            ]
            hooks = "; ".join(f"{k}: {v}" for k, v in w.hooks.items() if v)
            sheet.rows.append(
                (
                    w.wire_id,
                    u.id,
                    u.city or "",
                    w.value_date,
                    amount,
                    w.currency,
                    proof,
                    u.grade,
                    counts,
                    ", ".join(u.roles),
                    ", ".join(u.fields),
                    u.sentence_en,
                    u.sentence_zh,
                    hooks,
                    "; ".join(w.notes),
                    *m.tail(number, *texts),
                )
            )
    for grade in sorted(grades):
        sheet.totals += [
            f"USD {grade}",
            Formula(
                f'SUMIFS({sheet.span("amount")},{sheet.span("record_grade")},"{grade}",{sheet.span("counts")},1,{sheet.span("ccy")},"USD")',
                grades[grade],
            ),
        ]
    return sheet


def _methods(m: _Maker) -> Sheet:
    codes = [RULE_NAMES[r][0] for r in m.rules]
    sheet = Sheet(
        "15_METHODS",
        "Sensitivity to the method",
        "方法敏感性",
        "Rules by words on each sheet; floor and ceiling hold whichever conserving rule is adopted",
        _AID,
        _columns(
            ("target", "对象", "T", 44),
            ("ccy", "币种", "T", 6),
            ("recorded", "记录金额", "M", 16),
            *((c, RULE_NAMES[r][2], "M", 16) for c, r in zip(codes, m.rules, strict=True)),
            ("min", "最小（五法中最低）", "F", 16),
            ("max", "最大", "F", 16),
            ("spread", "差幅", "F", 16),
            ("floor_L", "下限", "M", 16),
            ("ceiling_U", "上限", "M", 16),
            ("words", "最小割（文字）", "T", 70),
            tail=False,
        ),
    )
    end = chr(ord("D") + len(codes) - 1)
    targets = [t for t in m.d.trace.targets if any(t.by_rule.values())]
    for n, t in enumerate(sorted(targets, key=lambda t: (t.kind != "asset", t.target)), FIRST):
        values = [money(t.by_rule[r], t.currency) or Decimal(0) for r in m.rules]
        low, high = chr(ord(end) + 1), chr(ord(end) + 2)
        sheet.rows.append(
            (
                t.name or t.target,
                t.currency,
                money(t.recorded, t.currency),
                *values,
                Formula(f"MIN(D{n}:{end}{n})", min(values)),
                Formula(f"MAX(D{n}:{end}{n})", max(values)),
                Formula(f"ROUND({high}{n}-{low}{n},2)", max(values) - min(values)),
                money(t.bounds.floor, t.currency),
                money(t.bounds.ceiling, t.currency),
                " ".join(t.bounds.words_floor),
            )
        )
    for b in m.d.trace.joint:
        sheet.rows.append(
            (
                f"jointly 合计: {', '.join(b.targets)}",
                b.currency,
                money(b.recorded, b.currency),
                *([None] * (len(codes) + 3)),
                money(b.floor, b.currency),
                money(b.ceiling, b.currency),
                " ".join(b.words_floor),
            )
        )
    return sheet


def _gaps(m: _Maker) -> Sheet:
    sheet = Sheet(
        "16_GAPS",
        "Gaps and assumptions",
        "缺口与假设",
        "Each gap with the ask that would close it",
        _ADMIN,
        _columns(
            ("gap_id", "编号", "T", 8),
            ("type", "类型", "T", 18),
            ("description", "说明", "T", 60),
            ("description_zh", "说明（中）", "T", 44),
            ("affects", "影响", "T", 24),
            ("amount", "涉及金额", "M", 16),
            ("ccy", "币种", "T", 6),
            ("ask", "请求语句", "T", 50),
            ("ask_zh", "请求语句（中）", "T", 40),
        ),
    )
    for n, g in enumerate(m.d.gaps, 1):
        sheet.rows.append(
            (
                g.id,
                g.kind,
                g.description_en,
                g.description_zh,
                ", ".join(m.account(a) for a in g.affects),
                money(g.amount, g.currency) if g.currency else None,
                g.currency,
                g.ask_en,
                g.ask_zh,
                *m.tail(n, *g.cites),
            )
        )
    for n, (account, day, count) in enumerate(m.d.trace.blocks, len(sheet.rows) + 1):
        sheet.rows.append(
            (
                f"B{n:03d}",
                "unordered_day",
                f"{count} entries of {day} have no proven order; the printed order is used, the bounds hold for every order.",
                f"{day} 的 {count} 笔记账无法证明先后；按打印顺序计算，上下限对任何顺序成立。",
                m.account(account),
                None,
                "",
                "Time stamps or sequence numbers of these entries.",
                "该等记账的时间戳或流水号。",
                *m.tail(n, None, confidence="assumed"),
            )
        )
    return sheet


def _exhibits(m: _Maker) -> Sheet:
    sheet = Sheet(
        "17_EXHIBITS",
        "Exhibits",
        "证据目录",
        "Originals and where they are available (FRE 1006(b))",
        _ADMIN,
        _columns(
            ("ex_id", "证物编号", "T", 10),
            ("title_en", "名称（英）", "T", 40),
            ("title_zh", "名称（中）", "T", 30),
            ("file", "文件", "T", 34),
            ("bytes", "字节", "N", 10),
            ("sha256", "哈希值", "T", 66),
            ("class", "类别", "T", 7),
            ("custodian", "保管人", "T", 24),
            ("obtained", "取得方式", "T", 14),
            ("from", "来源", "T", 26),
            ("authority", "法律依据", "T", 24),
            ("obtained_on", "取得时间", "T", 22),
            ("lang", "语言", "T", 6),
            ("certification", "证明类型", "T", 16),
            ("parser", "解析器", "T", 16),
            ("status", "状态", "T", 22),
            ("rows", "行数", "N", 8),
            tail=False,
        ),
    )
    count: dict[str, int] = {}
    for p in m.d.postings.values():
        count[p.cite.exhibit] = count.get(p.cite.exhibit, 0) + 1
    for e in m.d.exhibits:
        sheet.rows.append(
            (
                e.number,
                e.title_en,
                e.title_zh,
                e.name,
                e.size,
                e.sha256,
                e.evidence_class,
                e.custodian,
                e.obtained,
                e.received_from,
                e.authority,
                e.received_at,
                e.language,
                e.certification,
                e.connector,
                e.status,
                count.get(e.sha256, 0),
            )
        )
    return sheet


def _empty() -> tuple[Sheet, ...]:
    named = (
        ("18_TIMELINE", "Timeline and limitation", "时间线与时效", _AID),
        (
            "19_WEALTH",
            "Declared and observed wealth: corroborative only; not a basis of tracing",
            "申报与实际财产：仅供佐证，不作为追踪依据",
            _AID,
        ),
        ("20_ORDERS", "Orders and proceedings", "裁判与程序", _ADMIN),
    )
    return tuple(
        Sheet(
            tab,
            en,
            zh,
            "No record of this kind is in the case",
            status,
            _columns(("row_id", "行号", "T", 12), ("text", "内容", "T", 40), tail=False),
        )
        for tab, en, zh, status in named
    )


def _audit(m: _Maker) -> Sheet:
    sheet = Sheet(
        "21_AUDIT",
        "Audit log",
        "审计日志",
        "Verbs as run, up to the last load or judgement",
        _ADMIN,
        _columns(
            ("n", "序号", "N", 6),
            ("utc", "时间", "T", 22),
            ("user", "用户", "T", 14),
            ("action", "动作", "T", 12),
            ("object", "对象", "T", 30),
            ("reason", "理由", "T", 24),
            ("after", "结果", "T", 30),
            ("software", "软件", "T", 14),
            ("input_hash", "输入哈希", "T", 66),
            ("prev_hash", "前一哈希", "T", 66),
            ("this_hash", "本条哈希", "T", 66),
            tail=False,
        ),
    )
    sheet.rows = [
        (x.n, x.utc, x.user, x.action, x.object, x.reason, x.after, x.software, x.input_hash, x.prev_hash, x.this_hash)
        for x in m.d.log
    ]
    return sheet


def _glossary() -> Sheet:
    sheet = Sheet(
        "22_GLOSSARY",
        "Glossary",
        "术语对照",
        "Preferred terms only",
        _ADMIN,
        _columns(("en", "英文", "T", 40), ("zh", "中文", "T", 30), ("definition", "定义与来源", "T", 80), tail=False),
    )
    text = (files("tracer.annex") / "glossary.tsv").read_text("utf-8")
    for row in csv.reader(text.splitlines(), delimiter="\t", quoting=csv.QUOTE_NONE):
        if len(row) == 3 and row[2].startswith("[P]"):
            sheet.rows.append((row[0], row[1], row[2].removeprefix("[P]").strip()))
    return sheet


def _checks(m: _Maker, made: Mapping[str, Sheet], ten: Sequence[Sheet]) -> Sheet:
    sheet = Sheet(
        "02_CHECKS",
        "Checks",
        "复核表",
        "Live; no difference may remain",
        _ADMIN,
        _columns(
            ("check_id", "编号", "T", 9),
            ("statement_en", "检查内容（英）", "T", 50),
            ("statement_zh", "检查内容（中）", "T", 40),
            ("value", "计算值", "F", 18),
            ("expected", "应为", "F", 18),
            ("difference", "差额", "F", 14),
            ("tolerance", "容差", "M", 10),
            ("result", "结果", "F", 8),
            ("where", "所在表", "T", 14),
            tail=False,
        ),
    )
    txn, zero, half = made["08_TXN"], Decimal(0), Decimal("0.005")

    def add(name: str, en: str, zh: str, value: Formula, expected: Formula | Decimal, where: str) -> None:
        row = FIRST + len(sheet.rows)
        held = Decimal(str(value.value)) - Decimal(str(expected.value if isinstance(expected, Formula) else expected))
        sheet.rows.append(
            (
                name,
                en,
                zh,
                value,
                expected,
                Formula(f"ROUND(D{row}-E{row},4)", held),
                half,
                Formula(f'IF(ABS(F{row})<G{row},"PASS","FAIL")', "PASS" if abs(held) < half else "FAIL"),
                where,
            )
        )

    for n, account in enumerate(m.d.trace.accounts, 1):
        mine = [
            p
            for p in m.d.postings.values()
            if (p.account_key or p.account) == account.account.split(" ")[0] and p.currency == account.currency
        ]
        holes = sum((1 if r.kind == "credit" else -1) * r.amount for r in account.rows if r.posting.startswith("gap:"))
        opening, closing = account.rows[0].balance, account.rows[-1].balance
        total = sum(p.amount for p in mine)
        code = m.account(account.account)
        formula = f'ROUND({money(opening, account.currency)}+SUMIFS({txn.there("credit")},{txn.there("account_id")},"{code}")-SUMIFS({txn.there("debit")},{txn.there("account_id")},"{code}")+{money(holes, account.currency)},2)'
        add(
            f"C01.{n}",
            f"{code}: opening + credits - debits (+ missing periods) = closing",
            f"{code}：期初＋贷方－借方（＋缺失期间）＝期末",
            Formula(formula, money(opening + total + holes, account.currency) or zero),
            money(closing, account.currency) or zero,
            "08_TXN",
        )
    for s in ten:
        names = [c.key for c in s.columns]
        for key in names:
            if key.endswith("_diff"):
                span = s.there(key)
                add(
                    f"C07.{s.tab[-5:]}.{key[:-5]}",
                    f"{s.tab}: largest difference of engine and sheet, {key[:-5]}",
                    f"{s.tab}：引擎与表格最大差额 {key[:-5]}",
                    Formula(f"MAX(MAX({span}),-MIN({span}))", zero),
                    zero,
                    s.tab,
                )
        for rule in m.rules:
            code = RULE_NAMES[rule][0]
            if f"{code}_held" in names:
                last = FIRST + len(s.rows) - 1
                held = f"'{s.tab}'!{s.letter(f'{code}_held')}{last}"
                account = next(a for a in m.d.trace.accounts if tab_of(m.d, a.account) == s.tab)
                entered = (
                    sum(r.traced_in[rule] + r.absorbed[rule] for r in account.rows[1:]) + account.rows[0].held[rule]
                )
                add(
                    f"C05.{s.tab[-5:]}.{code}",
                    f"{s.tab} {code}: in = out + held + absorbed",
                    f"{s.tab} {code}：流入＝流出＋留存＋吸收",
                    Formula(
                        f"ROUND(SUM({s.there(f'{code}_out')})+{held}+SUM({s.there(f'{code}_absorbed')}),2)",
                        money(entered, account.currency) or zero,
                    ),
                    Formula(f"ROUND(SUM({s.there(f'{code}_in')}),2)", money(entered, account.currency) or zero),
                    s.tab,
                )
    flow, assets = made["11_FLOW"], made["12_ASSETS"]
    for rule in m.rules:
        code = RULE_NAMES[rule][0]
        for currency in sorted({t.currency for t in m.d.trace.targets if t.kind == "asset"}):
            traced = sum(t.by_rule[rule] for t in m.d.trace.targets if t.kind == "asset" and t.currency == currency)
            value = money(traced, currency) or zero
            add(
                f"C08.{code}.{currency}",
                f"traced into assets under {code}: sheet 11 = sheet 12 ({currency})",
                f"{code} 追踪至资产：11 表＝12 表（{currency}）",
                Formula(
                    f'SUMIFS({flow.there(code)},{flow.there("to")},"sink:ASSET:*",{flow.there("ccy")},"{currency}")',
                    value,
                ),
                Formula(f'SUMIFS({assets.there(code)},{assets.there("ccy")},"{currency}")', value),
                "12_ASSETS",
            )
    add(
        "C11",
        "rows of class INT on sheet 17 = 0",
        "17 表中仅作情报类行数＝0",
        Formula(f'COUNTIFS({made["17_EXHIBITS"].there("class")},"INT")', 0),
        zero,
        "17_EXHIBITS",
    )
    nexus = made["14_NEXUS"]
    for place in range(1, len(nexus.totals), 2):
        total = nexus.totals[place]
        grade = str(nexus.totals[place - 1]).removeprefix("USD ")
        add(
            f"C13.{grade}",
            f"US nexus total of grade {grade} = sum of its wires",
            f"等级 {grade} 合计＝各笔之和",
            Formula(f"'14_NEXUS'!{'ABCDEFGHIJKLMNOPQRSTUVWXYZ'[place + 1]}4", total.value),
            total.value,
            "14_NEXUS",
        )
    return sheet
