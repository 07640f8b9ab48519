"""One entry (`Ntry`) of an ISO 20022 account report as a Posting, beside the statement that it stands in.

Source: ISO 20022 message definitions, ReportEntry and EntryTransaction of camt.052 to camt.054, all versions; formats.md 4.2.
The entry is the money; its details explain it and stay in `parts`: a batch is one Posting. What it prints and no field takes
(an intermediary, an address, an element of the bank's own) stays in `parts` under its path.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from typing import Literal

from lxml import etree

from tracer.ingest.accounts import account_key, present
from tracer.ingest.xml import Leaves, day_of, leaf, leaf_amount, leaves
from tracer.model import Cite, Posting, Reject, major, minor_units

__all__ = ["ACCOUNT", "AGENT", "RAW", "OpenStatement", "entry_posting", "set_aside"]

Element = etree._Element

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
_NAMES = {
    role: tuple(f"RltdPties/{one}/{way}" for one in (role, f"Ultmt{role}") for way in ("Pty/Nm", "Nm"))
    for role in _ROLES
}
_ACCOUNTS = {role: tuple(f"RltdPties/{role}Acct/{way}" for way in ACCOUNT.split("|")) for role in _ROLES}
_AGENTS = {role: tuple(f"RltdAgts/{role}Agt/{way}" for way in AGENT.split("|")) for role in _ROLES}
_ORDERED = ("AmtDtls/InstdAmt/Amt", "AmtDtls/TxAmt/Amt", "AmtDtls/CntrValAmt/Amt")
_PART = ("Amt", "AmtDtls/TxAmt/Amt")
_REMITTANCE = (
    "RmtInf/Ustrd",
    "RmtInf/Strd/CdtrRefInf/Ref",
    "RmtInf/Strd/CdtrRefInf/CdtrRef",
    "RmtInf/Strd/AddtlRmtInf",
)
_RATE = tuple(f"AmtDtls/{one}/CcyXchg/XchgRate" for one in ("InstdAmt", "TxAmt", "CntrValAmt", "AnncdPstngAmt"))
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
#: What `entry_posting`, `_extras` and `_part` take wherever it stands; of parties and agents they take one text each.
_TAKEN = frozenset(
    (
        *("Amt", "CdtDbtInd", "Sts", "Sts/Cd", "Sts/Prtry", "RvslInd", "AcctSvcrRef", "AddtlNtryInf", "NtryRef"),
        *("BookgDt", "BookgDt/Dt", "BookgDt/DtTm", "ValDt", "ValDt/Dt", "ValDt/DtTm"),
        *("BkTxCd/Domn/Cd", "BkTxCd/Domn/Fmly/Cd", "BkTxCd/Domn/Fmly/SubFmlyCd", "BkTxCd/Prtry/Cd"),
        *("Chrgs/Rcrd/Amt", "Chrgs/Amt", *_PART, *_RATE, *_REMITTANCE),
        *(f"Refs/{name}" for name in _REFERENCES),
        *(f"RtrInf/{way}" for way in ("Rsn/Cd", "Rsn/Prtry", "RtrRsn/Cd", "RtrRsn/Prtry")),
    )
)


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
    found, held = leaves(entry, "TxDtls")
    try:
        value, currency, printed = leaf_amount(found, "Amt", made.currency)
    except ValueError as error:
        return set_aside(cite, entry, "Amt", "amount", f"{error}.")
    side = leaf(found, "CdtDbtInd")
    if value is None:
        return set_aside(cite, entry, "Amt", "amount", "The entry prints no amount.")
    for name, code in (("Amt", "amount"), ("CdtDbtInd", "side")):
        if len(found.get(name, ())) > 1 and len(set(found[name])) > 1:
            return set_aside(cite, entry, name, code, f"The entry prints {name} twice, and not the same.")
    if value < 0:
        return set_aside(cite, entry, "Amt", "amount", "A negative amount beside a side can be read in two ways.")
    if side not in {"CRDT", "DBIT"}:
        return set_aside(cite, entry, "CdtDbtInd", "side", "The entry is neither CRDT nor DBIT.")
    if "e" in printed or "E" in printed:
        marks.append(f"scientific notation {printed}")
    signed = value if side == "CRDT" else -value
    status = leaf(found, "Sts/Cd", "Sts", "Sts/Prtry")
    if status not in _STATUS:
        marks.append(f"status {status} is not of the standard" if status else "no status: taken as booked")
    booked_printed, valued_printed = (
        leaf(found, "BookgDt/Dt", "BookgDt/DtTm", "BookgDt"),
        leaf(found, "ValDt/Dt", "ValDt/DtTm", "ValDt"),
    )
    booked, valued = day_of(booked_printed), day_of(valued_printed)
    for what, on, shown in (("booking", booked, booked_printed), ("value", valued, valued_printed)):
        if shown and on is None:
            marks.append(f"{what} date {shown[:40]} does not exist")
    details = [leaves(one)[0] for one in held]
    single = details[0] if len(details) == 1 else {}
    is_reversal = leaf(found, "RvslInd").lower() in {"true", "1"}
    party = _party(single, is_credit=(signed > 0) != is_reversal, made=made, marks=marks) if single else _NOBODY
    original = _original((single, found), value, currency, marks)
    remittance = _remittance(single)
    note = leaf(found, "AddtlNtryInf")
    parts = [*_extras(found, single), *_rest(found, ()), *_rest(single, (*party, remittance))]
    if remittance and note:
        parts.append(f"AddtlNtryInf: {note}")
    if len(details) > 1:
        parts += [_part(number, one) for number, one in enumerate(details, start=1)]
    if details:
        _check_parts(details, signed, currency, marks)
    _check_batch(found, details, signed, currency, marks)
    return Posting(
        cite,
        account=made.account,
        currency=currency,
        amount=signed,
        line=made.entries,
        statement=made.id,
        account_key=made.key,
        servicer=made.servicer,
        booked=booked,
        value_date=valued,
        time=booked_printed if "T" in booked_printed else "",
        amount_printed=printed,
        status=_STATUS.get(status, "info" if status else "booked"),
        reversal=is_reversal,
        type_code=_type(found),
        owner_reference=present(leaf(single, "Refs/InstrId", "Refs/PmtInfId")),
        bank_reference=present(leaf(found, "AcctSvcrRef")) or present(leaf(single, "Refs/AcctSvcrRef")),
        end_to_end_id=present(leaf(single, "Refs/EndToEndId")),
        uetr=leaf(single, "Refs/UETR").lower(),
        counterparty=party[0],
        counterparty_account=party[1],
        counterparty_agent=party[2],
        details=remittance or note,
        original_amount=original[0],
        original_currency=original[1],
        rate=original[2],
        parts=tuple(parts),
        marks=tuple(marks),
    )


def _type(found: Leaves) -> str:
    family = (
        leaf(found, "BkTxCd/Domn/Cd"),
        leaf(found, "BkTxCd/Domn/Fmly/Cd"),
        leaf(found, "BkTxCd/Domn/Fmly/SubFmlyCd"),
    )
    return "/".join(filter(None, ("-".join(filter(None, family)), leaf(found, "BkTxCd/Prtry/Cd"))))


def _party(single: Leaves, *, is_credit: bool, made: OpenStatement, marks: list[str]) -> tuple[str, str, str]:
    """Return (name, account, agent) of the other side: the debtor of a credit, the creditor of a debit."""
    for number, role in enumerate(("Dbtr", "Cdtr") if is_credit else ("Cdtr", "Dbtr")):
        name, account = leaf(single, *_NAMES[role]), leaf(single, *_ACCOUNTS[role])
        is_own = bool(account) and (account == made.account or account_key(account[:100]) == made.key)
        if is_own:
            continue
        if number:
            if not (name or account):
                continue
            marks.append(f"only the {'creditor' if role == 'Cdtr' else 'debtor'} is named")
        agent = leaf(single, *_AGENTS[role])
        if name or account or agent:
            return present(name), present(account), present(agent)
    return _NOBODY


def _original(holders: tuple[Leaves, ...], value: int, currency: str, marks: list[str]) -> tuple[int | None, str, str]:
    """Return (amount, currency, rate) of what was ordered, where it differs from what was booked."""
    for holder in holders:
        rate = leaf(holder, *_RATE)
        for path in _ORDERED:
            try:
                other, other_currency, _ = leaf_amount(holder, path, currency)
            except ValueError as error:
                marks.append(f"{path}: {error}")
                continue
            if other is not None and (other != value or other_currency != currency):
                return other, other_currency, rate
        if rate:
            return None, "", rate
    return None, "", ""


def _remittance(detail: Leaves) -> str:
    texts = [value for path in _REMITTANCE for value, _ in detail.get(path, ()) if value]
    return " ".join(texts) or leaf(detail, "AddtlTxInf")


def _extras(found: Leaves, single: Leaves) -> list[str]:
    """Return what else an entry prints and a Posting has no field for."""
    extras = []
    if reference := leaf(found, "NtryRef"):
        extras.append(f"NtryRef: {reference}")
    batch = [
        f"{path.rpartition('/')[2]} {value}" for path, values in found.items() if "Btch/" in path for value, _ in values
    ]
    if batch:
        extras.append("Btch: " + ", ".join(batch))
    for holder in (found, single):
        for path in ("Chrgs/Rcrd/Amt", "Chrgs/Amt"):
            extras += [f"Chrgs: {currency} {value}".replace("  ", " ") for value, currency in holder.get(path, ())]
    if not single:
        return extras
    reason = leaf(single, "RtrInf/Rsn/Cd", "RtrInf/Rsn/Prtry", "RtrInf/RtrRsn/Cd", "RtrInf/RtrRsn/Prtry")
    if reason:
        extras.append(f"RtrInf: {reason}")
    for name in ("MsgId", "TxId", "MndtId", "ChqNb", "ClrSysRef"):
        if reference := present(leaf(single, f"Refs/{name}")):
            extras.append(f"{name}: {reference}")
    return extras


def _rest(found: Leaves, told: tuple[str, ...]) -> list[str]:
    """Return what no field takes, by path; `told` are texts that a field holds already."""
    return [
        f"{path}: {currency} {value}" if currency else f"{path}: {value}"
        for path, values in found.items()
        if path not in _TAKEN and "Btch/" not in path
        for value, currency in values
        if value and value not in told
    ]


def _part(number: int, detail: Leaves) -> str:
    """Return one of several details as text: they explain the entry and are never money of their own."""
    told: list[str] = []
    words = [f"{number}:", leaf(detail, "CdtDbtInd")]
    for path in _PART:
        if path in detail:
            words += [detail[path][0][1], detail[path][0][0]]
            break
    for name in _REFERENCES:
        if reference := present(leaf(detail, f"Refs/{name}")):
            words.append(f"{name} {reference};")
    for role in ("Dbtr", "Cdtr"):
        found = [one for paths in (_NAMES, _ACCOUNTS, _AGENTS) if (one := leaf(detail, *paths[role]))]
        if found:
            words.append(f"{role} {' '.join(found)};")
            told += found
    words += [_remittance(detail), *(f"{one};" for one in _rest(detail, tuple(told)))]
    return " ".join(filter(None, words))


def _check_batch(found: Leaves, details: list[Leaves], signed: int, currency: str, marks: list[str]) -> None:
    """Mark a batch that prints fewer payments than it details, or a sum that is not the entry; tell where details are left out."""
    stated = [int(value) for value, _ in found.get("NtryDtls/Btch/NbOfTxs", ()) if value.isdigit() and len(value) < 16]
    if stated and details and sum(stated) < len(details):
        marks.append(f"NbOfTxs {sum(stated)} of Btch, found {len(details)}")
    elif stated and details and sum(stated) > len(details):
        marks.append(f"only {len(details)} of {sum(stated)} payments of the batch are detailed")
    sums = found.get("NtryDtls/Btch/TtlAmt", ())
    if not sums or any((code or currency) != currency for _, code in sums):
        return
    try:
        total = sum(minor_units(value, currency) for value, _ in sums)
    except ValueError as error:
        marks.append(f"part: {error}")
        return
    if total != abs(signed):
        marks.append(f"CtrlSum {major(total, currency)} of Btch, found {major(abs(signed), currency)}")


def _check_parts(details: list[Leaves], signed: int, currency: str, marks: list[str]) -> None:
    """Mark parts that do not sum to the entry; each is signed by its own CdtDbtInd, else by the entry's."""
    total = 0
    for detail in details:
        stated = next((detail[path][0] for path in _PART if path in detail), None)
        if stated is None or (stated[1] or currency) != currency:
            return
        try:
            value = minor_units(stated[0], currency)
        except ValueError as error:
            marks.append(f"part: {error}")
            return
        side = leaf(detail, "CdtDbtInd")
        total += -value if (side == "DBIT" if side else signed < 0) else value
    if total != signed:
        marks.append(f"parts sum to {major(total, currency)}, the entry is {major(signed, currency)}")
