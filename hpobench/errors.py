"""What goes wrong, in words for people.

The command line prints a `UserError` in one line and exits with code 2.
"""

import os
import re
import traceback
from collections.abc import Iterable
from difflib import get_close_matches
from pathlib import Path

MAX_LISTED = 12
"""More names than this are looked up with `hpobench list`, not read in an error."""
MAX_NAME = 300
"""Longer ones are not compared: it would take for ever."""
MAX_MESSAGE = 500
"""Most characters of a file that a message quotes."""


MAX_WORDS = 1000
"""Most characters that are kept of an error's message."""
MAX_QUOTED = 300
"""The number of characters that are quoted of a value that is not what was expected."""

_ADDRESS = re.compile(r" at 0x[0-9a-f]+")
_ZEROS = re.compile(r"(?<![0-9])0+(?=[0-9])")
"""Those before a number."""


class RunError(Exception):
    """What makes a whole run fail: one of its parts broke the rules of its interface."""


class UserError(Exception):
    """A mistake in the input, with a message that says how to mend it."""


class ParameterError(UserError):
    """A mistake in a task's parameters, which knows where among them it stands.

    Attributes:
        fields: From the outermost in, such as `("rate", "low")`; an item of a list is a number.
    """

    def __init__(self, message: str, *fields: str | int) -> None:
        """Keep the place for whoever knows the file."""
        super().__init__(message)
        self.fields = fields


class AbsentError(UserError):
    """Something that a run needs is not on this machine: a file, a module, an environment."""


class FileError(UserError):
    """A file that cannot be used: names the file and, where known, the line."""

    def __init__(self, path: Path, message: str, *, line: int | None = None) -> None:
        """Join the place and what is wrong there."""
        name = legible(str(path))
        place = f"{name}:{line}" if line else name
        super().__init__(f"{place}: {message[:MAX_MESSAGE]}")


class UnknownNameError(UserError):
    """A name that does not exist, with the nearest ones that do."""

    def __init__(self, noun: str, name: str, known: Iterable[str]) -> None:
        """Suggest up to three of the `known` names that are close to `name`."""
        super().__init__(f"no {noun} {name!r}{nearest(name, known)}")


class RemoteError(Exception):
    """What went wrong in another process, told in full: its message needs no type and place."""


def describe_error(error: BaseException) -> str:
    """An error in one line, with its type and the place in the code that raised it."""
    place = traceback.extract_tb(error.__traceback__)[-1:]
    where = f" ({os.path.basename(place[0].filename)}:{place[0].lineno})" if place else ""  # noqa: PTH119
    words = one_line(error)
    return f"{type(error).__name__}{': ' if words else ''}{words}{where}"


def one_line(error: BaseException) -> str:
    """An error's message in one line; it may be endless, or the error fail at saying it.

    Where an object lies differs from run to run, and is left out: the same runs fail for the same
    reasons.
    """
    try:
        words = str(error)[:MAX_WORDS]
    except KeyboardInterrupt:
        raise
    except BaseException:  # noqa: BLE001 (whatever it is)
        words = "it cannot say what"
    return legible(" ".join(_ADDRESS.sub("", words).split()))


def quoted(value: object, most: int = MAX_QUOTED) -> str:
    """Whatever somebody gave, as far as it can be quoted, without where in memory it lies."""
    try:
        text = _ADDRESS.sub("", repr(value))
    except KeyboardInterrupt:
        raise
    except BaseException:  # noqa: BLE001 (whatever it is)
        text = f"something of type {type(value).__name__}"
    return legible(text if len(text) <= most else text[: most - 3] + "...")


def nearest(name: str, known: Iterable[str]) -> str:
    """Say which of the `known` names were probably meant, or where to look.

    First come those that are it but for capitals and zeros before numbers, as `f1` is `f01`; then
    those that go on after it, as `smac/blackbox` does after `smac`.
    """
    names = sorted(each for each in known if len(each) <= MAX_NAME)
    given = _plain(name[:MAX_NAME])
    plain = {each: _plain(each) for each in names}
    alike = [each for each in names if plain[each] == given]
    begun = (f"{given}/", f"{given}-")
    longer = sorted((each for each in names if plain[each].startswith(begun)), key=len)
    similar = get_close_matches(name[:MAX_NAME], names, n=3, cutoff=0.5)
    if close := list(dict.fromkeys([*alike, *longer, *similar]))[:3]:
        return ": did you mean " + " or ".join(repr(match) for match in close) + "?"
    if names and len(names) <= MAX_LISTED:
        return ": choose from " + ", ".join(names)
    return ""


def _plain(name: str) -> str:
    """A name without what is easily forgotten: capitals, and zeros before numbers."""
    return _ZEROS.sub("", name.casefold())


def legible(text: str) -> str:
    """A text of unknown origin with escapes in the place of what a terminal would obey."""
    if text.isprintable():
        return text
    return "".join(char if char.isprintable() else ascii(char)[1:-1] for char in text)
