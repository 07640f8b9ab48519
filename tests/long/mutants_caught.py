"""What a mutant is run against: small trials, each of which says what figure is wrong, or nothing.

A trial is a tuple: the name of a function below, then its arguments; the case of a ledger by its place in `prepared`. The
figures that must come out were computed by the second engine (tests/long/engine.py) before a mutant was made.

Imported anew in the process of a mutant of a whole module: the modules it names are then the mutated ones.
"""

from __future__ import annotations

import random
import sys
from importlib import import_module
from typing import NamedTuple

import numpy as np

from tests.long.engine import RULES as NAMES
from tests.long.engine import composed, part_of, trace
from tests.long.laws import PLAIN, thin
from tests.long.stories import rings, story
from tracer.model import CheckFailed, RuleError
from tracer.trace import apportion, books
from tracer.trace.cases import book_of
from tracer.trace.elected import Elections, elect
from tracer.trace.entries import Entries
from tracer.trace.events import enter
from tracer.trace.replay import replay, trace_all
from tracer.trace.rules import RULES

EDGES = (0, 1, 2, 3, 2**31 - 1, 2**31, 2**31 + 1, 2**32 - 1, 2**32, 2**53 - 1, 2**53, 2**53 + 1, 2**61, 2**62 - 1)
BY_LOT, BY_CLASS = ("fifo", "lifo"), ("pro_rata", "libr", "proceeds_first")
#: file -> the rules that its figures are of.
ASKED = {
    "rules/fifo.py": BY_LOT,
    "rules/lifo.py": BY_LOT,
    "by_lot.py": BY_LOT,
    "by_run.py": BY_LOT,
    "rules/pro_rata.py": BY_CLASS,
    "rules/libr.py": BY_CLASS,
    "rules/proceeds_first.py": BY_CLASS,
    "by_class.py": BY_CLASS,
    "by_pair.py": BY_CLASS,
}
#: Themes of tests/long/stories.py that bring most to a file.
THEMES = {
    "by_pair.py": ("pair",),
    "by_run.py": ("pure", "pure", "pair", "rings"),
    "by_class.py": (
        *("charges", "labels", "subrule", "interest", "fees", "transit", "overdraft", "fx", "returns", "large"),
        *("charges", "subrule", "fx", "circle"),
    ),
    "by_lot.py": (
        *("charges", "labels", "fees", "interest", "transit", "overdraft", "fx", "returns", "large", "pure"),
        *("charges", "fees", "fees", "circle"),
    ),
    "": (
        *("charges", "labels", "pure", "pair", "interest", "fees", "subrule", "transit", "overdraft", "fx", "returns"),
        *("large", "charges", "labels", "pair", "plain", "rings"),
    ),
}
#: Tests of the room itself that are short enough to be run on every mutant of a file.
BESIDE = {
    "origins.py": ("tests.trace.test_origins_figures", "tests.trace.test_origins"),
    "": ("tests.trace.test_bundles_by_hand", "tests.trace.test_fast_ways_refused", "tests.trace.test_replay_edges"),
}
LENGTHS = (2, 3, 4, 5, 6, 8, 10, 13, 17, 22)


class Known(NamedTuple):
    """A ledger and its figures: rule -> target -> label -> cents."""

    name: str
    entries: Entries
    elected: dict
    figures: dict


def prepared(file: str, count: int) -> list[Known]:
    """Return the ledgers that mutants of a file are run against, short ones first."""
    made = []
    themes = THEMES.get(file, THEMES[""])
    for k in range(count):
        theme, length = themes[k % len(themes)], LENGTHS[k * len(LENGTHS) // count]
        made.append(known(7_000_000 + k, length, theme, file))
    for k in range(4):
        theme = themes[k * 5 % len(themes)]
        made.append(known(7_100_000 + k, 80, "rings" if file == "by_run.py" else theme, file))
    if file in ("by_class.py", "replay.py"):  # hardly anything but credits
        made += [known(7_200_000 + k, 1 + k % 2, "subrule", file) for k in range(8)]
    return made


def known(seed: int, length: int, theme: str, file: str) -> Known:
    case, options = rings(seed, min(4 * length, 150)) if theme == "rings" else story(seed, length=length, theme=theme)
    if file == "by_run.py":  # what is blended goes the general way
        options.pop("bundle", None)
    entries = enter(elect(book_of(case), Elections.of(options)))
    if theme == "pair":
        kept = [entries.labels.index("K"), entries.labels.index("T")]
        entries = entries.changed(labels=("K", "T"), proceeds=entries.proceeds[kept], origin=entries.origin[:, kept])
    elected = {name: options[name] for name in PLAIN & set(options)}
    rules = ASKED.get(file, NAMES)
    return Known(f"{case['id']} {seed}", entries, elected, {rule: trace(case, rule, options) for rule in rules})


def trials(file: str, ledgers: list[Known]) -> list[tuple]:
    """Return the trials of a file, quickest first."""
    made = [
        (one.__name__, module, name, place)
        for one in (by_hand, at_random)
        for module in BESIDE.get(file, BESIDE[""])
        for name, test in vars(import_module(module)).items()
        if name.startswith("test_") and getattr(test, "is_hypothesis_test", False) == (one is at_random)
        for place in range(len(rows(test)))
    ]
    if file == "origins.py":
        return made
    if file == "apportion.py":
        made += [("arithmetic", seed) for seed in range(20)]
    if file in ("apportion.py", "books.py"):
        made += [("spreading", seed) for seed in range(6)]
    if file == "books.py":
        made += [("composing", seed) for seed in range(8)]
    if file == "replay.py":
        made += [("told", rule) for rule in NAMES] + [("refused",), ("audited",)]
    for k, one in enumerate(ledgers):
        for rule in one.figures:
            made += [("figures", k, rule, record) for record in (True, False)]
            if rule in BY_LOT and file in ("by_run.py", "replay.py") and one.name.startswith("S-rings"):
                made += [("figures", k, rule, False, room) for room in range(64, 64 + 48, 11)]
    return made


def attempt(trial: tuple, ledgers: list[Known]) -> str:
    """Return what of a trial went wrong, or nothing."""
    return globals()[trial[0]](*trial[1:], ledgers=ledgers)


def figures(k, rule, record, room=None, *, ledgers):
    """Every target of a rule is what the second engine says, with a record, and by the fast ways where they are open."""
    one = ledgers[k]
    if room is not None:
        sys.modules["tracer.trace.replay"].ROOM = room
    found = replay(one.entries, rule, record=record, **one.elected)
    if room is not None:
        sys.modules["tracer.trace.replay"].ROOM = 65536
    if found.recorded == record and thin(found.targets) == one.figures[rule]:
        return ""
    return f"{one.name} under {rule}, {'recorded' if record else 'totals'}"


def arithmetic(seed, *, ledgers):
    """Multiply and divide, half up: against Python's integers, at the edges of every word."""
    draw = random.Random(seed)
    with np.errstate(over="ignore"):
        for k in range(150):
            total = max(1, draw.choice(EDGES) if k % 2 else draw.randrange(1, 2 ** draw.randrange(1, 62)))
            part = draw.choice([e for e in (*EDGES, total, total // 2) if e <= total])
            x = draw.choice(EDGES) if k % 3 else draw.randrange(2 ** draw.randrange(1, 62))
            if k % 7 == 0:  # above 2**53, just above a power of two: as a double the product is up to half a unit short
                x, total = 2**31 - 1 - 2 * draw.randrange(2000), 1 << draw.randrange(23, 31)
                part = total = total + draw.randrange(1, 200)
            if x * part // total >= 2**63:
                continue
            # words of 64 bits, as compiled code has them: Python divides its own integers exactly, of any length
            words = np.int64(x), np.int64(part), np.int64(total)
            if tuple(map(int, apportion.muldiv(*words))) != divmod(x * part, total):
                return f"muldiv({x}, {part}, {total})"
            if int(apportion.half_up(*words)) != (2 * x * part + total) // (2 * total):
                return f"half_up({x}, {part}, {total})"
    return ""


def spreading(seed, *, ledgers):
    """Parts over a range of columns, the others untouched: floors, then a unit each to the largest rest, ties to the earlier."""
    draw = random.Random(seed)
    for _ in range(100):
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


def composing(seed, *, ledgers):
    """Interest has the composition of the account; what of a credit stays is apportioned, or its other money pays first."""
    draw = random.Random(seed)
    names = ("C", "K", "U", "T", "b", "w")  # other money first, then proceeds, as the kernels have them
    for k in range(100):
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


def told(rule, *, ledgers):
    """What goes with a figure: the rule, the parameters, all rules over one ledger."""
    entries = next(one.entries for one in ledgers if one.name.startswith("S-plain"))
    found = trace_all(entries, tuple(RULES), bundle="blended")[rule]
    alone = replay(entries, rule, bundle="blended")
    if found.targets != alone.targets or found.rule != rule or found.bundle != "blended" or not found.recorded:
        return rule
    wanted = {"bundle": "blended", "proceeds_subrule": "pro_rata", "mixed_repay": "pro_rata", "mode": "integer"}
    if found.parameters != wanted or found.moved.shape != (len(entries), len(entries.labels)):
        return f"the parameters of {rule}"
    plain = replay(entries, rule)
    wanted = wanted | {"bundle": "ordered"}
    if plain.bundle != "ordered" or plain.parameters != wanted or not plain.recorded:
        return f"the defaults of {rule}"
    if trace_all(entries, (rule,))[rule].parameters != wanted:
        return f"the defaults of {rule}, with others"
    return ""


def refused(*, ledgers):
    """Wrong words, and what no bank could have posted."""
    entries = next(one.entries for one in ledgers if one.name.startswith("S-plain"))
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


def audited(*, ledgers):
    """A kernel that forgets a debt stops the run."""
    entries = next(one.entries for one in ledgers if one.name.startswith("S-plain"))
    module = sys.modules["tracer.trace.replay"]
    whole = module.replay_by_lot

    def forgetful(columns, books, record, options):
        whole(columns, books, record, options)
        books.debt[0] += 1

    module.replay_by_lot = forgetful
    try:
        replay(entries, "fifo")
    except CheckFailed:
        return ""
    finally:
        module.replay_by_lot = whole
    return "a debt that no entry made is told"


def rows(test) -> list[dict]:
    """Return the arguments that the tables of a test give it, combined as pytest combines them."""
    made: list[dict] = [{}]
    for mark in getattr(test, "pytestmark", ()):
        names = mark.args[0].split(",") if isinstance(mark.args[0], str) else mark.args[0]
        values = [one if isinstance(one, tuple) and len(names) > 1 else (one,) for one in mark.args[1]]
        made = [old | dict(zip(names, new, strict=True)) for old in made for new in values]
    return made


def by_hand(module, name, place, *, ledgers):
    """One test of the room itself, one row of its table."""
    test = vars(import_module(module))[name]
    test(**rows(test)[place])
    return ""


def at_random(module, name, place, *, ledgers):
    """A property of the room itself."""
    vars(import_module(module))[name]()
    return ""
