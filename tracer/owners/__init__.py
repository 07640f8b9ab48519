"""Who stands behind an entity: exact shares, control as a set, and one verdict per law (spec: ownership.md).

`verdicts` answers each law for every person above a target, `chains` lists the paths down to it, `hygiene` names what
cannot be true. A share is an exact fraction or a range with open or closed ends; UNDETERMINED is an answer. Shares come from
direct, non-asserted interests only: a declared total is compared, never added.

`shares.py` integrated ownership · `bounds.py` its range · `control.py` closures · `table.py` from facts to matrices ·
`residuals.py` what nobody documents · `windows.py` what stood on a day · `laws/` one file per law · `cases.py` the acceptance cases.
"""

from tracer.owners.answers import LAWS, hygiene, verdicts
from tracer.owners.defects import Defect, ImpossibleTable
from tracer.owners.paths import chains
from tracer.owners.residuals import residuals
from tracer.owners.silence import Silence, silence
from tracer.owners.table import Group, Table, build

__all__ = [
    "LAWS",
    "Defect",
    "Group",
    "ImpossibleTable",
    "Silence",
    "Table",
    "build",
    "chains",
    "hygiene",
    "residuals",
    "silence",
    "verdicts",
]
