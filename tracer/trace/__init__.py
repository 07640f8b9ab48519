"""Room: what became of the proceeds, under every rule, and the floor and ceiling that hold under all of them.

::

    entries.py     ordered columnar entries of all held accounts; refuses what no bank could have posted
    replay.py      runs any rule over all accounts in whole cents; `books.py`, `by_lot.py`, `by_class.py` are its kernels,
                   `apportion.py` its arithmetic (exact multiply-divide, half up, largest remainder)
    rules/         one file per rule: which lots a debit draws on, its authority and its contrary
    conservation.py   the audit after every run: no figure leaves this room if a cent is made or lost
    bounds*.py, cut_words.py   floor and ceiling by maximum flow, with the cut in words
    second_engine.py, agreement.py   both derived again as one linear program over all offences, and compared
    events.py, elections.py, elected.py   events as a person lists them; what may be elected, each choice disclosed
    restated.py, bounds_switched.py   R0, restoration and backward links on transfers; floor and ceiling with a switch on
    theories/      statutory, elective and backward passes: separate columns, never mixed with the rules
    case_elections.py, election_*.py, day_orders.py   what case.yaml elects, on the entries of a case; variants of LIBR by name
    case_theories.py, theory_law.py, screens.py   statutory theories as stated; poison, TIHO, family expense: screens, no figures
    case_entries.py, account_lines.py   from the postings and transfers of a case to entries; the lines of one account
    orders.py, order_reach.py   each rule's range over the orders of a day that no record orders
    hub_days.py      debits of one day that make up one credit, in no order that a record gives
    case_books.py    the books of a case, made in one place for every verb: entries, holes, credits in doubt, their networks
    standing.py      the figures of some books: every rule, floor and ceiling of each target and of all property together
    assumptions.py, changes.py, changing.py, what_if.py   one assumption changed, everything computed again, what differs
    sensitivity.py, checking.py, checks_*.py   the checks that answer the attacks in court (tracing.md section 6)
    result.py      from replays to the noun a finding cites
    backward*.py, explain*.py   a figure told entry by entry, and its money back to its sources
    reference_rates.py, translation.py   executed rates and figures at seizure by the European Central Bank's: checks alone
    cases.py       the acceptance cases: everything a case states is compared

A payment that was judged to be in parts passes through an account between them (tracer/model/parted.py): whatever the rule,
its parts take the same share of one debit, and one credit takes all that its debits took.

What a lawyer elects, and where: `tracing.elections` and `tracing.theories` of case.yaml, each with id, kind, reason and
evidence (exhibit numbers or file names); kinds and their keys in `tracer.model.Election` and `tracer.model.Theory`. Elections
are computed alone and together, under every rule, beside the trace, whose figures they never change; `tracer trace elections`,
`tracer trace theories` and annex sheet 15 print them with authority and contrary authority. What cannot be carried out is
refused with a sentence, listed by `tracer problems`, and stops nothing else. Defaults of a run, printed with it: bundle as
case.yaml has it, reversals void, interest by the composition of its account at posting (`tracing.interest`), fees under the
rule, mixed credits repay a debt pro rata, offences inside a class pro rata, no groups, no re-deposit of cash, executed rates.

Mode:    integer (tracing.md 1.2 step 8): whole cents at every step, sums always exact; the exact twin is in the tests.
Printed: FIFO oldest money spent first, LIFO newest money spent first, PRORATA, LIBR, DIFO; never one blended figure.
Against: no rule is prescribed by AICPA or ACFE; D'Aloia v Persons Unknown [2024] EWHC 2342 (Ch) failed on inconsistent
         method. One declared method, every hop reproducible.
"""

from tracer.trace.agreement import agreement
from tracer.trace.assumptions import Assumption, Doubts, Question, parse
from tracer.trace.bounds import all_bounds, bounds
from tracer.trace.case_books import Books, Networks, read_books
from tracer.trace.case_elections import elections_of
from tracer.trace.case_entries import CaseEntries, entries_of
from tracer.trace.case_theories import theories_of
from tracer.trace.cases import CaseOutcome, run_case
from tracer.trace.changing import brought_back
from tracer.trace.entries import Entries
from tracer.trace.explain import explain
from tracer.trace.explain_back import back
from tracer.trace.order_reach import reach
from tracer.trace.orders import over_orders
from tracer.trace.replay import Replay, replay, trace_all
from tracer.trace.result import result
from tracer.trace.rules import RULES
from tracer.trace.same_day import unordered_gaps
from tracer.trace.sensitivity import CHECKS, Material, sensitivity
from tracer.trace.standing import Standing, stand
from tracer.trace.what_if import possible_effects, what_if

__all__ = [
    "CHECKS",
    "RULES",
    "Assumption",
    "Books",
    "CaseEntries",
    "CaseOutcome",
    "Doubts",
    "Entries",
    "Material",
    "Networks",
    "Question",
    "Replay",
    "Standing",
    "agreement",
    "all_bounds",
    "back",
    "bounds",
    "brought_back",
    "elections_of",
    "entries_of",
    "explain",
    "over_orders",
    "parse",
    "possible_effects",
    "reach",
    "read_books",
    "replay",
    "result",
    "run_case",
    "sensitivity",
    "stand",
    "theories_of",
    "trace_all",
    "unordered_gaps",
    "what_if",
]
