"""08_TXN: every line of every account, also unrelated ones: selectivity is the first attack (annex.md section 3).

Lines stand account by account in the bank's own order. The balance is computed again from line to line; where a statement
opens at another balance than the one before it closed at, it starts again from what is printed, and sheet 16 says so.
"""

from __future__ import annotations

from decimal import Decimal

from tracer.annex.cells import Raw, money
from tracer.annex.plan import SUMMARY, Column, Plan, Sheet, col, live
from tracer.model import Posting, exponent

TAGS = ("predicate", "traced", "lawful-source", "unrelated")
EXACT = 10**15  # more than 15 significant digits do not survive in a spreadsheet number


def build(plan: Plan) -> Sheet:
    """Add sheet 08. Rows are numbered by `plan.txn`, so that other sheets can link here before it is filled."""
    large = any(abs(v) >= EXACT for p in plan.dossier.postings.values() for v in (p.amount, p.balance or 0))
    sheet = plan.open(
        Sheet(
            "08_TXN",
            ("Transactions", "交易明细"),
            (
                "Every printed line of every account held, in the bank's order; `counts` is 0 for a copy and for a pending or advised line",
                "所持各账户的全部记账行，按银行顺序；副本、未入账或通知行的“计入”为0",
            ),
            SUMMARY,
            _columns(large=large),
        )
    )
    traced = {
        r.posting
        for a in plan.trace.accounts
        for r in a.rows
        if any(r.traced_in.values()) or any(r.traced_out.values())
    }
    claimed = {c.posting for c in plan.trace.claims}
    running = _Running(plan, sheet)
    for seq, key in enumerate(plan.txn_order, 1):
        posting = plan.dossier.postings[key]
        tag = "predicate" if key in claimed else "traced" if key in traced else "unrelated"
        row = _row(plan, key, posting) | {"seq": seq, "tag": tag} | running.cells(key, posting)
        if large:
            row |= _exact(posting)
        sheet.add(row | plan.meta(sheet, posting.cite))
    for currency in sorted({p.currency for p in plan.dossier.postings.values()}):
        for side, zh in (("credit", "贷方"), ("debit", "借方")):
            text = f'SUMIFS({sheet.span(side)},{sheet.span("ccy")},"{currency}",{sheet.span("counts")},1)'
            sheet.total(f"{side} {zh} {currency}", live(text, exponent(currency)))
    return sheet


def _columns(*, large: bool) -> list[Column]:
    columns = [
        col("seq", "No.", "序号", "N", 7),
        col("txn_id", "Transaction", "交易编号", "T", 13),
        col("account_id", "Account", "账户编号", "T", 11),
        col("ex_id", "Exhibit", "证物编号", "T", 9),
        col("posted", "Booked", "记账日", "D", 11),
        col("value_date", "Value date", "起息日", "D", 11),
        col("tz", "Time zone", "时区", "T", 8),
        col("order_no", "Bank's number", "银行流水号", "T", 18),
        col("cp_account", "Counterparty account as printed", "对方账号（原文）", "T", 24),
        col("cp_name", "Counterparty as printed", "对方户名（原文）", "T", 26),
        col("cp_party", "Counterparty", "对方主体", "T", 18),
        col("narrative", "Narrative as printed", "摘要原文", "T", 34),
        col("narrative_tr", "Narrative, translation", "摘要译文", "T", 16),
        col("debit", "Debit", "借方", "M", 15),
        col("credit", "Credit", "贷方", "M", 15),
        col("ccy", "Currency", "币种", "T", 8),
        col("counts", "Counts", "计入", "N", 7),
        col("balance", "Balance as printed", "逐笔余额", "M", 15),
        col("stated_opening", "Statement opens at", "对账单期初", "M", 15),
        col("balance_calc", "Balance computed", "复算余额", "F", 15),
        col("break", "Break", "断点", "F", 11),
        col("usd_eq", "USD equivalent", "折合美元", "M", 15),
        col("fx_rate", "Rate", "汇率", "T", 9),
        col("fx_date", "Rate date", "汇率日期", "D", 11),
        col("fx_source", "Rate source", "汇率来源", "T", 12),
        col("type", "Type", "类型", "T", 9),
        col("reference", "Reference or UETR", "参考号/UETR", "T", 24),
        col("dup_group", "Copy of", "重复组", "T", 13),
        col("bank_status", "Bank status", "入账状态", "E", 9, ("booked", "pending", "info")),
        col("tag", "Tag", "标识", "E", 12, TAGS),
        col("lawful_note", "Lawful source", "合法来源说明", "T", 16),
    ]
    if large:
        columns += [
            col(f"{k}_exact", f"{k}, exact", f"{zh}（精确）", "T", 22)
            for k, zh in (("debit", "借方"), ("credit", "贷方"), ("balance", "余额"))
        ]
    return columns


def _exact(posting: Posting) -> dict[str, Raw]:
    side = "credit" if posting.amount >= 0 else "debit"
    cells: dict[str, Raw] = {f"{side}_exact": str(money(abs(posting.amount), posting.currency))}
    if posting.balance is not None:
        cells["balance_exact"] = str(money(posting.balance, posting.currency))
    return cells


def _row(plan: Plan, key: str, posting: Posting) -> dict[str, Raw]:
    credit = posting.amount >= 0
    copy_of = next((t for t in plan.dossier.transfers if key in t.postings), None) if key in plan.copies else None
    original = (copy_of.credit if credit else copy_of.debit) if copy_of else ""
    references = (posting.owner_reference, posting.end_to_end_id, posting.uetr)
    return {
        "txn_id": plan.txn[key],
        "account_id": plan.account_of(posting),
        "ex_id": plan.number(posting.cite.exhibit),
        "posted": posting.booked,
        "value_date": posting.value_date,
        "order_no": posting.bank_reference,
        "cp_account": posting.counterparty_account,
        "cp_name": posting.counterparty,
        "narrative": posting.details,
        "debit": None if credit else money(-posting.amount, posting.currency),
        "credit": money(posting.amount, posting.currency) if credit else None,
        "ccy": posting.currency,
        "counts": plan.counts(key),
        "balance": money(posting.balance, posting.currency),
        "type": posting.type_code,
        "reference": "; ".join(dict.fromkeys(r for r in references if r)),
        "dup_group": plan.txn.get(original, "") if original else "",
        "bank_status": posting.status,
    }


class _Running:
    """The balance from line to line, as formulas and as integers: the integers only decide where a statement starts anew."""

    def __init__(self, plan: Plan, sheet: Sheet) -> None:
        self.plan, self.sheet = plan, sheet
        self.account = ""
        self.statement = ""
        self.balance = 0
        self.restart: int | None = None

    def cells(self, key: str, posting: Posting) -> dict[str, Raw]:
        sheet, row, digits = self.sheet, self.sheet.next_row, exponent(posting.currency)
        account = self.plan.account_of(posting)
        statement = self.plan.dossier.statements.get(posting.statement)
        counts = self.plan.counts(key)
        self.plan.txn_rows[key] = row
        base: int | None = None
        if account != self.account:
            opening = statement.opening if statement else None
            base = (
                opening
                if opening is not None
                else (posting.balance - posting.amount if posting.balance is not None else 0)
            )
        elif (
            counts
            and posting.statement != self.statement
            and statement
            and statement.opening not in {None, self.balance}
        ):
            base = statement.opening
        elif self.restart is not None:
            base = self.restart
        self.restart = None
        self.account = account
        self.statement = posting.statement if counts else self.statement
        start = self.balance if base is None else base
        self.balance = start + posting.amount * counts
        before = sheet.at("balance_calc", row - 1) if base is None else sheet.at("stated_opening", row)
        moved = f"{sheet.at('counts', row)}*({sheet.at('credit', row)}-{sheet.at('debit', row)})"
        printed, calc = sheet.at("balance", row), sheet.at("balance_calc", row)
        half = Decimal(5).scaleb(-digits - 1)
        wrong = counts and posting.balance is not None and posting.balance != self.balance
        cells: dict[str, Raw] = {
            "stated_opening": money(base, posting.currency) if base is not None else None,
            "balance_calc": live(f"ROUND({before}+{moved},{digits})", digits),
            "break": live(
                f'IF({printed}="",0,IF({sheet.at("counts", row)}=0,0,IF(ABS({calc}-{printed})<{half},0,ROUND({calc}-{printed},{digits}))))',
                digits,
            ),
        }
        if wrong and posting.balance is not None:
            self.restart = posting.balance  # the next line starts from what is printed, so one break is one row
            self.plan.say(
                type="break",
                description=f"{self.plan.txn[key]}, account {account}: the printed balance and the balance computed from line to line differ.",
                description_zh=f"{self.plan.txn[key]}，账户 {account}：原印余额与逐笔复算余额不符。",
                affects=account,
                amount=money(self.balance - posting.balance, posting.currency),
                ccy=posting.currency,
                ask=f"Confirmation of the balance of account {account} after {self.plan.txn[key]}.",
                ask_zh=f"请确认账户 {account} 在 {self.plan.txn[key]} 之后的余额。",
                cite=self.plan.cite(posting.cite),
            )
        return cells
