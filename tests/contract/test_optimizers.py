"""Every variant in the catalogue takes part by existing, and keeps the interface's promises."""

import json
import os
import random
import subprocess
import sys
import tempfile
import zlib
from collections.abc import Callable, Iterable
from copy import deepcopy
from dataclasses import replace
from functools import lru_cache
from pathlib import Path
from typing import Any
from unittest.mock import patch

import numpy as np
import pytest
from ConfigSpace import Categorical, ConfigurationSpace, Constant, OrdinalHyperparameter
from hypothesis import given, settings

from hpobench.catalogue import load
from hpobench.environments import environments_dir, obstacle
from hpobench.environments.installation import CACHE
from hpobench.execution.loop import trajectory
from hpobench.optimizer import Capabilities, Variant
from hpobench.randomness import seed_globals
from hpobench.settings import Prior, Settings
from hpobench.space import draw_configs
from hpobench.task import FEATURES, Budget, Constraint, Fidelity, Task
from hpobench.trial import Config, Outcome, Trial
from tests import PATIENCE
from tests.driving import (
    EPOCHS,
    catalogue,
    drive,
    effort,
    leaders,
    mixture,
    noise_of,
    patience,
    pose,
    reference,
    slow_twin,
    start,
    zoo,
)
from tests.installed import absent, installed
from tests.spaces import spaces

CHECKOUT = Path(__file__).parents[2]

CATALOGUE = catalogue()

LADDERS = {
    "whole epochs that are no power of eta": Fidelity(name="z", low=1, high=52, integer=True),
    "a share of the data": Fidelity(name="z", low=0.03, high=1.0),
    "a small least share": Fidelity(name="z", low=0.01, high=1.0),
    "two whole numbers": Fidelity(name="z", low=1, high=2, integer=True),
    "too narrow for a second rung": Fidelity(name="z", low=90, high=100),
}


EXTREMES: dict[str, Callable[[float], float]] = {
    "of both signs and as large as a float": lambda share: 1e308 if share > 0.5 else -1e308,
    "the largest of all": lambda share: sys.float_info.max if share > 0.1 else share,
    "exploding": lambda share: 10.0 ** (300 * share),
    "denormal": lambda share: 5e-324 * int(9 * share),
    "two plateaus far from 0": lambda share: -1e9 if share > 0.2 else 1e12,
    "all alike": lambda _: 1.0,
    "all alike and the largest": lambda _: sys.float_info.max,
}
"""Values, and in absolute terms costs, by a share in [0, 1] that the configuration decides on."""

no_hanging = pytest.mark.timeout(PATIENCE, method="thread")
"""Hypothesis takes the exception that the usual timeout raises for a finding, and goes on."""


def kin(variant: Variant) -> str:
    """What variants have in common that can share a process: their library, or that it is ours."""
    own = variant.environment
    return f"{variant.library or 'ours'} {' '.join(own.requirements) if own else ''}".strip()


VARIANTS = list(CATALOGUE.variants.values())
PRESENT = [variant for variant in VARIANTS if not absent(variant)]
QUICK = [variant for variant in PRESENT if not slow_twin(variant)]
"""Of several slow ones with one adapter the first alone; for what all do alike."""


def over(variants: Iterable[Variant]) -> pytest.MarkDecorator:
    """A test of each of the variants, whose environment is made if need be."""
    return pytest.mark.parametrize("variant", list(variants), ids=lambda v: v.id, indirect=True)


def handling(*types: str) -> list[Variant]:
    """The quick variants that handle spaces with all these features."""
    return [variant for variant in QUICK if set(types) <= variant.capabilities.types]


every_variant, every_quick = over(PRESENT), over(QUICK)


@pytest.fixture
def variant(request: pytest.FixtureRequest) -> Variant:
    """A variant that is installed when the test begins."""
    chosen: Variant = request.param
    if chosen.environment and not absent(chosen):
        installed(chosen)
    return chosen


@pytest.fixture(params=sorted(set(map(kin, PRESENT))))
def group(request: pytest.FixtureRequest) -> list[Variant]:
    """All variants of one library in one environment."""
    found = [variant for variant in PRESENT if kin(variant) == request.param]
    if found[0].environment:
        installed(found[0])
    return found


@pytest.fixture(autouse=True)
def scratch(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A working directory of its own, where temporary files go as well."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    return tmp_path


def several(variant: Variant) -> int:
    """As many objectives as it takes, three at the most."""
    return min(variant.capabilities.objectives or 3, 3)


def in_any_space(variant: Variant, check: Callable[[ConfigurationSpace], None]) -> None:
    """Check a property in random spaces; in fewer if the variant is slow or like another."""
    examples = max(1, min(15, int(0.15 * patience(variant) / variant.ask_tell_ms)))
    examples = examples if variant.id in leaders() else min(3, examples)

    @settings(max_examples=examples, derandomize=True, database=None)
    @given(spaces(variant.capabilities.types))
    def holds(space: ConfigurationSpace) -> None:
        check(space)

    holds()


@over(VARIANTS)
def test_what_a_variant_needs_is_here(variant: Variant) -> None:
    if reason := absent(variant):
        pytest.skip(reason)
    if variant.environment:
        assert not obstacle(variant)
    else:
        assert load(variant.adapter, variant.folder)


@every_variant
@no_hanging
def test_every_trial_is_legal_and_plain(variant: Variant) -> None:
    def check(space: ConfigurationSpace) -> None:
        problem = pose(variant, space, objectives=several(variant))
        asked = drive(start(variant, problem), problem, effort(variant))
        assert asked

    in_any_space(variant, check)


@over(handling("float"))
@no_hanging
def test_weights_that_sum_to_one_are_asked_of_whoever_handles_floats(variant: Variant) -> None:
    space = mixture(variant.capabilities.types)
    problem = pose(variant, space, objectives=several(variant))
    asked = drive(start(variant, problem), problem, effort(variant))
    assert asked


@over(variant for variant in QUICK if variant.capabilities.workers not in {1, 2, 3})
@no_hanging
def test_four_pending_trials_told_in_another_order_are_survived(variant: Variant) -> None:
    def check(space: ConfigurationSpace) -> None:
        problem = pose(variant, space, objectives=several(variant), workers=4)
        optimizer = start(variant, problem)
        assert drive(optimizer, problem, effort(variant), shuffle=random.Random(0))

    in_any_space(variant, check)


@every_quick
@pytest.mark.parametrize("fails", [lambda _: True, lambda n: n % 3 == 0, lambda n: n < 5])
def test_failures_are_survived(variant: Variant, fails: Callable[[int], bool]) -> None:
    problem = pose(variant, zoo(variant.capabilities.types), objectives=several(variant))
    succeeds = noise_of(problem)

    def answer(trial: Trial, number: int) -> Outcome:
        failed = Outcome(failure="diverged", cost=2.0)
        return failed if fails(number) else succeeds(trial, number)

    asked = drive(start(variant, problem), problem, effort(variant), answer=answer)
    assert len(asked) == effort(variant)


@every_quick
@no_hanging
@pytest.mark.parametrize("types", [FEATURES, ("float",)], ids=["mixed", "floats"])
def test_a_first_trial_that_fails_each_time_is_left_behind(
    variant: Variant, types: tuple[str, ...]
) -> None:
    """Some choose their algorithm by the space, and a sequential one waits for its tell."""
    space = zoo(variant.capabilities.types & set(types))
    problem = pose(variant, space, objectives=several(variant))
    succeeds = noise_of(problem)
    first: list[Config] = []

    def answer(trial: Trial, number: int) -> Outcome:
        first.extend([] if first else [trial.config])
        failed = Outcome(failure="loss is nan", cost=1.0)
        return failed if trial.config == first[0] else succeeds(trial, number)

    asked = drive(start(variant, problem), problem, effort(variant), answer=answer)
    assert len(asked) == effort(variant) or variant.family == "grid"  # which may be exhausted
    assert any(trial.config != first[0] for trial in asked), "asks for the same without an end"


@every_quick
@pytest.mark.filterwarnings("ignore::RuntimeWarning")  # of libraries' own arithmetic
@pytest.mark.parametrize("values", EXTREMES.values(), ids=EXTREMES)
def test_every_finite_value_and_cost_is_survived(
    variant: Variant, values: Callable[[float], float]
) -> None:
    problem = pose(variant, zoo(variant.capabilities.types), objectives=several(variant))
    names = [objective.name for objective in problem.objectives]

    def answer(trial: Trial, number: int) -> Outcome:
        share = (zlib.crc32(repr(sorted(trial.config.items())).encode()) + number) % 1000 / 999
        cost = abs(values(1 - share))
        return Outcome(values={name: values(share) for name in names}, cost=cost)

    asked = drive(start(variant, problem), problem, effort(variant), answer=answer)
    assert len(asked) == effort(variant)


@every_quick
def test_names_that_programs_use_themselves_are_borne(variant: Variant) -> None:
    """A hyperparameter may be named as an argument or an attribute of the library."""
    names = ("self", "seed", "config", "args", "f0", "loss", "epochs", "level", "a.b", "x:y")
    space = ConfigurationSpace(dict.fromkeys(names, (0.0, 1.0)))
    if "categorical" in variant.capabilities.types:
        space.add(Categorical("key", ["self", "seed"]))
    problem = pose(variant, space, objectives=several(variant))
    assert drive(start(variant, problem), problem, effort(variant))


@over(handling("constant"))
def test_a_space_of_one_constant_is_handled(variant: Variant) -> None:
    assert_handled_though_nothing_varies(variant, Constant("x", 3))


@over(handling("categorical"))
def test_a_space_of_one_choice_without_an_alternative_is_handled(variant: Variant) -> None:
    assert_handled_though_nothing_varies(variant, Categorical("x", ["fixed"]))


def assert_handled_though_nothing_varies(variant: Variant, only: Any) -> None:
    space = ConfigurationSpace()
    space.add(only)
    problem = pose(variant, space, objectives=several(variant))
    trials = int(min(150, max(5, patience(variant) / variant.ask_tell_ms)))  # beyond a first design
    asked = drive(start(variant, problem), problem, trials)
    assert asked
    assert all(trial.config == {"x": only.default_value} for trial in asked)


@lru_cache
def trajectory_of(name: str, seed: int) -> list[Any]:
    """The reference trajectory of a variant, found in this process."""
    return reference(CATALOGUE.variants[name], seed)


@every_variant
def test_the_same_seed_repeats_and_neither_draws_from_nor_minds_the_global_generators(
    variant: Variant,
) -> None:
    succeeds = noise_of(pose(variant, zoo(variant.capabilities.types)))

    def draws() -> tuple[float, float]:
        return random.random(), np.random.random()  # noqa: NPY002

    def answer(trial: Trial, number: int) -> Outcome:
        untouched = draws()
        seed_globals(last.pop())
        assert untouched == draws()
        last.append(number)
        seed_globals(number)
        return succeeds(trial, number)

    last = [11]
    if not variant.environment:
        load(
            variant.adapter, variant.folder
        )  # as a run does before it seeds: some draw as they load
    seed_globals(11)
    assert reference(variant, 1, answer) == trajectory_of(variant.id, 1)


@every_variant
def test_another_seed_asks_for_other_trials(variant: Variant) -> None:
    assert trajectory_of(variant.id, 1) != trajectory_of(variant.id, 2)


def test_another_process_repeats_them_in_silence_and_writes_nothing_outside(
    group: list[Variant], scratch: Path
) -> None:
    folders = {name: scratch / name for name in ("HOME", "TMPDIR", "cwd", "result")}
    for folder in folders.values():
        folder.mkdir()
    names = [variant.id for variant in group]
    result = folders["result"] / "trajectories.json"
    done = subprocess.run(
        [sys.executable, "-m", "tests.driving", "1", str(result), *names],
        cwd=folders["cwd"],
        env={
            **os.environ,
            "PYTHONHASHSEED": "4711",
            "PYTHONPATH": str(CHECKOUT),
            "HOME": str(folders["HOME"]),
            "TMPDIR": str(folders["TMPDIR"]),
            CACHE: str(environments_dir()),
            "MPLCONFIGDIR": str(environments_dir() / "matplotlib"),  # as runs have it
        },
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout == ""
    assert not [*folders["HOME"].rglob("*"), *folders["cwd"].rglob("*")]
    assert json.loads(result.read_text()) == {name: trajectory_of(name, 1) for name in names}


@over(variant for variant in PRESENT if variant.capabilities.fidelity)
@pytest.mark.parametrize("ladder", LADDERS.values(), ids=LADDERS)
def test_fidelities_stay_in_range_and_reach_the_highest(variant: Variant, ladder: Fidelity) -> None:
    problem = pose(variant, zoo(frozenset({"float"})), fidelity=ladder)
    problem = replace(problem, budget=Budget(5))
    asked = drive(
        start(variant, problem), problem, 300, until=lambda trial: trial.fidelity == ladder.high
    )
    assert asked[-1].fidelity == ladder.high


@over(variant for variant in QUICK if variant.capabilities.fidelity)
@pytest.mark.parametrize("workers", [1, 4])
def test_where_trials_go_on_they_go_on_from_what_can_be_continued(
    variant: Variant, workers: int
) -> None:
    """What names parents keeps to what can be, and gives up what it has no more use for."""
    if variant.capabilities.workers not in {0, workers}:
        pytest.skip("it handles fewer workers")
    posed = pose(variant, zoo(frozenset({"float"})))
    inherited = next(iter(posed.space))
    problem = replace(posed, continues=True, workers=workers, inherited=(inherited,))
    optimizer = start(variant, problem)
    asked = drive(optimizer, problem, effort(variant), shuffle=random.Random(0))
    parents = [trial.parent for trial in asked if trial.parent is not None]
    assert optimizer.names_parents or not parents
    assert optimizer.names_parents or not variant.capabilities.continues
    for trial in asked:
        if trial.parent is not None:
            assert trial.config[inherited] == asked[trial.parent].config[inherited]


class Read(dict[str, float]):
    """Numbers by name that note which of them are read."""

    def __init__(self, numbers: dict[str, float]) -> None:
        super().__init__(numbers)
        self.read: set[str] = set()

    def __getitem__(self, name: str) -> float:
        self.read.add(name)
        return super().__getitem__(name)

    def get(self, name: str, default: Any = None) -> Any:
        self.read.add(name)
        return super().get(name, default)


@over(variant for variant in QUICK if not variant.environment)
def test_of_signals_those_are_read_that_are_declared(variant: Variant) -> None:
    declared = variant.capabilities.signals
    problem = pose(variant, zoo(variant.capabilities.types), objectives=several(variant))
    answers = noise_of(problem)
    problem = replace(problem, signals=(*declared, "another"))
    signals = Read(dict.fromkeys(problem.signals, 1.0))

    def answer(trial: Trial, number: int) -> Outcome:
        return replace(answers(trial, number), signals=signals)

    drive(start(variant, problem), problem, effort(variant), answer=answer)
    assert signals.read == set(declared)


@over(variant for variant in QUICK if not variant.capabilities.fidelity)
def test_without_a_choice_of_fidelity_none_is_asked_for(variant: Variant) -> None:
    problem = replace(pose(variant, zoo(frozenset({"float"}))), fidelity=EPOCHS)
    asked = drive(start(variant, problem), problem, 5)
    assert {trial.fidelity for trial in asked} == {None}


@over(handling("categorical", "ordinal"))
def test_a_space_of_four_configurations_is_survived(variant: Variant) -> None:
    space = ConfigurationSpace()
    space.add(Categorical("a", ["x", "y"]), OrdinalHyperparameter("b", [1, 2]))
    problem = pose(variant, space, workers=1 if variant.capabilities.workers == 1 else 2)
    asked = drive(start(variant, problem), problem, 9)
    assert len({str(trial.config) for trial in asked}) > 1


@over(variant for variant in QUICK if variant.capabilities.initial)
@no_hanging
def test_it_begins_with_the_initial_design_it_is_given(variant: Variant) -> None:
    def check(space: ConfigurationSpace) -> None:
        initial = draw_configs(deepcopy(space), 4, seed=5)
        problem = pose(variant, space, objectives=several(variant), workers=2)
        problem = replace(problem, initial=initial, budget=Budget(5))
        asked = drive(start(variant, problem), problem, 5)
        assert tuple(trial.config for trial in asked[: len(initial)]) == initial

    in_any_space(variant, check)


@every_quick
def test_an_optimizer_is_told_no_test_values(variant: Variant) -> None:
    problem = replace(pose(variant, zoo(frozenset({"float"}))), budget=Budget(3))
    optimizer = start(variant, problem)

    def evaluate(trial: Trial) -> Outcome:
        return replace(noise_of(problem)(trial, 0), test={"f0": 123.0})

    with patch.object(optimizer, "tell", wraps=optimizer.tell) as tell:
        records = list(trajectory(optimizer, evaluate, problem))
    assert {record.test for record in records} == {(123.0,)}
    assert tell.call_count == len(records)
    assert all(not call.args[1].test for call in tell.call_args_list)


@every_variant
def test_what_is_not_declared_is_refused_with_a_reason(variant: Variant) -> None:
    able, task = variant.capabilities, suited(variant)
    assert able.obstacle(task) == ""
    beyond = refused(able, task)
    assert all(able.obstacle(each) for each in beyond), [able.obstacle(each) for each in beyond]


def suited(variant: Variant) -> Task:
    """A task that the variant declares to handle, with all that it declares."""
    able = variant.capabilities
    return Task(
        id="made/up",
        collection=next(iter(able.collections), "made"),
        benchmark="none:None",
        params={},
        objectives=("f0",),
        fidelity="z" if able.fidelity else None,
        budget=Budget(1),
        dimension=1,
        types=tuple(sorted(able.types)),
        continues=able.continues,
        signals=able.signals,
        settings=Settings(
            history=int("history" in able.knowledge),
            prior=Prior.GOOD if "prior" in able.knowledge else Prior.NONE,
        ),
        constraints=(Constraint(name="g"),) if able.constraints else (),
    )


def refused(able: Capabilities, task: Task) -> list[Task]:
    """The task made too hard, in each way that the capabilities leave."""
    shown = able.types | ({"simplex"} if "float" in able.types else set())
    beyond = [replace(task, types=(kind,)) for kind in FEATURES if kind not in shown]
    if able.fidelity:
        beyond.append(replace(task, fidelity=None))
    if able.objectives:
        beyond.append(replace(task, objectives=tuple(map(str, range(able.objectives + 1)))))
    if able.workers:
        beyond.append(replace(task, workers=able.workers + 1))
    if able.collections:
        beyond.append(replace(task, collection="another"))
    if not able.initial:
        beyond.append(replace(task, initial=1))
    lacking: list[dict[str, Any]] = [{"continues": False}, {"signals": ()}, {"constraints": ()}]
    lacking += [] if able.uninformed else [{"settings": Settings()}]
    poorer = [replace(task, **each) for each in lacking]
    return beyond + [each for each in poorer if each != task]
