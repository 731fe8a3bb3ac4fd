"""The commonest mistakes in classes of one's own are told with what was expected instead."""

from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from ConfigSpace import ConfigurationSpace

from hpobench.adapters.native.random_search import RandomSearch
from hpobench.benchmark import Benchmark
from hpobench.cli.run import command
from hpobench.errors import FileError, RunError, UserError
from hpobench.execution.loop import trajectory
from hpobench.execution.runner import build, legality, start
from hpobench.optimizer import Capabilities, Optimizer, Variant
from hpobench.task import Budget, Fidelity, Objective, Problem, Task
from hpobench.trial import Outcome, Trial

PROBLEM = Problem(
    space=ConfigurationSpace({"x": (0.0, 1.0)}),
    objectives=(Objective(name="loss"),),
    fidelity=None,
    budget=Budget(3),
)


class Answering(RandomSearch):
    """Asks whatever it is given."""

    answer: Any = None

    def ask(self) -> Any:
        return self.answer


class Plain:
    """Has the right methods and no base."""

    def __init__(self, problem: Problem, seed: int) -> None: ...

    def ask(self) -> Trial:
        return Trial(config={})

    def tell(self, trial: Trial, outcome: Outcome) -> None: ...


class OtherBase(Plain):
    """Has another base."""


class Untold(Optimizer):
    """Has no `tell`."""

    def __init__(self, problem: Problem, seed: int) -> None: ...

    def ask(self) -> Trial:
        return Trial(config={})


class Seedless(RandomSearch):
    """Takes no seed."""

    def __init__(self, problem: Problem) -> None: ...


def a_function(problem: Problem, seed: int) -> None:
    """Is no class."""


def started(name: str, **options: Any) -> Optimizer:
    variant = Variant(
        id="mine",
        family="mine",
        adapter=f"{__name__}:{name}",
        options=options,
        capabilities=Capabilities(types=frozenset({"float"})),
    )
    return start(variant, PROBLEM, 0, generators=0)


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("Plain", "Plain is no subclass of hpobench.optimizer.Optimizer$"),
        ("OtherBase", "of hpobench.optimizer.Optimizer; its base is .*Plain"),
        ("a_function", "is no subclass of hpobench.optimizer.Optimizer but <function a_function"),
        ("Untold", "Untold has no method 'tell'"),
        ("Seedless", r"cannot be called as \(problem, seed, \*\*options\) .*: too many positional"),
    ],
)
def test_a_class_that_is_no_optimizer_is_told_what_one_is(name: str, words: str) -> None:
    with pytest.raises(UserError, match=words):
        started(name)


def test_an_option_that_a_class_does_not_take_is_named() -> None:
    with pytest.raises(UserError, match=r"options \{'rate': 1\}: got an unexpected .* 'rate'"):
        started("Answering", rate=1)


@pytest.mark.parametrize("answer", [None, {"x": 0.5}, ({"x": 0.5}, None), "x"])
def test_what_ask_gives_is_quoted_beside_what_it_should(answer: Any) -> None:
    optimizer = Answering(PROBLEM, 0)
    optimizer.answer = answer
    with pytest.raises(RunError) as caught:
        list(trajectory(optimizer, lambda _: Outcome(values={"loss": 0.0}), PROBLEM))
    assert repr(answer) in str(caught.value)
    assert "expected a hpobench.trial.Trial" in str(caught.value)
    assert "Signal.WAIT or Signal.EXHAUSTED" in str(caught.value)


class Flat(Benchmark):
    """Takes no parameters."""

    def __init__(self) -> None:
        self.space = PROBLEM.space
        self.objectives = PROBLEM.objectives
        self.fidelity = Fidelity(name="epochs", low=1, high=9)

    def evaluate(self, trial: Trial, seed: int) -> Outcome:
        return Outcome(values={"loss": 0.0})


def test_a_trial_of_no_mapping_is_told_so() -> None:
    config: Any = [0.5]
    with pytest.raises(RunError, match=r"whose config is \[0.5\]: expected a mapping"):
        legality(Flat())(Trial(config=config))


def task(name: str, **params: Any) -> Task:
    return Task(
        id="mine/t",
        collection="mine",
        benchmark=f"{__name__}:{name}",
        params=params,
        objectives=("loss",),
        budget=Budget(3),
        dimension=1,
        types=("float",),
        place=("mine/tasks/mine.yaml", 7),
    )


def test_a_class_that_is_no_benchmark_is_told_with_file_and_line() -> None:
    with pytest.raises(FileError, match=r"mine.yaml:7: task 'mine/t': .*Plain is no subclass of"):
        build(task("Plain"))
    with pytest.raises(FileError, match=r"mine.yaml:7: task 'mine/t': .*argument 'scale'"):
        build(task("Flat", scale=1))


def test_run_refuses_a_function_with_a_wrong_description_before_it_begins(tmp_path: Path) -> None:
    (tmp_path / "tasks").mkdir()
    (tmp_path / "tasks" / "t.yaml").write_text(
        "benchmark: hpobench.benchmarks.function:Function\n"
        "tasks:\n"
        "  - id: t\n"
        "    objectives: [loss]\n"
        "    budget: {trials: 3}\n"
        "    fidelity: n\n"
        "    params:\n"
        "      function: never:imported\n"
        "      space: {x: {type: float, low: 0, high: 1}}\n"
        "      fidelity:\n"
        "        name: n\n"
        "        low: 9\n"
        "        high: 1\n"
    )
    results = tmp_path / "results"
    arguments = ["-o", "random", "-t", "t/t", "--catalogue", str(tmp_path)]
    arguments += ["--results", str(results), "--backend", "serial"]
    done = CliRunner().invoke(command, arguments, standalone_mode=False)
    assert isinstance(done.exception, UserError)
    assert "t.yaml:12: task 't/t': fidelity: 'low' is below 'high'" in str(done.exception)
    assert not results.exists()
