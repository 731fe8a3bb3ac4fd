"""Spaces in the terms of libraries that lack some of ConfigSpace's features."""

from collections.abc import Mapping
from copy import deepcopy
from typing import Any

from ConfigSpace import ConfigurationSpace
from ConfigSpace.conditions import Conjunction, InCondition
from ConfigSpace.forbidden import ForbiddenConjunction, ForbiddenRelation
from ConfigSpace.hyperparameters import (
    Constant,
    OrdinalHyperparameter,
    UniformIntegerHyperparameter,
)

from hpobench.trial import Value, plain_value


class Recoded:
    """A space without ordinals or without forbidden clauses.

    Args:
        original: The space to recode.
        lacking: `ordinal`: every ordinal becomes the integer position in its sequence, which
            keeps its order and its conditions, but forbidden clauses on it are left out.
            `forbidden`: all of them are left out. See `legal` for how to keep them all the same.

    Attributes:
        space: The recoded space; its hyperparameters have the names of the original's.
    """

    def __init__(self, original: ConfigurationSpace, *lacking: str) -> None:
        self._original = original
        self._sequences = {
            name: list(hyperparameter.sequence)
            for name, hyperparameter in original.items()
            if isinstance(hyperparameter, OrdinalHyperparameter) and "ordinal" in lacking
        }
        self.space = ConfigurationSpace()
        self.space.add(*map(self._hyperparameter, original.values()))
        self.space.add(*map(self._condition, original.conditions))
        if "forbidden" not in lacking:
            self.space.add(*map(deepcopy, filter(self._kept, original.forbidden_clauses)))

    def decode(self, config: Mapping[str, Any]) -> dict[str, Value]:
        """A configuration of the recoded space as one of the original, plain and in its order."""
        sequences = self._sequences
        return {
            name: plain_value(sequences[name][config[name]] if name in sequences else config[name])
            for name in self._original
            if name in config
        }

    def _code(self, hyperparameter: Any, value: Any) -> Any:
        """A value of an original hyperparameter as one of its namesake."""
        sequence = self._sequences.get(hyperparameter.name)
        return sequence.index(value) if sequence else value

    def _hyperparameter(self, old: Any) -> Any:
        """What stands for a hyperparameter of the original."""
        if old.name not in self._sequences:
            return old
        if old.size == 1:
            return Constant(old.name, 0)
        default = self._code(old, old.default_value)
        return UniformIntegerHyperparameter(old.name, 0, old.size - 1, default_value=default)

    def _condition(self, old: Any) -> Any:
        """A condition on the namesakes."""
        if isinstance(old, Conjunction):
            return type(old)(*map(self._condition, old.components))
        child, parent = self.space[old.child.name], self.space[old.parent.name]
        if isinstance(old, InCondition):
            return InCondition(child, parent, [self._code(old.parent, v) for v in old.values])
        return type(old)(child, parent, self._code(old.parent, old.value))

    def _kept(self, clause: Any) -> bool:
        """Whether a forbidden clause is about none of the recoded hyperparameters."""
        match clause:
            case ForbiddenConjunction():
                return all(map(self._kept, clause.components))
            case ForbiddenRelation():
                names = {clause.left.name, clause.right.name}
            case _:
                names = {clause.hyperparameter.name}
        return self._sequences.keys().isdisjoint(names)
