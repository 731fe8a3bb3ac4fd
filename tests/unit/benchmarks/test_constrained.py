"""COCO's constrained functions tell its values where they are feasible, and nothing elsewhere."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from hpobench.benchmarks.synthetic.constrained import Constrained
from hpobench.catalogue import Catalogue
from hpobench.scoring.constants import load_constants
from hpobench.trial import Outcome, Trial

TASKS = {name: t for name, t in Catalogue().tasks.items() if t.collection == "bbob-constrained"}

CONSTANTS = Path(__file__).parents[3] / "tasks" / "constants"


def told(benchmark: Constrained, shares: list[float]) -> Outcome:
    config = {name: -5 + 10 * share for name, share in zip(benchmark.space, shares, strict=True)}
    return benchmark.evaluate(Trial(config=config), 0)


def test_values_and_feasibility_are_those_of_coco_at_every_function_and_dimension(
    golden: Callable[[str], Any],
) -> None:
    points = golden("constrained")["points"]
    best = load_constants([CONSTANTS]).tasks
    served = {(t.params["function"], t.params["dimension"]) for t in TASKS.values()}
    asked = [TASKS[task].params for task, *_ in points]
    assert {(params["function"], params["dimension"]) for params in asked} == served
    for task, k, value, least in points:
        benchmark = Constrained(**TASKS[task].params)
        place = range(1, len(benchmark.space) + 1)
        outcome = told(benchmark, [(7919 * i + 104729 * k) % 1009 / 1009 for i in place])
        assert outcome.cost == 1.0
        if value is None:
            assert (outcome.failure, dict(outcome.values)) == ("infeasible", {})
        else:
            assert outcome.value == pytest.approx(value, rel=1e-12)
            assert value > least
        assert best[task].best == pytest.approx(least, rel=1e-12)
        assert best[task].source == "exact"


@pytest.mark.parametrize("dimension", [2, 20])
def test_random_points_are_feasible_often_enough_to_begin_with(dimension: int) -> None:
    rng = np.random.default_rng(5)
    for task in TASKS.values():
        if task.dimension == dimension and task.params["instance"] == 2:
            benchmark = Constrained(**task.params)
            tries = [told(benchmark, rng.random(dimension).tolist()) for _ in range(400)]
            assert sum(outcome.ok for outcome in tries) >= 0.03 * len(tries), task.id


@pytest.mark.parametrize("name", sorted(TASKS)[::60])
def test_the_best_is_where_coco_has_the_optimum_as_the_shipped_constants_have_it(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    known = load_constants([CONSTANTS]).tasks[name]
    assert Constrained(**TASKS[name].params).best == {"loss": known.best}
    assert known.source == "exact"
    assert not list(tmp_path.iterdir())
