"""05_ACCOUNTS: each account, what is held of it, and what it opened and closed with (annex.md section 3)."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from schwifty import IBAN
from schwifty.exceptions import SchwiftyException

from tracer.annex.cells import Formula, Raw, money
from tracer.annex.plan import SUMMARY, Plan, Sheet, broken_statement, col
from tracer.model import Account, AccountTrace, Posting, Statement, exponent
from tracer.model.accounts import account_of
from tracer.model.parted import is_hub


def build(plan: Plan) -> Sheet:
    """Add sheet 05: accounts with statements first, then those that only a register names."""
    sheet = plan.open(
        Sheet(
            "05_ACCOUNTS",
            ("Accounts", "账户"),
            ("Accounts, the months of records expected and held, and their balances", "账户、应有与实有记录月份及余额"),
            SUMMARY,
            (
                col("account_id", "Account id", "账户编号", "T", 12),
                col("bank", "Bank", "开户行", "T", 24),
                col("bic", "BIC", "BIC", "T", 13),
                col("aba", "ABA", "ABA", "T", 11),
                col("branch", "Branch", "分行", "T", 12),
                col("country", "Country", "国家/地区", "T", 8),
                col("number", "Account number", "账号", "T", 26),
                col("iban_ok", "IBAN check", "IBAN校验", "E", 8, ("ok", "bad", "none")),
                col("type", "Type", "类型", "T", 12),
                col("ccy", "Currency", "币种", "T", 8),
                col("title", "Title", "户名", "T", 26),
                col("holder", "Holder", "持有人", "T", 26),
                col("signatories", "Signatories", "账户签署人", "T", 22),
                col("kyc_bo", "Beneficial owner as the bank holds it", "开户登记受益所有人", "T", 22),
                col("opened", "Opened", "开户日", "D", 11),
                col("closed", "Closed", "销户日", "D", 11),
                col("held_from", "Records from", "对账单起", "D", 11),
                col("held_to", "Records to", "对账单止", "D", 11),
                col("months_expected", "Months expected", "应有月数", "N", 9),
                col("months_held", "Months held", "实有月数", "N", 9),
                col("coverage", "Coverage", "覆盖率", "F", 10),
                col("months_missing", "Months missing", "缺失月份", "T", 14),
                col("opening", "Opening balance", "期初余额", "M", 16),
                col("closing", "Closing balance as printed", "期末余额（原印）", "M", 16),
                col("gap_change", "Change over missing periods", "缺期变动", "M", 16),
                col("verified_by", "Verified by", "核实人", "T", 12),
                col("verified_on", "Verified on", "核实日", "D", 11),
                col("restraint", "Restraint", "限制状态", "T", 10),
            ),
        )
    )
    used: set[str] = set()
    for trace in _kept(plan):
        postings = _postings(plan, trace)
        stated = account_of(trace.account.split(" ")[0], _register(plan))
        used |= {str(stated.cite)} if stated else set()
        statements = _statements(plan, trace)
        cites = [stated.cite] if stated else [s.cite for s in statements[:1]] or [p.cite for p in postings[:1]]
        row = sheet.next_row
        sheet.add(
            _stated(plan, stated)
            | _held(plan, trace, postings, statements)
            | {
                "coverage": Formula(
                    f"=IF({sheet.at('months_expected', row)}=0,0,{sheet.at('months_held', row)}/{sheet.at('months_expected', row)})",
                    "percent",
                )
            }
            | plan.meta(sheet, *cites)
        )
    for n, account in enumerate((a for a in _register(plan) if str(a.cite) not in used), 1):
        row = sheet.next_row
        sheet.add(
            _stated(plan, account)
            | {
                "account_id": f"AC-R{n:02d}",
                "number": account.number,
                "iban_ok": _iban(account.iban or account.number),
                "ccy": account.currency,
                "months_expected": 0,
                "months_held": 0,
                "coverage": Formula(
                    f"=IF({sheet.at('months_expected', row)}=0,0,{sheet.at('months_held', row)}/{sheet.at('months_expected', row)})",
                    "percent",
                ),
            }
            | plan.meta(sheet, account.cite)
        )
    return sheet


def differences(plan: Plan) -> None:
    """List on sheet 16 where an account's lines do not lead from its opening to its closing as printed."""
    for trace in _kept(plan):
        postings = _postings(plan, trace)
        closing = _closing(postings, _statements(plan, trace))
        if closing is None or not trace.rows:
            continue
        shown = plan.account(trace.account)
        moved = sum(
            p.amount for key in plan.txn_order if plan.counts(key) and (p := plan.dossier.postings[key]) in postings
        )
        breaks = sum(
            int(Decimal(str(row["amount"])).scaleb(exponent(trace.currency)))
            for row in plan.listed
            if row["type"] == "break" and row["affects"] == shown
        )
        told = sum(off for _, off in breaks_of(plan, trace))
        off = trace.rows[0].balance + moved + _holes(plan, trace) - closing - breaks - told
        if off:
            plan.say(
                type="conflict",
                description=f"Account {shown}: opening, lines and missing periods do not lead to the closing balance as printed.",
                description_zh=f"账户 {shown}：期初、各行与缺期变动之和与原印期末余额不符。",
                affects=f"{shown}/closing",
                amount=money(off, trace.currency),
                ccy=trace.currency,
                ask=f"Complete statements of account {shown}, with opening and closing balances.",
                ask_zh=f"账户 {shown} 的完整对账单，载明期初和期末余额。",
            )


def _kept(plan: Plan) -> list[AccountTrace]:
    """Return the accounts that a bank keeps, by display id; what stands between the parts of a payment is none."""
    return sorted((a for a in plan.trace.accounts if not is_hub(a.account)), key=lambda a: plan.account(a.account))


def _closing(postings: list[Posting], statements: list[Statement]) -> int | None:
    printed = [s.closing for s in statements if s.closing is not None]
    printed = printed or [p.balance for p in postings if p.balance is not None]
    return printed[-1] if printed else None


def _holes(plan: Plan, trace: AccountTrace) -> int:
    """Return what the balance changed by over the periods that no record shows."""
    return sum(
        row.amount if row.kind == "credit" else -row.amount
        for row in trace.rows
        if row.kind != "opening"
        and row.posting not in plan.dossier.postings
        and not row.posting.startswith("break:")  # no period is missing: the statement itself does not sum
    )


def breaks_of(plan: Plan, trace: AccountTrace) -> list[tuple[Statement, int]]:
    """Return each statement that does not sum, and what its lines make more than the closing balance it prints."""
    return [
        (broken_statement(plan, row.posting), -row.amount if row.kind == "credit" else row.amount)
        for row in trace.rows
        if row.posting.startswith("break:")
    ]


def _register(plan: Plan) -> list[Account]:
    return sorted(plan.dossier.accounts.values(), key=lambda a: (a.number, str(a.cite)))


def _postings(plan: Plan, trace: AccountTrace) -> list[Posting]:
    shown = plan.account(trace.account)
    found = [plan.dossier.postings[key] for key in plan.txn_order]
    return [p for p in found if p.currency == trace.currency and plan.account_of(p) == shown]


def _statements(plan: Plan, trace: AccountTrace) -> list[Statement]:
    key = trace.account.removesuffix(f" {trace.currency}")
    found = [
        s
        for s in plan.dossier.statements.values()
        if (s.account_key or s.account) in {key, trace.account}
        and s.currency == trace.currency
        and s.kind in {"statement", "table"}
    ]
    return sorted(found, key=lambda s: (s.closing_date or s.period_to or date.min, s.number, str(s.cite)))


def _iban(text: str) -> str:
    number = "".join(text.split()).upper()
    if not (number[:2].isalpha() and number[2:4].isdigit()):
        return "none"
    try:
        IBAN(number)
    except SchwiftyException:
        return "bad"
    return "ok"


def _stated(plan: Plan, account: Account | None) -> dict[str, Raw]:
    if account is None:
        return {}
    return {
        "bank": account.bank,
        "bic": account.bic,
        "country": account.country,
        "type": account.kind,
        "title": account.title,
        "holder": plan.party(account.holder) if account.holder else "",
        "signatories": ", ".join(plan.party(s) for s in account.signatories),
        "kyc_bo": plan.party(account.beneficial_owner) if account.beneficial_owner else "",
        "opened": account.opened,
        "closed": account.closed,
    }


def _held(plan: Plan, trace: AccountTrace, postings: list[Posting], statements: list[Statement]) -> dict[str, Raw]:
    key = trace.account.removesuffix(f" {trace.currency}")
    covered = next((c for c in plan.dossier.coverage if c.account in {key, trace.account}), None)
    days = [d for p in postings if (d := p.booked or p.value_date)]
    number = postings[0].account if postings else trace.account
    return {
        "account_id": plan.account(trace.account),
        "number": number,
        "iban_ok": _iban(number),
        "ccy": trace.currency,
        "held_from": min(days, default=None),
        "held_to": max(days, default=None),
        "months_expected": len(covered.expected) if covered else 0,
        "months_held": len(covered.held) if covered else 0,
        "months_missing": ", ".join(covered.missing) if covered else "",
        "opening": money(trace.rows[0].balance if trace.rows else 0, trace.currency),
        "closing": money(_closing(postings, statements), trace.currency),
        "gap_change": money(_holes(plan, trace), trace.currency),
    }
