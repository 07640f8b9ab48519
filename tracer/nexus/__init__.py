"""US-correspondent nexus of a wire: which US institution touched it, how well that is shown, which facts go to which statute.

The room never concludes that a statute is met. It exists to prevent three errors: USD taken as proof of a US bank; the cover
added to the payment; a bank named in an instruction treated as a bank that held the money.

::

    identifiers.py   BIC, ABA, IMAD, OMAD, UETR and their traps
    institutions.py  the dated list that alone links a BIC to an ABA number
    paths.py         agents, money path, legs, crossings
    join.py          which messages are one wire, every rung that fired
    grades.py        G1 to G5 and the sentence that each permits
    hooks.py         statutes and the facts they need, with authority and contrary
    wires.py         the wire: value once, US institutions, requests, notes
    cases.py         the acceptance cases
"""

from tracer.nexus.institutions import Institution, read_institutions
from tracer.nexus.wires import explain, totals, wires

__all__ = ["Institution", "explain", "read_institutions", "totals", "wires"]
