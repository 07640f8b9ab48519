"""What a theory or a screen asks of a case, and the law that each names: statute, authority, contrary authority.

Marks as in tracing.md: F found, K known and not re-read. Units: minor units of the account. Confirm each with counsel.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from tracer.model import CaseFile, Cite, NotCovered, Theory, TheoryFigure, TracerError, TraceResult, major
from tracer.trace.authorities_zh import STATUTES_ZH, THEORIES_ZH
from tracer.trace.election_names import Material
from tracer.trace.entries import Entries

__all__ = ["LAW", "Asking"]

#: Kind -> statute, authority, contrary authority.
LAW: dict[str, tuple[str, str, str]] = {
    "proceeds": (
        "18 USC 981(a)(1)(C), 981(a)(2)",
        (
            "981(a)(2)(A) gross for unlawful activity, (B) less direct costs of lawful goods sold illegally, (C) loan fraud less "
            "what was repaid [K, verify before filing]"
        ),
        "which of (A), (B), (C) applies is for counsel; the claimant bears the burden of direct costs [K, verify before filing]",
    ),
    "section_984": (
        "18 USC 984",
        'text [F]; "explicitly overrules Banco Cafetero", 832 F. Supp. 542 (E.D.N.Y. 1993) [F]',
        (
            "not for interbank accounts unless the holder knowingly took part; beyond a year tracing is needed; counting of days and "
            '"same account" after renumbering or a sweep: confirm with counsel'
        ),
    ),
    "section_1957": (
        "18 USC 1957",
        (
            "presume: US v Silver, 948 F.3d 538 (2d Cir. 2020), US v Moore, 27 F.3d 969 (4th Cir. 1994) [K, verify before filing]; US "
            "v Erker (6th Cir. 3 Mar 2025) [F]; aggregate: US v Davis, 226 F.3d 346 (5th Cir. 2000) [K, verify before filing]; "
            "trace_all: US v Rutgard, 116 F.3d 1270 (9th Cir. 1997) [K, verify before filing]"
        ),
        "the circuits are split [F]: all modes are printed; the reading of the modes is this project's: confirm with counsel",
    ),
    "involved_in": (
        "18 USC 981(a)(1)(A), 983(c)(3)",
        (
            "text of (a)(1)(A) [F]; US v Tencer, 107 F.3d 1120, US v Bornfield, 145 F.3d 1123, US v Kivanc, 714 F.3d 782 [K, verify "
            "before filing]"
        ),
        (
            "US v $448,342.85, 969 F.2d 474: presence of clean money alone does not taint it; US v Voigt, 89 F.3d 1050 [K, verify "
            "before filing]; Excessive Fines and innocent owner, 983(d), remain"
        ),
    ),
    "interbank": (
        "18 USC 981(k)",
        "981(k)(2), text [F]; Union Bank (1st Cir. 18 May 2007) [F]; US v Sum of $70,990,605 (D.D.C. 2015) [F]",
        "the bank is owner to the extent it had already discharged its obligation, (k)(4) [K, verify before filing]",
    ),
    "poca": (
        "UK POCA 2002 ss 304-306",
        'text [F]: "portion of the mixed property attributable to the recoverable property"; no method is prescribed',
        "s 278 stops multiple recovery although tracing multiplies items [F]",
    ),
    "value": (
        "value-based confiscation (Fed. R. Crim. P. 32.2; POCA 2002 ss 6-10; EU Dir. 2014/42, 2024/1260)",
        "benefit is the sum of distinct receipts valued when obtained [K, verify before filing]",
        "R v Waya [2012] UKSC 51: proportionate [K, verify before filing]; not available in a US in rem action without conviction",
    ),
    "shared": (
        "distribution, once (R3b) and capped by each lowest balance (R3c)",
        (
            "R3b: Barlow Clowes v Vaughan [1992] 4 All ER 22 [F]; US v Durham, 86 F.3d 70 [F cited]. R3c: attributed to Re French "
            "Caledonia (2003) 59 NSWLR 361 [K, the exact formula is uncertain: confirm with counsel]"
        ),
        (
            "Greymac (1986) 55 OR (2d) 673; Boughner v Greyhawk 2012 ONSC 3185: on the basis of tracing (R3d, the LIBR figure by label) "
            "[F]; a distribution cannot say which asset holds proceeds"
        ),
    ),
    "poison": (
        "a screen, never a figure: poison (total contamination)",
        "every output of a reached account counts in full; civil-law partners: total contamination [K, verify before filing]",
        "it does not conserve, and many experts do not regard it as forensic accounting [F]",
    ),
    "tiho": (
        'a screen, never a figure: TIHO ("taint in, highest out")',
        "Tironsakkul et al. 2019 [F title; rule K, verify before filing]: proceeds go to the largest outputs",
        "a heuristic of chain analysis: no authority on bank accounts was found; confirm with counsel",
    ),
    "family_expense": (
        "a screen, never a figure: family-expense exhaustion",
        "See v See (1966) 64 Cal.2d 778 [K, verify before filing]: expenses consume community money first",
        "marital property law; it is not LIBR, and no authority on proceeds of an offence was found; confirm with counsel",
    ),
}


@dataclass(frozen=True, eq=False)
class Asking:
    """The case, its trace and its entries, as the theories read them."""

    at: Material
    case: CaseFile

    @property
    def result(self) -> TraceResult:
        return self.at.result

    @property
    def entries(self) -> Entries:
        return self.at.entries

    @cached_property
    def balances(self) -> np.ndarray:
        return self.entries.balances()

    def money(self, minor: int, currency: str) -> str:
        return f"{major(minor, currency, group=True)} {currency}"

    def figure(
        self,
        kind: str,
        name: str,
        subject: str,
        currency: str,
        figures: Sequence[tuple[str, str, int]],
        words: tuple[str, str],
        *,
        status: str = "computed",
        met: Mapping[str, bool] | None = None,
        stated: Theory | None = None,
        cites: Sequence[Cite] = (),
    ) -> TheoryFigure:
        statute, authority, contrary = LAW[kind]
        return TheoryFigure(
            id=name,
            kind=kind,
            statute=statute,
            subject=subject,
            currency=currency,
            status=status,  # type: ignore[arg-type]  # one of the three words, by the callers
            figures=tuple(figures),
            words_en=words[0],
            words_zh=words[1],
            authority=authority,
            contrary=contrary,
            statute_zh=STATUTES_ZH.get(kind, ""),
            authority_zh=THEORIES_ZH[kind][0],
            contrary_zh=THEORIES_ZH[kind][1],
            met=dict(met or {}),
            evidence=stated.evidence if stated else (),
            cites=tuple(dict.fromkeys(cites)),
        )

    def gone(self, kind: str, name: str, subject: str, why: TracerError, stated: Theory | None = None) -> TheoryFigure:
        status = "not_covered" if isinstance(why, NotCovered) else "refused"
        zh = "尚未涵盖" if isinstance(why, NotCovered) else "未予计算"
        return self.figure(
            kind, name, subject, "", (), (f"{why.what} {why.meaning}", f"{zh}，原因（英文）：{why.what}"), status=status, stated=stated
        )  # fmt: skip
