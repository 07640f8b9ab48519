"""How long does matching a large case take, against a bare DuckDB join and sort of the same rows?

    python tests/bench/bench_match.py [postings] [messages]      default 1,000,000 and 200,000; limit 60 s on two cores

One year of 2,000 accounts at 40 banks. Of the payments whose messages are held, each has an announcement, and in turn a cover, a
confirmation, or nothing more; their lines print the reference. Of the other lines, one half are both sides of payments between
held accounts, some with a reference and some with none, and one half have their other side elsewhere: named counterparties,
monthly words for a reference, cash and fees without any name, a few currencies, equal amounts by chance.
DuckDB sorts the same rows, joins them on their references, and joins them on currency, amount and near days; it writes
nothing down. Never a timed test: a busy machine proves nothing.
"""

from __future__ import annotations

import os
import random
import resource
import sys
import time
from datetime import date, timedelta
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

import duckdb
import pyarrow as pa

from tracer import match
from tracer.model import Agent, Cite, Message, PaymentParty, Posting

LIMIT = 60.0  # seconds, at 1,000,000 postings and 200,000 messages
_BANKS = [f"QX{a}{b}{country}2L" for a in "ABCDE" for b in "FG" for country in ("GB", "DE", "AE", "HK")]
_CURRENCIES = ("USD", "USD", "USD", "USD", "EUR", "EUR", "GBP", "AED")
_WORDS = ("INVOICE", "SALARY", "CONSULTING", "LOAN", "GOODS", "FREIGHT", "SERVICE", "DEPOSIT")
_NAMES = (
    "ALPHA",
    "BETA",
    "CEDAR",
    "DELTA",
    "EMBER",
    "FJORD",
    "GRANITE",
    "HARBOUR",
    "IVORY",
    "JUNIPER",
    "KESTREL",
    "LARCH",
)


class Made:
    """A made-up case, the same for the same numbers."""

    def __init__(self, postings: int, messages: int) -> None:
        self.chance = random.Random(20240318)
        self.postings: dict[str, Posting] = {}
        self.messages: dict[str, Message] = {}
        self.payments = 0
        self.accounts = [
            (f"{n:04d}{self.chance.randrange(10**8):08d}", self.chance.choice(_BANKS)) for n in range(2_000)
        ]
        while len(self.messages) < messages and len(self.postings) < postings:
            self.payment()
        while len(self.postings) < postings:
            self.one_of_the_others()

    def day(self) -> date:
        return date(2024, 1, 1) + timedelta(self.chance.randrange(366))

    def amount(self) -> int:
        """Return a round sum as often as not: equal amounts by chance are the rule."""
        chance = self.chance
        return chance.randrange(1, 200) * 10_000 if chance.random() < 0.3 else chance.randrange(1_000, 50_000_000)

    def line(self, account: tuple[str, str], amount: int, currency: str, day: date, **more: str) -> None:
        n = len(self.postings)
        number, bank = account
        self.postings[f"{n * 2654435761 % 2**32:08x}{n:08x}"] = Posting(
            Cite(f"{int(number[:4]) % 400:064x}", f"line={n}"), number, currency, amount, n, account_key=number,
            statement=f"{number}-{day:%Y%m}", servicer=bank, booked=day, value_date=day, **more,
        )  # fmt: skip

    def text(
        self, kind: str, sender: str, receiver: str, amount: int, currency: str, day: date, **more: object
    ) -> None:
        n = len(self.messages)
        self.messages[f"m{n * 2654435761 % 2**32:08x}{n:08x}"] = Message(
            Cite(f"{n % 100:064x}", f"message={n}"), kind, sender, receiver, settled=amount, settled_currency=currency,
            settled_date=day, agents=(Agent("instructing_agent", sender, "BIC", "2"), Agent("instructed_agent", receiver, "BIC", "2")),
            content_hash=f"{n:064x}", **more,
        )  # fmt: skip

    def payment(self) -> None:
        """Make a payment with its messages, and the lines of the ends that are held."""
        chance = self.chance
        out, into = chance.sample(self.accounts, 2)
        amount, day, currency, n = self.amount(), self.day(), chance.choice(_CURRENCIES), len(self.messages)
        reference = f"QX{n:010d}"
        uetr = f"{n:08x}-1111-4222-8333-{n:012x}" if chance.random() < 0.7 else ""
        names = f"QX {chance.choice(_NAMES)} {n % 997} LTD", f"QX {chance.choice(_NAMES)} {n % 991} GMBH"
        parties = PaymentParty("debtor", names[0], "50K", out[0]), PaymentParty("creditor", names[1], "59", into[0])
        self.text("MT103", out[1], into[1], amount, currency, day, reference=reference, uetr=uetr, parties=parties)
        which = self.payments % 3
        self.payments += 1
        if which == 1:
            self.text("MT202COV", out[1], "QXNBUS33", amount, currency, day, reference=f"C{reference}",
                      related_reference=reference, uetr=uetr, underlying=parties)  # fmt: skip
        if which == 2:
            self.text(
                "MT910",
                "QXNBUS33",
                into[1],
                amount,
                currency,
                day,
                reference=f"N{reference}",
                related_reference=reference,
            )
        self.line(
            out, -amount, currency, day, owner_reference=reference, counterparty=names[1], counterparty_account=into[0]
        )
        if chance.random() < 0.5:
            self.line(
                into,
                amount,
                currency,
                day,
                owner_reference=reference,
                counterparty=names[0],
                counterparty_account=out[0],
            )

    def one_of_the_others(self) -> None:
        chance, n = self.chance, len(self.postings)
        amount, day, currency = self.amount(), self.day(), chance.choice(_CURRENCIES)
        kind = chance.random()
        if kind < 0.25:
            out, into = chance.sample(self.accounts, 2)
            bare = kind < 0.05
            own = "" if bare else f"B{n:011d}"
            self.line(
                out,
                -amount,
                currency,
                day,
                bank_reference=own,
                counterparty_account=into[0],
                details=f"{chance.choice(_WORDS)} {n}",
            )
            self.line(
                into,
                amount,
                currency,
                day,
                bank_reference=own,
                counterparty_account=out[0],
                details=f"{chance.choice(_WORDS)} {n}",
            )
            return
        account, sign = chance.choice(self.accounts), chance.choice((-1, 1))
        if kind < 0.85:
            name = f"QX {chance.choice(_NAMES)} {chance.choice(_NAMES)} {chance.randrange(4_000)} LTD"
            monthly = f"RENT {day:%Y-%m}" if kind < 0.30 else "NONREF" if kind < 0.4 else f"F{n:011d}"
            self.line(account, sign * amount, currency, day, owner_reference=monthly, counterparty=name,
                      counterparty_account=f"9{chance.randrange(10**11):011d}", details=f"{chance.choice(_WORDS)} {n}")  # fmt: skip
        elif kind < 0.95:
            self.line(account, sign * amount, currency, day, details=f"CASH {n % 50}")
        else:
            self.line(account, -chance.choice((1_500, 2_500, 4_000)), currency, day, type_code="NCHG", details="FEE")


def bare(made: Made) -> tuple[float, int]:
    """Return (seconds, pairs) of a sort and two joins of the same rows in DuckDB."""
    rows = [
        (key, p.currency, abs(p.amount), p.value_date, name)
        for key, p in made.postings.items()
        for name in {p.owner_reference, p.bank_reference, ""}
    ] + [
        (key, m.settled_currency, m.settled, m.settled_date, name)
        for key, m in made.messages.items()
        for name in {m.reference, m.related_reference, m.uetr, ""}
    ]
    names = ("key", "currency", "amount", "day", "name")
    table = pa.table(dict(zip(names, map(list, zip(*rows, strict=True)), strict=True)))
    db = duckdb.connect()
    db.execute("SET threads = 2")
    db.register("held", table)
    start = time.perf_counter()
    db.execute("CREATE TABLE sorted AS SELECT * FROM held ORDER BY currency, amount, day, key")
    found = db.execute(
        "SELECT (SELECT count(*) FROM sorted a JOIN sorted b USING (name, currency, amount) WHERE a.name <> '' AND a.key < b.key "
        "AND abs(a.day - b.day) <= 4), (SELECT count(*) FROM sorted a JOIN sorted b USING (name, currency, amount) "
        "WHERE a.name = '' AND a.key < b.key AND abs(a.day - b.day) <= 4)"
    ).fetchone()
    return time.perf_counter() - start, sum(found or ())


def main(postings: int, messages: int) -> int:
    made = Made(postings, messages)
    lines, texts = made.postings, made.messages
    spent: dict[str, float] = {}
    worked: dict[str, float] = {}

    def timed(name: str, run):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202
        start, work = time.perf_counter(), sum(os.times()[:4])  # with that of a second process
        result = run()
        spent[name], worked[name] = time.perf_counter() - start, sum(os.times()[:4]) - work
        print(f"{name:32} {spent[name]:8.2f} s   ({worked[name]:.2f} s of processor time)", flush=True)
        return result

    columns = match.Columns(lines, texts)  # read by what asks for them, as in a case
    judgements = timed("the ladder, rungs 0 to 3", lambda: match.propose(lines, texts, {}, columns=columns))
    transfers = timed("transfers concluded", lambda: match.conclude(lines, texts, judgements))
    open_pairs, sets = timed(
        "rung 4, and payments in parts",
        lambda: match.undecided(lines, judgements, texts, {}, transfers=transfers, columns=columns),
    )
    own, pairs = bare(made)
    whole = sum(spent.values())
    two = sum(1 for t in transfers if t.debit and t.credit)
    print(f"{len(lines):,} postings, {len(texts):,} messages: {len(judgements):,} joins, {two:,} transfers on both sides, "
          f"{len(open_pairs):,} candidates, {len(sets):,} in parts, peak {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20:.1f} GB")  # fmt: skip
    print(f"bare DuckDB sort and joins       {own:8.2f} s   ({pairs:,} pairs)")
    load = ", ".join(f"{one:.1f}" for one in os.getloadavg())
    print(
        f"load of the machine over 1, 5 and 15 minutes: {load}\n"
        f"whole {whole:.1f} s ({sum(worked.values()):.1f} s of processor time), {whole / own:.1f} times the bare joins, limit {LIMIT:.0f} s at 1,000,000 and 200,000"
    )
    return int(postings >= 1_000_000 and whole > LIMIT)


if __name__ == "__main__":
    asked = [int(text.replace(",", "")) for text in sys.argv[1:]]
    sys.exit(main(*(asked + [1_000_000, 200_000][len(asked) :])))
