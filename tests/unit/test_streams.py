"""The command line prints nothing that a terminal obeys."""

import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hpobench.cli.shared.streams import Legible, escaped

OBEYED = [*map(chr, range(32)), *map(chr, range(127, 160)), "\u202e", "\u200b", "\u2028"]


@pytest.mark.parametrize("char", [each for each in OBEYED if each not in "\n\t"])
def test_what_a_terminal_obeys_is_printed_as_an_escape(char: str) -> None:
    assert escaped(f"a{char}b") == f"a{ascii(char)[1:-1]}b"


@given(st.text())
def test_whatever_is_written_no_control_character_comes_out(text: str) -> None:
    raw = io.BytesIO()
    stream = Legible(raw, encoding="utf-8", errors="backslashreplace", newline="")
    assert stream.write(text) == len(text)
    stream.flush()
    assert not set(raw.getvalue().decode()) & (set(OBEYED) - set("\n\t"))


@given(st.text(st.characters(categories=["L", "M", "N", "P", "S", "Zs"])))
def test_words_and_lines_stay_as_they_are(text: str) -> None:
    assert escaped(f"{text}\n\t{text}") == f"{text}\n\t{text}"


def test_only_a_line_of_progress_is_erased() -> None:
    raw = io.BytesIO()
    stream = Legible(raw, encoding="utf-8")
    stream.erase_line()
    stream.write("\r\x1b[K")
    stream.flush()
    assert raw.getvalue() == b"\r\x1b[K\\r\\x1b[K"
