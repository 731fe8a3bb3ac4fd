"""What we add to a library's own time: our loop and adapter against its own ask and tell."""

import tempfile
import warnings
from collections.abc import Callable, Iterator
from contextlib import chdir, contextmanager
from dataclasses import replace
from functools import partial
from itertools import islice
from statistics import median
from time import process_time

from measure import Figure, alternate, progress, seconds
from natives import FIDELITY, NATIVE, NEVER, SEED, space, sphere
from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]

from hpobench.catalogue import Catalogue, lacking
from hpobench.execution.construction import start
from hpobench.execution.loop import trajectory
from hpobench.task import Budget, Objective, Problem
from hpobench.trial import Outcome

SHARE, LEAST = 0.05, 100.0
"""Ours is at most so much of the library's time, or so many microseconds a trial."""


def figures(repeat: int) -> list[Figure]:
    """Microseconds a trial through us and through the library, for what is installed."""
    variants = Catalogue().variants
    return [figure(name, repeat) for name in NATIVE if not lacking(variants[name])]


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
        other="the library's ask and tell",
        theirs=theirs,
        ratio_at_most=1 + max(SHARE, LEAST / median(theirs)),
    )


def _by_us(name: str) -> float:
    trials, _ = NATIVE[name]
    variant = Catalogue().variant(name)
    problem = Problem(
        space=space(),
        objectives=(Objective(name="f"),),
        fidelity=FIDELITY if variant.capabilities.fidelity else None,
        budget=Budget(trials),
    )

    def run(trials: int) -> None:
        own = replace(variant, options={**variant.options, **(NEVER if name == "pycma" else {})})
        optimizer = start(own, problem, SEED, generators=SEED)
        records = trajectory(
            optimizer, lambda t: Outcome(values={"f": sphere(t.config.values())}), problem
        )
        assert sum(1 for _ in islice(records, trials)) == trials

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
