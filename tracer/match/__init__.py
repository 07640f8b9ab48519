"""Match: propose which records are one movement of money, and conclude transfers from what was judged.

`propose` climbs the ladder of formats.md section 12 and nexus.md section 5: rung 0 exact copy, rung 1 UETR with currency,
compatible amount and date, rung 2 related reference, rung 3 leg reference and two-sided statement lines. These join without
a person, each by a recorded Judgement that names its rung and the fields that fired; where several lines fit, none is
joined. `candidates` are rung 4: scored, never joined, for a person to confirm. `conclude` turns judgements into transfers:
it is a pure function of records and judgements, so that undoing one is another judgement. Value is counted once.
"""

from tracer.match.candidates import Candidate, candidates
from tracer.match.conclude import conclude, count_once, unmatched
from tracer.match.ladder import propose

__all__ = ["Candidate", "candidates", "conclude", "count_once", "propose", "unmatched"]
