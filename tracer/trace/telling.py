"""Names and texts for a trace: which target is which asset, and what the bank printed beside each entry."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace

from tracer.model import Asset, AssetTrace, Posting, TraceResult, TraceRow, Transfer
from tracer.model.parted import leg_of
from tracer.model.targets import asset_of

__all__ = ["asset_names", "told"]


def asset_names(assets: Iterable[Asset], targets: Iterable[str]) -> dict[str, str]:
    """Return target -> description of the asset, with the currency where the target is what was paid in another one.

    targets: as the entries and the trace name them, `sink:ASSET:RECORD` or `sink:ASSET:RECORD:CURRENCY`.
    """
    described = {a.record: a.description for a in assets}
    names = {f"sink:ASSET:{record}": description for record, description in described.items()}
    for target in targets:
        record, currency = asset_of(target, described)
        if currency:
            names[target] = f"{described[record]} ({currency})"
    return names


def told(
    result: TraceResult, postings: Mapping[str, Posting], assets: Mapping[str, Asset], transfers: Iterable[Transfer]
) -> TraceResult:
    """Return the result with kinds, names and postings of its targets, and cite, text and transfer of its rows."""
    descriptions = asset_names(assets.values(), [target.target for target in result.targets])
    of_posting = {leg: t.id for t in transfers for leg in (t.debit, t.credit) if leg}
    accounts = tuple(
        replace(account, rows=tuple(_row(row, postings, of_posting) for row in account.rows))
        for account in result.accounts
    )
    paid: dict[str, list[str]] = {}
    for account in accounts:
        for row in account.rows:
            if row.target:
                paid.setdefault(row.target, []).append(row.posting)
    targets = tuple(_target(target, descriptions, paid) for target in result.targets)
    return replace(result, accounts=accounts, targets=targets)


def _row(row: TraceRow, postings: Mapping[str, Posting], of_posting: Mapping[str, str]) -> TraceRow:
    posting = postings.get(leg_of(row.posting))
    if posting is None:
        return replace(row, text=row.text or row.posting)
    text = " · ".join(part for part in (posting.counterparty, posting.details) if part)
    transfer = of_posting.get(leg_of(row.posting), "")
    if leg_of(row.posting) != row.posting:  # its line is printed on the account at its other end, and so is the balance
        return replace(row, cite=posting.cite, text=text, transfer=transfer)
    return replace(row, cite=posting.cite, text=text, printed_balance=posting.balance, transfer=transfer)


def _target(target: AssetTrace, descriptions: Mapping[str, str], paid: Mapping[str, list[str]]) -> AssetTrace:
    name = target.target
    kind, shown = target.kind, target.name
    if name in descriptions:
        kind, shown = "asset", descriptions[name]
    elif name.startswith("bal:"):
        kind, shown = "balance", f"balance of {name.removeprefix('bal:')}"
    elif name.startswith("transit:"):
        kind, shown = "transit", f"in transit {name.removeprefix('transit:')[:12]}"
    elif name.startswith("sink:PAID:"):
        kind, shown = "third_party", name.removeprefix("sink:PAID:")
    elif name.startswith("sink:GAP:"):
        kind, shown = "gap", f"left in a missing period: {name.removeprefix('sink:GAP:')}"
    elif name.startswith("sink:"):
        kind, shown = name.removeprefix("sink:").split(":")[0].lower(), name.removeprefix("sink:")
    return replace(target, kind=kind, name=shown, postings=tuple(paid.get(name, ())))
