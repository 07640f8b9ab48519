"""11_FLOW: every movement that carries proceeds under any rule, hop by hop, and where it all ended (annex.md section 3).

Amounts are live links to the out cells of sheets 10. Leakage has rows of its own, so that per rule and currency what was
introduced equals what is held, in assets and leaked (C06).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from tracer.annex.cells import Formula, Raw, money
from tracer.annex.paths import depths, known
from tracer.annex.plan import SUMMARY, Plan, Sheet, col, live
from tracer.annex.sheets.s10_trace import TraceSheet, gross
from tracer.annex.sublots import OTHER
from tracer.model import RULE_NAMES, AccountTrace, TraceRow, major

#: Where money enters the books, where it only moves, and where it ends.
ENTERS = ("introduced", "conversion in")
MOVES = ("transfer",)
ENDS = ("asset", "leakage", "absorbed", "charge", "conversion out", "held", "in transit")
KINDS = (*ENTERS, *MOVES, *ENDS)


@dataclass(frozen=True, slots=True)
class _Line:
    """One row before it stands on the sheet."""

    key: tuple[str, int, str, int, str]
    values: dict[str, Raw]
    row: TraceRow | None
    confidence: str
    place: tuple[str, int] | None = None  # of the entry, where the line is the movement itself


def build(plan: Plan, traced: Mapping[str, TraceSheet]) -> Sheet:
    """Add sheet 11."""
    sheet = plan.open(
        Sheet(
            "11_FLOW",
            ("Flow by hop", "逐跳资金流向"),
            (
                "Every movement that carries proceeds under any rule, and where it ended; leakage is shown, so that inputs equal outputs",
                "任一规则下带有所得的每笔资金变动及其归宿；漏损单列，以使流入等于流出",
            ),
            SUMMARY,
            (
                col("path_id", "Path", "路径", "T", 12),
                col("hop", "Hop", "跳次", "N", 6),
                col("from", "From", "自", "T", 16),
                col("to", "To", "至", "T", 24),
                col("kind", "Kind", "类别", "E", 14, KINDS),
                col("date", "Date", "日期", "D", 11),
                col("moved", "Amount moved", "转移金额", "M", 16),
                col("ccy", "Currency", "币种", "T", 8),
                *(col(r, RULE_NAMES[r][0], f"{RULE_NAMES[r][2]}追踪金额", "F", 16) for r in plan.rules),
                col("origin", f"Events, under {RULE_NAMES[plan.case.tracing.selected][0]}", "事件构成", "T", 26),
                col("gap_days", "Days in between", "间隔天数", "N", 8),
                col("country", "Country", "法域", "T", 8),
                col("us_leg", "US leg", "美国付款环节", "T", 16),
            ),
        )
    )
    hops = depths(plan)
    lines = [line for account in plan.trace.accounts for line in _account_lines(plan, account, traced, hops)]
    for confidence in ("documented", "inferred", "assumed"):
        for line in sorted((x for x in lines if x.confidence == confidence), key=lambda x: x.key):
            n = sheet.add(line.values | plan.meta(sheet, line.row.cite if line.row else None, confidence=confidence))
            if line.place is not None:
                plan.flow_rows[line.place] = n
    return sheet


def _account_lines(
    plan: Plan, account: AccountTrace, traced: Mapping[str, TraceSheet], hops: Mapping[tuple[str, int], int]
) -> list[_Line]:
    sheet = traced.get(account.account)
    if sheet is None:
        return []
    lines: list[_Line] = []
    by_place = {(a.account, r.row): (a, r) for a in plan.trace.accounts for r in a.rows}
    depth = 0
    for row in account.rows:
        depth = hops.get((account.account, row.row), depth)
        if row.kind == "debit" and any(row.traced_out.values()):
            lines += _debit(plan, sheet, row, by_place, depth)
        elif row.kind != "debit":
            sent = by_place.get(row.partner) if row.partner else None
            # a charge may take all that a rule sent: the row is then about the charge alone
            if any(gross(row, r) for r in plan.rules) or (sent and any(sent[1].traced_out.values())):
                lines += _credit(plan, sheet, row, by_place, depth, traced)
    last = account.rows[-1]
    if any(last.held.values()):
        end = len(sheet.lines) - 1
        held: dict[str, Raw] = {}
        for rule in plan.rules:
            live_cell = rule != "lifo" or end in sheet.cuts
            held[rule] = (
                live(sheet.there(f"{rule}_held", end), sheet.digits) if live_cell else _amount(sheet, last.held[rule])
            )
        shown = plan.account(account.account)
        values = _values(plan, sheet, last, "held", shown, depth + 1) | held
        values |= {
            "to": f"{shown} balance 余额",
            "date": last.day,
            "moved": _amount(sheet, max(0, last.balance)),
            "us_leg": None,
            "gap_days": None,
            "origin": None,
        }
        lines.append(_Line((_path(plan, last), depth + 1, shown, 10**9, "held"), values, last, "documented"))
    return lines


def _amount(sheet: TraceSheet, minor: int) -> Raw:
    return money(minor, sheet.account.currency)


def _path(plan: Plan, row: TraceRow) -> str:
    found = {k for parts in row.by_label.values() for k, v in parts.items() if v and k not in OTHER}
    return "+".join(sorted(found)) or "+".join(sorted(plan.trace.labels))


def _values(plan: Plan, sheet: TraceSheet, row: TraceRow, kind: str, source: str, hop: int) -> dict[str, Raw]:
    selected = plan.case.tracing.selected
    parts = {k: v for k, v in row.by_label.get(selected, {}).items() if v and k not in OTHER}
    currency = sheet.account.currency
    us = [w for w in plan.dossier.wires if row.transfer and w.transfer == row.transfer and w.us]
    return {
        "path_id": _path(plan, row),
        "hop": hop,
        "from": source,
        "kind": kind,
        "date": row.day,
        "moved": _amount(sheet, row.amount),
        "ccy": currency,
        "origin": "; ".join(f"{k}: {major(v, currency)}" for k, v in sorted(parts.items())),
        "us_leg": ", ".join(f"{u.id} {u.grade}" for w in us for u in w.us),
    }


def _debit(
    plan: Plan,
    sheet: TraceSheet,
    row: TraceRow,
    by_place: Mapping[tuple[str, int], tuple[AccountTrace, TraceRow]],
    hop: int,
) -> list[_Line]:
    n = sheet.first_line[row.row]
    kind, to, confidence = _ends(plan, sheet, row, by_place)
    cells: dict[str, Raw] = {}
    for rule in plan.rules:
        live_cell = rule != "lifo" or (n in sheet.cuts and n - 1 in sheet.cuts)
        cells[rule] = (
            live(sheet.there(f"{rule}_out", n), sheet.digits) if live_cell else _amount(sheet, row.traced_out[rule])
        )
    shown = plan.account(sheet.account.account)
    values = _values(plan, sheet, row, kind, shown, hop) | cells | {"to": to}
    if row.partner is not None and row.partner in by_place:
        arrived = by_place[row.partner][1].day
        values["gap_days"] = (arrived - row.day).days if arrived and row.day else None
    place = (sheet.account.account, row.row)
    return [_Line((_path(plan, row), hop, shown, row.row, kind), values, row, confidence, place)]


def _ends(
    plan: Plan, sheet: TraceSheet, row: TraceRow, by_place: Mapping[tuple[str, int], tuple[AccountTrace, TraceRow]]
) -> tuple[str, str, str]:
    """Return kind, destination as printed, and confidence of a debit."""
    confidence = known(plan, row)
    if row.partner is not None and row.partner in by_place:
        other = by_place[row.partner][0]
        kind = "transfer" if other.currency == sheet.account.currency else "conversion out"
        return kind, plan.account(other.account), confidence
    if row.target.startswith("sink:ASSET:"):
        return "asset", plan.target(row.target), confidence
    if row.target.startswith("transit:"):
        return "in transit", plan.target(row.target), confidence
    return "leakage", plan.target(row.target), confidence


def _credit(
    plan: Plan,
    sheet: TraceSheet,
    row: TraceRow,
    by_place: Mapping[tuple[str, int], tuple[AccountTrace, TraceRow]],
    depth: int,
    traced: Mapping[str, TraceSheet],
) -> list[_Line]:
    first, last = sheet.first_line[row.row], sheet.line_of(row.row)
    digits, shown = sheet.digits, plan.account(sheet.account.account)

    def total(key: str) -> str:
        letter = sheet.sheet.letter(key)
        return f"SUM('{sheet.tab}'!{letter}{7 + first}:{letter}{7 + last})"

    lines: list[_Line] = []
    came: dict[str, Raw] = {r: live(f"ROUND({total(f'{r}_in')},{digits})", digits) for r in plan.rules}
    sent = by_place.get(row.partner) if row.partner else None
    path = _path(plan, row)
    if sent is None:
        events = ", ".join(c.event for c in plan.trace.claims if c.posting == row.posting)
        source = events or ("opening 期初" if row.kind == "opening" else "composition of the account 账户构成")
        values = _values(plan, sheet, row, "introduced", source, depth) | came | {"to": shown}
        place = (sheet.account.account, row.row)
        lines.append(_Line((path, depth, shown, row.row, "introduced"), values, row, "documented", place))
    elif sent[0].currency != sheet.account.currency:
        values = _values(plan, sheet, row, "conversion in", plan.account(sent[0].account), depth) | came | {"to": shown}
        lines.append(_Line((path, depth, shown, row.row, "conversion in"), values, row, "documented"))
    elif sent[1].amount != row.amount and sent[0].account in traced:
        lines.append(_charge(plan, sheet, row, sent, came, depth, traced))
    if any(row.absorbed.values()):
        back: dict[str, Raw] = {r: live(f"ROUND({total(f'{r}_absorbed')},{digits})", digits) for r in plan.rules}
        values = _values(plan, sheet, row, "absorbed", shown, depth + 1) | back
        before = min(row.amount, max(0, row.amount - row.balance))
        values |= {"to": "overdraft repaid 偿还透支", "moved": _amount(sheet, before), "origin": None}
        lines.append(_Line((path, depth + 1, shown, row.row, "absorbed"), values, row, "documented"))
    return lines


def _charge(
    plan: Plan,
    sheet: TraceSheet,
    row: TraceRow,
    sent: tuple[AccountTrace, TraceRow],
    came: Mapping[str, Raw],
    depth: int,
    traced: Mapping[str, TraceSheet],
) -> _Line:
    """What was sent and did not arrive: per rule the out cell of the source less what came in."""
    source = traced[sent[0].account]
    n = source.first_line[sent[1].row]
    cells: dict[str, Raw] = {}
    for rule, cell in came.items():
        out = source.there(f"{rule}_out", n)
        live_cell = rule != "lifo" or (n in source.cuts and n - 1 in source.cuts)
        gone = sent[1].traced_out[rule] - gross(row, rule)
        text = cell.text.removeprefix("=") if isinstance(cell, Formula) else ""
        cells[rule] = (
            live(f"ROUND({out}-{text},{sheet.digits})", sheet.digits) if live_cell and text else _amount(sheet, gone)
        )
    shown = plan.account(sent[0].account)
    left = sent[1].amount - row.amount
    to = plan.target(sent[1].target) if sent[1].target else "charge in transit 在途费用"
    values = (
        _values(plan, sheet, row, "charge", shown, depth)
        | cells
        | {"to": to, "moved": _amount(sheet, left), "origin": None}
    )
    return _Line((_path(plan, row), depth, shown, row.row, "charge"), values, row, "documented")
