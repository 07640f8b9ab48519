"""02_CHECKS: what must hold between the sheets, live (annex.md section 3, C01 to C18).

An exhibit that does not add up is evidence, not an error of the annex, but it does not pass: the difference stands beside
what the bank printed, the result reads NOT RECONCILED, and the gap of sheet 16 that lists it is named. A difference that no
gap lists is a contradiction inside the annex: the result reads FAIL, and the annex is not written.
"""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal

from tracer.annex.cells import Formula, Link, Raw
from tracer.annex.plan import ADMINISTRATIVE, Plan, Sheet, col
from tracer.annex.sheets.s10_trace import TraceSheet, gross
from tracer.annex.sheets.s11_flow import ENDS, ENTERS
from tracer.model import RULE_NAMES, exponent

_HALF = Decimal("0.5")


class _Checks:
    """The sheet while it grows."""

    def __init__(self, plan: Plan) -> None:
        self.plan = plan
        self.sheet = plan.open(
            Sheet(
                "02_CHECKS",
                ("Checks", "复核表"),
                (
                    "Live: recalculate, and no result may read FAIL; NOT RECONCILED is a difference of the exhibits themselves, explained by the gap named",
                    "重新计算后不得出现FAIL；NOT RECONCILED（未核平）为证物自身的差异，由所列缺口说明",
                ),
                ADMINISTRATIVE,
                (
                    col("check_id", "Check", "编号", "T", 16),
                    col("statement_en", "What must hold", "检查内容（英）", "T", 48),
                    col("statement_zh", "What must hold, Chinese", "检查内容（中）", "T", 40),
                    col("value", "Value", "计算值", "F", 18),
                    col("expected", "Expected", "应为", "F", 18),
                    col("difference", "Difference", "差额", "F", 13),
                    col("tolerance", "Tolerance", "容差", "M", 11),
                    col("result", "Result", "结果", "F", 18),
                    col("where", "Sheet", "所在表", "L", 16),
                    col("quality", "Quality item", "质量项", "T", 9),
                    col("listed", "Difference listed on 16", "第16表所列差额", "F", 16),
                    col("explained_by", "Explained in", "说明见", "T", 34),
                ),
                meta=False,
            )
        )

    def add(
        self,
        check: str,
        statement: tuple[str, str],
        value: str | int,
        expected: str | int,
        where: str,
        quality: str,
        *,
        digits: int = 0,
        tolerance: Decimal | None = None,
        listed: str | None = None,
        explained: tuple[str, ...] = (),
    ) -> None:
        """Add a check; `listed`: formula of the difference that sheet 16 lists, by the gaps named in `explained`."""
        sheet, row = self.sheet, self.sheet.next_row
        allowed = tolerance if tolerance is not None else _HALF.scaleb(-digits)

        left = f"ABS({sheet.at('difference', row)}-{sheet.at('listed', row)})<{sheet.at('tolerance', row)}"
        otherwise = f'IF({left},"NOT RECONCILED","FAIL")' if listed is not None else '"FAIL"'

        def cell(of: str | int) -> Raw:
            return of if isinstance(of, int) else Formula(f"=ROUND({of},{digits})", "money", digits)

        sheet.add(
            {
                "check_id": check,
                "statement_en": statement[0],
                "statement_zh": statement[1],
                "value": cell(value),
                "expected": cell(expected),
                "difference": Formula(
                    f"=ROUND({sheet.at('value', row)}-{sheet.at('expected', row)},{digits + 2})", "money", digits
                ),
                "tolerance": allowed,
                "result": Formula(
                    f'=IF(ABS({sheet.at("difference", row)})<{sheet.at("tolerance", row)},"PASS",{otherwise})', "text"
                ),
                "listed": cell(listed) if listed is not None else None,
                "explained_by": f"not reconciled 未核平: {', '.join(explained)}" if explained else "",
                "where": Link(where, where, 1),
                "quality": quality,
            }
        )


def build(plan: Plan, traced: Mapping[str, TraceSheet]) -> Sheet:
    """Add sheet 02, after every sheet it looks at."""
    checks = _Checks(plan)
    _accounts(plan, checks)
    _exhibits(plan, checks)
    _tracing(plan, checks, traced)
    _flow(plan, checks, traced)
    _rest(plan, checks)
    failed = checks.sheet.span("result")
    checks.sheet.total("FAIL 未通过", Formula(f'=COUNTIFS({failed},"FAIL")', "number"))
    checks.sheet.total("NOT RECONCILED 未核平", Formula(f'=COUNTIFS({failed},"NOT RECONCILED")', "number"))
    return checks.sheet


def _accounts(plan: Plan, checks: _Checks) -> None:
    accounts, txn, gaps = plan.sheets["05_ACCOUNTS"], plan.sheets["08_TXN"], plan.sheets["16_GAPS"]
    for row in range(accounts.top, accounts.next_row):
        if accounts.get("closing", row) is None:
            continue
        name, currency = str(accounts.get("account_id", row)), str(accounts.get("ccy", row))
        of = f"{txn.span('account_id')},{accounts.there('account_id', row)},{txn.span('counts')},1"
        listed = f'SUMIFS({gaps.span("amount")},{gaps.span("affects")},"{name}/closing")'
        breaks = f'SUMIFS({gaps.span("amount")},{gaps.span("affects")},"{name}",{gaps.span("type")},"break")'
        checks.add(
            f"C01 {name}",
            (
                f"{name}, {currency}: opening + credits - debits + change over missing periods = closing as printed",
                f"{name}，{currency}：期初＋贷方－借方＋缺期变动＝原印期末",
            ),
            f"{accounts.there('opening', row)}+SUMIFS({txn.span('credit')},{of})-SUMIFS({txn.span('debit')},{of})+{accounts.there('gap_change', row)}",
            accounts.there("closing", row),
            "08_TXN",
            "Q2",
            digits=exponent(currency),
            listed=f"{breaks}+{listed}",
            explained=_listed(gaps, f"{name}/closing") + _listed(gaps, name, "break"),
        )
    checks.add(
        "C02",
        (
            "balances that differ from the printed one = breaks listed on 16",
            "复算余额与原印余额不符的行数＝第16表断点数",
        ),
        f'COUNTIFS({txn.span("break")},"<0")+COUNTIFS({txn.span("break")},">0")',  # a sheet of 0 rows holds a text there
        f'COUNTIFS({gaps.span("type")},"break")',
        "08_TXN",
        "Q2",
    )


def _exhibits(plan: Plan, checks: _Checks) -> None:
    exhibits, txn, gaps = plan.sheets["17_EXHIBITS"], plan.sheets["08_TXN"], plan.sheets["16_GAPS"]
    for row in range(exhibits.top, exhibits.next_row):
        name = exhibits.get("ex_id", row)
        of = f'{gaps.span("affects")},"{name}",{gaps.span("type")},"conflict"'
        if exhibits.get("rows", row) is not None:
            checks.add(
                f"C03 {name}",
                (
                    f"{name}: lines on 08 and lines set aside = rows counted independently",
                    f"{name}：第08表行数＋搁置行数＝独立计数",
                ),
                f'COUNTIFS({txn.span("ex_id")},"{name}")+{exhibits.there("rejects", row)}',
                exhibits.there("rows", row),
                "17_EXHIBITS",
                "Q3",
                listed=f"SUMIFS({gaps.span('rows_off')},{of})",
                explained=_listed(gaps, str(name), "conflict", "rows_off"),
            )
        if exhibits.get("control_printed", row) is not None:
            checks.add(
                f"C04 {name}",
                (
                    f"{name}: net of the lines = net of the printed balances",
                    f"{name}：各行净额＝原印余额净变动",
                ),
                exhibits.there("control", row),
                exhibits.there("control_printed", row),
                "17_EXHIBITS",
                "Q3",
                digits=exponent(str(exhibits.get("ccy", row))),
                listed=f"SUMIFS({gaps.span('amount')},{of})",
                explained=_listed(gaps, str(name), "conflict", "amount"),
            )


def _listed(gaps: Sheet, affects: str, kind: str = "", figure: str = "amount") -> tuple[str, ...]:
    """Return "difference X in gap G" for each row of sheet 16 that lists a difference of this account or exhibit."""
    found = []
    for row in range(gaps.top, gaps.next_row):
        off = gaps.get(figure, row)
        if gaps.get("affects", row) == affects and off and (not kind or gaps.get("type", row) == kind):
            unit = gaps.get("ccy", row) if figure == "amount" else "rows"
            found.append(f"difference {off} {unit} in {gaps.get('gap_id', row)}")
    return tuple(found)


def _tracing(plan: Plan, checks: _Checks, traced: Mapping[str, TraceSheet]) -> None:
    for sheet in traced.values():
        table, end = sheet.sheet, len(sheet.lines) - 1
        for rule in plan.rules:
            code = RULE_NAMES[rule][0]
            out = "out" if rule != "lifo" else "out_engine"
            held = "held" if rule != "lifo" or end in sheet.cuts else "held_engine"
            checks.add(
                f"C05 {code} {sheet.tab}",
                (
                    f"{sheet.tab}, {code}: traced in = out + held + absorbed",
                    f"{sheet.tab}，{code}：流入＝流出＋留存＋被透支吸收",
                ),
                f"SUM({table.span(f'{rule}_in')})",
                f"SUM({table.span(f'{rule}_{out}')})+{sheet.there(f'{rule}_{held}', end)}+SUM({table.span(f'{rule}_absorbed')})",
                sheet.tab,
                "Q5",
                digits=sheet.digits,
            )
        checks.add(
            f"C07 {sheet.tab}",
            (f"{sheet.tab}: largest difference of engine and sheet", f"{sheet.tab}：引擎与表格最大差额"),
            table.total_at(0),
            0,
            sheet.tab,
            "Q11",
            digits=sheet.digits,
        )
        _splits(plan, checks, sheet, traced)


def _splits(plan: Plan, checks: _Checks, sheet: TraceSheet, traced: Mapping[str, TraceSheet]) -> None:
    """Prove each credited share behind a charge or a conversion within a unit per cell of out x credited / amount."""
    by_name = {a.account: a for a in plan.trace.accounts}
    for row in sheet.account.rows:
        if row.kind != "credit" or row.partner is None or row.partner[0] not in traced:
            continue
        sent = by_name[row.partner[0]].rows[row.partner[1]]
        source = traced[row.partner[0]]
        if sent.amount == row.amount and source.account.currency == sheet.account.currency:
            continue
        m, first, last = source.first_line[sent.row], sheet.first_line[row.row], sheet.line_of(row.row)
        for rule in plan.rules:
            if not gross(row, rule) and not sent.traced_out[rule]:
                continue
            cells = (last - first + 1) * max(1, len(plan.trace.labels))
            letter = sheet.sheet.letter(f"{rule}_in")
            out = "out" if rule != "lifo" or (m in source.cuts and m - 1 in source.cuts) else "out_engine"
            checks.add(
                f"C19 {RULE_NAMES[rule][0]} {sheet.tab}:{row.row}",
                (
                    "share credited after a charge or conversion = out x credited / sent, within a unit per part",
                    "扣费或兑换后到账份额＝流出×到账／汇出，误差不超过每份一个单位",
                ),
                f"SUM('{sheet.tab}'!{letter}{7 + first}:{letter}{7 + last})",
                f"{source.there(f'{rule}_{out}', m)}*{sheet.there('credit', first)}/{source.there('debit', m)}",
                sheet.tab,
                "Q5",
                digits=sheet.digits,
                tolerance=Decimal(cells).scaleb(-sheet.digits) + _HALF.scaleb(-sheet.digits),
            )


def _flow(plan: Plan, checks: _Checks, traced: Mapping[str, TraceSheet]) -> None:
    flow, assets, events = plan.sheets["11_FLOW"], plan.sheets["12_ASSETS"], plan.sheets["07_EVENTS"]
    currencies = sorted({s.account.currency for s in traced.values()})
    for currency in currencies:
        digits = exponent(currency)
        for rule in plan.rules:
            code = RULE_NAMES[rule][0]

            def of(kinds: tuple[str, ...], *, rule: str = rule, currency: str = currency) -> str:
                return "+".join(
                    f'SUMIFS({flow.span(rule)},{flow.span("kind")},"{kind}",{flow.span("ccy")},"{currency}")'
                    for kind in kinds
                )

            checks.add(
                f"C06 {code} {currency}",
                (
                    f"{code}, {currency}: introduced = held + in assets + leakage",
                    f"{code}，{currency}：引入＝留存＋资产＋漏损",
                ),
                of(ENTERS),
                of(ENDS),
                "11_FLOW",
                "Q5",
                digits=digits,
            )
            checks.add(
                f"C08 {code} {currency}",
                (
                    f"{code}, {currency}: traced into assets on 11 = on 12",
                    f"{code}，{currency}：第11表追踪至资产＝第12表",
                ),
                of(("asset",)),
                f'SUMIFS({assets.span(rule)},{assets.span("ccy")},"{currency}")',
                "12_ASSETS",
                "Q6",
                digits=digits,
            )
            sheets = [s for s in traced.values() if s.account.currency == currency]
            checks.add(
                f"C09 {code} {currency}",
                (
                    f"{code}, {currency}: proceeds on 07 = traced in by first-hop credits on 10",
                    f"{code}，{currency}：第07表所得＝第10表首跳贷记的可追踪流入",
                ),
                f'SUMIFS({events.span("proceeds")},{events.span("ccy")},"{currency}",{events.span("txn_id")},"<>")',
                "+".join(f'SUMIFS({s.sheet.span(f"{rule}_in")},{s.sheet.span("event")},"<>")' for s in sheets),
                "07_EVENTS",
                "Q5",
                digits=digits,
            )


def _tested(plan: Plan, checks: _Checks) -> None:
    """Check sheets 23 to 25 where the trace was tested: the live words, the second engine, the sums of the sentences."""
    if plan.dossier.tested is None:
        return
    sensitivity, run, told = (plan.sheets[t] for t in ("23_SENSITIVITY", "24_RUN", "25_EXPLAINED"))
    words = ("holds", "less", "falls")
    same = "+".join(
        f'COUNTIFS({sensitivity.span("result")},"{w}",{sensitivity.span("result_engine")},"{w}")' for w in words
    )
    checks.add(
        "C21",
        (
            "rows of 23 whose live result is the engine's = rows with a result",
            "第23表公式结果与引擎判断一致的行数＝有结果的行数",
        ),
        same,
        "+".join(f'COUNTIFS({sensitivity.span("result_engine")},"{w}")' for w in words),
        "23_SENSITIVITY",
        "Q11",
    )
    twice = [n for n in range(run.top, run.next_row) if run.get("outcome", n) == "equal"]
    of = f'{run.span("outcome")},"equal"'
    for key, en, zh in (("floor_diff", "floors", "下限"), ("ceiling_diff", "ceilings", "上限")):
        checks.add(
            f"C22 {en}",
            (
                f"{en} that two engines give, equal to the unit: differences = 0 ({len(twice)} rows)",
                f"双引擎所得{zh}精确一致的行：差额＝0（{len(twice)} 行）",
            ),
            f'SUMIFS({run.span(key)},{of},{run.span(key)},">0")-SUMIFS({run.span(key)},{of},{run.span(key)},"<0")',
            0,
            "24_RUN",
            "Q11",
            digits=2,
        )
    for block in told.blocks:
        for n in range(block.top, block.next_row):
            if block.get("difference", n) is not None:
                asset = str(block.get("asset_id", n))
                checks.add(
                    f"C23 {asset}",
                    (f"{asset}: sum of the sentences' lines = figure on 12", f"{asset}：逐笔说明各行之和＝第12表数字"),
                    block.there("sum", n),
                    block.there("traced", n),
                    "25_EXPLAINED",
                    "Q11",
                    digits=exponent(str(block.get("ccy", n))),
                )


def _rest(plan: Plan, checks: _Checks) -> None:
    sheets = plan.sheets
    methods, nexus, assets, gaps, request = (
        sheets[t] for t in ("15_METHODS", "14_NEXUS", "12_ASSETS", "16_GAPS", "03_REQUEST")
    )
    checks.add(
        "C10",
        ("cites that sheet 17 does not list = 0 (counted while writing)", "第17表未列的证物引注数＝0（写入时计数）"),
        plan.unresolved,
        0,
        "17_EXHIBITS",
        "Q4",
    )
    classed = [t for s in sheets.values() for t in s.tables() if "ev_class" in t.places]
    count = "+".join(f'COUNTIFS({t.span("ev_class")},"INT")' for t in classed)
    checks.add("C11", ("rows of class INT on every sheet = 0", "各表INT类行数＝0"), count, 0, "17_EXHIBITS", "Q12")
    checks.add(
        "C12",
        ("same money claimed twice = 0", "重复主张＝0"),
        f'COUNTIFS({methods.span("double_count")},"FAIL")',
        0,
        "15_METHODS",
        "Q7",
    )
    graded = [(n, label.split()[-1]) for n, (label, _) in enumerate(nexus.totals) if label.startswith("G")]
    for currency in sorted({c for _, c in graded}):
        checks.add(
            f"C13 {currency}",
            (f"{currency}: totals per grade = sum of the rows that count", f"{currency}：各等级合计＝计入行之和"),
            "+".join(nexus.total_at(n) for n, c in graded if c == currency),
            f'SUMIFS({nexus.span("amount")},{nexus.span("counts")},1,{nexus.span("ccy")},"{currency}")',
            "14_NEXUS",
            "Q14",
            digits=exponent(currency),
        )
    without = f'COUNTIFS({assets.span("path")},"N",{assets.span("theory")},"<>value")'
    named = "+".join(
        f'COUNTIFS({gaps.span("affects")},"{assets.get("asset_id", n)}/path")'
        for n in range(assets.top, assets.next_row)
    )
    checks.add(
        "C14",
        ("assets without a path to an event = those listed on 16", "无路径资产数＝第16表所列数"),
        without if assets.rows else 0,
        named or 0,
        "12_ASSETS",
        "Q6",
    )
    missing = "+".join(f'COUNTIFS({t.span("status")},"missing")' for t in request.tables())
    stated = sum(r.status == "missing" for r in plan.requirements)
    checks.add(
        "C15",
        ("request items missing = those named on 01 (DRAFT while any is)", "缺失要件数＝封面所列数（有缺失即为草案）"),
        missing,
        stated,
        "03_REQUEST",
        "Q21",
    )
    rows = [t for s in sheets.values() for t in s.tables() if "confidence" in t.places]
    inferred = "+".join(f'COUNTIFS({t.span("confidence")},"{word}")' for t in rows for word in ("inferred", "assumed"))
    number = sum(t.get("confidence", n) in {"inferred", "assumed"} for t in rows for n in range(t.top, t.next_row))
    checks.add(
        "C16",
        ("rows inferred or assumed, for information", "推断或假设行数（供参考）"),
        inferred,
        number,
        "16_GAPS",
        "Q24",
    )
    checks.add(
        "C17",
        ("carried-forward totals of sheets in parts (none in this annex)", "分页结转合计（本附件未分页）"),
        0,
        0,
        "08_TXN",
        "Q3",
    )
    off = [gap.id for gap in plan.dossier.gaps if gap.kind == "check_off"]
    told = "+".join(f'COUNTIFS({gaps.span("gap_id")},"{gap}")' for gap in off)
    checks.add(
        "C20",
        (
            "checks of exhibits for days, printed totals, currencies and marks of the reader that are off = 0",
            "证物的日期、所印合计、币种及读取标记核对不符数＝0",
        ),
        len(off),
        0,
        "16_GAPS",
        "Q3",
        listed=told or None,
        explained=tuple(f"{gap}" for gap in off),
    )
    _tested(plan, checks)
    long_texts = len({name for name, _ in plan.notes})
    checks.add(
        "C18",
        (
            "texts continued on notes, and kinds of marks set for unfit characters, listed on 16",
            "转入注释的文本及不可存字符标记，列于第16表",
        ),
        f'COUNTIFS({gaps.span("type")},"long text")',
        long_texts + (1 if plan.marks else 0),
        "16_GAPS",
        "Q3",
    )
