"""10_T_<account>: one account under every rule, recomputing itself row by row (annex.md section 4).

Each method's traced-in is a live link: at the first hop to the proceeds on sheet 07, further on to the *out* cell of the same
method on the sheet the money came from. One shared column would be wrong from the second hop on.

What no row formula can reproduce is an engine value, said so in the column `source`: the largest-remainder split behind a
charge in transit or a conversion, and interest that follows the composition of the account.

Ranges end at the row they stand in. A range over a whole column would make two accounts that pay each other need each
other's later rows, which a spreadsheet calls a circular reference.

Authority: annex.md section 4; tracing.md 1.2 step 8 (integer mode equals these columns to the cent).
Against:   FRE 1006 admits a summary of records; the columns that compute need a sponsoring witness [K].
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal

from tracer.annex.cells import Formula, Link, Raw, money
from tracer.annex.plan import SUMMARY, Column, Plan, Sheet, col, live
from tracer.annex.sublots import OTHER, Place, Sublot, arrivals
from tracer.model import RULE_NAMES, AccountTrace, TraceRow, exponent
from tracer.model.parted import is_hub, leg_of, splits

__all__ = ["LIFO_CUTS", "TraceSheet", "build"]

#: Cut-off rows of LIFO with live columns (three each); beyond, LIFO is the engine's value and the sheet says so.
LIFO_CUTS = 120
KINDS = ("opening", "credit", "debit")
SOURCES = ("live", "engine")
_WORDS = {
    "unknown": ("unknown origin (label U), presumed lawful in every figure", "来源不明（标签U），一切数字均按合法推定"),
    "lawful": ("proven lawful (label C)", "已证明合法（标签C）"),
}


@dataclass(frozen=True, slots=True)
class Line:
    """One row of the sheet: the entry, and which of its sub-lots."""

    row: TraceRow
    part: int
    parts: int

    @property
    def is_last(self) -> bool:
        return self.part == self.parts - 1


def build(plan: Plan) -> dict[str, TraceSheet]:
    """Add a sheet for every account that proceeds reach, or that mixes them, under any rule."""
    reached = [a for a in plan.trace.accounts if a.commingled or _is_reached(a)]
    found = {rule: arrivals(plan.trace, rule) for rule in plan.rules}
    made = {a.account: TraceSheet(plan, a, found) for a in reached}
    for sheet in made.values():
        sheet.fill(made)
        for row, line in sheet.first_line.items():
            plan.trace_cells[sheet.account.account, row] = (sheet.tab, 7 + line)
    return made


def _is_reached(account: AccountTrace) -> bool:
    return any(any(row.held.values()) or any(row.absorbed.values()) or _moved(row) for row in account.rows)


def _moved(row: TraceRow) -> bool:
    return any(row.traced_in.values()) or any(row.traced_out.values())


def tab_of(plan: Plan, account: str) -> str:
    """Return a legal, unique tab: internal ids only; letters a sheet name may not have become `_` (safety.md S5)."""
    shown = "".join("_" if c in "[]:*?/\\'" or not c.isprintable() else c for c in plan.account(account))[:26]
    tab, n = f"10_T_{shown}", 1
    while tab in plan.sheets:
        n += 1
        tab = f"10_T_{shown[:22]}_{n}"
    return tab


def gross(row: TraceRow, rule: str) -> int:
    """Return the proceeds a credit brings in, before any of it repays the bank."""
    return sum(amount for label, amount in row.by_label[rule].items() if label not in OTHER)


class TraceSheet:
    """One account: its lines, its columns, its formulas."""

    def __init__(
        self, plan: Plan, account: AccountTrace, found: Mapping[str, Mapping[Place, tuple[Sublot, ...]]]
    ) -> None:
        self.plan, self.account, self.found = plan, account, found
        self.digits = exponent(account.currency)
        self.is_hub, self.splits = is_hub(account.account), splits(account.account)
        self.blended = self.splits or plan.trace.parameters.get("bundle", "ordered") == "blended"
        self.rules = plan.rules
        self.lines = [line for row in account.rows for line in self._lines(row)]
        self.first_line = {line.row.row: n for n, line in reversed(list(enumerate(self.lines)))}
        self.family = self._families()
        self.cuts = self._cut_lines() if "lifo" in self.rules else []
        self.tab = tab_of(plan, account.account)
        shown = plan.account(account.account)
        self.sheet = plan.open(
            Sheet(
                self.tab,
                (f"Tracing of account {shown}, {account.currency}", f"逐账户追踪表：{shown}，{account.currency}"),
                self._purpose(),
                SUMMARY,
                self._columns(),
            )
        )

    # what the sheet holds

    def _sublots(self, row: TraceRow, rule: str) -> tuple[Sublot, ...]:
        return self.found[rule].get((self.account.account, row.row), ())

    def _lines(self, row: TraceRow) -> list[Line]:
        parts = max([1, *(len(self._sublots(row, rule)) for rule in self.rules)])
        return [Line(row, part, parts) for part in range(parts)]

    def _families(self) -> dict[str, str]:
        """Return rule -> suffix of the columns it reads: rules whose sub-lots have the same sizes share one set."""
        sizes: dict[str, tuple[tuple[int, ...], ...]] = {}
        for rule in self.rules:
            split = [row for row in self.account.rows if len(self._lines(row)) > 1]
            sizes[rule] = tuple(tuple(s.size for s in self._sublots(row, rule)) for row in split)
        distinct = list(dict.fromkeys(sizes.values()))
        if len(distinct) == 1 and not any(len(part) > 1 for part in distinct[0]):
            return dict.fromkeys(self.rules, "")
        return {rule: f"_{distinct.index(sizes[rule]) + 1}" for rule in self.rules}

    def _cut_lines(self) -> list[int]:
        """Return the lines before and at each transfer or purchase, and the last one."""
        wanted: dict[int, None] = {}
        for line_number, line in enumerate(self.lines):
            row = line.row
            asset = row.target.startswith("sink:ASSET:") and row.traced_out.get("lifo", 0)
            if row.kind == "debit" and (row.partner is not None or asset):
                wanted |= dict.fromkeys((line_number - 1, line_number))
        return sorted({*list(wanted)[: LIFO_CUTS - 1], len(self.lines) - 1})

    def _purpose(self) -> tuple[str, str]:
        days = self._unordered()
        if self.is_hub and not self.splits:
            return (
                (
                    "Not a bank's account: one payment that a person judged to be in parts (see the gaps). What its debits took is "
                    f"credited in one line, one debit after another.{days[0]} Calculation under the stated assumption; a sponsoring "
                    "witness is needed, confirm with counsel."
                ),
                (
                    "非银行账户：一笔经人工判定为分部分的付款（见缺口清单）。其各笔借记所取的资金依次以一笔贷记入账。"
                    f"{days[1]}按所述假定计算；须有证人作证，请律师确认。"
                ),
            )
        if self.is_hub:
            return (
                (
                    "Not a bank's account: one payment that a person judged to be in parts (see the gaps). No record says which of its "
                    "money is in which part: under every method each part takes the same share, rounded so that the sum is exact."
                    " Calculation under the stated assumption; a sponsoring witness is needed, confirm with counsel."
                ),
                (
                    "非银行账户：一笔经人工判定为分部分的付款（见缺口清单）。无记录载明其哪些资金在哪一部分：按各法各部分均取同一比例，"
                    "取整后合计无误差。按所述假定计算；须有证人作证，请律师确认。"
                ),
            )
        opening = _WORDS.get(self.plan.case.tracing.opening_balance, (self.plan.case.tracing.opening_balance,) * 2)
        bundle = (
            (
                "blended: an arriving transfer is one row and repays an overdraft at its average share",
                "合并：到账为一行，按平均份额偿还透支",
            )
            if self.blended
            else (
                "ordered: an arriving transfer has one row per sub-lot, in the order drawn, the first repays an overdraft first",
                "有序：到账按支取顺序每子批一行，先支取者先偿还透支",
            )
        )
        en = (
            f"Opening balance: {opening[0]}. Bundle {bundle[0]}. Same-day order: {self.plan.trace.parameters.get('same_day_order', '')}.{days[0]}"
            " Overdraft: what repays the bank leaves the trail. Reversal: both legs void. Fees: a debit under the rule."
            " Interest and charges in transit: engine values. One currency per sheet; a conversion crosses at the executed rate."
            " Calculation under the stated method; a sponsoring witness is needed, confirm with counsel."
        )
        zh = (
            f"期初余额：{opening[1]}。到账批次{bundle[1]}。同日顺序：{self.plan.trace.parameters_zh.get('same_day_order', '')}。{days[1]}透支：偿还银行的部分不再追踪。"
            "冲正：两笔均视为无效。费用：按规则支取。利息和在途费用：引擎值。每表一种货币；兑换按实际汇率。按所述方法计算；须有证人作证，请律师确认。"
        )
        return en, zh

    def _unordered(self) -> tuple[str, str]:
        """Return the gaps of this account's days without order; their figures here are those of the order taken."""
        mine = self.account.account
        unordered = [g for g in self.plan.dossier.gaps if g.kind == "unordered_day" and mine in g.affects]
        # the order of debits on several accounts is one of the account between the parts: each account's own is recorded
        here = [g for g in unordered if self.is_hub or not any(map(is_hub, g.affects))]
        if not here:
            return "", ""
        named = ", ".join(f"{g.period[0]} ({g.id})" for g in here if g.period)
        return (
            f" Without order: {named}; figures here are those of the order taken, least and most over all orders on sheet 15.",
            f"无次序可证：{named}；本表按所采次序计算，各次序最低与最高值见第15表。",
        )

    def _columns(self) -> list[Column]:
        names = list(dict.fromkeys(self.family.values()))
        ccy = self.account.currency
        columns = [
            col("seq", "No.", "行", "N", 6),
            col("posted", "Date", "记账日", "D", 11),
            col("txn_id", "Transaction", "交易编号", "L", 13),
            col("kind", "Entry", "类别", "E", 9, KINDS),
            col("text", "Narrative", "摘要", "T", 30),
            col("other", "From or to", "来自或去往", "T", 20),
            col("event", "Event", "事件", "T", 8),
            col("source", "Traced in is", "可追踪流入来源", "E", 9, SOURCES),
            col("credit", f"Credit, {ccy}", "贷方", "M", 15),
            col("debit", f"Debit, {ccy}", "借方", "M", 15),
            col("printed", f"Bank balance as printed, {ccy}", "银行余额（原印）", "M", 15),
            col("balance", "Bank balance", "银行余额", "F", 15),
            col("balance_engine", "Bank balance, engine", "银行余额（引擎）", "M", 15),
            col("balance_diff", "Bank balance, difference", "银行余额差额", "F", 10),
        ]
        for name in names:
            rules = ", ".join(RULE_NAMES[r][0] for r in self.rules if self.family[r] == name)
            of = f" ({rules})" if name else ""
            if name:
                columns += [
                    col(f"credit{name}", f"Credit by sub-lot{of}", "子批贷方", "F", 15),
                    col(f"balance{name}", f"Balance by sub-lot{of}", "子批余额", "F", 15),
                ]
            columns += [
                col(f"money{name}", f"Money in the account{of}", "账内资金", "F", 15),
                col(f"left{name}", f"Credit left after repaying overdraft{of}", "偿还透支后余额", "F", 15),
                col(f"drawn{name}", f"Debit met from money in the account{of}", "由账内资金支付", "F", 15),
            ]
        for rule in self.rules:
            columns += _rule_columns(rule)
        for line in self.cuts:
            at = 7 + line
            columns += [
                col(f"v{line}", f"LIFO at row {at}: suffix minimum", f"后进先出 截至第{at}行：后缀最小值", "F", 13),
                col(f"l{line}", f"LIFO at row {at}: left of credit", f"后进先出 截至第{at}行：贷记余额", "F", 13),
                col(f"w{line}", f"LIFO at row {at}: traced part left", f"后进先出 截至第{at}行：可追踪余额", "F", 13),
            ]
        return columns

    # formulas

    def fill(self, others: Mapping[str, TraceSheet]) -> None:
        """Add every row, with links to the sheets the money came from."""
        for n in range(len(self.lines)):
            self._add(n, others)
        sheet = self.sheet
        diffs = [key for key in sheet.places if key.endswith("_diff")]
        spans = ",".join(sheet.span(key) for key in diffs)
        sheet.total(
            "largest difference of engine and sheet 引擎与表格最大差额",
            live(f"MAX(MAX({spans}),-MIN({spans}))", self.digits),
        )

    def _money(self, minor: int | None) -> Decimal | None:
        return money(minor, self.account.currency)

    def _round(self, text: str) -> Formula:
        return live(f"ROUND({text},{self.digits})", self.digits)

    def at(self, key: str, n: int) -> str:
        """Return the address of a cell of line n, on this sheet."""
        return self.sheet.at(key, 7 + n)

    def there(self, key: str, n: int) -> str:
        """Return the address of a cell of line n, from another sheet."""
        return self.sheet.there(key, 7 + n)

    def line_of(self, row: int) -> int:
        """Return the last line of an entry."""
        first = self.first_line[row]
        return first + self.lines[first].parts - 1

    def _add(self, n: int, others: Mapping[str, TraceSheet]) -> None:
        line = self.lines[n]
        row = line.row
        values: dict[str, Raw] = {
            "seq": n,
            "posted": row.day,
            "txn_id": self._transaction(line),
            "kind": row.kind,
            "text": self._text(row),
            "other": self._other(row),
            "event": ", ".join(self._events(row)),
            "printed": self._money(row.printed_balance) if line.is_last else None,
        }
        opening = n == 0
        is_credit = row.kind != "debit" and not opening
        values["credit"] = self._money(row.amount) if is_credit and line.part == 0 else None
        values["debit"] = self._money(row.amount) if row.kind == "debit" else None
        if opening:
            values["balance"] = self._money(row.balance)
        else:
            values["balance"] = self._round(f"{self.at('balance', n - 1)}+{self.at('credit', n)}-{self.at('debit', n)}")
        values["balance_engine"] = self._money(row.balance)
        values["balance_diff"] = self._round(f"{self.at('balance', n)}-{self.at('balance_engine', n)}")
        for name in dict.fromkeys(self.family.values()):
            values |= self._family_cells(n, name, others)
        arrived = {rule: self._arrival(n, rule, others) for rule in self.rules}
        for rule in self.rules:
            values[f"{rule}_in"] = arrived[rule]
            values |= self._rule_cells(n, rule)
        values["source"] = _source(arrived.values())
        for cut in self.cuts:
            if n <= cut:
                values |= self._cut_cells(n, cut)
        hole = leg_of(row.posting) not in self.plan.dossier.postings and row.kind != "opening"
        confidence = "assumed" if (hole or opening) and not self.is_hub else "inferred" if self.is_hub else "documented"
        self.sheet.add(values | self.plan.meta(self.sheet, row.cite, confidence=confidence))

    def _transaction(self, line: Line) -> Raw:
        posting = leg_of(line.row.posting)
        number = self.plan.txn.get(posting)
        if number is None:
            return None
        text = f"{number}.{line.part + 1}" if line.parts > 1 else number
        return Link(text, *self.plan.txn_place(posting))

    def _text(self, row: TraceRow) -> str:
        """Return what the bank printed; an opening and a hole are no postings and are named in words."""
        if row.kind == "opening":
            return "opening balance 期初余额"
        if row.posting.startswith("break:"):
            return "difference of a statement that does not sum 未核平对账单的差额"
        if leg_of(row.posting) not in self.plan.dossier.postings:
            period = row.posting.removeprefix(f"gap:{self.account.account}:")
            return f"no record available 未取得记录: {period}"
        return row.text

    def _other(self, row: TraceRow) -> str:
        if row.partner is not None:
            return f"{self.plan.account(row.partner[0])}:{row.partner[1]}"
        return self.plan.target(row.target) if row.target else ""

    def _events(self, row: TraceRow) -> list[str]:
        return [c.event for c in self.plan.trace.claims if c.posting == row.posting and row.partner is None]

    def _family_cells(self, n: int, name: str, others: Mapping[str, TraceSheet]) -> dict[str, Raw]:
        cells: dict[str, Raw] = {}
        balance = f"balance{name}"
        if name:
            rule = next(r for r in self.rules if self.family[r] == name)
            cells[f"credit{name}"] = self._part_size(n, rule, others)
            cells[balance] = (
                live(self.at("balance", 0), self.digits)
                if n == 0
                else self._round(f"{self.at(balance, n - 1)}+{self.at(f'credit{name}', n)}-{self.at('debit', n)}")
            )
        g, gp = self.at(f"money{name}", n), self.at(f"money{name}", n - 1) if n else ""
        d = self.digits
        cells[f"money{name}"] = live(f"MAX(0,{self.at(balance, n)})", d)
        cells[f"left{name}"] = live(f"MAX(0,ROUND({g}-{gp},{d}))", d) if n else live(g, d)
        cells[f"drawn{name}"] = live(f"MAX(0,ROUND({gp}-{g},{d}))", d) if n else self._money(0)
        return cells

    def _part_size(self, n: int, rule: str, others: Mapping[str, TraceSheet]) -> Raw:
        """Return what one line of an arrival credits under a rule: a live link, or the engine's split."""
        line = self.lines[n]
        lots = self._sublots(line.row, rule)
        if not lots:
            return (
                live(self.at("credit", n), self.digits) if line.part == 0 and n and line.row.kind != "debit" else None
            )
        if line.part >= len(lots):
            return None
        lot = lots[line.part]
        source = others.get(line.row.partner[0]) if line.row.partner else None
        if source is None or lot.scaled or line.row.partner is None:
            return self._money(lot.size)
        text = source.part_of(rule, line.row.partner[1], lot)[0]
        return self._round(text) if text else self._money(lot.size)

    def part_of(self, rule: str, row: int, lot: Sublot) -> tuple[str, str]:
        """Return (size, traced) of one sub-lot drawn by the debit `row` of this sheet, as another sheet writes it."""
        n, d = self.first_line[row], self.digits
        family = self.family[rule]
        drawn, out = self.there(f"drawn{family}", n), self.there(f"{rule}_out", n)
        if lot.lot[0] < 0:
            bank = lot.lot == (-1, 1) or (lot.lot == (-1, 0) and rule in {"fifo", "lifo"})
            return (f"{self.there('debit', n)}-{drawn}", "0") if bank else (drawn, out)
        i = self.first_line[lot.lot[0]] + lot.lot[1]
        h, e = self.there(f"left{family}", i), self.there(f"{rule}_kept", i)
        if rule == "fifo":
            q = self.there("fifo_q", i)
            top = f"MIN({self.there('fifo_s', n)},{q}+{h})-{q}"
            low = f"MAX({self.there('fifo_s', n - 1)},{q})-{q}"
            return f"({top})-({low})", f"ROUND(({top})*{e}/{h},{d})-ROUND(({low})*{e}/{h},{d})"
        if n - 1 in self.cuts and n in self.cuts:
            size, traced = (f"{self.there(f'{c}{n - 1}', i)}-{self.there(f'{c}{n}', i)}" for c in "lw")
            return size, traced
        return "", ""

    def _arrival(self, n: int, rule: str, others: Mapping[str, TraceSheet]) -> Raw:
        """Return what the line brings in under a rule: link to sheet 07, link to the upstream sheet, or engine value."""
        line = self.lines[n]
        row = line.row
        if row.kind == "debit":
            return None
        if row.kind == "opening" and n == 0:
            return self._money(row.held[rule])
        lots = self._sublots(row, rule)
        if row.partner is not None and lots:
            if line.part >= len(lots):
                return None
            lot, source = lots[line.part], others.get(row.partner[0])
            if source is None or lot.scaled:
                return self._money(lot.proceeds)
            if self.blended or (len(lots) == 1 and lot.lot[0] < 0):
                return self._upstream(source, row.partner[1], rule, lot)
            text = source.part_of(rule, row.partner[1], lot)[1]
            return self._round(text) if text else self._money(lot.proceeds)
        if line.part:
            return None
        claims = [c for c in self.plan.trace.claims if c.posting == row.posting]
        if claims and sum(c.amount for c in claims) == gross(row, rule):
            cells = "+".join(self.plan.proceeds_cell(c.event) for c in claims)
            return self._round(cells)
        return self._money(gross(row, rule)) if gross(row, rule) else None

    def _upstream(self, source: TraceSheet, row: int, rule: str, lot: Sublot) -> Raw:
        m = source.first_line[row]
        if rule == "lifo" and not (m in source.cuts and m - 1 in source.cuts):
            return self._money(lot.proceeds)
        if lot.lot == (-1, 1) or (not self.blended and rule in {"fifo", "lifo"}):
            return self._money(0)  # the bank's own credit, K
        return live(source.there(f"{rule}_out", m), self.digits)

    def _rule_cells(self, n: int, rule: str) -> dict[str, Raw]:
        line, d, family = self.lines[n], self.digits, self.family[rule]
        row = line.row
        b = self.at(f"credit{family}" if family else "credit", n)
        h, came, kept = self.at(f"left{family}", n), self.at(f"{rule}_in", n), self.at(f"{rule}_kept", n)
        cells: dict[str, Raw] = {
            f"{rule}_kept": live(f"IF({b}=0,0,ROUND({came}*{h}/{b},{d}))", d) if n else live(came, d),
            f"{rule}_absorbed": self._round(f"{came}-{kept}"),
        }
        if self.splits and rule in {"libr", "proceeds_first"}:
            cells |= self._share(n, rule)
        else:
            cells |= {
                "libr": self._libr,
                "proceeds_first": self._difo,
                "pro_rata": self._pro_rata,
                "fifo": self._fifo,
                "lifo": self._lifo,
            }[rule](n)
        last = line.is_last
        cells[f"{rule}_held_engine"] = self._money(row.held[rule]) if last else None
        cells[f"{rule}_out_engine"] = self._money(row.traced_out[rule]) if last else None
        for key in ("held", "out"):
            if last and cells.get(f"{rule}_{key}") is not None:
                live_cell, engine = self.at(f"{rule}_{key}", n), self.at(f"{rule}_{key}_engine", n)
                cells[f"{rule}_{key}_diff"] = self._round(f"{live_cell}-{engine}")
        return cells

    def _before(self, key: str, n: int) -> str:
        return self.at(key, n - 1)

    def _libr(self, n: int) -> dict[str, Raw]:
        """Held = min(held before + traced in, money): a claim survives up to the lowest balance, and never refills."""
        kept, held = self.at("libr_kept", n), self.at("libr_held", n)
        if n == 0:
            return {"libr_held": live(kept, self.digits), "libr_out": self._money(0)}
        g, before = self.at(f"money{self.family['libr']}", n), self._before("libr_held", n)
        return {
            "libr_held": self._round(f"MIN({before}+{kept},{g})"),
            "libr_out": self._round(f"{before}+{kept}-{held}"),
        }

    def _difo(self, n: int) -> dict[str, Raw]:
        """Out = min(debit met, held before): traced money leaves first."""
        kept, out = self.at("proceeds_first_kept", n), self.at("proceeds_first_out", n)
        if n == 0:
            return {"proceeds_first_out": self._money(0), "proceeds_first_held": live(kept, self.digits)}
        drawn, before = self.at(f"drawn{self.family['proceeds_first']}", n), self._before("proceeds_first_held", n)
        return {
            "proceeds_first_out": self._round(f"MIN({drawn},{before})"),
            "proceeds_first_held": self._round(f"{before}+{kept}-{out}"),
        }

    def _pro_rata(self, n: int) -> dict[str, Raw]:
        return self._share(n, "pro_rata")

    def _share(self, n: int, rule: str) -> dict[str, Raw]:
        """Out = debit met x held / money before it."""
        kept, out, d = self.at(f"{rule}_kept", n), self.at(f"{rule}_out", n), self.digits
        if n == 0:
            return {f"{rule}_out": self._money(0), f"{rule}_held": live(kept, d)}
        family = self.family[rule]
        drawn, before, gp = (
            self.at(f"drawn{family}", n),
            self._before(f"{rule}_held", n),
            self.at(f"money{family}", n - 1),
        )
        return {
            f"{rule}_out": live(f"IF({gp}>0,ROUND({drawn}*{before}/{gp},{d}),0)", d),
            f"{rule}_held": self._round(f"{before}+{kept}-{out}"),
        }

    def _fifo(self, n: int) -> dict[str, Raw]:
        """Out = g(spent so far) - g(spent before), g = traced part of the first x that came in."""
        kept, out, d = self.at("fifo_kept", n), self.at("fifo_out", n), self.digits
        if n == 0:
            start: dict[str, Raw] = {key: self._money(0) for key in ("fifo_q", "fifo_r", "fifo_s", "fifo_out")}
            return start | {"fifo_held": live(kept, d)}
        family = self.family["fifo"]
        spent, before = self.at("fifo_s", n), self._before("fifo_s", n)
        return {
            "fifo_q": self._round(f"{self._before('fifo_q', n)}+{self.at(f'left{family}', n - 1)}"),
            "fifo_r": self._round(f"{self._before('fifo_r', n)}+{self._before('fifo_kept', n)}"),
            "fifo_s": self._round(f"{before}+{self.at(f'drawn{family}', n)}"),
            "fifo_out": live(f"ROUND({self._g(spent, n)},{d})-ROUND({self._g(before, n)},{d})", d),
            "fifo_held": self._round(f"{self._before('fifo_held', n)}+{kept}-{out}"),
        }

    def _g(self, x: str, n: int) -> str:
        def upto(key: str) -> str:
            letter = self.sheet.letter(key)
            return f"{letter}$7:{letter}{7 + n}"

        k = f"MATCH({x},{upto('fifo_q')},1)"
        h = f"INDEX({upto('left' + self.family['fifo'])},{k})"
        e, q = f"INDEX({upto('fifo_kept')},{k})", f"INDEX({upto('fifo_q')},{k})"
        return f"(INDEX({upto('fifo_r')},{k})+IF({h}=0,0,({x}-{q})*{e}/{h}))"

    def _lifo(self, n: int) -> dict[str, Raw]:
        cells: dict[str, Raw] = {}
        if n in self.cuts:
            cells["lifo_held"] = self._round(self._total(n, n))
        if n and n in self.cuts and n - 1 in self.cuts:
            cells["lifo_out"] = self._round(
                f"{self._total(n - 1, n - 1)}+{self.at('lifo_kept', n)}-{self.at('lifo_held', n)}"
            )
        return cells

    def _total(self, cut: int, upto: int) -> str:
        letter = self.sheet.letter(f"w{cut}")
        return f"SUM({letter}$7:{letter}{7 + upto})"

    def _cut_cells(self, n: int, cut: int) -> dict[str, Raw]:
        """Suffix minimum, what is left of the credit of this line, and the traced part of that, at one cut-off."""
        d, family = self.digits, self.family["lifo"]
        g, h, e = self.at(f"money{family}", n), self.at(f"left{family}", n), self.at("lifo_kept", n)
        v, left = self.at(f"v{cut}", n), self.at(f"l{cut}", n)
        before = self.at(f"money{family}", n - 1) if n else "0"
        return {
            f"v{cut}": live(g if n == cut else f"MIN({g},{self.at(f'v{cut}', n + 1)})", d),
            f"l{cut}": self._round(f"MAX(0,MIN({h},{v}-{before}))"),
            f"w{cut}": live(f"IF({h}=0,0,ROUND({e}-ROUND(({h}-{left})*{e}/{h},{d}),{d}))", d),
        }


def _source(arrived: Iterable[Raw]) -> str:
    """Say whether what came in is live or an engine value; nothing where nothing came in."""
    cells = [cell for cell in arrived if cell]
    if not cells:
        return ""
    return "live" if all(isinstance(cell, Formula) for cell in cells) else "engine"


def _rule_columns(rule: str) -> list[Column]:
    code, _, zh = RULE_NAMES[rule]
    columns = [
        col(f"{rule}_in", f"{code}: traced in", f"{zh}：可追踪流入", "F", 15),
        col(f"{rule}_kept", f"{code}: kept", f"{zh}：入账留存", "F", 15),
        col(f"{rule}_absorbed", f"{code}: absorbed by overdraft", f"{zh}：被透支吸收", "F", 13),
    ]
    if rule == "fifo":
        columns += [
            col("fifo_q", f"{code}: credits before", f"{zh}：此前贷记", "F", 15),
            col("fifo_r", f"{code}: traced before", f"{zh}：此前可追踪", "F", 15),
            col("fifo_s", f"{code}: debits to date", f"{zh}：累计借记", "F", 15),
        ]
    return [
        *columns,
        col(f"{rule}_out", f"{code}: out", f"{zh}：流出", "F", 15),
        col(f"{rule}_held", f"held under {code}", f"{zh}：该法下留存", "F", 15),
        col(f"{rule}_out_engine", f"{code}: out, engine", f"{zh}：流出（引擎）", "M", 15),
        col(f"{rule}_out_diff", f"{code}: out, difference", f"{zh}：流出差额", "F", 10),
        col(f"{rule}_held_engine", f"held under {code}, engine", f"{zh}：留存（引擎）", "M", 15),
        col(f"{rule}_held_diff", f"held under {code}, difference", f"{zh}：留存差额", "F", 10),
    ]
