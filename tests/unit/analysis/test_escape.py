"""Hostile names in LaTeX and Markdown, read back by a tokenizer and a parser of their own."""

import re
from collections.abc import Iterator

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from hpobench.analysis.frames import to_arrow
from hpobench.report import escape, table_files
from hpobench.report.highlights import Highlight
from tests.unit.analysis.payloads import PAYLOADS

SYMBOLS = {
    "textbackslash": "\\",
    "textasciicircum": "^",
    "textasciitilde": "~",
    "textless": "<",
    "textgreater": ">",
    "textbar": "|",
    "textasciigrave": "`",
    "char34": '"',
}
TOKEN = re.compile(r"\\([a-zA-Z]+(?:34)?)\{\}|\\([{}$&#%_])|(\{\})|(.)", re.DOTALL)


def typeset(text: str) -> Iterator[str]:
    """What LaTeX prints; any other command, brace or active character is an error."""
    for command, escaped, group, plain in TOKEN.findall(text):
        if command:
            yield SYMBOLS[command]
        elif escaped:
            yield escaped
        elif not group:
            assert plain not in '\\{}$&#%_^~<>|`"', (plain, text)
            yield plain


def shown(text: str) -> str:
    """A name on one line, with what cannot be printed as question marks."""
    return "".join(c if c.isprintable() else "?" for c in " ".join(text.split()))


def latin(text: str) -> str:
    return "".join("?" if ord(c) > 255 or c in "«»ÐÞðþ" else c for c in shown(text))


def test_there_are_enough_payloads() -> None:
    assert len(set(PAYLOADS)) == len(PAYLOADS) >= 50


@pytest.mark.parametrize("payload", PAYLOADS)
def test_latex_prints_the_name_and_obeys_nothing(payload: str) -> None:
    assert "".join(typeset(escape.escape_latex(payload))) == latin(payload)


@given(st.text())
def test_latex_prints_any_text(text: str) -> None:
    found = escape.escape_latex(text)
    assert "".join(typeset(found)) == latin(text)
    assert not found.startswith(("[", "*"))
    assert not re.search(r"--|''|,,|\n", found)


def html(table: str) -> str:
    return str(MarkdownIt("commonmark", {"html": True}).enable("table").render(table))


def cells(table: str) -> list[str]:
    """The contents of a table's body as HTML."""
    return re.findall(r"<td[^>]*>(.*?)</td>", html(table), re.DOTALL)


def unescaped(text: str) -> str:
    for entity, char in (("&lt;", "<"), ("&gt;", ">"), ("&quot;", '"'), ("&amp;", "&")):
        text = text.replace(entity, char)
    return text


@pytest.mark.parametrize("payload", PAYLOADS)
def test_markdown_shows_the_name_in_its_cell_and_obeys_nothing(payload: str) -> None:
    frame = pd.DataFrame({"name": [payload, "next"], "number": [1.5, 2.5]})
    first, number, second, _ = cells(table_files.markdown_table(frame))
    text = first.replace("<!-- -->", "")
    assert "<" not in text
    assert unescaped(text) == shown(payload)
    assert (number, second) == ("1.50", "next")


@given(st.text(alphabet=st.characters(codec="utf-8"), max_size=30))
def test_markdown_shows_any_text_in_one_cell(text: str) -> None:
    found = cells(table_files.markdown_table(pd.DataFrame({"a": [text], "b": ["end"]})))
    assert len(found) == 2
    assert "<" not in found[0].replace("<!-- -->", "")


def test_nobody_is_called_by_a_name() -> None:
    assert "@everyone" not in escape.escape_markdown("@everyone")
    assert escape.escape_markdown("toy/t@trials=9") == "toy/t@trials=9"


def test_hostile_columns_are_escaped_like_cells() -> None:
    frame = pd.DataFrame([[1.0] * len(PAYLOADS)], columns=PAYLOADS)
    heading = table_files.latex_table(frame).splitlines()[3]
    assert "".join(typeset(heading.removesuffix(r" \\").replace(" & ", "")))
    columns = table_files.harmless(to_arrow(frame)).column_names
    assert not any(name.startswith(escape.FORMULA) for name in columns)
    assert len(cells(table_files.markdown_table(frame))) == len(PAYLOADS)


def test_a_table_is_set_with_rules_and_marks() -> None:
    frame = pd.DataFrame({"who": ["a_b", "c"], "regret": [0.123456, float("inf")], "n": [3, 4]})
    marked = {(0, "regret"): Highlight.BEST, (1, "regret"): Highlight.ALIKE}
    assert table_files.latex_table(frame, marked).splitlines() == [
        "% needs: booktabs",
        (
            "% Bold: the best. Italic: not significantly worse than it "
            "(level 0.05, Holm over the tests with it)."
        ),
        r"\begin{tabular}{lrr}",
        r"\toprule",
        r"who & regret & n \\",
        r"\midrule",
        r"a\_b & \textbf{0.123} & 3 \\",
        r"c & \textit{$\infty$} & 4 \\",
        r"\bottomrule",
        r"\end{tabular}",
    ]
    assert table_files.markdown_table(frame, marked).splitlines()[2:4] == [
        r"| a\_b | **0.123** | 3 |",
        "| c | *∞* | 4 |",
    ]


def test_a_long_table_breaks_over_pages_and_repeats_its_heading() -> None:
    lines = table_files.latex_table(pd.DataFrame({"n": range(41)})).splitlines()
    assert lines[:2] == ["% needs: booktabs, longtable", r"\begin{longtable}{r}"]
    assert lines[4:6] == [r"\midrule", r"\endhead"]
