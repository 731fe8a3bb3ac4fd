"""Names as text: whatever they hold, spreadsheets, LaTeX and Markdown show it and obey nothing."""

import re
from functools import lru_cache

FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "\uff1d", "\uff0b", "\uff0d", "\uff20")
"""A spreadsheet takes a text that begins like this for a formula, and runs it.

Source:
    OWASP, CSV Injection.
"""

_LATEX = {
    "\\": r"\textbackslash{}",
    "{": r"\{",
    "}": r"\}",
    "$": r"\$",
    "&": r"\&",
    "#": r"\#",
    "%": r"\%",
    "_": r"\_",
    "^": r"\textasciicircum{}",
    "~": r"\textasciitilde{}",
    "<": r"\textless{}",
    ">": r"\textgreater{}",
    "|": r"\textbar{}",
    "`": r"\textasciigrave{}",
    '"': r"\char34{}",  # active in some languages of babel
}
_JOINED = re.compile(r"([-',])(?=\1)")
"""Two of these become one character."""

_MARKDOWN = re.compile(r"[\\`*_\[\]<>#|~$&:]|(?<=www)\.", re.IGNORECASE)
_HTML = {"<": "&lt;", ">": "&gt;", "&": "&amp;"}
_MENTION = re.compile(r"(?<!\w)@")

LATIN_1 = 0xFF
"""Beyond, a plain LaTeX knows no character."""

MEMORY = 4096
"""So many names are remembered with what became of them: tables repeat theirs."""

UNSET = "«»ÐÞðþ"
"""Nor does it know these, without another encoding of its fonts (T1)."""


def spreadsheet(value: object) -> object:
    """A cell that no spreadsheet takes for a formula: a quote goes before texts like one."""
    return f"'{value}" if isinstance(value, str) and value.startswith(FORMULA) else value


@lru_cache(MEMORY)
def escape_latex(text: str) -> str:
    """Text for LaTeX; what a plain installation cannot set becomes a question mark."""
    known = ("?" if ord(char) > LATIN_1 or char in UNSET else char for char in _one_line(text))
    plain = _JOINED.sub(r"\1{}", "".join(_LATEX.get(char, char) for char in known))
    return f"{{}}{plain}" if plain.startswith(("[", "*")) else plain  # else a line break's option


@lru_cache(MEMORY)
def escape_markdown(text: str) -> str:
    """Text for a cell of a Markdown table; mentions on hosting sites are broken up."""
    plain = _MARKDOWN.sub(_marked, _one_line(text))
    return _MENTION.sub("@<!-- -->", plain)


def _marked(found: re.Match[str]) -> str:
    """A character without its meaning; of HTML and tables as an entity, safe in any parser."""
    char = found.group()
    entities = _HTML | {"|": "&#124;"}
    return entities.get(char, f"\\{char}")


def _one_line(text: str) -> str:
    """The text without what moves on: white space is blank, control characters are marks."""
    blank = " ".join(text.split())
    return "".join(char if char.isprintable() else "?" for char in blank)
