"""What a mutant is run against, quickest first; each check returns a sentence where a figure is wrong, or nothing.

Imported in the process of a mutant only: the modules it names are the mutated ones.
"""

from __future__ import annotations

import random

import numpy as np

from tests.long.engine import composed, part_of
from tests.long.laws import PLAIN, thin
from tracer.model import RuleError
from tracer.trace import apportion, books
from tracer.trace.cases import book_of
from tracer.trace.elected import Elections, elect, run_elected
from tracer.trace.events import enter
from tracer.trace.replay import replay, trace_all
from tracer.trace.rules import RULES

EDGES = (0, 1, 2, 3, 2**31 - 1, 2**31, 2**31 + 1, 2**32 - 1, 2**32, 2**53 - 1, 2**53, 2**53 + 1, 2**61, 2**62 - 1)


def arithmetic(_known):
    """Multiply and divide, half up, largest remainder: against Python's integers, at the edges of every word."""
    draw = random.Random(5)
    with np.errstate(over="ignore"):
        for k in range(3000):
            total = max(1, draw.choice(EDGES) if k % 2 else draw.randrange(1, 2 ** draw.randrange(1, 62)))
            part = draw.choice([e for e in (*EDGES, total, total // 2) if e <= total])
            x = draw.choice(EDGES) if k % 3 else draw.randrange(2 ** draw.randrange(1, 62))
            if x * part // total >= 2**63:
                continue
            if tuple(map(int, apportion.muldiv(x, part, total))) != divmod(x * part, total):
                return f"muldiv({x}, {part}, {total})"
            if int(apportion.half_up(x, part, total)) != (2 * x * part + total) // (2 * total):
                return f"half_up({x}, {part}, {total})"
    return ""


def spreading(_known):
    """Parts over a range of columns, the others untouched: floors, then a unit each to the largest rest, ties to the earlier."""
    draw = random.Random(6)
    for _ in range(600):
        wide = draw.randrange(1, 6)
        lo, after = draw.randrange(3), draw.randrange(3)
        weights = [draw.randrange(0, draw.choice((2, 4, 50, 2**40))) for _ in range(wide)]
        total = sum(weights)
        if not total:
            continue
        x = draw.choice((0, total, draw.randrange(total + 1), draw.randrange(total + 1)))
        floors = [x * w // total for w in weights]
        spare = x - sum(floors)
        for place in sorted(range(wide), key=lambda p: (-(x * weights[p] % total), p))[:spare]:
            floors[place] += 1
        row = np.array([7] * lo + weights + [7] * after, np.int64)
        for call in (apportion.take_part, apportion.largest_remainder):
            out = np.full(len(row), -5, np.int64)
            call(x, row, lo, lo + wide, total, out)
            if out.tolist() != [-5] * lo + floors + [-5] * after:
                return f"{call.__name__}({x}, {weights})"
        if books.pass_on(np.array(weights, np.int64), total, x).tolist() != floors:
            return "pass_on"
    return ""


def composing(_known):
    """Interest has the composition of the account; what of a credit stays is apportioned, or its other money pays first."""
    draw = random.Random(7)
    names = ("C", "K", "U", "T", "b", "w")  # other money first, then proceeds, as the kernels have them
    for k in range(800):
        held = [draw.choice((0, 0, 1, 2, draw.randrange(1, 500))) for _ in names]
        if k % 5 == 0:
            held[3:] = held[:3]  # as much proceeds as other money
        whole, amount = sum(held), draw.randrange(1, 300)
        came = np.full(len(names), 9, np.int64)
        books.compose(amount, np.array(held, np.int64), 3, 0, came)
        wanted = part_of(amount, dict(zip(names, held, strict=True))) if whole else {"C": amount}
        if came.tolist() != [wanted.get(name, 0) for name in names]:
            return f"compose({amount}, {held})"
        if not whole:
            continue
        repaid, p = draw.randrange(whole + 1), sum(held[3:])
        stays = whole - repaid
        for clean in (False, True):
            kept = np.full(len(names), 9, np.int64)
            books.keep(np.array(held, np.int64), whole, repaid, 3, clean, kept)
            left = p - max(0, repaid - (whole - p)) if clean else (2 * stays * p + whole) // (2 * whole)
            wanted = composed(stays, left, dict(zip(names, held, strict=True)))
            if kept.tolist() != [wanted.get(name, 0) for name in names]:
                return f"keep({held}, {repaid}, {clean})"
    return ""


def recorded(known):
    """Every target of every rule, as the second engine has it; the audit after the run looks at every entry."""
    for case, options, figures in known:
        book, elections = book_of(case), Elections.of(options)
        for rule, expected in figures.items():
            if thin(run_elected(book, rule, elections).targets) != expected:
                return f"{case['id']} under {rule}"
    return ""


def totals(known):
    """The same without a record, by the fast ways where they are open."""
    for case, options, figures in known:
        if set(options) & {"interest"}:
            continue
        entries = enter(elect(book_of(case), Elections.of(options)))
        if case["id"] == "S-pair":
            kept = [entries.labels.index("K"), entries.labels.index("T")]
            entries = entries.changed(
                labels=("K", "T"), proceeds=entries.proceeds[kept], origin=entries.origin[:, kept]
            )
        elected = {name: options[name] for name in PLAIN & set(options)}
        for rule, expected in figures.items():
            found = replay(entries, rule, record=False, **elected)
            if found.recorded or thin(found.targets) != expected:
                return f"totals of {case['id']} under {rule}"
    return ""


def told(known):
    """What goes with a figure: the rule, the parameters, all five rules over one ledger; wrong words are refused."""
    case, _, _ = next(one for one in known if one[0]["id"] == "S-plain")
    entries = enter(book_of(case))
    each = trace_all(entries, tuple(RULES), bundle="blended")
    for rule, found in each.items():
        alone = replay(entries, rule, bundle="blended")
        if found.targets != alone.targets or found.rule != rule or found.bundle != "blended" or not found.recorded:
            return rule
        wanted = {"bundle": "blended", "proceeds_subrule": "pro_rata", "mixed_repay": "pro_rata", "mode": "integer"}
        if found.parameters != wanted or found.moved.shape != (len(entries), len(entries.labels)):
            return f"the parameters of {rule}"
    for wrong in ({"bundle": "x"}, {"proceeds_subrule": "x"}, {"mixed_repay": "x"}):
        try:
            replay(entries, "libr", **wrong)
        except RuleError:
            continue
        return f"{wrong} is taken"
    bad = entries.changed(amount=-entries.amount)
    for call in (lambda: replay(bad, "libr"), lambda: trace_all(bad, ("libr",)), lambda: replay(entries, "x")):
        try:
            call()
        except RuleError:
            continue
        return "what no bank could have posted is taken"
    return ""


def origins(_known):
    """The tests of the room itself."""
    import pytest

    failed = pytest.main(["-x", "-q", "-p", "no:cacheprovider", "-p", "no:warnings", "tests/trace/test_origins.py"])
    return "tests/trace/test_origins.py" if failed else ""


CHECKS = {
    "apportion.py": (arithmetic, spreading, recorded, totals),
    "books.py": (composing, spreading, recorded, totals),
    "by_pair.py": (totals,),
    "by_run.py": (totals,),
    "origins.py": (origins,),
    "replay.py": (told, recorded, totals),
}
