"""What is exported and imported again is verified as if it had never left."""

from pathlib import Path

import pytest

from hpobench.store import Store
from tests.driving import catalogue
from tests.integration.commands import Hpobench

CATALOGUE = catalogue()

TASKS = ("mfh/hartmann3-good", "bbob/f01-d2-i1")
"""With a fidelity and without: each variant of one objective runs on one of them at least."""

SLOW = 500
"""Milliseconds of an ask and tell; slower variants are like quicker ones in what is stored."""


def quick() -> list[str]:
    """The variants that are installed here, alone in their environment or beside the others."""
    return [
        variant.id
        for variant in CATALOGUE.variants.values()
        if variant.ask_tell_ms < SLOW
        and not variant.environment
        and not variant.unset
        and not CATALOGUE.lacking(variant)
    ]


FORMS = {"csv": "o.csv", "parquet": "o.parquet", "carps": "o"}
"""By format what is exported."""


def stored(path: Path) -> set[str]:
    """The ids of a folder's runs."""
    return set(Store(path).runs(["run"]).column("run").to_pylist())


@pytest.mark.slow
def test_runs_of_every_variant_are_verified_after_a_round_trip(
    hpobench: Hpobench, tmp_path: Path
) -> None:
    names = [part for name in quick() for part in ("-o", name)]
    tasks = [part for name in TASKS for part in ("-t", name)]
    hpobench("run", *names, *tasks, "--budget", "evaluations=4", "--results", "r", code=None)
    ids = stored(tmp_path / "r")
    assert len(ids) >= len(quick())
    for form, path in FORMS.items():
        hpobench("results", "export", "r", "--format", form, "--output", path)
        hpobench("results", "import", path, "--format", form, "--results", form)
        assert stored(tmp_path / form) == ids
        done = hpobench("verify", form, "--all")
        assert f"{len(ids)} equal, 0 different" in done.stdout
