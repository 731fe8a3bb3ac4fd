"""Random search against ConfigSpace's own sampling."""

from itertools import islice

from ConfigSpace import ConfigurationSpace
from hypothesis import given

from hpobench.adapters.native.random_search import CHUNK, RandomSearch, plain_configs
from hpobench.space import plain_config
from hpobench.task import Budget, Objective, Problem
from tests.driving import zoo
from tests.spaces import spaces

ALL = frozenset(
    {"float", "integer", "categorical", "ordinal", "constant", "condition", "forbidden"}
)


@given(spaces())
def test_converting_by_columns_gives_what_converting_one_by_one_does(
    space: ConfigurationSpace,
) -> None:
    space.seed(0)
    configs = space.sample_configuration(20)
    found, expected = plain_configs(space, configs), [plain_config(each) for each in configs]
    assert found == expected
    assert [[type(v) for v in config.values()] for config in found] == [
        [type(v) for v in config.values()] for config in expected
    ]
    assert [list(config) for config in found] == [list(config) for config in expected]


def test_the_trials_are_configspaces_samples_under_the_same_seed() -> None:
    objectives = (Objective(name="f"), Objective(name="g"))
    problem = Problem(space=zoo(ALL), objectives=objectives, fidelity=None, budget=Budget(1))
    optimizer = RandomSearch(problem, 17)
    reference = zoo(ALL)
    reference.seed(17)
    expected = [c for _ in range(3) for c in reference.sample_configuration(CHUNK)]
    found = [trial.config for trial in islice(iter(optimizer.ask, None), 3 * CHUNK)]
    assert found == [plain_config(config) for config in expected]
