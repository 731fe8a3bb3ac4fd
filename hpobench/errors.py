"""What a user can mend; the command line prints it in one line and exits with code 2."""

from collections.abc import Iterable
from difflib import get_close_matches
from pathlib import Path

MAX_LISTED = 12
"""More names than this are looked up with `hpobench list`, not read in an error."""
MAX_NAME = 300
"""Longer ones are not compared: it would take for ever."""
MAX_MESSAGE = 500
"""Of what a file says is quoted no more."""


class UserError(Exception):
    """A mistake in the input, with a message that says how to mend it."""


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


def nearest(name: str, known: Iterable[str]) -> str:
    """Say which of the `known` names were probably meant, or where to look."""
    names = sorted(each for each in known if len(each) <= MAX_NAME)
    close = get_close_matches(name[:MAX_NAME], names, n=3, cutoff=0.5)
    if close:
        return ": did you mean " + " or ".join(repr(match) for match in close) + "?"
    if names and len(names) <= MAX_LISTED:
        return ": choose from " + ", ".join(names)
    return ""


def legible(text: str) -> str:
    """A text of unknown origin with escapes in the place of what a terminal would obey."""
    if text.isprintable():
        return text
    return "".join(char if char.isprintable() else ascii(char)[1:-1] for char in text)
