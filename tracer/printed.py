"""What the rim calls things: accounts, targets and records by the names and places that a reader finds in the exhibits.

The rooms reason over keys (`HK:QXHKHKHH:447882001838`, `sink:ASSET:HOUSE-12LC`, the hash of a posting). No reader knows
those, so whatever a terminal or a notebook says about a trace passes here first.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable
from functools import cached_property

from tracer.model import Account, AssetTrace, Cite, Dossier
from tracer.model.parted import is_hub
from tracer.model.targets import asset_of

__all__ = ["Printed"]

#: Where money goes that reaches no account of the case: the word of the trace -> the words of a reader.
_ENDS = {
    "CASH": "cash withdrawn",
    "FEE": "bank fees",
    "OVERDRAFT": "the bank, in repayment of an overdraft",
    "TRANSIT_FEE": "fees taken on the way",
    "UNKNOWN": "payee not named",
}
_ACCOUNT = re.compile(r"\b([Aa]ccounts? |bal:)(\S+)")
_POSTING = re.compile(r"\bposting ([0-9a-f]{32})\b")
_ASSET = re.compile(r"\b(?:sink:)?ASSET:(\S+)")
_END = re.compile(r"\b(?:sink:)?(?:PAID|GAP):(?=\S)")


class Printed:
    """The names of one dossier: `account(key)`, `target(name)`, `cite(...)`, `told(sentence)`."""

    def __init__(self, made: Dossier) -> None:
        self.made = made
        self.people = {p.record: p.called for p in made.parties.values() if p.called}
        self._exhibits = {e.sha256: e.number for e in made.exhibits}
        self._assets = {a.record: a.description or a.record for a in made.assets.values()}

    @cached_property
    def _accounts(self) -> dict[str, Account]:
        found: dict[str, Account] = {}
        for account in self.made.accounts.values():
            for key in filter(None, (account.account_key, account.number)):
                found.setdefault(key, account)
        return found

    @cached_property
    def _owners(self) -> dict[str, tuple[str, str]]:
        """Account key -> (owner, servicer) as a statement prints them."""
        found: dict[str, tuple[str, str]] = {}
        for s in self.made.statements.values():
            for key in filter(None, (s.account_key, s.account)):
                owner, servicer = found.get(key, ("", ""))
                found[key] = (owner or s.owner, servicer or s.servicer)
        return found

    @cached_property
    def _numbers(self) -> dict[str, str]:
        """Account key -> the number as a statement prints it; that of the key where one of several prints it so."""
        found: dict[str, set[str]] = {}
        for s in self.made.statements.values():
            if s.account and s.account_key:
                found.setdefault(s.account_key, set()).add(s.account)
        numbers = {key: key.rsplit(":", 1)[-1] for key in found}
        return {key: numbers[key] if numbers[key] in seen else min(seen) for key, seen in found.items()}

    def number(self, key: str) -> str:
        """Return the number of an account as it is printed: a key leaves out spaces, marks and what it takes for a bank."""
        account, gap, currency = key.partition(" ")
        if key in self._numbers or account not in self._numbers:
            return self._numbers.get(key) or key.rsplit(":", 1)[-1]
        return f"{self._numbers[account]}{gap}{currency}"

    def account(self, key: str) -> str:
        """Return number, holder (the bank, where nobody names a holder) and display id."""
        if is_hub(key):
            return f"payment in parts {self.made.account_ids.get(key, key)}"
        number = self.number(key)
        stated = self._accounts.get(key) or self._accounts.get(key.rsplit(":", 1)[-1])
        owner, servicer = self._owners.get(key, ("", ""))
        holder = (self.people.get(stated.holder) or stated.title or stated.holder if stated else "") or owner
        bank = (stated.bank or stated.bic if stated else "") or servicer
        shown = (stated.number if stated else "") or number
        told = ", ".join(filter(None, (holder or bank, self.made.account_ids.get(key, ""))))
        return f"{shown} ({told})" if told else shown

    def target(self, name: str) -> str:
        """Return a target by what the exhibits call it."""
        if name.startswith("bal:"):
            return f"balance of account {self.account(name.removeprefix('bal:'))}"
        body = name.removeprefix("sink:")
        kind, _, rest = body.partition(":")
        if kind == "ASSET":
            record, currency = asset_of(name, self._assets)
            return self._assets.get(record, rest) + (f" ({currency})" if currency else "")
        if kind == "PAID":
            return rest
        if kind == "GAP":
            return f"left in a missing period of account {self.account(rest)}"
        return f"{_ENDS[kind]} ({rest})" if kind in _ENDS and rest else _ENDS.get(body, body)

    def targets(self, wanted: Iterable[AssetTrace]) -> dict[str, str]:
        """Return target -> its printed name; where two print alike, with the currency and then the target itself."""
        kept = list(wanted)
        names = {t.target: self.target(t.target) for t in kept}
        often = Counter(names.values())
        names = {t.target: f"{n} ({t.currency})" if often[n := names[t.target]] > 1 else n for t in kept}
        often = Counter(names.values())
        return {t.target: f"{n} [{t.target}]" if often[n := names[t.target]] > 1 else n for t in kept}

    def cite(self, cite: Cite) -> str:
        """Return exhibit number and locator."""
        return f"{self._exhibits.get(cite.exhibit, cite.exhibit[:12])}@{cite.locator}"

    def told(self, sentence: str) -> str:
        """Return a sentence of the trace with accounts, targets and postings as they are printed."""
        sentence = _POSTING.sub(lambda m: self._posting(m[1]), sentence)
        sentence = _ACCOUNT.sub(self._known_account, sentence)
        sentence = _ASSET.sub(lambda m: self._known(m[1], self._assets), sentence)
        return _END.sub("", sentence)

    def _posting(self, key: str) -> str:
        posting = self.made.postings.get(key)
        return self.cite(posting.cite) if posting else f"posting {key}"

    def _known_account(self, found: re.Match[str]) -> str:
        before, word = found[1], found[2]
        key = word.rstrip(".,;:)")
        if key not in self.made.account_ids:
            return found[0]
        return f"{'account ' if before == 'bal:' else before}{self.account(key)}{word[len(key) :]}"

    def _known(self, word: str, names: dict[str, str]) -> str:
        key = word.rstrip(".,;:)")
        return f"{names.get(key, key)}{word[len(key) :]}"
