"""What Ray costs beside the work: the same runs through Ray and through child processes."""

from collections.abc import Callable, Iterable, Iterator
from contextlib import closing
from functools import partial
from time import perf_counter

from measure import Figure, alternate, progress

from hpobench.catalogue import Catalogue
from hpobench.dispatch.cluster import cluster
from hpobench.dispatch.job import Job, Result
from hpobench.dispatch.local import run_locally
from hpobench.dispatch.slot import Slot
from hpobench.run import Run
from hpobench.task import Budget

RUNS, TRIALS, WARM, SLOTS = 1_000, 500, 150, 2

Execute = Callable[[Iterable[Job]], Iterator[Result]]


def figures(repeat: int) -> list[Figure]:
    """Seconds for small runs on two CPUs, without the start and the end of either backend."""
    taken = alternate(repeat, partial(_seconds, _ray), partial(_seconds, _local))
    ours, theirs = taken
    return [
        Figure(
            name=f"{RUNS} runs of {TRIALS} trials through Ray, without its start",
            unit="s",
            ours=ours,
            other="child processes",
            theirs=theirs,
            ratio_at_most=1.1,
        )
    ]


def _ray() -> Execute:
    return partial(cluster, slots=SLOTS)


def _local() -> Execute:
    return partial(run_locally, first=Slot(), slots=SLOTS)


def _seconds(backend: Callable[[], Execute]) -> float:
    """From the last of some first runs, which start all processes, to the last of all."""
    progress(f"{RUNS} runs {backend.__name__}")
    jobs = _jobs()
    with closing(backend()(jobs)) as results:  # type: ignore[type-var]
        for _ in range(WARM):
            next(results)
        began = perf_counter()
        for _ in range(RUNS):
            next(results)
        return perf_counter() - began


def _jobs() -> Iterator[Job]:
    """Random search on BBOB in two dimensions, one seed after the other."""
    catalogue = Catalogue()
    task = catalogue.task("bbob/f01-d2-i1").under(budget=Budget(TRIALS))
    variant = catalogue.variant("random")
    return (Job(run=Run(task=task, variant=variant, seed=seed)) for seed in range(RUNS + 2 * WARM))
