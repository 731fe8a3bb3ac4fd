"""Numbers as whole ones that compress well: logarithms, shares, differences and changes."""

from collections.abc import Sequence
from itertools import chain
from typing import Any

import numpy as np
import numpy.typing as npt

from hpobench.scoring.trials import Floats

DECADE = 1000
"""Logarithms are kept to a thousandth of a decade, so values to 0.12 %."""

PARTS = 10_000
"""Shares and ranks are kept to so many parts of one."""

ZERO = -20 * DECADE
"""Stands for the logarithm of 0, and of all that is smaller than any double near 1."""

DIGITS = 6
"""Values of tasks are kept to so many digits."""


def logarithms(values: Floats) -> Floats:
    """Thousandths of decades, `ZERO` for 0."""
    with np.errstate(divide="ignore"):
        return np.maximum(np.round(DECADE * np.log10(values)), ZERO)


def in_ten_thousandths(values: Floats) -> Floats:
    """Values in ten thousandths."""
    return np.asarray(np.round(PARTS * values))


def differences(values: Floats) -> Any:
    """Each row as its first number and the steps from there, nested as the array is.

    Rows with NaN become None, and so does what has no other rows.

    Args:
        values: Whole numbers, shape (..., grid points).
    """
    holes = np.asarray(np.isnan(values).any(axis=-1))
    steps = np.diff(np.where(holes[..., None], 0.0, values), prepend=0.0).astype(int)
    return _without(steps.tolist(), holes)


def _without(steps: list[Any], holes: npt.NDArray[np.bool_]) -> list[Any] | None:
    """Nested rows with None in the place of holes."""
    if holes.all():
        return None
    if not holes.any():
        return steps
    return [_without(part, hole) for part, hole in zip(steps, holes, strict=True)]


def changes(values: Floats) -> list[float] | None:
    """A step function as the points where it changes: index, value, index, value, ..."""
    known = np.isfinite(values)
    if not known.any():
        return None
    changed = np.flatnonzero(known & np.append(True, values[1:] != values[:-1]))
    return [x for i in changed.tolist() for x in (i, float(f"{values[i]:.{DIGITS}g}"))]


def pack_side_by_side(parts: Sequence[Any]) -> Any:
    """Several structures of one shape as one, so that what is alike in them stands close together.

    The compression finds again only what it has seen a little before. Where the parts are no more
    lists or mappings of one shape, `by` has what stands there in each of them.
    """
    if all(isinstance(part, dict) and list(part) == list(parts[0]) for part in parts):
        return {name: pack_side_by_side([part[name] for part in parts]) for name in parts[0]}
    if all(isinstance(part, list) and len(part) == len(parts[0]) for part in parts):
        kinds = set(map(type, chain.from_iterable(parts)))  # few of many: much quicker than each
        if not kinds.isdisjoint({list, dict}):
            return [pack_side_by_side(place) for place in zip(*parts, strict=True)]
    return {"by": list(parts)}
