"""Names that every library can bear, for those that take names with dots and colons apart."""

from collections.abc import Iterable, Mapping
from typing import Any


def safe_names(hyperparameters: Iterable[Any]) -> dict[str, Any]:
    """The hyperparameters that can vary, by names that sort as they come."""
    free = (each for each in hyperparameters if each.size != 1)
    return {f"h{number:04}": hyperparameter for number, hyperparameter in enumerate(free)}


def restore_names(free: Mapping[str, Any], chosen: Mapping[str, Any]) -> dict[str, Any]:
    """What was chosen, by the space's own names."""
    return {hyperparameter.name: chosen[name] for name, hyperparameter in free.items()}
