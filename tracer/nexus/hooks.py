"""Statutes and the facts that a wire gives them; the program never says that a statute is met (nexus.md section 6).

Marks: FOUND was read in a published text, KNOWN is professional knowledge: "confirm with counsel 请律师确认".

1956a2      18 USC 1956(a)(2); US v. Ho, 984 F.3d 191 (2d Cir. 2020) FOUND: foreign-US-foreign is two transfers.
1956c4      18 USC 1956(a)(1), (c)(4), (c)(6) KNOWN: use of a financial institution engaged in foreign commerce.
1956f_single  18 USC 1956(f) FOUND: over USD 10,000; a series is a person's judgement.
1957_size   18 USC 1957 KNOWN: each wire over USD 10,000, never a sum.
2314_size   18 USC 2314, 2315 FOUND: USD 5,000 or more, crossing the border; US v. Prevezon, 251 F. Supp. 3d 684.
981k_lead   18 USC 981(k) FOUND: US v. Union Bank (Jordan) (1st Cir. 2007); needs no wire through the US.
1355_venue  28 USC 1355(b) FOUND: any act in the district; contrast 63 F.3d 148 (2d Cir. 1995).

Against: incidental use of US wires is a risk: Morrison and RJR Nabisco two steps; Abitron (2023) conduct focus; a jury acquittal
in E.D.N.Y. where correspondent clearing was the nexus (Boustani KNOWN). US v. Napout and Bascunan v. Elsaca; circuits differ.
"""

from __future__ import annotations

from collections.abc import Iterable

__all__ = ["hooks"]

_OVER = 10_000_00  # strictly more, cents: 18 USC 1956(f), 1957
_FROM = 5_000_00  # or more, cents: 18 USC 2314, 2315


def hooks(
    crossings: dict[str, int], amount: int | None, currency: str, leads: Iterable[str], venue: Iterable[str]
) -> dict[str, object]:
    """Return the facts for a wire with a US institution of G1 to G3; sizes only where the wire is in USD."""
    ways = [name for name, key in (("in", "into_us"), ("out", "out_of_us")) if crossings[key]]
    sized = amount is not None and currency == "USD"
    return {
        "1956a2": ways,
        "1956c4": True,
        "1956f_single": bool(sized and amount is not None and amount > _OVER),
        "1957_size": bool(sized and amount is not None and amount > _OVER),
        "2314_size": bool(sized and amount is not None and amount >= _FROM and ways),
        "981k_lead": list(dict.fromkeys(leads)),
        "1355_venue": list(dict.fromkeys(venue)),
    }
