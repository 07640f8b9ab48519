"""LIFO, "newest money spent first": a debit takes the newest lot.

Authority: no leading authority was found; practice guides list it. It is run for sensitivity (tracing.md R2).
Against:   the words mislead: "last in, first out" in Boughner v Greyhawk, 2012 ONSC 3185 [F] and "inverse order of
           deposit" in In re Bolognesi, 254 F. 770 (2d Cir. 1918) [F] describe the order in which victims are repaid,
           which is FIFO of spending. The interface therefore always says "newest money spent first".
"""

from __future__ import annotations

from tracer.trace.compiled import compiled

__all__ = ["CODE", "enters_on_top"]

CODE = 1


@compiled
def enters_on_top() -> bool:
    """Say where a new lot is put: on top, so that it is drawn first."""
    return True
