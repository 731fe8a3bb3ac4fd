"""What Python runs is what the command line runs, whoever defined it and wherever."""

import json
import os
import signal
import subprocess
import sys
import time
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import hpobench
from hpobench.optimizer import Optimizer
from hpobench.store import Store
from hpobench.task import Problem
from hpobench.trial import Outcome, Trial
from tests.integration.commands import command, rows, wait_until

CLASS = '''
from hpobench.optimizer import Optimizer
from hpobench.space import plain_config
from hpobench.trial import Trial

SHARE = 1.0

def shrunk(value):
    return value * SHARE

class Mine(Optimizer):
    """Draws at random, and nearer to the middle."""

    def __init__(self, problem, seed, *, keep=1):
        self.space = problem.space
        self.space.seed(seed)

    def ask(self):
        config = plain_config(self.space.sample_configuration())
        return Trial(config={name: shrunk(value) for name, value in config.items()})

    def tell(self, trial, outcome):
        pass
'''
RUN = """
import sys, hpobench
hpobench.run(Mine, "bbob/f01-d2-i1", trials=5, results=sys.argv[1])
"""


@pytest.fixture(autouse=True)
def apart(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Each test in a folder of its own, where a forgotten `results` goes."""
    monkeypatch.chdir(tmp_path)
    with warnings.catch_warnings():
        yield


def python(script: str, *arguments: object, folder: Path) -> str:
    """What a session that executes a script prints."""
    (folder / "script.py").write_text(script, encoding="utf-8")
    call = [sys.executable, "script.py", *map(str, arguments)]
    return subprocess.run(call, cwd=folder, check=True, capture_output=True, text=True).stdout


def configs(path: Path) -> list[Any]:
    return [row["configs"] for row in Store(path).runs().to_pylist()]


def ids(path: Path) -> list[str]:
    return sorted(Store(path).statuses())


THREE: Any = 3


NO_MAPPING: Any = ["folds"]
"""For arguments that should be a mapping."""


def bowl(x: float, kind: str) -> float:
    return x**2 + (kind == "b")


bowl.__annotations__ |= {"x": (-5.0, 5.0), "kind": ["a", "b"]}


class AtRandom(Optimizer):
    """Draws uniformly, by the names of floats."""

    def __init__(self, problem: Problem, seed: int) -> None:
        self.rng, self.space = np.random.default_rng(seed), problem.space

    def ask(self) -> Trial:
        bounds: Any = self.space
        return Trial(config={n: self.rng.uniform(hp.lower, hp.upper) for n, hp in bounds.items()})

    def tell(self, trial: Trial, outcome: Outcome) -> None:
        """Nothing."""


def test_importing_it_imports_nothing_else() -> None:
    script = """
import sys
import hpobench
heavy = {"numpy", "pandas", "pyarrow", "ConfigSpace", "yaml", "click", "cloudpickle"}
assert not heavy & {*sys.modules}, heavy & {*sys.modules}
assert not [name for name in sys.modules if name.startswith("hpobench.")]
assert {"run", "optimize", "UserError"} <= {*dir(hpobench)}
"""
    subprocess.run([sys.executable, "-c", script], check=True)


def test_a_module_of_a_functions_name_does_not_take_its_place() -> None:
    script = """
import hpobench.run
from hpobench.run import Run
from hpobench import run
assert hpobench.run is run and run.__name__ == "run" and callable(run)
assert isinstance(Run, type)
"""
    subprocess.run([sys.executable, "-c", script], check=True)


def test_the_runs_are_those_of_the_command_line_to_the_bit(tmp_path: Path) -> None:
    with pytest.warns(UserWarning, match="1 pairs left out: dehb needs a fidelity"):
        hpobench.run(
            ["random", "optuna/tpe", "dehb"],
            ["bbob/f01-d2-i1", "mfh/hartmann3-good"],
            seeds="0:2",
            trials=6,
            workers=2,
            results="python",
        )
    names = ["--optimizer", "random", "--optimizer", "optuna/tpe", "--optimizer", "dehb"]
    tasks = ["--task", "bbob/f01-d2-i1", "--task", "mfh/hartmann3-good"]
    more = ["--seeds", "0:2", "--budget", "6", "--workers", "2", "--results", "shell"]
    subprocess.run(command("run", *names, *tasks, *more), check=True, capture_output=True)
    found = rows(tmp_path / "python")
    assert len(found) == 10
    assert found == rows(tmp_path / "shell")


def test_a_class_of_a_script_runs_and_has_the_same_identity_in_each_session(
    tmp_path: Path,
) -> None:
    for name in ("one", "two"):
        python(CLASS + RUN, name, folder=tmp_path)
    other = CLASS.replace("keep=1):", "keep=1):\n        # says nothing new, but says it")
    python(other + RUN, "commented", folder=tmp_path)
    python(CLASS.replace("SHARE = 1.0", "SHARE = 0.5") + RUN, "halved", folder=tmp_path)
    python("import math\n" + CLASS + "unused = 3\n" + RUN, "unused", folder=tmp_path)
    (run,) = ids(tmp_path / "one")
    assert ids(tmp_path / "two") == ids(tmp_path / "unused") == [run]
    assert ids(tmp_path / "commented") != [run]
    assert ids(tmp_path / "halved") != [run]
    assert configs(tmp_path / "one") == configs(tmp_path / "commented")
    whole, half = (json.loads(configs(tmp_path / name)[0])["x0"] for name in ("one", "halved"))
    assert half == [x / 2 for x in whole]


SETTINGS = """
from dataclasses import dataclass
from collections import deque
import numpy as np

@dataclass(frozen=True, slots=True)
class Settings:
    share: float

class Plain:
    pass

PLAIN = Plain()
PLAIN.share = 1.0
SLOTTED, DEQUE, ARRAY = Settings(1.0), deque([Settings(1.0)]), np.array([1.0])

class Mine(Mine):
    ATTRIBUTE = Settings(1.0)

    def ask(self, default=Settings(1.0)):
        SLOTTED, DEQUE, ARRAY, PLAIN
        return super().ask()
"""


@pytest.mark.parametrize(
    "change",
    [
        ("SLOTTED, DEQUE, ARRAY = Settings(1.0)", "SLOTTED, DEQUE, ARRAY = Settings(2.0)"),
        ("deque([Settings(1.0)])", "deque([Settings(2.0)])"),
        ("np.array([1.0])", "np.array([2.0])"),
        ("PLAIN.share = 1.0", "PLAIN.share = 2.0"),
        ("class Plain:\n", "class Plain:\n    more = 1\n"),
        ("SHARE = 1.0", "SHARE = 2.0"),
        ("return value *", "return 2 * value *"),
        ("ATTRIBUTE = Settings(1.0)", "ATTRIBUTE = Settings(2.0)"),
        ("default=Settings(1.0)", "default=Settings(2.0)"),
    ],
    ids=lambda change: change[1],
)
def test_whatever_a_class_uses_is_part_of_what_it_is(
    tmp_path: Path, change: tuple[str, str]
) -> None:
    show = "import hpobench\nprint(hpobench.as_optimizer(Mine).code)\n"
    script = CLASS + SETTINGS + show
    assert script.count(change[0]) == 1
    before, again = (python(script, folder=tmp_path) for _ in range(2))
    assert before == again
    assert python(script.replace(*change), folder=tmp_path) != before


@pytest.mark.parametrize("arguments", [["-"], ["-c", CLASS + RUN]], ids=["stdin", "option"])
def test_a_class_whose_source_nobody_keeps_runs_too(tmp_path: Path, arguments: list[str]) -> None:
    for name in ("one", "two"):
        subprocess.run([sys.executable, *arguments, name], input=CLASS + RUN, text=True, check=True)
    changed = (CLASS + RUN).replace("value * SHARE", "value * SHARE / 2")
    subprocess.run([sys.executable, "-", "changed"], input=changed, text=True, check=True)
    assert ids(tmp_path / "one") == ids(tmp_path / "two") != ids(tmp_path / "changed")
    assert Store(tmp_path / "one").runs(["status"])["status"].to_pylist() == ["completed"]


def test_a_class_of_a_module_is_the_one_that_a_catalogue_names(tmp_path: Path) -> None:
    own = tmp_path / "own"
    (own / "optimizers").mkdir(parents=True)
    (own / "mine.py").write_text("import middle\n" + CLASS)
    (own / "middle.py").write_text("HERE = True\n")
    yaml = "adapter: mine:Mine\ncapabilities: {types: [float]}\nvariants: {Mine: {}}\n"
    (own / "optimizers" / "Mine.yaml").write_text(yaml)
    call = command("run", "--catalogue", own, "--optimizer", "Mine", "--task", "bbob/f01-d2-i1")
    subprocess.run([*call, "--budget", "5", "--results", "shell"], check=True, capture_output=True)
    python("from mine import Mine\n" + RUN, tmp_path / "python", folder=own)
    assert rows(tmp_path / "python") == rows(tmp_path / "shell")
    (own / "middle.py").write_text("HERE = False\n")
    python("from mine import Mine\n" + RUN, tmp_path / "changed", folder=own)
    assert ids(tmp_path / "changed") != ids(tmp_path / "python")


def test_a_class_may_use_a_module_beside_its_script_at_any_time(tmp_path: Path) -> None:
    (tmp_path / "beside.py").write_text(
        "import further\n\ndef share():\n    return further.SHARE\n"
    )
    (tmp_path / "further.py").write_text("SHARE = 0.25\n")
    script = CLASS.replace("SHARE = 1.0", "import beside").replace("* SHARE", "* beside.share()")
    later = script.replace("import beside\n", "import beside as unused\n").replace(
        "    return value *", "    import beside\n    return value *"
    )
    python(script + RUN, "early", folder=tmp_path)
    python(later + RUN, "late", folder=tmp_path)
    assert configs(tmp_path / "early") == configs(tmp_path / "late")
    assert Store(tmp_path / "early").runs(["status"])["status"].to_pylist() == ["completed"]
    (tmp_path / "further.py").write_text("SHARE = 0.125\n")
    python(script + RUN, "other", folder=tmp_path)
    assert ids(tmp_path / "other") != ids(tmp_path / "early")


def test_what_a_function_encloses_is_sent_with_it() -> None:
    def made(shift: float) -> Any:
        return lambda x: (x - shift) ** 2

    tasks = [
        hpobench.as_task(made(shift), {"x": (0.0, 1.0)}, name=f"at-{shift}")
        for shift in (0.25, 0.5)
    ]
    assert tasks[0].code != tasks[1].code
    assert hpobench.evaluate(tasks[0], {"x": 0.25}).values == {"loss": 0.0}
    found = hpobench.run("random", tasks, trials=3).trials()
    for task, shift in zip(tasks, (0.25, 0.5), strict=True):
        own = found[found["task"] == f"{task.id}@trials=3"]
        assert len(own) == 3
        assert list(own["loss"]) == [(x - shift) ** 2 for x in own["x"]]


def test_what_cannot_be_sent_is_refused_before_anything_runs(tmp_path: Path) -> None:
    with (
        Path("open").open("w") as file,
        pytest.raises(hpobench.UserError, match="cannot be sent to the processes"),
    ):
        hpobench.optimize(lambda x: file.write(str(x)), {"x": (0.0, 1.0)}, results="results")
    assert not (tmp_path / "results").exists()


def test_trials_have_hyperparameters_as_columns_and_values_as_people_read_them() -> None:
    def accuracy(x: float, seed_: float, loss: float) -> dict[str, float]:
        return {"accuracy": x, "loss": loss, "test": {"accuracy": x / 2}}  # type: ignore[dict-item]

    space = {"x": (0.0, 1.0), "seed_": (0.0, 1.0), "loss": (2.0, 3.0)}
    both = {"accuracy": "maximize", "loss": "minimize"}
    task = hpobench.as_task(accuracy, space, objectives=both, trials=4)
    result = hpobench.run("random", [task, hpobench.as_task(bowl, trials=4)], seeds=[3])
    found = result.trials()
    own = found[found["task"] == task.id]
    assert len(found) == 8
    assert list(own["accuracy"]) == list(own["x"])
    assert list(own["test_accuracy"]) == [x / 2 for x in own["x"]]
    assert list(own["loss"]) == list(own["config.loss"])
    assert own["kind"].isna().all()
    assert list(own["trial"]) == [0, 1, 2, 3]
    assert set(found["seed"]) == {3}
    assert list(result.runs()["trials"]) == [4, 4]


def test_a_failed_trial_has_no_values_and_says_why() -> None:
    def picky(x: float) -> float:
        if x > 0.5:
            raise ValueError("too large")
        return x

    task = hpobench.as_task(picky, {"x": (0.0, 1.0)}, trials=12)
    found = hpobench.run("random", task).trials()
    failed = found["x"] > 0.5
    assert failed.any()
    assert (found["loss"].isna() == failed).all()
    assert found["failure"][failed].str.contains("ValueError: too large").all()


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: hpobench.run("rando", "bbob/f01-d2-i1"), "no optimizer 'rando': did you mean"),
        (lambda: hpobench.run("random", "bbob/f1-d2-i1"), "did you mean 'bbob/f01-d2-i1'"),
        (lambda: hpobench.run("random", "core/blakbox"), "did you mean 'core/blackbox'"),
        (lambda: hpobench.run("smac", bowl), "no optimizer 'smac': did you mean 'smac/"),
        (lambda: hpobench.run([], bowl), "which optimizers"),
        (lambda: hpobench.run("random", []), "which tasks"),
        (lambda: hpobench.run("random", "bbob/zz*"), "no task matches 'bbob/zz\\*'"),
        (lambda: hpobench.run(3, "bbob/f01-d2-i1"), "an optimizer is a name, a glob or a class"),
        (lambda: hpobench.run(dict, "bbob/f01-d2-i1"), "is no subclass of hpobench.optimizer"),
        (lambda: hpobench.run("random", 3), "a task is a name, a glob, a task or a function"),
        (lambda: hpobench.run("random", len), "which space has len"),
        (lambda: hpobench.as_task(lambda trial: 1.0), "which space has function"),
        (lambda: hpobench.run("random", bowl, seeds=THREE), r"\[3\] is that seed, range\(3\)"),
        (lambda: hpobench.run("random", bowl, seeds=[-1]), "a seed is a whole number from 0"),
        (lambda: hpobench.run("random", bowl, seeds="1:1"), "is empty"),
        (lambda: hpobench.run("random", bowl, seeds=[]), "which seeds"),
        (lambda: hpobench.run("random", bowl, trials=0), "a number above 0, not '0'"),
        (lambda: hpobench.run("random", bowl, workers=0), "workers is a whole number from 1"),
        (lambda: hpobench.run("random", bowl, backend="rai"), "did you mean 'ray'"),
        (lambda: hpobench.results("nowhere"), "no such results folder"),
        (
            lambda: hpobench.evaluate("bbob/f01-d2-i1", {"x0": 99.0, "x1": 0.0}),
            "config: x0 is 99.0, not a number from -5 to 5",
        ),
        (
            lambda: hpobench.evaluate("bbob/f01-d2-i1", {"x0": 1.0}),
            "config: x1 has no value: it is a number from -5 to 5",
        ),
        (
            lambda: hpobench.evaluate("bbob/f01-d2-i1", {"x0": 1.0, "X1": 1.0}),
            "config: no hyperparameter 'X1': did you mean 'x1'",
        ),
        (lambda: hpobench.evaluate("bbob/f01-d2-i1", fidelity=3), "the task has none"),
        (lambda: hpobench.evaluate("bbob/f01-d2-i1", seed=-1), "a seed is a whole number"),
        (lambda: hpobench.evaluate("bbob/f01-d2-i1", THREE), "config: hyperparameters by name"),
        (lambda: hpobench.tasks("bbob/f1-d2-i1"), "did you mean 'bbob/f01-d2-i1'"),
        (lambda: hpobench.optimizers("rando"), "did you mean"),
        (lambda: hpobench.as_task(THREE), "a function that can be called is needed, not 3"),
        (lambda: hpobench.as_task(bowl, {"x": 3j}), "hyperparameter 'x': expected"),
        (lambda: hpobench.as_task(bowl, {"x": (1.0, 0.0)}), "'low' is below 'high'"),
        (lambda: hpobench.as_task(bowl, {"x": (0.0, 1.0)}), "needs 'kind'"),
        (lambda: hpobench.as_task(bowl, objectives={"a": "max"}), "no direction 'max'"),
        (lambda: hpobench.as_task(bowl, name="a b"), "is no name"),
        (lambda: hpobench.optimize(bowl, objectives=NO_MAPPING), "such as {'loss': 'minimize'}"),
        (lambda: hpobench.as_task(bowl, fidelity=NO_MAPPING), "such as {'name': 'epochs'"),
        (lambda: hpobench.as_task(bowl, params=NO_MAPPING), "params"),
        (
            lambda: hpobench.as_optimizer(AtRandom, capabilities={"typs": []}),
            "did you mean 'types'",
        ),
        (lambda: hpobench.as_optimizer(AtRandom, options={"a": {1}}), "options are texts"),
        (lambda: hpobench.optimize(bowl, optimizer="dehb"), "dehb needs a fidelity"),
        (lambda: hpobench.optimize(bowl, optimizer="optuna/*"), "no optimizer 'optuna/\\*'"),
    ],
)
def test_a_mistake_is_an_ordinary_exception_and_leaves_nothing(call: Any, words: str) -> None:
    with pytest.raises(hpobench.UserError, match=words):
        call()
    assert list(Path().iterdir()) == []


def test_an_object_is_what_its_name_stands_for() -> None:
    (task,), (variant,) = hpobench.tasks("bbob/f01-d2-i1"), hpobench.optimizers("random")
    small = task.under(budget=hpobench.api.parts.budget_of(4))
    hpobench.run([variant], [small], results="objects")
    hpobench.run("random", "bbob/f01-d2-i1", trials=4, results="names")
    assert ids(Path("objects")) == ids(Path("names"))


def test_a_set_of_tasks_is_named_like_a_task() -> None:
    found = hpobench.run("random", ["core/multi-objective/dev", bowl], trials=1).runs()
    assert len(found) == len(hpobench.tasks("core/multi-objective/dev")) + 1


def test_a_class_that_breaks_costs_its_own_runs_alone() -> None:
    class Broken(AtRandom):
        def ask(self) -> Trial:
            raise RuntimeError("broken")

    with pytest.warns(UserWarning, match="2 runs failed: RuntimeError: broken"):
        results = hpobench.run([Broken, AtRandom], ["bbob/f01-d2-i1", "bbob/f03-d2-i1"], trials=3)
    assert list(results.runs()["status"]) == ["completed"] * 2 + ["failed"] * 2


def test_limits_of_a_class_are_kept_to() -> None:
    limited = hpobench.as_optimizer(AtRandom, capabilities={"types": ["float"], "workers": 1})
    text = "AtRandom does not handle categorical in the space"
    with pytest.warns(UserWarning, match=text):
        results = hpobench.run([limited], [bowl, "bbob/f01-d2-i1"], trials=3)
    assert list(results.runs()["task"]) == ["bbob/f01-d2-i1@trials=3"]
    with pytest.raises(hpobench.UserError, match="handles 1 pending trial"):
        hpobench.optimize(lambda x: x, {"x": (0.0, 1.0)}, optimizer=limited, workers=2)


def test_an_analysis_is_of_what_was_asked_for_and_shows_itself() -> None:
    hpobench.run("sobol", "bbob/f01-d2-i1", trials=5)
    hostile = hpobench.as_optimizer(AtRandom, name="<script>alert(1)</script>")
    results = hpobench.run([hostile, "random"], "bbob/f0[13]-d2-i1", seeds=range(2), trials=5)
    analysis = results.analyze()
    assert set(analysis.final["optimizer"]) == {hostile.id, "random"}
    assert "Blackbox, 2 tasks x 2 seeds: " in repr(analysis)
    page = analysis._repr_html_()
    assert "<script" not in page
    assert "&lt;script&gt;" in page
    places = [
        page.index(each) for each in ("2 tasks x 2 seeds", "<table>", "regret over the budget")
    ]
    assert places == sorted(places)
    assert page.startswith('<div class="hpobench"><p><b>Blackbox, 2 tasks x 2 seeds: ')
    assert set(hpobench.results().analyze(incomplete="tasks").final["optimizer"]) > {"sobol"}
    with pytest.raises(hpobench.UserError, match="did you mean 'horizon'"):
        results.analyze(horizons="full")


def test_optimize_maximises_and_says_what_it_found() -> None:
    best = hpobench.optimize(
        lambda x: 1 - x**2,
        {"x": (-1.0, 1.0)},
        optimizer="optuna/tpe",
        objectives={"accuracy": "maximize"},
        trials=8,
    )
    found = best.trials()
    assert best.value == found["accuracy"].max() == 1 - best.config["x"] ** 2
    assert list(found["accuracy"]) == [1 - x**2 for x in found["x"]]


def test_of_several_objectives_the_best_are_those_that_none_dominates() -> None:
    both = {"gain": "maximize", "price": "minimize"}
    best = hpobench.optimize(
        lambda x, y: (x + y, x),
        {"x": (0, 3), "y": (0, 3)},
        optimizer="optuna/nsga2",
        objectives=both,
        trials=30,
    )
    found = best.trials()[["gain", "price"]].drop_duplicates()
    front = {
        (gain, price)
        for gain, price in found.itertuples(index=False)
        if not ((found["gain"] >= gain) & (found["price"] <= price)
                & ((found["gain"] > gain) | (found["price"] < price))).any()
    }  # fmt: skip
    assert {(each.values["gain"], each.values["price"]) for each in best.solutions} == front
    with pytest.raises(hpobench.UserError, match="several best"):
        _ = best.config


def test_a_configspace_keeps_its_conditions_priors_and_defaults() -> None:
    from ConfigSpace import (
        ConfigurationSpace,
        EqualsCondition,
        Float,
        Normal,
        OrdinalHyperparameter,
    )

    space = ConfigurationSpace({"kind": ["a", "b"]})
    space.add(Float("rate", (0.1, 1.0), distribution=Normal(0.5, 0.1), default=0.4))
    space.add(OrdinalHyperparameter("size", ["small", "large"], default_value="large"))
    space.add(EqualsCondition(space["rate"], space["kind"], "b"))
    task = hpobench.as_task(lambda kind, size, rate=None: len(kind + size), space)
    assert task.types == ("categorical", "condition", "float", "ordinal")
    assert hpobench.evaluate(task).config == {"kind": "a", "size": "large"}
    best = hpobench.optimize(
        lambda kind, size, rate=9.0: rate + (kind == "a"), space, optimizer="random", trials=9
    )
    assert best.config["kind"] == "b"
    assert best.trials()["rate"].isna().any()


MOST = 4


def test_a_function_for_optuna_says_its_space_itself() -> None:
    def objective(trial: Any) -> float:
        kind = trial.suggest_categorical("kind", ["linear", "deep"])
        layers = 0
        if kind == "deep":
            layers = trial.suggest_int("layers", 1, MOST)
        return layers + float(trial.suggest_float("rate", 0.001, 1.0, log=True))

    task = hpobench.as_task(objective)
    assert task.types == ("categorical", "condition", "float", "integer")
    best = hpobench.optimize(objective, optimizer="random", trials=6)
    found = best.trials()
    assert list(found["loss"]) == list(found["rate"] + found["layers"].fillna(0))
    assert found["layers"].max() <= 4


def test_fidelities_are_chosen_by_who_can() -> None:
    best = hpobench.optimize(
        lambda x, fidelity: x / fidelity,
        {"x": (0.0, 1.0)},
        optimizer="optuna/hyperband",
        fidelity={"name": "epochs", "low": 1, "high": 9, "integer": True},
        trials=5,
    )
    found = best.trials()
    assert {1.0, 9.0} <= set(found["fidelity"])
    assert list(found["loss"]) == list(found["x"] / found["fidelity"])
    assert {each.fidelity for each in best.solutions} == {9.0}


def test_if_all_trials_fail_the_reason_is_raised() -> None:
    def never(x: float) -> float:
        raise ValueError("never")

    with pytest.raises(hpobench.RunError, match="every trial failed: ValueError: never"):
        hpobench.optimize(never, {"x": (0.0, 1.0)}, optimizer="random", trials=2)


COUNTING = """
import sys, time
from pathlib import Path
import hpobench

HERE = Path().absolute()

def slow(x):
    with (HERE / "calls").open("a") as file:
        file.write(f"{x!r}\\n")
    if (HERE / "blocked").exists() and len((HERE / "calls").read_text().splitlines()) > 3:
        time.sleep(1000)
    return x

found = hpobench.optimize(
    slow, {"x": (0.0, 1.0)}, optimizer="random", trials=int(sys.argv[1]), results="kept"
)
print(*found.trials()["x"])
"""


def test_what_was_evaluated_before_a_kill_is_not_paid_for_again(tmp_path: Path) -> None:
    calls = tmp_path / "calls"
    calls.touch()
    (tmp_path / "blocked").touch()
    (tmp_path / "script.py").write_text(COUNTING)
    session = subprocess.Popen([sys.executable, "script.py", "6"], cwd=tmp_path)
    wait_until(lambda: len(calls.read_text().splitlines()) > 3)
    os.kill(session.pid, signal.SIGKILL)
    session.wait()
    (tmp_path / "blocked").unlink()
    assert len(calls.read_text().splitlines()) == 4
    found = python(COUNTING, 6, folder=tmp_path).split()
    called = calls.read_text().splitlines()
    assert called[:3] + called[4:] == found  # the fourth, which never ended, was called again
    assert len(found) == 6
    more = python(COUNTING, 8, folder=tmp_path).split()
    assert more[:6] == found
    assert calls.read_text().splitlines() == [*called, *more[6:]]
    assert python(COUNTING, 8, folder=tmp_path).split() == more
    assert len(calls.read_text().splitlines()) == 9


def test_with_workers_too_a_search_goes_on_from_all_that_was_evaluated() -> None:
    calls = Path("calls").absolute()

    def called(x: float) -> float:
        with calls.open("a") as file:
            file.write(f"{x!r}\n")
        time.sleep(0.02 if x < 0.5 else 0.05)
        if x > 0.8:
            raise ValueError("too much")
        return x

    space, more = {"x": (0.0, 1.0)}, []
    for trials in (18, 21, 24):  # a model proposes from the eleventh on
        found = hpobench.optimize(
            called, space, optimizer="optuna/tpe", trials=trials, workers=3, results="kept"
        ).trials()
        more.append((len(calls.read_text().split()), sum(found["failure"] != "")))
    (first, failed), (second, failed_again), (third, _) = more
    assert failed
    assert second == first + 3 + failed  # what failed is tried again
    assert third == second + 3 + failed_again


def test_in_a_wider_space_the_answers_of_a_narrow_one_count() -> None:
    calls = Path("calls").absolute()

    def called(x: float) -> float:
        with calls.open("a") as file:
            file.write(f"{x!r}\n")
        return x

    for spaces in ({"x": (0, 1)}, {"x": (0, 2)}, {"x": [0, 1, 2]}):
        hpobench.optimize(called, spaces, optimizer="grid", trials=3, results="kept")
    assert sorted(calls.read_text().split()) == ["0", "1", "2"]


def test_a_torn_answer_counts_as_missing_and_the_next_is_whole(tmp_path: Path) -> None:
    (tmp_path / "calls").touch()
    python(COUNTING, 3, folder=tmp_path)
    path = tmp_path / "kept" / "evaluations" / "trials.jsonl"
    path.write_bytes(path.read_bytes()[:-20])
    for _ in range(2):
        python(COUNTING, 4, folder=tmp_path)
    assert len((tmp_path / "calls").read_text().splitlines()) == 3 + 2


def test_workers_evaluate_at_the_same_time(tmp_path: Path) -> None:
    def meets(x: float) -> float:
        (tmp_path / f"{os.getpid()}").touch()
        while len(list(tmp_path.glob("[0-9]*"))) < 2:  # hangs if another comes only after
            time.sleep(0.01)
        return x

    best = hpobench.optimize(meets, {"x": (0.0, 1.0)}, optimizer="random", trials=4, workers=2)
    assert set(best.trials()["worker"]) == {0, 1}
