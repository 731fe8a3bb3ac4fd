"""The house is in order: rooms of a size to survey, each with its purpose; names and texts."""

import ast
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator
from itertools import pairwise
from pathlib import Path
from typing import NamedTuple

import pytest

PACKAGE = Path(__file__).parents[2] / "hpobench"
MODULES = sorted(PACKAGE.rglob("*.py"))
PACKAGES = sorted(path.parent for path in PACKAGE.rglob("__init__.py"))
TREES = {path: ast.parse(path.read_text()) for path in MODULES}
MOST_MODULES = 20
MOST_LINES = 300
FEWEST_WORDS = 4

PINNED = {
    "Pymoo": "the optimizer and the problem of one library; YAML names both, and ids hash the names"
}
"""Public classes of one name that stay, and why."""

ENTRANCES = {"main", "command"}
"""What a program or a subcommand begins with has this name in each of their modules."""

DENIALS = re.compile(r"\b(no|none|never|nothing|nobody|without|cannot)\b", re.IGNORECASE)
"""By one of these a package says what it does not do."""


class Text(NamedTuple):
    """A docstring, and where it stands."""

    place: str
    text: str


def where(path: Path, line: int) -> str:
    return f"{path.relative_to(PACKAGE.parent)}:{line}"


def docstrings() -> Iterator[Text]:
    for path, tree in TREES.items():
        for node in ast.walk(tree):
            body = getattr(node, "body", None)
            for statement in body if isinstance(body, list) else ():
                match statement:
                    case ast.Expr(value=ast.Constant(value=str(text))):
                        yield Text(where(path, statement.lineno), text)


def dangling(text: str) -> Iterator[str]:
    """The lines that begin with an "Of" that hangs on a word further up."""
    lines = text.strip().splitlines() or [""]
    yield from lines[:1] if re.match(r"Of\b", lines[0]) else []
    yield from (line for line in lines if re.match(r"\s+\*{0,2}\w[\w*, ]*: Of\b", line))
    for above, line in pairwise(lines):
        if re.fullmatch(r"\s*(Returns|Yields|Raises|Source):", above) and re.match(
            r"\s+Of\b", line
        ):
            yield line


def public_classes() -> dict[str, list[str]]:
    found: dict[str, list[str]] = defaultdict(list)
    for path, tree in TREES.items():
        for node in tree.body:
            if isinstance(node, ast.ClassDef) and not node.name.startswith("_"):
                found[node.name].append(where(path, node.lineno))
    return found


def public_functions() -> dict[str, list[str]]:
    found: dict[str, list[str]] = defaultdict(list)
    for path, tree in TREES.items():
        for node in tree.body:
            if isinstance(node, ast.FunctionDef) and not node.name.startswith("_"):
                found[node.name].append(where(path, node.lineno))
    return found


def repeated(names: Iterable[tuple[str, list[str]]]) -> dict[str, list[str]]:
    return {name: places for name, places in names if len(places) > 1}


@pytest.mark.parametrize("folder", PACKAGES, ids=lambda path: path.relative_to(PACKAGE).as_posix())
def test_no_folder_has_more_modules_than_can_be_surveyed(folder: Path) -> None:
    modules = [path.name for path in folder.glob("*.py") if path.name != "__init__.py"]
    assert len(modules) <= MOST_MODULES, sorted(modules)


def test_no_module_is_longer_than_can_be_read_at_once() -> None:
    lengths = {where(path, 1): len(path.read_text().splitlines()) for path in MODULES}
    assert not {place: length for place, length in lengths.items() if length > MOST_LINES}


@pytest.mark.parametrize(
    "folder", PACKAGES[1:], ids=lambda path: path.relative_to(PACKAGE).as_posix()
)
def test_every_package_says_what_it_is_for_and_what_it_never_does(folder: Path) -> None:
    text = ast.get_docstring(TREES[folder / "__init__.py"]) or ""
    sentences = [part for part in re.split(r"(?<=\.)\s+", text) if part]
    assert len(sentences) >= 2, text
    assert any(DENIALS.search(sentence) for sentence in sentences[1:]), text


def test_every_folder_of_modules_is_a_package() -> None:
    assert {path.parent for path in MODULES} == set(PACKAGES)


def test_no_public_class_name_means_two_things() -> None:
    assert set(repeated(public_classes().items())) == set(PINNED), repeated(
        public_classes().items()
    )


def test_no_public_function_name_means_two_things() -> None:
    found = repeated(public_functions().items())
    assert set(found) == ENTRANCES, {name: found[name] for name in set(found) - ENTRANCES}


@pytest.mark.parametrize("name", ["Choice", "Plan", "Evidence", "Job", "Table", "Run", "Outcome"])
def test_a_word_that_once_meant_several_things_means_one(name: str) -> None:
    assert len(public_classes().get(name, [])) <= 1


def test_docstrings_have_words_enough_to_say_something() -> None:
    short = [found for found in docstrings() if len(found.text.split()) < FEWEST_WORDS]
    assert not short


def test_no_docstring_begins_with_an_of_that_hangs_in_the_air() -> None:
    found = [(text.place, line) for text in docstrings() for line in dangling(text.text)]
    assert not found


@pytest.mark.parametrize(
    "text",
    [
        "Of the runs.",
        "What it is.\n\n    Attributes:\n        seeds: Of the runs.\n    ",
        "What it is.\n\n    Args:\n        a, b: Of the runs, in\n            seconds.\n    ",
        "What it is.\n\n    Returns:\n        Of each run one.\n    ",
    ],
)
def test_the_lint_sees_every_place_in_which_an_of_can_hang(text: str) -> None:
    assert list(dangling(text))


@pytest.mark.parametrize(
    "text",
    [
        "Office hours.",
        "What it is.\n\n    Attributes:\n        seeds: Seeds of the runs.\n    ",
        "What it is, and long.\n    Of which there are two.\n    ",
    ],
)
def test_the_lint_lets_an_of_stand_that_hangs_on_its_noun(text: str) -> None:
    assert not list(dangling(text))
