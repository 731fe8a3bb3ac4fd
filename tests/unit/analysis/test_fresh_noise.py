"""A configuration that is asked for again draws its noise again, and counts by its mean."""

from collections import defaultdict

import numpy as np
import pytest

from hpobench.execution.construction import build, pose
from hpobench.execution.runner import execute
from hpobench.run import Run, Trajectory
from hpobench.scoring.repeats import fronts_of_means
from hpobench.scoring.trials import Trials, describe_task
from hpobench.scoring.valuation import valued
from hpobench.settings import Noise, Settings
from hpobench.task import Budget, Task
from hpobench.trial import Record, Trial
from tests.driving import catalogue

FRESH = Settings(noise=Noise.FRESH)


def executed(name: str, optimizer: str, settings: Settings = FRESH, trials: int = 30) -> Trajectory:
    task = catalogue().task(name).under(budget=Budget(trials), settings=settings)
    found = execute(Run(task=task, variant=catalogue().variant(optimizer), seed=1))
    assert not found.reason
    return found


def by_config(records: list[Record]) -> dict[str, list[Record]]:
    found = defaultdict(list)
    for record in records:
        found[str(sorted(record.config.items()))].append(record)
    return found


def test_the_same_configuration_draws_again_and_keeps_its_value_without_noise() -> None:
    found = executed("bbob-noisy/f101-d2-i1", "racing/three-each")
    for repeated in by_config(list(found.records)).values():
        assert len({record.values for record in repeated}) == 3
        assert len({record.noiseless for record in repeated}) == 1


def test_as_usual_the_same_configuration_has_the_same_answer() -> None:
    found = executed("bbob-noisy/f101-d2-i1", "racing/three-each", Settings())
    for repeated in by_config(list(found.records)).values():
        assert len({record.values for record in repeated}) == 1


def test_the_same_run_gives_the_same_draws_and_another_seed_others() -> None:
    first, second = (executed("bbob-noisy/f101-d2-i1", "racing/three-each") for _ in range(2))
    assert [record.values for record in first.records] == [r.values for r in second.records]
    other = execute(Run(task=first.run.task, variant=first.run.variant, seed=2))
    assert first.records[0].values != other.records[0].values


def test_a_training_that_goes_on_is_the_training_that_was_begun() -> None:
    """On a table with curves of several trainings, each level must be of the seed of the first."""
    task = catalogue().task("curves/boosting-banana-mf").under(settings=FRESH)
    run = Run(task=task, variant=catalogue().variant("asha"), seed=1)
    records = execute(run).records
    climbed = [group for group in by_config(list(records)).values() if len(group) > 1]
    assert climbed
    benchmark = build(task)
    for first, *later in climbed:
        seed = run.evaluation_seed(first.number)
        for record in later:
            again = benchmark.evaluate(question(record), seed)
            assert again.values[task.objectives[0]] == record.values[0]


def question(record: Record) -> Trial:
    return Trial(config=dict(record.config), fidelity=record.fidelity)


@pytest.mark.parametrize("optimizer", ["racing", "random"])
def test_an_incumbent_is_the_least_mean_and_counts_without_noise(optimizer: str) -> None:
    found = executed("bbob-noisy/f107-d2-i1", optimizer, trials=40)
    scored = valued(flat(found), None, without_noise=True).scored
    for end in range(len(found.records)):
        groups = by_config(list(found.records[: end + 1])).values()
        means = [(np.mean([record.values[0] for record in group]), group[0]) for group in groups]
        _, best = min(means, key=lambda pair: pair[0])
        assert scored[end] == best.noiseless[0]


def test_of_several_objectives_the_incumbents_are_the_front_of_the_means() -> None:
    records = [
        replaced(number, config, values)
        for number, (config, values) in enumerate(
            [("a", (0.0, 4.0)), ("b", (3.0, 3.0)), ("a", (4.0, 2.0)), ("b", (0.0, 0.0))]
        )
    ]
    task = catalogue().task("bbob-noisy/f101-d2-i1").under(settings=FRESH)
    trials = arrays(task, records)
    found = [(place, members.tolist()) for place, members in fronts_of_means(trials)]
    # a, then both, then the mean of a (2, 3) dominates b, then b's (1.5, 1.5) dominates a
    assert found == [(0, [0]), (1, [0, 1]), (2, [0]), (3, [1])]


def replaced(number: int, config: str, values: tuple[float, ...]) -> Record:
    noiseless = (float(ord(config)), 0.0)
    return Record(
        number,
        {"c": config},
        None,
        values,
        (),
        1.0,
        0,
        1,
        0,
        0,
        0,
        number + 1,
        "",
        noiseless=noiseless,
    )


def flat(found: Trajectory) -> Trials:
    return arrays(found.run.task, list(found.records))


def arrays(task: Task, records: list[Record]) -> Trials:
    """One run's trials as scoring has them."""
    vectors = np.array([record.values for record in records], dtype=float)
    count = len(records)
    return Trials(
        task=describe_task(task, pose(task, build(task))),
        runs=1,
        run=np.zeros(count, dtype=np.int64),
        number=np.arange(1, count + 1),
        vectors=vectors,
        test=np.full_like(vectors, np.nan),
        excesses=np.empty((count, 0)),
        measured=np.empty((count, 0)),
        noiseless=np.array([record.noiseless for record in records], dtype=float),
        full=np.ones(count, dtype=bool),
        used=np.linspace(0, 1, count),
        end=np.arange(count, dtype=float),
        overhead=np.zeros(count),
    )
