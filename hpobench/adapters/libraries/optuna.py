"""Optuna's samplers, driven by its ask and tell."""

import warnings
from inspect import signature
from typing import Any

import optuna
from ConfigSpace import ConfigurationSpace
from ConfigSpace.hyperparameters import (
    CategoricalHyperparameter,
    Constant,
    IntegerHyperparameter,
    OrdinalHyperparameter,
)
from optuna.trial import TrialState

from hpobench.adapters.shared.define_by_run import define_by_run
from hpobench.adapters.shared.rejection_sampling import propose_legal
from hpobench.errors import UserError
from hpobench.optimizer import Optimizer, Signal
from hpobench.system.catalogue_folder import without_package
from hpobench.system.loading import load
from hpobench.task import Problem
from hpobench.trial import Config, Outcome, Trial, plain_value


class Optuna(Optimizer):
    """A study with one of `optuna.samplers`.

    Conditions are optuna's own, by define-by-run. A forbidden configuration is a pruned trial,
    which is what a sampler learns to avoid; one that failed is a failed trial, which it ignores.
    Constraints of which it is told are those of the trial.

    Args:
        sampler: Name of the class; or `module:Class` of one that is not optuna's, such as one of a
            package of OptunaHub that lies on this machine. It has to take a seed.
        options: Its arguments.
    """

    def __init__(self, problem: Problem, seed: int, *, sampler: str, **options: Any) -> None:
        optuna.logging.set_verbosity(optuna.logging.ERROR)
        self._space = problem.space
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", optuna.exceptions.ExperimentalWarning)
            chosen = sampler_class(sampler)(seed=seed, **options)
        directions = ["minimize"] * len(problem.objectives)
        # Hyperband's pruner chooses brackets by a hash of the name, which is random by default.
        self._study = optuna.create_study(
            directions=directions, sampler=chosen, study_name="hpobench"
        )
        for config in problem.initial:
            self._study.enqueue_trial(values_to_suggest(self._space, config))

    def ask(self) -> Trial | Signal:
        """The sampler's next proposal."""
        return propose_legal(self._space, self._propose, self._prune)

    def tell(self, trial: Trial, outcome: Outcome) -> None:
        """Tell the values and constraints, or that it failed."""
        for name, excess in outcome.constraints.items():
            trial.handle.set_constraint(name, excess)
        if outcome.ok:
            self._study.tell(trial.handle, outcome.vector)
        else:
            self._study.tell(trial.handle, state=TrialState.FAIL)

    def _propose(self) -> Trial:
        handle = self._study.ask()
        config = define_by_run(self._space, lambda name: suggest(handle, self._space[name]))
        return Trial(config=config, handle=handle)

    def _prune(self, trial: Trial, _: Outcome) -> None:
        self._study.tell(trial.handle, state=TrialState.PRUNED)


def sampler_class(name: str) -> Any:
    """The class of a sampler: one of optuna's, or another one by `module:Class`.

    Raises:
        UserError: There is none, or it takes no seed, so that no run could be repeated.
    """
    if ":" not in name:
        return getattr(optuna.samplers, name)
    cls = load(name)
    parameters = signature(cls).parameters.values() if isinstance(cls, type) else ()
    if not any(each.name == "seed" or each.kind is each.VAR_KEYWORD for each in parameters):
        raise UserError(f"{without_package(name)} is no sampler that takes a seed")
    return cls


def values_to_suggest(space: ConfigurationSpace, config: Config) -> dict[str, Any]:
    """What `suggest` is to be given by optuna to arrive at the configuration."""
    orders = {
        name: list(hyperparameter.sequence)
        for name, hyperparameter in space.items()
        if isinstance(hyperparameter, OrdinalHyperparameter)
    }
    return {n: orders[n].index(value) if n in orders else value for n, value in config.items()}


def suggest(trial: optuna.Trial, hyperparameter: Any) -> Any:
    """Let optuna choose a value.

    An ordinal is the position in its sequence, so that its order is known. A constant is no
    part of the search. Of a prior that is not uniform only the range is known.
    """
    match hyperparameter:
        case Constant():
            return plain_value(hyperparameter.value)
        case OrdinalHyperparameter(name=name, sequence=sequence):
            return plain_value(sequence[trial.suggest_int(name, 0, len(sequence) - 1)])
        case CategoricalHyperparameter(name=name, choices=choices):
            return plain_value(
                trial.suggest_categorical(name, [plain_value(choice) for choice in choices])
            )
        case IntegerHyperparameter(name=name, lower=lower, upper=upper, log=log):
            return trial.suggest_int(name, lower, upper, log=log)
        case _:
            low, high = hyperparameter.lower, hyperparameter.upper
            return trial.suggest_float(hyperparameter.name, low, high, log=hyperparameter.log)
