"""Tune here, evaluate there: what incumbents are worth elsewhere, and how the rankings agree."""

import json
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner
from scipy.stats import kendalltau

from hpobench.cli.transfer import command
from hpobench.errors import UserError
from hpobench.execution.construction import build
from hpobench.execution.runner import execute
from hpobench.run import Run
from hpobench.scoring.constants import load_constants
from hpobench.store import Store
from hpobench.system.folders import shipped_dir
from hpobench.task import Budget
from hpobench.transfer import Transfer, transfer
from hpobench.transfer.page import as_markdown, render_transfer
from hpobench.trial import Trial
from tests.driving import catalogue
from tests.unit.test_store import fill

OPTIMIZERS = ("random", "dehb/de", "regularized-evolution/small", "sobol")
SEEDS = 3
ORIGIN, TARGETS = "bbob/f03-d2-i1", ("bbob/f03-d2-i2", "bbob/f04-d2-i1")


@pytest.fixture(scope="module")
def runs() -> list[Run]:
    task = catalogue().task(ORIGIN).under(budget=Budget(15))
    variants = [catalogue().variant(name) for name in OPTIMIZERS]
    return [Run(task=task, variant=v, seed=seed) for v in variants for seed in range(SEEDS)]


@pytest.fixture(scope="module")
def results(runs: list[Run], tmp_path_factory: pytest.TempPathFactory) -> Path:
    return fill(tmp_path_factory.mktemp("runs") / "r", *map(execute, runs)).path


def transferred(results: Path, *targets: str) -> Transfer:
    references = load_constants([shipped_dir() / "tasks" / "constants"])
    return transfer(Store(results), references, catalogue(), origins=(), targets=targets)


@pytest.fixture(scope="module")
def found(results: Path) -> Transfer:
    return transferred(results, *TARGETS)


def test_what_a_run_ended_with_is_evaluated_elsewhere(runs: list[Run], found: Transfer) -> None:
    keys = ["optimizer", "seed", "target"]
    rows = {tuple(row[k] for k in keys): row for row in found.evaluations.to_dict("records")}
    assert len(rows) == len(OPTIMIZERS) * SEEDS * len(TARGETS)
    for run in runs:
        best = min(execute(run).records, key=lambda record: record.values)
        for target in TARGETS:
            row = rows[run.variant.id, run.seed, target]
            there = build(catalogue().task(target)).evaluate(Trial(config=dict(best.config)), 0)
            assert row["transfer_loss"] == there.value
            assert row["tuning_loss"] == pytest.approx(best.values[0])


def test_both_rankings_and_their_tau_are_of_the_mean_regrets(found: Transfer) -> None:
    means = found.evaluations.groupby("optimizer")[["tuning", "transfer"]].mean()
    tau = kendalltau(means["tuning"], means["transfer"]).statistic
    assert found.tau == pytest.approx(tau)
    assert found.low <= found.tau <= found.high
    ranking = found.ranking.set_index("optimizer")
    for name in ("tuning", "transfer"):
        expected = means[name].rank().to_dict()
        assert ranking[f"{name}_rank"].to_dict() == expected
    assert ranking["runs"].tolist() == [SEEDS * len(TARGETS)] * len(OPTIMIZERS)


def test_a_target_of_another_space_is_left_out_and_named(results: Path) -> None:
    found = transferred(results, TARGETS[0], "bbob/f03-d3-i1", "bbob-biobj/f01-d2-i1")
    assert set(found.evaluations["target"]) == {TARGETS[0]}
    several, other = found.notes
    assert several == "1 task with several objectives left out"
    assert "bbob/f03-d3-i1 does not share the space of bbob/f03-d2-i1" in other


def test_where_nothing_can_be_evaluated_it_says_why(results: Path) -> None:
    with pytest.raises(UserError, match="nothing can be evaluated elsewhere: bbob/f03-d3-i1 does"):
        transferred(results, "bbob/f03-d3-i1")


def test_the_page_and_the_markdown_say_what_the_frames_say(found: Transfer) -> None:
    for text in (render_transfer(found), as_markdown(found)):
        assert "tau between the rankings of 4 optimizers" in text
        assert all(name in text for name in (*OPTIMIZERS, *TARGETS))


def test_the_command_prints_json_and_writes_a_page(results: Path, tmp_path: Path) -> None:
    options = [str(results), "--to", TARGETS[0], "--json", "--output", str(tmp_path / "t")]
    done = CliRunner().invoke(command, options, standalone_mode=False)
    assert done.exception is None
    assert len(json.loads(done.stdout)["evaluations"]) == len(OPTIMIZERS) * SEEDS
    assert (tmp_path / "t" / "transfer.html").exists()


def test_a_limit_makes_no_other_data_and_what_breaks_it_counts_as_nothing(tmp_path: Path) -> None:
    """FCNet's networks of one data set, with and without a limit of their size."""
    own, limited, other = (
        f"fcnet/{name}"
        for name in ("naval_propulsion", "naval_propulsion-model_size-limited", "protein_structure")
    )
    task = catalogue().task(own).under(budget=Budget(4))
    runs = [Run(task=task, variant=catalogue().variant("random"), seed=seed) for seed in range(4)]
    path = fill(tmp_path / "r", *map(execute, runs)).path
    far = transferred(path, f"{other}-model_size-limited", limited)
    assert set(far.pairs["target"]) == {f"{other}-model_size-limited"}
    assert f"{limited} asks the same as {own}, which is not elsewhere" in far.notes
    table = build(catalogue().task(other))
    for row in far.evaluations.to_dict("records"):
        best = min(execute(runs[row["seed"]]).records, key=lambda record: record.values)
        size = table.evaluate(Trial(config=dict(best.config)), 0).values["model_size"]
        assert np.isfinite(row["transfer_loss"]) == (size <= 4900)
