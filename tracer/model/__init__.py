"""The nouns of tracer: frozen dataclasses, standard library only, no I/O.

Glossary
--------
Exhibit         a file as received, with custody and evidence class
Cite            exhibit and locator chain: where a record is printed
Statement       one statement, page, interim report or advice of one account, with its balances
Posting         one printed line of one account
Message         one payment message with its chain of agents
Agent           an institution as one field of one message names it
PaymentParty    a customer as a message names it
Charge          one charge a message states
Party           person, legal entity, arrangement or state body as one source prints it
Name            a name as printed
Identifier      an identifier with scheme and issuer
Account         an account as an opening file or register states it
Interest        share or control, possibly a range, dated, with source
Asset           property as a register prints it
Aggregate       a sum of several payments as one source prints it: never a payment, never traced
Reject          a line set aside
Reconciliation  one check of one statement or file
Judgement       same, different or unsure: by whom, when, why
Transfer        the conclusion that postings and messages are one movement of money
Claim           an amount asserted to be proceeds, at the posting where it enters
TraceRow        one entry of one account under every rule
AccountTrace    the rows of one account
AssetTrace      what every rule and the bounds say of one target
TraceResult     one run over all accounts
Explanation     the arithmetic of one figure, entry by entry
ExplainedLine   one line of the arithmetic of a figure
Origins         where the money of one target came from
OriginLine      one line of where money came from
Bounds          floor and ceiling under every conserving rule
Share           an exact share or a range with open or closed ends
Verdict         one law's answer on one person and one target on one date
Chain           one path of interests from a party down to a target
UsInstitution   one US institution of one wire, with its grade
Wire            one economic payment with its messages
Gap             a record that should exist and is missing
GapEffect       how far a gap moves one figure of one target
Difference      one figure of one target before and after an assumption was changed
WhatIf          what one changed assumption does to the figures of a trace
Elected         what an election does to the figures of a trace, beside them
TheoryFigure    what a statutory theory says, never added to a traced figure
SensitivityRow  one variant of one of the 22 checks, for one target
BoundsAgain     floor and ceiling of one target set, by two engines
SecondEngine    whether two engines agree on floor and ceiling
Tested          the 22 checks, the second engine and the explained figures of a trace that leaves the case
NextRequest     one record to ask for, ranked by the money it decides
Money           an amount of one currency in integer minor units
CaseFile        what a person states in case.yaml
Offence         a predicate offence, statute, period
Event           a predicate event: the act by which proceeds arose
Subject         a person or entity under investigation
StatedAsset     theory and measure that a person states of an asset
StatedOrder     an order of a court, its day and the assets it covers, as stated
LegalBasis      an instrument relied on
RouteChoice     a lawful way to ask another authority, as chosen
LawfulIncome    lawful income that a record shows
Restriction     a use restriction on exhibits
TracingChoice   the parameters of a trace that a person chose
Election        what a person elects beside the rules, with reason and evidence
Theory          what a person states for a statutory theory
Dossier         everything an annex or a chart may print
Residual        the part of an entity that no source says who holds
Coverage        months of statements expected, held and missing
LogLine         one verb as run
Requirement     one thing a route demands, as the case meets it
"""

from tracer.model.casefile import (
    ORDERS,
    CaseFile,
    Election,
    Event,
    LawfulIncome,
    LegalBasis,
    Offence,
    Restriction,
    RouteChoice,
    StatedAsset,
    StatedOrder,
    Subject,
    Theory,
    TracingChoice,
)
from tracer.model.conclusions import (
    RULE_NAMES,
    AccountTrace,
    AssetTrace,
    Bounds,
    Chain,
    Claim,
    Difference,
    Elected,
    ExplainedLine,
    Explanation,
    Gap,
    GapEffect,
    Judgement,
    NextRequest,
    OriginLine,
    Origins,
    SensitivityRow,
    Share,
    TheoryFigure,
    TraceResult,
    TraceRow,
    Transfer,
    UsInstitution,
    Verdict,
    WhatIf,
    Wire,
)
from tracer.model.dossier import Coverage, Dossier, LogLine, Residual
from tracer.model.errors import (
    CaseError,
    CheckFailed,
    CurrencyMismatch,
    GraphError,
    LedgerBroken,
    LedgerError,
    LedgerLocked,
    NotCovered,
    RuleError,
    TracerError,
    TwinExhibit,
    UnclaimedExhibit,
    UnreadableExhibit,
    excerpt,
)
from tracer.model.evidence import (
    Account,
    Agent,
    Aggregate,
    Asset,
    Charge,
    Cite,
    EvidenceClass,
    Exhibit,
    Fact,
    Identifier,
    Interest,
    Message,
    Name,
    Party,
    PaymentParty,
    Posting,
    Reconciliation,
    Reject,
    Statement,
    fact_id,
)
from tracer.model.money import EXPONENTS, Money, exponent, major, minor_units
from tracer.model.requests import Requirement
from tracer.model.tested import BoundsAgain, SecondEngine, Tested

__all__ = [
    "EXPONENTS",
    "ORDERS",
    "RULE_NAMES",
    "Account",
    "AccountTrace",
    "Agent",
    "Aggregate",
    "Asset",
    "AssetTrace",
    "Bounds",
    "BoundsAgain",
    "CaseError",
    "CaseFile",
    "Chain",
    "Charge",
    "CheckFailed",
    "Cite",
    "Claim",
    "Coverage",
    "CurrencyMismatch",
    "Difference",
    "Dossier",
    "Elected",
    "Election",
    "Event",
    "EvidenceClass",
    "Exhibit",
    "ExplainedLine",
    "Explanation",
    "Fact",
    "Gap",
    "GapEffect",
    "GraphError",
    "Identifier",
    "Interest",
    "Judgement",
    "LawfulIncome",
    "LedgerBroken",
    "LedgerError",
    "LedgerLocked",
    "LegalBasis",
    "LogLine",
    "Message",
    "Money",
    "Name",
    "NextRequest",
    "NotCovered",
    "Offence",
    "OriginLine",
    "Origins",
    "Party",
    "PaymentParty",
    "Posting",
    "Reconciliation",
    "Reject",
    "Requirement",
    "Residual",
    "Restriction",
    "RouteChoice",
    "RuleError",
    "SecondEngine",
    "SensitivityRow",
    "Share",
    "StatedAsset",
    "StatedOrder",
    "Statement",
    "Subject",
    "Tested",
    "Theory",
    "TheoryFigure",
    "TraceResult",
    "TraceRow",
    "TracerError",
    "TracingChoice",
    "Transfer",
    "TwinExhibit",
    "UnclaimedExhibit",
    "UnreadableExhibit",
    "UsInstitution",
    "Verdict",
    "WhatIf",
    "Wire",
    "excerpt",
    "exponent",
    "fact_id",
    "major",
    "minor_units",
]
