"""Every task of the catalogue takes part by existing: its benchmark keeps the interface's promises.

Of families of many like tasks (one entry of YAML with a large grid) a few take part.
"""

import json
import math
import os
import random
import subprocess
import sys
from collections import defaultdict
from collections.abc import Iterable, Iterator
from functools import lru_cache
from itertools import chain
from pathlib import Path

import numpy as np
import pytest

from hpobench import space
from hpobench.adapters.shared.define_by_run import define_by_run
from hpobench.benchmark import Benchmark
from hpobench.benchmarks.recorded.spec import Spec
from hpobench.catalogue import FUNCTION, lacking, load
from hpobench.errors import AbsentError
from hpobench.execution.construction import build as build_benchmark
from hpobench.system.folder_contents import anchored
from hpobench.system.folders import locate
from hpobench.task import Task
from hpobench.trial import Config, Outcome, Trial, Value, plain_value
from tests.driving import catalogue

LARGE, SAMPLE = 24, 3
"""Of an entry with more than LARGE tasks, SAMPLE take part."""

FITTED = "hpobench.benchmarks.surrogate:Surrogate"
"""Of these SAMPLE of a collection and kind take part: each fits a forest, which takes seconds."""

WIDE = 50
"""ConfigSpace takes milliseconds for a configuration of more hyperparameters."""


def sampled() -> Iterator[Task]:
    """All tasks of small entries, and some spread over each of the large ones."""
    entries = defaultdict(list)
    for task in catalogue().tasks.values():
        fitted = task.benchmark == FITTED
        alike = (task.collection, task.kind) if fitted else (task.dimension, task.types)
        entries[task.benchmark, *alike, () if fitted else task.objectives].append(task)
    for (benchmark, *_), tasks in entries.items():
        if len(tasks) <= (SAMPLE if benchmark == FITTED else LARGE):
            yield from tasks
        else:
            yield from (tasks[i * (len(tasks) - 1) // (SAMPLE - 1)] for i in range(SAMPLE))


def distinct(tasks: Iterable[Task]) -> list[Task]:
    """One task for each benchmark instance: kinds of task that share one evaluate alike."""
    return list({(task.benchmark, str(task.params)): task for task in tasks}.values())


def is_absent(task: Task) -> bool:
    """Whether the package or the file that a task needs is not on this machine."""
    if lacking(task):
        return True
    try:
        if "file" in task.params:
            params = anchored(dict(task.params), task.folder)
            locate(Spec.of({**params, "lookup": "nearest"}).file)
    except AbsentError:
        return True
    return False


SAMPLED = list(sampled())
ABSENT = {task.collection for task in SAMPLED if is_absent(task)}
TASKS = [task for task in SAMPLED if task.collection not in ABSENT or not is_absent(task)]
BENCHMARKS = distinct(TASKS)

every_task = pytest.mark.parametrize("task", TASKS, ids=lambda task: task.id)
every_benchmark = pytest.mark.parametrize("task", BENCHMARKS, ids=lambda task: task.id)
every_fidelity = pytest.mark.parametrize(
    "task", distinct(task for task in TASKS if task.fidelity), ids=lambda task: task.id
)
every_continuing = pytest.mark.parametrize(
    "task", distinct(task for task in TASKS if task.continues), ids=lambda task: task.id
)


@pytest.mark.parametrize("collection", sorted({task.collection for task in SAMPLED}))
def test_what_a_collection_needs_is_here(collection: str) -> None:
    if collection in ABSENT:
        pytest.skip(f"{collection} is not, or not whole, on this machine: it is to be downloaded")
    assert any(task.collection == collection for task in TASKS)


def build(task: Task) -> Benchmark:
    """A fresh instance."""
    return build_benchmark(task)


@lru_cache(maxsize=8)
def shared(target: str, params: str, folder: str) -> Benchmark:
    """An instance that tests may share, as a run's trials do."""
    benchmark: Benchmark = load(target, folder)(**anchored(json.loads(params), folder))
    return benchmark


def instance(task: Task) -> Benchmark:
    return shared(task.benchmark, json.dumps(dict(task.params)), task.folder)


def configs(task: Task, benchmark: Benchmark, *, most: int) -> list[Config]:
    """Random legal configurations; fewer where these or their evaluation are slow."""
    count = 3 if task.evaluate_ms >= 5 else max(3, most // 10) if task.dimension > WIDE else most
    benchmark.space.seed(1)
    return [space.plain_config(config) for config in benchmark.space.sample_configuration(count)]


def fidelities(benchmark: Benchmark) -> list[float]:
    """Across the range, as an optimizer that knows no integers might choose them."""
    declared = benchmark.fidelity
    assert declared is not None
    span = np.geomspace(declared.low, declared.high, 4).tolist()
    inner = [float(round(value)) if declared.integer else value for value in span[1:-1]]
    return [declared.low, *inner, declared.high]


def told(benchmark: Benchmark, outcome: Outcome) -> tuple[object, ...]:
    """All of an outcome that must repeat: everything, but for what is measured."""
    measured = {objective.name for objective in benchmark.objectives if objective.measured}
    values, test = (
        {name: value for name, value in each.items() if name not in measured}
        for each in (outcome.values, outcome.test)
    )
    return values, test, outcome.failure, dict(outcome.signals), dict(outcome.constraints)


@every_task
def test_a_task_declares_what_its_benchmark_is(task: Task) -> None:
    benchmark = instance(task)
    assert len(benchmark.space) == task.dimension
    assert space.types(benchmark.space) == task.types
    assert set(task.objectives) <= {objective.name for objective in benchmark.objectives}
    assert task.fidelity is None or task.fidelity == getattr(benchmark.fidelity, "name", None)
    assert benchmark.continues or not task.continues
    minimised = {each.name for each in benchmark.objectives if not each.maximize}
    measured = {each.name for each in task.measures} & minimised
    assert set(task.signals) <= {*benchmark.signals, *measured}
    assert task.description
    assert task.source
    assert task.licence


@every_benchmark
def test_a_benchmark_is_well_formed(task: Task) -> None:
    benchmark = instance(task)
    names = [objective.name for objective in benchmark.objectives]
    assert len(set(names)) == len(names) > 0
    assert len(set(benchmark.signals)) == len(benchmark.signals)
    assert benchmark.best.keys() <= set(names)
    assert all(math.isfinite(value) for value in benchmark.best.values())
    if benchmark.fidelity is not None:
        assert 0 < benchmark.fidelity.low < benchmark.fidelity.high < math.inf


@every_benchmark
def test_any_legal_configuration_has_finite_values_or_a_declared_failure(task: Task) -> None:
    benchmark = instance(task)
    names = [objective.name for objective in benchmark.objectives]
    for config in configs(task, benchmark, most=40):
        outcome = benchmark.evaluate(Trial(config=config), 5)
        assert list(outcome.values) == (names if outcome.ok else [])
        assert outcome.test.keys() <= outcome.values.keys()
        assert set(outcome.signals) == (set(benchmark.signals) if outcome.ok else set())
        if outcome.ok and benchmark.constraints is not None:
            assert tuple(outcome.constraints) == benchmark.constraints
        numbers = outcome.values, outcome.test, outcome.signals, outcome.constraints
        for value in chain.from_iterable(each.values() for each in numbers):
            assert type(value) is float
            assert math.isfinite(value)
        assert type(outcome.cost) is float
        assert 0 < outcome.cost < math.inf


@every_benchmark
def test_nothing_feasible_at_full_fidelity_is_better_than_the_best(task: Task) -> None:
    benchmark = instance(task)
    told = benchmark.best_told or benchmark.best
    for config in configs(task, benchmark, most=100) if benchmark.best else []:
        outcome = benchmark.evaluate(Trial(config=config), 6)
        scored = outcome.noiseless or outcome.values
        if outcome.feasible:  # of a benchmark's own constraints
            assert all(outcome.values[name] >= best for name, best in told.items())
            assert all(scored[name] >= best for name, best in benchmark.best.items())


@every_benchmark
def test_the_same_question_has_the_same_answer_to_the_bit(task: Task) -> None:
    """In a fresh instance, in another order, and whatever the global generators' states."""
    benchmark, fresh = instance(task), build(task)
    seed = 2**31 - 1
    low = benchmark.fidelity.low if benchmark.fidelity else None
    trials = [Trial(config=c, fidelity=low) for c in configs(task, benchmark, most=10)]
    first = [told(benchmark, benchmark.evaluate(trial, seed)) for trial in trials]
    random.seed(3)
    np.random.seed(3)  # noqa: NPY002
    states = random.getstate(), np.random.get_state()[1].tolist()  # type: ignore[index]  # noqa: NPY002
    again = [told(fresh, fresh.evaluate(trial, seed)) for trial in reversed(trials)][::-1]
    after = random.getstate(), np.random.get_state()[1].tolist()  # type: ignore[index]  # noqa: NPY002
    assert first == again == [told(benchmark, benchmark.evaluate(trial, seed)) for trial in trials]
    assert states == after


@every_benchmark
def test_only_a_task_that_says_it_is_noisy_answers_otherwise_under_another_seed(task: Task) -> None:
    if task.real_time or task.benchmark == FUNCTION:
        return  # whether it is noisy nobody knows
    benchmark = instance(task)
    levels = [None, benchmark.fidelity.low] if benchmark.fidelity else [None]
    answers = [
        {str(told(benchmark, benchmark.evaluate(Trial(config=c, fidelity=z), s))) for s in range(6)}
        for c in configs(task, benchmark, most=10)
        for z in levels
    ]
    differ = any(len(each) > 1 for each in answers)
    assert task.noisy or not differ
    if "seeds" not in task.params:  # in a table few configurations may have several
        assert differ == task.noisy


@every_benchmark
def test_a_configuration_is_read_by_name(task: Task) -> None:
    benchmark = instance(task)
    low = benchmark.fidelity.low if benchmark.fidelity else None
    (config, *_) = configs(task, benchmark, most=2)
    reverse = dict(reversed(list(config.items())))
    one, other = (benchmark.evaluate(Trial(config=c, fidelity=low), 1) for c in (config, reverse))
    assert told(benchmark, one) == told(benchmark, other)


@every_fidelity
def test_no_fidelity_means_the_highest(task: Task) -> None:
    benchmark = instance(task)
    assert benchmark.fidelity is not None
    (config, *_) = configs(task, benchmark, most=2)
    highest = Trial(config=config, fidelity=benchmark.fidelity.high)
    one, other = benchmark.evaluate(Trial(config=config), 2), benchmark.evaluate(highest, 2)
    assert told(benchmark, one) == told(benchmark, other)
    assert one.cost == other.cost or task.real_time


@every_fidelity
def test_fidelities_across_the_range_are_accepted_and_matter(task: Task) -> None:
    benchmark = instance(task)
    assert benchmark.fidelity is not None
    outcomes = [
        [benchmark.evaluate(Trial(config=config, fidelity=z), 2) for z in fidelities(benchmark)]
        for config in configs(task, benchmark, most=100)  # one in ten of MFB12's has an error
    ]
    assert all(0 < outcome.cost < math.inf for outcome in chain(*outcomes))
    assert any(told(benchmark, low) != told(benchmark, high) for low, *_, high in outcomes)
    cheap, dear = sum(low.cost for low, *_ in outcomes), sum(high.cost for *_, high in outcomes)
    assert cheap < dear or task.real_time  # which is by a clock


@every_fidelity
def test_whole_fidelities_may_come_as_floats(task: Task) -> None:
    benchmark = instance(task)
    assert benchmark.fidelity is not None
    if benchmark.fidelity.integer:
        (config, *_) = configs(task, benchmark, most=2)
        one, other = (benchmark.evaluate(Trial(config=config, fidelity=z), 4) for z in (3, 3.0))
        assert told(benchmark, one) == told(benchmark, other)


@every_continuing
def test_going_on_level_by_level_equals_one_training_to_the_bit(task: Task) -> None:
    """Each level in another instance, as in another process, and its cost is that of its part."""
    benchmark = instance(task)
    for config in configs(task, benchmark, most=3):
        checkpoint, paid = None, 0.0
        for level in fidelities(benchmark)[:3]:
            trial = Trial(config=config, fidelity=level)
            whole = benchmark.evaluate(trial, 7)
            outcome, checkpoint = build(task).advance(trial, 7, checkpoint)
            paid += outcome.cost
            assert told(benchmark, outcome) == told(benchmark, whole)
            assert task.real_time or paid == pytest.approx(whole.cost)
            if not outcome.ok:
                break
            assert type(checkpoint) is bytes


@every_continuing
def test_another_configuration_goes_on_from_a_checkpoint_the_same_way_each_time(
    task: Task,
) -> None:
    benchmark, fresh = instance(task), build(task)
    low, middle, *_ = fidelities(benchmark)
    first, second, *_ = configs(task, benchmark, most=3)
    begun, checkpoint = benchmark.advance(Trial(config=first, fidelity=low), 7, None)
    trial = Trial(config=second, fidelity=middle)
    answers = [each.advance(trial, 7, checkpoint) for each in (benchmark, fresh, benchmark)]
    assert begun.ok
    assert len({repr(told(benchmark, outcome)) for outcome, _ in answers}) == 1
    outcome = answers[0][0]
    assert list(outcome.values) == ([o.name for o in benchmark.objectives] if outcome.ok else [])
    heir = inheriting(benchmark, second, first)
    outcome, _ = benchmark.advance(Trial(config=heir, fidelity=middle), 7, checkpoint)
    assert not outcome.failure.startswith("ValueError"), "it cannot go on with what may be changed"


def inheriting(benchmark: Benchmark, config: Config, parent: Config) -> Config:
    """A configuration with those values of another that a state has been made with."""
    assert set(benchmark.inherited) <= set(benchmark.space)
    kept = {name: value for name, value in parent.items() if name in benchmark.inherited}
    known = {**parent, **config, **kept}

    def choose(name: str) -> Value:
        return known[name] if name in known else plain_value(benchmark.space[name].default_value)

    return define_by_run(benchmark.space, choose)


@every_benchmark
def test_nothing_is_printed_and_no_file_is_written(
    task: Task,
    capfd: pytest.CaptureFixture[str],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.chdir(tmp_path)
    benchmark = build(task)
    low = benchmark.fidelity.low if benchmark.fidelity else None
    for config in configs(task, benchmark, most=3):
        benchmark.evaluate(Trial(config=config, fidelity=low), 0)
    assert capfd.readouterr().out == ""
    assert list(tmp_path.iterdir()) == []


PROGRAM = """
import sys
from hpobench.execution.construction import build
from hpobench.space import plain_config
from hpobench.trial import Trial
from tests.driving import catalogue

tasks = catalogue().tasks
for name in sys.argv[1:]:
    benchmark = build(tasks[name])
    benchmark.space.seed(1)
    low = benchmark.fidelity.low if benchmark.fidelity else None
    steady = [objective.name for objective in benchmark.objectives if not objective.measured]
    for config in benchmark.space.sample_configuration(5):
        outcome = benchmark.evaluate(Trial(config=plain_config(config), fidelity=low), 3)
        both = [[each.get(n) for n in steady] for each in (outcome.values, outcome.test)]
        print(name, *both, outcome.failure)
"""


def test_answers_are_the_same_in_processes_with_other_hash_seeds() -> None:
    chosen: dict[str, Task] = {}
    for task in BENCHMARKS:
        if task.collection not in chosen:
            chosen[task.collection] = task
    names = [task.id for task in chosen.values()]

    def ask(seed: str) -> str:
        command = [sys.executable, "-c", PROGRAM, *names]
        env = {**os.environ, "PYTHONHASHSEED": seed}
        return subprocess.run(command, env=env, capture_output=True, text=True, check=True).stdout

    first = ask("1")
    assert len(first.splitlines()) == 5 * len(names)
    assert first == ask("2")
