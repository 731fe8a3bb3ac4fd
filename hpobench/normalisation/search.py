"""A large search for the best known results of a task that a formula or a model answers."""

from collections.abc import Callable

import numpy as np
from ConfigSpace import ConfigurationSpace

from hpobench.adapters.shared.vectors import Vectors
from hpobench.scoring.hypervolume import front
from hpobench.scoring.trials import Floats
from hpobench.simplex import SimplexBox
from hpobench.trial import Config

STARTS = 2_000
"""So many random points it begins with."""

GENERATIONS, CHILDREN = 90, 200
"""So many times as many points are tried, between and around the best."""

PARENTS = 20
"""So many of the best are kept, with one objective; with several all that none dominates."""

Scores = tuple[list[float], float]
"""Values in the order of the objectives, and by how much the constraints are violated: 0 if not,
infinite if the trial failed."""

MOST_PARENTS = 1_000
"""So many points of a larger front, drawn anew each time, have children."""


def searched(space: ConfigurationSpace, width: int, scored: Callable[[Config], Scores]) -> Floats:
    """The values that such a search ends with: the best few, or a front.

    Points of the unit cube are crossed with each other and moved by steps of all sizes in some of
    their coordinates, as in evolution strategies; nothing but better ones survives. As long as
    none is feasible, better ones are those that violate the constraints less.

    Args:
        space: Where to search.
        width: The number of objectives.
        scored: What a configuration is scored by.

    Returns:
        Shape (values, objectives), at least one row unless none is feasible.
    """
    box = SimplexBox(space)
    rng, vectors = np.random.default_rng(0), Vectors(box.space)

    def valued(points: Floats) -> tuple[Floats, Floats]:
        found = [scored(box.open(vectors.config(point))) for point in points.tolist()]
        values, violations = zip(*found, strict=True)
        return np.array(values).reshape(-1, width), np.array(violations)

    points = rng.random((STARTS, vectors.dimension))
    points, values, broken = survivors(points, *valued(points))
    for _ in range(GENERATIONS if len(points) else 0):
        chosen = rng.permutation(len(points))[:MOST_PARENTS]
        parents, mates = (points[rng.choice(chosen, CHILDREN)] for _ in range(2))
        steps = 10 ** rng.uniform(-5, -0.5, (CHILDREN, 1)) * rng.normal(size=parents.shape)
        moved = rng.random(parents.shape) < rng.random((CHILDREN, 1))
        children = parents + rng.random((CHILDREN, 1)) * (mates - parents) + moved * steps
        children = np.clip(children, 0.0, 1.0)
        new = children, *valued(children)
        points, values, broken = survivors(
            *(np.concatenate(pair) for pair in zip((points, values, broken), new, strict=True))
        )
    return np.asarray(values[broken == 0])


def survivors(points: Floats, values: Floats, violations: Floats) -> tuple[Floats, Floats, Floats]:
    """Those that no other dominates; of a single objective the smallest few.

    Args:
        points: Where they lie in the unit cube.
        values: What they are scored by, shape (points, objectives).
        violations: By how much each violates constraints, 0 if not; infinite if it failed. Where
            none is feasible, the few survive that do so least.
    """
    least = violations.argsort(kind="stable")[:PARENTS]
    kept = np.flatnonzero(violations == 0)
    if not len(kept):
        kept = least[np.isfinite(violations[least])]
        return points[kept], values[kept], violations[kept]
    points, values = _undominated(points[kept], values[kept])
    return points, values, np.zeros(len(points))


def _undominated(points: Floats, values: Floats) -> tuple[Floats, Floats]:
    """Feasible points that no other dominates; of a single objective the smallest few."""
    if values.shape[1] == 1 or not len(values):
        few = values[:, 0].argsort(kind="stable")[:PARENTS]
        return points[few], values[few]
    kept = {tuple(value) for value in front(values).tolist()}
    rows = {tuple(value): row for row, value in enumerate(values.tolist()) if tuple(value) in kept}
    chosen = sorted(rows.values())
    return points[chosen], values[chosen]
