"""Arguments that the command line checks as it reads them, with the same limits."""

from collections.abc import Iterable
from typing import Any

from hpobench.catalogue.section import MAX_INTEGER
from hpobench.catalogue.sets import MAX_SEEDS, parse_seeds
from hpobench.errors import UserError, nearest

MOST_SEED = 2**31 - 1


def checked_seeds(given: Any) -> tuple[int, ...]:
    """Seeds, each once.

    Raises:
        UserError: There are none, or one is no whole number in [0, 2**31 - 1].
    """
    if isinstance(given, str):
        return parse_seeds(given)
    if not isinstance(given, Iterable):
        both = f"{given!r:.100}: [{given!r:.100}] is that seed, range({given!r:.100}) are so many"
        raise UserError(f"seeds are such as range(5), [0, 1] or '0:5', not {both}")
    found: dict[int, None] = {}
    for each in given:
        value = each.item() if hasattr(each, "item") else each
        if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value <= MOST_SEED:
            raise UserError(f"a seed is a whole number from 0 to 2**31 - 1, not {each!r:.100}")
        found[value] = None
        if len(found) > MAX_SEEDS:
            raise UserError(f"more than {MAX_SEEDS:,} seeds")
    if not found:
        raise UserError("which seeds? name some, such as range(5)")
    return tuple(found)


def checked_count(name: str, value: Any) -> int | None:
    """A number of something, or None.

    Raises:
        UserError: It is no whole number of at least 1.
    """
    if value is None:
        return None
    value = value.item() if hasattr(value, "item") else value  # numpy's integers count too
    if isinstance(value, bool) or not isinstance(value, int) or not 1 <= value <= MAX_INTEGER:
        raise UserError(f"{name} is a whole number from 1 to {MAX_INTEGER:,}, not {value!r:.100}")
    return value


def checked_seconds(name: str, value: Any) -> float:
    """A time of at least 0.

    Raises:
        UserError: It is none.
    """
    if isinstance(value, bool) or not isinstance(value, int | float) or not value >= 0:
        raise UserError(f"{name} is a number of seconds, at least 0, not {value!r:.100}")
    return float(value)


def checked_member(kinds: Any, name: str, value: Any) -> str:
    """One of the values that there are.

    Raises:
        UserError: It is another.
    """
    known = [str(kind) for kind in kinds]
    if value not in known:
        raise UserError(f"no {name} {value!r:.100}{nearest(str(value), known)}")
    return str(value)
