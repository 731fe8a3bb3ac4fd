"""A space in Syne Tune's terms, and what it suggests as a configuration."""

from collections.abc import Mapping
from typing import Any

from ConfigSpace import ConfigurationSpace
from ConfigSpace.hyperparameters import (
    CategoricalHyperparameter,
    IntegerHyperparameter,
    OrdinalHyperparameter,
)
from syne_tune import config_space as domains

from hpobench.adapters.shared.define_by_run import define_by_run
from hpobench.adapters.shared.vectors import placed
from hpobench.trial import Config


def to_syne_tune_domain(hyperparameter: Any) -> Any:
    """A hyperparameter in the library's terms; a choice is its position, written as text."""
    match hyperparameter:
        case CategoricalHyperparameter(choices=choices):
            return domains.choice([str(position) for position in range(len(choices))])
        case OrdinalHyperparameter(sequence=sequence):
            return domains.randint(0, len(sequence) - 1)
    low, high, log = hyperparameter.lower, hyperparameter.upper, hyperparameter.log
    if isinstance(hyperparameter, IntegerHyperparameter):
        return domains.lograndint(low, high) if log else domains.randint(low, high)
    return domains.loguniform(low, high) if log else domains.uniform(low, high)


def active_config(space: ConfigurationSpace, suggested: Mapping[str, Any]) -> Config:
    """The configuration that was suggested, without what is inactive in it."""
    positions = {n: int(v) if isinstance(v, str) else v for n, v in suggested.items()}
    return define_by_run(space, lambda name: placed(space[name], positions))
