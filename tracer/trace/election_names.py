"""What an election names: lines, accounts, targets; its words in English and Chinese, its authority and the contrary one."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TypedDict

from tracer.model import Elected, Election, Posting, RuleError, TracerError, TraceResult
from tracer.model.accounts import bare
from tracer.trace.authorities_zh import ELECTIONS_ZH, PARAMETERS_ZH
from tracer.trace.case_books import Books
from tracer.trace.entries import Entries
from tracer.trace.events import Book

__all__ = [
    "AUTHORITY",
    "PARAMETER_AUTHORITY",
    "Material",
    "account_of",
    "authority_of",
    "event_of",
    "line_of",
    "not_carried_out",
    "refused",
    "target_of",
    "words_of",
]

#: Kind -> authority and contrary authority, with the mark of tracing.md (F found, K known and not re-read).
AUTHORITY: dict[str, tuple[str, str]] = {
    "specific_identification": (
        '"clearinghouse" and "identical sum inference", McKinley (Texas) [F]',
        "a match on amount and time alone is an inference: every competing candidate is told",
    ),
    "restoration": (
        "Roscoe v Winder [1915] 1 Ch 62, the exception: clear intention to restore [F]",
        "Re Dameron, 155 F.3d 718, 724 (4th Cir. 1998): no replenishment after the low point [F]",
    ),
    "backward_link": (
        "Federal Republic of Brazil v Durant [2015] UKPC 35: coordination of the whole transaction, pleaded and shown [F]",
        (
            "Bishopsgate v Homan [1995] Ch 211 [K, verify before filing]; whether the forum accepts it for criminal proceeds: "
            "confirm with counsel"
        ),
    ),
    "account_group": (
        "no authority found: disclosed as an election (sweep, zero-balance or pooling agreement): confirm with counsel",
        "rules apply per account, not per owner (tracing.md 1.3)",
    ),
    "cash_redeposit": (
        "an accepted inference, its class recorded (tracing.md 1.3, E13): confirm with counsel",
        "refused by default: the deposit is of unknown origin and the proceeds stay in cash",
    ),
    "parameter": (
        "a named alternative of tracing.md 1.2 and 1.3: confirm with counsel",
        "the default of the run, printed on the cover",
    ),
    "banco_cafetero": (
        (
            "US v Banco Cafetero Panama, 797 F.2d 1154, 1159-60 (2d Cir. 1986) [existence F; options K, verify before filing]; "
            "US v Henshaw, 388 F.3d 738 (10th Cir. 2004): equitable discretion [F]"
        ),
        (
            "decided under the probable-cause regime before 2000 [F]; now by preponderance, 18 USC 983(c)(1) [K, verify before "
            "filing]; the options are alternatives, never both for the same cents"
        ),
    ),
    "oatway": (
        "Re Oatway [1903] 2 Ch 356 [K, verify before filing]; wide: Shalson v Russo [2003] EWHC 1637 (Ch) at [144] [F]",
        "narrow: Turner v Jacob [2006] EWHC 1317 (Ch), enough left in the account means no pick [F]",
    ),
}

#: Parameter -> the same, where it has an authority of its own.
PARAMETER_AUTHORITY: dict[str, tuple[str, str]] = {
    "reversal": (
        "the original composition at the tail, never a fresh clean lot (tracing.md 1.3): confirm with counsel",
        "void both legs, the default: the ledger is read as if neither posted",
    ),
    "libr": (
        (
            "Re Hallett's Estate (1880) 13 Ch D 696; James Roscoe (Bolton) Ltd v Winder [1915] 1 Ch 62 [F]; available balance: a "
            "recognised test [F as a key term; the case was not identified]"
        ),
        "no authority found fixes end-of-day against intraday: a disclosed parameter; confirm with counsel",
    ),
}

_KINDS = {
    "specific_identification": ("specific identification", "个别认定"),
    "restoration": ("restoration", "回补"),
    "backward_link": ("backward link", "反向关联"),
    "account_group": ("account group", "账户归集"),
    "cash_redeposit": ("cash paid in again", "现金再存入"),
    "parameter": ("parameter", "参数"),
    "banco_cafetero": ("Banco Cafetero election", "Banco Cafetero 选择"),
    "oatway": ("Oatway election", "Oatway 选择"),
}


@dataclass(frozen=True, slots=True, eq=False)
class Material:
    """The entries of a case and what names their rows."""

    entries: Entries
    opened: Entries | None
    row_of: Mapping[str, int]
    postings: Mapping[str, Posting]
    result: TraceResult
    bundle: str
    returned: Callable[[], Books] | None = None


def refused(what: str, meaning: str, next_call: str) -> RuleError:
    return RuleError(what, where="tracing.elections of case.yaml", meaning=meaning, next_call=next_call)


class Authorities(TypedDict):
    """Authority and contrary authority in both languages, as fields of `Elected`."""

    authority: str
    contrary: str
    authority_zh: str
    contrary_zh: str


def authority_of(*chosen: Election) -> Authorities:
    """Return the authority of these elections and the contrary one, in both languages, as fields of `Elected`."""
    each: list[tuple[str, ...]] = []
    for one in chosen:
        own = one.kind == "parameter" and one.name in PARAMETER_AUTHORITY
        en = PARAMETER_AUTHORITY[one.name] if own else AUTHORITY[one.kind]
        zh = PARAMETERS_ZH[one.name] if own else ELECTIONS_ZH[one.kind]
        each.append((*en, *zh))
    authority, contrary, authority_zh, contrary_zh = (
        " · ".join(dict.fromkeys(texts)) for texts in zip(*each, strict=True)
    )
    return Authorities(authority=authority, contrary=contrary, authority_zh=authority_zh, contrary_zh=contrary_zh)


def words_of(one: Election) -> tuple[str, str]:
    en, zh = _KINDS[one.kind]

    def detail(credit: str, debit: str, mark: str) -> str:
        parts = [one.name, one.option, one.credit and f"{credit} {one.credit}", one.debit and f"{debit} {one.debit}"]
        return mark.join(filter(None, [*parts, mark.join(one.accounts), mark.join(one.targets)]))

    return f"{one.id}: {en} ({detail('credit', 'debit', ', ')})", f"{one.id}：{zh}（{detail('贷记', '借记', '、')}）"


def not_carried_out(one: Election, gone: TracerError) -> Elected:
    en, zh = words_of(one)
    return Elected(
        ids=(one.id,),
        kind=one.kind,
        status="refused",
        words_en=en,
        words_zh=zh,
        evidence=one.evidence,
        reason=one.reason,
        **authority_of(one),
        note_en=f"{gone.what} {gone.meaning} Next: {gone.next_call}",
        note_zh=f"未予执行，原因（英文）：{gone.what}",
    )


def line_of(at: Material, reference: str, account: str, *, credit: bool) -> str:
    """Return the id of the one counted line with this reference. Raises: RuleError where none or several bear it."""
    wanted = reference.strip()

    def named(key: str) -> bool:
        p = at.postings[key]
        references = (p.owner_reference, p.bank_reference, p.end_to_end_id, p.uetr)
        return wanted in references or key == wanted or (len(wanted) >= 8 and key.startswith(wanted))

    hits = [
        key
        for key, row in at.row_of.items()
        if key in at.postings
        and bool(at.entries.credit[row]) is credit
        and named(key)
        and (not account or _is_account(account, at.entries.accounts[int(at.entries.account[row])]))
    ]
    if len(hits) != 1:
        kind = "credit" if credit else "debit"
        raise refused(
            f"{len(hits) or 'No'} {kind}s of the books carry {reference!r}."
            if len(hits) != 1 and hits
            else f"No {kind} of the books carries {reference!r}.",
            "An election is on one line of one account; void lines (a payment and its reversal) are not in the books.",
            "state `account` beside the reference"
            if hits
            else "name a reference as the statement prints it, or a record id",
        )
    return hits[0]


def _is_account(stated: str, name: str) -> bool:
    key = name.rpartition(":")[2].partition(" ")[0]
    return stated == name or (bool(bare(stated)) and bare(key) == bare(stated))


def account_of(at: Material, stated: str) -> str:
    hits = [name for name in at.entries.accounts if _is_account(stated, name)]
    if len(hits) != 1:
        raise refused(
            f"{stated!r} is {'no account' if not hits else 'more than one account'} of the books.",
            "Only an account whose statements are held can be elected.",
            f"one of {', '.join(at.entries.accounts[:12])}",
        )
    return hits[0]


def target_of(at: Material, stated: str) -> str:
    known = {t.target for t in at.result.targets}
    for name in (stated, f"sink:ASSET:{stated}"):
        if name in known:
            return name
    return f"bal:{account_of(at, stated)}"


def event_of(at: Material, book: Book, key: str) -> str:
    """Return the event that a line is part of: a transfer is listed by its debit."""
    if any(e.id == key for e in book.events):
        return key
    partner = int(at.entries.partner[at.row_of[key]])
    return str((at.entries.source or ())[partner])
