"""Statutes and the facts that a wire gives them; the program never says that a statute is met (nexus.md section 6).

Each provision carries its authority, what stands against it, and its mark: FOUND was read in a published text (read the primary
text before quoting), KNOWN is professional knowledge, printed with "confirm with counsel 请律师确认".
Sizes are those of the wire, in USD only: an amount in another currency depends on a rate that no record here shows.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Literal

__all__ = ["CONFIRM", "COUNTERPOINTS", "PROVISIONS", "Provision", "hooks", "provisions_of"]

CONFIRM = ("confirm with counsel", "请律师确认")
_OVER = 10_000_00  # strictly more, in cents: 18 USC 1956(f), 1957
_FROM = 5_000_00  # or more, in cents: 18 USC 2314, 2315


@dataclass(frozen=True, slots=True)
class Provision:
    """One provision: what it needs, what a wire can show of it, authority, contrary, and the mark of the statement.

    `hook` is the key in the result that carries its facts, "" where no single wire shows any.
    """

    id: str
    hook: str
    needs: str
    from_wire: str
    authority: str
    against: str
    mark: Literal["FOUND", "KNOWN"]

    @property
    def caution(self) -> str:
        """Return what is printed beside the provision."""
        return "read the primary text before quoting" if self.mark == "FOUND" else " ".join(CONFIRM)


PROVISIONS: tuple[Provision, ...] = (
    Provision(
        "18 USC 1956(a)(2)",
        "1956a2",
        "a transfer from a place in the United States to or through a place outside, or to a place in the United States from "
        "or through a place outside; plus intent or knowledge",
        "ordered legs, place of each bank, dates, amounts",
        "US v. Ho, 984 F.3d 191 (2d Cir. 2020): foreign-US-foreign is two transfers, one in and one out",
        "the legs show no intent; a jury acquitted in E.D.N.Y. where correspondent clearing was the nexus (Boustani, KNOWN)",
        "FOUND",
    ),
    Provision(
        "18 USC 1956(a)(1), (c)(4), (c)(6)",
        "1956c4",
        "a financial transaction affecting interstate or foreign commerce, or use of a financial institution so engaged",
        "any US institution of grade G1 to G3",
        "18 USC 1956(c)(6): foreign banks are included",
        "RJR Nabisco two steps: is the domestic application of the statute at stake?",
        "KNOWN",
    ),
    Provision(
        "18 USC 1956(c)(7)(B)",
        "1956c4",
        "a foreign offence is specified unlawful activity only with respect to a financial transaction occurring in whole or "
        "in part in the United States",
        "the US leg is an element; the predicate comes from the file",
        "text of (c)(7)(B): bribery of a public official, misappropriation, theft or embezzlement of public funds, fraud on a "
        "foreign bank, extortion",
        "incidental use of US wires: say why the leg was needed",
        "KNOWN",
    ),
    Provision(
        "18 USC 1956(f)",
        "1956f_single",
        "conduct by a US citizen, or in part in the United States, and a transaction or series over USD 10,000",
        "one flag per wire; a series is flagged with its definition, the same plan is a person's judgement",
        "18 USC 1956(f)(1)-(2)",
        "wires are not added without a stated series",
        "FOUND",
    ),
    Provision(
        "18 USC 1956(b)(2)",
        "981k_lead",
        "a foreign person and a transaction in whole or part in the United States, or a foreign bank that keeps an account "
        "at a US institution",
        "the account of field 53B, the statement of a US servicer",
        "18 USC 1956(b)(2)",
        "jurisdiction over the person only; it does not shorten 1956(a)",
        "KNOWN",
    ),
    Provision(
        "18 USC 1957",
        "1957_size",
        "a monetary transaction over USD 10,000 in property of specified unlawful activity, in the US or by a US person",
        "each single wire over 10,000, never a sum",
        "18 USC 1957(a), (d)",
        "US v. Voigt (3d Cir. 1996): mixed funds are not traced",
        "KNOWN",
    ),
    Provision(
        "18 USC 2314, 2315",
        "2314_size",
        "property of USD 5,000 or more that crosses the border",
        "crossings, value",
        "US v. Prevezon, 251 F. Supp. 3d 684 (S.D.N.Y. 2017): use of US correspondents is domestic, two separate transactions "
        "cross the border, knowledge of the US bank is irrelevant",
        "one district court; Morrison and RJR Nabisco two steps remain",
        "FOUND",
    ),
    Provision(
        "18 USC 1343",
        "",
        "an interstate or foreign wire in furtherance; the focus is the use of US wires",
        "where messages end, recurrence, who chose the US bank",
        "Bascunan v. Elsaca, 927 F.3d 108; US v. Napout, 963 F.3d 163 (2d Cir. 2020)",
        "circuits differ; Abitron (2023) looks at the conduct in focus",
        "FOUND",
    ),
    Provision(
        "18 USC 981(a)(1)(A), (C)",
        "1956a2",
        "property involved in 1956 or 1957; proceeds of specified unlawful activity",
        "the tracing result together with US legs",
        "US v. All Assets Held at Bank Julius, 251 F. Supp. 3d 82 (D.D.C. 2017; revised 2018; see 571 F. Supp. 2d 1 (2008))",
        "extraterritorial only as far as the predicates are: read before citing",
        "FOUND",
    ),
    Provision(
        "18 USC 981(k)",
        "981k_lead",
        "funds at a foreign bank that has a US interbank account are deemed deposited there, up to value",
        "foreign banks for which a numbered account at a US institution is shown; needs no wire through the US",
        "US v. Union Bank (Jordan) (1st Cir. 2007): the foreign bank is normally not the owner",
        "an account number in an instruction shows that the account was used, not that it is open today",
        "FOUND",
    ),
    Provision(
        "18 USC 984",
        "",
        "fungible property in the same account, not directly traceable only within one year of the offence",
        "date clock",
        "18 USC 984(a)-(b)",
        "not interbank accounts, unless the holder knew",
        "FOUND",
    ),
    Provision(
        "28 USC 1355(b)",
        "1355_venue",
        "venue where any act occurred; for property abroad that district or D.D.C.; possession is not needed",
        "US institutions and their city (Manhattan: S.D.N.Y.; check the borough, KNOWN)",
        "295 F.3d 23 (D.C. Cir. 2002)",
        "63 F.3d 148 (2d Cir. 1995)",
        "FOUND",
    ),
    Provision(
        "Credit in transit",
        "",
        "funds stopped at an intermediary bank",
        "the last place a record shows",
        "US v. Daccarett, 6 F.3d 37: seizable at an intermediary bank",
        "Jaldhi (2d Cir. 2009): not attachable maritime property",
        "FOUND",
    ),
)

#: (English, Chinese). They travel with the wire that has hooks, so that the terminal and the annex print one text.
COUNTERPOINTS: tuple[tuple[str, str], ...] = (
    (
        "Incidental use of US wires is a risk: say why the leg was needed.",
        "美国环节可能仅属附带：须说明其必要性。",
    ),
    (
        "Morrison and RJR Nabisco two steps; Abitron (2023) conduct focus.",
        "Morrison 案和 RJR Nabisco 案的两步检验；Abitron 案（2023）以行为为焦点。",
    ),
    (
        "A jury acquittal in E.D.N.Y. where correspondent clearing was the nexus (FOUND; Boustani KNOWN, confirm with counsel).",
        "纽约东区一案以代理行清算为联系，陪审团作出无罪裁决（已查得文本；Boustani 案请律师确认）。",
    ),
    (
        "US v. Approximately $25,829,681.80 in Funds (S.D.N.Y. 1999): not verified, do not cite before pulling it.",
        "US v. Approximately $25,829,681.80 in Funds（纽约南区 1999）：未经核实，查得原文前不得引用。",
    ),
    (
        "Recurrence matters: Licci, 20 NY3d 327 (2012), repeated deliberate use of one New York correspondent (FOUND).",
        "反复使用具有意义：Licci 案，20 NY3d 327（2012），反复有意使用同一纽约代理行（已查得文本）。",
    ),
    (
        "Rasheed v. Pictet, 28 NY3d 316 (FOUND). One wire shows no recurrence.",
        "Rasheed v. Pictet 案，28 NY3d 316（已查得文本）。单笔汇款不能证明反复使用。",
    ),
)


def hooks(
    crossings: Mapping[str, int], amount: int | None, currency: str, leads: Iterable[str], venue: Iterable[str]
) -> dict[str, object]:
    """Return the facts of a wire with a US institution of G1 to G3. Lists keep the order of the path."""
    ways = [name for name, key in (("in", "into_us"), ("out", "out_of_us")) if crossings[key]]
    dollars = amount if amount is not None and currency == "USD" else 0
    return {
        "1956a2": ways,
        "1956c4": True,
        "1956f_single": dollars > _OVER,
        "1957_size": dollars > _OVER,
        "2314_size": dollars >= _FROM and bool(ways),
        "981k_lead": list(dict.fromkeys(leads)),
        "1355_venue": list(dict.fromkeys(venue)),
    }


def provisions_of(found: Mapping[str, object]) -> tuple[Provision, ...]:
    """Return the provisions for which these hooks carry a fact, in the order of the list."""
    return tuple(p for p in PROVISIONS if p.hook and found.get(p.hook))
