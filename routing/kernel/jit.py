"""How every kernel is compiled. The only importer of numba."""

import os
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path
from tempfile import gettempdir
from typing import Any, Concatenate, Final, ParamSpec, TypeVar

import numba.core.config
from llvmlite import ir  # type: ignore[import-untyped]
from numba import njit, types
from numba.extending import intrinsic

P = ParamSpec("P")
R = TypeVar("R")

_ROOT: Final = Path(__file__).parents[1]


def cache_folder(wanted: str, home: Path) -> Path:
    """
    Return where machine code is kept: a folder of its own for every state of the sources.

    numba looks only at the file of a kernel to tell whether its machine code is still right, not
    at the files of the kernels that it calls; after an upgrade it would run old code. So the
    folder's name is a digest of all that may be compiled. Where it cannot be written, the
    temporary directory serves.

    Args:
        wanted: `NUMBA_CACHE_DIR`, empty where nobody says.
        home: The user's home directory.

    """
    digest = sha256()
    for path in sorted(_ROOT.rglob("*.py")):
        digest.update(path.read_bytes())
    base = Path(wanted) if wanted else home / ".cache" / "kyushu-maas" / "numba"
    folder = base / digest.hexdigest()[:12]
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError:
        return Path(gettempdir()) / "kyushu-maas-numba" / folder.name
    return folder if os.access(folder, os.W_OK) else Path(gettempdir()) / folder.name


_CACHE: Final = cache_folder(os.environ.get("NUMBA_CACHE_DIR", ""), Path.home())
numba.core.config.CACHE_DIR = str(_CACHE)  # type: ignore[attr-defined]
SOURCES: Final = _CACHE.name
"""Tells this state of the sources from others."""


def kernel(function: Callable[P, R]) -> Callable[P, R]:
    """
    Compile `function`, release the interpreter lock while it runs, and cache the machine code.

    No `fastmath` and no `parallel`: times are integers, and the requests are the parallelism.
    """
    return _compiled(function, release=True)


def short_kernel(function: Callable[P, R]) -> Callable[P, R]:
    """
    Compile `function` as `kernel` does, but keep the interpreter lock while it runs.

    For what takes a few microseconds, on the largest network at most 50: who gives the lock up may
    have to wait until another thread is done with all that it does in Python.
    """
    return _compiled(function, release=False)


def _compiled(function: Callable[P, R], *, release: bool) -> Callable[P, R]:
    compiled: Callable[P, R] = njit(
        cache=True, nogil=release, boundscheck=False, error_model="numpy"
    )(function)
    return compiled


def straight(compiled: Callable[P, R]) -> Callable[Concatenate[type, P], R]:
    """
    Return a kernel that is called with one argument more before the others: the kind of times.

    To find the machine code for a hundred columns numba looks at the type of each, which takes two
    thirds of a call (11 of 17 µs). Where the kind of times tells all types, it is enough to look
    at the first call of each kind: all columns must be contiguous, and of the same types whatever
    the network (`timetable.rows.owned`).
    """
    dispatcher: Any = compiled
    entries: dict[type, Callable[P, R]] = {}

    def call(kind: type, /, *args: P.args, **kwargs: P.kwargs) -> R:
        entry = entries.get(kind)
        if entry is None:
            types_of = tuple(dispatcher.typeof_pyval(value) for value in args)
            dispatcher.compile(types_of)
            entry = entries[kind] = dispatcher.overloads[types_of].entry_point
        return entry(*args, **kwargs)

    return call


def _prefetch(_typing: Any, array: Any, _index: Any) -> Any:
    """Tell numba the types of `prefetch`, and how its code is written (`llvm.prefetch`)."""

    def emit(context: Any, builder: Any, signature: Any, values: Any) -> Any:
        held = context.make_array(signature.args[0])(context, builder, values[0])
        byte, word = ir.PointerType(ir.IntType(8)), ir.IntType(32)
        place = builder.bitcast(builder.gep(held.data, [values[1]]), byte)
        ask = builder.module.declare_intrinsic(
            "llvm.prefetch", [byte], ir.FunctionType(ir.VoidType(), [byte, word, word, word])
        )
        # For reading, to be kept in all caches, of data.
        builder.call(ask, [place, word(0), word(3), word(1)])
        return context.get_dummy_value()

    return types.void(array, types.int64), emit


prefetch: Final[Callable[[Any, int], None]] = intrinsic(_prefetch)  # type: ignore[assignment]
"""
`prefetch(array, index)`: ask the processor to fetch `array[index]`, and go on at once.

Kernels that know some steps ahead where they will read do not wait for memory then. Nothing is
read, so any index will do.
"""
