"""How a problem is posed where that is not as usual; each setting is one field, option and key."""

from dataclasses import dataclass, fields, replace
from enum import StrEnum
from functools import cache
from typing import Any, Self, get_type_hints

from hpobench.errors import UserError, nearest


class Noise(StrEnum):
    """What becomes of a configuration that is asked for again in one run."""

    FIXED = "fixed"
    """It is answered as before: the run draws the noise once for each configuration."""
    FRESH = "fresh"
    """It is evaluated anew, with noise of its own, as in a laboratory."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """How a task is put to optimizers.

    What is as usual is no part of a task's id and definition. What is not stands behind the `@`
    of its id, by the name of the field.

    Attributes:
        noise: What becomes of a configuration that is asked for again.
        masked: Whether optimizers see neutral names instead of the task's own.
    """

    noise: Noise = Noise.FIXED
    masked: bool = False

    def unusual(self) -> dict[str, Any]:
        """By name those that are not as usual, as data that JSON can hold."""
        given = {field.name: (getattr(self, field.name), field.default) for field in fields(self)}
        return {name: value for name, (value, usual) in given.items() if value != usual}

    def texts(self) -> dict[str, str]:
        """By name those that are not as usual, as they stand behind the `@` of a task's id."""
        return {
            name: name if value is True else f"{name}={value}"
            for name, value in self.unusual().items()
        }

    def under(self, others: "Settings") -> Self:
        """These, but where the others are not as usual those."""
        return replace(self, **{name: getattr(others, name) for name in others.unusual()})

    def changed(self, **given: Any) -> Self:
        """These with some replaced by name; None leaves one as it is."""
        return replace(self, **{name: value for name, value in given.items() if value is not None})


USUAL = Settings()
"""All as usual."""

SETTINGS = tuple(field.name for field in fields(Settings))
"""The names of all settings."""


def as_usual(task_id: str) -> str:
    """The id of a task without its settings; other changes stay behind the `@`."""
    base, _, changes = task_id.partition("@")
    kept = [each for each in changes.split(",") if each and each.partition("=")[0] not in SETTINGS]
    return "@".join([base, *([",".join(kept)] if kept else [])])


def parse_setting(name: str, value: Any) -> Any:
    """The value of a setting, from data or from the text behind a task's `@`.

    Args:
        name: One of `Settings`.
        value: A member of its enumeration as text; of a flag a truth value, or empty for true.

    Raises:
        UserError: There is no such setting, or it takes no such value.
    """
    kinds = _kinds()
    if name not in kinds:
        raise UserError(f"no setting {name!r}{nearest(name, kinds)}")
    kind = kinds[name]
    if kind is bool:
        if value == "" or isinstance(value, bool):
            return value == "" or value
        raise UserError(f"{name} is true or false, not {value!r:.100}")
    if value in (known := list(kind)):
        return kind(value)
    raise UserError(f"{name} is one of {', '.join(known)}, not {value!r:.100}")


def parse_settings(given: Any) -> Settings:
    """Settings from a mapping of plain data, such as what `Settings.unusual` gave.

    Raises:
        UserError: It is no mapping, there is no such setting, or it takes no such value.
    """
    if not isinstance(given, dict):
        raise UserError(f"settings are a mapping, not {given!r:.100}")
    return Settings(**{name: parse_setting(name, value) for name, value in given.items()})


@cache
def _kinds() -> dict[str, Any]:
    """By name the type of each setting."""
    return get_type_hints(Settings)
