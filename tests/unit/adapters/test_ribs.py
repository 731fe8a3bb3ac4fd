"""The pyribs adapter against the loop that its own documentation gives."""

from typing import Any

import numpy as np
import pytest
from ConfigSpace import ConfigurationSpace, Float

from hpobench.catalogue import Catalogue
from hpobench.diversity.axes import MeasureAxis
from hpobench.task import Budget, Objective, Problem
from hpobench.trial import Config, Outcome, Trial
from tests.driving import drive

pytest.importorskip("ribs", reason="pip install 'hpobench[pyribs]'")

GENERATIONS, BATCH, SEED = 6, 20, 5
CUBE = [(0.0, 1.0)] * 3


def loss(config: Config) -> float:
    x, y, z = (float(config[name]) for name in "xyz")
    return (x - 0.7) ** 2 + (y - 0.2) ** 2 * (1 + z) + abs(z - x)


def by_hand(archive: Any, name: str) -> Any:
    """The emitters as a user of the library would make them."""
    from ribs.emitters import EvolutionStrategyEmitter, GaussianEmitter

    both = {"bounds": CUBE, "batch_size": BATCH, "seed": SEED}
    if name == "cma-me":
        return EvolutionStrategyEmitter(archive, x0=[0.5] * 3, sigma0=0.25, ranker="2imp", **both)
    first = np.random.default_rng(SEED).random((BATCH, 3))
    return GaussianEmitter(archive, sigma=0.1, initial_solutions=first, **both)


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("name", ["map-elites", "cma-me"])
def test_the_trajectory_is_the_one_of_the_documented_loop(name: str) -> None:
    from ribs.archives import GridArchive
    from ribs.schedulers import Scheduler

    from hpobench.adapters.libraries.ribs import Ribs

    archive = GridArchive(solution_dim=3, dims=[10, 10], ranges=[(0, 1)] * 2, seed=SEED)
    scheduler = Scheduler(archive, [by_hand(archive, name)])
    evaluated: list[Config] = []
    for _ in range(GENERATIONS):
        solutions = scheduler.ask()
        configs = [dict(zip("xyz", map(float, each), strict=True)) for each in solutions]
        evaluated.extend(configs)
        scheduler.tell([-loss(config) for config in configs], solutions[:, :2])
    problem = Problem(
        space=ConfigurationSpace({name: Float(name, (0, 1)) for name in "xyz"}),
        objectives=(Objective(name="f"),),
        fidelity=None,
        budget=Budget(GENERATIONS * BATCH),
    )

    def answer(trial: Trial, _: int) -> Outcome:
        return Outcome(values={"f": loss(trial.config)})

    optimizer = Ribs(problem, SEED, **Catalogue().variant(f"pyribs/{name}").options)
    asked = drive(optimizer, problem, GENERATIONS * BATCH, answer=answer)
    assert [trial.config for trial in asked] == evaluated
    assert 20 < len(archive) < 100


@pytest.mark.filterwarnings("ignore")
def test_the_grid_is_over_the_measures_that_a_task_names_and_no_failure_takes_a_cell() -> None:
    from hpobench.adapters.libraries.ribs import Ribs

    problem = Problem(
        space=ConfigurationSpace({name: Float(name, (0, 1)) for name in "xyz"}),
        objectives=(Objective(name="f"),),
        fidelity=None,
        budget=Budget(GENERATIONS * BATCH),
        signals=("size", "speed"),
        measures=(
            MeasureAxis(name="size", low=1.0, high=100.0, log=True),
            MeasureAxis(name="speed", low=-3.0, high=0.0),
        ),
    )
    told: dict[tuple[int, int], float] = {}

    def answer(trial: Trial, number: int) -> Outcome:
        if number % 3 == 1 or number >= GENERATIONS * BATCH:
            return Outcome(failure="out of memory")
        z, y = (float(trial.config[name]) for name in "zy")
        value, cell = loss(trial.config), (min(int(10 * z + 1e-6), 9), min(int(10 * y + 1e-6), 9))
        told[cell] = min(told.get(cell, np.inf), value)
        return Outcome(values={"f": value}, signals={"size": 100**z, "speed": 3 * y - 3})

    optimizer = Ribs(problem, SEED, **Catalogue().variant("pyribs/map-elites").options)
    drive(optimizer, problem, GENERATIONS * BATCH + 1, answer=answer)  # so that all are learnt
    held = optimizer.archive.data(["index", "objective"])
    cells = optimizer.archive.int_to_grid_index(held["index"]).tolist()
    best = dict(zip(map(tuple, cells), (-held["objective"]).tolist(), strict=True))
    assert best == pytest.approx(told)
