"""Weights that sum to one: which hyperparameters are such, and how a box stands for them."""

import math
from collections.abc import Mapping, Sequence
from copy import deepcopy
from typing import Any

import numpy as np
from ConfigSpace import ConfigurationSpace, UniformFloatHyperparameter

from hpobench.descriptions import WEIGHT
from hpobench.trial import Config, Value

SIMPLEX = WEIGHT
"""Where the ConfigSpace hyperparameter of a weight names its group: by its type in YAML."""

TOLERANCE = 1e-6
"""So far from 1 the weights of a simplex may sum: ConfigSpace rounds each to 13 decimals."""


def weight(name: str, group: str, count: int) -> UniformFloatHyperparameter:
    """A weight in [0, 1], whose default is the same as that of the others.

    Args:
        name: The hyperparameter's name.
        group: The weights with this name for their group sum to one.
        count: How many these are.
    """
    return UniformFloatHyperparameter(name, 0.0, 1.0, 1 / count, meta={SIMPLEX: group})


def group_of(hyperparameter: Any) -> str:
    """The simplex that a hyperparameter is a weight of, or empty."""
    return str((hyperparameter.meta or {}).get(SIMPLEX, ""))


def simplexes(space: ConfigurationSpace) -> dict[str, tuple[str, ...]]:
    """The weights of each simplex of a space, by its name; empty if there is none."""
    found: dict[str, tuple[str, ...]] = {}
    for name, hyperparameter in space.items():
        if group := group_of(hyperparameter):
            found[group] = (*found.get(group, ()), name)
    return found


def wrong_sum(space: ConfigurationSpace, config: Config) -> str:
    """Which weights of a configuration do not sum to one, in a sentence; or empty."""
    for group, names in simplexes(space).items():
        total = math.fsum(float(config[name]) for name in names)
        if abs(total - 1) > TOLERANCE:
            return f"the {len(names)} weights of the simplex {group!r} sum to {total:g}, not to 1"
    return ""


class SimplexSpace(ConfigurationSpace):
    """A space with simplexes, of which legal configurations are drawn, uniformly on each."""

    def sample_configuration(self, size: int | None = None) -> Any:
        """Draw as `ConfigurationSpace` does.

        Of as many independent numbers as there are weights the logarithms, divided by their
        sum, are uniform on the simplex: exponential variates.
        """
        drawn = super().sample_configuration(size)
        groups = [list(map(self.index_of.__getitem__, names)) for names in simplexes(self).values()]
        for config in drawn if isinstance(drawn, list) else [drawn]:
            vector = config.get_array()
            for places in groups:
                variates = -np.log1p(-np.clip(vector[places], 1e-300, 1 - 1e-12))
                vector[places] = variates / variates.sum()
        return drawn


def with_simplexes(space: ConfigurationSpace) -> ConfigurationSpace:
    """The same space, which draws what is legal where it has weights.

    ConfigSpace makes spaces that it reads of its own class, whatever they were written from.
    """
    if simplexes(space):
        space.__class__ = SimplexSpace
    return space


def break_stick(shares: Sequence[float]) -> list[float]:
    """One weight more than there are shares: each takes its part of what the others left.

    Where shares are uniform and independent, weights are uniform on the simplex: the i-th of k
    takes a part with the distribution Beta(1, k - i).

    Args:
        shares: Each in [0, 1].

    Source:
        Devroye (1986), Non-Uniform Random Variate Generation, chapter XI.4; Betancourt (2012),
        Cruising the Simplex, arXiv:1010.3436.
    """
    rest, weights = 1.0, []
    for left, share in zip(range(len(shares), 0, -1), shares, strict=True):
        kept = (1 - share) ** (1 / left)
        weights.append(rest * (1 - kept))
        rest *= kept
    return [*weights, rest]


def stick_shares(weights: Sequence[float]) -> list[float]:
    """The shares that `break_stick` makes these weights of.

    A share of nothing, where no rest is left for it, is 0.5.

    Args:
        weights: At least 0, of the sum 1.
    """
    shares = []
    for place, each in enumerate(weights[:-1]):
        rest, left = math.fsum(weights[place:]), len(weights) - 1 - place
        part = min(max(each / rest, 0.0), 1.0) if rest > 0 else 1 - 0.5 ** (1 / left)
        shares.append(1 - (1 - part) ** left)
    return shares


class SimplexBox:
    """A space with simplexes as one of which every point is legal.

    The last weight of each simplex is left out, and the others are shares of what those before
    them left, see `break_stick`. Everything else is as it was.

    Args:
        original: The space with simplexes.

    Attributes:
        space: The box; a copy of the original where that has no simplex.
    """

    def __init__(self, original: ConfigurationSpace) -> None:
        self._names, self._groups = tuple(original), simplexes(original)
        self.space = self._boxed(original) if self._groups else deepcopy(original)

    def _boxed(self, original: ConfigurationSpace) -> ConfigurationSpace:
        """The box: nothing depends on a weight, so that all else can be copied."""
        equal = {n: 1 / len(names) for names in self._groups.values() for n in names}
        shares = self._shares(equal)
        box = ConfigurationSpace()
        others, conditions, clauses = deepcopy(  # together, as they name each other
            (
                {name: each for name, each in original.items() if name not in equal},
                original.conditions,
                original.forbidden_clauses,
            )
        )
        made = {n: UniformFloatHyperparameter(n, 0.0, 1.0, s) for n, s in shares.items()} | others
        box.add([made[name] for name in original if name in made])
        box.add(conditions)
        box.add(clauses)
        return box

    def close(self, config: Config) -> dict[str, Value]:
        """A configuration of the original as one of the box."""
        shares = self._shares(config)
        weights = {name for names in self._groups.values() for name in names}
        return {n: shares.get(n, v) for n, v in config.items() if n in shares or n not in weights}

    def _shares(self, config: Mapping[str, Any]) -> dict[str, float]:
        """The shares that stand for a configuration's weights, by hyperparameter of the box."""
        found: dict[str, float] = {}
        for names in self._groups.values():
            shares = stick_shares([float(config[name]) for name in names])
            found |= dict(zip(names, shares, strict=False))
        return found

    def scaled(self, config: Config) -> dict[str, Value]:
        """A configuration of the original whose weights are divided by their sum."""
        found = dict(config)
        for names in self._groups.values():
            total = math.fsum(float(found[name]) for name in names)
            found |= {n: float(found[n]) / total if total else 1 / len(names) for n in names}
        return found

    def open(self, config: Mapping[str, Any]) -> dict[str, Any]:
        """A configuration of the box as one of the original; an illegal one stays as it is."""
        opened = dict(config)
        for names in self._groups.values():
            shares = [opened.get(name) for name in names[:-1]]
            if not all(isinstance(share, float) and 0 <= share <= 1 for share in shares):
                return dict(config)
            opened |= dict(zip(names, break_stick(shares), strict=True))  # type: ignore[arg-type]
        known = {name: opened.pop(name) for name in self._names if name in opened}
        return known | opened
