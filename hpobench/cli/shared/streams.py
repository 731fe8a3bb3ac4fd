"""What the command line prints, in which no terminal finds anything to obey."""

import io
import sys
import unicodedata
from collections.abc import Callable
from typing import TextIO

OBEYED = {"Cc", "Cf", "Zl", "Zp"}
"""Categories of Unicode: control and format characters, and separators of lines."""
ERASE = "\r\x1b[K"
"""Goes to the begin of the line and clears it."""


class Legible(io.TextIOWrapper):
    """A stream that writes escapes in the place of control characters, but for ends of lines."""

    def write(self, text: str, /) -> int:
        """Write a text of whatever origin."""
        super().write(escaped(text))
        return len(text)

    def erase_line(self) -> None:
        """Have the terminal clear the line that it is on."""
        super().write(ERASE)


def escaped(text: str) -> str:
    """A text, perhaps of several lines, with escapes in the place of what terminals obey."""
    if all(line.isprintable() for line in text.split("\n")):
        return text
    return "".join(ascii(char)[1:-1] if _is_obeyed(char) else char for char in text)


def _is_obeyed(char: str) -> bool:
    """Whether a terminal would act on a character."""
    return char not in "\n\t" and unicodedata.category(char) in OBEYED


def make_legible() -> None:
    """Let standard output and error write nothing that a terminal obeys."""
    sys.stdout = _legible(sys.stdout, errors="surrogateescape")  # a path may be no UTF-8
    sys.stderr = _legible(sys.stderr, errors="backslashreplace")


def redraw_if_watched() -> Callable[[str], None] | None:
    """`redraw` if somebody watches standard error as it is now, else None."""
    return redraw if sys.stderr.isatty() else None


def redraw(text: str) -> None:
    """Replace the last line of standard error, which is a terminal, by another."""
    if isinstance(sys.stderr, Legible):
        sys.stderr.erase_line()
    else:
        sys.stderr.write(ERASE)
    sys.stderr.write(text)
    sys.stderr.flush()


def _legible(stream: TextIO, *, errors: str) -> TextIO:
    """The same stream, legible; one that somebody has put in its place stays what it is."""
    if type(stream) is not io.TextIOWrapper:
        return stream
    encoding, buffered = stream.encoding, stream.line_buffering
    stream.flush()
    return Legible(stream.detach(), encoding=encoding, errors=errors, line_buffering=buffered)
