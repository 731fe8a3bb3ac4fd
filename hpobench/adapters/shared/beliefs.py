"""What is believed of a space as probabilities, from which configurations can be drawn."""

from collections.abc import Mapping
from typing import Any

import numpy as np
from ConfigSpace import CategoricalHyperparameter, ConfigurationSpace

from hpobench.adapters.shared.define_by_run import define_by_run
from hpobench.adapters.shared.vectors import choices, position_of, value_at
from hpobench.prior import Belief
from hpobench.trial import Config, Value, plain_value

TRIES = 100
"""Draws before one beyond the range is put at its end."""


class Beliefs:
    """A normal distribution around each default, cut at the ends of its range.

    Of a categorical its default has the probability that is left by its width, and the other
    choices have equal shares of the rest. Of what nothing is believed all values are equally
    probable. Hyperparameters are independent.

    Args:
        space: What it is about.
        prior: By hyperparameter.
    """

    def __init__(self, space: ConfigurationSpace, prior: Mapping[str, Belief]) -> None:
        self._space, self._prior = space, prior

    def likeliest(self) -> Config:
        """The configuration of all defaults; the space's own where nothing is believed."""
        return define_by_run(self._space, self._default)

    def draw(self, rng: np.random.Generator) -> Config:
        """A configuration drawn at random; forbidden clauses need not be kept."""
        return define_by_run(self._space, lambda name: self._drawn(name, rng))

    def _default(self, name: str) -> Value:
        belief = self._prior.get(name)
        return belief.default if belief else plain_value(self._space[name].default_value)

    def _drawn(self, name: str, rng: np.random.Generator) -> Value:
        hyperparameter, belief = self._space[name], self._prior.get(name)
        if belief is None:
            return value_at(hyperparameter, rng.random())
        if isinstance(hyperparameter, CategoricalHyperparameter):
            listed = choices(hyperparameter) or [belief.default]
            return listed[rng.choice(len(listed), p=probabilities(listed, belief))]
        middle = position_of(hyperparameter, belief.default)
        return value_at(hyperparameter, _inside(middle, belief.width, rng))


def probabilities(listed: list[Value], belief: Belief) -> list[float]:
    """The probability of each choice of a categorical."""
    if len(listed) == 1:
        return [1.0]
    other = belief.width / (len(listed) - 1)
    return [1 - belief.width if value == belief.default else other for value in listed]


def _inside(middle: float, width: float, rng: np.random.Generator) -> float:
    """A normal deviate in [0, 1]."""
    x = middle
    for _ in range(TRIES):
        if 0 <= (x := rng.normal(middle, width)) <= 1:
            break
    return float(min(max(x, 0.0), 1.0))


def density(hyperparameter: Any, belief: Belief, vector: Any) -> Any:
    """How probable values are, up to a factor; 1 where a value is missing.

    Args:
        hyperparameter: One of the space's.
        belief: What is believed of it.
        vector: ConfigSpace's numbers of values: in [0, 1] of a range, else places in the list.
    """
    listed = choices(hyperparameter)
    if isinstance(hyperparameter, CategoricalHyperparameter):
        shares = np.array(probabilities(listed or [belief.default], belief))
        found = shares[np.nan_to_num(vector).astype(int)]
    else:
        middle = position_of(hyperparameter, belief.default)
        at = (vector + 0.5) / len(listed) if listed else vector
        found = np.exp(-0.5 * ((at - middle) / belief.width) ** 2)
    return np.where(np.isnan(vector), 1.0, found)
