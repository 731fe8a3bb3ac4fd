"""Whatever a YAML file says of a space gives that space, or one line that says what is wrong."""

from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest
import yaml
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st

from hpobench.benchmarks.space_from_yaml import described_space
from hpobench.catalogue import Catalogue
from hpobench.cli.show import command as show
from hpobench.environments.wire import pack_problem, unpack_problem
from hpobench.errors import FileError, ParameterError, UserError
from hpobench.execution.construction import build
from hpobench.space import checker, draw_configs, plain_config, violation
from hpobench.task import Budget, Objective, Problem, Unit
from tests.examples import examples

NAMES = ["a", "b", "self", "seed", "x y", "c", "d"]
NUMBERS: list[Any] = [0, 1, 2, 3, 9, 1.5, -4, 1e-15, 1e-5, 0.1234567890123456789, 1e300, 2**53]
NUMBERS += [2**63 - 2, 2**70, float("inf"), float("nan"), 1e16, 1e16 + 2]
TEXTS: list[Any] = ["p", "q", "", "a", "float", "é", "1", True, False, None]

scalars = st.sampled_from(NUMBERS + TEXTS)
lists = st.lists(scalars, max_size=4)
anything = st.one_of(
    scalars, lists, st.dictionaries(st.sampled_from(NAMES), scalars, max_size=2), st.just([[1, 2]])
)
rules = st.one_of(
    scalars,
    lists,
    st.dictionaries(st.sampled_from(["above", "below", "abve"]), scalars, max_size=2),
)
parents = st.one_of(
    anything, st.dictionaries(st.sampled_from(NAMES), rules, min_size=1, max_size=3)
)
ranges = st.fixed_dictionaries(
    {"type": st.sampled_from(["float", "integer"]), "low": scalars, "high": scalars},
    optional={"log": st.sampled_from([True, False, "yes"]), "if": parents},
)
listed = st.fixed_dictionaries(
    {"type": st.sampled_from(["categorical", "ordinal", "constant", "flaot"]), "values": lists},
    optional={"if": parents},
)
good_ranges = st.fixed_dictionaries(
    {
        "type": st.sampled_from(["float", "integer"]),
        "low": st.sampled_from([1, 2, 3]),
        "high": st.sampled_from([4, 9, 2**31]),
    },
    optional={"log": st.booleans(), "if": parents},
)
good_lists = st.fixed_dictionaries(
    {"type": st.sampled_from(["categorical", "ordinal"]), "values": st.just(["p", "q", 1, 2])},
    optional={"if": parents},
)
hyperparameters = st.one_of(good_ranges, good_lists, good_lists, ranges, listed, anything)
described = st.one_of(
    st.dictionaries(st.sampled_from(NAMES), hyperparameters, min_size=1, max_size=7), anything
)
clauses = st.one_of(
    st.just([]),
    anything,
    st.lists(
        st.dictionaries(st.sampled_from(NAMES), st.one_of(scalars, lists), min_size=1), max_size=3
    ),
)


@examples(250, derandomize=True, database=None)
@given(described, clauses)
def test_a_description_gives_legal_configurations_or_one_line(space: Any, forbidden: Any) -> None:
    made, refused = _made(space, forbidden)
    if made is None:
        assert refused
        assert "\n" not in refused
        return
    for config in draw_configs(deepcopy(made), 5, seed=0):
        assert not violation(made, config)
        for name, value in config.items():
            values = space[name].get("values")
            if values is None:
                assert space[name]["low"] <= value <= space[name]["high"]
            else:
                assert value in values


def _made(space: Any, forbidden: Any) -> tuple[Any, str]:
    """The space, or why there is none; anything else that is raised fails the test."""
    try:
        return described_space(space, forbidden), ""
    except UserError as error:
        return None, str(error)


bounds = st.floats(-1e6, 1e6).filter(lambda x: abs(x) > 1e-9 or x == 0)


@examples(80, derandomize=True, database=None)
@given(bounds, bounds, st.booleans())
def test_bounds_are_exact_or_refused(one: float, other: float, log: bool) -> None:
    low, high = sorted([one, other])
    try:
        space: Any = described_space({"x": {"type": "float", "low": low, "high": high, "log": log}})
    except ParameterError:
        assert high - low < 1e-9 or (log and low < 1e-10) or high - low < 1e-12 * max(-low, high)
        return
    assert (space["x"].lower, space["x"].upper) == (low, high)
    for end in (low, high):
        assert not violation(space, {"x": end})
        assert not checker(space)({"x": end})
    crossed: Any = unpack_problem(pack_problem(_problem(space))).space
    for each in (space, deepcopy(space), crossed):
        assert (each["x"].lower, each["x"].upper) == (low, high)
        each.seed(1)
        for config in each.sample_configuration(20):
            assert low <= float(plain_config(config)["x"]) <= high
            assert not violation(space, plain_config(config))


def _problem(space: Any) -> Problem:
    return Problem(
        space=space,
        objectives=(Objective(name="loss"),),
        fidelity=None,
        budget=Budget(1, Unit.TRIALS),
    )


def _above(value: float) -> dict[str, Any]:
    return {"above": value}


def _chain(length: int) -> dict[str, Any]:
    """Each active above the middle of the one before."""
    made: dict[str, Any] = {"h0": {"type": "float", "low": 0, "high": 1}}
    for number in range(1, length):
        rule = {f"h{number - 1}": _above(0.5)}
        made[f"h{number}"] = {"type": "float", "low": 0, "high": 1, "if": rule}
    return made


def test_conditions_too_deep_for_configspace_are_refused_and_others_made() -> None:
    assert len(described_space(_chain(10))) == 10
    with pytest.raises(ParameterError, match=r"cannot order so many .* in bounded time"):
        described_space(_chain(25))
    crowd = {f"h{i:03}": {"type": "integer", "low": 0, "high": 1} for i in range(25)}
    for number, name in enumerate(list(crowd)):
        if number:
            crowd[name]["if"] = dict.fromkeys(list(crowd)[:number], 1)
    with pytest.raises(ParameterError, match="cannot order so many"):
        described_space(crowd)


def test_clauses_that_forbid_the_first_values_choose_another_default() -> None:
    space = described_space(
        {
            "a": {"type": "categorical", "values": ["x", "y"]},
            "b": {"type": "ordinal", "values": [1, 2, 3]},
            "n": {"type": "integer", "low": 0, "high": 4},
        },
        [{"a": "x"}, {"b": [1, 2]}, {"n": 2, "a": "y"}],
    )
    assert not violation(space, dict(space.get_default_configuration()))
    assert {config["a"] for config in draw_configs(space, 20, seed=0)} == {"y"}
    with pytest.raises(ParameterError, match="leave no configuration"):
        described_space({"a": {"type": "categorical", "values": ["x", "y"]}}, [{"a": ["x", "y"]}])


X = {"type": "float", "low": 0, "high": 1}
A = {"type": "categorical", "values": ["p", "q"]}
FAULTS: dict[str, tuple[dict[str, Any], str, str]] = {
    "text as if": ({"a": A, "x": {**X, "if": "a"}}, "'x'", "'if' is a mapping"),
    "list as if": ({"a": A, "x": {**X, "if": [{"a": "p"}]}}, "'x'", "'if' is a mapping"),
    "circle": (
        {"a": {**X, "if": {"x": _above(0.5)}}, "x": {**X, "if": {"a": _above(0.5)}}},
        "'a'",
        "round in a circle",
    ),
    "64 bits": (
        {"x": {"type": "integer", "low": 0, "high": 2**63 - 2}},
        "'x'",
        "'high' is at most 2**53",
    ),
    "fraction": (
        {"x": {"type": "integer", "low": 1.5, "high": 9}},
        "'x'",
        "'low' is a whole number, not 1.5",
    ),
    "one number": (
        {"x": {"type": "integer", "low": 3, "high": 3}},
        "'x'",
        "3 is not below 3: of one value",
    ),
    "lists": (
        {"x": {"type": "categorical", "values": [[64, 64], [128]]}},
        "'x'",
        "not [64, 64]",
    ),
    "zero in logarithms": (
        {"x": {**X, "log": True}},
        "'x'",
        "'low' is above 0 with 'log: true', not 0",
    ),
    "tiny": (
        {"x": {"type": "float", "low": 1e-15, "high": 1, "log": True}},
        "'x'",
        "rounds to 13 decimals",
    ),
    "no such value": ({"a": A, "x": {**X, "if": {"a": "z"}}}, "'x'", "has no value 'z'"),
    "twice": ({"x": {"type": "ordinal", "values": [1, True]}}, "'x'", "1 and True are the same"),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_a_mistake_is_told_in_one_line_with_file_line_hyperparameter_and_field(
    fault: str, tmp_path: Path
) -> None:
    space, name, words = FAULTS[fault]
    (tmp_path / "tasks").mkdir()
    (tmp_path / "mine.py").write_text("def loss(**config):\n    return 1.0\n")
    file = tmp_path / "tasks" / "wrong.yaml"
    content = {
        "benchmark": "hpobench.benchmarks.function:Function",
        "tasks": [
            {
                "id": "t",
                "objectives": ["loss"],
                "budget": {"trials": 3},
                "params": {"function": "mine:loss", "space": space},
            }
        ],
    }
    file.write_text(yaml.safe_dump(content, default_flow_style=False))
    with pytest.raises(FileError) as caught:
        build(Catalogue([tmp_path]).task("wrong/t"))
    message = str(caught.value)
    assert "\n" not in message
    assert f"task 'wrong/t': hyperparameter {name}" in message
    assert words in message
    line = int(message.removeprefix(f"{file}:").partition(":")[0])
    lines = file.read_text().splitlines()
    block = [number for number, text in enumerate(lines, 1) if text.strip() == f"{name[1:-1]}:"]
    assert block[0] < line <= block[0] + len(space[name[1:-1]]) + 3
    done = CliRunner().invoke(show, ["wrong/t", "--catalogue", str(tmp_path)])
    assert isinstance(done.exception, UserError)


def test_dimension_and_types_are_derived_from_what_is_described(tmp_path: Path) -> None:
    (tmp_path / "tasks").mkdir()
    (tmp_path / "tasks" / "t.yaml").write_text(
        "benchmark: hpobench.benchmarks.function:Function\n"
        "tasks:\n"
        "  - id: t\n"
        "    objectives: [loss]\n"
        "    budget: {trials: 3}\n"
        "    params:\n"
        "      function: mine:loss\n"
        "      forbidden: [{a: p}]\n"
        "      space:\n"
        "        a: {type: categorical, values: [p, q]}\n"
        "        x: {type: float, low: 0, high: 1, if: {a: q}}\n"
    )
    task = Catalogue([tmp_path]).task("t/t")
    assert (task.dimension, task.types) == (2, ("categorical", "condition", "float", "forbidden"))
