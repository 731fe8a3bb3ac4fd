"""Say how far work has come, where somebody watches: in a terminal, or in a notebook."""

import sys
from collections.abc import Callable
from typing import TextIO

WIDTH = 100
"""So long a line is overwritten by blanks: a notebook knows no command that erases."""


def in_notebook() -> bool:
    """Whether this session is a Jupyter kernel, whose output a person sees."""
    return "ipykernel" in sys.modules and type(sys.stdout).__module__.startswith("ipykernel")


def printer(*, watched: bool | None) -> Callable[[str], None]:
    """What prints a line: on standard output of a notebook, else on standard error.

    Args:
        watched: Whether anything is printed; None means if somebody watches.
    """
    if not _is_watched(watched):
        return lambda _: None
    return lambda text: print(text, file=_stream(), flush=True)


def redrawer(*, watched: bool | None) -> Callable[[str], None] | None:
    """What puts a line in the place of the one before; None if nobody watches."""
    if not _is_watched(watched):
        return None

    def redraw(text: str) -> None:
        stream = _stream()
        stream.write(f"\r{text[:WIDTH]:{WIDTH}}" if text else f"\r{'':{WIDTH}}\r")
        stream.flush()

    return redraw


def _is_watched(watched: bool | None) -> bool:  # noqa: FBT001 (handed on)
    return watched if watched is not None else in_notebook() or sys.stderr.isatty()


def _stream() -> TextIO:
    return sys.stdout if in_notebook() else sys.stderr
