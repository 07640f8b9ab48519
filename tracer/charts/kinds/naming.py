"""What the dossier calls things: accounts, parties, cites, dates, as a chart prints them."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Literal

from tracer.charts.picture import Details, Picture, Role
from tracer.model import Account, Cite, Dossier, Money, Party, TracerError
from tracer.model.accounts import account_of

__all__ = ["NO_PARTY", "NO_TARGET", "Names", "NothingToDraw", "masked", "years"]

#: Next calls of a case in which there is nothing to choose among.
NO_TARGET = (
    "state the event under predicate_events in case.yaml, load the statement that shows its credit, then tracer trace"
)
NO_PARTY = "tracer load FILE   (a register of owners: BODS statements, UK PSC lines; or an asset register)"

_POSTING = re.compile(r"\bposting ([0-9a-f]{32})\b")


class NothingToDraw(TracerError):
    """The dossier has no such target, rule or party."""


def masked(number: str) -> str:
    """Return the last four characters of an account number after an ellipsis (annex.md section 10)."""
    plain = "".join(c for c in number.rsplit(":", 1)[-1] if c.isalnum())
    return f"…{plain[-4:]}" if len(plain) > 4 else plain


def years(begin: date | None, end: date | None) -> str:
    """Return a half-open period in words; an end that no record states is not invented."""
    if begin is None and end is None:
        return "dates not stated 未载明日期"
    return f"{begin.isoformat() if begin else '?'} to {end.isoformat() if end else 'open'}"


@dataclass(slots=True)
class Names:
    """Lookups over one dossier under one rendering; an id that no record explains is printed as it is."""

    dossier: Dossier
    rendering: Literal["full", "public"] = "full"
    _accounts: dict[str, Account | None] = field(default_factory=dict)
    _parties: dict[str, Party] = field(default_factory=dict)
    _numbers: dict[str, str] = field(default_factory=dict)
    _subjects: set[str] = field(default_factory=set)
    _hidden: re.Pattern[str] | None = None

    def __post_init__(self) -> None:
        for party in self.dossier.parties.values():
            self._parties.setdefault(party.record, party)
        self._numbers = {exhibit.sha256: exhibit.number for exhibit in self.dossier.exhibits}
        self._hidden = self._account_numbers()
        self._subjects = {subject.party for subject in self.dossier.case.subjects}

    def cite(self, *cites: Cite | None) -> str:
        """Return exhibit number and locator, as the annex prints them."""
        return "; ".join(
            dict.fromkeys(f"{self._numbers.get(c.exhibit, c.exhibit[:12])}@{c.locator}" for c in cites if c)
        )

    def exhibits(self, cites: Iterable[Cite | None]) -> tuple[str, ...]:
        """Return the numbers of the exhibits cited, each once, in order."""
        return tuple(sorted({self._numbers.get(c.exhibit, c.exhibit[:12]) for c in cites if c}))

    def party(self, record: str) -> Party | None:
        return self._parties.get(record)

    def party_name(self, record: str) -> str:
        """Return the first name that a party's record prints and that says something, else its record id."""
        party = self._parties.get(record)
        return next((name.text for name in (party.names if party else ()) if name.text.strip()), record)

    def subject_names(self, record: str) -> tuple[str, ...]:
        """Return the further scripts in which a party is named: the case's Chinese name, the record's own."""
        party = self._parties.get(record)
        stated = [s.name_zh for s in self.dossier.case.subjects if s.party == record and s.name_zh]
        printed = [name.text for name in party.names[1:3]] if party else []
        first = self.party_name(record)
        return tuple(dict.fromkeys(name for name in [*stated, *printed] if name != first))[:2]

    def is_subject(self, record: str) -> bool:
        return bool(record) and record in self._subjects

    def account(self, key: str) -> Account | None:
        """Return what a register states of an account; of several that have its number at other banks, none."""
        if key not in self._accounts:
            self._accounts[key] = account_of(key, self.dossier.accounts.values())
        return self._accounts[key]

    def account_lines(self, key: str) -> tuple[str, ...]:
        """Return display id with masked number and country, then holder, then bank."""
        stated = self.account(key)
        country = (stated.country if stated else "") or (key.split(":", maxsplit=1)[0] if key.count(":") == 2 else "")
        head = " ".join(part for part in (self.dossier.account_ids.get(key, ""), masked(key), country) if part)
        return tuple(line for line in (head, self.holder(key), self.bank(key)) if line)

    def holder(self, key: str) -> str:
        """Return the holder's name by register, opening file or statement, else that no record names one."""
        stated = self.account(key)
        if stated and self.party(stated.holder):
            return self.party_name(stated.holder)
        if stated and (stated.title or stated.holder):
            return stated.title or stated.holder
        owners = [s.owner for s in self.dossier.statements.values() if s.owner and key in (s.account_key, s.account)]
        return owners[0] if owners else "holder not stated 户名未载明"

    def bank(self, key: str) -> str:
        stated = self.account(key)
        if stated and (stated.bank or stated.bic):
            return stated.bank or stated.bic
        servicers = [
            s.servicer for s in self.dossier.statements.values() if s.servicer and key in (s.account_key, s.account)
        ]
        return servicers[0] if servicers else ""

    def account_role(self, key: str) -> Role:
        stated = self.account(key)
        return "S" if stated and (self.is_subject(stated.holder) or self.is_subject(stated.beneficial_owner)) else "C"

    def account_detail(self, key: str) -> tuple[tuple[str, str], ...]:
        """Return what the panel says of an account; numbers in full only in the full rendering."""
        stated = self.account(key)
        number = key if self.rendering == "full" else masked(key)
        pairs = [
            ("account 账户", f"{self.dossier.account_ids.get(key, '')} {number}".strip()),
            ("holder 户名", self.holder(key)),
            ("bank 银行", self.bank(key)),
        ]
        if stated:
            period = years(stated.opened, stated.closed)
            pairs += [("opened, closed 开户销户", period), ("record 出处", self.cite(stated.cite))]
        return tuple(pair for pair in pairs if pair[1])

    def say(self, text: str) -> str:
        """Return a sentence with postings by their place and account keys as display ids; in public, numbers masked."""
        text = _POSTING.sub(self._place, text)
        for key, shown in self.dossier.account_ids.items():
            if key in text:
                text = text.replace(key, f"{shown} {masked(key)}")
        return self._hide(text)

    def _place(self, found: re.Match[str]) -> str:
        posting = self.dossier.postings.get(found[1])
        return self.cite(posting.cite) if posting else found[0]

    def _hide(self, text: str) -> str:
        return self._hidden.sub(lambda found: masked(found.group(0)), text) if self._hidden else text

    def masking(self, picture: Picture) -> Picture:
        """Return the picture with every text masked in public: a payer's name or a reference can repeat a number too."""
        if self._hidden is None:
            return picture

        def lines(texts: tuple[str, ...]) -> tuple[str, ...]:
            return tuple(map(self._hide, texts))

        def pairs(details: Details) -> Details:
            return tuple((name, self._hide(value)) for name, value in details)

        return replace(
            picture,
            title_en=self._hide(picture.title_en),
            title_zh=self._hide(picture.title_zh),
            boxes=tuple(replace(b, lines=lines(b.lines), detail=pairs(b.detail)) for b in picture.boxes),
            arrows=tuple(
                replace(a, id=self._hide(a.id), lines=lines(a.lines), detail=pairs(a.detail)) for a in picture.arrows
            ),
            footer=lines(picture.footer),
        )

    def _account_numbers(self) -> re.Pattern[str] | None:
        """Return a pattern of all account numbers, and identifiers of persons, in every common spacing (annex.md 10)."""
        if self.rendering == "full":
            return None
        known = {a.number for a in self.dossier.accounts.values()} | {a.iban for a in self.dossier.accounts.values()}
        for posting in self.dossier.postings.values():
            known |= {posting.account, posting.counterparty_account}
        known |= {key.rsplit(":", 1)[-1] for key in self.dossier.account_ids}
        known |= {i.value for p in self.dossier.parties.values() if p.kind == "person" for i in p.identifiers}
        plain = {"".join(c for c in number.upper() if c.isalnum()) for number in known}
        spaced = [r"[\s./-]?".join(number) for number in sorted(plain, key=lambda n: (-len(n), n)) if len(number) > 5]
        return re.compile("|".join(spaced), re.IGNORECASE) if spaced else None

    def money(self, minor: int, currency: str) -> str:
        return str(Money(minor, currency))
