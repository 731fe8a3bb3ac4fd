"""Neutral names for all that an optimizer is told, so that it cannot know a task by heart."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np
from ConfigSpace import ConfigurationSpace
from ConfigSpace.hyperparameters import CategoricalHyperparameter

from hpobench.execution.wrapping import Translating
from hpobench.history import PastTask
from hpobench.optimizer import Optimizer
from hpobench.prior import Belief
from hpobench.simplex import SIMPLEX, simplexes
from hpobench.space import exact_bounds, listed_values, set_exact_bounds
from hpobench.task import Objective, Problem
from hpobench.trial import Config, Outcome, Trial, Value, plain_value

_NAMES = ("name", "child", "parent", "left", "right")
"""Fields of a serialised space that name a hyperparameter."""

_VALUES = ("value", "values", "default_value", "choices", "sequence")
"""Fields of a serialised space that hold values of one."""


@dataclass(frozen=True, kw_only=True)
class Mask:
    """How the parts of a space are called in a masked problem.

    Attributes:
        names: By hyperparameter its neutral name.
        values: By hyperparameter, and of those that have names, by value its neutral name.
    """

    names: Mapping[str, str]
    values: Mapping[str, Mapping[Value, Value]]

    @classmethod
    def of(cls, space: ConfigurationSpace, seed: int) -> "Mask":
        """Neutral names: those of choices in an order of chance, all else in the space's order.

        What a hyperparameter of numbers can be stays, as does the place of a choice among the
        others, so that a search that reads no names is the same search.

        Args:
            space: What is to be masked.
            seed: Decides the order; in [0, 2**31 - 1].
        """
        rng = np.random.default_rng(seed)
        names = dict(zip(space, neutral_names("x", len(space)), strict=True))
        return cls(names=names, values={n: _neutral(hp, rng) for n, hp in space.items()})

    def problem(self, problem: Problem) -> Problem:
        """The problem with neutral names, of which nothing else is told."""
        fidelity = problem.fidelity and replace(problem.fidelity, name="z")
        names = neutral_names("y", len(problem.objectives))
        return replace(
            problem,
            space=self._space(problem.space),
            objectives=tuple(
                Objective(name=name, maximize=each.maximize, measured=each.measured)
                for name, each in zip(names, problem.objectives, strict=True)
            ),
            fidelity=fidelity,
            initial=tuple(self.hide(config) for config in problem.initial),
            context={},
            inherited=tuple(self.names[name] for name in problem.inherited),
            history=tuple(self._past(task, i) for i, task in enumerate(problem.history, start=1)),
            prior={self.names[n]: self._belief(n, b) for n, b in problem.prior.items()},
            constraints=tuple(neutral_names("g", len(problem.constraints))),
        )

    def _past(self, task: PastTask, number: int) -> PastTask:
        """What was tried on another task, in neutral names."""
        trials = tuple(replace(trial, config=self.hide(trial.config)) for trial in task.trials)
        return PastTask(dataset=f"d{number}", trials=trials)

    def _belief(self, name: str, belief: Belief) -> Belief:
        """What is believed of a hyperparameter, in neutral names."""
        return replace(belief, default=self.values[name].get(belief.default, belief.default))

    def hide(self, config: Config) -> Config:
        """A configuration in neutral names."""
        return {self.names[n]: self.values[n].get(v, v) for n, v in config.items()}

    def reveal(self, config: Config) -> Config:
        """A configuration in the task's own names; what has no meaning stays as it is."""
        revealed = {}
        for neutral, value in config.items():
            name, values = self._revealing.get(neutral, (neutral, {}))
            plain = plain_value(value)
            revealed[name] = values.get(plain, plain)
        return revealed

    @cached_property
    def _revealing(self) -> Mapping[str, tuple[str, Mapping[Value, Value]]]:
        """By neutral name the task's own, and by neutral value the task's own."""
        return {
            neutral: (name, {hidden: value for value, hidden in self.values[name].items()})
            for name, neutral in self.names.items()
        }

    def _space(self, space: ConfigurationSpace) -> ConfigurationSpace:
        """The space in neutral names, with the same conditions and clauses in the same order."""
        data = self._renamed({**space.to_serialized_dict(), "name": None}, "")
        bounds = {self.names[name]: bound for name, bound in exact_bounds(space).items()}
        masked = ConfigurationSpace.from_serialized_dict(data)
        groups = simplexes(space).values()
        for group, weights in zip(neutral_names("s", len(groups)), groups, strict=True):
            for name in weights:
                masked[self.names[name]].meta = {SIMPLEX: group}
        return set_exact_bounds(masked, bounds)

    def _renamed(self, data: Any, owner: str) -> Any:
        """A part of a serialised space in neutral names.

        Args:
            data: Fields, a list of such, or a leaf.
            owner: The hyperparameter whose values it holds, if it holds some.
        """
        if isinstance(data, list):
            return [self._renamed(item, owner) for item in data]
        if not isinstance(data, Mapping):
            return data
        owner = data.get("parent") or data.get("name") or owner
        return {field: self._field(field, value, owner) for field, value in data.items()}

    def _field(self, field: str, value: Any, owner: str) -> Any:
        if field == "meta":
            return None
        if field in _NAMES and value is not None:
            return self.names[value]
        if field not in _VALUES:
            return self._renamed(value, owner)
        known = self.values[owner]
        if isinstance(value, Sequence) and not isinstance(value, str):
            return [known.get(plain_value(each), each) for each in value]
        return known.get(plain_value(value), value)


class Masked(Translating):
    """An optimizer that sees neutral names, among others that see the task's own.

    Args:
        inner: Made for the masked problem.
        mask: What is called how.
        objectives: The names of those of the masked problem.
    """

    def __init__(self, inner: Optimizer, mask: Mask, objectives: Sequence[str]) -> None:
        super().__init__(inner)
        self._mask, self._objectives = mask, objectives

    def translate(self, config: Config) -> Config:
        """A configuration in the task's own names."""
        return self._mask.reveal(config)

    def tell(self, trial: Trial, outcome: Outcome) -> None:
        """Tell the inner optimizer, in neutral names; of a failure no more than that it is one."""
        values = dict(zip(self._objectives, outcome.values.values(), strict=False))
        failure = "it failed" if outcome.failure else ""
        limits = outcome.constraints.values()
        hidden = dict(zip(neutral_names("g", len(limits)), limits, strict=True))
        told = replace(outcome, values=values, failure=failure, constraints=hidden)
        super().tell(trial, told)


def neutral_names(letter: str, count: int) -> list[str]:
    """So many names, in their order when they are sorted: x1, or x01 to x12."""
    return [f"{letter}{i:0{len(str(count))}d}" for i in range(1, count + 1)]


def _neutral(hyperparameter: Any, rng: np.random.Generator) -> dict[Value, Value]:
    """By value the name in its place, of what can be named; numbers in an order stay."""
    values = listed_values(hyperparameter)
    names = neutral_names("c", len(values))
    if isinstance(hyperparameter, CategoricalHyperparameter):
        names = [names[place] for place in rng.permutation(len(names))]
    elif not any(isinstance(value, str) for value in values):
        return {}
    return dict(zip(values, names, strict=True))
