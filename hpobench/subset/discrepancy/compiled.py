"""One way to compile the loops of this package, with their types kept for the reader."""

import hashlib
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any, TypeVar, cast

import numba
import numpy as np
from numpy.typing import NDArray

Function = TypeVar("Function", bound=Callable[..., Any])


def compiled(function: Function) -> Function:
    """Compile to machine code at the first call, and keep that for later processes.

    What is kept is renewed when any file with compiled functions changes: numba itself looks at
    the function's own file alone, not at those of functions that it calls.

    Such a function must not use what numba does not know; a tuple with names serves as a struct.
    It holds no lock, so that threads run side by side, and may take for granted that no number
    is NaN, so that a maximum is found several numbers at a time.
    """
    return _build(function, called_from_python=True)


def compiled_part(function: Function) -> Function:
    """The same for what only compiled functions call: that takes less time to compile."""
    return _build(function, called_from_python=False)


def _build(function: Function, *, called_from_python: bool) -> Function:
    """Without what is not needed: half of the time to compile."""
    wrappers = {"no_cfunc_wrapper": True, "no_cpython_wrapper": not called_from_python}
    fast: dict[str, Any] = {"fastmath": {"nnan", "nsz"}, "error_model": "numpy", **wrappers}
    settings: Any = numba.config
    kept = settings.CACHE_DIR
    settings.CACHE_DIR = str(_folder(kept))  # read once for each function, just now
    try:
        return cast("Function", numba.njit(cache=True, nogil=True, **fast)(function))
    finally:
        settings.CACHE_DIR = kept


@cache
def _folder(above: str) -> Path:
    """Where machine code of these sources is kept, in the user's folder for it if there is one."""
    here = Path(__file__).parent
    return Path(above or here / "__pycache__") / fingerprint(here)


def fingerprint(folder: Path) -> str:
    """Stands for the content of all files in a folder that have compiled functions."""
    found = hashlib.blake2b(digest_size=8)
    for path in sorted(folder.glob("*.py")):
        content = path.read_bytes()
        if b"\n@compiled" in content:
            found.update(content)
    return found.hexdigest()


@compiled_part
def variable(number: int) -> int:
    """A number that is known while compiling, as one that is not.

    For every number known then, a function that it is passed to would be compiled once more.
    """
    return int(np.int64(number))


@compiled_part
def sort(values: NDArray[np.int64]) -> None:
    """Sort few numbers in place, by insertion: numpy's own way takes seconds to compile."""
    for end in range(1, len(values)):
        value, place = values[end], end
        while place and values[place - 1] > value:
            values[place] = values[place - 1]
            place -= 1
        values[place] = value
