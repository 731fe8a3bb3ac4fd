"""Conditions for libraries in which a program asks for one value after the other."""

from collections.abc import Callable

import numpy as np
from ConfigSpace import ConfigurationSpace

from hpobench.trial import Value


def define_by_run(space: ConfigurationSpace, choose: Callable[[str], Value]) -> dict[str, Value]:
    """Choose a value for every hyperparameter that those before it make active.

    A space iterates over parents before their children.
    """
    if not space.conditions:
        return {name: choose(name) for name in space}
    config: dict[str, Value] = {}
    vector = np.full(len(space), np.nan)
    for name, hyperparameter in space.items():
        if all(c.satisfied_by_vector(vector) for c in space.parent_conditions_of[name]):
            config[name] = choose(name)
            vector[space.index_of[name]] = hyperparameter.to_vector(config[name])
    return config
