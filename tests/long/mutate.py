"""Mutants of the rules, the kernels and the replay: each is made, run against known figures, and must be caught.

    python -m tests.long.mutate [--files rules/libr.py ...] [--lines 40-90] [--seconds 20] [--minutes 120] [--again LOG]

A mutant is one small change of one syntax node: another comparison, another operator, a constant off by one, a condition
turned round, a statement left out, two arguments exchanged. It runs in a process of its own, without compilation
(NUMBA_DISABLE_JIT): a function of the module is given the changed code, or the module is loaded anew where the change is
outside of every function. What it is run against stands in mutants_caught.py: small trials, whose figures were computed by
the second engine (tests/long/engine.py), never by the code under test. Of these only such as come by the changed line are
run, those first that caught most so far for their time, and none after one that catches it; a trial that takes many times
what it takes unchanged has caught a loop without end. A mutant that gives every figure unchanged survives.
`equivalent.tsv` lists those that no figure can tell apart, each with the reason; any other survivor makes the exit code 1.

The output can be given back as `--again`: then only what survived there is made again, with more time or more ledgers.
Only figures count: a mutant of a message, or of the time a kernel takes, is not made.
"""

from __future__ import annotations

import argparse
import ast
import copy
import csv
import gc
import os
import resource
import signal
import sys
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

os.environ["NUMBA_DISABLE_JIT"] = "1"

ROOT = Path(__file__).resolve().parents[2]
ROOM = ROOT / "tracer" / "trace"
FILES = (
    "rules/fifo.py",
    "rules/lifo.py",
    "rules/libr.py",
    "rules/pro_rata.py",
    "rules/proceeds_first.py",
    "apportion.py",
    "books.py",
    "by_class.py",
    "by_lot.py",
    "by_pair.py",
    "by_run.py",
    "replay.py",
    "origins.py",
)
EQUIVALENT = Path(__file__).with_name("equivalent.tsv")
#: A trial that takes so many times its own CPU time, and half a second, has met a loop that no longer ends.
TIMES = 6
#: CPU seconds after which a process is ended whatever it does.
MOST = 200
COMPARED = {
    ast.Lt: (ast.LtE, ast.GtE),
    ast.LtE: (ast.Lt, ast.Gt),
    ast.Gt: (ast.GtE, ast.LtE),
    ast.GtE: (ast.Gt, ast.Lt),
    ast.Eq: (ast.NotEq,),
    ast.NotEq: (ast.Eq,),
    ast.Is: (ast.IsNot,),
    ast.IsNot: (ast.Is,),
    ast.In: (ast.NotIn,),
    ast.NotIn: (ast.In,),
}
COMPUTED = {
    ast.Add: ast.Sub,
    ast.Sub: ast.Add,
    ast.Mult: ast.FloorDiv,
    ast.FloorDiv: ast.Mult,
    ast.Div: ast.Mult,
    ast.Mod: ast.FloorDiv,
    ast.BitAnd: ast.BitOr,
    ast.BitOr: ast.BitAnd,
    ast.LShift: ast.RShift,
    ast.RShift: ast.LShift,
}
EXCHANGED = {"min": "max", "max": "min"}


class Mutant(NamedTuple):
    """One change: where (line, first and last character in it), what, and the function and statement that it is in."""

    line: int
    at: str
    change: str
    function: str
    header: range
    whole: ast.Module
    old: ast.AST
    new: ast.AST

    @property
    def tree(self) -> ast.Module:
        return ast.fix_missing_locations(_rebuilt(self.whole, self.old, self.new))


def mutants(tree: ast.Module) -> Iterator[Mutant]:
    """Yield every mutant of a module; annotations, docstrings, messages are left alone."""
    silent: set[int] = set()
    inside = {id(x): f.name for f in tree.body if isinstance(f, ast.FunctionDef) for s in f.body for x in ast.walk(s)}
    headers: dict[int, range] = {}
    for node in ast.walk(tree):
        for part in (getattr(node, "annotation", None), getattr(node, "returns", None)):
            if part:
                silent |= {id(x) for x in ast.walk(part)}
        if isinstance(node, (ast.Raise, ast.JoinedStr, ast.Import, ast.ImportFrom)):
            silent |= {id(x) for x in ast.walk(node)}
        if isinstance(node, ast.FunctionDef):
            silent |= {id(x) for decorated in node.decorator_list for x in ast.walk(decorated)}
        if isinstance(node, ast.stmt):  # an inner statement comes later and has the last word
            body = getattr(node, "body", None)
            last = max(node.lineno, body[0].lineno - 1) if body else node.end_lineno or node.lineno
            headers |= {id(x): range(node.lineno, last + 1) for x in ast.walk(node)}
    for node in ast.walk(tree):
        if id(node) in silent:
            continue
        for change, changed in changes(node):
            line, first = getattr(node, "lineno", 0), getattr(node, "col_offset", 0)
            last = node.end_col_offset if getattr(node, "end_lineno", 0) == line else ""
            place = (line, f"{first}-{last}", change, inside.get(id(node), ""), headers[id(node)])
            yield Mutant(*place, tree, node, changed)


def _rebuilt(node: ast.AST, old: ast.AST, changed: ast.AST) -> Any:
    """Return the tree with one node exchanged; the tree itself is not written."""
    if node is old:
        return ast.copy_location(changed, old)
    fields = {}
    for name, value in ast.iter_fields(node):
        if isinstance(value, list):
            fields[name] = [_rebuilt(x, old, changed) if isinstance(x, ast.AST) else x for x in value]
        elif isinstance(value, ast.AST):
            fields[name] = _rebuilt(value, old, changed)
        else:
            fields[name] = value
    return ast.copy_location(type(node)(**fields), node)


def changes(node: ast.AST) -> Iterator[tuple[str, ast.AST]]:
    """Yield (words, another node) for every change of a node."""
    if isinstance(node, ast.Compare):
        for place, op in enumerate(node.ops):
            for other in COMPARED[type(op)]:
                ops = [*node.ops[:place], other(), *node.ops[place + 1 :]]
                yield f"{type(op).__name__} -> {other.__name__}", ast.Compare(node.left, ops, node.comparators)
    elif isinstance(node, (ast.BinOp, ast.AugAssign)) and type(node.op) in COMPUTED:
        other = COMPUTED[type(node.op)]
        words = f"{type(node.op).__name__} -> {other.__name__}"
        if isinstance(node, ast.BinOp):
            yield words, ast.BinOp(node.left, other(), node.right)
        else:
            yield words, ast.AugAssign(node.target, other(), node.value)
            yield "left out", ast.Pass()
    elif isinstance(node, ast.BoolOp):
        other = ast.Or if isinstance(node.op, ast.And) else ast.And
        yield f"{type(node.op).__name__} -> {other.__name__}", ast.BoolOp(other(), node.values)
        for place in range(len(node.values)):
            kept = node.values[:place] + node.values[place + 1 :]
            yield f"without part {place}", kept[0] if len(kept) == 1 else ast.BoolOp(node.op, kept)
    elif isinstance(node, ast.UnaryOp):
        yield f"without {type(node.op).__name__}", node.operand
    elif isinstance(node, ast.Constant) and isinstance(node.value, bool):
        yield "True <-> False", ast.Constant(not node.value)
    elif isinstance(node, ast.Constant) and isinstance(node.value, int):
        yield "+ 1", ast.Constant(node.value + 1)
        yield "- 1", ast.Constant(node.value - 1)
    elif isinstance(node, (ast.If, ast.IfExp)):
        for value in (True, False):
            made = copy.copy(node)
            made.test = ast.Constant(value)
            yield f"if {value}", made
    elif isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
        if node.func.id in EXCHANGED:
            yield "min <-> max", ast.Call(ast.Name(EXCHANGED[node.func.id], ast.Load()), node.args, node.keywords)
            for place in range(len(node.args) if len(node.args) == 2 else 0):
                yield f"only argument {place}", node.args[place]
    elif isinstance(node, (ast.Assign, ast.Expr)) and not (
        isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
    ):
        targets = node.targets if isinstance(node, ast.Assign) else []
        if not any(
            isinstance(x, ast.Name) and (x.id.isupper() or x.id.startswith("_") or x.id == "__all__") for x in targets
        ):
            yield "left out", ast.Pass()
    elif isinstance(node, (ast.Break, ast.Continue)):
        yield "left out", ast.Pass()


# what a mutant is run against -----------------------------------------------------------------------------------------


class Trial(NamedTuple):
    """What is tried (mutants_caught.py), the lines of the module it comes by, the CPU seconds it takes unchanged."""

    what: tuple
    lines: frozenset[int]
    seconds: float


class TooLong(BaseException):
    """A trial does not come to its end."""


def measured(name: str, whats: list[tuple], ledgers: list) -> Iterator[Trial]:
    """Yield every trial that comes by the module, run once on the code as it is. Raises `SystemExit` where one fails."""
    from tests.long.mutants_caught import attempt

    path = sys.modules[_module(name)].__file__
    for what in whats:
        lines: set[int] = set()

        def line(frame: Any, event: str, _: object, lines: set[int] = lines) -> Any:
            if event == "line":
                lines.add(frame.f_lineno)
            return line

        begun = time.process_time()
        sys.settrace(lambda frame, _event, _arg: line if frame.f_code.co_filename == path else None)
        try:
            said = attempt(what, ledgers)
        finally:
            sys.settrace(None)
        if said:
            raise SystemExit(f"{name}: unchanged, it already fails: {said}")
        if lines or name.startswith("rules/"):  # what sets a rule apart from another shows in the other one
            yield Trial(what, frozenset(lines), time.process_time() - begun)


def caught(trials: list[Trial], ledgers: list, seconds: float) -> tuple[int, str]:
    """Return which trial gives the mutant away, and how; else how many were run. In a process of its own."""
    from tests.long.mutants_caught import attempt

    def stop(*_: object) -> None:
        raise TooLong

    signal.signal(signal.SIGVTALRM, stop)
    begun = time.process_time()
    for place, trial in enumerate(trials):
        if time.process_time() - begun > seconds:
            return place, ""
        signal.setitimer(signal.ITIMER_VIRTUAL, 0.5 + TIMES * trial.seconds)
        try:
            said = attempt(trial.what, ledgers)
        except BaseException as error:  # whatever a mutant raises gives it away
            said = f"{type(error).__name__}: {error}"
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)
        if said:
            return place, said
    return len(trials), ""


class Instead:
    """Finds one module of tracer as the mutant (importlib: a meta path finder)."""

    def __init__(self, module: str, path: Path, tree: ast.Module) -> None:
        self.module, self.path, self.tree = module, path, tree

    def find_spec(self, name: str, path: object = None, target: object = None) -> object:
        from importlib.machinery import ModuleSpec

        if name != self.module:
            return None
        spec = ModuleSpec(name, self, origin=str(self.path), is_package=self.path.name == "__init__.py")
        spec.has_location = True
        return spec

    def create_module(self, spec: object) -> None:
        return None

    def exec_module(self, module: object) -> None:
        exec(compile(self.tree, str(self.path), "exec"), module.__dict__)  # type: ignore[attr-defined]


def _module(name: str) -> str:
    return "tracer.trace." + name.removesuffix(".py").replace("/", ".").removesuffix(".__init__")


def put(name: str, function: str, tree: ast.Module) -> None:
    """Put the mutant in the place of what it was made of."""
    module = _module(name)
    if name.startswith("rules/") and not function:  # others have its constants under other names
        for loaded in [m for m in sys.modules if m.split(".")[0] in ("tracer", "connectors", "tests")]:
            del sys.modules[loaded]
        sys.meta_path.insert(0, Instead(module, ROOM / name, tree))
        return
    whole, names = compile(tree, sys.modules[module].__file__ or "", "exec"), sys.modules[module].__dict__
    if function:
        code = next(c for c in whole.co_consts if getattr(c, "co_name", "") == function)
        names[function].__code__ = code
        return
    before = dict(names)
    for key in [key for key in names if not key.startswith("__")]:
        del names[key]
    exec(whole, names)
    for other in [m for n, m in sys.modules.items() if n.split(".")[0] in ("tracer", "tests")]:
        for key, value in before.items():
            if key in other.__dict__ and other.__dict__[key] is value and names.get(key) is not value:
                setattr(other, key, names[key])


def run_mutant(name: str, mutant: Mutant, trials: list[Trial], ledgers: list, seconds: float) -> tuple[int, str]:
    """Fork, put the mutant in its place, try; return the place of the trial that caught it and how, or how many did not."""
    reading, writing = os.pipe()
    child = os.fork()
    if not child:
        os.close(reading)
        # the default action ends the process: that is what a loop without end deserves
        resource.setrlimit(resource.RLIMIT_CPU, (MOST, MOST + 5))
        place, said = 0, "it cannot be loaded"
        try:
            put(name, mutant.function, mutant.tree)
            with Path(os.devnull).open("w") as nowhere:
                os.dup2(nowhere.fileno(), 2)
            place, said = caught(trials, ledgers, seconds)
        except BaseException as error:  # whatever a mutant raises gives it away
            said = f"{type(error).__name__}: {error}"
        os.write(writing, f"{place}\t{said}"[:300].encode("utf-8", "replace"))
        os._exit(0)
    os.close(writing)
    with os.fdopen(reading, "rb") as pipe:
        told = pipe.read().decode("utf-8", "replace")
    os.waitpid(child, 0)
    place, _, said = told.partition("\t")
    return (int(place), said) if told else (0, "it brings the process down")


Key = tuple[str, str, str, str, str]


def listed() -> dict[Key, str]:
    """(file, function, line as written, characters in it, change) -> why no figure can tell it apart."""
    with EQUIVALENT.open(encoding="utf-8") as file:
        rows = [row for row in csv.reader(file, delimiter="\t", quoting=csv.QUOTE_NONE) if row and row[0][0] != "#"]
    return {(row[0], row[1], row[2], row[3], row[4]): row[5] for row in rows}


def key_of(name: str, lines: list[str], mutant: Mutant) -> Key:
    """Return what names a mutant after other lines have come or gone; a line that its function has twice is `line [2]`."""
    whole = lines[mutant.line - 1]
    written, indent = whole.strip(), len(whole) - len(whole.lstrip())
    first, last = mutant.at.split("-")
    at = f"{int(first) - indent}-{int(last) - indent if last else ''}"
    begin = next((k for k, line in enumerate(lines) if line.startswith(f"def {mutant.function}(")), 0)
    times = sum(line.strip() == written for line in lines[begin : mutant.line])
    return name, mutant.function, written + (f" [{times}]" if times > 1 else ""), at, mutant.change


def survived(log: Path) -> set[Key]:
    rows = [line.split("\t") for line in log.read_text("utf-8").splitlines() if line.startswith("SURVIVES\t")]
    return {(row[1], row[3], row[4], row[5], row[6]) for row in rows}


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--files", nargs="*", default=list(FILES))
    parser.add_argument("--minutes", type=float, default=180, help="no mutant is begun after so many")
    parser.add_argument("--seconds", type=float, default=20, help="CPU time a mutant is tried for, at most")
    parser.add_argument("--lines", default="1-100000", help="mutants of these lines only")
    parser.add_argument(
        "--skip", type=int, default=0, help="so many mutants of each file are left out: to go on with a run"
    )
    parser.add_argument("--every", type=int, default=1, help="one mutant in so many: a fair part")
    parser.add_argument("--cases", type=int, default=240, help="ledgers that are generated for a file")
    parser.add_argument("--listed", action="store_true", help="those listed as equivalent are made too")
    parser.add_argument("--again", type=Path, help="only what survived in this output")
    given = parser.parse_args()
    sys.path.append(str(ROOT / "tests" / "trace"))
    from tests.long.mutants_caught import prepared, trials

    begun = time.monotonic()
    first, last = (int(line) for line in given.lines.split("-"))
    excused, again = listed(), survived(given.again) if given.again else None
    total: Counter[str] = Counter()
    for name in given.files:
        ledgers = prepared(name, given.cases)
        known = list(measured(name, trials(name, ledgers), ledgers))
        kills: Counter[tuple] = Counter()
        gc.freeze()  # what a process of its own does not write, it shares
        source = (ROOM / name).read_text("utf-8")
        lines, count = source.splitlines(), Counter[str]()
        spent = time.monotonic()
        for number, mutant in enumerate(mutants(ast.parse(source))):
            key = key_of(name, lines, mutant)
            if not first <= mutant.line <= last or number % given.every or (again is not None and key not in again):
                continue
            if number < given.skip:
                continue
            if time.monotonic() - begun > 60 * given.minutes:
                count["not run"] += 1
                continue
            count["mutants"] += 1
            if key in excused and not given.listed:
                count["listed as equivalent"] += 1
                continue
            meet = [t for t in known if not mutant.function or not t.lines.isdisjoint(mutant.header)]
            meet.sort(key=lambda trial: trial.seconds / (1 + kills[trial.what]))
            place, said = run_mutant(name, mutant, meet, ledgers, given.seconds)
            if key in excused:
                count["caught although listed" if said else "listed as equivalent"] += 1
                if said:
                    print("LISTED, YET CAUGHT", *key, said, sep="\t", flush=True)
                continue
            if said:
                count["caught"] += 1
                if place < len(meet):
                    kills[meet[place].what] += 1
                continue
            count["survive"] += 1
            _, function, written, at, change = key
            tried = f"{place} of {len(meet)} trials"
            print("SURVIVES", name, mutant.line, function, written, at, change, tried, sep="\t", flush=True)
        told = ", ".join(f"{n} {what}" for what, n in count.items())
        print(f"{name}: {told}; {len(known)} trials, {time.monotonic() - spent:.0f} s", flush=True)
        total += count
    print(", ".join(f"{n} {what}" for what, n in total.items()))
    return 1 if total["survive"] else 0


if __name__ == "__main__":
    sys.exit(main())
