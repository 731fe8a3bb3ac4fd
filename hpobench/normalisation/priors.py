"""Priors of tasks from the quantiles of random trials: what somebody might have believed."""

from collections.abc import Sequence
from copy import deepcopy
from typing import Any

import numpy as np
from ConfigSpace import CategoricalHyperparameter, ConfigurationSpace

from hpobench.adapters.shared.vectors import Vectors, position_of
from hpobench.benchmark import Benchmark
from hpobench.errors import UserError
from hpobench.normalisation.evaluator import Evaluator
from hpobench.prior import Belief
from hpobench.scoring.trials import Floats
from hpobench.space import draw_configs
from hpobench.task import Task
from hpobench.trial import Config, Value

BANDS = {"good": (0.0, 0.01), "medium": (0.1, 0.25), "bad": (0.99, 1.0)}
"""By quality of a prior between which quantiles of random trials it is taken, best first."""

FEWEST = 5
"""So many trials at least are taken from a band, at its better end."""

NARROWEST, WIDEST = 0.05, 0.5
"""Bounds of the width of a prior: of a whole range it is 0.29."""

DIGITS = 4
"""Decimals of a width."""


def draw_priors(task: Task, benchmark: Benchmark, draws: int) -> dict[str, dict[str, Belief]]:
    """By quality a prior of a task with one objective, the same each time.

    Random configurations are ranked by what trials are scored by at full fidelity. Of those in a
    band of quantiles the one nearest to all others (the medoid, in the unit cube) is what is
    believed best. The width of a hyperparameter is how far the others of the band are from it,
    in the root of the mean square; of a categorical how many have another choice.

    Args:
        task: Has one objective.
        benchmark: Built for it.
        draws: How many random configurations.

    Raises:
        UserError: The task has several objectives, or too few trials succeed.
    """
    if len(task.objectives) > 1:
        raise UserError(f"{task.id} has several objectives, so no one setting is believed best")
    asked = Evaluator(benchmark=benchmark, names=task.objectives, constraints=task.constraints)
    configs = draw_configs(deepcopy(benchmark.space), draws, seed=0)
    losses = np.array([asked.scored([0], config)[0][0] for config in configs])
    order = np.argsort(losses, kind="stable")[: np.isfinite(losses).sum()]
    if len(order) < FEWEST:
        raise UserError(f"{task.id}: only {len(order)} of {draws} random trials succeed")
    vectors = Vectors(benchmark.space)
    points = np.array([vectors.vector(config) for config in configs])
    found = {}
    for quality in BANDS:
        band = band_of(order, quality)
        chosen = band[medoid(points[band])]
        found[quality] = _beliefs(benchmark.space, configs[chosen], [configs[i] for i in band])
    return found


def band_of(order: Any, quality: str) -> Any:
    """The trials between the quantiles of a quality.

    Args:
        order: Numbers of trials, best first.
        quality: One of `BANDS`.
    """
    low, high = (round(share * len(order)) for share in BANDS[quality])
    first = min(low, len(order) - FEWEST)
    return order[first : max(high, first + FEWEST)]


def medoid(points: Floats) -> int:
    """Which of some points has the least mean distance to all of them."""
    distances = np.linalg.norm(points[:, None] - points[None], axis=2)
    return int(distances.mean(axis=1).argmin())


def _beliefs(space: ConfigurationSpace, best: Config, band: Sequence[Config]) -> dict[str, Belief]:
    """A belief for each hyperparameter that can vary and is active in what is believed best."""
    return {
        name: Belief(
            default=best[name],
            width=_width(space[name], best[name], [c[name] for c in band if name in c]),
        )
        for name in Vectors(space).names
        if name in best
    }


def _width(hyperparameter: Any, default: Value, values: Sequence[Value]) -> float:
    """How far values are from what is believed best."""
    if isinstance(hyperparameter, CategoricalHyperparameter):
        found = float(np.mean([value != default for value in values]))
    else:
        at = np.array([position_of(hyperparameter, value) for value in (default, *values)])
        found = float(np.sqrt(np.mean((at[1:] - at[0]) ** 2)))
    return round(min(max(found, NARROWEST), WIDEST), DIGITS)
