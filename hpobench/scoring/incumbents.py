"""Incumbents as step functions, read off at a grid; run lengths, and overtuning."""

from collections.abc import Mapping

import numpy as np

from hpobench.diversity.filling import MapProgress
from hpobench.scoring.curves import Axis, Curves
from hpobench.scoring.feasibility import NOTHING_KEPT, scaled_violations
from hpobench.scoring.regret import Normalised
from hpobench.scoring.trials import ROUNDING, Floats, Integers, Trials, improvements
from hpobench.scoring.valuation import Valuation

GRID: Floats = np.arange(1, 101) / 100
"""Where curves are read off: at each hundredth of the budget (or of the time)."""


def read_off(
    trials: Trials,
    at: Mapping[Axis, Floats],
    valuation: Valuation,
    normalised: Normalised,
    typical: float = 0.0,
    maps: MapProgress | None = None,
) -> Curves:
    """Read off the curves of one task's runs.

    Args:
        trials: All trials of the task.
        at: Where each finished, by axis.
        valuation: What each brings its run to.
        normalised: The same as regret, which grows with it, so that the least belong together.
        typical: What an infeasible random trial violates constraints by; 0 if that is not known.
        maps: How each left its run's map; None for a task without measures.
    """
    run, runs = trials.run, trials.runs
    scaled = not np.isnan(normalised.nothing)
    read = latest if valuation.without_noise else incumbents
    scores = normalised.regrets if scaled else np.full(len(run), np.inf)
    best = {axis: read(scores, run, x, runs=runs) for axis, x in at.items()}
    distances = valuation.distances
    near = (
        {}
        if distances is None
        else {axis: read(distances, run, x, runs=runs) for axis, x in at.items()}
    )
    broken = scaled_violations(trials, typical)
    kept = {axis: incumbents(broken, run, x, runs=runs) for axis, x in at.items()}
    reached = {axis: run_lengths(scores, x, run, runs=runs) for axis, x in at.items()}
    test = (
        {}
        if not has_test(trials)
        else {
            Axis.BUDGET: incumbents_on_test(
                valuation.told, trials.test[:, 0], run, at[Axis.BUDGET], runs=runs
            )
        }
    )
    return Curves(
        losses={axis: read(valuation.scored, run, x, runs=runs) for axis, x in at.items()},
        regrets={
            axis: np.minimum(found, normalised.nothing) if scaled else np.full_like(found, np.nan)
            for axis, found in best.items()
        },
        igds={axis: np.minimum(found, valuation.of_nothing) for axis, found in near.items()},
        violations={
            axis: np.minimum(found, NOTHING_KEPT)
            for axis, found in kept.items()
            if trials.task.constraints
        },
        coverages=_filled_by(maps and maps.coverage, run, at, runs=runs),
        qualities=_filled_by(maps and maps.quality, run, at, runs=runs),
        tests=test,
        lengths=reached if scaled else {},
    )


def _filled_by(
    share: Floats | None, run: Integers, at: Mapping[Axis, Floats], *, runs: int
) -> dict[Axis, Floats]:
    """How much each run has filled, by axis; 0 before its first trial, nothing without a map."""
    if share is None:
        return {}
    found = {axis: latest(share, run, x, runs=runs) for axis, x in at.items()}
    return {axis: np.where(np.isposinf(each), 0.0, each) for axis, each in found.items()}


def end_on_test(trials: Trials, loss: Floats) -> tuple[Floats, Floats]:
    """The test loss of each run's final incumbent, and its overtuning; NaN without test values."""
    if not has_test(trials):
        unknown = np.full(trials.runs, np.nan)
        return unknown, unknown
    test, run, runs = trials.test[:, 0], trials.run, trials.runs
    last = final_trials(loss, run, runs=runs)
    return np.append(test, np.nan)[last], overtuning(loss, test, run, runs=runs)


def has_test(trials: Trials) -> bool:
    """Whether there are test values of a single objective."""
    return len(trials.task.objectives) == 1 and not bool(np.isnan(trials.test).all())


def incumbents(loss: Floats, run: Integers, x: Floats, *, runs: int) -> Floats:
    """The best loss of each run so far, at each point of the grid.

    A step function read off exactly: what finishes at x counts from x on, nothing in between
    is interpolated, and before the first trial that counts it is infinite.

    Args:
        loss: Loss of each trial, shape (trials,).
        run: Which run each trial belongs to.
        x: When each trial finished, as a share of the budget or of the time.
        runs: Number of runs.

    Returns:
        Shape (runs, grid points), never rising along the grid.
    """
    column = np.searchsorted(GRID * (1 + ROUNDING), x)
    inside = column < len(GRID)
    best = np.full(runs * len(GRID), np.inf)
    np.minimum.at(best, run[inside] * len(GRID) + column[inside], loss[inside])
    return np.minimum.accumulate(best.reshape(runs, len(GRID)), axis=1)


def incumbents_on_test(
    loss: Floats, test: Floats, run: Integers, x: Floats, *, runs: int
) -> Floats:
    """The test loss of each run's incumbent at each point of the grid.

    Args:
        loss: Loss of each trial, shape (trials,), run after run, each in order of finish.
        test: Test value of each trial, unseen by any optimizer.
        run: Which run each trial belongs to.
        x: When each trial finished.
        runs: Number of runs.

    Returns:
        Shape (runs, grid points), NaN before the first incumbent; it may rise and fall.
    """
    better = improvements(loss, run)
    found = latest(test[better], run[better], x[better], runs=runs)
    return np.where(np.isposinf(found), np.nan, found)


def latest(loss: Floats, run: Integers, x: Floats, *, runs: int) -> Floats:
    """What the last trial brought each run to, at each point of the grid.

    As `incumbents`, but for what may rise again: what the latest trial says counts, however good
    what an earlier one said.

    Args:
        loss: What each trial brought its run to, shape (trials,), run after run, each in order
            of finish.
        run: Which run each trial belongs to.
        x: When each trial finished.
        runs: Number of runs.

    Returns:
        Shape (runs, grid points), infinite before the first trial.
    """
    column = np.searchsorted(GRID * (1 + ROUNDING), x)
    inside = np.flatnonzero(column < len(GRID))
    newest = np.full((runs, len(GRID)), -1)
    np.maximum.at(newest, (run[inside], column[inside]), inside)
    newest = np.maximum.accumulate(newest, axis=1)
    return np.asarray(np.append(loss, np.inf)[newest])


def final_trials(loss: Floats, run: Integers, *, runs: int) -> Integers:
    """For each run the trial its final incumbent comes from, the first of equals; -1 if none."""
    found = np.full(runs, -1)
    order = np.lexsort((loss, run))
    first = order[np.unique(run[order], return_index=True)[1]]
    first = first[np.isfinite(loss[first])]
    found[run[first]] = first
    return found


ECDF_TARGETS: Floats = 10.0 ** (1 - np.arange(51) / 10)
"""51 targets for normalised regret, ten a decade from 10 to 0.0001.

Source:
    Hansen et al. (2021), COCO: a platform for comparing continuous optimizers in a black-box
    setting, Optimization Methods and Software 36: as many targets, for differences of values.
"""

TARGETS = (1.0, 0.5, 0.2, 0.1, 0.01)
"""Targets of performance profiles and running times: regret 1 is what random search ends with."""


def share_reached(regrets: Floats) -> Floats:
    """The share of `ECDF_TARGETS` that each regret reaches; NaN for NaN, of the same shape."""
    ascending = ECDF_TARGETS[::-1]
    missed = np.searchsorted(ascending, regrets, side="left")
    return np.where(np.isnan(regrets), np.nan, 1 - missed / len(ascending))


def run_lengths(scores: Floats, x: Floats, run: Integers, *, runs: int) -> Floats:
    """Where each run first reaches each target, exactly; infinite where it does not by the end.

    Args:
        scores: The regret of each trial, infinite where it counts for nothing; shape (trials,).
        x: When each finished on some axis that ends at 1.
        run: Which run each trial belongs to.
        runs: Number of runs.

    Returns:
        Shape (runs, targets).
    """
    scores = np.where(x > 1 + ROUNDING, np.inf, scores)
    found = np.full((runs, len(TARGETS)), np.inf)
    for i, target in enumerate(TARGETS):
        reached = np.flatnonzero(scores <= target)
        first = reached[np.diff(run[reached], prepend=-1) > 0]
        found[run[first], i] = x[first]
    return found


def profile(lengths: Floats) -> list[tuple[Floats, Floats]]:
    """Performance profiles: on which share of tasks an optimizer is within a factor of the best.

    Args:
        lengths: How long each optimizer takes on each task, positive, infinite where it does
            not get there; shape (tasks, optimizers).

    Returns:
        For each optimizer the factors at which its share rises, from 1, and the shares from
        there on. Tasks on which nobody gets there count as tasks all the same.

    Source:
        Dolan and More (2002), Benchmarking optimization software with performance profiles;
        Dahl et al. (2023), Benchmarking neural network training algorithms (AlgoPerf).
    """
    with np.errstate(invalid="ignore"):
        ratios = lengths / lengths.min(axis=1, keepdims=True)
    return [_steps(own[np.isfinite(own)], len(ratios)) for own in ratios.T]


def _steps(ratios: Floats, tasks: int) -> tuple[Floats, Floats]:
    factors, counts = np.unique(np.append(ratios, 1.0), return_counts=True)
    counts[0] -= 1  # the 1 that was added so that every profile begins there
    return factors, np.cumsum(counts) / tasks


def overtuning(loss: Floats, test: Floats, run: Integers, *, runs: int) -> Floats:
    """The relative overtuning at the end of each run.

    (test of the last incumbent - best test of any incumbent) / (test of the first incumbent -
    best test of any incumbent): 0 if the last incumbent is the best on test, 1 if it is as bad
    as the first, more if it is worse.

    Args:
        loss: Loss of each trial, shape (trials,), run after run, each in order of finish.
        test: Test value of each trial, minimised, unseen by any optimizer; NaN where there is none.
        run: Which run each trial belongs to.
        runs: Number of runs.

    Returns:
        Shape (runs,); infinite where only the first was the best, NaN without test values.

    Source:
        Schneider, Bischl and Feurer (2025), Overtuning in hyperparameter optimization, AutoML.
    """
    better = improvements(loss, run)
    own, values = run[better], test[better]
    found, first = np.unique(own, return_index=True)
    result = np.full(runs, np.nan)
    if len(found):
        best = np.minimum.reduceat(values, first)
        last = values[np.append(first[1:], len(values)) - 1]
        with np.errstate(divide="ignore", invalid="ignore"):
            relative = (last - best) / (values[first] - best)
        result[found] = np.where(last == best, 0.0, relative)
    return result
