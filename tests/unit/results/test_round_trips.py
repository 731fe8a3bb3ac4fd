"""What is exported and imported again are the same runs, whatever optimizer made them."""

from dataclasses import replace
from pathlib import Path

import pytest

from hpobench.catalogue import Catalogue
from hpobench.optimizer import Variant
from hpobench.run import recompute_id
from hpobench.store import Store
from tests.unit.results.conftest import Cli
from tests.unit.test_store import fill, trajectory

VARIANTS = list(Catalogue().variants.values())


def test_a_row_holds_all_that_the_identity_of_its_run_needs(tmp_path: Path) -> None:
    made = trajectory(0)
    for i, variant in enumerate((*VARIANTS, replace(VARIANTS[0], code="0" * 32))):
        again = replace(made, run=replace(made.run, variant=variant))
        (row,) = fill(tmp_path / str(i), again).history().to_pylist()
        assert recompute_id(row) == row["run"] == again.run.id


@pytest.mark.parametrize("format_", ["csv", "parquet", "carps"])
def test_every_variant_comes_back_with_its_id(tmp_path: Path, format_: str, cli: Cli) -> None:
    made = trajectory(0)
    trajectories = [replace(made, run=replace(made.run, variant=v)) for v in VARIANTS]
    before = fill(tmp_path / "r", *trajectories)
    path = tmp_path / f"x.{format_}"
    cli("results", "export", before.path, "--format", format_, "--output", path)
    done = cli("results", "import", path, "--format", format_, "--results", tmp_path / "again")
    assert done.code == 0, done.err
    after = Store(tmp_path / "again").history()
    assert repr(after.to_pylist()) == repr(before.history().to_pylist())
    assert len(after) == len(VARIANTS)


def test_a_variant_with_an_environment_is_another_than_one_without() -> None:
    isolated: Variant = next(variant for variant in VARIANTS if variant.environment)
    assert "environment" in isolated.definition()


def test_an_import_of_another_tools_runs_comes_back_through_carps(tmp_path: Path, cli: Cli) -> None:
    table = tmp_path / "max.csv"
    lines = [
        f"random,t{i % 2},{i},{trial},{0.5 + trial / 8}" for i in range(4) for trial in range(3)
    ]
    table.write_text("\n".join(["optimizer,task,seed,trial,value.acc", *lines]))
    cli(
        "results",
        "import",
        table,
        "--format",
        "csv",
        "--maximize",
        "acc",
        "--results",
        tmp_path / "a",
    )
    cli("results", "export", tmp_path / "a", "--format", "carps", "--output", tmp_path / "o")
    done = cli(
        "results", "import", tmp_path / "o", "--format", "carps", "--results", tmp_path / "b"
    )
    assert done.code == 0, done.err
    first, second = (Store(tmp_path / name).history().to_pylist() for name in "ab")
    assert repr(first) == repr(second)
    assert len(first) == 4


def test_an_altered_log_is_refused_by_its_name(tmp_path: Path, cli: Cli) -> None:
    before = fill(tmp_path / "r", trajectory(0))
    cli("results", "export", before.path, "--format", "carps", "--output", tmp_path / "o")
    (log,) = (tmp_path / "o").rglob("trial_logs.jsonl")
    log.write_text(log.read_text().replace("1.0", "2.0"))
    done = cli(
        "results", "import", tmp_path / "o", "--format", "carps", "--results", tmp_path / "b"
    )
    assert done.code == 2
    assert "was altered since it was exported" in done.err
    assert not (tmp_path / "b").exists()
