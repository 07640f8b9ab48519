"""Match: propose which records are one movement of money, and conclude transfers from what was judged.

One ladder for lines and messages (formats.md section 12, nexus.md section 5): rung 0 exact copy, rung 1 UETR with currency,
compatible amount, near day and a bank or party in common, rung 2 related reference, rung 3 leg reference and two-sided lines.
These join without a person, each by a recorded Judgement that names its rung and the fields that fired; where several records
fit, none is joined. Of two currencies an amount that one record prints in that of the other makes them one payment (33B, InstdAmt,
an original amount), at rungs 2 and 3; a rate joins nothing but two lines that print it. `candidates` are rung 4: scored, never
joined, for a person to confirm. `conclude` turns judgements into transfers: it is a pure function of records and judgements, so
that undoing one is another judgement. Value is counted once.
Statuses, returns, texts and refused messages are tied to their payment for the wire, and put no value into a transfer.
A bulk booking, or a payment booked in parts, is judged by a person as one set; its records stay movements of their own, and
the set says at which of them value is counted.

::

    records.py     what is compared of a message and of a line
    comparing.py   when two references, days or accounts are one
    copies.py      one line printed twice; reversals
    overlap.py     days that two statements both cover
    columns.py     lines a field at a time, read once for all that look for pairs among them
    accounts.py    accounts that may be one
    rungs.py       which rungs fire between two records
    ladder.py      all pairs, and what is certain
    judged.py      how a judgement is written down and taken back
    conclude.py    transfers, value once, what stays in doubt
    counting.py    value counted once against all postings, account by account
    candidates.py  rung 4
    likely.py      which pairs are looked at for it, without trying all
    features.py    what speaks for a pair, with its points
    assignment.py  the best one-to-one assignment of all of them, and its ties
    conversions.py one movement in two currencies: proven, or likely
    exchange.py    what one line prints of an exchange
    open_legs.py   which legs are compared for it
    instructed.py  debits of the sum that a message in another currency says was instructed
    nearby.py      rows of near days and values, without trying all pairs
    refunds.py     credits from the payee of an asset
    returned.py    what comes back, and the gap where its original is not found
    undone.py      a payment that was reversed on both of its accounts
    in_parts.py    which records may be one payment in parts
    listed.py      the records that may be the payments that a batch entry lists
    tied.py        which of them stand near others under a name that ties them
    undecided.py   all that is left for a person
    part_sets.py   what a person judged to be one: checked by its sum, counted once, taken back as a whole
"""

from tracer.match.candidates import WEIGHTS, Candidate, candidates
from tracer.match.columns import Columns
from tracer.match.comparing import is_account
from tracer.match.conclude import between_held, conclude, count_once, doubts, unmatched
from tracer.match.conversions import Conversion, conversion_gap, conversions
from tracer.match.counting import Counted, Joined, check
from tracer.match.in_parts import InParts, in_parts
from tracer.match.judged import Decision, movement, withdrawal
from tracer.match.ladder import matched, propose
from tracer.match.part_sets import PartSet, part_sets, set_id, sum_of, together
from tracer.match.records import records
from tracer.match.refunds import Refund, refund_gap, refunds
from tracer.match.returned import between, returns
from tracer.match.undecided import undecided
from tracer.match.undone import undone_on_both

__all__ = [
    "WEIGHTS",
    "Candidate",
    "Columns",
    "Conversion",
    "Counted",
    "Decision",
    "InParts",
    "Joined",
    "PartSet",
    "Refund",
    "between",
    "between_held",
    "candidates",
    "check",
    "conclude",
    "conversion_gap",
    "conversions",
    "count_once",
    "doubts",
    "in_parts",
    "is_account",
    "matched",
    "movement",
    "part_sets",
    "propose",
    "records",
    "refund_gap",
    "refunds",
    "returns",
    "set_id",
    "sum_of",
    "together",
    "undecided",
    "undone_on_both",
    "unmatched",
    "withdrawal",
]
