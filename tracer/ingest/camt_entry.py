"""One entry (`Ntry`) of an ISO 20022 account report as a Posting, beside the statement that it stands in.

Source: ISO 20022 message definitions, ReportEntry and EntryTransaction of camt.052 to camt.054, all versions; formats.md 4.2.
The entry is the money; its details explain it and stay in `parts`: a batch is one Posting. What it prints and no field takes
(an intermediary, an address, an element of the bank's own) stays in `parts` under its path.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass, field
from datetime import date
from typing import Literal

from lxml import etree

from tracer.ingest.accounts import account_key, present
from tracer.ingest.draft import drafted
from tracer.ingest.shapes import Leaf, Shapes, Told
from tracer.ingest.xml import day_of, decimal
from tracer.model import Cite, Posting, Reject, major, minor_units

__all__ = ["ACCOUNT", "AGENT", "RAW", "OpenStatement", "entry_posting", "set_aside"]

Element = etree._Element

_noun = drafted(Posting)

_STATUS: dict[str, Literal["booked", "pending", "info"]] = {
    "BOOK": "booked",
    "PDNG": "pending",
    "FUTR": "pending",
    "INFO": "info",
}
RAW = 20_000  # characters of an element kept with a Reject
ACCOUNT = "Id/IBAN|Id/Othr/Id|Id/PrtryAcct/Id|Id/BBAN|Id/UPIC"
AGENT = (
    "FinInstnId/BICFI|FinInstnId/BIC|FinInstnId/CmbndId/BIC|FinInstnId/ClrSysMmbId/MmbId|FinInstnId/ClrSysMmbId/Id"
    "|FinInstnId/Nm|FinInstnId/NmAndAdr/Nm"
)
_NOBODY = ("", "", "")
_ROLES = ("Dbtr", "Cdtr")
_ORDERED = ("AmtDtls/InstdAmt/Amt", "AmtDtls/TxAmt/Amt", "AmtDtls/CntrValAmt/Amt")
_PART = ("Amt", "AmtDtls/TxAmt/Amt")
_REMITTANCE = (
    "RmtInf/Ustrd",
    "RmtInf/Strd/CdtrRefInf/Ref",
    "RmtInf/Strd/CdtrRefInf/CdtrRef",
    "RmtInf/Strd/AddtlRmtInf",
)
_RATE = tuple(f"AmtDtls/{one}/CcyXchg/XchgRate" for one in ("InstdAmt", "TxAmt", "CntrValAmt", "AnncdPstngAmt"))
_CHARGES = ("Chrgs/Rcrd/Amt", "Chrgs/Amt")
_REASON = tuple(f"RtrInf/{way}" for way in ("Rsn/Cd", "Rsn/Prtry", "RtrRsn/Cd", "RtrRsn/Prtry"))
_REFERENCES = (
    "MsgId",
    "AcctSvcrRef",
    "PmtInfId",
    "InstrId",
    "EndToEndId",
    "UETR",
    "TxId",
    "MndtId",
    "ChqNb",
    "ClrSysRef",
)
_EXTRA = ("MsgId", "TxId", "MndtId", "ChqNb", "ClrSysRef")  # the references for which a Posting has no field
#: What `entry_posting`, `_extras` and `_part` take wherever it stands; of parties and agents they take one text each.
_TAKEN = frozenset(
    (
        *("Amt", "CdtDbtInd", "Sts", "Sts/Cd", "Sts/Prtry", "RvslInd", "AcctSvcrRef", "AddtlNtryInf", "NtryRef"),
        *("BookgDt", "BookgDt/Dt", "BookgDt/DtTm", "ValDt", "ValDt/Dt", "ValDt/DtTm"),
        *("BkTxCd/Domn/Cd", "BkTxCd/Domn/Fmly/Cd", "BkTxCd/Domn/Fmly/SubFmlyCd", "BkTxCd/Prtry/Cd"),
        *(*_CHARGES, *_PART, *_RATE, *_REMITTANCE, *_REASON),
        *(f"Refs/{name}" for name in _REFERENCES),
    )
)

Places = tuple[int, ...]  # of texts, the first that is not empty counts


class _Form:
    """Where the fields of an entry, or of one of its details, stand among the texts of its shape.

    A field has the places of its paths, from the left. An amount is (path, place, `Ccy`), a text of `parts` (place, what is
    printed before it).
    """

    def __init__(self, leaves: tuple[Leaf, ...]) -> None:
        found: dict[str, list[int]] = {}
        for place, (path, _) in enumerate(leaves):
            found.setdefault(path, []).append(place)

        def at(*paths: str) -> Places:
            return tuple(place for path in paths for place in found.get(path, ()))

        def amounts(*paths: str) -> tuple[tuple[str, int, str], ...]:
            return tuple((path, place, leaves[place][1]) for path in paths for place in found.get(path, ()))

        def firsts(*paths: str) -> tuple[tuple[str, int, str], ...]:
            return tuple((path, found[path][0], leaves[found[path][0]][1]) for path in paths if path in found)

        self.is_empty = not leaves
        self.amount, self.part, self.ordered = firsts("Amt"), firsts(*_PART)[:1], firsts(*_ORDERED)
        self.twice = tuple(
            (name, code, amounts(name))
            for name, code in (("Amt", "amount"), ("CdtDbtInd", "side"))
            if len(found.get(name, ())) > 1
        )
        self.side, self.status = at("CdtDbtInd"), at("Sts/Cd", "Sts", "Sts/Prtry")
        self.booked, self.valued = at("BookgDt/Dt", "BookgDt/DtTm", "BookgDt"), at("ValDt/Dt", "ValDt/DtTm", "ValDt")
        self.reversal, self.note, self.number = at("RvslInd"), at("AddtlNtryInf"), at("NtryRef")
        self.family = tuple(at(f"BkTxCd/Domn/{one}") for one in ("Cd", "Fmly/Cd", "Fmly/SubFmlyCd"))
        self.own_type = at("BkTxCd/Prtry/Cd")
        self.reference = at("AcctSvcrRef")
        self.order = at("Refs/InstrId", "Refs/PmtInfId")
        self.references = {name: at(f"Refs/{name}") for name in _REFERENCES}
        self.extra = tuple((name, self.references[name]) for name in _EXTRA if self.references[name])
        self.remittance, self.information = at(*_REMITTANCE), at("AddtlTxInf")
        self.rate, self.reason = at(*_RATE), at(*_REASON)
        self.parties = {role: _party_at(at, role) for role in _ROLES}
        self.charges = amounts(*_CHARGES)
        self.batch = tuple(
            (place, f"{path.rpartition('/')[2]} ") for path in found if "Btch/" in path for place in found[path]
        )
        self.batch_counts, self.batch_sums = at("NtryDtls/Btch/NbOfTxs"), amounts("NtryDtls/Btch/TtlAmt")
        self.rest = tuple(
            (place, f"{path}: {leaves[place][1]} " if leaves[place][1] else f"{path}: ")
            for path in found
            if path not in _TAKEN and "Btch/" not in path
            for place in found[path]
        )


def _party_at(at: Callable[..., Places], role: str) -> tuple[Places, Places, Places]:
    """Return the places of the name, the account and the agent of the debtor or the creditor."""
    return (
        at(*(f"RltdPties/{one}/{way}" for one in (role, f"Ultmt{role}") for way in ("Pty/Nm", "Nm"))),
        at(*(f"RltdPties/{role}Acct/{way}" for way in ACCOUNT.split("|"))),
        at(*(f"RltdAgts/{role}Agt/{way}" for way in AGENT.split("|"))),
    )


_Told = Told[_Form]
_ENTRIES = Shapes(_Form, "TxDtls")
_NO_DETAIL: _Told = Told(_Form(()), [])


@dataclass(slots=True)
class OpenStatement:
    """A statement being read, over all its pages; amounts are minor units of `currency`.

    `pages` are the printed page numbers, `is_last` whether a page said that it is the last. `entries` counts what was printed,
    `stated` what TtlNtries says; `sums` and `nets` are its sums, page by page. `reversals` wait for the balances.
    """

    cite: Cite
    id: str
    kind: Literal["statement", "interim", "advice"]
    account: str = ""
    currency: str = ""
    servicer: str = ""
    key: str = ""
    owner: str = ""
    identity: str = ""
    number: str = ""
    pages: list[str] = field(default_factory=list)
    is_last: bool = True
    entries: int = 0
    stated: int | None = None
    booked: int = 0
    opening: tuple[int, date | None] | None = None
    closing: tuple[int, date | None] | None = None
    period: list[date | None] = field(default_factory=lambda: [None, None])
    totals: dict[str, tuple[int | None, int | None]] = field(default_factory=dict)
    sums: list[int] = field(default_factory=list)
    nets: list[int] = field(default_factory=list)
    gross: list[int] = field(default_factory=lambda: [0, 0])  # of booked entries, and of all
    net: list[int] = field(default_factory=lambda: [0, 0])
    is_whole: bool = True  # every entry was read, in the currency of the account
    reversals: list[Posting] = field(default_factory=list)
    marks: list[str] = field(default_factory=list)
    rejects: list[Reject] = field(default_factory=list)


def set_aside(cite: Cite, element: Element, where: str, code: str, message: str = "") -> Reject:
    """Return the Reject of an element that cannot be read, with the beginning of its text."""
    raw = etree.tostring(element, encoding="unicode", with_tail=False)[:RAW]
    return Reject(cite, raw, where, code, message or "An entry stands outside any statement.")


def entry_posting(cite: Cite, made: OpenStatement, entry: Element) -> Posting | Reject:
    """Return the Posting of an entry, signed by CdtDbtInd, or its Reject; `made` is the statement that it stands in."""
    marks: list[str] = []
    told, details = _ENTRIES.read(entry)
    form, texts = told
    if not form.amount:
        return set_aside(cite, entry, "Amt", "amount", "The entry prints no amount.")
    _, place, stated = form.amount[0]
    printed, currency = texts[place], stated.strip() or made.currency
    try:
        value = minor_units(decimal(printed), currency)
    except ValueError as error:
        return set_aside(cite, entry, "Amt", "amount", f"{error}.")
    side = _first(form.side, texts)
    for name, code, places in form.twice:
        if len({(texts[place], stated) for _, place, stated in places}) > 1:
            return set_aside(cite, entry, name, code, f"The entry prints {name} twice, and not the same.")
    if value < 0:
        return set_aside(cite, entry, "Amt", "amount", "A negative amount beside a side can be read in two ways.")
    if side not in {"CRDT", "DBIT"}:
        return set_aside(cite, entry, "CdtDbtInd", "side", "The entry is neither CRDT nor DBIT.")
    if "e" in printed or "E" in printed:
        marks.append(f"scientific notation {printed}")
    signed = value if side == "CRDT" else -value
    status = _first(form.status, texts)
    if status not in _STATUS:
        marks.append(f"status {status} is not of the standard" if status else "no status: taken as booked")
    booked_printed, valued_printed = _first(form.booked, texts), _first(form.valued, texts)
    booked, valued = day_of(booked_printed), day_of(valued_printed)
    if booked is None and booked_printed:
        marks.append(f"booking date {booked_printed[:40]} does not exist")
    if valued is None and valued_printed:
        marks.append(f"value date {valued_printed[:40]} does not exist")
    single = details[0] if len(details) == 1 else _NO_DETAIL
    of_detail, said = single
    is_reversal = bool(form.reversal) and _first(form.reversal, texts).lower() in {"true", "1"}
    name, account, agent = (
        _NOBODY if of_detail.is_empty else _party(single, is_credit=(signed > 0) != is_reversal, made=made, marks=marks)
    )
    original, original_currency, rate = _original((single, told), value, currency, marks)
    remittance = _remittance(single)
    note = _first(form.note, texts)
    parts = _extras(told, single)
    parts += [before + texts[place] for place, before in form.rest if texts[place]]
    if of_detail.rest:
        parts += _rest(single, (name, account, agent, remittance))
    if remittance and note:
        parts.append(f"AddtlNtryInf: {note}")
    if len(details) > 1:
        parts += [_part(number, one) for number, one in enumerate(details, start=1)]
    if details:
        _check_parts(details, signed, currency, marks)
    if form.batch:
        _check_batch(told, details, signed, currency, marks)
    references = of_detail.references
    return _noun(
        cite,
        made.account,
        currency,
        signed,
        made.entries,
        made.id,
        made.key,
        made.servicer,
        booked,
        valued,
        booked_printed if "T" in booked_printed else "",
        None,  # balance
        printed,
        _STATUS.get(status, "info" if status else "booked"),
        is_reversal,
        _type(told),
        present(_first(of_detail.order, said)),
        present(_first(form.reference, texts)) or present(_first(references["AcctSvcrRef"], said)),
        present(_first(references["EndToEndId"], said)),
        _first(references["UETR"], said).lower(),
        name,
        account,
        agent,
        remittance or note,
        original,
        original_currency,
        rate,
        tuple(parts),
        tuple(marks),
    )


def _first(places: Places, texts: list[str]) -> str:
    """Return the first of these texts that is not empty."""
    for place in places:
        if text := texts[place]:
            return text
    return ""


def _type(told: _Told) -> str:
    form, texts = told
    family = "-".join([code for places in form.family if (code := _first(places, texts))])
    own = _first(form.own_type, texts)
    return f"{family}/{own}" if family and own else family or own


def _party(single: _Told, *, is_credit: bool, made: OpenStatement, marks: list[str]) -> tuple[str, str, str]:
    """Return (name, account, agent) of the other side: the debtor of a credit, the creditor of a debit."""
    form, said = single
    for number, role in enumerate(("Dbtr", "Cdtr") if is_credit else ("Cdtr", "Dbtr")):
        named, held, served = form.parties[role]
        name, account = _first(named, said), _first(held, said)
        is_own = bool(account) and (account == made.account or account_key(account[:100]) == made.key)
        if is_own:
            continue
        if number:
            if not (name or account):
                continue
            marks.append(f"only the {'creditor' if role == 'Cdtr' else 'debtor'} is named")
        agent = _first(served, said)
        if name or account or agent:
            return present(name), present(account), present(agent)
    return _NOBODY


def _original(holders: tuple[_Told, ...], value: int, currency: str, marks: list[str]) -> tuple[int | None, str, str]:
    """Return (amount, currency, rate) of what was ordered, where it differs from what was booked."""
    for form, texts in holders:
        rate = _first(form.rate, texts)
        for path, place, stated in form.ordered:
            other_currency = stated.strip() or currency
            try:
                other = minor_units(decimal(texts[place]), other_currency)
            except ValueError as error:
                marks.append(f"{path}: {error}")
                continue
            if other != value or other_currency != currency:
                return other, other_currency, rate
        if rate:
            return None, "", rate
    return None, "", ""


def _remittance(detail: _Told) -> str:
    form, said = detail
    texts = [text for place in form.remittance if (text := said[place])]
    return " ".join(texts) or _first(form.information, said)


def _extras(told: _Told, single: _Told) -> list[str]:
    """Return what else an entry prints and a Posting has no field for."""
    form, texts = told
    of_detail, said = single
    extras = []
    if number := _first(form.number, texts):
        extras.append(f"NtryRef: {number}")
    if form.batch:
        extras.append("Btch: " + ", ".join([before + texts[place] for place, before in form.batch]))
    for holder, printed in (told, single):
        for _, place, currency in holder.charges:
            extras.append(f"Chrgs: {currency} {printed[place]}".replace("  ", " "))
    if reason := _first(of_detail.reason, said):
        extras.append(f"RtrInf: {reason}")
    for name, places in of_detail.extra:
        if reference := present(_first(places, said)):
            extras.append(f"{name}: {reference}")
    return extras


def _rest(detail: _Told, told: Collection[str]) -> list[str]:
    """Return what no field takes, by path; `told` are texts that a field holds already."""
    form, said = detail
    return [before + text for place, before in form.rest if (text := said[place]) and text not in told]


def _part(number: int, detail: _Told) -> str:
    """Return one of several details as text: they explain the entry and are never money of their own."""
    form, said = detail
    told: list[str] = []
    words = [f"{number}:", _first(form.side, said)]
    for _, place, stated in form.part:
        words += [stated, said[place]]
    for name, places in form.references.items():
        if reference := present(_first(places, said)):
            words.append(f"{name} {reference};")
    for role in _ROLES:
        found = [one for places in form.parties[role] if (one := _first(places, said))]
        if found:
            words.append(f"{role} {' '.join(found)};")
            told += found
    words += [_remittance(detail), *(f"{one};" for one in _rest(detail, told))]
    return " ".join(filter(None, words))


def _check_batch(told: _Told, details: list[_Told], signed: int, currency: str, marks: list[str]) -> None:
    """Mark a batch that prints fewer payments than it details, or a sum that is not the entry; tell where details are left out."""
    form, texts = told
    printed = [texts[place] for place in form.batch_counts]
    stated = [int(value) for value in printed if value.isdigit() and len(value) < 16]
    if stated and details and sum(stated) < len(details):
        marks.append(f"NbOfTxs {sum(stated)} of Btch, found {len(details)}")
    elif stated and details and sum(stated) > len(details):
        marks.append(f"only {len(details)} of {sum(stated)} payments of the batch are detailed")
    sums = form.batch_sums
    if not sums or any((code or currency) != currency for _, _, code in sums):
        return
    try:
        total = sum(minor_units(texts[place], currency) for _, place, _ in sums)
    except ValueError as error:
        marks.append(f"part: {error}")
        return
    if total != abs(signed):
        marks.append(f"CtrlSum {major(total, currency)} of Btch, found {major(abs(signed), currency)}")


def _check_parts(details: list[_Told], signed: int, currency: str, marks: list[str]) -> None:
    """Mark parts that do not sum to the entry; each is signed by its own CdtDbtInd, else by the entry's."""
    total = 0
    for form, said in details:
        if not form.part or (form.part[0][2] or currency) != currency:
            return
        try:
            value = minor_units(said[form.part[0][1]], currency)
        except ValueError as error:
            marks.append(f"part: {error}")
            return
        side = _first(form.side, said)
        total += -value if (side == "DBIT" if side else signed < 0) else value
    if total != signed:
        marks.append(f"parts sum to {major(total, currency)}, the entry is {major(signed, currency)}")
