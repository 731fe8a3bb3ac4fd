"""The hyperparameters of optimization that these networks have in common."""

from typing import Any

from ConfigSpace import ConfigurationSpace, EqualsCondition, Float

from hpobench.benchmarks.learners.optimization import (
    QUARTERS,
    add_optimization_conditions,
    optimization_space,
)


def scheduled_optimization() -> dict[str, Any]:
    """Those of all networks, with two schedules more and what these need."""
    return {
        **optimization_space(),
        "schedule": ["constant", "cosine", "step", "warm-up", "piecewise"],
        "warm_up_share": Float("warm_up_share", (0.05, 0.5), default=0.2),
        **{name: Float(name, (1e-3, 10.0), log=True, default=0.3) for name in QUARTERS},
    }


def add_schedule_conditions(space: ConfigurationSpace) -> None:
    """Momentum only for SGD, and of each schedule what it needs."""
    add_optimization_conditions(space)
    space.add(EqualsCondition(space["warm_up_share"], space["schedule"], "warm-up"))
    for name in QUARTERS:
        space.add(EqualsCondition(space[name], space["schedule"], "piecewise"))
