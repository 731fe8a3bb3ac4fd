"""Packages in the layout of OptunaHub's registry, made for the test."""

from pathlib import Path

import pytest

from hpobench.catalogue import Catalogue
from hpobench.execution.runner import execute
from hpobench.run import Run
from hpobench.task import Budget
from tests.driving import catalogue

SAMPLER = '''"""A sampler that takes the lower end, and then what its neighbour says."""

from optuna.samplers import RandomSampler

from .other import HALF


class LowSampler(RandomSampler):
    def sample_independent(self, study, trial, name, distribution):
        if trial.number == 0:
            return distribution.low
        if trial.number == 1:
            return HALF
        return super().sample_independent(study, trial, name, distribution)


class Unseeded(RandomSampler):
    def __init__(self):
        super().__init__()
'''

VARIANT = """adapter: hpobench.adapters.optuna:Optuna
library: optuna
capabilities: {types: [float]}
variants:
  low:
    description: a sampler in a folder beside this one
    options: {sampler: "registry.package.samplers.low:SAMPLER"}
"""


@pytest.fixture
def registry(tmp_path: Path) -> Path:
    package = tmp_path / "registry" / "package" / "samplers" / "low"
    package.mkdir(parents=True)
    (package / "__init__.py").write_text(SAMPLER)
    (package / "other.py").write_text("HALF = 0.5\n")
    (package / "README.md").write_text("---\ntitle: Low\n---\n")
    return tmp_path


def run_of(registry: Path, sampler: str) -> Run:
    """A run of a variant of the user's with a sampler of the package."""
    (registry / "optimizers").mkdir(exist_ok=True)
    (registry / "optimizers" / "hub.yaml").write_text(VARIANT.replace("SAMPLER", sampler))
    task = catalogue().task("bbob/f01-d2-i1").under(budget=Budget(4))
    return Run(task=task, variant=Catalogue([registry]).variant("hub/low"), seed=3)


def test_a_variant_of_the_users_runs_the_sampler_of_a_package(registry: Path) -> None:
    first, again = (execute(run_of(registry, "LowSampler")) for _ in range(2))
    assert not first.reason
    assert [r.config for r in first.records] == [r.config for r in again.records]
    assert list(first.records[0].config.values()) == [-5.0, -5.0]
    assert list(first.records[1].config.values()) == [0.5, 0.5]


def test_another_version_of_a_package_makes_other_runs(registry: Path) -> None:
    before = run_of(registry, "LowSampler").id
    other = registry / "registry" / "package" / "samplers" / "low" / "other.py"
    other.write_text("HALF = 0.25\n")
    assert run_of(registry, "LowSampler").id != before


@pytest.mark.parametrize(
    ("sampler", "complaint"),
    [
        ("LwSampler", "LwSampler"),
        ("Unseeded", "is no sampler that takes a seed"),
        ("HALF", "no sampler"),
    ],
)
def test_what_is_no_sampler_is_refused(registry: Path, sampler: str, complaint: str) -> None:
    assert complaint in execute(run_of(registry, sampler)).reason
