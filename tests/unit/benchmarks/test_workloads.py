"""The mean over several workloads: one setting for all, or several of which the best counts."""

from collections.abc import Mapping
from typing import Any

import pytest
from ConfigSpace import ConfigurationSpace
from scipy.stats import gmean

from hpobench.benchmark import Benchmark
from hpobench.benchmarks.workloads import Workloads
from hpobench.errors import UserError
from hpobench.task import Objective
from hpobench.trial import Outcome, Trial

PLACE = "tests.unit.benchmarks.test_workloads:Parabola"


class Parabola(Benchmark):
    """Noisy around a centre; fails where x is beyond a limit."""

    def __init__(self, *, centre: float, limit: float = 9.0, name: str = "x") -> None:
        self.centre, self.limit = centre, limit
        self.space = ConfigurationSpace({name: (-5.0, 5.0)})
        self.objectives = (Objective(name="f"), Objective(name="g"))

    def evaluate(self, trial: Trial, seed: int) -> Outcome:
        x = float(trial.config["x"])
        if x > self.limit:
            return Outcome(failure="beyond", cost=2.0)
        free = (x - self.centre) ** 2 + 1
        told = {"f": free + seed, "g": 0.0}
        return Outcome(values=told, noiseless={"f": free, "g": 0.0}, cost=2.0)


def workloads(*parts: Mapping[str, Any], **options: Any) -> Workloads:
    return Workloads(benchmark=PLACE, workloads=parts, objective="f", **options)


CENTRES = ({"centre": -1.0}, {"centre": 2.0})


def test_one_setting_counts_by_its_mean() -> None:
    found = workloads(*CENTRES).evaluate(Trial(config={"x": 1.0}), 7)
    assert found.values == {"f": (5 + 2) / 2 + 7}
    assert found.noiseless == {"f": (5 + 2) / 2}
    assert found.cost == 4.0


def test_of_several_settings_the_best_on_each_counts() -> None:
    benchmark = workloads(*CENTRES, settings=3)
    assert list(benchmark.space) == ["s1.x", "s2.x", "s3.x"]
    found = benchmark.evaluate(Trial(config={"s1.x": -1.0, "s2.x": 2.0, "s3.x": 5.0}), 0)
    assert found.values == {"f": 1.0}
    assert found.cost == 12.0


def test_a_geometric_mean_does_not_see_scales() -> None:
    found = workloads(*CENTRES, geometric=True).evaluate(Trial(config={"x": 1.0}), 0)
    assert found.values["f"] == pytest.approx(gmean([5.0, 2.0]))


def test_it_fails_where_all_settings_fail_on_a_workload() -> None:
    benchmark = workloads({"centre": 0.0}, {"centre": 0.0, "limit": 1.0}, settings=2)
    assert benchmark.evaluate(Trial(config={"s1.x": 0.0, "s2.x": 4.0}), 0).ok
    lost = benchmark.evaluate(Trial(config={"s1.x": 2.0, "s2.x": 4.0}), 0)
    assert (lost.failure, lost.cost) == ("beyond", 8.0)


@pytest.mark.parametrize(
    ("parts", "options", "message"),
    [
        (({"centre": 0.0}, {"centre": 0.0, "name": "y"}), {}, "do not share one space"),
        ((), {}, "workloads are one or more"),
        (CENTRES, {"settings": 0}, "settings 1 to 20"),
    ],
)
def test_what_cannot_be_averaged_is_refused(
    parts: tuple[Mapping[str, Any], ...], options: dict[str, Any], message: str
) -> None:
    with pytest.raises(UserError, match=message):
        workloads(*parts, **options)


def test_an_objective_that_the_workloads_have_not_is_refused() -> None:
    with pytest.raises(UserError, match="no objective 'h': f, g"):
        Workloads(benchmark=PLACE, workloads=CENTRES, objective="h")
