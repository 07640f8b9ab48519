"""Which events the records let reach which end, whatever rule is adopted.

A conserving rule chooses among the money an account holds; none draws on what has not arrived, and none on what is no longer
there. So an event reaches an end only by debits that follow it in bank order, across transfers, with no moment in between at
which the account held nothing. Entries of a day that no record orders may stand in any order.
"""

from __future__ import annotations

from collections.abc import Iterator

from tracer.model import AccountTrace, TraceResult, TraceRow

__all__ = ["ends_of"]


def ends_of(trace: TraceResult) -> dict[str, frozenset[str]]:
    """Return label of an event -> every target (sink or `bal:ACCOUNT`) that its proceeds can reach.

    What repaid an overdraft and what was taken on the way are no ends here: no property is bought with them.
    """
    return {label: _ends(trace, label) for label in trace.labels}


def _ends(trace: TraceResult, label: str) -> frozenset[str]:
    entered = {claim.posting for claim in trace.claims if claim.label == label}
    accounts = {account.account: account for account in trace.accounts}
    ahead = [
        (account.account, n)
        for account in trace.accounts
        for n, row in enumerate(account.rows)
        if row.posting in entered or (row.kind == "opening" and any(p.get(label) for p in row.by_label.values()))
    ]
    places = {(a.account, row.row): n for a in trace.accounts for n, row in enumerate(a.rows)}
    walked: set[tuple[str, int]] = set()
    found: set[str] = set()
    while ahead:
        name, at = ahead.pop()
        for row in _holding(accounts[name], at):
            if (name, row.row) in walked:
                break
            walked.add((name, row.row))
            if row.kind == "debit" and row.partner in places:
                ahead.append((row.partner[0], places[row.partner]))
            elif row.kind == "debit":
                found.add(row.target)
            if row is accounts[name].rows[-1] and row.balance > 0:
                found.add(f"bal:{name}")
    return frozenset(found)


def _holding(account: AccountTrace, at: int) -> Iterator[TraceRow]:
    """Yield the rows from `at`, or from the beginning of its unordered day, until the account holds nothing."""
    rows = account.rows
    while at and rows[at].block >= 0 and rows[at - 1].block == rows[at].block:
        at -= 1
    for n in range(at, len(rows)):
        yield rows[n]
        is_inside = rows[n].block >= 0 and n + 1 < len(rows) and rows[n + 1].block == rows[n].block
        if rows[n].balance <= 0 and not is_inside:
            return
