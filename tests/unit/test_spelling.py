"""One spelling: British, but for optimizers, whose field writes them with a z."""

import ast
import io
import re
import tokenize
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.folders import CHECKOUT

PLACES = [
    *sorted((CHECKOUT / "hpobench").rglob("*.py")),
    *sorted((CHECKOUT / "docs").glob("*.md")),
    *(CHECKOUT / name for name in ("README.md", "CONTRIBUTING.md", "SECURITY.md", "CHANGELOG.md")),
]
STEMS = (
    *("analy", "categor", "character", "discret", "emphas", "general", "initial", "maxim", "minim"),
    *("normal", "organ", "parallel", "penal", "random", "recogn", "regular", "serial", "special"),
    *("standard", "summar", "synchron", "util", "vector", "visual"),
)
AMERICAN = re.compile(
    rf"\b((de|re|un)?({'|'.join(STEMS)})(i?z(e[ds]?|ing|ations?|ers?))"
    r"|colors?|behaviors?|favor\w*|honor\w*|centers?|centered|gray|neighbors?|neighboring"
    r"|label(ed|ing)|model(ed|ing)|cancel(ed|ing)|catalogs?|fulfill|optimis\w+)\b",
    re.IGNORECASE,
)
NAMES = re.compile(r"regularized[ -]evolution", re.IGNORECASE)
"""What somebody else has named so."""
CITED = re.compile(r"\b(19|20)\d\d\b")
"""A paragraph with a year names a paper, whose title is its authors'."""


def prose(path: Path) -> Iterator[str]:
    """The texts of a file that are written for people, without code."""
    text = path.read_text(encoding="utf-8")
    if path.suffix == ".md":
        yield re.sub(r"```.*?```", "", text, flags=re.DOTALL)
        return
    for node in ast.walk(ast.parse(text)):
        body = getattr(node, "body", None)
        for statement in body if isinstance(body, list) else ():
            match statement:
                case ast.Expr(value=ast.Constant(value=str(found))):
                    yield found
    for token in tokenize.generate_tokens(io.StringIO(text).readline):
        if token.type == tokenize.COMMENT:
            yield token.string


def american(text: str) -> list[str]:
    """The words that are spelled otherwise here; names of parameters are as they are."""
    paragraphs = re.split(r"\n\s*\n|\n(?=\s*[-*|])", text)
    plain = "\n".join(each for each in paragraphs if not CITED.search(each))
    plain = re.sub(r"`[^`]*`|\*\w+\*|\]\([^)]*\)|https?:\S+", "", NAMES.sub("", plain))
    plain = re.sub(r"^\s*\w+(, \w+)*:", "", plain, flags=re.MULTILINE)
    return [match.group() for match in AMERICAN.finditer(plain)]


def test_all_prose_is_spelled_alike() -> None:
    found = {
        path.relative_to(CHECKOUT).as_posix(): words
        for path in PLACES
        if (words := [word for text in prose(path) for word in american(text)])
    }
    assert not found


@pytest.mark.parametrize("text", ["the color of", "to normalize it", "Optimisation of", "analyzed"])
def test_the_lint_sees_the_other_spelling(text: str) -> None:
    assert american(text)


@pytest.mark.parametrize(
    "text",
    ["an optimizer", "`color`", "maximize: Whether", "Doe (2012), On Randomized Color", "Analyses"],
)
def test_the_lint_lets_names_and_titles_stand(text: str) -> None:
    assert not american(text)
