"""US-correspondent nexus of a wire: which US institution touched it, how well that is shown, which facts go to which statute.

The room never concludes that a statute is met. It exists to prevent three errors: USD taken as proof of a US bank; the cover
added to the payment; a bank named in an instruction treated as a bank that held the money. Which records are one wire is for
matching to say: the room is given the transfers and the judgements in force.

::

    identifiers.py   BIC, ABA, IMAD, OMAD, UETR and their traps
    institutions.py  the dated lists of the case: what alone links a BIC to an ABA number
    mentions.py      which institutions a document names, in which role
    paths.py         money path, legs, crossings, of one document and of several
    evidence.py      the grade of one institution in one document
    grades.py        G1 to G0 as types, each with the sentence that it permits
    value.py         value once, and what came back
    accounts.py      numbered accounts, and whom to ask for what
    notes.py         what is missing or only looks like a nexus
    hooks.py         statutes and the facts they need, with authority and contrary
    wires.py         the wire
    told.py          totals, the words of a wire, the result as JSON
    cases.py         the acceptance cases
"""

from tracer.nexus.hooks import COUNTERPOINTS, PROVISIONS, Provision, provisions_of
from tracer.nexus.institutions import Institution, Instruction, read_institutions
from tracer.nexus.told import as_result, explain, minimum_totals, totals
from tracer.nexus.wires import wires

__all__ = [
    "COUNTERPOINTS",
    "PROVISIONS",
    "Institution",
    "Instruction",
    "Provision",
    "as_result",
    "explain",
    "minimum_totals",
    "provisions_of",
    "read_institutions",
    "totals",
    "wires",
]
