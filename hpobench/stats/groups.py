"""The runs of each task and optimizer, which differ in their seeds alone, taken together."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Self

import numpy as np
import pandas as pd

from hpobench.scoring.means import mean, median
from hpobench.scoring.trials import Floats, Integers
from hpobench.stats.comparison import Comparison


@dataclass(frozen=True, slots=True, kw_only=True)
class Groups:
    """Runs sorted by task, optimizer and seed, in groups that share the first two.

    Attributes:
        names: One row for each group with its `kind`, `task` and `optimizer`.
        starts: Position of the first run of each.
        counts: Number of runs of each.
        index: The position of each group by its task and optimizer.
    """

    names: pd.DataFrame
    starts: Integers
    counts: Integers
    index: Mapping[tuple[str, str], int]

    @classmethod
    def of(cls, runs: pd.DataFrame) -> Self:
        """The groups of some sorted runs."""
        starts = np.flatnonzero(~runs.duplicated(["task", "optimizer"]).to_numpy())
        names = runs.iloc[starts][["kind", "task", "optimizer"]].reset_index(drop=True)
        keys = zip(names["task"], names["optimizer"], strict=True)
        return cls(
            names=names,
            starts=starts,
            counts=np.diff(np.append(starts, len(runs))),
            index={key: i for i, key in enumerate(keys)},
        )

    def mean(self, values: Floats) -> Floats:
        """The mean over the runs of each group; infinite where any is.

        Args:
            values: Shape (runs, ...).

        Returns:
            Shape (groups, ...).
        """
        return self._reduced(values, mean)

    def median(self, values: Floats) -> Floats:
        """The median over the runs of each group, NaN where any is; shapes as of `mean`."""
        return self._reduced(values, median)

    def _reduced(self, values: Floats, over: Callable[[Floats, int], Floats]) -> Floats:
        """What a function that reduces an axis gives for the runs of each group."""
        found = np.empty((len(self.starts), *values.shape[1:]))
        for count in np.unique(self.counts):
            chosen = np.flatnonzero(self.counts == count)
            rows = self.starts[chosen, None] + np.arange(count)
            found[chosen] = over(values[rows], 1)
        return found

    def compared(self, comparison: Comparison) -> Integers:
        """The groups that are compared, shape (optimizers, tasks)."""
        found = [
            [self.index[task, name] for task in comparison.tasks] for name in comparison.optimizers
        ]
        return np.array(found, dtype=np.int64).reshape(len(comparison.optimizers), -1)

    def strata(self, chosen: Integers, values: Floats) -> list[Floats]:
        """The values of the runs of some groups, those left out that have any undefined.

        Args:
            chosen: Positions of groups.
            values: Shape (runs, points).

        Returns:
            For each group an array of shape (runs of it, points).
        """
        found = (values[self.starts[i] : self.starts[i] + self.counts[i]] for i in chosen)
        return [stratum for stratum in found if np.isfinite(stratum).all()]
