"""Account activity as a table: CSV, text with tabs, XLSX, XLS, HTML, through a mapping profile.

Source:  the profile a person confirmed (`--answer profile=FILE.yaml`) or one shipped with tracer that knows the header.
Amounts: as the profile says; held as signed minor units from the point of view of the account.
Dates:   the bank's local calendar days.
Order:   proved by the printed balances (tracer.ingest.movement); the locator keeps the physical row.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np

from tracer.ingest import NeedsAnswer, Source, connector
from tracer.ingest.accounts import account_key
from tracer.ingest.cells import BadCell, read_amount
from tracer.ingest.movement import Layout, Proof, Reader, lay_out, prove, settle
from tracer.ingest.profile import Bound, Profile, answered, bound_sheets, candidates
from tracer.ingest.tabular import Row, looks_tabular
from tracer.model import Fact, Posting, Reject, Statement, excerpt, fact_id

_MAX_LEFTOVERS = 50  # listed one by one in the marks; the exhibit keeps all


def claims(source: Source) -> bool:
    """A profile of account activity knows the header; or a person named one and the bytes are a table."""
    named = answered(source)
    if named is not None and named.kind != "statement":
        return False
    return bool(candidates(source, "statement")) or (named is not None and looks_tabular(source))


def tables(source: Source) -> tuple[Bound, ...]:
    """Return the tables of the file under the one profile that fits.

    Raises: NeedsAnswer when several shipped profiles fit equally well; UnreadableExhibit; CaseError.
    """
    found = candidates(source, "statement")
    named = answered(source)
    if named is not None:
        return tuple(bound_sheets(source, named, found[0][1] if found else None))
    best = [(p, s) for p, s in found if len(p.header) == len(found[0][0].header)]
    if len(best) > 1:
        raise NeedsAnswer(
            "profile",
            f"{len(best)} profiles read {source.exhibit.name}: two readings are two sets of figures.",
            tuple(p.name for p, _ in best),
            source.exhibit.name,
        )
    profile, sheet = best[0]
    return tuple(bound_sheets(source, profile, sheet))


def count(source: Source) -> int:
    """Count physical rows between header and footer that have a date or an amount cell; nothing is mapped."""
    return sum(len(lay_out(bound).records) for bound in tables(source))


@dataclass(frozen=True, slots=True)
class Group:
    """The lines of one account in one currency, in physical order."""

    account: str
    currency: str
    lines: list[dict[str, Any]]


def read_table(source: Source) -> Iterator[Fact | Reject]:
    """Yield each account's Statement, its Postings in the bank's order, and the Rejects."""
    for bound in tables(source):
        yield from _read(source, bound)


def _read(source: Source, bound: Bound) -> Iterator[Fact | Reject]:
    layout = lay_out(bound)
    reader = settle(source, bound, layout.records)
    groups: dict[tuple[str, str], Group] = {}
    for row in layout.records:
        made = reader.read(row, layout.continued.get(row.number, ()))
        if isinstance(made, Reject):
            yield made
            continue
        key = (made["account"], made["currency"])
        groups.setdefault(key, Group(*key, [])).lines.append(made)
    if not groups and reader.account and reader.currency:
        # A table without one readable line still says whose account it is.
        groups[reader.account, reader.currency] = Group(reader.account, reader.currency, [])
    for number, group in enumerate(groups.values(), 1):
        proof = prove_lines(group.lines, bound.profile)
        statement = describe(reader, layout, group, proof, number, alone=len(groups) == 1)
        yield statement
        ident = fact_id("statement", statement.cite)
        lines = group.lines if proof.order == "oldest_first" else group.lines[::-1]
        for line, fields in enumerate(lines, 1):
            fields["amount"] *= proof.sign
            yield Posting(line=line, statement=ident, account_key=statement.account_key, **fields)


def prove_lines(lines: Sequence[dict[str, Any]], profile: Profile) -> Proof:
    """Prove order and sign over booked lines; pending ones do not move the balance."""
    booked = [line for line in lines if line["status"] == "booked"]
    return prove(
        np.array([line["amount"] for line in booked], dtype=np.int64),
        np.array([line["balance"] or 0 for line in booked], dtype=np.int64),
        np.array([line["balance"] is not None for line in booked], dtype=np.bool_),
        np.array([line["booked"].toordinal() if line["booked"] else -1 for line in booked], dtype=np.int64),
        profile.balance.order,
    )


def describe(reader: Reader, layout: Layout, group: Group, proof: Proof, number: int, *, alone: bool) -> Statement:
    """Return the Statement of one account: balances as printed or derived, totals as printed, proof in the marks."""
    bound, profile = reader.bound, reader.bound.profile
    booked = [line for line in group.lines if line["status"] == "booked"]
    if proof.order == "newest_first":
        booked.reverse()
    # Lines are numbered in the bank's order whatever is printed, so `order` stays oldest_first and the mark tells.
    marks = [f"profile:{profile.name}", f"profile-sha256:{profile.sha256}", f"printed:{proof.order}"]
    marks += proof.marks(profile.balance.order)
    opening, closing, more = _balances(reader, layout, group, booked, proof.sign, alone=alone)
    totals: dict[str, Any] = {}
    if alone:
        marks += _surroundings(bound, layout)
        totals, extra = _footers(reader, layout, group)
        more += extra
    days = [line["booked"] for line in group.lines if line["booked"]]
    return Statement(
        reader.source.cite(f"{bound.prefix}header={bound.header}/statement={number}"),
        group.account,
        group.currency,
        "table",
        account_key=account_key(group.account, profile.account.servicer),
        servicer=profile.account.servicer,
        owner=profile.account.owner,
        opening=opening,
        closing=closing,
        period_from=_first(days),
        period_to=max(days, default=None),
        count=len(layout.records) if alone else len(group.lines),
        marks=(*marks, *more),
        **totals,
    )


def _first(days: Sequence[date]) -> date | None:
    return min(days, default=None)


def _balances(
    reader: Reader, layout: Layout, group: Group, booked: Sequence[dict[str, Any]], sign: int, *, alone: bool
) -> tuple[int | None, int | None, list[str]]:
    """Return (opening, closing, marks). What the bank prints wins; the opening is derived only where it is silent."""
    bound, marks = reader.bound, []
    printed: dict[str, int | None] = {}
    if alone:
        for side in ("opening", "closing"):
            shown = bound.find(getattr(bound.profile.balance, side))
            rows = [row for kind, row in layout.balances if kind == side]
            texts = (
                [shown] if shown else [_balance_text(bound, row) for row in rows[: 1 if side == "opening" else None]]
            )
            for text in texts:
                try:
                    printed[side], found = read_amount(text, reader.numbers, group.currency)
                except BadCell as error:
                    found = (f"{error.code}:{side}:{excerpt(text, 40)}",)
                marks += [f"{mark}:{side}" if ":" not in mark else mark for mark in found]
    total, opening, closing = 0, printed.get("opening"), printed.get("closing")
    for line in booked:
        total += line["amount"] * sign
        if line["balance"] is not None and opening is None:
            opening = line["balance"] - total
            marks.append("opening-derived")
    if closing is None and booked:
        closing = booked[-1]["balance"]
        if closing is None and any(line["balance"] is not None for line in booked):
            marks.append("closing-not-printed")
    return opening, closing, marks


def _balance_text(bound: Bound, row: Row) -> str:
    for role in ("balance", "amount", "credit", "debit"):
        if shown := bound.cell(row, role).strip():
            return shown
    return ""


def _surroundings(bound: Bound, layout: Layout) -> list[str]:
    """Keep what stands before, between and after the lines: leftovers are listed as text (formats.md 1.1)."""
    inside = bound.sheet.inside.marks() if bound.sheet.inside else ()
    marks = [*inside, *(f"column-absent:{name}" for name in bound.absent)]
    kept = [("preamble", row) for row in bound.preamble()] + [("leftovers", row) for row in layout.leftovers]
    marks += [f"{kind}:row={row.number}:{excerpt(row.raw)}" for kind, row in kept[:_MAX_LEFTOVERS]]
    if len(kept) > _MAX_LEFTOVERS:
        marks.append(f"leftovers:not-listed:{len(kept) - _MAX_LEFTOVERS}")
    return marks


def _footers(reader: Reader, layout: Layout, group: Group) -> tuple[dict[str, Any], list[str]]:
    """Read printed totals, to be compared and never posted (formats.md section 8). The last totals row counts."""
    bound, totals, marks = reader.bound, {}, []
    for row in layout.footers:
        found: dict[str, int] = {}
        for role in ("debit", "credit", "amount"):
            try:
                value, _ = read_amount(bound.cell(row, role), reader.numbers, group.currency)
            except BadCell as error:
                marks.append(f"{error.code}:footer:row={row.number}")
                continue
            if value is not None:
                found[role] = value
        marks.append(f"footer:row={row.number}:{excerpt(row.raw)}")
        if "debit" in found or "credit" in found:
            totals = {f"total_{side}": abs(found[side]) for side in ("debit", "credit") if side in found}
        if "amount" in found:
            net = sum(line["amount"] for line in group.lines)
            marks.append("footer-net:ok" if net == found["amount"] else f"footer-net:off:{found['amount'] - net}")
    return totals, marks


CONNECTOR = connector("table", title="account activity as CSV, XLS, XLSX or HTML", claims=claims, count=count)(
    read_table
)
