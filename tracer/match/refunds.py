"""Credits from the payee of an asset, after it was paid for: part of the price may have come back.

Such a credit is not joined to the payment: the same seller may buy, lend or pay for something else. It is told, and the
figures that it may change are told with it. What marks it: the payee's account, its name, or the reference of the payment.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from tracer.match.comparing import equal, is_account, is_one_name
from tracer.model import Gap, Posting, Transfer, major
from tracer.model.accounts import bare
from tracer.model.payments import usable

__all__ = ["Refund", "refund_gap", "refunds"]


@dataclass(frozen=True, slots=True)
class Refund:
    """A credit that may pay back part of what `payments` (posting ids) paid for an asset; `target` as the trace names it."""

    credit: str
    target: str
    payments: tuple[str, ...]
    by: str

    @property
    def gap(self) -> str:
        """Return the id of the gap that tells it."""
        return f"refund/{self.target.removeprefix('sink:ASSET:')}/{self.credit}"


def refunds(
    paid: Mapping[str, str], postings: Mapping[str, Posting], transfers: Iterable[Transfer]
) -> tuple[Refund, ...]:
    """Return the open credits from a payee of an asset, on its day or later; paid: posting id -> target of the asset.

    A credit whose other leg is found, or that a bank reversed, has its explanation and is none.
    """
    open_credits = [
        t.credit
        for t in transfers
        if t.credit and not t.debit and not t.reversed_by and not postings[t.credit].reversal
    ]
    of_target: dict[str, list[str]] = defaultdict(list)
    for key, target in sorted(paid.items()):
        of_target[target].append(key)
    found = []
    for credit in sorted(open_credits):
        q = postings[credit]
        day = q.booked or q.value_date
        for target, payments in sorted(of_target.items()):
            by: dict[str, str] = {}
            for key in payments:
                p = postings[key]
                paid_on = p.booked or p.value_date
                why = _payee(p, q) if day is None or paid_on is None or day >= paid_on else ""
                if why:
                    by[key] = why
            if by:
                found.append(Refund(credit, target, tuple(by), next(iter(by.values()))))
    return tuple(found)


def _payee(payment: Posting, credit: Posting) -> str:
    """Say what marks the payer of a credit as the payee of a payment; "" where nothing does."""
    mine, theirs = payment.counterparty_account, credit.counterparty_account
    if mine and theirs and (bare(mine) == bare(theirs) or is_account(theirs, _of(payment))):
        return f"account {theirs}"
    if is_one_name(payment.counterparty, credit.counterparty):
        return f"name {credit.counterparty}"
    ids = [usable(text) for text in (payment.owner_reference, payment.bank_reference, payment.end_to_end_id)]
    yours = [usable(text) for text in (credit.owner_reference, credit.bank_reference, credit.end_to_end_id)]
    shared = next((text for text in ids if any(equal(text, other) for other in yours)), "")
    if not shared and payment.uetr and payment.uetr.lower() == credit.uetr.lower():
        shared = payment.uetr
    return f"reference {shared}" if shared else ""


def _of(payment: Posting) -> Posting:
    """Return a line of the payee's account, as far as the payment prints it."""
    return Posting(
        payment.cite,
        payment.counterparty_account,
        payment.currency,
        0,
        0,
        servicer=payment.counterparty_agent,
    )


def refund_gap(refund: Refund, postings: Mapping[str, Posting]) -> Gap:
    """Return the gap that tells a refund, without its effects."""
    q = postings[refund.credit]
    day = q.booked or q.value_date
    amount = f"{major(q.amount, q.currency, group=True)} {q.currency}"
    named, currency = refund.target.removeprefix("sink:ASSET:"), postings[refund.payments[0]].currency
    record = named.removesuffix(f":{currency}")  # what was paid in another currency is a target of its own
    asset = record if record == named else f"{record} ({currency})"
    by_zh = refund.by.replace("account ", "账户 ").replace("name ", "名称 ").replace("reference ", "参考号 ")
    return Gap(
        id=refund.gap,
        kind="unknown_origin",
        description_en=f"Credit of {amount} on {day} to account {q.account} from the payee of asset {asset} ({refund.by}): the "
        f"price may have been paid back in part. The methods' figures of {asset} are gross of it; the floor is less by it; "
        "ceilings take the credit as possible proceeds.",
        description_zh=f"{day} 账户 {q.account} 自资产 {asset} 的收款方（{by_zh}）收到 {amount}：价款可能已部分退还。"
        f"{asset} 的各法数字未扣除该款；下限已扣除；上限将该贷记视为可能的涉案资金。",
        affects=(q.account_key or q.account, record),
        amount=q.amount,
        currency=q.currency,
        ask_en=f"The seller's account of the sale of {asset}: invoice, receipts, and what the credit of {amount} on {day} was for.",
        ask_zh=f"卖方关于 {asset} 交易的账目：发票、收据，以及 {day} 贷记 {amount} 的用途。",
        cites=(q.cite, *(postings[key].cite for key in refund.payments)),
    )
