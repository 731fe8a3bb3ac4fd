"""Whole tables of recorded configurations: what mattered over all of them, and how they lie."""

from collections.abc import Mapping
from itertools import product

import numpy as np

from hpobench.benchmark import Benchmark, WholeTable
from hpobench.scoring.trials import Floats, Integers

TOP = 0.1
"""PED-ANOVA asks what it takes to be among this share of the best."""


def whole_table(benchmark: Benchmark | None, objectives: tuple[str, ...]) -> WholeTable | None:
    """All that a benchmark has recorded, if it is a table with a complete grid."""
    if benchmark is None or not hasattr(benchmark, "whole_table"):
        return None
    found: WholeTable | None = benchmark.whole_table(objectives)
    return found


def anova(values: Floats, digits: Integers, choices: Mapping[str, int]) -> dict[str, float]:
    """By hyperparameter the share of the variance that it explains by itself, exactly.

    Over a complete grid this is what functional ANOVA estimates by a forest: the variance of
    the means over all else. What several explain only together is not in it, so that shares
    may add up to little.

    Args:
        values: Losses, shape (configurations,); those that are not finite are left out.
        digits: Which choice of each hyperparameter they have, shape (configurations, n).
        choices: By hyperparameter the number of its choices, in the columns' order.

    Source:
        Hutter, Hoos and Leyton-Brown (2014), An Efficient Approach for Assessing Hyperparameter
        Importance, without the forest.
    """
    finite = np.isfinite(values)
    values, digits = values[finite], digits[finite]
    scale = float(np.abs(values).max(initial=0.0)) or 1.0  # squares of large values overflow
    values = values / scale
    total = float(values.var()) if len(values) else 0.0
    shares = {}
    for column, (name, count) in enumerate(choices.items()):
        sizes = np.bincount(digits[:, column], minlength=count)
        sums = np.bincount(digits[:, column], weights=values, minlength=count)
        means = sums / np.maximum(sizes, 1)
        spread = float(sizes @ (means - values.mean()) ** 2) / max(len(values), 1)
        shares[name] = spread / total if total > 0 else np.nan
    return shares


def ped_anova(values: Floats, digits: Integers, choices: Mapping[str, int]) -> dict[str, float]:
    """By hyperparameter how far the choices of the best differ from those of all, adding up to 1.

    The Pearson divergence of the two distributions of choices, which over a table needs no
    estimate of a density.

    Args:
        values: As for `anova`.
        digits: Likewise.
        choices: Likewise.

    Source:
        Watanabe, Bansal and Hutter (2023), PED-ANOVA: Efficiently Quantifying Hyperparameter
        Importance in Arbitrary Subspaces.
    """
    finite = np.isfinite(values)
    values, digits = values[finite], digits[finite]
    best = digits[values <= np.quantile(values, TOP)] if len(values) else digits
    found = {}
    for column, (name, count) in enumerate(choices.items()):
        everywhere, top = (
            np.bincount(rows[:, column], minlength=count) / max(len(rows), 1)
            for rows in (digits, best)
        )
        occurs = everywhere > 0
        ratio = top[occurs] / everywhere[occurs]
        found[name] = float(everywhere[occurs] @ (ratio - 1) ** 2)
    total = sum(found.values())
    return {name: value / total if total else np.nan for name, value in found.items()}


def local_optima(values: Floats, table: WholeTable) -> int:
    """How many configurations no neighbour is better than or as good as.

    Neighbours differ in one hyperparameter: by one step where it has an order, by any choice
    where it has none. What failed or was not recorded is worse than all else.

    Args:
        values: Losses, shape (configurations,).
        table: Says where on the grid they are.
    """
    grid = np.full(tuple(table.choices.values()), np.inf)
    grid[tuple(table.digits.T)] = np.where(np.isfinite(values), values, np.inf)
    best = np.isfinite(grid)
    for axis, (name, count) in enumerate(table.choices.items()):
        steps = [1] if name in table.ordered else range(1, count)
        for step, ahead in product(steps, (False, True)):
            beside = _neighbours(grid, axis, step, ahead=ahead)
            best &= grid < beside
    return int(best.sum())


def _neighbours(grid: Floats, axis: int, step: int, *, ahead: bool) -> Floats:
    """Each cell's neighbour so many steps ahead or back, infinite beyond the edge."""
    beside = np.full(grid.shape, np.inf)
    here, there = [slice(None)] * grid.ndim, [slice(None)] * grid.ndim
    here[axis], there[axis] = slice(None, -step), slice(step, None)
    if not ahead:
        here, there = there, here
    beside[tuple(here)] = grid[tuple(there)]
    return beside
