"""A user's function is called as YAML describes it, and what it does wrong is a failed trial."""

import re
from pathlib import Path
from typing import Any

import pytest

from hpobench.benchmarks.function import Function
from hpobench.catalogue import Catalogue
from hpobench.errors import UserError
from hpobench.space import types, violation
from hpobench.trial import Trial

MODULE = """
def sphere(x, y=0.0):
    return x ** 2 + y ** 2

def several(x, kind, seed, fidelity):
    if kind == "fails":
        raise RuntimeError("no convergence")
    if kind == "wrong":
        return "a text"
    if kind == "nan":
        return {"error": float("nan"), "size": 1}
    if kind == "pair":
        return x, 2
    return {"error": x, "size": fidelity, "cost": 7 * fidelity, "test": {"error": seed}}
"""
X = {"x": {"type": "float", "low": 1e-3, "high": 10, "log": True}}
KINDS = ["good", "pair", "fails", "wrong", "nan"]


@pytest.fixture(autouse=True)
def module(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    name = f"mine_{tmp_path.name}".replace("-", "_")
    (tmp_path / f"{name}.py").write_text(MODULE)
    monkeypatch.syspath_prepend(tmp_path)
    return name


def several(module: str) -> Function:
    return Function(
        function=f"{module}:several",
        space={**X, "kind": {"type": "categorical", "values": KINDS}},
        objectives={"error": "minimize", "size": "maximize"},
        fidelity={"name": "epochs", "low": 1, "high": 9, "integer": True},
    )


def test_a_number_is_the_loss_and_real_time_its_cost(module: str) -> None:
    y = {"type": "integer", "low": 0, "high": 5, "if": {"x": {"above": 1}}}
    function = Function(function=f"{module}:sphere", space={**X, "y": y})
    assert types(function.space) == ("condition", "float", "integer")
    assert not violation(function.space, {"x": 0.5})
    assert function.evaluate(Trial(config={"x": 0.5}), 0).value == 0.25
    outcome = function.evaluate(Trial(config={"x": 2.0, "y": 3}), 0)
    assert outcome.value == 13.0
    assert 0 < outcome.cost < 1


def test_several_objectives_cost_and_test_values_have_names(module: str) -> None:
    outcome = several(module).evaluate(
        Trial(config={"x": 0.5, "kind": "good"}, fidelity=3), seed=11
    )
    assert dict(outcome.values) == {"error": 0.5, "size": -3.0}
    assert dict(outcome.test) == {"error": 11.0}
    assert outcome.cost == 21.0


def test_several_objectives_may_come_in_order(module: str) -> None:
    outcome = several(module).evaluate(Trial(config={"x": 0.5, "kind": "pair"}), seed=0)
    assert dict(outcome.values) == {"error": 0.5, "size": -2.0}


def test_without_a_fidelity_the_highest_is_given(module: str) -> None:
    outcome = several(module).evaluate(Trial(config={"x": 0.5, "kind": "good"}), seed=0)
    assert outcome.values["size"] == -9.0


@pytest.mark.parametrize(
    ("kind", "failure"),
    [
        ("fails", "RuntimeError: no convergence"),
        ("wrong", "the function returned 'a text'"),
        ("nan", "the function returned {'error': nan"),
    ],
)
def test_what_is_no_answer_is_a_failed_trial(kind: str, failure: str, module: str) -> None:
    outcome = several(module).evaluate(Trial(config={"x": 0.5, "kind": kind}), seed=0)
    assert failure in outcome.failure
    assert not outcome.values


FAULTS: dict[str, tuple[dict[str, Any], str]] = {
    "no module": ({"function": "mine_absent:f"}, "needs the module 'mine_absent'"),
    "no function": ({"function": "{module}:sphre"}, "no function 'sphre': did you mean 'sphere'"),
    "no bound": ({"space": {"x": {"type": "float", "low": 0}}}, "'x': the field 'high' is missing"),
    "no values": ({"space": {"x": {"type": "ordinal"}}}, "'x': the field 'values' is missing"),
    "a text as bound": (
        {"space": {"x": {"type": "float", "low": "a"}}},
        "'low' is a number, not 'a'",
    ),
    "no list": (
        {"space": {"x": {"type": "ordinal", "values": 3}}},
        "'values' is a list .* not 3",
    ),
    "bounds the wrong way": (
        {"space": {"x": {"type": "float", "low": 2, "high": 1}}},
        "2 is not below 1",
    ),
    "no fields": ({"space": {"x": "float"}}, "'x': expected fields such as"),
    "a field": (
        {"space": {"x": {"type": "float", "hihg": 1}}},
        "'x': no field 'hihg': did you mean 'high'",
    ),
    "a direction": (
        {"objectives": {"loss": "up"}},
        "'loss': no direction 'up': choose from maximize",
    ),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_a_mistake_is_named(fault: str, module: str) -> None:
    changes, message = FAULTS[fault]
    params: dict[str, Any] = {"function": "{module}:sphere", "space": X, **changes}
    params["function"] = params["function"].replace("{module}", module)
    with pytest.raises(UserError, match=message):
        Function(**params)


ANSWERS = """
import decimal, fractions, os, sys
import numpy as np

class Tensor:
    ndim = 0
    def __init__(self, value):
        self.value = value
    def item(self):
        return self.value

class Speechless(BaseException):
    pass

class Wordless(Exception):
    def __str__(self):
        sys.exit("no words")

class Exits:
    def __float__(self):
        sys.exit("no number")

ANSWERS = {
    "float": 0.5,
    "numpy": np.float32(0.5),
    "zero dimensions": np.array(0.5),
    "one item": np.array([0.5]),
    "tensor": Tensor(0.5),
    "decimal": decimal.Decimal("0.5"),
    "fraction": fractions.Fraction(1, 2),
    "tuple": (0.5,),
    "mapping": {"loss": np.float64(0.5)},
    "none": None,
    "text": "0.5",
    "flag": True,
    "numpy flag": np.bool_(True),
    "nan": float("nan"),
    "two": [0.5, 0.5],
    "another name": {"error": 0.5},
    "cost below zero": {"loss": 0.5, "cost": -1},
    "huge": 10**400,
    "object": object(),
    "masked": np.ma.masked,
    "function": lambda: 1,
    "exits": Exits(),
}

def answers(x, kind):
    return ANSWERS[kind]

def tested(x):
    return {"loss": x, "test": 2 * x}

TESTS = {
    "text": "0.5",
    "flag": True,
    "two": [1.0, 2.0],
    "none of them": [],
    "another name": {"error": 0.5},
    "text by name": {"loss": "high"},
    "object": object(),
    "huge": 10**400,
    "absent": None,
    "absent by name": {"loss": None},
    "not a number": float("nan"),
    "infinite": {"loss": np.float32("inf")},
    "nothing by name": {},
}

def tested_as(x, kind):
    return {"loss": x, "test": TESTS[kind]}

def ends(x, kind):
    if kind == "exit":
        sys.exit("no data")
    if kind == "assertion":
        assert x < 0
    if kind == "base":
        raise Speechless
    if kind == "words":
        raise Wordless
    if kind == "recursion":
        return ends(x, kind)
    if kind == "interrupt":
        raise KeyboardInterrupt
    raise MemoryError

def level(x, fidelity):
    return {"loss": x, "cost": 0 if type(fidelity) is int else 1}

def fixed(x, dataset, scale=1):
    return scale * len(dataset)

def hyper(x, seed):
    return seed

def objective(trial):
    kind = trial.suggest_categorical("kind", ["one", None])
    if kind == "one":
        return trial.suggest_float("x", 0, 1, log=False) + trial.suggest_int("n", 1, 9)
    return trial.suggest_uniform("y", 0, 1)
"""


@pytest.fixture
def answers(tmp_path: Path) -> str:
    name = f"answers_{tmp_path.name}".replace("-", "_")
    (tmp_path / f"{name}.py").write_text(ANSWERS)
    return name


def categorical(*values: str) -> dict[str, Any]:
    return {"type": "categorical", "values": list(values)}


@pytest.mark.parametrize(
    "kind",
    [
        "float",
        "numpy",
        "zero dimensions",
        "one item",
        "tensor",
        "decimal",
        "fraction",
        "tuple",
        "mapping",
    ],
)
def test_every_kind_of_number_is_an_answer(kind: str, answers: str) -> None:
    function = Function(function=f"{answers}:answers", space={**X, "kind": categorical(kind)})
    assert function.evaluate(Trial(config={"x": 1.0, "kind": kind}), 0).value == 0.5


@pytest.mark.parametrize(
    ("kind", "words"),
    [
        ("none", r"returned None \(is there a 'return'\?\): expected a finite number"),
        ("text", "returned '0.5': expected a finite number"),
        ("flag", "returned True"),
        ("numpy flag", "returned np.True_|returned True"),
        ("nan", "returned nan"),
        ("two", r"returned \[0.5, 0.5\]: expected a finite number, or a mapping \{'loss': number"),
        ("another name", r"returned \{'error': 0.5\}: expected"),
        ("cost below zero", "a cost of -1: expected seconds"),
        ("huge", "returned 1000"),
        ("object", "returned <object object>:"),
        ("masked", "returned masked"),
        ("function", "returned <function <lambda>>:"),
        ("exits", "SystemExit: no number"),
    ],
)
def test_what_is_no_answer_is_told_with_what_was_expected(
    kind: str, words: str, answers: str
) -> None:
    function = Function(function=f"{answers}:answers", space={**X, "kind": categorical(kind)})
    outcome = function.evaluate(Trial(config={"x": 1.0, "kind": kind}), 0)
    assert re.search(words, outcome.failure)
    assert "\n" not in outcome.failure


@pytest.mark.parametrize(
    ("kind", "words"),
    [
        ("exit", "SystemExit: no data (answers"),
        ("assertion", "AssertionError (answers"),
        ("base", "Speechless (answers"),
        ("recursion", "RecursionError: "),
        ("words", "Wordless: it cannot say what (answers"),
        ("memory", "MemoryError (answers"),
    ],
)
def test_whatever_ends_a_function_is_a_failed_trial_with_its_place(
    kind: str, words: str, answers: str
) -> None:
    function = Function(function=f"{answers}:ends", space={**X, "kind": categorical(kind)})
    outcome = function.evaluate(Trial(config={"x": 1.0, "kind": kind}), 0)
    assert outcome.failure.startswith(words)
    assert outcome.cost > 0


def test_one_objective_may_have_a_test_value_by_itself(answers: str) -> None:
    outcome = Function(function=f"{answers}:tested", space=X).evaluate(Trial(config={"x": 1.5}), 0)
    assert (dict(outcome.values), dict(outcome.test)) == ({"loss": 1.5}, {"loss": 3.0})


@pytest.mark.parametrize(
    ("kind", "words"),
    [
        ("text", "'0.5'"),
        ("flag", "True"),
        ("two", "[1.0, 2.0]"),
        ("none of them", "[]"),
        ("another name", "{'error': 0.5}"),
        ("text by name", "{'loss': 'high'}"),
        ("object", "<object object>"),
        ("huge", "1000"),
    ],
)
def test_a_test_value_of_a_wrong_type_is_a_failed_trial(
    kind: str, words: str, answers: str
) -> None:
    function = Function(function=f"{answers}:tested_as", space={**X, "kind": categorical(kind)})
    outcome = function.evaluate(Trial(config={"x": 1.0, "kind": kind}), 0)
    assert outcome.failure.startswith(f"the function returned a test value of {words}")
    assert "expected a finite number, or a mapping {'loss': number}" in outcome.failure


@pytest.mark.parametrize(
    "kind", ["absent", "absent by name", "not a number", "infinite", "nothing by name"]
)
def test_a_test_value_that_is_not_known_is_left_out(kind: str, answers: str) -> None:
    function = Function(function=f"{answers}:tested_as", space={**X, "kind": categorical(kind)})
    outcome = function.evaluate(Trial(config={"x": 1.0, "kind": kind}), 0)
    assert (outcome.failure, dict(outcome.values), dict(outcome.test)) == ("", {"loss": 1.0}, {})


@pytest.mark.parametrize(("integer", "cost"), [(True, 0.0), (False, 1.0)])
def test_a_whole_fidelity_arrives_as_an_int(integer: bool, cost: float, answers: str) -> None:
    fidelity = {"name": "epochs", "low": 1, "high": 9, "integer": integer}
    function = Function(function=f"{answers}:level", space=X, fidelity=fidelity)
    for asked in (3.0, 3, None):
        assert function.evaluate(Trial(config={"x": 1.0}, fidelity=asked), 0).cost == cost


def test_other_parameters_reach_the_function(answers: str) -> None:
    function = Function(function=f"{answers}:fixed", space=X, dataset="adult", scale=2)
    assert function.evaluate(Trial(config={"x": 1.0}), 0).value == 10.0
    with pytest.raises(UserError, match="has no parameter 'dateset': did you mean 'dataset'"):
        Function(function=f"{answers}:fixed", space=X, dateset="adult")
    with pytest.raises(UserError, match="needs 'dataset', which is neither"):
        Function(function=f"{answers}:fixed", space=X)
    with pytest.raises(UserError, match="'x' is a hyperparameter and a fixed parameter"):
        Function(function=f"{answers}:fixed", space=X, dataset="adult", x=1)


def test_a_hyperparameter_named_seed_is_what_the_function_gets(answers: str) -> None:
    seed = {"type": "integer", "low": 40, "high": 50}
    function = Function(function=f"{answers}:hyper", space={**X, "seed": seed})
    assert function.evaluate(Trial(config={"x": 1.0, "seed": 42}), seed=7).value == 42.0


def test_an_objective_written_for_optuna_is_answered_by_the_configuration(answers: str) -> None:
    space = {
        "kind": categorical("one", "None"),
        "x": {"type": "float", "low": 0, "high": 1, "if": {"kind": "one"}},
        "n": {"type": "integer", "low": 1, "high": 9, "if": {"kind": "one"}},
        "y": {"type": "float", "low": 0, "high": 1, "if": {"kind": "None"}},
    }
    function = Function(function=f"{answers}:objective", space=space)
    one = Trial(config={"kind": "one", "x": 0.25, "n": 3})
    assert function.evaluate(one, 0).value == 3.25
    assert function.evaluate(Trial(config={"kind": "None", "y": 0.5}), 0).value == 0.5
    lacking = Function(function=f"{answers}:objective", space={"kind": categorical("one")})
    outcome = lacking.evaluate(Trial(config={"kind": "one"}), 0)
    assert "asks for 'x', which the space has not" in outcome.failure


FIDELITIES: dict[str, tuple[dict[str, Any], str]] = {
    "reversed": ({"low": 9, "high": 1}, "'low' is below 'high'"),
    "same": ({"low": 5, "high": 5}, "'low' is below 'high'"),
    "zero": ({"low": 0, "high": 9}, "'low' is above 0"),
    "a text": ({"low": "a", "high": 9}, "'low' is a number, not 'a'"),
    "a fraction": ({"low": 0.5, "high": 9, "integer": True}, "'low' is a whole number"),
    "infinite": ({"low": 1, "high": float("inf")}, "'high' is above 0 and below"),
    "a word": ({"low": 1, "high": 9, "integer": "yes"}, "'integer' is true or false, not 'yes'"),
    "another field": ({"low": 1, "hihg": 9}, "no field 'hihg': did you mean 'high'"),
    "missing": ({"low": 1}, "the field 'high' is missing"),
}


@pytest.mark.parametrize("fault", FIDELITIES)
def test_a_fidelity_with_no_range_is_refused(fault: str, answers: str) -> None:
    fields, words = FIDELITIES[fault]
    fidelity = {"name": "epochs", **fields}
    with pytest.raises(UserError, match=words):
        Function(function=f"{answers}:level", space=X, fidelity=fidelity)
    with pytest.raises(UserError, match=words):
        Function.check({"space": X, "fidelity": fidelity})


@pytest.mark.parametrize("place", ["costly.py", "costly/__init__.py"])
@pytest.mark.parametrize(
    ("source", "costs"),
    [
        ("def f(x):\n    return x\n", True),
        ("def f(x):\n    return {'loss': x, 'cost': 1}\n", False),
        ("def f(x):\n    return dict(loss=x, cost=1)\n", False),
        ("def f(x):\n    return x\ndef g(x):\n    return {'loss': x, 'cost': 1}\n", True),
        ("def f(x):\n    return g(x)\ndef g(x):\n    return {'loss': x, 'cost': 1}\n", False),
        ("K = 'cost'\ndef f(x):\n    return {'loss': x, K: 1}\n", False),
        ("if True:\n    def f(x):\n        return {'loss': x, 'cost': 1}\n", False),
        ("def d(g):\n    return lambda x: {'loss': x, 'cost': 1}\n@d\ndef f(x): ...\n", False),
        (
            "# -*- coding: latin-1 -*-\n# gr\xfc\ndef f(x):\n    return {'loss': x, 'cost': 1}\n",
            False,
        ),
    ],
)
def test_a_task_says_by_itself_whether_its_costs_are_measured(
    source: str,
    costs: bool,
    place: str,
    tmp_path: Path,
) -> None:
    (tmp_path / "tasks").mkdir()
    (tmp_path / place).parent.mkdir(exist_ok=True)
    (tmp_path / place).write_text(source, encoding="latin-1")
    (tmp_path / "tasks" / "t.yaml").write_text(
        "benchmark: hpobench.benchmarks.function:Function\n"
        "tasks: [{id: t, objectives: [loss], budget: {trials: 3}, params: "
        "{function: 'costly:f', space: {x: {type: float, low: 0, high: 1}}}}]\n"
    )
    assert Catalogue([tmp_path]).task("t/t").real_time is costs


def test_a_function_with_a_checkpoint_goes_on_from_what_it_returned(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "legs.py").write_text(LEGS)
    monkeypatch.syspath_prepend(tmp_path)
    fidelity = {"name": "steps", "low": 1, "high": 9, "integer": True}
    benchmark = Function(function="legs:walk", space=SPACE_OF_LEGS, fidelity=fidelity)
    assert benchmark.continues
    first, left = benchmark.advance(Trial(config={"stride": 2.0}, fidelity=3), 0, None)
    second, _ = benchmark.advance(Trial(config={"stride": 5.0}, fidelity=4), 0, left)
    assert (first.value, first.cost, left) == (-6.0, 3.0, b"3 6.0")
    assert (second.value, second.cost) == (-11.0, 1.0)
    assert benchmark.evaluate(Trial(config={"stride": 5.0}, fidelity=4), 0).value == -20.0


LEGS = """
def walk(stride, fidelity, checkpoint):
    done, place = map(float, checkpoint.split()) if checkpoint else (0.0, 0.0)
    place += stride * (fidelity - done)
    return {"loss": -place, "cost": fidelity - done, "checkpoint": f"{fidelity} {place}".encode()}
"""
SPACE_OF_LEGS = {"stride": {"type": "float", "low": 0.0, "high": 9.0}}
