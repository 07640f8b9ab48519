"""Dossiers for the tests of the annex: invented accounts that pay each other, with every awkward thing planted on purpose.

The story is told as a list of moves; amounts, balances, statements, exhibits and the trace follow from it. Traces come from
`tracer.trace`, an engine that shares no code with the formulas of the sheets.
"""

from __future__ import annotations

import hashlib
import random
from dataclasses import dataclass, replace
from datetime import date, timedelta
from fractions import Fraction

import numpy as np

from tracer.model import (
    Account,
    Asset,
    CaseFile,
    Chain,
    Cite,
    Claim,
    Coverage,
    Dossier,
    Event,
    Exhibit,
    Gap,
    Identifier,
    Interest,
    Judgement,
    LegalBasis,
    LogLine,
    Message,
    Name,
    Offence,
    Party,
    Posting,
    RouteChoice,
    Share,
    StatedAsset,
    Statement,
    Subject,
    TracingChoice,
    Transfer,
    UsInstitution,
    Verdict,
    Wire,
)
from tracer.trace.entries import Entries
from tracer.trace.replay import trace_all
from tracer.trace.result import result
from tracer.trace.telling import told

RULES = ("libr", "fifo", "lifo", "pro_rata", "proceeds_first")
START = date(2024, 1, 2)


@dataclass(frozen=True)
class Move:
    """One thing that happens: money in with its events, money out to a target, or from one account to another."""

    kind: str
    account: str
    amount: int
    events: tuple[tuple[str, int], ...] = ()
    target: str = ""
    to: str = ""
    credited: int | None = None


def sha(name: str) -> str:
    return hashlib.sha256(name.encode()).hexdigest()


def planted() -> tuple[dict[str, int], list[Move]]:
    """Two linked accounts, an overdraft, a back-and-forth, two events, a mixed credit, a charge, two assets."""
    opening = {"QX01:ALPHA": 100_000_00, "QX02:BETA": -40_000_00}
    moves = [
        Move("in", "QX01:ALPHA", 500_000_00, (("E1", 480_000_00),)),
        Move("out", "QX01:ALPHA", 90_000_01, target="sink:PAID:Supplier"),
        Move("transfer", "QX01:ALPHA", 200_000_00, to="QX02:BETA"),
        Move("in", "QX02:BETA", 33_333_33),
        Move("in", "QX02:BETA", 70_000_00, (("E2", 70_000_00),)),
        Move("transfer", "QX02:BETA", 120_000_07, to="QX01:ALPHA"),
        Move("out", "QX02:BETA", 51_00, target="sink:FEE"),
        Move("transfer", "QX01:ALPHA", 250_000_00, to="QX02:BETA", credited=249_975_00),
        Move("out", "QX02:BETA", 300_000_00, target="sink:ASSET:VILLA"),
        Move("out", "QX01:ALPHA", 333_333_33, target="sink:ASSET:YACHT"),
        Move("in", "QX01:ALPHA", 60_000_00),
        Move("transfer", "QX01:ALPHA", 10_000_00, to="QX02:BETA"),
        Move("out", "QX02:BETA", 5_000_00, target="sink:CASH"),
    ]
    return opening, moves


def drawn(seed: int, length: int, *, plain: bool = False) -> tuple[dict[str, int], list[Move]]:
    """A random pair of linked accounts: overdrafts, partly traced credits, transfers both ways, charges unless `plain`."""
    rng = random.Random(seed)
    names = ("QX01:ALPHA", "QX02:BETA")
    opening = {name: rng.choice([0, 1, -1]) * rng.randint(1, 90_000) for name in names}
    balance = dict(opening)
    moves: list[Move] = []
    claimed = 0
    for _ in range(length):
        account = rng.choice(names)
        amount = rng.choice([rng.randint(1, 50), rng.randint(1, 30_000), rng.randint(1, 200_000)])
        kind = rng.choice(["in", "in", "out", "transfer", "transfer", "out"])
        if kind == "in":
            parts: tuple[tuple[str, int], ...] = ()
            if rng.random() < 0.5:
                first = rng.randint(0, amount)
                second = rng.randint(0, amount - first) if rng.random() < 0.4 else 0
                parts = tuple((f"E{claimed + k}", part) for k, part in ((1, first), (2, second)) if part)
                claimed += 2
            moves.append(Move("in", account, amount, parts))
            balance[account] += amount
            continue
        if balance[account] - amount < -60_000:
            continue
        balance[account] -= amount
        if kind == "out":
            targets = ("sink:FEE", "sink:PAID:Somebody", "sink:ASSET:VILLA", "sink:ASSET:YACHT")
            moves.append(Move("out", account, amount, target=rng.choice(targets)))
        else:
            other = names[1 - names.index(account)]
            charge = 0 if plain or rng.random() < 0.7 else rng.randint(0, min(amount - 1, 30))
            moves.append(Move("transfer", account, amount, to=other, credited=amount - charge))
            balance[other] += amount - charge
    if not any(m.events for m in moves):
        moves.insert(0, Move("in", names[0], 10_000, (("E0", 7_777),)))
    return opening, moves


def entries_of(opening: dict[str, int], moves: list[Move]) -> Entries:
    """Return the entries that `dossier` traces for the same story, in one currency."""
    book = _Book(sorted(opening), opening, dict.fromkeys(opening, "USD"), _Words(()))
    for n, move in enumerate(moves):
        book.move(n, move)
    return book.entries()


def dossier(
    opening: dict[str, int],
    moves: list[Move],
    *,
    bundle: str = "ordered",
    currencies: dict[str, str] | None = None,
    selected: str = "libr",
    words: tuple[str, ...] = (),
) -> Dossier:
    """Return the whole dossier of a story. `words` fill every text column, one after another."""
    said = _Words(words)
    names = sorted(opening)
    currency = {name: (currencies or {}).get(name, "USD") for name in names}
    book = _Book(names, opening, currency, said)
    for n, move in enumerate(moves):
        book.move(n, move)
    exhibits = _exhibits(names, said)
    statements = book.statements()
    events = tuple(book.events)
    entries, claims = book.entries(), tuple(book.claims)
    replays = trace_all(entries, RULES, bundle=bundle)
    assets = _assets(said, {m.target for m in moves})
    traced = result(entries, replays, claims, "head", {"bundle": bundle, "mode": "integer"})
    traced = told(traced, book.postings, assets, book.transfers)
    parties, interests, chains, verdicts = _owners(said)
    messages, wires = _wires(said, book)
    return Dossier(
        case=_case(said, events, bundle, selected),
        head="head" * 16,
        chain_head="chain" * 8,
        log_head="log" * 8,
        version="0.0.0",
        exhibits=exhibits,
        statements=statements,
        postings=book.postings,
        messages=messages,
        parties=parties,
        accounts={
            f"acct-{n}": Account(
                Cite(sha("register"), f"row={n + 2}"),
                name.rsplit(":", 1)[-1],
                currency[name],
                bank=said("Quince Bank"),
                bic="QXBKXXAA",
                country="XA",
                title=said(f"{name} Trading"),
                holder="holdco",
            )
            for n, name in enumerate(names)
        },
        interests=interests,
        assets=assets,
        rejects=(),
        reconciliations=(),
        judgements=(
            Judgement(
                "j1",
                "party",
                "p-owner",
                "p-holdco",
                "different",
                said("A. Officer"),
                "2024-06-01",
                said("not the same person"),
            ),
        ),
        transfers=tuple(book.transfers),
        trace=replace(traced, run="run-1"),
        verdicts=verdicts,
        chains=chains,
        hygiene=(),
        wires=wires,
        gaps=(
            Gap(
                "G001",
                "missing_statement",
                said("Account ALPHA: no record from 2024-03-01 to 2024-03-31."),
                said("账户 ALPHA：未取得 2024-03-01 至 2024-03-31 的记录。"),
                (names[0],),
                12_00,
                "USD",
                said("Statements of account ALPHA from 2024-03-01 to 2024-03-31."),
                said("账户 ALPHA 2024-03-01 至 2024-03-31 的对账单。"),
                (Cite(sha(names[0]), "line=1"),),
            ),
        ),
        coverage=tuple(
            Coverage(name, ("2024-01", "2024-02", "2024-03"), ("2024-01", "2024-02"), ("2024-03",)) for name in names
        ),
        log=(
            LogLine(
                1,
                "2024-06-01T00:00:00Z",
                said("A. Officer"),
                "load",
                said("EX-0001"),
                said("as received"),
                "",
                "",
                "tracer",
                "0" * 64,
                "0" * 64,
                "1" * 64,
            ),
        ),
        account_ids={name: f"AC-{n:02d}" for n, name in enumerate(names, 1)},
        party_ids={"owner": "PTY-1", "holdco": "PTY-2"},
    )


class _Words:
    """Give each text column its own text, or the next of the hostile ones."""

    def __init__(self, words: tuple[str, ...]) -> None:
        self.words, self.at = words, 0

    def __call__(self, plain: str) -> str:
        if not self.words:
            return plain
        self.at += 1
        return self.words[(self.at - 1) % len(self.words)]


class _Book:
    """Postings, transfers, claims and entries, in the order in which things happen."""

    def __init__(self, names: list[str], opening: dict[str, int], currency: dict[str, str], said: _Words) -> None:
        self.names, self.opening, self.currency, self.said = names, opening, currency, said
        self.balance = dict(opening)
        self.postings: dict[str, Posting] = {}
        self.transfers: list[Transfer] = []
        self.events: list[Event] = []
        self.claims: list[Claim] = []
        self.lines: dict[str, int] = dict.fromkeys(names, 0)
        self.rows: list[tuple[int, int, bool, str, dict[str, int], str, bool]] = []
        self.pairs: dict[str, str] = {}
        for name in names:
            if opening[name] > 0:
                self.rows.append(
                    (names.index(name), opening[name], True, f"opening:{name}", {"U": opening[name]}, "", True)
                )

    def post(self, n: int, account: str, amount: int) -> str:
        self.balance[account] += amount
        self.lines[account] += 1
        line = self.lines[account]
        key = sha(f"{account}/{line}")[:32]
        self.postings[key] = Posting(
            Cite(sha(account), f"line={line}"),
            account.rsplit(":", 1)[-1],
            self.currency[account],
            amount,
            line,
            statement=f"st-{account}",
            account_key=account,
            booked=START + timedelta(days=n),
            value_date=START + timedelta(days=n),
            balance=self.balance[account],
            bank_reference=self.said(f"REF{n:04d}"),
            counterparty=self.said("Somebody GmbH"),
            counterparty_account=self.said("0012345678901234567890"),
            details=self.said(f"payment {n}"),
        )
        return key

    def move(self, n: int, move: Move) -> None:
        code = self.names.index(move.account)
        if move.kind == "in":
            key = self.post(n, move.account, move.amount)
            origin = dict(move.events)
            origin["U"] = move.amount - sum(origin.values())
            self.rows.append((code, move.amount, True, key, origin, "", False))
            for event, proceeds in move.events:
                self._event(n, event, move, proceeds, key)
            self._transfer(key, "", move.account, "", move.amount)
            return
        key = self.post(n, move.account, -move.amount)
        if move.kind == "out":
            self.rows.append((code, move.amount, False, key, {}, move.target, False))
            self._transfer("", key, "", move.account, move.amount)
            return
        self.rows.append((code, move.amount, False, key, {}, "", False))
        credited = move.amount if move.credited is None else move.credited
        other = self.post(n, move.to, credited)
        self.rows.append((self.names.index(move.to), credited, True, other, {}, "", False))
        self.pairs[other] = key
        self._transfer(other, key, move.to, move.account, move.amount)

    def _transfer(self, credit: str, debit: str, to: str, account: str, amount: int) -> None:
        postings = tuple(p for p in (debit, credit) if p)
        currency = self.currency[account or to]
        self.transfers.append(
            Transfer(
                f"T{len(self.transfers) + 1}",
                postings,
                (),
                debit,
                credit,
                account,
                to,
                amount,
                currency,
                amount,
                currency,
                None,
                None,
                rungs=(1,),
            )
        )

    def _event(self, n: int, event: str, move: Move, proceeds: int, key: str) -> None:
        self.events.append(
            Event(
                event,
                "O1",
                START + timedelta(days=n),
                move.amount,
                self.currency[move.account],
                self.said("Contractor Ltd"),
                "holdco",
                self.said("paid for the vote"),
                f"REF{n:04d}",
                move.account,
                proceeds,
                exhibits=("EX-0003",),
                act_zh=self.said("为决定票付款"),
            )
        )
        self.claims.append(Claim(f"C-{event}", event, event, key, proceeds, self.currency[move.account]))

    def statements(self) -> dict[str, Statement]:
        return {
            f"st-{name}": Statement(
                Cite(sha(name), "statement=1"),
                name.rsplit(":", 1)[-1],
                self.currency[name],
                account_key=name,
                number="1",
                opening=self.opening[name],
                opening_date=START,
                closing=self.balance[name],
                closing_date=START + timedelta(days=60),
                count=self.lines[name],
            )
            for name in self.names
        }

    def entries(self) -> Entries:
        labels = tuple(sorted({"C", "U", "K"} | {e.id for e in self.events}))
        sinks = tuple(dict.fromkeys(sink for *_, sink, _ in self.rows if sink))
        at = {key: n for n, (_, _, _, key, *_) in enumerate(self.rows)}
        partner = np.full(len(self.rows), -1, np.int64)
        for credit, debit in self.pairs.items():
            partner[at[credit]], partner[at[debit]] = at[debit], at[credit]
        origin = np.zeros((len(self.rows), len(labels)), np.int64)
        for n, (*_, parts, _, _) in enumerate(self.rows):
            for label, amount in parts.items():
                origin[n, labels.index(label)] = amount
        days = [
            (self.postings[key].booked - date(1970, 1, 1)).days if key in self.postings else -1
            for _, _, _, key, *_ in self.rows
        ]
        return Entries(
            account=np.array([r[0] for r in self.rows], np.int32),
            amount=np.array([r[1] for r in self.rows], np.int64),
            credit=np.array([r[2] for r in self.rows], np.bool_),
            partner=partner,
            sink=np.array([sinks.index(r[5]) if r[5] else -1 for r in self.rows], np.int32),
            origin=origin,
            opening=np.array([r[6] for r in self.rows], np.bool_),
            day=np.array(days, np.int32),
            block=np.full(len(self.rows), -1, np.int32),
            debt=np.array([max(0, -self.opening[name]) for name in self.names], np.int64),
            accounts=tuple(self.names),
            currencies=tuple(self.currency[name] for name in self.names),
            sinks=sinks,
            labels=labels,
            proceeds=np.array([label not in {"C", "U", "K"} for label in labels], np.bool_),
            source=tuple(r[3] for r in self.rows),
        )


def _exhibits(names: list[str], said: _Words) -> tuple[Exhibit, ...]:
    files = [*names, "contract", "register", "ownership", "wires"]
    return tuple(
        Exhibit(
            sha(name),
            f"EX-{n:04d}",
            said(f"{name.replace(':', '_')}.csv"),
            1000 + n,
            "EV",
            "2024-06-01T00:00:00Z",
            "A. Officer",
            said("Quince Bank"),
            said("voluntary"),
            said("letter"),
            connector="table",
            custodian=said("Quince Bank, legal department"),
            title_en=said(f"Records {n}"),
            title_zh=said(f"记录 {n}"),
        )
        for n, name in enumerate(files, 1)
    )


def _assets(said: _Words, targets: set[str]) -> dict[str, Asset]:
    return {
        f"asset-{record}": Asset(
            Cite(sha("register"), f"row={n}"),
            record,
            "real estate",
            said(f"{record} at the sea, parcel 12"),
            country="XB",
            titleholder="holdco",
            acquired=START,
            price=400_000_00,
            currency="USD",
            value_now=450_000_00,
            value_date=START,
            value_source=said("register"),
            encumbrance=10_000_00,
        )
        for n, record in enumerate(("VILLA", "YACHT", "NOWHERE"), 10)
        if record == "NOWHERE" or f"sink:ASSET:{record}" in targets
    }


def _owners(said: _Words) -> tuple[dict[str, Party], dict[str, Interest], tuple[Chain, ...], tuple[Verdict, ...]]:
    def at(n):
        return Cite(sha("ownership"), f"record={n}")

    parties = {
        "p-owner": Party(
            at(1),
            "owner",
            "person",
            (Name(said("Lin Example")), Name(said("林例"), "alias", "Hans")),
            (Identifier("passport", "X0123456", "XA"),),
            born="1970-01-01",
        ),
        "p-holdco": Party(
            at(2),
            "holdco",
            "entity",
            (Name(said("Holdco Ltd")),),
            (Identifier("XA-REG", "00123"), Identifier("LEI", "529900ODI3047E2LIV03")),
        ),
    }
    interests = {
        "i1": Interest(at(3), "int-1", "owner", "holdco", "shareholding", "1/3", "1/3", valid_from=date(2020, 1, 1))
    }
    third = Share(Fraction(1, 3), Fraction(1, 3))
    chains = (Chain("c1", ("int-1",), "owner", "holdco", third),)
    verdicts = (
        Verdict(
            "uk_psc",
            "owner",
            "holdco",
            START,
            "YES",
            ("shares",),
            {"25": "YES"},
            {"shares": third},
            ">",
            "2024",
            ("int-1",),
        ),
    )
    return parties, interests, chains, verdicts


def _wires(said: _Words, book: _Book) -> tuple[dict[str, Message], tuple[Wire, ...]]:
    first = next(t for t in book.transfers if t.credit)
    message = Message(
        Cite(sha("wires"), "message=1"),
        "MT103",
        sender="QXBKXXAA",
        receiver="QXNBUS33",
        reference="R1",
        narrative=said("payment"),
    )
    us = UsInstitution(
        "QXNBUS33",
        "BIC",
        said("Quince National"),
        "New York",
        ("intermediary_agent_1",),
        "G2a",
        ("m1",),
        ("56A",),
        said("QXBKXXAA instructed QXNBUS33 to pay."),
        said("QXBKXXAA指示QXNBUS33付款。"),
    )
    also = replace(us, id="QXMBUS3N", grade="G2b")
    wire = Wire(
        "W-1",
        (),
        ("m1", *first.postings),
        first.id,
        "USD",
        START,
        first.amount_out,
        first.amount_out,
        first.amount_out,
        "",
        (us, also),
        (),
        ((said("QXHKHKHH"), said("offshore")),),
        "G2a",
        "",
        (),
        None,
        {},
        {"18 USC 1957": True},
        (),
        (),
        (said("note"),),
        (),
        None,
    )
    return {"m1": message}, (wire,)


def _case(said: _Words, events: tuple[Event, ...], bundle: str, selected: str) -> CaseFile:
    return CaseFile(
        "CASE-1",
        said("The case of the berth"),
        said("泊位案"),
        date(2024, 12, 31),
        classification="confidential",
        authority_en=said("Office of Examples"),
        authority_zh=said("示例办公室"),
        requesting_state="CN",
        requested_state="US",
        requested_authority_ref="AUTH-US-OIA",
        central_authority_ref="AUTH-CN-MOJ",
        legal_basis=(LegalBasis("UNCAC", ("46",), True),),
        routes=(RouteChoice("R4"),),
        offences=(
            Offence(
                "O1",
                said("bribery, accepting"),
                said("受贿罪"),
                said("article 1"),
                said("text"),
                said("条文"),
                conduct_from=START,
                conduct_to=date(2024, 2, 29),
                limitation_years=20,
                limitation_starts="commission",
                in_force_from=date(1997, 10, 1),
            ),
        ),
        subjects=(Subject("owner", "official", said("Lin Example"), said("林例"), said("harbour director")),),
        events=events,
        assets=(
            StatedAsset("A1", "VILLA", "proceeds-C", "restrain"),
            StatedAsset("A2", "YACHT", "proceeds-C", "information"),
        ),
        tracing=TracingChoice(selected=selected, reason=said("one rule on every account"), bundle=bundle),
        adverse_facts=((said("He also drew a lawful salary."), "disclosed"),),
        raw="case: {}\ngraph: null\n",
    )


def fx() -> Dossier:
    """A pair of accounts in two currencies: the traced share crosses at the executed rate."""
    opening = {"QX01:ALPHA": 50_000_00, "QX02:BETA": 12_345_67}
    moves = [
        Move("in", "QX01:ALPHA", 90_000_00, (("E1", 90_000_00),)),
        Move("transfer", "QX01:ALPHA", 77_777_77, to="QX02:BETA", credited=71_555_55),
        Move("out", "QX02:BETA", 40_000_00, target="sink:PAID:Somebody"),
    ]
    return dossier(opening, moves, currencies={"QX02:BETA": "EUR"})


__all__ = ["RULES", "Move", "dossier", "drawn", "entries_of", "fx", "planted", "sha"]
