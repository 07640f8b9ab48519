"""Account activity as a table: CSV, text with tabs, XLSX, XLS, HTML, through a mapping profile.

Source:  the profile a person confirmed (`--answer profile=FILE.yaml`) or one shipped with tracer that knows the header.
Amounts: as the profile says; held as signed minor units from the point of view of the account.
Dates:   the bank's local calendar days.
Order:   proved by the printed balances (tracer.ingest.order_proof); the locator keeps the physical row.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from itertools import pairwise
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from tracer.batches import kind_of, to_table
from tracer.ingest import NeedsAnswer, Source, bulk, connector
from tracer.ingest.accounts import account_key, iban_of
from tracer.ingest.bound import Bound, answered, bind, bound_sheets, candidates
from tracer.ingest.cells import BadCell, read_amount
from tracer.ingest.cut import has_no_end, may_be_cut
from tracer.ingest.layout import Layout, lay_out
from tracer.ingest.movement import Reader, currency_code, minuses, settle, waits_for_direction
from tracer.ingest.order_proof import Proof, prove
from tracer.ingest.pdf import is_pdf
from tracer.ingest.profile import Profile, words
from tracer.ingest.reading import BULK
from tracer.ingest.tabular import Row, Sheet, is_shut_workbook, looks_tabular, sheets
from tracer.ingest.totals import suspect, verdicts
from tracer.model import Fact, Posting, Reject, Statement, excerpt, fact_id

_MAX_LEFTOVERS = 50  # listed one by one in the marks; the exhibit keeps all


def claims(source: Source) -> bool:
    """A profile of account activity knows the header; or a person named one and the bytes are a table."""
    named = answered(source)
    if is_pdf(source) or (named is not None and (named.kind != "statement" or named.bands is not None)):
        return False
    # Without a header row one line is a table, where a person says so.
    fits = named is not None and looks_tabular(source, 1 if named.header_at == "none" else 2)
    is_table = fits or bool(candidates(source, "statement"))
    return is_table or is_shut_workbook(source)  # nobody else says why a workbook cannot be opened


def tables(source: Source) -> tuple[Bound, ...]:
    """Return the tables of the file under the one profile that fits.

    Raises: NeedsAnswer when several shipped profiles fit equally well; UnreadableExhibit; CaseError.
    """
    found = candidates(source, "statement")
    named = answered(source)
    if named is not None:
        return tuple(bound_sheets(source, named, found[0][1] if found else None))
    if not found:
        sheets(source)  # a workbook that cannot be opened: this says why
    best = _best(found)
    if len(best) > 1:
        raise NeedsAnswer(
            "profile",
            f"{len(best)} profiles read {source.exhibit.name}: two readings are two sets of figures.",
            tuple(p.name for p, _ in best),
            source.exhibit.name,
        )
    profile, sheet = best[0]
    return tuple(bound_sheets(source, profile, sheet))


def _best(found: tuple[tuple[Profile, Sheet], ...]) -> list[tuple[Profile, Sheet]]:
    """Return the profiles that no other outdoes: one that knows every heading another knows, and more, is of that bank."""
    known = {p.name: {words(cell) for cell in p.header} for p, _ in found}
    return [(p, s) for p, s in found if not any(known[p.name] < known[other.name] for other, _ in found)]


def count(source: Source) -> int:
    """Count physical rows between header and footer that have a date or an amount cell; nothing is mapped.

    A large plain file is counted by its line ends; what its layout sets apart is taken off.
    """
    large = _large(source) if source.path.stat().st_size > BULK else None
    if large is not None:
        kept_apart = sum(1 for row in large.odd if not row.blank) - len(large.layout.records)
        return large.lines - large.reader.bound.header - kept_apart - sum(1 for row in large.odd if row.blank)
    return sum(len(lay_out(bound).records) for bound in tables(source))


def read_table(source: Source) -> Iterator[Fact | Reject]:
    """Yield each account's Statement, its Postings in the bank's order, and the Rejects."""
    for bound in tables(source):
        yield from _read(source, bound)


def _read(source: Source, bound: Bound) -> Iterator[Fact | Reject]:
    layout = lay_out(bound)
    reader = settle(source, bound, layout.records)
    groups: dict[tuple[str, str], list[dict[str, Any]]] = {}
    doubted: dict[tuple[str, str], dict[int, Row]] = {}
    for row in layout.records:
        made = reader.read(row, layout.continued.get(row.number, ()))
        if isinstance(made, Reject):
            yield made
            continue
        lines = groups.setdefault((made["account"], made["currency"]), [])
        if suspect(bound, row):
            doubted.setdefault((made["account"], made["currency"]), {})[len(lines)] = row
        lines.append(made)
    for key, rows in doubted.items():
        aside = _totals(reader, Columns.of(groups[key]), groups[key], rows)
        yield from aside.values()
        groups[key] = [fields for place, fields in enumerate(groups[key]) if place not in aside]
    if not groups and reader.account and reader.currency:
        # A table without one readable line still says whose account it is.
        groups[reader.account, reader.currency] = []
    for number, ((account, currency), lines) in enumerate(groups.items(), 1):
        columns = Columns.of(lines)
        proof = columns.prove(bound.profile.balance.order)
        if proof.is_before:
            columns = columns.after()
            for fields in lines:
                if fields["balance"] is not None and fields["status"] == "booked":
                    fields["balance"] += fields["amount"]
        statement = describe(reader, layout, account, currency, columns, proof, number, alone=len(groups) == 1)
        yield statement
        ident = fact_id("statement", statement.cite)
        for line, place in enumerate(proof.places(columns.day).tolist(), 1):
            fields = lines[place]
            fields["amount"] *= proof.sign
            yield Posting(line=line, statement=ident, account_key=statement.account_key, **fields)


def _totals(
    reader: Reader,
    columns: "Columns",
    lines: Sequence[dict[str, Any]] | Mapping[int, dict[str, Any]],
    rows: Mapping[int, Row],
) -> dict[int, Reject]:
    """Return what is set aside of the lines that say they are totals; of another a mark says that nobody can tell."""
    aside: dict[int, Reject] = {}
    for place, verdict in verdicts(columns, rows):
        row = rows[place]
        is_footer = suspect(reader.bound, row) == "footer"
        if verdict == "sum" or (verdict == "open" and is_footer):
            code, why = (
                ("total-line", "the line says that it is a total, and its amount is the sum of other lines")
                if verdict == "sum"
                else ("total-or-payment", "the line begins as a total and has a day; no sum and no balance tells which")
            )
            aside[place] = reader.set_aside(row, "amount", code, why)
        elif verdict == "open":
            lines[place]["marks"] += ("total-or-payment",)
    return aside


@dataclass(frozen=True, slots=True)
class Columns:
    """The lines of one account in one currency, in physical order; `moved` are those that are booked."""

    amount: npt.NDArray[np.int64]
    balance: npt.NDArray[np.int64]
    printed: npt.NDArray[np.bool_]
    day: npt.NDArray[np.int64]
    moved: npt.NDArray[np.bool_]

    @classmethod
    def of(cls, lines: Sequence[dict[str, Any]]) -> "Columns":
        return cls(
            np.array([line["amount"] for line in lines], dtype=np.int64),
            np.array([line["balance"] or 0 for line in lines], dtype=np.int64),
            np.array([line["balance"] is not None for line in lines], dtype=np.bool_),
            np.array([line["booked"].toordinal() if line["booked"] else -1 for line in lines], dtype=np.int64),
            np.array([line["status"] == "booked" for line in lines], dtype=np.bool_),
        )

    def of_lines(self, mine: npt.NDArray[np.int64] | slice) -> "Columns":
        return Columns(self.amount[mine], self.balance[mine], self.printed[mine], self.day[mine], self.moved[mine])

    def after(self) -> "Columns":
        """Return the same lines with the balance behind each of them, where it is printed before."""
        return replace(self, balance=np.where(self.printed & self.moved, self.balance + self.amount, self.balance))

    def prove(self, declared: str) -> Proof:
        """Prove order and sign over booked lines; pending ones do not move the balance."""
        mine = self.moved
        return prove(self.amount[mine], self.balance[mine], self.printed[mine], self.day[mine], declared)


def describe(
    reader: Reader,
    layout: Layout,
    account: str,
    currency: str,
    columns: Columns,
    proof: Proof,
    number: int,
    *,
    alone: bool,
) -> Statement:
    """Return the Statement of one account: balances as printed or derived, totals as printed, proof in the marks."""
    bound, profile = reader.bound, reader.bound.profile
    # Lines are numbered in the bank's order whatever is printed, so `order` stays oldest_first and the mark tells.
    marks = [f"profile:{profile.name}", f"profile-sha256:{profile.sha256}", f"printed:{proof.order}"]
    marks += [f"confirmed-by:{profile.confirmed_by}"] if profile.confirmed_by else []
    marks += [f"hidden-sheet:{bound.sheet.name}"] if bound.sheet.hidden else []
    marks += _half_dates(bound, layout)
    headings = [name for name in bound.names if not name.isascii() and profile.names(name)]
    country = iban_of(account)[:2]
    marks += reader.source.doubted(bound.sheet.encoding, profile.encodings, headings, country)
    marks += [] if profile.is_seen else [f"layout-not-seen:{profile.source}"]
    marks += proof.marks(profile.balance.order)
    opening, closing, more = _balances(reader, layout, currency, columns, proof, alone=alone)
    marks += _answers(reader, account, currency)
    marks += reader.years.marks()
    moved = proof.sign * sum(columns.amount[columns.moved].tolist())
    steps_tie = proof.steps > 0 and proof.ties == proof.steps
    is_summed = (
        bool(moved) and None not in (opening, closing) and "opening-derived" not in more and opening + moved == closing
    )
    is_proved = steps_tie or is_summed
    # The steps prove the last line where it has a balance and they do not start from it.
    ends_tied = steps_tie and proof.order == "oldest_first" and not proof.is_before and columns.printed[-1:].all()
    is_tied = bool(columns.moved[-1:].all() and (is_summed or ends_tied))
    marks += may_be_cut(reader, layout, account, currency, is_tied=is_tied)
    if (direction := profile.amount.direction) and not is_proved and len(columns.amount):
        marks.append("direction-not-answered" if direction == "ask" else f"direction-stated:{direction}")
    totals: dict[str, Any] = {}
    if alone:
        marks += _surroundings(bound, layout)
        totals, extra = _footers(reader, layout, currency, columns, proof)
        more += extra
    days = columns.day[columns.day >= 0]
    return Statement(
        reader.source.cite(f"{bound.prefix}header={bound.header}/statement={number}"),
        account,
        currency,
        "table",
        account_key=account_key(account, profile.account.servicer),
        servicer=profile.account.servicer,
        owner=profile.account.owner,
        opening=opening,
        closing=closing,
        period_from=date.fromordinal(int(days.min())) if len(days) else None,
        period_to=date.fromordinal(int(days.max())) if len(days) else None,
        count=len(columns.amount),
        marks=(*marks, *more),
        **totals,
    )


def _answers(reader: Reader, account: str, currency: str) -> list[str]:
    """Tell where a person's answer differs from what the file prints: of the account the answer is taken, of the currency the line."""
    bound, answers = reader.bound, reader.source.answers
    marks = []
    scope = bound.profile.account
    stated = scope.value or bound.find(scope.preamble) if reader.account else account
    held = account_key(stated) or words(stated)
    if "account" in answers and held and (account_key(answers["account"]) or words(answers["account"])) != held:
        marks.append(f"account-answered:{excerpt(answers['account'], 40)} beside {excerpt(stated, 40)}")
    answer = answers.get("currency", "")
    if answer and not reader.currency and currency_code(answer, bound.profile.currency.map) != currency:
        marks.append(f"currency-answered:{excerpt(answer, 40)} beside {currency}")
    return marks


def _half_dates(bound: Bound, layout: Layout) -> list[str]:
    """Tell of a column in which a workbook holds some days as dates and leaves others as text.

    A spreadsheet of another country takes 05/02 for a date, with day and month turned, and leaves 13/02 as the text it is.
    """
    kinds = [kind for row in layout.records if (kind := bound.kind(row, "booked")) in {"d", "t"}]
    text = kinds.count("t")
    return [f"dates-mixed:{text} of {len(kinds)} are text"] if 0 < text < len(kinds) else []


def _balances(
    reader: Reader, layout: Layout, currency: str, columns: Columns, proof: Proof, *, alone: bool
) -> tuple[int | None, int | None, list[str]]:
    """Return (opening, closing, marks). What the bank prints wins; the opening is derived only where it is silent."""
    bound = reader.bound
    marks: list[str] = []
    stated: dict[str, int | None] = {}
    if alone:
        for side in ("opening", "closing"):
            shown = bound.find(getattr(bound.profile.balance, side))
            rows = [row for kind, row in layout.balances if kind == side]
            # Balance rows follow the lines: of several, the first opens and the last closes.
            rows = rows[:1] if side == "opening" else rows[-1:]
            for text in [shown] if shown else [_balance_text(bound, row) for row in rows]:
                try:
                    stated[side], found = read_amount(text, reader.numbers, currency)
                except BadCell as error:
                    found = (f"{error.code}:{side}:{excerpt(text, 40)}",)
                marks += found
    opening, closing = stated.get("opening"), stated.get("closing")
    booked = columns.of_lines(np.flatnonzero(columns.moved))
    booked = booked.of_lines(proof.places(booked.day))
    amount, balance, printed = booked.amount, booked.balance, booked.printed
    if opening is None and printed.any():
        first = int(printed.argmax())
        opening = int(balance[first]) - proof.sign * sum(amount[: first + 1].tolist())
        marks.append("opening-derived")
    if closing is None and printed.any():
        if printed[-1]:
            closing = int(balance[-1])
        else:
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


def _footers(
    reader: Reader, layout: Layout, currency: str, columns: Columns, proof: Proof
) -> tuple[dict[str, Any], list[str]]:
    """Read printed totals, to be compared and never posted (formats.md section 8). The last totals row counts."""
    bound = reader.bound
    totals: dict[str, Any] = {}
    marks: list[str] = []
    for row in layout.footers:
        found: dict[str, int] = {}
        for role in ("debit", "credit", "amount"):
            try:
                value, _ = reader.figure(row, role, currency)
            except BadCell as error:
                marks.append(f"{error.code}:footer:row={row.number}")
                continue
            if value is not None:
                found[role] = value
        marks.append(f"footer:row={row.number}:{excerpt(row.raw)}")
        if "debit" in found or "credit" in found:
            totals = {f"total_{side}": abs(found[side]) for side in ("debit", "credit") if side in found}
        if "amount" in found:
            net = proof.sign * sum(columns.amount.tolist())
            # Beside a debit or credit word every amount is printed without a sign, and so is their sum.
            turnover = sum(map(abs, columns.amount.tolist())) if bound.profile.amount.mode == "amount_flag" else net
            is_off = found["amount"] not in {net, turnover}
            marks.append(f"footer-net:off:{found['amount'] - net}" if is_off else "footer-net:ok")
    return totals, marks


# --- large files ------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Large:
    """A large plain file: `odd` are the lines that did not take the fast way, `layout` what they are."""

    reader: Reader
    staged: bulk.Staged
    lines: int
    odd: tuple[Row, ...]
    layout: Layout


_held: dict[tuple[str, str], Large | None] = {}


def _large(source: Source) -> Large | None:
    """Read a large plain file into columns once: its count and its batches come from one pass."""
    key = (source.exhibit.sha256, repr(sorted(source.answers.items())))
    if key not in _held:
        _held.clear()
        _held[key] = _staged(source)
    return _held[key]


def _staged(source: Source) -> Large | None:
    found = tuple(_best(candidates(source, "statement")))
    if len(found) != 1:
        return None
    profile, sheet = found[0]
    numbers = profile.numbers.decimal
    orders = {form.order for form in (*profile.booked.formats, *profile.value.formats)}
    if sheet.form != "text" or sheet.encoding != "utf-8" or numbers in {"ask", "auto"} or {"dmy", "mdy"} <= orders:
        return None  # what only the whole file can tell is settled over the whole file
    if not {"utf-8", "utf8", "ascii"}.issuperset(name.lower() for name in profile.encodings[:1]):
        return None
    if profile.delimiter not in {"", sheet.delimiter}:
        return None
    bound = bind(profile, sheet, source.exhibit.name)
    lines = bulk.is_plain(source.path, sheet.delimiter)
    if bound is None or lines is None or any(name.startswith("column ") for name in bound.names):
        return None
    if waits_for_direction(bound):
        return None  # one minus anywhere in the file tells
    if profile.blank_rows == "end" or profile.balances.column or profile.amount.fee:
        return None
    reader = settle(source, bound, lay_out(bound).records)
    staged = bulk.stage(reader, source.path, lines)
    if staged is None:
        return None
    slow = np.flatnonzero(~staged.ok)
    numbered = set((slow + staged.first_row).tolist())
    if has_no_end(source, sheet.encoding):
        numbered.add(lines)  # the file may end in the middle of it
    # The line before an odd one is read with it: the odd one may continue it.
    numbered |= {number - 1 for number in numbered if number > staged.first_row}
    staged.ok[[number - staged.first_row for number in numbered]] = False
    odd = tuple(bulk.lines_at(source.path, numbered, sheet.delimiter, profile.quote))
    if len(odd) != len(numbered):
        return None
    above = tuple(row for row in sheet.rows if row.number <= bound.header)
    sparse = replace(bound, sheet=replace(sheet, rows=(*above, *odd)))
    layout = lay_out(sparse)
    if layout.moved or True in minuses(sparse, layout.records, "credit"):
        return None  # lines below other headings took the fast way under the first ones; every credit tells what a minus means
    fast_debits = bool(staged.ok.any()) and bool(np.any(staged.table["is_debit"].to_numpy()[staged.ok]))
    negative = settle(source, sparse, layout.records).debits_negative and not fast_debits
    return Large(replace(reader, bound=sparse, debits_negative=negative), staged, lines, odd, layout)


def batches(source: Source) -> Iterator[tuple[str, Any]]:
    """Yield (kind, Arrow table): what `read_table` yields, ids, line numbers and row hashes included."""
    large = _large(source)
    _held.clear()
    proved = None if large is None else _proved(large)
    if large is None or proved is None:
        found: dict[str, list[Any]] = {}
        for item in read_table(source):
            found.setdefault(kind_of(item), []).append(item)
        for kind, nouns in found.items():
            yield kind, to_table(kind, nouns)
        return
    if proved.rejects:
        yield "reject", to_table("reject", proved.rejects)
    if proved.statements:
        yield "statement", to_table("statement", proved.statements)
    idents = [fact_id("statement", statement.cite) for statement in proved.statements]
    keys = [statement.account_key for statement in proved.statements]
    slow = []
    for place, fields in proved.read:
        fields["amount"] *= int(proved.sign[place])
        at = int(proved.code[place])
        slow.append(Posting(line=int(proved.line[place]), statement=idents[at], account_key=keys[at], **fields))
    if slow:
        yield "posting", to_table("posting", slow)
    for table in bulk.finish(large.reader, large.staged, proved.line, proved.sign, proved.code, idents, keys):
        yield "posting", table


@dataclass(frozen=True, slots=True)
class Proved:
    """The statements of a large file; of each line its number in the bank's order, its sign, and its statement or -1."""

    statements: list[Statement]
    line: npt.NDArray[np.int64]
    sign: npt.NDArray[np.int64]
    code: npt.NDArray[np.int64]
    read: list[tuple[int, dict[str, Any]]]
    rejects: list[Reject]


def _proved(large: Large) -> Proved | None:
    """Prove each account once. None where one prints its balance before each line: rare, and left to the careful way."""
    reader, declared = large.reader, large.reader.bound.profile.balance.order
    columns, code, names, read, rejects = _merged(large)
    order = np.argsort(code, kind="stable")  # file order within each account
    edges = np.searchsorted(code[order], np.arange(len(names) + 1)).tolist()
    columns = columns.of_lines(order)
    accounts = [columns.of_lines(slice(start, end)) for start, end in pairwise(edges)]
    proofs = [one.prove(declared) for one in accounts]
    if any(proof.is_before for proof in proofs):
        return None
    line, sign, statements = np.zeros(len(code), dtype=np.int64), np.ones(len(code), dtype=np.int64), []
    for number, (name, one, proof) in enumerate(zip(names, accounts, proofs, strict=True)):
        statements.append(describe(reader, large.layout, *name, one, proof, number + 1, alone=len(names) == 1))
        mine = order[edges[number] : edges[number + 1]]
        line[mine[proof.places(one.day)]] = np.arange(1, len(mine) + 1)
        sign[mine] = proof.sign
    return Proved(statements, line, sign, code, read, rejects)


def _merged(
    large: Large,
) -> tuple[Columns, npt.NDArray[np.int64], list[tuple[str, str]], list[tuple[int, dict[str, Any]]], list[Reject]]:
    """Join fast and slow lines into columns in file order, and number the accounts as they first occur."""
    reader, table, ok = large.reader, large.staged.table, large.staged.ok
    known = np.flatnonzero(ok)
    needed = table.select(["amount_value", "balance_value", "booked_day", "account", "code"])
    fast = needed.take(pa.array(known)) if len(known) < len(ok) else needed
    size = len(ok)
    amount, balance = np.zeros(size, np.int64), np.zeros(size, np.int64)
    printed, moved = np.zeros(size, np.bool_), ok.copy()
    day, code = np.full(size, -1, np.int64), np.full(size, -1, np.int64)
    amount[known] = fast["amount_value"].to_numpy()
    balance[known] = pc.fill_null(fast["balance_value"], 0).to_numpy()
    printed[known] = pc.is_valid(fast["balance_value"]).to_numpy()
    day[known] = pc.cast(pc.cast(fast["booked_day"], pa.int32()), pa.int64()).to_numpy() + date(1970, 1, 1).toordinal()
    named: dict[tuple[str, str], int] = {}
    if len(known):
        accounts = pc.dictionary_encode(fast["account"].combine_chunks())
        currencies = pc.dictionary_encode(fast["code"].combine_chunks())
        width = len(currencies.dictionary)
        pairs = accounts.indices.to_numpy().astype(np.int64) * width + currencies.indices.to_numpy()
        found = pc.dictionary_encode(pa.array(pairs))
        code[known] = found.indices.to_numpy()
        for at, pair in enumerate(found.dictionary.to_pylist()):
            account = reader.account or accounts.dictionary[pair // width].as_py()
            named[account, currencies.dictionary[pair % width].as_py()] = at
    read: list[tuple[int, dict[str, Any]]] = []
    rejects: list[Reject] = []
    doubted: dict[int, Row] = {}
    for row in large.layout.records:
        made = reader.read(row, large.layout.continued.get(row.number, ()))
        if isinstance(made, Reject):
            rejects.append(made)
            continue
        place = row.number - large.staged.first_row
        read.append((place, made))
        if suspect(reader.bound, row):
            doubted[place] = row
        amount[place], day[place] = made["amount"], made["booked"].toordinal() if made["booked"] else -1
        balance[place], printed[place] = made["balance"] or 0, made["balance"] is not None
        moved[place] = made["status"] == "booked"
        code[place] = named.setdefault((made["account"], made["currency"]), len(named))
    # Before a line is taken out for a total: an account is told of though no line of it is left.
    occurring = [at for at in pc.dictionary_encode(pa.array(code)).dictionary.to_pylist() if at >= 0]
    if doubted:
        whole, fields_at = Columns(amount, balance, printed, day, moved), dict(read)
        for one in sorted({int(code[place]) for place in doubted}):
            mine = np.flatnonzero(code == one)
            local = {int(np.searchsorted(mine, place)): row for place, row in doubted.items() if code[place] == one}
            fields_of = {at: fields_at[int(mine[at])] for at in local}
            aside = _totals(reader, whole.of_lines(mine), fields_of, local)
            rejects += aside.values()
            code[mine[list(aside)]] = -1
        read = [(place, fields) for place, fields in read if code[place] >= 0]
    renumber = np.full(len(named) + 1, -1, np.int64)  # the last stands for -1, lines that are no posting
    renumber[occurring] = np.arange(len(occurring))
    numbered = list(named)
    ordered = [numbered[at] for at in occurring]
    if not ordered and reader.account and reader.currency:
        ordered = [(reader.account, reader.currency)]
    return Columns(amount, balance, printed, day, moved), renumber[code], ordered, read, rejects


CONNECTOR = connector(
    "table",
    title="account activity as CSV, XLS, XLSX or HTML",
    claims=claims,
    count=count,
    batches=batches,
)(read_table)
