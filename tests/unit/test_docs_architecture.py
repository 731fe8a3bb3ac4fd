"""docs/architecture.md and its neighbours say what is so: files, layers, terms, versions."""

import re
import tomllib

import pytest

import hpobench
from tests.folders import CHECKOUT

DOCS = CHECKOUT / "docs"
PAGE = (DOCS / "architecture.md").read_text(encoding="utf-8")
GLOSSARY = (DOCS / "glossary.md").read_text(encoding="utf-8")
PATHS = sorted(set(re.findall(r"`((?:hpobench|tasks|optimizers)/[\w/.-]*)`", PAGE)))
TERMS = re.findall(r"^\*\*([^*]+)\*\* - ", GLOSSARY, re.MULTILINE)


def project() -> dict[str, object]:
    found: dict[str, object] = tomllib.loads((CHECKOUT / "pyproject.toml").read_text())["tool"]
    return found


@pytest.mark.parametrize("path", PATHS)
def test_every_file_that_the_page_names_is_there(path: str) -> None:
    there = CHECKOUT / path
    assert there.is_dir() if path.endswith("/") else there.read_text(encoding="utf-8").strip()


def test_the_page_names_files_at_all() -> None:
    assert len(PATHS) > 30


def test_the_layers_of_the_page_are_those_that_are_enforced() -> None:
    linter = project()["importlinter"]
    assert isinstance(linter, dict)
    enforced = [set(layer.split(" | ")) for layer in linter["contracts"][0]["layers"]]
    table = PAGE.partition("## The layers")[2].partition("## Where")[0]
    shown = [
        set(re.findall(r"`(\w+)`", row.split("|")[1]))
        for row in table.splitlines()
        if row.startswith("| `")
    ]
    assert shown == enforced


def test_the_table_of_changes_has_every_row_that_newcomers_ask_for() -> None:
    table = PAGE.partition("## Where to change what")[2]
    for what in ("optimizer", "task", "statistic", "figure", "column", "export", "backend"):
        assert re.search(rf"^\| [^|]*{what}[^|]*\| .*`", table, re.MULTILINE), what


def test_every_term_is_defined_once_and_in_order() -> None:
    assert len(TERMS) > 60
    folded = [term.casefold() for term in TERMS]
    assert len(set(folded)) == len(folded)
    assert folded == sorted(folded)


@pytest.mark.parametrize(
    "term", ["checkpoint", "lineage", "metric", "origin", "recording", "signal", "verdict"]
)
def test_a_term_that_the_pages_use_is_defined(term: str) -> None:
    assert term in TERMS


@pytest.mark.parametrize("page", sorted(path.name for path in DOCS.glob("*.md")))
def test_links_between_pages_lead_somewhere(page: str) -> None:
    text = (DOCS / page).read_text(encoding="utf-8")
    for target in re.findall(r"\]\(([^)#\s]+?)(?:#[^)]*)?\)", text):
        if "://" not in target:
            assert (DOCS / target).exists(), target


def test_the_index_leads_to_every_page() -> None:
    index = (DOCS / "index.md").read_text(encoding="utf-8")
    pages = {path.name for path in DOCS.glob("*.md")} - {"index.md"}
    assert {page for page in pages if f"({page})" not in index} == set()


def test_the_version_is_that_of_the_newest_release_in_the_changelog_and_of_the_citation() -> None:
    changelog = (CHECKOUT / "CHANGELOG.md").read_text(encoding="utf-8")
    released = re.findall(r"^## (\d+\.\d+\.\d+) \((\d{4}-\d\d-\d\d)\)$", changelog, re.MULTILINE)
    citation = (CHECKOUT / "CITATION.cff").read_text(encoding="utf-8")
    version, date = released[0]
    assert version == hpobench.__version__
    assert f"\nversion: {version}\ndate-released: {date}\n" in citation
    assert "\n## Unreleased\n" in changelog


def test_hooks_before_a_commit_are_local_and_are_those_of_make_lint() -> None:
    hooks = (CHECKOUT / ".pre-commit-config.yaml").read_text(encoding="utf-8")
    assert set(re.findall(r"repo: (\S+)", hooks)) == {"local"}
    for tool in ("ruff check", "ruff format", "mypy", "lint-imports"):
        assert f"entry: .venv/bin/{tool}" in hooks
