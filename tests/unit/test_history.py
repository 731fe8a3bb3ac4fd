"""What is told of other data: never a task's own, the same each time, part of an identity."""

import json
from collections import defaultdict
from copy import deepcopy
from dataclasses import replace
from pathlib import Path

import pytest

from hpobench.catalogue import Catalogue
from hpobench.catalogue.siblings import siblings
from hpobench.environments.wire import pack_problem, unpack_problem
from hpobench.errors import FileError
from hpobench.execution.construction import build, pose
from hpobench.execution.history import with_history
from hpobench.run import Run
from hpobench.settings import Settings
from hpobench.space import draw_configs, violation
from hpobench.task import Problem, Task
from hpobench.trial import Trial
from tests.folders import write

FEW = 5


@pytest.fixture(scope="module")
def catalogue() -> Catalogue:
    return Catalogue()


def groups_of(catalogue: Catalogue) -> dict[tuple[str, str], list[Task]]:
    """The tasks that may have a history, by collection and group."""
    found: dict[tuple[str, str], list[Task]] = defaultdict(list)
    for task in catalogue.tasks.values():
        if task.history:
            found[task.collection, task.history.group].append(task)
    return found


def told(catalogue: Catalogue, name: str, quota: int = FEW) -> Task:
    return catalogue.told(catalogue.task(name).under(settings=Settings(history=quota)))


def problem_of(task: Task) -> Problem:
    return with_history(pose(task, build(task)), task)


def test_no_task_of_the_catalogue_has_its_own_data_among_its_sources(catalogue: Catalogue) -> None:
    """Told by the parameters, which decide what answers, and not by the names that YAML gives."""
    groups, found = groups_of(catalogue), 0
    for tasks in groups.values():
        for task in tasks:
            for source in siblings(task, tasks):
                assert source.params != task.params, (task.id, source.id)
                assert source.history
                assert source.history != task.history
                assert (source.objectives, source.fidelity) == (task.objectives, task.fidelity)
                found += 1
    assert len(groups) > 50
    assert found > 10_000


def test_tasks_that_stand_on_the_same_data_name_the_same_data(catalogue: Catalogue) -> None:
    """Error and loss, at one fidelity and at all, alone and with a second objective."""
    names: dict[tuple[str, str], set[str]] = defaultdict(set)
    for task in catalogue.tasks.values():
        if task.history:
            names[task.collection, json.dumps(task.params, sort_keys=True)].add(
                task.history.dataset
            )
    assert all(len(found) == 1 for found in names.values())
    assert len(names) < sum(1 for task in catalogue.tasks.values() if task.history)


@pytest.mark.parametrize(
    "name",
    [
        "rag-hpo/BioASQ-judged",
        "hpo-b/ranger-5965-10101",
        "yahpo-rbv2_svm/12",
        "lcbench-tables/sylvine",
    ],
)
def test_one_data_set_under_several_names_is_no_source(catalogue: Catalogue, name: str) -> None:
    same = {
        "rag-hpo/BioASQ-judged": {"BioASQ-Sampled-judged"},
        "hpo-b/ranger-5965-10101": {"ranger-5965-145836"},
        "yahpo-rbv2_svm/12": {"14", "16", "18", "22", "40979"},
        "lcbench-tables/sylvine": {"covertype"},
    }[name]
    task = catalogue.tasks[name]
    assert all(f"{task.collection}/{other}" in catalogue.tasks for other in same)
    sources = {source.id.partition("/")[2] for source in told(catalogue, name).sources}
    assert sources
    assert not sources & same


def test_no_source_answers_as_the_task_itself(catalogue: Catalogue) -> None:
    """A table under two names would: this finds a leak that no name tells."""
    checked = 0
    for name in (
        "fcnet",
        "lcbench-tables",
        "hpobench-mlp",
        "nasbench201",
        "nas-bench-graph",
        "curves",
    ):
        task = next(iter(catalogue.collection(name).values()))
        sources = told(catalogue, task.id).sources[:3]
        benchmark = build(task)
        configs = draw_configs(deepcopy(benchmark.space), 10, seed=0)
        own = [benchmark.evaluate(Trial(config=config), 1).values for config in configs]
        for source in sources:
            other = build(source)
            assert [other.evaluate(Trial(config=c), 1).values for c in configs] != own, source.id
            checked += 1
    assert checked > 12


def test_the_history_is_of_the_other_data_sets_and_legal_in_the_tasks_space(
    catalogue: Catalogue,
) -> None:
    task = told(catalogue, "hpobench-mlp/car")
    problem = problem_of(task)
    others = "australian blood_transfusion credit_g kc1 phoneme segment vehicle"
    assert [past.dataset for past in problem.history] == others.split()
    assert all(len(past.trials) == FEW for past in problem.history)
    for past in problem.history:
        assert all(not violation(problem.space, trial.config) for trial in past.trials)
    first, second, *_ = problem.history
    assert [t.config for t in first.trials] == [t.config for t in second.trials]
    assert [t.values for t in first.trials] != [t.values for t in second.trials]


def test_a_past_trial_holds_what_the_source_would_have_told(catalogue: Catalogue) -> None:
    past = problem_of(told(catalogue, "nasbench201/cifar10")).history[-1]
    source = build(catalogue.tasks[f"nasbench201/{past.dataset}"])
    for trial in past.trials:
        found = source.evaluate(Trial(config=trial.config), 0)
        recorded = {
            -source.evaluate(Trial(config=trial.config), seed).values["val_acc"]
            for seed in range(50)
        }
        assert found.ok
        assert -trial.values[0] in recorded


def test_a_multi_fidelity_task_is_told_of_the_highest_fidelity(catalogue: Catalogue) -> None:
    problem = problem_of(told(catalogue, "curves/boosting-banana-mf"))
    assert problem.fidelity
    levels = {trial.fidelity for past in problem.history for trial in past.trials}
    assert levels == {problem.fidelity.high}


def test_history_is_part_of_an_identity_and_its_sources_too(catalogue: Catalogue) -> None:
    plain = catalogue.task("hpobench-mlp/car")
    task, variant = told(catalogue, plain.id), catalogue.variant("random")
    assert task.id == f"hpobench-mlp/car@history={FEW}"
    assert catalogue.task(task.id) == task
    assert "known" not in plain.definition()
    fewer = replace(task, sources=task.sources[1:])
    assert told(catalogue, plain.id, FEW + 1).definition() != task.definition()
    ids = {Run(task=each, variant=variant, seed=0).id for each in (plain, task)}
    assert len(ids) == 2
    assert catalogue.told(fewer).known == task.known  # which the catalogue works out


def test_a_history_and_a_prior_cross_to_another_interpreter(catalogue: Catalogue) -> None:
    problem = problem_of(told(catalogue, "hpobench-mlp/car"))
    sent = json.loads(json.dumps(pack_problem(problem)))
    assert unpack_problem(sent).history == problem.history


TASKS = """
benchmark: hpobench.benchmarks.function:Function
params: {function: "known:f", space: {x: {type: float, low: 0, high: 1}}}
objectives: [y]
tasks:
  - id: "{data}"
    grid: {data: [a, b, c, d]}
    history: HISTORY
"""


@pytest.mark.parametrize(
    ("history", "wrong"),
    [
        ("{dataset: '{date}'}", "'date'"),
        ("{data: a}", "'dataset' is missing"),
        ("{dataset: '{data}', sets: []}", "unknown field 'sets'"),
        ("{dataset: '{data}', same: [a]}", "two or more names"),
        ("a", "expected a mapping"),
    ],
)
def test_a_wrong_group_is_refused_with_its_line(tmp_path: Path, history: str, wrong: str) -> None:
    folder = write(tmp_path, tasks__known_yaml=TASKS.replace("HISTORY", history))
    with pytest.raises(FileError, match=wrong):
        Catalogue([folder]).collection("known")


def test_names_of_one_data_set_are_one(tmp_path: Path) -> None:
    text = TASKS.replace("HISTORY", "{dataset: '{data}', same: [[a, c], [b, x]]}")
    tasks = Catalogue([write(tmp_path, tasks__known_yaml=text)]).collection("known")
    of = {
        name.partition("/")[2]: {
            each.id.partition("/")[2] for each in siblings(task, tasks.values())
        }
        for name, task in tasks.items()
    }
    assert of == {"a": {"b", "d"}, "b": {"a", "c", "d"}, "c": {"b", "d"}, "d": {"a", "b", "c"}}
