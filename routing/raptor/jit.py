"""How every kernel is compiled. The only importer of numba."""

from collections.abc import Callable
from typing import ParamSpec, TypeVar

from numba import njit

P = ParamSpec("P")
R = TypeVar("R")


def kernel(function: Callable[P, R]) -> Callable[P, R]:
    """
    Compile `function`, release the interpreter lock while it runs, and cache the machine code.

    No `fastmath` and no `parallel`: times are integers, and the requests are the parallelism.
    """
    compiled: Callable[P, R] = njit(cache=True, nogil=True, boundscheck=False, error_model="numpy")(
        function
    )
    return compiled
