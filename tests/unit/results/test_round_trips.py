"""What is exported and imported again are the same runs, whatever optimizer made them."""

from dataclasses import replace
from pathlib import Path

import pytest

from hpobench.catalogue import Catalogue
from hpobench.exchange.identity import identity
from hpobench.optimizer import Variant
from hpobench.store import Store
from tests.unit.results.conftest import Cli
from tests.unit.test_store import fill, trajectory

VARIANTS = list(Catalogue().variants.values())


def test_a_row_holds_all_that_the_identity_of_its_run_needs(tmp_path: Path) -> None:
    made = trajectory(0)
    for i, variant in enumerate((*VARIANTS, replace(VARIANTS[0], code="0" * 32))):
        again = replace(made, run=replace(made.run, variant=variant))
        (row,) = fill(tmp_path / str(i), again).history().to_pylist()
        assert identity(row) == row["run"] == again.run.id


@pytest.mark.parametrize("format_", ["csv", "parquet"])
def test_every_variant_comes_back_with_its_id(tmp_path: Path, format_: str, cli: Cli) -> None:
    made = trajectory(0)
    trajectories = [replace(made, run=replace(made.run, variant=v)) for v in VARIANTS]
    before = fill(tmp_path / "r", *trajectories)
    path = tmp_path / f"x.{format_}"
    cli("results", "export", before.path, "--format", format_, "--output", path)
    done = cli("results", "import", path, "--format", format_, "--results", tmp_path / "again")
    assert done.code == 0, done.err
    after = Store(tmp_path / "again").history()
    assert after.column("run").to_pylist() == before.history().column("run").to_pylist()
    assert len(after) == len(VARIANTS)


def test_a_variant_with_an_environment_is_another_than_one_without() -> None:
    isolated: Variant = next(variant for variant in VARIANTS if variant.environment)
    assert "environment" in isolated.definition()
