"""Numbers and nouns agree in what people read."""

from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest

from hpobench.cli.shared.subset_output import warn
from hpobench.run import Status
from hpobench.system.text import are, count
from tests.unit.results.conftest import Cli
from tests.unit.test_store import fill, trajectory


@pytest.mark.parametrize(
    ("number", "noun", "text"),
    [
        (0, "run", "0 runs"),
        (1, "run", "1 run"),
        (2000, "run", "2,000 runs"),
        (1, "family", "1 family"),
        (3, "family", "3 families"),
    ],
)
def test_a_number_with_its_noun(number: int, noun: str, text: str) -> None:
    assert count(number, noun) == text
    assert are(number) == ("is" if number == 1 else "are")


def test_one_run_is_one_run_in_every_command(tmp_path: Path, cli: Cli) -> None:
    path = tmp_path / "r"
    fill(path, trajectory(0), trajectory(1, status=Status.FAILED, reason="x"))
    merged = cli("results", "merge", path, tmp_path / "s").out
    assert "2 runs added" in merged
    removed = cli("results", "prune", tmp_path / "s", "--failed", "--yes").out
    assert removed.startswith("1 run:")
    assert "1 run removed." in removed
    listed = cli("results", "list", tmp_path / "s").out
    assert listed.startswith("1 run, 0 of them failed; ")
    table = tmp_path / "t.csv"
    exported = cli("results", "export", tmp_path / "s", "--format", "csv", "--output", table).out
    assert exported.startswith("1 run exported")
    imported = cli("results", "import", table, "--format", "csv", "--results", tmp_path / "i").out
    assert imported.startswith("1 run imported")


@pytest.mark.parametrize(("dropped", "words"), [(1, "1 task without"), (2, "2 tasks without")])
def test_a_subset_says_how_many_tasks_have_no_scale(dropped: int, words: str) -> None:
    losses = SimpleNamespace(shape=(3, 2, 2))
    candidates = SimpleNamespace(dropped=["t"] * dropped, held_out=range(99), losses=losses)
    (note,) = warn("", cast("Any", SimpleNamespace(candidates=candidates)))
    assert note == f"{words} a scale left out of the candidates"
