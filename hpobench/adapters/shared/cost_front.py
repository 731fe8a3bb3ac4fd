"""The front of performance and cost, when configurations may have been tried more than once."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

CHEAP = 0.2
"""The front begins with the best of so large a share of the cheapest trials."""


@dataclass(slots=True)
class Group:
    """All successful trials of one configuration.

    Attributes:
        point: In the unit cube.
        scores: Negative values.
        costs: Seconds.
    """

    point: npt.NDArray[np.float64]
    scores: list[float] = field(default_factory=list)
    costs: list[float] = field(default_factory=list)

    @property
    def score(self) -> float:
        """The mean of all its scores."""
        return math.fsum(self.scores) / len(self.scores)

    @property
    def cost(self) -> float:
        """The mean of all its costs."""
        return math.fsum(self.costs) / len(self.costs)


def cheapest_front(groups: Sequence[Group], *, cautious: bool = True) -> list[Group]:
    """The groups that are better than all cheaper ones, by their cost.

    Args:
        groups: At least one.
        cautious: Whether a configuration that was tried once has to be better than the best trial
            of the one before, and not only than the mean; and whether the first is one that was
            tried more than once, if there is any.

    Source: `get_pareto_groups` and `get_pareto_groups_conservative` of
    github.com/imbue-ai/carbs.
    """
    limit = np.quantile([cost for group in groups for cost in group.costs], CHEAP)
    cheap = [group for group in groups if group.cost <= limit] or [min(groups, key=_cost)]
    confirmed = [group for group in cheap if len(group.scores) > 1]
    found = [max((cautious and confirmed) or cheap, key=lambda group: group.score)]
    for group in sorted(groups, key=_cost):
        once = cautious and len(group.scores) == 1
        bar = max(found[-1].scores) if once else found[-1].score
        if group.cost > limit and group.score > bar:
            found.append(group)
    return found


def _cost(group: Group) -> float:
    return group.cost
