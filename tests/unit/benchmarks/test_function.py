"""A user's function is called as YAML describes it, and what it does wrong is a failed trial."""

from pathlib import Path
from typing import Any

import pytest

from hpobench.benchmarks.function import Function
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
    "no module": ({"function": "mine_absent:f"}, "there is no module 'mine_absent'"),
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
