"""What a function written for Optuna is given in the place of a trial."""

from collections.abc import Sequence
from typing import Any

from hpobench.trial import Config, Value


class Suggestions:
    """Answers each `suggest_` by the configuration, whatever bounds are asked for.

    The bounds that count are those of the task's space.

    Args:
        config: The configuration that is evaluated.
        seed: The run's; its `number` is always 0, since trials do not know of each other.
    """

    number = 0

    def __init__(self, config: Config, seed: int) -> None:
        self.params = dict(config)
        self.seed = seed
        self.user_attrs: dict[str, Any] = {}

    def suggest_float(self, name: str, *_: Any, **__: Any) -> float:
        """The value of a float."""
        return float(self._value(name))

    def suggest_int(self, name: str, *_: Any, **__: Any) -> int:
        """The value of an integer."""
        return int(self._value(name))

    def suggest_categorical(self, name: str, choices: Sequence[Any]) -> Any:
        """The value of a categorical: the choice that is equal to it, or is written like it."""
        value = self._value(name)
        return next((c for c in choices if c == value or str(c) == value), value)

    suggest_uniform = suggest_loguniform = suggest_discrete_uniform = suggest_float

    def report(self, value: float, step: int) -> None:
        """Nothing: the value that counts is returned."""

    def should_prune(self) -> bool:
        """Never, since what is returned is what is compared."""
        return False

    def set_user_attr(self, key: str, value: Any) -> None:
        """Kept until the trial's end."""
        self.user_attrs[key] = value

    def _value(self, name: str) -> Value:
        """The value of a hyperparameter.

        Raises:
            LookupError: The configuration has none of this name.
        """
        if name not in self.params:
            raise LookupError(
                f"the function asks for {name!r}, which the space has not, or where it is inactive"
            )
        return self.params[name]
