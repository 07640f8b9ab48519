"""One account told in a line: `=100 [+50] -120`, in major units, as an accountant would say it.

    =100        opens with 100 of unknown origin; =-80 opens 80 in debt; =0 opens empty (and may be left out)
    +30         other money comes in
    [+50]       the claim enters here; [+50:w1] names it; [+50]+30 is one credit of 80, part of it the claim
    -120        a payment out

Entries are numbered from 1; the opening is not one of them.
"""

import re
from dataclasses import dataclass
from decimal import Decimal

from tests.trace.ledgers import Ledger, Opening, Row
from tracer.trace import Replay, replay

WORD = re.compile(r"(?P<claims>(?:\[\+[\d.]+(?::\w+)?\])*)(?P<rest>[=+-]-?[\d.]+)?")
CLAIM = re.compile(r"\[\+([\d.]+)(?::(\w+))?\]")


def cents(amount: str) -> int:
    whole = Decimal(amount) * 100
    assert whole == int(whole), amount
    return int(whole)


def tell(story: str) -> Ledger:
    """Return the ledger of one account, `A`; payment k goes to `sink:k`."""
    opening, rows, proceeds = Opening(), [], set()
    for word in story.split():
        found = WORD.fullmatch(word)
        assert found, word
        labels = {}
        for amount, name in CLAIM.findall(found["claims"]):
            labels[name or "T"] = cents(amount)
        proceeds |= set(labels)
        rest = found["rest"] or ""
        if rest.startswith("="):
            amount = cents(rest[1:])
            opening = Opening([{"U": amount}] if amount > 0 else [], max(0, -amount))
        elif rest.startswith("-"):
            rows.append(Row("pay", "A", cents(rest[1:]), sink=f"sink:{len(rows) + 1}"))
        else:
            if rest:
                labels["C"] = cents(rest[1:])
            rows.append(Row("credit", "A", sum(labels.values()), labels))
    return Ledger({"A": opening}, rows, tuple(sorted(proceeds)) or ("T",))


@dataclass
class Told:
    """What a rule says of a story."""

    ledger: Ledger
    run: Replay

    def proceeds(self, target: str) -> dict[str, int]:
        found = self.run.targets.get(target, {})
        return {name: found[name] for name in self.ledger.proceeds if found.get(name)}

    @property
    def held(self) -> dict[str, int]:
        return self.proceeds("bal:A")

    @property
    def paid(self) -> dict[int, dict[str, int]]:
        """Return the proceeds in each payment that had any, by the number of the entry."""
        each = {k: self.proceeds(f"sink:{k}") for k in range(1, len(self.ledger.rows) + 1)}
        return {k: labels for k, labels in each.items() if labels}

    @property
    def left_at(self) -> list[int]:
        """Return the entries at which proceeds left: paid out, or swallowed by an overdraft."""
        entries = self.ledger.entries()
        columns = [entries.labels.index(name) for name in self.ledger.proceeds]
        out = self.run.absorbed.copy()
        out[~entries.credit] += self.run.moved[~entries.credit]
        first = int(entries.opening.sum())
        return [k + 1 for k, gone in enumerate(out[first:, columns].sum(axis=1).tolist()) if gone]


def under(rule: str, story: str) -> Told:
    """Tell a story, replay it under one rule, and say what became of the claims."""
    ledger = tell(story)
    return Told(ledger, replay(ledger.entries(), rule))


def of(claims: str) -> dict[str, int]:
    """Read `300` (the claim T) or `old 453, new 47`, in major units; nothing for none."""
    parts = [part.split() for part in claims.split(",") if part.strip()]
    return {(part[0] if len(part) == 2 else "T"): cents(part[-1]) for part in parts}
