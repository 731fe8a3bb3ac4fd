"""Curves of failed runs, and those of several tasks put together."""

from collections.abc import Sequence
from dataclasses import fields, replace

import numpy as np
import numpy.typing as npt

from hpobench.scoring.curves import Axis, ByAxis, Curves
from hpobench.scoring.incumbents import GRID, TARGETS
from hpobench.scoring.trials import Floats

StandIn = tuple[float, float, float]
"""The loss, the regret and the IGD+ that stand for a failed run."""


def imputed(found: Curves, failed: npt.NDArray[np.bool_], stand_in: StandIn) -> Curves:
    """Replace the curves of failed runs by what they are scored as.

    Args:
        found: Curves of one task.
        failed: Which of its runs failed, shape (runs,).
        stand_in: What a failed run is scored as.
    """
    if not failed.any():
        return found
    loss, score, distance = stand_in
    rows = failed[:, None]
    ends = np.where(np.array(TARGETS) >= score, 1.0, np.inf) if loss < np.inf else np.inf
    return Curves(
        losses=_where(rows, loss, found.losses),
        regrets=_where(rows, score, found.regrets),
        igds=_where(rows, distance, found.igds),
        violations=found.violations,  # what it came to before it failed is known
        coverages=_where(rows, 0.0, found.coverages),
        qualities=_where(rows, 0.0, found.qualities),
        tests=_where(rows, np.nan, found.tests),
        lengths={axis: np.where(rows, ends, at) for axis, at in found.lengths.items()},
    )


def joined(parts: Sequence[Curves], runs: Sequence[int]) -> Curves:
    """The curves of several tasks, of so many runs each; NaN where a task has no such axis."""
    empty = Curves(
        losses={Axis.BUDGET: _nothing},
        regrets={Axis.BUDGET: _nothing},
        igds={},
        violations={},
        coverages={},
        qualities={},
        tests={},
        lengths={},
    )
    if not parts:
        return empty
    names = [field.name for field in fields(Curves)]
    return replace(
        empty, **{name: _join([getattr(p, name) for p in parts], runs) for name in names}
    )


_nothing: Floats = np.empty((0, len(GRID)))


def _join(parts: Sequence[ByAxis], runs: Sequence[int]) -> ByAxis:
    stops = np.cumsum([0, *runs])
    found: dict[Axis, Floats] = {}
    for part, start in zip(parts, stops, strict=False):
        for axis, values in part.items():
            if axis not in found:
                found[axis] = np.full((stops[-1], values.shape[1]), np.nan)
            found[axis][start : start + len(values)] = values
    return found


def _where(rows: npt.NDArray[np.bool_], stand_in: float, found: ByAxis) -> ByAxis:
    """The stand-in in some rows, but NaN where all is NaN for want of constants."""
    return {axis: np.where(rows & ~np.isnan(a), stand_in, a) for axis, a in found.items()}
