"""The rules: each answers one question only, which lots a debit consumes (tracing.md 1.1 and 2).

Two rules keep lots apart (fifo, lifo): they differ only in where a new lot is put. Three know classes only
(pro_rata, libr, proceeds_first): they differ only in how much of a debit is proceeds.
"""

from __future__ import annotations

from dataclasses import dataclass

from tracer.model import RULE_NAMES, RuleError
from tracer.trace.rules import fifo, libr, lifo, pro_rata, proceeds_first

__all__ = ["RULES", "Authority", "Rule", "rule"]


@dataclass(frozen=True, slots=True)
class Authority:
    """One entry of the authority register: F = the passage was seen, K = known and not re-read."""

    citation: str
    proposition: str
    mark: str
    contrary: bool = False

    @property
    def caution(self) -> str:
        """Return what is printed beside the citation."""
        return "" if self.mark == "F" else "verify before filing"


@dataclass(frozen=True, slots=True)
class Rule:
    """A rule by its id, with the code of its kernel and the words that are always printed beside it."""

    id: str
    code: int
    keeps_lots: bool
    authorities: tuple[Authority, ...]

    @property
    def printed(self) -> str:
        return RULE_NAMES[self.id][0]

    @property
    def words(self) -> str:
        return RULE_NAMES[self.id][1]

    @property
    def words_zh(self) -> str:
        return RULE_NAMES[self.id][2]


_CAFETERO = "US v Banco Cafetero Panama, 797 F.2d 1154, 1159-60 (2d Cir. 1986)"

RULES: dict[str, Rule] = {
    each.id: each
    for each in (
        Rule(
            "fifo",
            fifo.CODE,
            keeps_lots=True,
            authorities=(
                Authority("Devaynes v Noble (Clayton's Case) (1816) 1 Mer 529, 572", "oldest money spent first", "F"),
                Authority("Re Diplock [1948] Ch 465", "between innocent claimants in an active account", "K"),
                Authority(
                    "Barlow Clowes v Vaughan [1992] 4 All ER 22", "displaced if impracticable or unjust", "F", True
                ),
                Authority("In re Schmidt, 298 F. 314", "rejected between victims", "F", True),
                Authority("Ruddle v Moore, 411 F.2d 718", "rejected between victims", "F", True),
            ),
        ),
        Rule(
            "lifo",
            lifo.CODE,
            keeps_lots=True,
            authorities=(
                Authority("no leading authority found", "a sensitivity run that practice guides list", "K"),
                Authority(
                    "Boughner v Greyhawk, 2012 ONSC 3185",
                    '"last in, first out" there is an order of repayment',
                    "F",
                    True,
                ),
            ),
        ),
        Rule(
            "pro_rata",
            pro_rata.CODE,
            keeps_lots=False,
            authorities=(
                Authority("Barlow Clowes v Vaughan [1992] 4 All ER 22", "rolling charge, blend or cocktail", "F"),
                Authority(_CAFETERO, "option (c), averaging", "K"),
                Authority("Law Society v TD Bank (1998) 42 OR (3d) 257", "shared once, not rolling", "K", True),
            ),
        ),
        Rule(
            "libr",
            libr.CODE,
            keeps_lots=False,
            authorities=(
                Authority("Re Hallett (1880) 13 Ch D 696", "a wrongdoer spends his own money first", "F"),
                Authority("Roscoe v Winder [1915] 1 Ch 62", "later money does not refill the fund", "F"),
                Authority("Re Dameron, 155 F.3d 718, 724 (4th Cir. 1998)", "no replenishment after the low point", "F"),
                Authority("Cunningham v Brown, 265 US 1", "tracing into a mixed fund", "K"),
                Authority("Re Oatway [1903] 2 Ch 356", "the claimant may look to the asset first", "K", True),
                Authority(
                    "United States v Voigt, 89 F.3d 1050 (3d Cir. 1996)", "mixed funds are not traced", "K", True
                ),
            ),
        ),
        Rule(
            "proceeds_first",
            proceeds_first.CODE,
            keeps_lots=False,
            authorities=(
                Authority("Re Oatway [1903] 2 Ch 356", "the claimant may look to the asset first", "K"),
                Authority(_CAFETERO, "option (b), drugs-in first-out", "K"),
                Authority("US v Dillon (D. Idaho, 10 Jun 2022)", "preferred to the lowest balance", "F"),
                Authority(
                    "Turner v Jacob [2006] EWHC 1317 (Ch)", "no pick while enough is left in the account", "F", True
                ),
            ),
        ),
    )
}


def rule(name: str) -> Rule:
    """Return the rule by its id. Raises `RuleError` with the ids there are."""
    if name not in RULES:
        raise RuleError(
            f"There is no rule {name!r}.",
            where="trace(rules=...)",
            meaning="A figure must name one of the rules that tracer can run.",
            next_call=f"choose among {', '.join(RULES)}",
        )
    return RULES[name]
