"""What each run had found at each point of each axis, and when it reached each target."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields, replace

import numpy as np
import numpy.typing as npt

from hpobench.scoring import igd
from hpobench.scoring.axes import Axis, positions
from hpobench.scoring.constants import Constants
from hpobench.scoring.incumbents import GRID, incumbents, incumbents_on_test
from hpobench.scoring.regret import has_scale, regret
from hpobench.scoring.run_lengths import TARGETS, run_lengths
from hpobench.scoring.trials import Floats, Trials

ByAxis = Mapping[Axis, Floats]


@dataclass(frozen=True, slots=True, kw_only=True)
class Curves:
    """What some runs had found, by axis; an axis that makes no sense for any of them is absent.

    Attributes:
        losses: The incumbent's loss, infinite where there is none; shape (runs, grid points).
        regrets: Normalised; NaN for tasks without usable constants. Same shape.
        igds: Modified inverted generational distance, see `igd`; NaN for tasks without a known
            front. Same shape.
        tests: The incumbent's test loss; NaN where there is none. Same shape, budget only.
        lengths: Where the run first reached each of `runlengths.TARGETS`, infinite where it
            did not; shape (runs, targets).
    """

    losses: ByAxis
    regrets: ByAxis
    igds: ByAxis
    tests: ByAxis
    lengths: ByAxis

    @property
    def loss(self) -> Floats:
        """The losses by share of the budget."""
        return self.losses[Axis.BUDGET]

    @property
    def regret(self) -> Floats:
        """The regrets by share of the budget."""
        return self.regrets[Axis.BUDGET]


def curves(trials: Trials, loss: Floats, constants: Constants | None) -> Curves:
    """Read off the curves of one task's runs.

    Args:
        trials: All trials of the task.
        loss: What each trial brings its run to, see `scores.losses`.
        constants: Normalisation constants of the task.
    """
    at, run, runs = positions(trials, constants), trials.run, trials.runs
    losses = {axis: incumbents(loss, run, x, runs=runs) for axis, x in at.items()}
    scale = constants if constants is not None and has_scale(constants) else None
    reached = (
        {} if scale is None else {a: run_lengths(loss, x, trials, scale) for a, x in at.items()}
    )
    return Curves(
        losses=losses,
        regrets={axis: _regret(best, scale) for axis, best in losses.items()},
        igds=_igds(trials, at, constants),
        tests=_tests(trials, loss, at[Axis.BUDGET]),
        lengths=reached,
    )


def imputed(
    found: Curves, failed: npt.NDArray[np.bool_], loss: float, score: float, distance: float
) -> Curves:
    """Replace the curves of failed runs by what they are scored as.

    Args:
        found: Curves of one task.
        failed: Which of its runs failed, shape (runs,).
        loss: Stands for a failed run.
        score: The regret that stands for it.
        distance: The IGD+ that stands for it.
    """
    rows = failed[:, None]
    ends = np.where(np.array(TARGETS) >= score, 1.0, np.inf) if loss < np.inf else np.inf
    return Curves(
        losses=_where(rows, loss, found.losses),
        regrets=_where(rows, score, found.regrets),
        igds=_where(rows, distance, found.igds),
        tests=_where(rows, np.nan, found.tests),
        lengths={axis: np.where(rows, ends, at) for axis, at in found.lengths.items()},
    )


def joined(parts: Sequence[Curves], runs: Sequence[int]) -> Curves:
    """The curves of several tasks, of so many runs each; NaN where a task has no such axis."""
    empty = Curves(
        losses={Axis.BUDGET: _nothing},
        regrets={Axis.BUDGET: _nothing},
        igds={},
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


def _regret(best: Floats, constants: Constants | None) -> Floats:
    return np.full_like(best, np.nan) if constants is None else regret(best, constants)


def _igds(trials: Trials, at: ByAxis, constants: Constants | None) -> ByAxis:
    if constants is None or not constants.front:
        return {}
    distance = igd.running(trials, constants)
    nothing = igd.of_nothing(constants)
    found = {a: incumbents(distance, trials.run, x, runs=trials.runs) for a, x in at.items()}
    return {axis: np.minimum(values, nothing) for axis, values in found.items()}


def _tests(trials: Trials, loss: Floats, used: Floats) -> ByAxis:
    if len(trials.task.objectives) > 1 or np.isnan(trials.test).all():
        return {}
    test = trials.test[:, 0]
    return {Axis.BUDGET: incumbents_on_test(loss, test, trials.run, used, runs=trials.runs)}
