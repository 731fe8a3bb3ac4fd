"""The commonest mistakes in classes of one's own are told with what was expected instead."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from click.testing import CliRunner
from ConfigSpace import ConfigurationSpace

from hpobench.adapters.native.random_search import RandomSearch
from hpobench.benchmark import Benchmark
from hpobench.catalogue import Catalogue
from hpobench.cli.run import command
from hpobench.errors import FileError, RunError, UserError, one_line
from hpobench.execution.construction import build, start
from hpobench.execution.loop import trajectory
from hpobench.execution.runner import execute, legality
from hpobench.optimizer import Capabilities, Optimizer, Variant
from hpobench.run import Run
from hpobench.store.store import Store
from hpobench.system.loading import load
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


def test_where_an_object_lies_is_in_no_reason() -> None:
    optimizer = Answering(PROBLEM, 0)
    optimizer.answer = object()
    with pytest.raises(RunError, match="gave <object object>: expected"):
        list(trajectory(optimizer, lambda _: Outcome(values={"loss": 0.0}), PROBLEM))
    assert one_line(ValueError(f"no use for {object()}")) == "no use for <object object>"


@pytest.mark.parametrize(
    ("value", "words"),
    [
        (10**400, "OverflowError"),
        ([0.5], "x is \\[0.5\\], which is no number, text or flag"),
        (np.array([0.5, 0.5]), "x is array.*, which is no number"),
        (1j, "x is 1j, which is no number"),
        (None, "x is None, which is no number"),
    ],
)
def test_a_value_that_is_none_is_an_illegal_configuration(value: Any, words: str) -> None:
    with pytest.raises(RunError, match=f"asked for an illegal configuration: {words}"):
        legality(Flat())(Trial(config={"x": value}))


def test_a_benchmark_may_take_its_configuration_to_pieces(tmp_path: Path) -> None:
    (tmp_path / "tasks").mkdir()
    (tmp_path / "popping.py").write_text(
        "from ConfigSpace import ConfigurationSpace\n"
        "from hpobench.benchmark import Benchmark\n"
        "from hpobench.task import Objective\n"
        "from hpobench.trial import Outcome\n"
        "class Popping(Benchmark):\n"
        "    fidelity = None\n"
        "    objectives = (Objective(name='loss'),)\n"
        "    def __init__(self):\n"
        "        self.space = ConfigurationSpace({'x': (0.0, 1.0)})\n"
        "    def evaluate(self, trial, seed):\n"
        "        return Outcome(values={'loss': trial.config.pop('x')})\n"
    )
    (tmp_path / "tasks" / "popping.yaml").write_text(
        "benchmark: popping:Popping\n"
        "tasks: [{id: p, dimension: 1, types: [float], objectives: [loss], budget: {trials: 3}}]\n"
    )
    catalogue = Catalogue([tmp_path])
    run = Run(task=catalogue.task("popping/p"), variant=catalogue.variant("random"), seed=0)
    records = execute(run).records
    assert [record.config["x"] for record in records] == [record.values[0] for record in records]


@pytest.mark.parametrize(
    ("source", "reason"),
    [
        ("import sys\nsys.exit(0)\n", "SystemExit: 0"),
        ("raise RuntimeError('boom')\n", "RuntimeError: boom"),
        ("def f(:\n", "SyntaxError: invalid syntax"),
        ("class Mine(BaseException): pass\nraise Mine\n", "Mine"),
    ],
)
def test_code_that_fails_at_its_import_is_told_in_one_line(
    source: str, reason: str, tmp_path: Path
) -> None:
    (tmp_path / "failing.py").write_text(source)
    with pytest.raises(UserError, match=f"^failing:F cannot be imported: {reason}[^\\n]*$"):
        load("failing:F", str(tmp_path))


@pytest.mark.parametrize(
    ("definition", "words"),
    [
        ("async def f(x): return x", "is asynchronous"),
        ("def f(x): yield x", "is a generator"),
        ("class f:\n    def __init__(self, x): ...", "is a class"),
    ],
)
def test_what_returns_no_value_when_called_is_no_function(
    definition: str, words: str, tmp_path: Path
) -> None:
    (tmp_path / "unanswering.py").write_text(definition + "\n")
    (tmp_path / "tasks").mkdir()
    (tmp_path / "tasks" / "u.yaml").write_text(
        "benchmark: hpobench.benchmarks.function:Function\n"
        "tasks: [{id: u, objectives: [loss], budget: {trials: 3}, params: {\n"
        "  function: 'unanswering:f', space: {x: {type: float, low: 0, high: 1}}}}]\n"
    )
    with pytest.raises(UserError, match=f"the function 'unanswering:f' {words}"):
        build(Catalogue([tmp_path]).task("u/u"))


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


@pytest.mark.slow
def test_a_run_whose_notes_cannot_be_read_again_is_a_failed_one(tmp_path: Path) -> None:
    (tmp_path / "optimizers").mkdir()
    (tmp_path / "noting.py").write_text(
        "from hpobench.adapters.native.random_search import RandomSearch\n"
        "class Noting(RandomSearch):\n"
        "    notes = 'a text'\n"
    )
    (tmp_path / "optimizers" / "noting.yaml").write_text(
        "adapter: noting:Noting\ncapabilities: {types: [float]}\n"
        "variants: {noting: {description: notes a text}}\n"
    )
    results = tmp_path / "results"
    arguments = ["-o", "noting", "-t", "bbob/f01-d2-i1", "--seeds", "0"]
    arguments += ["--budget", "2", "--backend", "serial"]
    done = CliRunner().invoke(
        command,
        [*arguments, "--catalogue", str(tmp_path), "--results", str(results)],
        standalone_mode=False,
    )
    assert "1 failed: its trajectory cannot be written" in done.output
    store = Store(results)
    assert store.runs().column("status").to_pylist() == ["failed"]
    assert not store.damage
