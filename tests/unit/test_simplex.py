"""Weights that sum to one: in spaces, in the box that optimizers see, in tables, masked."""

import json
import math
from copy import deepcopy
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from ConfigSpace import ConfigurationSpace
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import beta, kstest

from hpobench.benchmarks.recorded import Recorded
from hpobench.benchmarks.space_from_yaml import described_space
from hpobench.catalogue import Catalogue
from hpobench.errors import UserError
from hpobench.execution.masking import Mask
from hpobench.execution.runner import execute
from hpobench.execution.unfolding import in_box
from hpobench.prior import Belief
from hpobench.recording.description import describe_hyperparameters
from hpobench.run import Run
from hpobench.settings import Settings
from hpobench.simplex import SimplexBox, break_stick, simplexes, stick_shares
from hpobench.space import draw_configs, plain_config, types, violation
from hpobench.task import Budget, Objective, Problem
from hpobench.trial import Trial
from tests.driving import catalogue, mixture

SHARES = st.lists(st.floats(0, 1), min_size=1, max_size=20)


@given(SHARES)
def test_a_broken_stick_has_no_negative_part_and_is_whole(shares: list[float]) -> None:
    weights = break_stick(shares)
    assert min(weights) >= 0
    assert math.fsum(weights) == pytest.approx(1, abs=1e-12)


@given(st.lists(st.floats(0.001, 1), min_size=2, max_size=20))
def test_every_mixture_is_the_one_that_its_shares_make(parts: list[float]) -> None:
    weights = [part / math.fsum(parts) for part in parts]
    assert break_stick(stick_shares(weights)) == pytest.approx(weights, abs=1e-12)


@pytest.mark.parametrize("weights", [[1.0, 0.0, 0.0], [0.0, 1.0, 0.0], [0.0, 0.0, 1.0]])
def test_corners_are_kept(weights: list[float]) -> None:
    assert break_stick(stick_shares(weights)) == pytest.approx(weights)


def test_uniform_shares_make_uniform_mixtures() -> None:
    """Each weight of the uniform distribution on a simplex of k is Beta(1, k - 1)."""
    drawn = np.random.default_rng(0).random((500, 4))
    mixtures = np.array([break_stick(each) for each in drawn.tolist()])
    assert all(kstest(column, beta(1, 4).cdf).pvalue > 0.001 for column in mixtures.T)


def test_a_space_draws_uniform_mixtures_and_what_else_it_holds() -> None:
    space = mixture(frozenset({"float", "categorical", "condition"}))
    drawn = draw_configs(space, 200, seed=1)
    assert not any(violation(space, config) for config in drawn)
    web = [float(config["web"]) for config in drawn]
    assert kstest(web, beta(1, 2).cdf).pvalue > 0.001
    assert {("momentum" in config) for config in drawn} == {True, False}


def test_the_types_of_a_space_name_the_simplex_and_not_its_floats() -> None:
    three = {name: {"type": "simplex"} for name in "abc"}
    assert types(described_space(three)) == ("simplex",)
    assert describe_hyperparameters(described_space(three)) == {
        name: {"type": "simplex", "group": "weights"} for name in "abc"
    }


def test_the_default_is_the_same_of_each_and_legal() -> None:
    space = described_space({f"w{i}": {"type": "simplex"} for i in range(17)})
    default = plain_config(space.get_default_configuration())
    assert not violation(space, default)
    assert set(default.values()) == {round(1 / 17, 13)}


def test_weights_that_do_not_sum_to_one_are_no_configuration() -> None:
    space = described_space({name: {"type": "simplex"} for name in "abc"})
    assert "3 weights of the simplex 'weights' sum to 0.9" in violation(
        space, {"a": 0.5, "b": 0.2, "c": 0.2}
    )


def test_groups_sum_apart() -> None:
    described = {n: {"type": "simplex", "group": "xy" if n in "ab" else "z"} for n in "abcde"}
    space = described_space(described)
    assert simplexes(space) == {"xy": ("a", "b"), "z": ("c", "d", "e")}
    box = SimplexBox(space)
    assert list(box.space) == ["a", "c", "d"]
    assert not violation(space, box.open({"a": 0.3, "c": 0.9, "d": 0.1}))


WRONG: list[tuple[dict[str, Any], str]] = [
    ({"a": {"type": "simplex"}}, "the only weight"),
    ({"a": {"type": "simplex", "low": 0}, "b": {"type": "simplex"}}, "'low' is not for type"),
    ({"a": {"type": "simplx"}}, "did you mean 'simplex'"),
    ({"a": {"type": "float", "low": 0, "high": 1, "group": "x"}}, "'group' is not for type"),
    (
        {n: {"type": "simplex"} for n in "ab"}
        | {"c": {"type": "float", "low": 0, "high": 1, "if": {"a": 0.5}}},
        "on which nothing can depend",
    ),
]


@pytest.mark.parametrize(("described", "complaint"), WRONG)
def test_what_no_weight_can_be_is_refused(described: dict[str, Any], complaint: str) -> None:
    with pytest.raises(UserError, match=complaint):
        described_space(described)


def test_a_weight_is_forbidden_nothing() -> None:
    with pytest.raises(UserError, match="no value can be forbidden"):
        described_space({n: {"type": "simplex"} for n in "ab"}, [{"a": 0.5}])


def test_the_simplex_outlives_configspaces_own_format_and_a_copy() -> None:
    space = mixture(frozenset({"float"}))
    data = json.loads(json.dumps(space.to_serialized_dict()))
    assert simplexes(ConfigurationSpace.from_serialized_dict(data)) == simplexes(space)
    assert draw_configs(deepcopy(space), 3, 0) == draw_configs(space, 3, 0)


def posed(space: ConfigurationSpace, **known: Any) -> Problem:
    return Problem(
        space=space,
        objectives=(Objective(name="loss"),),
        fidelity=None,
        budget=Budget(5),
        **known,
    )


def test_a_prior_of_weights_is_one_of_the_shares_that_make_them() -> None:
    space = described_space({name: {"type": "simplex"} for name in "abc"})
    beliefs = {n: Belief(default=v, width=0.1) for n, v in zip("abc", (0.7, 0.2, 0.1), strict=True)}
    box = SimplexBox(space)
    prior = in_box(posed(space, prior=beliefs), box).prior
    assert list(prior) == ["a", "b"]
    opened = box.open({name: belief.default for name, belief in prior.items()})
    assert list(opened.values()) == pytest.approx([0.7, 0.2, 0.1])


def test_a_mask_hides_the_names_of_weights_and_keeps_their_sum() -> None:
    space = mixture(frozenset({"float", "categorical"}))
    mask = Mask.of(space, 0)
    hidden = mask.problem(posed(space)).space
    assert types(hidden) == types(space)
    assert simplexes(hidden) == {"s1": tuple(mask.names[n] for n in simplexes(space)["weights"])}
    assert "weights" not in repr(hidden.to_serialized_dict().values())


TABLE = """a,b,c,loss
0.2,0.3,0.5,1
1,0,0,2
0.333,0.333,0.333,3
"""


def table_of(folder: Path, text: str) -> Recorded:
    (folder / "mix.csv").write_text(text)
    return Recorded(
        file=str(folder / "mix.csv"),
        lookup="nearest",
        hyperparameters={name: {"type": "simplex"} for name in "abc"},
        objectives={"loss": "minimize"},
    )


def test_a_table_answers_with_the_nearest_mixture(tmp_path: Path) -> None:
    table = table_of(tmp_path, TABLE)
    assert types(table.space) == ("simplex",)
    for config, loss in (((0.9, 0.1, 0.0), 2), ((0.3, 0.35, 0.35), 3), ((0.2, 0.3, 0.5), 1)):
        asked = Trial(config=dict(zip("abc", config, strict=True)))
        assert table.evaluate(asked, 0).values == {"loss": loss}


def test_a_row_that_is_no_mixture_is_refused_with_its_number(tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"3 weights of 'weights' sum to 0.9 in row 2"):
        table_of(tmp_path, TABLE.replace("1,0,0,2", "0.9,0,0,2"))


MIXED = """benchmark: hpobench.benchmarks.function:Function
tasks:
  - id: mix
    objectives: [loss]
    budget: {trials: 6}
    params:
      function: mix:loss
      space: {web: {type: simplex}, code: {type: simplex}, rate: {type: float, low: 0, high: 1}}
"""


def test_a_users_function_is_called_with_weights_by_name_masked_or_not(tmp_path: Path) -> None:
    (tmp_path / "tasks").mkdir()
    (tmp_path / "tasks" / "own.yaml").write_text(MIXED)
    source = "def loss(web, code, rate):\n    return {'loss': abs(web - code) + rate, 'cost': 1}\n"
    (tmp_path / "mix.py").write_text(source)
    task = Catalogue([tmp_path]).task("own/mix")
    assert (task.types, task.dimension) == (("float", "simplex"), 3)
    plain, masked = (
        execute(Run(task=each, variant=catalogue().variant("random"), seed=1))
        for each in (task, task.under(settings=replace(Settings(), masked=True)))
    )
    assert not plain.reason
    assert [r.values for r in plain.records] == [r.values for r in masked.records]
    for record in plain.records:
        web, code, rate = (float(record.config[name]) for name in ("web", "code", "rate"))
        assert web + code == pytest.approx(1)
        assert record.values[0] == pytest.approx(abs(web - code) + rate)
