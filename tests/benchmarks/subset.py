"""How good chosen subsets are, and what they cost, against the published C heuristic's values."""

import json
import os
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from time import process_time

import click
import numpy as np
import numpy.typing as npt
from measure import Figure, progress, seconds

from hpobench.subset import Target, select
from hpobench.subset.discrepancy.selection import SubsetSolution, discrepancies

VARIABLE = "HPOBENCH_REFERENCE_DIR"
"""Names the folder with the point sets and the problems solved by brute force."""

PUBLISHED = "the published heuristic in C"
BOUND, BEST = "the proven bound", "the best known"
DRAWS = 100
"""Random subsets, whose mean is to be halved against the full set."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """A search, and what is known of its problem.

    Attributes:
        file: With the points.
        k: How many are chosen.
        evaluations: Of our search.
        published: What the C heuristic found after all of its tries.
        cpu: The CPU seconds that it took, on a machine of its own.
        share: How much of its value we aim at.
        best: The proven bound, or the best value known.
        who: Which of these it is.
        near: How near to that we aim.
    """

    file: str
    k: int
    evaluations: int
    published: float | None = None
    cpu: float | None = None
    share: float = 0.95
    best: float
    who: str = BEST
    near: float = 1.05


CASES = (
    Case(file="u1000", k=20, evaluations=10_000, published=0.1243, cpu=30, best=0.1113),
    Case(file="u3336", k=30, evaluations=28_000, published=0.0912, cpu=91, best=0.0833),
    Case(
        file="carps_blackbox_log",
        k=20,
        evaluations=2000,
        published=0.2062,
        cpu=14,
        share=0.9,
        best=0.1733,
        who=BOUND,
        near=1.01,
    ),
    Case(file="carps_blackbox_log", k=10, evaluations=2000, best=0.2088, who=BOUND, near=1.01),
    Case(file="carps_blackbox_log", k=30, evaluations=2000, best=0.1733, who=BOUND, near=1.01),
    Case(file="carps_blackbox_log", k=50, evaluations=1000, best=0.1985, near=1.01),
)


def figures(repeat: int) -> list[Figure]:
    """Discrepancies and CPU time, with as many seeds as repetitions."""
    folder = Path(os.environ.get(VARIABLE, ""))
    if not (folder / "star_discrepancy.json").is_file():
        raise click.ClickException(f"name the folder with the point sets in {VARIABLE}")
    select(np.random.default_rng(0).random((30, 3)), 5, evaluations=9)  # compiles
    uniform = (figure for case in CASES for figure in _against_the_cube(folder, case, repeat))
    names = ("u1000", "carps_blackbox_log", "carps_blackbox_norm")
    empirical = (_against_the_full_set(folder, name, repeat) for name in names)
    return [*uniform, *empirical, _small(folder)]


def _against_the_cube(folder: Path, case: Case, repeat: int) -> Iterator[Figure]:
    """The value after a number of evaluations, and the time to the published one."""
    points = _points(folder, case.file)
    search = partial(select, points, case.k, target=Target.UNIFORM)
    what = f"{case.k} of {len(points)} points ({case.file})"
    progress(what)
    found = [_timed(partial(search, seed=s, evaluations=case.evaluations)) for s in range(repeat)]
    values = [selection.discrepancy for selection, _ in found]
    title = f"{what}, {case.evaluations:,} evaluations: discrepancy"
    yield _ratio(title, "", values, case.who, case.best, case.near)
    if case.published is not None and case.cpu is not None:
        yield _ratio(title, "", values, PUBLISHED, case.published, case.share)
        cpu = [taken for _, taken in found]
        yield _ratio(f"{title.partition(':')[0]}, CPU", "s", cpu, PUBLISHED, case.cpu, 0.1)
        cpu = [_to_reach(case.published, partial(search, seed=seed)) for seed in range(repeat)]
        yield _ratio(f"{what} to {case.published}, CPU", "s", cpu, PUBLISHED, case.cpu, 0.01)


def _against_the_full_set(folder: Path, name: str, repeat: int) -> Figure:
    """Our value beside the mean of random subsets."""
    points, k = _points(folder, name), 20
    progress(f"{k} of {len(points)} points ({name}), against all of them")
    values = [select(points, k, seed=s, evaluations=2000).discrepancy for s in range(repeat)]
    rng = np.random.default_rng(0)
    subsets = [rng.choice(len(points), k, replace=False).tolist() for _ in range(DRAWS)]
    drawn = discrepancies(points, subsets)
    title = f"{k} of {len(points)} points ({name}) against all: discrepancy"
    return _ratio(title, "", values, "mean of random subsets", float(np.mean(drawn)), 0.5)


def _small(folder: Path) -> Figure:
    """How many small problems are solved as well as by brute force, of all in percent."""
    content = json.loads((folder / "star_discrepancy.json").read_text(encoding="utf-8"))
    keys = {Target.UNIFORM: "optimum_lebesgue", Target.EMPIRICAL: "optimum_empirical"}
    solved = [
        abs(_found(problem["points"], problem["k"], target) - problem[key]) < 1e-9
        for problem in content["subset_selection_bruteforce"]
        for target, key in keys.items()
    ]
    share = 100 * float(np.mean(solved))
    return Figure(
        name=f"{len(solved)} small problems, 3000 evaluations: as good as brute force",
        unit="%",
        ours=[share],
        at_least=100,
    )


def _found(points: list[list[float]], k: int, target: Target) -> float:
    return select(np.array(points), k, target=target, evaluations=3000).discrepancy


def _points(folder: Path, name: str) -> npt.NDArray[np.float64]:
    return np.loadtxt(folder / f"{name}.txt")


def _ratio(
    name: str, unit: str, ours: Sequence[float], other: str, theirs: float, most: float
) -> Figure:
    return Figure(name=name, unit=unit, ours=ours, other=other, theirs=[theirs], ratio_at_most=most)


def _timed(search: Callable[[], SubsetSolution]) -> tuple[SubsetSolution, float]:
    """What a search finds, and its CPU seconds."""
    began = process_time()
    return search(), process_time() - began


def _to_reach(value: float, search: Callable[..., SubsetSolution]) -> float:
    """CPU seconds until a search has found as good a value; its budget is doubled until it has."""
    evaluations = 25
    while search(evaluations=evaluations).discrepancy > value:
        evaluations *= 2
    return seconds(partial(search, evaluations=evaluations), clock=process_time)
