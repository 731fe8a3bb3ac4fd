"""How we compare with the closest peer on the same work: start-up, a trial, many runs."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

from contenders import Carps, Contender, Hpobench
from golden import check
from measure import Figure, alternate, progress, size, timed


@dataclass(frozen=True, slots=True, kw_only=True)
class Cost:
    """What a command, or a part of its work, took.

    Attributes:
        wall: Seconds from start to end.
        cpu: Seconds of all its processes.
        stored: Bytes in its results folder.
    """

    wall: float
    cpu: float
    stored: float


def startup(repeat: int) -> list[Figure]:
    """One run of one trial, the whole command from a shell."""
    ours, theirs = _alternate(repeat, partial(_once, runs=1, trials=1))
    return _clocks("1 run of 1 trial", "s", ours, theirs, aim=1 / 3)


def marginal(repeat: int) -> list[Figure]:
    """One more trial in a run, by the difference of two whole commands."""
    ours, theirs = _alternate(repeat, _one_more)
    clocks = _clocks("one more trial", "ms", ours, theirs, aim=1 / 10)
    return [*clocks, _bytes("one more trial, stored", ours, theirs, trials=1)]


def hundred(repeat: int) -> list[Figure]:
    """100 runs of 100 trials on 2 cores; as it is long, half the repetitions."""
    ours, theirs = _alternate((repeat + 1) // 2, partial(_once, runs=100, trials=100))
    clocks = _clocks("100 runs of 100 trials", "s", ours, theirs, aim=1 / 10)
    name = "100 runs of 100 trials, stored for each trial"
    return [*clocks, _bytes(name, ours, theirs, trials=10_000)]


def _alternate(repeat: int, measure: Callable[[Contender], Cost]) -> tuple[list[Cost], list[Cost]]:
    """Both contenders in turns, after one unmeasured command each (bytecode, disk cache)."""
    contenders = (Hpobench(), Carps())
    for contender in contenders:
        contender.prepare()
        _once(contender, runs=1, trials=1)
    ours, theirs = alternate(repeat, *(partial(measure, contender) for contender in contenders))
    return ours, theirs


def _one_more(contender: Contender) -> Cost:
    """The cost of a run of 1000 trials less that of a run of 100, for each of the 900 between."""
    few, many = (_once(contender, runs=1, trials=trials) for trials in (100, 1000))
    return Cost(
        wall=(many.wall - few.wall) / 900,
        cpu=(many.cpu - few.cpu) / 900,
        stored=(many.stored - few.stored) / 900,
    )


def _once(contender: Contender, *, runs: int, trials: int) -> Cost:
    """Run a contender's command in an empty folder, and check what it did there."""
    with TemporaryDirectory(prefix="hpobench-benchmark-") as name:
        folder = Path(name)
        command = contender.command(runs=runs, trials=trials)
        wall, cpu = timed(command, folder=folder, environment=contender.environment)
        progress(f"{contender.name}: {runs} x {trials} trials in {wall:.2f} s ({cpu:.2f} CPU)")
        results = folder / contender.results
        check(contender.name, contender.trials(results), expected=runs * trials)
        return Cost(wall=wall, cpu=cpu, stored=size(results))


def _clocks(
    name: str, unit: str, ours: list[Cost], theirs: list[Cost], *, aim: float
) -> list[Figure]:
    """Wall and CPU time of both, in seconds or milliseconds."""
    factor = {"s": 1, "ms": 1000}[unit]
    return [
        Figure(
            name=f"{name}, {clock}",
            unit=unit,
            ours=[getattr(cost, attribute) * factor for cost in ours],
            other=Carps.name,
            theirs=[getattr(cost, attribute) * factor for cost in theirs],
            ratio_at_most=aim,
        )
        for clock, attribute in (("wall", "wall"), ("CPU", "cpu"))
    ]


def _bytes(name: str, ours: list[Cost], theirs: list[Cost], *, trials: int) -> Figure:
    """What both stored, for each of so many trials."""
    return Figure(
        name=name,
        unit="bytes",
        ours=[cost.stored / trials for cost in ours],
        other=Carps.name,
        theirs=[cost.stored / trials for cost in theirs],
    )
