"""10_T: one sheet per account that proceeds reached, recomputing itself under five rules (annex.md section 4).

Each formula stands beside the engine's value and their difference. LIFO has one cut-off before and at each transfer or
purchase, not per row. With `bundle = blended` an arriving transfer is one row; its traced part is a live link to the sheet
it came from. A conversion and a charge on the way are engine values: no row formula reproduces the largest remainder.
"""

from __future__ import annotations

from collections.abc import Mapping
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction

from openpyxl.utils import get_column_letter

from tracer.annex.book import FIRST, Column, Formula, Sheet, money
from tracer.model import RULE_NAMES, AccountTrace, Dossier, TraceRow, exponent

__all__ = ["account_sheets", "tab_of"]

_ROW_RULES = ("libr", "proceeds_first", "pro_rata", "fifo")


def tab_of(dossier: Dossier, account: str) -> str:
    """Return the tab of an account: internal ids, never account numbers."""
    return f"10_T_{dossier.account_ids[account]}"


def _reached(account: AccountTrace) -> bool:
    return any(amount for row in account.rows for amount in row.traced_in.values())


def account_sheets(dossier: Dossier, cites: Mapping[str, str]) -> tuple[Sheet, ...]:
    """Return a sheet per account that proceeds reached under any rule."""
    chosen = [a for a in dossier.trace.accounts if _reached(a) and a.account in dossier.account_ids]
    rules = [r for r in (*_ROW_RULES, "lifo") if r in dossier.trace.rules]
    layouts = {a.account: _Layout(dossier, a, rules) for a in chosen}
    return tuple(layout.sheet(layouts, cites) for layout in layouts.values())


def _round(value: Fraction) -> int:
    exact = Decimal(value.numerator) / Decimal(value.denominator)
    return int(exact.to_integral_value(ROUND_HALF_UP))


class _Layout:
    """Columns and rows of one account sheet; letters are given here and used by the sheets that link to it."""

    def __init__(self, dossier: Dossier, account: AccountTrace, rules: list[str]) -> None:
        self.dossier, self.account, self.rules = dossier, account, rules
        self.tab, self.digits = tab_of(dossier, account.account), exponent(account.currency)
        self.rows = account.rows
        self.keys: list[Column] = [
            Column("row_id", "行号", width=8),
            Column("posted", "记账日", "D", 11),
            Column("text", "摘要", width=34),
            Column("target", "去向", width=22),
            Column("credit", "贷方", "M"),
            Column("debit", "借方", "M"),
            Column("balance", "余额", "F"),
            Column("held_money", "账内资金", "F"),
            Column("kept", "还清透支后", "F"),
            Column("from_money", "由账内资金支付", "F"),
        ]
        names = {"libr": "LIBR", "proceeds_first": "DIFO", "pro_rata": "PRORATA", "fifo": "FIFO", "lifo": "LIFO"}
        for rule in rules:
            code, zh = names[rule], RULE_NAMES[rule][2]
            self.keys += [
                Column(f"{code}_in", f"{zh} 可追踪入账", "F"),
                Column(f"{code}_kept", f"{zh} 入账留存", "F"),
                Column(f"{code}_absorbed", f"{zh} 被透支吸收", "F"),
            ]
            if rule == "fifo":
                self.keys += [
                    Column("FIFO_q", "累计贷记", "F"),
                    Column("FIFO_r", "累计可追踪", "F"),
                    Column("FIFO_s", "累计借记", "F"),
                ]
            if rule != "lifo":
                self.keys += [
                    Column(f"{code}_out", f"{zh} 流出", "F"),
                    Column(f"{code}_held", f"{zh} 该法下留存", "F"),
                    Column(f"{code}_out_engine", f"{zh} 流出（引擎）", "M"),
                    Column(f"{code}_diff", f"{zh} 差额", "F"),
                ]
        self.cuts: list[int] = []
        if "lifo" in rules:
            wanted = sorted({n for r, row in enumerate(self.rows) if self._of_interest(row) for n in (r - 1, r)})
            self.cuts = wanted
            self.keys += [
                c
                for n in wanted
                for c in (Column(f"V{n}", f"截止行 {n} 最低", "F", 11), Column(f"W{n}", f"截止行 {n} 留存", "F", 11))
            ]
            self.keys += [
                Column("LIFO_out", "后进先出 流出", "F"),
                Column("LIFO_out_engine", "后进先出 流出（引擎）", "M"),
                Column("LIFO_diff", "后进先出 差额", "F"),
            ]
        self.keys += [Column("block", "同日无序", "N", 8), Column("cite", "证物引注", width=30)]
        self.place = {c.key: get_column_letter(n) for n, c in enumerate(self.keys, 1)}

    def _of_interest(self, row: TraceRow) -> bool:
        return row.kind == "debit" and (row.partner is not None or row.target.startswith("sink:ASSET:"))

    def at(self, key: str, row: int) -> str:
        return f"{self.place[key]}{FIRST + row}"

    def out_key(self, rule: str) -> str:
        return f"{RULE_NAMES[rule][0]}_out"

    def sheet(self, layouts: Mapping[str, _Layout], cites: Mapping[str, str]) -> Sheet:
        made = Sheet(
            self.tab,
            f"Tracing of {self.dossier.account_ids[self.account.account]} ({self.account.currency}); bundle = {self.dossier.trace.parameters.get('bundle', 'ordered')}",
            f"逐账户追踪表 {self.dossier.account_ids[self.account.account]}（{self.account.currency}）",
            "Opening balance: other money. Fees under the rule. A payment and its reversal are void. Order: the bank's. Traced money in an overdraft repays the bank",
            "FRE 1006 summary 汇总证据",
            tuple(self.keys),
        )
        state = self._helpers()
        for r in range(len(self.rows)):
            cells = self._row(r, state, layouts, cites)
            made.rows.append(tuple(cells.get(c.key) for c in self.keys))
        return made

    def _helpers(self) -> dict[str, list[int]]:
        """Return the engine's integers of the helper columns."""
        balance = [row.balance for row in self.rows]
        held = [max(0, b) for b in balance]
        kept = [held[0]] + [max(0, held[r] - held[r - 1]) for r in range(1, len(held))]
        spent = [0] + [max(0, held[r - 1] - held[r]) for r in range(1, len(held))]
        q, r_, s = [0], [0], [0]
        entered = [row.traced_in.get("fifo", 0) if n else row.held.get("fifo", 0) for n, row in enumerate(self.rows)]
        for n in range(1, len(held)):
            q.append(q[-1] + kept[n - 1])
            r_.append(r_[-1] + entered[n - 1])
            s.append(s[-1] + spent[n])
        return {"balance": balance, "held": held, "kept": kept, "spent": spent, "q": q, "r": r_, "s": s}

    def _m(self, minor: int) -> Decimal:
        return money(minor, self.account.currency) or Decimal(0)

    def _row(
        self, r: int, state: dict[str, list[int]], layouts: Mapping[str, _Layout], cites: Mapping[str, str]
    ) -> dict[str, object]:
        row, d, p = self.rows[r], self.digits, r - 1
        credit = row.amount if row.kind == "credit" else 0
        debit = row.amount if row.kind == "debit" else 0
        at = self.at
        cells: dict[str, object] = {
            "row_id": str(r),
            "posted": row.day,
            "text": row.text if r else "opening balance 期初余额",
            "target": row.target
            or (f"-> {self.dossier.account_ids.get(row.partner[0], '')}:{row.partner[1]}" if row.partner else ""),
            "credit": self._m(credit) if credit else None,
            "debit": self._m(debit) if debit else None,
            "block": row.block if row.block >= 0 else None,
            "cite": cites.get(row.posting, row.posting if r else ""),
        }
        b, c, f, g, h, i = (at(k, r) for k in ("credit", "debit", "balance", "held_money", "kept", "from_money"))
        gp = at("held_money", p)
        cells["balance"] = (
            self._m(row.balance) if not r else Formula(f"ROUND({at('balance', p)}+{b}-{c},{d})", self._m(row.balance))
        )
        cells["held_money"] = Formula(f"MAX(0,{f})", self._m(state["held"][r]))
        cells["kept"] = Formula(g if not r else f"MAX(0,ROUND({g}-{gp},{d}))", self._m(state["kept"][r]))
        cells["from_money"] = Formula("0" if not r else f"MAX(0,ROUND({gp}-{g},{d}))", self._m(state["spent"][r]))
        for rule in self.rules:
            self._rule(cells, rule, r, state, layouts, (b, g, gp, h, i))
        return cells

    def _rule(
        self,
        cells: dict[str, object],
        rule: str,
        r: int,
        state: dict[str, list[int]],
        layouts: Mapping[str, _Layout],
        refs: tuple[str, ...],
    ) -> None:
        row, d, p, code = self.rows[r], self.digits, r - 1, RULE_NAMES[rule][0]
        b, g, gp, h, i = refs
        at = self.at
        entered = row.traced_in[rule] if r else row.held[rule]
        gross = (row.traced_in[rule] + row.absorbed[rule]) if r else entered
        came, kept, absorbed = at(f"{code}_in", r), at(f"{code}_kept", r), f"{code}_absorbed"
        cells[f"{code}_in"] = self._arrival(row, rule, gross, layouts)
        cells[f"{code}_kept"] = Formula(f"IF({b}=0,0,ROUND({came}*{h}/{b},{d}))" if r else came, self._m(entered))
        cells[absorbed] = Formula(f"ROUND({came}-{kept},{d})", self._m(gross - entered))
        out, held = row.traced_out[rule], row.held[rule]
        held_p = at(f"{code}_held", p) if rule != "lifo" else ""
        if rule == "libr":
            cells["LIBR_held"] = Formula(kept if not r else f"ROUND(MIN({held_p}+{kept},{g}),{d})", self._m(held))
            cells["LIBR_out"] = Formula(
                "0" if not r else f"ROUND({held_p}+{kept}-{at('LIBR_held', r)},{d})", self._m(out)
            )
        elif rule == "proceeds_first":
            cells["DIFO_out"] = Formula("0" if not r else f"ROUND(MIN({i},{held_p}),{d})", self._m(out))
            cells["DIFO_held"] = Formula(
                kept if not r else f"ROUND({held_p}+{kept}-{at('DIFO_out', r)},{d})", self._m(held)
            )
        elif rule == "pro_rata":
            cells["PRORATA_out"] = Formula("0" if not r else f"IF({gp}>0,ROUND({i}*{held_p}/{gp},{d}),0)", self._m(out))
            cells["PRORATA_held"] = Formula(
                kept if not r else f"ROUND({held_p}+{kept}-{at('PRORATA_out', r)},{d})", self._m(held)
            )
        elif rule == "fifo":
            cells["FIFO_q"] = Formula(
                "0" if not r else f"ROUND({at('FIFO_q', p)}+{at('kept', p)},{d})", self._m(state["q"][r])
            )
            cells["FIFO_r"] = Formula(
                "0" if not r else f"ROUND({at('FIFO_r', p)}+{at('FIFO_kept', p)},{d})", self._m(state["r"][r])
            )
            cells["FIFO_s"] = Formula("0" if not r else f"ROUND({at('FIFO_s', p)}+{i},{d})", self._m(state["s"][r]))
            cells["FIFO_out"] = Formula(
                "0"
                if not r
                else f"ROUND({self._drawn(at('FIFO_s', r))},{d})-ROUND({self._drawn(at('FIFO_s', p))},{d})",
                self._m(out),
            )
            cells["FIFO_held"] = Formula(
                kept if not r else f"ROUND({held_p}+{kept}-{at('FIFO_out', r)},{d})", self._m(held)
            )
        elif rule == "lifo":
            self._lifo(cells, r, state)
            return
        cells[f"{code}_out_engine"] = self._m(out)
        cells[f"{code}_diff"] = Formula(f"ROUND({at(f'{code}_out', r)}-{at(f'{code}_out_engine', r)},{d})", self._m(0))

    def _span(self, key: str) -> str:
        letter = self.place[key]
        return f"${letter}${FIRST}:${letter}${FIRST + len(self.rows) - 1}"

    def _drawn(self, x: str) -> str:
        """Return g(x): the traced part of the first x that was spent, oldest first."""
        k = f"MATCH({x},{self._span('FIFO_q')},1)"
        h = f"INDEX({self._span('kept')},{k})"
        return f"(INDEX({self._span('FIFO_r')},{k})+IF({h}=0,0,({x}-INDEX({self._span('FIFO_q')},{k}))*INDEX({self._span('FIFO_kept')},{k})/{h}))"

    def _arrival(self, row: TraceRow, rule: str, gross: int, layouts: Mapping[str, _Layout]) -> object:
        if row.kind == "credit" and row.partner is not None and row.partner[0] in layouts:
            source = layouts[row.partner[0]]
            sent = source.rows[row.partner[1]]
            blended = self.dossier.trace.parameters.get("bundle") == "blended"
            if blended and sent.amount == row.amount and source.account.currency == self.account.currency:
                return Formula(f"'{source.tab}'!{source.at(source.out_key(rule), row.partner[1])}", self._m(gross))
        return self._m(gross)

    def _lifo(self, cells: dict[str, object], r: int, state: dict[str, list[int]]) -> None:
        d, at, held, kept = self.digits, self.at, state["held"], state["kept"]
        for cut in self.cuts:
            if r > cut:
                continue
            v, w = at(f"V{cut}", r), f"W{cut}"
            low = min(held[r : cut + 1])
            cells[f"V{cut}"] = Formula(
                at("held_money", r) if r == cut else f"MIN({at('held_money', r)},{at(f'V{cut}', r + 1)})", self._m(low)
            )
            before = held[r - 1] if r else 0
            left = max(0, min(kept[r], low - before))
            entered = self.rows[r].traced_in["lifo"] if r else self.rows[0].held["lifo"]
            value = entered - _round(Fraction((kept[r] - left) * entered, kept[r])) if kept[r] else 0
            earlier = at("held_money", r - 1) if r else "0"
            e, h = at("LIFO_kept", r), at("kept", r)
            remains = f"MAX(0,MIN({h},{v}-{earlier}))"
            cells[w] = Formula(f"IF({h}=0,0,{e}-ROUND(({h}-{remains})*{e}/{h},{d}))", self._m(value))
        row = self.rows[r]
        if self._of_interest(row):

            def total(cut: int) -> str:
                letter = self.place[f"W{cut}"]
                return f"SUM({letter}{FIRST}:{letter}{FIRST + cut})"

            out = row.traced_out["lifo"]
            cells["LIFO_out"] = Formula(f"ROUND({total(r - 1)}-{total(r)},{d})", self._m(out))
            cells["LIFO_out_engine"] = self._m(out)
            cells["LIFO_diff"] = Formula(f"ROUND({at('LIFO_out', r)}-{at('LIFO_out_engine', r)},{d})", self._m(0))

    def diffs(self) -> list[str]:
        """Return the ranges of the difference columns, as other sheets write them."""
        last = FIRST + len(self.rows) - 1
        return [
            f"'{self.tab}'!{letter}{FIRST}:{letter}{last}"
            for key, letter in self.place.items()
            if key.endswith("_diff")
        ]
