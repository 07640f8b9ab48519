"""Mutants of the rules, the kernels and the replay: each is made, run against known figures, and must be caught.

    python -m tests.long.mutate [--files rules/libr.py ...] [--minutes 60] [--only LINE] [--every 1]

A mutant is one small change of one syntax node: another comparison, another operator, a constant off by one, a condition
turned round, a statement left out, two arguments exchanged. It runs in a process of its own, without compilation
(NUMBA_DISABLE_JIT): a function of the module is given the changed code, or the module is loaded anew where the change is
outside of every function. What it is run against stands in mutants_caught.py, quickest first; the figures it must give were
computed by the second engine (tests/long/engine.py), never by the code under test. A mutant that
gives every figure unchanged survives. `equivalent.tsv` lists those that no figure can tell apart, each with the reason;
any other survivor makes the exit code 1.

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
from collections.abc import Iterator
from pathlib import Path
from typing import Any

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
#: Of a mutant that runs for ever (a loop that no longer ends), no more than so many times the CPU time of the whole module
#: is spent, and a second.
TIMES = 3
#: CPU time that the whole module takes at most.
SECONDS = 300
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
#: Themes of tests/long/stories.py, those that bring most to the kernels twice.
MECHANICS = (
    *(
        "charges",
        "labels",
        "pure",
        "pair",
        "interest",
        "fees",
        "subrule",
        "transit",
        "overdraft",
        "fx",
        "returns",
        "large",
    ),
    *("charges", "labels", "pure", "pair", "plain", "circle"),
)
EXCHANGED = {"min": "max", "max": "min"}


def mutants(tree: ast.Module) -> Iterator[tuple[str, str, ast.Module]]:
    """Yield (what was changed, the function it is in, the changed module); annotations, docstrings, messages are left alone."""
    silent = set()
    inside = {id(x): f.name for f in tree.body if isinstance(f, ast.FunctionDef) for s in f.body for x in ast.walk(s)}
    for node in ast.walk(tree):
        for part in (getattr(node, "annotation", None), getattr(node, "returns", None)):
            if part:
                silent |= {id(x) for x in ast.walk(part)}
        if isinstance(node, (ast.Raise, ast.JoinedStr, ast.Import, ast.ImportFrom)):
            silent |= {id(x) for x in ast.walk(node)}
        if isinstance(node, ast.FunctionDef):
            silent |= {id(x) for decorated in node.decorator_list for x in ast.walk(decorated)}
    for node in ast.walk(tree):
        if id(node) not in silent:
            for kind, changed in changes(node):
                place = f"{getattr(node, 'lineno', 0)}:{getattr(node, 'col_offset', 0)}"
                made = ast.fix_missing_locations(_rebuilt(tree, node, changed))
                yield f"{place} {kind}", inside.get(id(node), ""), made


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


def expected(count: int) -> list[tuple]:
    """Return (case, options, rule -> figures) of the second engine, computed before any mutant is made."""
    from tests.long.engine import RULES, trace
    from tests.long.stories import story

    made = []
    for k in range(count):  # the elections need none of the files above
        theme = MECHANICS[k % len(MECHANICS)]
        case, options = story(7_000_000 + k, length=(9, 16, 24, 30)[k // len(MECHANICS) % 4], theme=theme)
        made.append((case, options, {rule: trace(case, rule, options) for rule in RULES}))
    for k in range(8):  # hardly anything but credits
        case, options = story(7_200_000 + k, length=1 + k % 2, theme="subrule")
        made.append((case, options, {rule: trace(case, rule, options) for rule in RULES}))
    for k in range(6):  # long rings, bundles that wait, blocks given back
        case, options = story(7_100_000 + k, length=260, theme=("pure", "pair", "transit")[k % 3])
        made.append((case, options, {rule: trace(case, rule, options) for rule in RULES}))
    return made


def caught(name: str, known: list[tuple]) -> str:
    """Return what gives the mutant away, or nothing. Runs in a process of its own, with the mutant loaded."""
    from tests.long.mutants_caught import CHECKS

    for check in CHECKS.get(name, CHECKS["replay.py"]):
        if said := check(known):
            return said
    return ""


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


def put(name: str, function: str, tree: ast.Module) -> None:
    """Put the mutant in the place of what it was made of."""
    module = "tracer.trace." + name.removesuffix(".py").replace("/", ".").removesuffix(".__init__")
    if not function:
        for loaded in [m for m in sys.modules if m.split(".")[0] in ("tracer", "connectors", "tests")]:
            del sys.modules[loaded]
        sys.meta_path.insert(0, Instead(module, ROOM / name, tree))
        return
    whole = compile(tree, str(ROOM / name), "exec")
    code = next(c for c in whole.co_consts if getattr(c, "co_name", "") == function)
    sys.modules[module].__dict__[function].__code__ = code


def run_mutant(
    name: str, function: str, tree: ast.Module, known: list[tuple], most: int = SECONDS
) -> tuple[str, float]:
    """Fork, put the mutant in its place, check; return what gave it away, or nothing, and the CPU time."""
    reading, writing = os.pipe()
    child = os.fork()
    if not child:
        os.close(reading)
        # the default action ends the process: that is what a loop without end deserves
        resource.setrlimit(resource.RLIMIT_CPU, (most, most + 5))
        said = "it cannot be loaded"
        try:
            put(name, function, tree)
            with Path(os.devnull).open("w") as nowhere:
                os.dup2(nowhere.fileno(), 2)
            said = caught(name, known)
        except BaseException as error:  # whatever a mutant raises gives it away
            said = f"{type(error).__name__}: {error}"
        os.write(writing, said[:300].encode("utf-8", "replace"))
        os._exit(0 if not said else 1)
    os.close(writing)
    with os.fdopen(reading, "rb") as pipe:
        told = pipe.read().decode("utf-8", "replace")
    _, status, used = os.wait4(child, 0)
    if os.WIFSIGNALED(status):
        told = f"stopped after {most} s" if os.WTERMSIG(status) == signal.SIGXCPU else "it brings the process down"
    return told or ("" if not os.WEXITSTATUS(status) else "it fails"), used.ru_utime + used.ru_stime


def listed() -> dict[tuple[str, str, str], str]:
    """(file, line as written, change) -> why no figure can tell it apart."""
    if not EQUIVALENT.exists():
        return {}
    with EQUIVALENT.open(encoding="utf-8") as file:
        return {
            (row[0], row[1], row[2]): row[3] for row in csv.reader(file, delimiter="\t") if row and row[0][0] != "#"
        }


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--files", nargs="*", default=list(FILES))
    parser.add_argument("--minutes", type=float, default=120)
    parser.add_argument("--only", type=int, help="mutants of this line only")
    parser.add_argument("--every", type=int, default=1, help="one mutant in so many, over all files: a fair part")
    parser.add_argument("--cases", type=int, default=150)
    given = parser.parse_args()
    from tests.long import mutants_caught  # noqa: F401  # loaded once, before the processes part

    begun = time.monotonic()
    known = expected(given.cases)
    gc.freeze()  # what a process of its own does not write, it shares
    excused, survivors, made, used = listed(), [], 0, set()
    for name in given.files:
        source = (ROOM / name).read_text("utf-8")
        lines, tree = source.splitlines(), ast.parse(source)
        said, spent = run_mutant(name, "", tree, known)
        most = 1 + int(TIMES * spent)
        if said:
            print(f"{name}: unchanged, it already fails: {said}")
            return 2
        count = left = 0
        for number, (words, function, mutant) in enumerate(mutants(tree)):
            line = int(words.split(":")[0])
            if (given.only and line != given.only) or number % given.every:
                continue
            if time.monotonic() - begun > 60 * given.minutes:
                print(f"{name}: stopped by the clock at line {line}")
                break
            count += 1
            if run_mutant(name, function, mutant, known, most)[0]:
                continue
            change = words.split(" ", 1)[1]
            key = (name, lines[line - 1].strip() if line else "", change)
            if key in excused:
                used.add(key)
                continue
            left += 1
            survivors.append(key)
            print(f"SURVIVES\t{name}\t{line}\t{key[1]}\t{change}", flush=True)
        made += count
        print(f"{name}: {count} mutants, {left} survive, {time.monotonic() - begun:.0f} s", flush=True)
    print(f"{made} mutants, {len(survivors)} survive, {len(used)} listed as equivalent")
    return 1 if survivors else 0


if __name__ == "__main__":
    sys.exit(main())
