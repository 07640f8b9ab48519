"""The one door to Numba: small functions compiled to machine code and kept on disk beside their source.

To compile a kernel takes seconds, to read a few hundred entries without that takes hundredths of one. So the first few
small ledgers of a process are read by Python itself, from the same source (`at_hand`), and the first trace of a case need
not wait; then, or for a large ledger, the kernel is compiled. Either way the same figures: tests/trace/test_at_hand.py.

Numba's cache looks at the file of the outermost function only (Numba manual, "Caching limitations"): after a change in a
kernel that another file calls it would go on with the old one, and so with the old figures. `forget_older` sees to that.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from pathlib import Path
from types import FunctionType
from typing import Any, ParamSpec, TypeVar, cast

import numba
import numpy as np
from llvmlite import ir  # type: ignore[import-untyped]  # the part of Numba that writes instructions
from numba.core import cgutils, types
from numba.extending import intrinsic
from numba.np.arrayobj import make_array
from numpy.typing import NDArray

__all__ = ["ask_for", "at_hand", "compile_from_now_on", "compiled", "forget_older"]

P = ParamSpec("P")
R = TypeVar("R")


def forget_older(folder: Path) -> bool:
    """Drop the index of every kernel compiled from sources below `folder` that are no longer these; return whether it did.

    Where the folder cannot be written nothing is dropped: Numba keeps its code elsewhere then, and what lies in such a
    folder was unpacked there with new file times, which Numba sees.
    """
    kept = folder / "__pycache__" / "kernels.stamp"
    try:
        sources = sorted((path, path.stat()) for path in folder.rglob("*.py"))
        told = "".join(f"{path.name} {stat.st_size} {stat.st_mtime_ns}\n" for path, stat in sources)
        stamp = hashlib.sha256(told.encode()).hexdigest()
        if kept.exists() and kept.read_text("ascii") == stamp:
            return False
        for index in folder.rglob("__pycache__/*.nbi"):
            index.unlink(missing_ok=True)
        kept.parent.mkdir(exist_ok=True)
        kept.write_text(stamp, "ascii")
    except OSError:
        return False
    return True


forget_older(Path(__file__).parent)


def compiled(function: Callable[P, R]) -> Callable[P, R]:
    """Compile `function` at its first call; its types stay those of the source."""
    return cast("Callable[P, R]", numba.njit(cache=True, boundscheck=False, error_model="numpy")(function))


#: Entries that one process reads by Python before it compiles, and of one ledger at most: a second or two in all.
_MOST, _EACH = 40_000, 4_000
_read_so_far = [0]
_plain: dict[Any, Callable[..., Any]] = {}


def at_hand(kernel: Callable[P, R], entries: int) -> Callable[P, R]:
    """Return the kernel as it is quickest for so many entries: as Python reads it, or compiled."""
    # without py_func Numba was told not to compile, and this is the source already
    if not hasattr(kernel, "py_func") or entries > _EACH or _read_so_far[0] + entries > _MOST:
        return kernel
    _read_so_far[0] += entries
    return _as_python_reads_it(kernel)


def compile_from_now_on() -> None:
    """Let Python read nothing more in this process."""
    _read_so_far[0] = _MOST


def _as_python_reads_it(kernel: Any) -> Callable[..., Any]:
    """Return the source of a kernel as a plain function, which calls others as plain functions too."""
    if kernel not in _plain:
        source = kernel.py_func
        names = dict(source.__globals__)
        _plain[kernel] = FunctionType(source.__code__, names, source.__name__, source.__defaults__, source.__closure__)
        for name, value in source.__globals__.items():
            if value is ask_for:
                names[name] = _nothing
            elif hasattr(value, "py_func"):
                names[name] = _as_python_reads_it(value)
    return _plain[kernel]


def _prefetch(_typing: Any, words: Any, place: Any) -> Any:
    """Type and write the one instruction (LLVM Language Reference, `llvm.prefetch`: write, high locality, data)."""

    def write(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        byte, flag = ir.IntType(8).as_pointer(), ir.IntType(32)
        array = make_array(signature.args[0])(context, builder, arguments[0])  # type: ignore[no-untyped-call]
        address = builder.gep(array.data, [arguments[1]])
        kind = ir.FunctionType(ir.VoidType(), [byte, flag, flag, flag])
        called = cgutils.get_or_insert_function(  # type: ignore[no-untyped-call]
            builder.module, kind, "llvm.prefetch.p0"
        )
        builder.call(called, [builder.bitcast(address, byte), flag(1), flag(3), flag(1)])
        return context.get_dummy_value()

    return types.void(words, place), write


def _nothing(words: NDArray[np.int64], place: int) -> None:
    """Ask for nothing: an instruction of the processor cannot be had where Numba is told not to compile."""


#: In compiled code: ask memory for word `place` of a flat array, and do not wait for it. It changes no value and never
#: fails, whatever the place.
ask_for = cast(
    "Callable[[NDArray[np.int64], int], None]",
    _nothing if numba.config.DISABLE_JIT else intrinsic(_prefetch),  # type: ignore[attr-defined]  # set at its import
)
