"""Wires: one economic payment each, with value, crossings and hooks counted once (nexus.md sections 0, 1 and 7)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import date

from tracer.model import EXPONENTS, Message, Money, Posting, Statement, Transfer, UsInstitution, Wire, major
from tracer.nexus.grades import ORDER, Evidence, better, sentence
from tracer.nexus.hooks import hooks
from tracer.nexus.identifiers import TERRITORIES, bic_key, bic_place, is_bic, is_passive, is_test
from tracer.nexus.institutions import Institution, linked
from tracer.nexus.join import join
from tracer.nexus.paths import Mention, Stop, announcement, crossings, is_report, legs, mentions, merge, path

__all__ = ["explain", "totals", "wires"]

Producers = Mapping[str, tuple[str, str]]
_OFFSHORE = {"CHATS": "USD CHATS", "PDDTS": "PDDTS", "BUNA": "Buna"}


def wires(
    messages: Mapping[str, Message],
    postings: Mapping[str, Posting],
    statements: Mapping[str, Statement],
    *,
    producers: Producers,
    institutions: Sequence[Institution] = (),
    transfers: Iterable[Transfer] = (),
) -> tuple[Wire, ...]:
    """Return the wires of these documents, sorted by id.

    `producers`: exhibit or document id -> (us, fed or foreign; institution). A movement seen only on statements is a wire
    only where a US institution services one of the accounts.
    """
    payments = {k: m for k, m in messages.items() if _is_payment(m)}
    joined = join(payments)
    root = {key: key for key in (*payments, *postings)}

    def find(key: str) -> str:
        while root[key] != key:
            key = root[key]
        return key

    def unite(a: str, b: str) -> None:
        x, y = sorted((find(a), find(b)))
        root[y] = x

    for a, b, _ in joined:
        unite(a, b)
    transfer_of: dict[str, str] = {}
    for transfer in transfers:
        members = [k for k in (*transfer.messages, *transfer.postings) if k in root]
        for member in members:
            transfer_of[member] = transfer.id
            unite(members[0], member)
    groups: dict[str, list[str]] = defaultdict(list)
    for key in sorted(root):
        groups[find(key)].append(key)
    found = []
    for members in groups.values():
        texts = {k: payments[k] for k in members if k in payments}
        lines = {k: postings[k] for k in members if k in postings}
        if not texts and not any(_us_servicer(p, statements) for p in lines.values()):
            continue
        made = _Group(texts, lines, statements, producers, institutions, joined)
        found.append(made.wire(next((transfer_of[k] for k in members if k in transfer_of), "")))
    return tuple(sorted(found, key=lambda w: w.wire_id))


def _is_payment(message: Message) -> bool:
    kinds = ("MT103", "MT200", "MT201", "MT202", "MT203", "MT205", "MT900", "MT910", "pacs.", "FAIM")
    return message.kind.startswith(kinds)


def _servicer(posting: Posting, statements: Mapping[str, Statement]) -> str:
    statement = statements.get(posting.statement)
    return posting.servicer or (statement.servicer if statement else "")


def _us_servicer(posting: Posting, statements: Mapping[str, Statement]) -> bool:
    return bic_place(_servicer(posting, statements)) == "US"


class _Group:
    """The documents of one wire."""

    def __init__(
        self,
        texts: dict[str, Message],
        lines: dict[str, Posting],
        statements: Mapping[str, Statement],
        producers: Producers,
        institutions: Sequence[Institution],
        joined: Sequence[tuple[str, str, int]],
    ) -> None:
        self.all, self.lines, self.statements = texts, lines, statements
        self.producers, self.rows, self.joined = producers, institutions, joined
        self.rejected_ids = {k for k, m in texts.items() if m.accepted is False}
        self.status = [m for m in texts.values() if m.kind.startswith("pacs.002")]
        self.returns = {k: m for k, m in texts.items() if m.return_of and k not in self.rejected_ids}
        self.texts = {
            k: m
            for k, m in texts.items()
            if k not in self.rejected_ids and k not in self.returns and not m.kind.startswith("pacs.002")
        }
        self.rejected = any(m.status == "RJCT" for m in self.status)

    def wire(self, transfer: str) -> Wire:
        texts = self.texts
        currency, day = self._money()
        excluded = [(key, "NAK") for key in sorted(self.rejected_ids)]
        seen: dict[str, list[tuple[str, Mention, str, Evidence]]] = {}
        for key, message in sorted(texts.items()):
            for mention in mentions(message):
                if is_test(mention.id) and mention.scheme == "BIC":
                    excluded.append((mention.id, "TEST_BIC"))
                    continue
                if mention.place == "US" or mention.place in TERRITORIES:
                    grade, evidence = self._grade(key, message, mention)
                    seen.setdefault(self._identity(mention, day), []).append((key, mention, grade, evidence))
        for key, line in sorted(self.lines.items()):
            servicer = _servicer(line, self.statements)
            if bic_place(servicer) == "US" or bic_place(servicer) in TERRITORIES:
                mention = Mention(
                    servicer[:8] if servicer[8:] in {"", "XXX"} else servicer, "BIC", "ACCOUNT_SERVICER", "statement"
                )
                producer = self.producers.get(line.cite.exhibit, ("foreign", ""))
                grade = "G1" if producer[0] == "us" else "G3"
                seen.setdefault(self._identity(mention, day), []).append(
                    (key, mention, grade, self._booked(line, servicer, grade))
                )
        listed = [self._institution(identity, found, day) for identity, found in seen.items()]
        us = tuple(u for u in listed if u.place == "US")
        territory = tuple(u for u in listed if u.place != "US")
        stops = merge([path(m) for m in texts.values()] or [self._line_path()])
        pairs = legs(stops) if not self.rejected else ()
        outward = [m.settled for m in texts.values() if m.settled is not None] + [
            abs(p.amount) for p in self.lines.values() if p.currency == currency and not p.reversal
        ]
        lead = self._first()
        instructed = (
            lead.instructed
            if lead and lead.instructed is not None and lead.instructed_currency == currency
            else (lead.settled if lead else None)
        )
        value = (instructed, min(outward, default=None), max(outward, default=None))
        if self.rejected:
            value, us, territory = (instructed, 0, 0), (), ()
        if not texts and not self.lines:
            value = (None, None, None)
        grade = self._wire_grade([*us, *territory], currency, stops)
        accounts = self._accounts() if texts else ()
        inside = {bic_key(u.id) for u in us} | {u.id for u in us} | {u.aba for u in us if u.aba}
        leads = [a["holder"] for a in accounts if bic_key(a["servicer"]) in inside or a["servicer"] in inside]
        ordered = [u for u in us if u.grade in {"G1", "G2a+", "G2a", "G2b", "G3"}]
        flat, wide = crossings(pairs), crossings(pairs, territories=True)
        notes = self._notes(us, currency)
        extra: dict[str, object] = {"crossings_incl_territories": wide}
        if territory:
            extra["hooks_incl_territories"] = hooks(
                wide, value[2], currency, leads, [u.id for u in (*ordered, *territory)]
            )
        for name in ("imad", "omad"):
            held = [getattr(m, name) for m in texts.values() if getattr(m, name)]
            if held:
                extra[name] = held[0]
        if lead and lead.instructed is not None and lead.instructed_currency not in {"", currency}:
            extra["instructed_original"] = (
                f"{major(lead.instructed, lead.instructed_currency)} {lead.instructed_currency}"
            )
        extra |= self._returned(value[2], currency, notes)
        ids = self._ids()
        named = sorted({*self.all, *self.lines})
        return Wire(
            wire_id=ids[0],
            other_ids=tuple(ids[1:]),
            documents=tuple(named),
            transfer=transfer,
            currency=currency,
            value_date=day,
            instructed=value[0],
            settled_min=value[1],
            settled_max=value[2],
            bucket="US" if us else "US_TERRITORY" if territory else "NONE",
            us=us,
            us_territory=territory,
            excluded=tuple(dict.fromkeys(excluded)),
            grade=grade,
            sentence=f"S-{grade}",
            legs=pairs,
            announcement=next((a for m in texts.values() if (a := announcement(m))), None),
            crossings=flat,
            hooks=hooks(flat, value[2], currency, leads, [u.id for u in ordered]) if ordered else {},
            accounts=accounts,
            joined_by=tuple(((a, b), rung) for a, b, rung in self.joined if a in self.all and b in self.all),
            notes=tuple(notes),
            requests=tuple(self._request(u, accounts) for u in (*us, *territory)),
            retention_until=_years_later(day, 5) if day and (us or territory) else None,
            agents=tuple(agent for m in texts.values() for agent in m.agents),
            extra=extra,
        )

    def _money(self) -> tuple[str, date | None]:
        for m in (*self.texts.values(), *self.all.values()):
            if m.settled is not None:
                return m.settled_currency, m.settled_date
        for p in self.lines.values():
            return p.currency, p.value_date or p.booked
        return "", None

    def _first(self) -> Message | None:
        """The announcement or first leg: customer payments before bank transfers, those before confirmations."""
        order = {"MT1": 0, "pac": 0, "FAI": 1, "MT2": 1, "MT9": 2}
        ranked = sorted(
            self.texts.items(),
            key=lambda item: (order.get(item[1].kind[:3], 1) + item[1].kind.startswith("pacs.009"), item[0]),
        )
        return ranked[0][1] if ranked else None

    def _ids(self) -> list[str]:
        pool = list((self.texts or self.all).items())
        found = [f"uetr:{m.uetr.lower()}" for _, m in pool if m.uetr]
        found += [f"imad:{m.imad}" for _, m in pool if m.kind == "FAIM" and m.imad]
        found += [
            f"ref:{m.sender[:8]}:{m.reference}:{m.settled_date}"
            for _, m in pool
            if m.reference and m.kind != "FAIM" and not is_report(m)
        ]
        cites = [m.cite for _, m in pool] + [p.cite for p in self.lines.values()]
        found += [f"doc:{c.exhibit[:16]}:{c.locator}" for c in cites[:1]]
        return list(dict.fromkeys(found))

    def _identity(self, mention: Mention, day: date | None) -> str:
        """The same BIC8 is one institution; an ABA number is the same only by a dated row of the case."""
        row = linked(mention.id, day, self.rows)
        if row is not None and row.bic8:
            return row.bic8
        return mention.key

    def _producer(self, key: str, message: Message) -> tuple[str, str]:
        return self.producers.get(key) or self.producers.get(message.cite.exhibit) or ("foreign", "")

    def _grade(self, key: str, message: Message, mention: Mention) -> tuple[str, Evidence]:
        kind, producer = self._producer(key, message)
        amount = (
            str(Money(message.settled, message.settled_currency))
            if message.settled is not None and message.settled_currency in EXPONENTS
            else "-"
        )
        words = {
            "x": mention.id,
            "amount": amount,
            "day": str(message.settled_date or "-"),
            "role": mention.role,
            "s": message.sender[:8] or producer,
        }
        added: tuple[str, ...] = ()
        form = ""
        if mention.role == "NARRATIVE":
            grade, words["s"] = "G3", producer or message.sender
        elif message.kind == "FAIM":
            ends = {a.role: a.name or a.id for a in message.agents}
            words |= {
                "producer": producer or "the Federal Reserve",
                "a": ends.get("instructing_agent", "-"),
                "b": ends.get("instructed_agent", "-"),
            }
            grade = ("G1" if mention.end else "G2b") if kind in {"us", "fed"} else "G3"
            form = "wire" if grade == "G1" else ""
            if grade == "G3":
                words["s"] = producer or "a foreign bank"
        elif is_report(message) and mention.role == "ACCOUNT_SERVICER":
            side = ("credit", "贷记") if message.kind == "MT910" else ("debit", "借记")
            words |= {"y": message.receiver[:8], "side": side[0], "side_zh": side[1]}
            grade = "G1"
        elif mention.end:
            sent = mention.key == bic_key(message.sender)
            form = "sent" if sent else ""
            words["s"] = (message.receiver if sent else message.sender)[:8]
            added = tuple(
                name
                for name, yes in (("ack", message.accepted is True), ("books", self._in_books(message)))
                if yes and not sent
            )
            grade = "G2a+" if added or (sent and message.accepted) else "G2a"
            added = added or (("ack",) if message.accepted else ())
        else:
            grade = "G2b"
        if mention.scheme == "BIC" and is_passive(mention.id) and ORDER.index(grade) < ORDER.index("G3"):
            grade, form, added = "G3", "", ()
        return grade, Evidence(grade, form, tuple(words.items()), added)

    def _in_books(self, message: Message) -> bool:
        """Say whether the sending bank's own statement shows the debit of this payment."""
        for line in self.lines.values():
            servicer = _servicer(line, self.statements) or self.producers.get(line.cite.exhibit, ("", ""))[1]
            if line.amount < 0 and bic_key(servicer) == bic_key(message.sender) and abs(line.amount) == message.settled:
                return True
        return False

    def _booked(self, line: Posting, servicer: str, grade: str) -> Evidence:
        side = ("credit", "贷记") if line.amount > 0 else ("debit", "借记")
        statement = self.statements.get(line.statement)
        words = {
            "x": servicer,
            "amount": str(Money(abs(line.amount), line.currency)),
            "day": str(line.value_date or line.booked),
            "y": (statement.owner if statement else "") or line.account,
            "side": side[0],
            "side_zh": side[1],
            "s": self.producers.get(line.cite.exhibit, ("", "a foreign bank"))[1],
        }
        return Evidence(grade, "", tuple(words.items()))

    def _institution(
        self, identity: str, found: list[tuple[str, Mention, str, Evidence]], day: date | None
    ) -> UsInstitution:
        bics = [m.id for _, m, _, _ in found if m.scheme == "BIC"]
        row = linked(bics[0] if bics else identity, day, self.rows)
        shown = max(bics, key=len) if bics else (row.bic8 if row and row.bic8 else found[0][1].id)
        best = min(found, key=lambda f: ORDER.index(f[2]))
        english, chinese = sentence(best[3])
        first = found[0][1]
        is_code = bool(bics) or bool(row and row.bic8)
        return UsInstitution(
            id=shown,
            scheme="BIC" if is_code else first.scheme,
            place=first.place,
            city=row.city or None if row else None,
            roles=tuple(dict.fromkeys(m.role for _, m, _, _ in found)),
            grade=best[2],
            documents=tuple(dict.fromkeys(key for key, _, _, _ in found)),
            fields=tuple(dict.fromkeys(m.field for _, m, _, _ in found)),
            sentence_en=english,
            sentence_zh=chinese,
            name=(row.name if row else "") or next((m.name for _, m, _, _ in found if m.name), ""),
            aba=row.aba if row else (first.id if first.scheme == "ABA" else ""),
            chips_participant=next((m.clearing for _, m, _, _ in found if m.clearing), ""),
        )

    def _wire_grade(self, listed: Sequence[UsInstitution], currency: str, stops: Sequence[Stop]) -> str:
        if self.rejected or not (self.texts or self.lines):
            return "G0"
        if listed:
            grade = "G0"
            for one in listed:
                grade = better(grade, one.grade)
            return grade
        if currency != "USD" or self._offshore() or self._on_us():
            return "G0"
        return "G5" if len({s.key[:4] for s in stops}) > 1 else "G0"

    def _offshore(self) -> str:
        text = " ".join(f"{m.narrative} {m.remittance} {m.clearing_system}" for m in self.texts.values()).upper()
        return next((name for word, name in _OFFSHORE.items() if word in text.split() or f"USD {word}" in text), "")

    def _on_us(self) -> bool:
        ends = [(m.sender[:4], m.receiver[:4]) for m in self.texts.values() if is_bic(m.sender) and is_bic(m.receiver)]
        return bool(ends) and all(a == b for a, b in ends)

    def _notes(self, us: Sequence[UsInstitution], currency: str) -> list[str]:
        notes: list[str] = []
        texts = self.texts.values()
        cover_held = any(
            "COV" in m.kind or m.kind in {"MT202", "MT205"} or m.kind.startswith("pacs.009") for m in texts
        )
        if any(announcement(m) for m in texts) and not cover_held:
            notes.append("COVER_REQUIRED")
        outward = [m for m in texts if m.kind.startswith(("MT103", "MT202")) and m.direction != ""]
        if any(not any(a.role == "instructing_reimbursement_agent" for a in m.agents) for m in outward):
            notes.append("DIRECT_ACCOUNT_IMPLIED")
        if self._on_us():
            notes.append("ON_US: equal BIC4")
        if self._offshore():
            notes.append(f"OFFSHORE_CLEARING: {self._offshore()}")
        codes, numbers = [u for u in us if u.scheme == "BIC"], [u for u in us if u.scheme == "ABA"]
        if codes and numbers:
            notes.append(f"BIC_ABA_NOT_LINKED: {max(len(codes), len(numbers))} to {len(us)} US institutions")
        if any(m.kind in {"MT202", "MT205"} for m in texts):
            notes.append("PLAIN_202")
        if self.rejected:
            notes.append("REJECTED")
        if self.rejected_ids and not self.texts:
            notes.append("NOT_SENT: the network rejected the message")
        settled = {m.settled for m in texts if m.settled is not None}
        if len(settled) > 1:
            stated = sum(c.amount for m in texts for c in m.charges if c.currency == currency)
            gap = max(settled) - min(settled)
            if gap > stated:
                notes.append(
                    f"UNEXPLAINED: {major(gap - stated, currency)} {currency} between legs, no message states it"
                )
        return notes

    def _accounts(self) -> tuple[dict[str, str], ...]:
        found: dict[tuple[str, str], dict[str, str]] = {}

        def add(number: str, holder: str, servicer: str, basis: str) -> None:
            if not number or not holder or not (bic_place(servicer) == "US" or servicer.isdigit()):
                return
            shown = servicer[:8] if servicer[8:] in {"", "XXX"} else servicer
            row = found.setdefault(
                (number, bic_key(servicer)),
                {"number": number, "holder": bic_key(holder), "servicer": shown, "basis": basis},
            )
            if basis not in row["basis"]:
                row["basis"] += f"; {basis}"

        for _, m in sorted(self.texts.items()):
            if is_report(m):
                add(m.account, m.receiver, m.sender, "25 of a US servicer")
                continue
            if m.settlement_account and m.settlement_method in {"", "INDA"}:
                add(
                    m.settlement_account,
                    m.sender,
                    m.receiver,
                    "53B, receiver US" if not m.settlement_method else "SttlmAcct, receiver US",
                )
            if m.settlement_account and m.settlement_method == "INGA":
                add(m.settlement_account, m.receiver, m.sender, "SttlmAcct, sender US")
            for agent in m.agents:
                if agent.role == "instructing_reimbursement_agent":
                    add(agent.account, m.sender, agent.id, agent.field)
                if agent.role == "instructed_reimbursement_agent":
                    add(agent.account, m.receiver, agent.id, agent.field)
        return tuple(found.values())

    def _request(self, us: UsInstitution, accounts: Sequence[dict[str, str]]) -> dict[str, object]:
        number: str | None = next(
            (a["number"] for a in accounts if bic_key(a["servicer"]) == bic_key(us.id) or a["servicer"] == us.id), None
        )
        if number is None:
            number = self._beneficiary_account(us)
        quote: list[str] = []
        for key in us.documents:
            message = self.all.get(key)
            if message is None:
                line = self.lines.get(key)
                quote += [r for r in ((line.owner_reference, line.bank_reference) if line else ()) if r]
                continue
            quote += [message.reference, message.uetr.lower(), message.imad, message.omad, message.related_reference]
        return {"to": us.id, "account": number, "quote": [q for q in dict.fromkeys(quote) if q]}

    def _beneficiary_account(self, us: UsInstitution) -> str | None:
        """The account-with institution's 59a of a customer payment, or 58a of a bank transfer; never of sequence B."""
        for _, m in sorted(self.texts.items()):
            with_it = any(a.role == "creditor_agent" and bic_key(a.id) == bic_key(us.id) for a in m.agents)
            receiver = bic_key(m.receiver) == bic_key(us.id) and not any(
                a.role.startswith(("creditor_agent", "intermediary")) for a in m.agents
            )
            if not (with_it or receiver) or is_report(m):
                continue
            customer = next((p.account for p in m.parties if p.role == "creditor" and p.account), "")
            bank = next((a.account for a in m.agents if a.role == "creditor_institution" and a.account), "")
            if customer or bank:
                return customer or bank
        return None

    def _line_path(self) -> tuple[Stop, ...]:
        for line in self.lines.values():
            servicer = _servicer(line, self.statements)
            statement = self.statements.get(line.statement)
            owner = statement.owner if statement and is_bic(statement.owner) else ""
            ends = [Stop(bic_key(b), "BIC", bic_place(b)) for b in (owner, servicer) if b]
            return tuple(ends if line.amount < 0 else reversed(ends))
        return ()

    def _returned(self, gross: int | None, currency: str, notes: list[str]) -> dict[str, object]:
        """Gross once, returned, delivered, unexplained (nexus.md section 1)."""
        if not self.returns or gross is None:
            return {}
        back = next(iter(self.returns.values()))
        stated = sum(c.amount for c in back.charges if c.currency == currency)
        returned = back.settled or 0
        gap = gross - returned - stated
        allowed = 80 * int(10 ** EXPONENTS.get(currency, 2))
        net: int | None = 0
        unexplained = 0
        if back.return_partial:
            net = gap
        elif gap <= allowed:
            unexplained = gap
        else:
            net = None
            notes.append("RETURN_GAP: more is missing than charges explain; was the return partial?")
        pairs = legs(path(back))

        def shown(value: int | None) -> str | None:
            return None if value is None else major(value, currency)

        return {
            "gross_through": shown(gross),
            "returned": shown(returned),
            "net_delivered": shown(net),
            "unexplained": shown(unexplained),
            "return_legs": pairs,
            "return_crossings": crossings(pairs),
        }


def _years_later(day: date, years: int) -> date:
    try:
        return day.replace(year=day.year + years)
    except ValueError:
        return day.replace(year=day.year + years, day=28)  # requests.md section 9: 29 Feb gives 28 Feb


def totals(found: Iterable[Wire]) -> dict[str, dict[str, dict[str, int]]]:
    """Return sums of settled_max per currency and grade, never across grades: US first, then with territories."""
    lines: dict[str, dict[str, dict[str, int]]] = {"us_by_grade": {}, "us_incl_territories_by_grade": {}}
    for wire in found:
        if wire.settled_max is None:
            continue
        for name, counts in (
            ("us_by_grade", wire.bucket == "US"),
            ("us_incl_territories_by_grade", wire.bucket != "NONE"),
        ):
            if counts:
                row = lines[name].setdefault(wire.currency, {})
                row[wire.grade] = row.get(wire.grade, 0) + wire.settled_max
    return lines


def explain(wire: Wire) -> str:
    """Return leg, field, institution, grade and sentence of one wire, line by line."""
    lines = [f"{wire.wire_id}: {', '.join(f'{a}-{b}' for a, b in wire.legs) or 'no legs'}; grade {wire.grade}"]
    for us in (*wire.us, *wire.us_territory):
        lines.append(
            f"{us.id} ({us.place}): {', '.join(us.roles)} in {', '.join(us.fields)}; {us.grade}: {us.sentence_en}"
        )
    lines += [f"joined: {' and '.join(d[:12] for d in docs)} by rung {rung}" for docs, rung in wire.joined_by]
    lines += [f"note: {note}" for note in wire.notes]
    lines.append("never said: " + ", ".join(wire.never))
    return "\n".join(lines)
