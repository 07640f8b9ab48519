"""Account-opening and KYC data as a table: one account a row.

Source:  tracer's own template (tracer/ingest/profiles/account_register.yaml) or a person's profile of `kind: accounts`.
Amounts: `facility`, the agreed overdraft, in major units of the account's currency; held as minor units.
Dates:   calendar days of the opening file.
"""

from collections.abc import Iterator

from tracer.ingest import Source, connector
from tracer.ingest.accounts import account_key, iban_of
from tracer.ingest.register import Line, claims_kind, count_kind, read_kind
from tracer.model import Account, Fact, Reject

KIND = "accounts"


def account(line: Line) -> Iterator[Account]:
    """Yield the account of one row; several signatories stand in one cell, parted by semicolons."""
    number, currency = line.need("number"), line.currency("currency")
    bic, country = line.text("bic"), line.text("country")
    iban = line.text("iban")
    if iban and not iban_of(iban):
        line.mark("iban-check-digits")
    opened, closed = line.day("opened"), line.day("closed")
    if opened and closed and closed < opened:
        line.mark("closed-before-opened")
    yield Account(
        line.cite(),
        number,
        currency,
        account_key=account_key(iban or number, bic or country),
        iban=iban,
        bank=line.text("bank"),
        bic=bic,
        country=country,
        kind=line.text("kind"),
        title=line.text("title"),
        holder=line.text("holder"),
        signatories=tuple(part for part in map(str.strip, line.text("signatories").split(";")) if part),
        beneficial_owner=line.text("beneficial_owner"),
        opened=opened,
        closed=closed,
        facility=line.amount("facility", currency),
        marks=line.marks(),
    )


def read_accounts(source: Source) -> Iterator[Fact | Reject]:
    """Yield one Account, or one Reject, for every row."""
    yield from read_kind(source, KIND, account)


CONNECTOR = connector(
    "account_register",
    title="account-opening data as a table",
    claims=lambda source: claims_kind(source, KIND),
    count=lambda source: count_kind(source, KIND),
)(read_accounts)
