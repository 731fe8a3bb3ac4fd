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


class Prior(StrEnum):
    """The quality of the prior that optimizers are told."""

    NONE = "none"
    """They are told none."""
    GOOD = "good"
    """It comes from the best percent of random trials."""
    MEDIUM = "medium"
    """It comes from those between the best tenth and the best quarter."""
    BAD = "bad"
    """It comes from the worst percent: what is believed is wrong."""


USUAL_QUOTA = 500
"""Finished trials of each sibling of a task, where no other number is asked for."""

MOST_QUOTA = 10_000
"""More would be more than runs of these tasks have."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """How a task is put to optimizers.

    What is as usual is no part of a task's id and definition. What is not stands behind the `@`
    of its id, by the name of the field.

    Attributes:
        noise: What becomes of a configuration that is asked for again.
        masked: Whether optimizers see neutral names instead of the task's own.
        history: How many finished trials of each sibling of the task they are told; 0 is none.
        prior: The quality of the prior that they are told, if they are told one.
    """

    noise: Noise = Noise.FIXED
    masked: bool = False
    history: int = 0
    prior: Prior = Prior.NONE

    @property
    def informs(self) -> bool:
        """Whether optimizers are told something of the task before its first trial."""
        return self.history > 0 or self.prior is not Prior.NONE

    def unusual(self) -> dict[str, Any]:
        """By name those that are not as usual, as data that JSON can hold."""
        given = {name: getattr(self, name) for name in SETTINGS}
        return {name: value for name, value in given.items() if value != getattr(USUAL, name)}

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
"""A task as it is usually put."""

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
        value: A member of its enumeration as text; of a flag a truth value, or empty for true; of
            a count a number or its digits, or empty for the usual one.

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
    if kind is int:
        return _quota(name, value)
    if value in (known := list(kind)):
        return kind(value)
    raise UserError(f"{name} is one of {', '.join(known)}, not {value!r:.100}")


def _quota(name: str, value: Any) -> int:
    """A number of trials, or the usual one where nothing or `true` stands."""
    if value == "" or value is True:
        return USUAL_QUOTA
    text = str(value)
    if not (text.isascii() and text.isdigit() and len(text) <= len(str(MOST_QUOTA))):
        raise UserError(f"{name} is a number of trials such as {USUAL_QUOTA}, not {value!r:.100}")
    if int(text) > MOST_QUOTA:
        raise UserError(f"{name} is a number from 0 to {MOST_QUOTA:,}, not {text}")
    return int(text)


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
