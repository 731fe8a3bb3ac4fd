"""What crosses between interpreters, and what an environment's place depends on."""

import json
import re
from copy import deepcopy
from dataclasses import fields, replace
from pathlib import Path
from typing import Any

import pytest
from ConfigSpace import (
    Beta,
    Categorical,
    ConfigurationSpace,
    Float,
    ForbiddenGreaterThanRelation,
    Integer,
    Normal,
)
from hypothesis import given
from hypothesis import strategies as st

from hpobench.catalogue import Catalogue
from hpobench.environments import Installation, Isolated, isolated
from hpobench.environments.installation import requirements
from hpobench.environments.wire import pack_outcome, pack_problem, unpack_outcome, unpack_problem
from hpobench.errors import RemoteError, UserError
from hpobench.execution.loop import Loop
from hpobench.execution.workers import Simulated
from hpobench.optimizer import Capabilities, Environment, Variant
from hpobench.run import Run
from hpobench.task import Budget, Fidelity, Objective, Problem, Task, Unit
from hpobench.trial import Outcome, Trial
from tests.examples import examples
from tests.spaces import spaces

VARIANT = Variant(
    id="made",
    family="made",
    adapter="hpobench.adapters.random_search:RandomSearch",
    capabilities=Capabilities(types=frozenset({"float"})),
    environment=Environment(requirements=("thing==1.0",)),
)
PROBLEM = Problem(
    space=ConfigurationSpace({"x": (0.1, 0.3)}),
    objectives=(Objective(name="a"), Objective(name="b", maximize=True)),
    fidelity=Fidelity(name="z", low=0.1, high=27, continuable=True),
    budget=Budget(1 / 3, Unit.SECONDS),
    workers=4,
    initial=({"x": 0.1 + 0.2}, {"x": 0.25}),
    context={"N": 7e9, "data": "wine"},
)


def crossed(data: Any) -> Any:
    return json.loads(json.dumps(data))


def draws(space: ConfigurationSpace) -> list[list[tuple[str, str]]]:
    """Configurations as they are drawn, with their types."""
    space.seed(3)
    return [[(name, repr(v)) for name, v in c.items()] for c in space.sample_configuration(5)]


@examples(60, derandomize=True, database=None)
@given(spaces())
def test_a_space_draws_the_same_on_the_other_side(space: ConfigurationSpace) -> None:
    other = unpack_problem(crossed(pack_problem(replace(PROBLEM, space=space)))).space
    assert draws(deepcopy(space)) == draws(other)
    assert other == space
    assert list(other) == list(space)


def test_priors_weights_and_relations_cross_too() -> None:
    space = ConfigurationSpace(
        {
            "normal": Float("normal", (0, 1), distribution=Normal(0.3, 0.1)),
            "beta": Float("beta", (0.0, 1), distribution=Beta(2, 3)),
            "count": Integer("count", (0, 10), distribution=Normal(5, 2)),
            "kind": Categorical("kind", ["x", "y"], weights=[0.1, 0.9], default="y"),
        }
    )
    space.add(ForbiddenGreaterThanRelation(space["normal"], space["beta"]))
    other = unpack_problem(crossed(pack_problem(replace(PROBLEM, space=space)))).space
    assert draws(deepcopy(space)) == draws(other)
    assert other == space


def test_all_of_a_problem_crosses() -> None:
    assert pack_problem(PROBLEM).keys() == {field.name for field in fields(Problem)} | {"bounds"}
    assert unpack_problem(crossed(pack_problem(PROBLEM))) == PROBLEM


@examples(50, derandomize=True, database=None)
@given(st.dictionaries(st.text(), st.floats(allow_nan=False)), st.floats(0), st.text())
def test_outcomes_cross_exactly_and_test_values_do_not(
    values: dict[str, float], cost: float, failure: str
) -> None:
    outcome = Outcome(values=values, cost=cost, failure=failure, test={"hidden": 1.0})
    other = unpack_outcome(crossed(pack_outcome(outcome)))
    assert other == replace(outcome, test={})
    assert list(other.values) == list(values)


class Scripted:
    """Stands for the process of an adapter that takes 100 s for everything."""

    def __init__(self) -> None:
        self.told: list[Any] = []
        self.number = 0

    def exchange(self, message: Any) -> dict[str, Any]:
        match crossed(message):
            case ["ask"]:
                self.number += 1
                trial = {"config": {"x": 0.2}, "fidelity": None}
                return {"seconds": 100.0, "trial": trial, "number": self.number}
            case ["tell", number, *_] if number == 3:
                return {"seconds": 0.0, "error": "ValueError: no (x.py:1)"}
            case ["tell", *arguments]:
                self.told.append(arguments)
                return {"seconds": 10.0}
            case _:
                return {"seconds": 0.0}


@pytest.fixture
def scripted(monkeypatch: pytest.MonkeyPatch) -> Scripted:
    process = Scripted()
    monkeypatch.setattr(isolated, "make", lambda _: None)
    monkeypatch.setattr(isolated, "borrow", lambda _: process)
    monkeypatch.setattr(isolated, "give_back", lambda _: None)
    return process


def test_an_ask_takes_what_the_adapter_took_and_not_the_way_there(scripted: Scripted) -> None:
    problem = replace(PROBLEM, budget=Budget(2, Unit.EVALUATIONS), workers=1, initial=())
    optimizer = Isolated(problem, 1, variant=VARIANT)

    def answer(trial: Trial) -> Outcome:
        return Outcome(values={"a": 1.0, "b": 2.0})

    workers = Simulated(answer, ("a", "b"))
    records = list(Loop(optimizer, workers, problem, clock=optimizer.clock).records())
    assert [r.ask_seconds for r in records] == pytest.approx([100, 100], abs=5)
    assert [r.tell_seconds for r in records] == pytest.approx([10, 10], abs=5)
    assert [(number, fidelity) for number, fidelity, _ in scripted.told] == [(1, 27), (2, 27)]


def test_an_error_over_there_is_told_once_and_ends_it(scripted: Scripted) -> None:
    optimizer = Isolated(PROBLEM, 1, variant=VARIANT)
    trial = Trial(config={"x": 0.2}, handle=3)
    with pytest.raises(RemoteError, match=r"^ValueError: no \(x.py:1\)$"):
        optimizer.tell(trial, Outcome())
    with pytest.raises(RemoteError, match="has failed before"):
        optimizer.ask()


TASK = Task(
    id="made/up",
    collection="made",
    benchmark="none:None",
    params={},
    objectives=("f0",),
    budget=Budget(1),
    dimension=1,
    types=("float",),
)


def test_an_environment_is_part_of_a_runs_identity_and_its_absence_changes_none() -> None:
    other = Environment(requirements=("thing==2.0",))
    sized = Environment(requirements=("thing==1.0",), megabytes=7)
    ids = [
        Run(task=TASK, variant=replace(VARIANT, environment=each), seed=0).id
        for each in (None, VARIANT.environment, other, sized)
    ]
    assert len(set(ids)) == 3
    assert ids[1] == ids[3]
    assert "environment" not in replace(VARIANT, environment=None).definition()


def test_a_place_depends_on_all_that_is_installed_and_nothing_else(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("HPOBENCH_CACHE_DIR", str(tmp_path))
    base = Environment(requirements=("thing==1.0",))
    changed = [
        Environment(requirements=("thing==1.1",)),
        Environment(requirements=("thing==1.0", "ConfigSpace==1.2.0")),
        Environment(requirements=("thing==1.0",), no_deps=("other",)),
        Environment(requirements=("thing==1.0",), python="3.99"),
    ]
    places = {Installation.of(each).folder for each in (base, *changed)}
    assert len(places) == 5
    assert Installation.of(replace(base, megabytes=3)).folder in places
    assert {place.parent for place in places} == {tmp_path / "environments"}


@pytest.mark.parametrize("name", ["ConfigSpace==1.2.0", "configspace>1", "configspace @ file:///x"])
def test_configspace_is_added_unless_it_is_named(name: str) -> None:
    (own,) = requirements(Environment(no_deps=("configspace-tools",)))
    assert own.startswith("ConfigSpace==")
    assert requirements(Environment(requirements=(name,))) == [name]
    assert requirements(Environment(no_deps=(name,))) == []


FAMILY = """\
adapter: package.module:Thing
capabilities: {types: [float]}
environment:
  requirements: [thing==1.0, "other @ https://example.org/other.whl"]
  no_deps: [liar]
  python: "3.12"
  megabytes: 12
variants:
  shared: {}
  own:
    environment: {requirements: [thing==2.0]}
"""


def variants(folder: Path, text: str) -> dict[str, Variant]:
    (folder / "optimizers").mkdir()
    (folder / "optimizers" / "family.yaml").write_text(text)
    return dict(Catalogue([folder]).variants)


def test_yaml_names_an_environment_for_a_family_or_a_variant(tmp_path: Path) -> None:
    found = variants(tmp_path, FAMILY)
    assert found["family/shared"].environment == Environment(
        requirements=("thing==1.0", "other @ https://example.org/other.whl"),
        no_deps=("liar",),
        python="3.12",
        megabytes=12,
    )
    assert found["family/own"].environment == Environment(requirements=("thing==2.0",))
    assert found["random"].environment is None


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        (("[thing==2.0]", "[--pre]"), "family.yaml:11: '--pre' is no requirement"),
        (("[thing==2.0]", "[./here]"), "family.yaml:11: './here' is no requirement"),
        (("[thing==2.0]", "[]"), "family.yaml:11: expected a list of one or more"),
        (("requirements: [thing==2.0]", "python: '3.12'"), "family.yaml:11: an environment has"),
        (('"3.12"', "3.12"), "family.yaml:6: expected a text, not 3.12"),
        (('"3.12"', '"3.9"'), "family.yaml:6: python is a version from '3.11' on"),
        (("no_deps", "nodeps"), "family.yaml:5: unknown field 'nodeps': did you mean 'no_deps'"),
    ],
)
def test_mistakes_in_an_environment_are_named_with_their_line(
    tmp_path: Path, wrong: tuple[str, str], message: str
) -> None:
    with pytest.raises(UserError, match=re.escape(message)):
        variants(tmp_path, FAMILY.replace(*wrong))
