"""How long one thousand what-ifs take on a case of ten thousand entries.

    python tests/bench/bench_what_if.py [--entries 10000] [--times 1000]

The case is synthetic: 40 accounts with monthly statements over two years, a third of the lines legs of transfers that the
ladder joined, a table without order on some days, one missing month, three events, five assets. The trace as it stands is
made once; every what-if gives every rule, floor and ceiling of every target, and the diff. Prints milliseconds of CPU
time per kind, the whole, and the limit (60 s for 1,000). Exit code 1 if the limit is passed.
"""

from __future__ import annotations

import argparse
import random
import sys
import time
from dataclasses import replace
from datetime import date, timedelta

from tracer import match, trace
from tracer.findings import Facts, concluded_around
from tracer.model import Cite, Claim, Judgement, Posting, RuleError, Statement

LIMIT = 60.0
RULES = ("libr", "fifo", "lifo", "pro_rata", "proceeds_first")
START = date(2023, 1, 1)
MONTHS = 24


class Bank:
    """Accounts with their postings while they are made: nobody spends more than the account holds."""

    def __init__(self, accounts: int, seed: int) -> None:
        self.draw = random.Random(seed)
        self.balance = {f"ACC{n:03d}": self.draw.randrange(1_000_000) for n in range(accounts)}
        self.opening = dict(self.balance)
        self.lines: dict[str, list[tuple[date, str, int, str]]] = {name: [] for name in self.balance}
        self.pairs: list[tuple[str, str]] = []
        self.made = 0

    def line(self, account: str, day: date, amount: int, payee: str = "") -> str:
        name = f"{self.made:08x}{account}"
        self.made += 1
        self.balance[account] += amount
        self.lines[account].append((day, name, amount, payee))
        return name


def told(entries: int, accounts: int = 40, seed: int = 11) -> trace.Question:
    """Return the question of a synthetic case."""
    bank = Bank(accounts, seed)
    names = list(bank.balance)
    claims: list[Claim] = []
    paid: dict[str, str] = {}
    days = MONTHS * 28
    while bank.made < entries:
        day = START + timedelta(days=bank.made * days // entries)
        account = bank.draw.choice(names)
        kind = bank.draw.randrange(6)
        have = bank.balance[account]
        if kind < 2 or have < 5_000:
            name = bank.line(account, day, bank.draw.randrange(10_000, 2_000_000), "payer")
            if len(claims) < 3 and bank.made > entries * (1 + len(claims)) // 8:
                amount = bank.lines[account][-1][2]
                event = f"E{len(claims) + 1}"
                claims.append(Claim(f"C-{event}", event, event, name, amount, "USD"))
        elif kind < 4:
            other = bank.draw.choice([n for n in names if n != account])
            amount = bank.draw.randrange(1_000, have)
            bank.pairs.append((bank.line(account, day, -amount, other), bank.line(other, day, amount, account)))
        else:
            name = bank.line(account, day, -bank.draw.randrange(1_000, have), f"PAYEE {bank.draw.randrange(25)}")
            if len(paid) < 5 and bank.made > entries // 2:
                paid[name] = f"sink:ASSET:A{len(paid) + 1}"
    return _question(bank, claims, paid)


def _question(bank: Bank, claims: list[Claim], paid: dict[str, str]) -> trace.Question:
    postings: dict[str, Posting] = {}
    statements: dict[str, Statement] = {}
    for account, lines in bank.lines.items():
        is_table = account.endswith("7")
        balance, month = bank.opening[account], (0, 0)
        for n, (day, name, amount, payee) in enumerate(lines):
            if (day.year, day.month) != month and not (is_table and month != (0, 0)):
                month = day.year, day.month
                key = f"{account}-{day.year}-{day.month}"
                statements[key] = Statement(
                    cite=Cite(f"{account:0<64}", f"statement={key}"),
                    account=account,
                    currency="USD",
                    kind="table" if is_table else "statement",
                    opening=balance,
                    opening_date=day.replace(day=1),
                    closing=balance,
                    closing_date=day,
                )
            balance += amount
            statements[key] = replace(statements[key], closing=balance, closing_date=day)
            postings[name] = Posting(
                cite=Cite(f"{account:0<64}", f"row={n}"),
                account=account,
                currency="USD",
                amount=amount,
                line=n,
                statement=key,
                booked=day,
                value_date=day + timedelta(days=n % 2),
                counterparty=payee,
                balance=None if is_table else balance,
            )
    gone = next(key for key in sorted(statements) if key.startswith("ACC003") and key.endswith("-6"))
    lost = {name for name, p in postings.items() if p.statement == gone and not _needed(name, claims, paid)}
    if not any(_needed(name, claims, paid) for name, p in postings.items() if p.statement == gone):
        del statements[gone]
        postings = {name: p for name, p in postings.items() if name not in lost}
    judgements = tuple(
        match.movement(debit, credit, rung=3, features=("reference=one",))
        for debit, credit in bank.pairs
        if debit in postings and credit in postings
    )
    made = match.conclude(postings, {}, judgements)
    asked = trace.Question(
        postings=postings,
        statements=statements,
        transfers=made,
        claims=tuple(claims),
        paid=paid,
        rules=RULES,
        selected="libr",
        facilities={},
        judgements=judgements,
        offences={claim.event: "O1" for claim in claims},
        head="bench",
    )

    facts = Facts({"posting": postings, "message": {}}, judgements, made)

    def again(judgement: Judgement) -> trace.Question:
        more = match.withdrawal(judgement, by="bench", at="2025-01-01", reason="bench")
        return replace(asked, judgements=(*judgements, more), transfers=concluded_around(facts, more))

    return replace(asked, again=again)


def _needed(name: str, claims: list[Claim], paid: dict[str, str]) -> bool:
    return name in paid or any(claim.posting == name for claim in claims)


def vocabulary(asked: trace.Question, standing: trace.Standing, times: int) -> list[tuple[str, ...]]:
    """Return so many different assumptions: all of the few kinds, days, judgements, and links for the rest."""
    e = standing.books.carried
    links = [t for t in asked.transfers if t.debit and t.credit]
    blocks = sorted({(int(e.account[k]), int(e.day[k])) for k in range(len(e)) if e.block[k] >= 0})
    orders = [(e.accounts[a], str(date(1970, 1, 1) + timedelta(days=d))) for a, d in blocks]
    parameters = [
        ("bundle", "blended"),
        ("mixed_repay", "clean_first"),
        ("proceeds_subrule", "fifo"),
        ("fee", "clean_first"),
    ]
    few: list[tuple[str, ...]] = [
        *(("opening", "proceeds", name) for name in e.accounts),
        *(("parameter", *one) for one in parameters),
        *(("unclaim", c.event) for c in asked.claims),
        *(("leave-out", c.event) for c in asked.claims),
        ("leave-out", "O1"),
        ("value-dates",),
        ("holes", "open"),
    ]
    days: list[tuple[str, ...]] = [("order", *one, "reversed") for one in orders][: times // 10]
    joined: list[tuple[str, ...]] = [
        ("withdraw", j.id) for j in asked.judgements[:: max(1, len(asked.judgements) // 100)]
    ]
    listed = [*few, *days, *joined[: times // 10]][:times]
    return [*listed, *(("unlink", t.id) for t in links)][:times]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--entries", type=int, default=10_000)
    parser.add_argument("--times", type=int, default=1_000)
    given = parser.parse_args()
    asked = told(given.entries)
    begun = time.perf_counter()
    standing = trace.stand(asked)
    made = time.perf_counter() - begun
    e = standing.books.carried
    links = int((e.partner >= 0).sum()) // 2
    print(f"{len(e):,} entries, {len(e.accounts)} accounts, {links:,} transfers, {len(standing.figures)} targets")
    print(f"the trace as it stands: {made:.2f} s (once)")
    spent: dict[str, list[float]] = {}
    refused = differ = 0
    begun, begun_cpu = time.perf_counter(), time.process_time()
    for words in vocabulary(asked, standing, given.times):
        at = time.process_time()
        try:
            differ += bool(trace.what_if(asked, trace.parse(words), base=standing).differences)
        except RuleError:
            refused += 1
        spent.setdefault(words[0], []).append(time.process_time() - at)
    whole, cpu = time.perf_counter() - begun, time.process_time() - begun_cpu
    for kind, each in spent.items():
        print(f"{kind:18s} {len(each):5d} x {1000 * sum(each) / len(each):7.1f} ms   at most {1000 * max(each):7.1f}")
    limit = LIMIT * given.times / 1000
    print(f"{given.times:,} what-ifs, {differ:,} with a difference, {refused} refused as infeasible")
    print(f"{cpu:.1f} s of one core   limit {limit:.0f} s   (on the clock {whole:.1f} s: neighbours slow it)")
    return 0 if cpu <= limit else 1


if __name__ == "__main__":
    sys.exit(main())
