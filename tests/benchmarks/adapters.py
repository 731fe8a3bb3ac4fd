"""What we add to a library's own time: our loop and adapter against the library's own loop."""

import tempfile
import warnings
from collections.abc import Callable, Iterator
from contextlib import chdir, contextmanager
from functools import partial
from pathlib import Path
from statistics import median
from time import process_time
from typing import Any

from ConfigSpace import ConfigurationSpace
from measure import Figure, alternate, progress, seconds
from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]

from hpobench.catalogue import Catalogue
from hpobench.loop import trajectory
from hpobench.randomness import GlobalGenerators
from hpobench.runner import start
from hpobench.task import Budget, Objective, Problem
from hpobench.trial import Outcome

NAMES = ["x0", "x1", "x2"]
SEED = 3
SHARE, LEAST = 0.05, 100.0
"""Ours is at most so much of the library's time, or so many microseconds a trial."""


def sphere(point: Any) -> float:
    """What is minimised on the unit cube: next to nothing is spent on it."""
    return float(sum((x - 0.3) ** 2 for x in point))


def optuna(sampler: str, trials: int) -> None:
    """`study.optimize` with one of the samplers."""
    import optuna

    optuna.logging.set_verbosity(optuna.logging.ERROR)
    study = optuna.create_study(sampler=getattr(optuna.samplers, sampler)(seed=SEED))
    study.optimize(lambda t: sphere([t.suggest_float(name, 0, 1) for name in NAMES]), trials)


def smac(facade: str, trials: int) -> None:
    """`optimize` of one of the facades."""
    import smac

    scenario = smac.Scenario(
        space(), deterministic=True, n_trials=trials, seed=SEED, output_directory=Path("own")
    )
    cls = getattr(smac, facade)

    def objective(config: Any, seed: int = 0) -> float:
        return sphere(config.values()) + 0 * seed

    cls(scenario, objective, logging_level=False, overwrite=True).optimize()


def pymoo(algorithm: str, trials: int) -> None:
    """`minimize` with one of the algorithms."""
    import numpy as np
    from pymoo.optimize import minimize
    from pymoo.problems.functional import FunctionalProblem

    from hpobench.loading import load

    problem = FunctionalProblem(3, sphere, xl=np.zeros(3), xu=np.ones(3))
    minimize(problem, load(algorithm)(pop_size=20), ("n_eval", trials), seed=SEED)


def pycma(_: str, trials: int) -> None:
    """`fmin2` with restarts."""
    import cma

    options = {"bounds": [0, 1], "verbose": -9, "verb_log": 0, "seed": SEED, "maxfevals": trials}
    with GlobalGenerators(SEED):
        cma.fmin2(sphere, [0.5] * 3, 0.25, options, restarts=9)


NATIVE: dict[str, tuple[int, Callable[[int], None]]] = {
    "optuna/tpe": (200, partial(optuna, "TPESampler")),
    "optuna/cma-es": (200, partial(optuna, "CmaEsSampler")),
    "optuna/nsga2": (500, partial(optuna, "NSGAIISampler")),
    "optuna/qmc": (200, partial(optuna, "QMCSampler")),
    "smac/random-forest": (30, partial(smac, "HyperparameterOptimizationFacade")),
    "smac/blackbox": (15, partial(smac, "BlackBoxFacade")),
    "pymoo/ga": (1000, partial(pymoo, "pymoo.algorithms.soo.nonconvex.ga:GA")),
    "pymoo/nsga2": (1000, partial(pymoo, "pymoo.algorithms.moo.nsga2:NSGA2")),
    "pycma": (1000, partial(pycma, "")),
}
"""Trials, and the library's own loop, by the variant that drives the same."""


def figures(repeat: int) -> list[Figure]:
    """Microseconds a trial through us and through the library, for each variant."""
    return [figure(name, repeat) for name in NATIVE]


def figure(name: str, repeat: int) -> Figure:
    """One variant, in turns; the aim is a ratio, by whichever of the two bounds is wider."""
    progress(f"{name} by us and by itself")
    trials, native = NATIVE[name]
    measures = partial(_by_us, name), partial(_timed, native, trials)
    with _contained():
        alternate(1, *measures)  # imports and caches
        ours, theirs = alternate(repeat, *measures)
    return Figure(
        name=f"one trial of {name}, asked, evaluated and told",
        unit="CPU microseconds",
        ours=ours,
        other="the library's own loop",
        theirs=theirs,
        ratio_at_most=1 + max(SHARE, LEAST / median(theirs)),
    )


def space() -> ConfigurationSpace:
    """The unit cube."""
    return ConfigurationSpace(dict.fromkeys(NAMES, (0.0, 1.0)))


def _by_us(name: str) -> float:
    trials, _ = NATIVE[name]
    problem = Problem(
        space=space(), objectives=(Objective(name="f"),), fidelity=None, budget=Budget(trials)
    )
    variant = Catalogue().variant(name)

    def run(trials: int) -> None:
        optimizer = start(variant, problem, SEED, generators=SEED)
        records = trajectory(
            optimizer, lambda t: Outcome(values={"f": sphere(t.config.values())}), problem
        )
        assert sum(1 for _ in records) == trials

    return _timed(run, trials)


def _timed(run: Callable[[int], None], trials: int) -> float:
    """CPU microseconds a trial, the optimizer's construction included."""
    return seconds(lambda: run(trials), process_time) / trials * 1e6


@contextmanager
def _contained() -> Iterator[None]:
    """One thread, no warnings, and a folder for what the libraries write."""
    with (
        tempfile.TemporaryDirectory() as folder,
        chdir(folder),
        threadpool_limits(limits=1),
        warnings.catch_warnings(action="ignore"),
    ):
        yield
