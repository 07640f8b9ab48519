"""Wires: one economic payment each, with value, crossings and hooks counted once (nexus.md sections 0, 1 and 7)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import date

from tracer.model import Judgement, Message, Posting, Statement, Transfer, UsInstitution, Wire, major
from tracer.model.judging import relation_of, united
from tracer.model.payments import FEE_MAJOR
from tracer.nexus.accounts import accounts_of, request_of
from tracer.nexus.evidence import Producers, document_of, line_of, message_evidence, posting_evidence, producer_of
from tracer.nexus.grades import Accepted, Evidence, Lead, Listed, Nothing, Referred, best
from tracer.nexus.hooks import COUNTERPOINTS, hooks
from tracer.nexus.identifiers import TERRITORIES, bic_key, is_imad, is_passive, is_test, is_uetr
from tracer.nexus.institutions import Institution, Instruction, linked, nostros
from tracer.nexus.mentions import (
    Mention,
    is_event,
    is_fedwire,
    is_free_format,
    is_report,
    is_return,
    is_status,
    mentions,
    mentions_of_line,
)
from tracer.nexus.notes import is_rejection, notes_of, offshore
from tracer.nexus.paths import announcement, crossings, is_announcement, legs, line_path, merge, path
from tracer.nexus.value import first_leg, returned, value

__all__ = ["wires"]

#: Relations by which a document belongs to the wire of a payment without being part of its movement.
_ATTACHED = frozenset({"return", "status", "text", "not_sent"})
_GRADED = frozenset({"G1", "G2a+", "G2a", "G2b", "G3"})
#: Order in which roles are printed: that of the table in nexus.md section 2.
_ROLES = (
    "INSTRUCTING",
    "ORIGINATOR_BANK",
    "SENDER_REIMBURSEMENT",
    "RECEIVER_REIMBURSEMENT",
    "THIRD_REIMBURSEMENT",
    "INSTRUCTED",
    "INTERMEDIARY",
    "BENEFICIARY_BANK",
    "ACCOUNT_SERVICER",
    "ACCOUNT_OWNER",
    "NARRATIVE",
)
Shown = tuple[str, Mention, Evidence]


def wires(
    messages: Mapping[str, Message],
    postings: Mapping[str, Posting],
    statements: Mapping[str, Statement],
    *,
    producers: Producers,
    institutions: Sequence[Institution] = (),
    transfers: Iterable[Transfer] = (),
    judgements: Iterable[Judgement] = (),
    instructions: Sequence[Instruction] = (),
    fees: Mapping[str, int] = FEE_MAJOR,
) -> tuple[Wire, ...]:
    """Return the wires of these documents, sorted by id.

    `producers`: exhibit or document id -> (us, fed or foreign; institution). `transfers`: the movements as matching concluded
    them. `judgements`: what stands of each pair; by them a status, a return, a text or a refused message belongs to the wire
    of its payment, and each names the rung that joined two documents. `institutions` and `instructions` are the dated lists
    that the case supplies. A statement line that nothing joins is a wire only where it names an institution in the US or a
    territory, or is in USD between banks of different groups.
    """
    known_ids = {*messages, *postings}
    joined = [
        j
        for j in judgements
        if j.subject == "movement"
        and j.decision == "same"
        and {j.left, j.right} <= known_ids
        and not (relation_of(j) in {"reversal", "return"} and j.left in postings and j.right in postings)
    ]
    transfer_of: dict[str, str] = {}
    leader = {key: key for key in known_ids}
    for transfer in transfers:
        members = sorted({*transfer.messages, *transfer.postings} & known_ids)
        transfer_of |= dict.fromkeys(members, transfer.id)
        leader |= dict.fromkeys(members, members[0] if members else "")
    attached = [
        replace(j, left=leader[j.left], right=leader[j.right])
        for j in joined
        if relation_of(j) in _ATTACHED and leader[j.left] != leader[j.right]
    ]
    root, _ = united(sorted(known_ids), attached)
    groups: dict[str, list[str]] = defaultdict(list)
    for key in sorted(known_ids):
        groups[root[leader[key]]].append(key)
    known = frozenset(row.bic8 for row in institutions if row.bic8)
    by_key: dict[str, list[Judgement]] = defaultdict(list)
    for one in joined:
        by_key[min(one.left, one.right)].append(one)
    found = []
    for members in groups.values():
        texts = {k: messages[k] for k in members if k in messages}
        lines = {k: postings[k] for k in members if k in postings}
        if not texts and not _concerns(lines.values(), statements, institutions, known):
            continue
        inside = set(members)
        fired = [j for k in members for j in by_key.get(k, ()) if {j.left, j.right} <= inside]
        made = _Group(texts, lines, statements, producers, fired, institutions, known, instructions, fees)
        # the transfer of a wire is that of the payment, not that of its return
        outward = [k for k in members if k not in texts or not is_event(texts[k])]
        found.append(made.wire(next((transfer_of[k] for k in (*outward, *members) if k in transfer_of), "")))
    return tuple(sorted(_told_apart(found), key=lambda w: (w.wire_id, w.documents)))


def _servicer(posting: Posting, statements: Mapping[str, Statement]) -> str:
    statement = statements.get(posting.statement)
    return (posting.servicer or (statement.servicer if statement else "")).strip().upper()


def _concerns(
    lines: Iterable[Posting],
    statements: Mapping[str, Statement],
    rows: Sequence[Institution],
    known: frozenset[str],
) -> bool:
    groups: dict[str, set[str]] = defaultdict(set)
    for p in lines:
        for one in mentions_of_line(p, statements.get(p.statement), rows, known):
            if one.is_american:
                return True
            if one.where != "text":
                groups[p.currency].add(one.id[:4])
    return len(groups["USD"]) > 1


def _told_apart(found: list[Wire]) -> list[Wire]:
    """Give wires that share an id (a UETR used for unrelated payments) an id of their own each, and say so."""
    counts: dict[str, int] = defaultdict(int)
    for wire in found:
        counts[wire.wire_id] += 1
    return [
        wire
        if counts[wire.wire_id] == 1
        else replace(
            wire,
            wire_id=f"{wire.wire_id}#{wire.other_ids[0] if wire.other_ids else wire.documents[0]}",
            other_ids=(wire.wire_id, *wire.other_ids),
            notes=(*wire.notes, f"ID_REUSED: {wire.wire_id} stands on {counts[wire.wire_id]} unrelated payments"),
        )
        for wire in found
    ]


class _Group:
    """The documents of one wire."""

    def __init__(
        self,
        texts: dict[str, Message],
        lines: dict[str, Posting],
        statements: Mapping[str, Statement],
        producers: Producers,
        joined: Sequence[Judgement],
        rows: Sequence[Institution],
        known: frozenset[str],
        instructions: Sequence[Instruction],
        fees: Mapping[str, int],
    ) -> None:
        self.all, self.lines, self.statements, self.joined = texts, lines, statements, joined
        self.producers, self.rows, self.known = producers, rows, known
        self.instructions, self.fees = instructions, fees
        self.not_sent = {k: "NAK" for k, m in texts.items() if m.accepted is False}
        self.not_sent |= {k: "TEST_MESSAGE" for k, m in texts.items() if "test-message" in m.marks}
        self.sent = {k: m for k, m in texts.items() if k not in self.not_sent}
        self.backs = {k: m for k, m in self.sent.items() if is_return(m) and not is_rejection(m)}
        self.outward = {k: m for k, m in self.sent.items() if not is_event(m)}
        booked = bool(lines) or any(is_report(m) for m in self.sent.values())
        self.is_refused = any(is_rejection(m) for m in self.sent.values())
        # a bank's own entry contradicts the refusal: then nothing is zeroed, and the conflict is told
        self.rejected = self.is_refused and not booked
        self.own_lines = {k: p for k, p in lines.items() if not self._is_of_return(k)}

    def _is_of_return(self, key: str) -> bool:
        partners = {j.right if j.left == key else j.left for j in self.joined if key in {j.left, j.right}}
        return bool(partners) and partners <= set(self.backs)

    # -- institutions

    def _city(self, mention: Mention, on: date | None) -> str:
        row = linked(mention.id, mention.scheme, on, self.rows)
        return row.city if row else ""

    def shown(self) -> tuple[list[Shown], list[tuple[str, str]]]:
        """Return every institution in the US or a territory with its evidence, and what is excluded as evidence."""
        found: list[Shown] = []
        excluded: list[tuple[str, str]] = sorted(self.not_sent.items())
        booked = [(p, _servicer(p, self.statements)) for p in self.lines.values()]
        for key, m in sorted(self.sent.items()):
            for mention in mentions(m, self.rows, self.known):
                if mention.scheme == "BIC" and is_test(mention.id):
                    excluded.append((mention.id, "TEST_BIC"))
                elif mention.is_american:
                    city = self._city(mention, m.settled_date)
                    made = message_evidence(key, m, mention, self.producers, booked, city)
                    found.append((key, mention, made))
        for key, p in sorted(self.lines.items()):
            statement = self.statements.get(p.statement)
            for mention in mentions_of_line(p, statement, self.rows, self.known):
                if mention.scheme == "BIC" and is_test(mention.id):
                    excluded.append((mention.id, "TEST_BIC"))
                elif mention.is_american:
                    city = self._city(mention, p.value_date or p.booked)
                    found.append((key, mention, posting_evidence(key, p, statement, mention, self.producers, city)))
        return found, list(dict.fromkeys(excluded))

    def institutions(self, found: Sequence[Shown], on: date | None) -> list[UsInstitution]:
        """Return one row per institution; a BIC and a number are one only by a dated row of the case."""
        groups: dict[str, list[Shown]] = {}
        for one in found:
            mention = one[1]
            row = linked(mention.id, mention.scheme, on, self.rows)
            groups.setdefault(row.bic8 if row and row.bic8 else mention.key, []).append(one)
        return [self._institution(group, on) for group in groups.values()]

    def _institution(self, group: Sequence[Shown], on: date | None) -> UsInstitution:
        listed = [m for _, m, _ in group]
        bics = sorted({m.id for m in listed if m.scheme == "BIC"})
        branches = [bic for bic in bics if len(bic) == 11]
        first = listed[0]
        row = next((r for m in listed if (r := linked(m.id, m.scheme, on, self.rows))), None)
        if bics:
            shown = branches[0] if len(branches) == 1 else bic_key(bics[0])
        else:
            shown = row.bic8 if row and row.bic8 else first.id
        top = best(evidence for _, _, evidence in group)
        proving, named, _ = next(one for one in group if one[2] is top)
        roles = {m.role for m in listed}
        return UsInstitution(
            id=shown,
            scheme="BIC" if bics or (row and row.bic8) else first.scheme,
            place=first.place,
            city=(row.city or None) if row else None,
            roles=tuple(role for role in _ROLES if role in roles),
            grade=top.grade,
            documents=tuple(dict.fromkeys(key for key, _, _ in group)),
            fields=tuple(dict.fromkeys(m.field for m in listed)),
            sentence_en=top.english(),
            sentence_zh=top.chinese(),
            name=(row.name if row else "") or next((m.name for m in listed if m.name), ""),
            aba=(row.aba if row else "")
            or next((m.aba for m in listed if m.aba), "")
            or (first.id if first.scheme == "ABA" else ""),
            chips_participant=next((m.chips for m in listed if m.chips), "")
            or (first.id if first.scheme == "CHIPS" else ""),
            proof=((proving, named.field), *((key, "") for key in self._books(proving, top))),
        )

    def _books(self, message: str, evidence: Evidence) -> list[str]:
        """Return the lines of the sender's own books that made the evidence of a message better."""
        if not isinstance(evidence, Accepted) or not evidence.books:
            return []
        sender = bic_key(self.all[message].sender)
        held = sorted(self.lines.items())
        return [k for k, p in held if p.amount < 0 and bic_key(_servicer(p, self.statements)) == sender]

    # -- a wire without a US institution

    def bare(self, currency: str, on: date | None) -> Evidence:
        """Return G3 for a printed IMAD, G4 for a published list, G5 for USD between groups, else G0.

        Each document is graded by itself and the best counts, since another document never lowers a grade.
        """
        documents = [(document_of(m), m.narrative + "\n" + m.remittance, [m]) for m in self.sent.values()]
        names = "; ".join(sorted(name for name, _, _ in documents)) or "; ".join(
            sorted({line_of(p) for p in self.lines.values()})
        )
        grades: list[Evidence] = [Nothing("", "", names or "the documents")]
        if currency != "USD" or (self.rejected and not self.outward):
            return grades[0]
        for key, m in sorted(self.outward.items()):
            for stamp in _stamps(m):
                producer = producer_of(key, m.cite.exhibit, self.producers)[1]
                grades.append(
                    Referred(f"IMAD {stamp}", "", document_of(m), producer or m.sender or "The producing institution")
                )
        everything = [path(m, self.rows) for m in self.outward.values()]
        whole = {s.key[:4] for parts in everything for part in parts for s in part}
        for m in sorted(self.outward.values(), key=document_of):
            groups = {s.key[:4] for part in path(m, self.rows) for s in part} if len(everything) == 1 else whole
            if len(groups) < 2 or offshore(m) or _names_test_bic(m, self.rows, self.known):
                continue
            grades.append(self._listed(m, on) or Lead("", "", document_of(m)))
        if not self.outward and self.lines:
            banks = {
                one.id[:4]
                for p in self.lines.values()
                for one in mentions_of_line(p, self.statements.get(p.statement), self.rows, self.known)
                if one.where != "text" and not (one.scheme == "BIC" and is_test(one.id))
            }
            if len(banks) > 1:
                grades.append(Lead("", "", names))
        return best(grades)

    def _listed(self, m: Message, on: date | None) -> Evidence | None:
        for bank in (m.sender, m.receiver):
            rows = nostros(bank, m.settled_currency, on, self.instructions)
            if rows and all(row.correspondent[4:6] == "US" for row in rows):
                row = rows[0]
                return Listed(row.correspondent, "US", row.source_document, str(on), m.settled_currency)
        return None

    # -- the whole

    def wire(self, transfer: str) -> Wire:
        found, excluded = self.shown()
        outward = self.outward
        parts = merge(
            [
                *(p for m in outward.values() for p in path(m, self.rows)),
                *(
                    p
                    for line in self.own_lines.values()
                    for p in line_path(line, self.statements.get(line.statement), self.rows)
                ),
            ]
        )
        position = {stop.key: n for n, stop in enumerate(stop for part in parts for stop in part)}
        ordered = first_leg(outward, position)
        worth = value(ordered, self.own_lines.values())
        on = worth.day or next((m.settled_date for m in self.all.values() if m.settled_date), None)
        listed = sorted(self.institutions(found, on), key=lambda u: (position.get(bic_key(u.id), len(position)), u.id))
        us = tuple(u for u in listed if u.place == "US")
        territory = tuple(u for u in listed if u.place in TERRITORIES)
        pairs = () if self.rejected else legs(parts)
        flat, wide = crossings(pairs), crossings(pairs, territories=True)
        currency = worth.currency or next((m.settled_currency for m in self.all.values() if m.settled_currency), "")
        low, high = (0, 0) if self.rejected and outward else (worth.settled_min, worth.settled_max)
        evidence = (
            best(e for _, m, e in found if m.place == "US")
            if us
            else best(e for _, _, e in found)
            if territory
            else self.bare(currency, on)
        )
        accounts = accounts_of(self.sent, self.own_lines, self.statements, self.rows)
        graded = [u for u in us if u.grade in _GRADED]
        graded_wide = [u for u in (*us, *territory) if u.grade in _GRADED]
        extra: dict[str, object] = {"sentence_en": evidence.english(), "sentence_zh": evidence.chinese()}
        if wide != flat:
            extra["crossings_incl_territories"] = wide
        if territory and graded_wide and not self.rejected:
            leads = _leads(accounts, graded_wide)
            extra["hooks_incl_territories"] = hooks(wide, high, currency, leads, [u.id for u in graded_wide])
        for name in ("imad", "omad"):
            held = sorted({getattr(m, name) for m in self.sent.values() if is_fedwire(m) and getattr(m, name)})
            if held:
                extra[name] = held[0]
        if worth.instructed_original:
            extra["instructed_original"] = f"{major(*worth.instructed_original)} {worth.instructed_original[1]}"
        if worth.unexplained:
            extra["unexplained"] = major(worth.unexplained, currency)
        if any(is_announcement(m) for m in outward.values()) and not any(
            e.grade in {"G1", "G2a+", "G2a"} for _, _, e in found
        ):
            extra["value_status"] = "designated, not shown moved"
        refunds = self._refunds(high, currency, extra)
        ids = self._ids(ordered)
        found_hooks = (
            hooks(flat, high, currency, _leads(accounts, graded), [u.id for u in graded])
            if graded and not self.rejected
            else {}
        )
        notes = notes_of(
            outward=outward,
            us=us,
            parts=parts,
            worth=worth,
            rejected=self.is_refused,
            booked=self.is_refused and not self.rejected,
            not_sent=self.not_sent,
            bare=not us and not territory,
            is_lead=evidence.grade == "G5",
        )
        notes += refunds
        if any(m.scheme == "BIC" and is_passive(m.id) for _, m, _ in found):
            notes.append("PASSIVE_BIC: a passive participant is a reference at most; ask the bank that acts for it")
        return Wire(
            wire_id=ids[0],
            other_ids=tuple(ids[1:]),
            documents=tuple(sorted({*self.all, *self.lines})),
            transfer=transfer,
            currency=currency,
            value_date=on,
            instructed=worth.instructed,
            settled_min=low,
            settled_max=high,
            bucket="US" if us else "US_TERRITORY" if territory else "NONE",
            us=us,
            us_territory=territory,
            excluded=tuple(excluded),
            grade=evidence.grade,
            sentence=evidence.code,
            legs=pairs,
            announcement=next((a for _, m in ordered if (a := announcement(m, self.rows))), None),
            crossings=flat,
            hooks=found_hooks,
            accounts=accounts,
            joined_by=tuple(((min(j.left, j.right), max(j.left, j.right)), j.rung) for j in self.joined),
            notes=tuple(dict.fromkeys(notes)),
            requests=tuple(request_of(u, accounts, self.sent, self.lines, self.rows, on) for u in (*us, *territory)),
            retention_until=_years_later(on, 5) if on and (us or territory) else None,
            agents=tuple(agent for _, m in ordered for agent in m.agents),
            extra=extra,
            counterpoints=COUNTERPOINTS if found_hooks or "hooks_incl_territories" in extra else (),
        )

    def _refunds(self, gross: int | None, currency: str, extra: dict[str, object]) -> list[str]:
        if not self.backs:
            return []
        back = merge([p for m in self.backs.values() for p in path(m, self.rows)])
        extra["return_legs"] = legs(back)
        extra["return_crossings"] = crossings(legs(back))
        wide = crossings(legs(back), territories=True)
        if wide != extra["return_crossings"]:
            extra["return_crossings_incl_territories"] = wide
        if gross is None or not self.outward:
            return ["RETURN_WITHOUT_ORIGINAL: a gap, not income; ask for the payment that was returned"]
        told = returned(gross, currency, [m for _, m in sorted(self.backs.items())], self.fees)

        def shown(amount: int | None) -> str | None:
            return None if amount is None else major(amount, currency)

        extra |= {
            "gross_through": shown(told.gross_through),
            "returned": shown(told.returned),
            "net_delivered": shown(told.net_delivered),
            "unexplained": shown(told.unexplained),
        }
        if told.net_delivered is None:
            return ["RETURN_GAP: more is missing than charges or the fee tolerance explain; was the return partial?"]
        return ["RETURNED"]

    def _ids(self, ordered: Sequence[tuple[str, Message]]) -> list[str]:
        """Return the ids from the strongest on: UETR, IMAD, sender with reference and date, place in the exhibit."""
        pool = [m for _, m in ordered] + [m for k, m in sorted(self.all.items()) if k not in dict(ordered)]
        found = [f"uetr:{u}" for u in sorted({m.uetr.strip().lower() for m in pool} | self._line_uetrs()) if is_uetr(u)]
        found += [f"imad:{i}" for i in sorted({m.imad for m in pool if is_fedwire(m) and is_imad(m.imad)})]
        found += [
            f"ref:{m.sender[:9] if m.sender[:1].isdigit() else m.sender[:8]}:{m.reference}:{m.settled_date}"
            for m in pool
            if m.reference and m.sender and m.settled_date and not is_status(m) and not is_free_format(m)
        ]
        cites = sorted(
            (c.exhibit, c.locator) for c in (*(m.cite for m in pool), *(p.cite for p in self.lines.values()))
        )
        return list(dict.fromkeys([*found, *(f"doc:{exhibit}:{locator}" for exhibit, locator in cites)]))

    def _line_uetrs(self) -> set[str]:
        return {p.uetr.strip().lower() for p in self.lines.values()}


def _stamps(m: Message) -> list[str]:
    from tracer.nexus.identifiers import printed_ids

    return sorted(i for i in printed_ids(f"{m.narrative}\n{m.remittance}") if is_imad(i))


def _names_test_bic(m: Message, rows: Sequence[Institution], known: frozenset[str]) -> bool:
    return any(
        one.scheme == "BIC" and is_test(one.id) and (one.place == "US" or one.place in TERRITORIES)
        for one in mentions(m, rows, known)
    )


def _leads(accounts: Sequence[Mapping[str, str]], inside: Sequence[UsInstitution]) -> list[str]:
    """Return foreign banks for which a numbered account at one of these institutions is shown (18 USC 981(k))."""
    names = {bic_key(u.id) for u in inside} | {u.id for u in inside} | {u.aba for u in inside if u.aba}
    return [
        a["holder"]
        for a in accounts
        if (bic_key(a["servicer"]) in names or a["servicer"] in names)
        and len(a["holder"]) >= 8
        and a["holder"][4:6] not in TERRITORIES | {"US"}
    ]


def _years_later(day: date, years: int) -> date:
    try:
        return day.replace(year=day.year + years)
    except ValueError:
        return day.replace(year=day.year + years, day=28)  # requests.md section 9: 29 Feb gives 28 Feb
