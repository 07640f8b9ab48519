"""The one door to Numba: small functions compiled to machine code and kept on disk beside their source.

Numba's cache looks at the file of the outermost function only. After a change in a kernel that another file calls,
delete `__pycache__` (a released version is always unpacked with new file times).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import ParamSpec, TypeVar, cast

import numba

__all__ = ["compiled"]

P = ParamSpec("P")
R = TypeVar("R")


def compiled(function: Callable[P, R]) -> Callable[P, R]:
    """Compile `function` at its first call; its types stay those of the source."""
    return cast("Callable[P, R]", numba.njit(cache=True, boundscheck=False, error_model="numpy")(function))
