"""What the run loop costs: by itself, and around a trial against a loop written by hand."""

import json
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from time import process_time
from typing import Any

from ConfigSpace import ConfigurationSpace
from golden import Found, check, sphere, stored_trials
from measure import Figure, alternate, progress, seconds

from hpobench.adapters.native.random_search import CHUNK
from hpobench.catalogue import Catalogue
from hpobench.execution.loop import trajectory
from hpobench.execution.runner import execute
from hpobench.optimizer import Optimizer
from hpobench.run import Run
from hpobench.store import Store, encode
from hpobench.task import Budget, Objective, Problem, Unit
from hpobench.trial import Outcome, Trial

EVENTS = 200_000
TRIALS = 5_000
"""Enough that the set-up of a run, some milliseconds, does not count."""


class NullOptimizer(Optimizer):
    """Always asks for the same trial, at once."""

    def __init__(self, *_: Any, **__: Any) -> None:
        self._trial = Trial(config={"x": 0.5})

    def ask(self) -> Trial:
        return self._trial

    def tell(self, trial: Trial, outcome: Outcome) -> None:
        pass


def events(repeat: int) -> list[Figure]:
    """Trials a second that the loop asks for, has evaluated and tells; one trial is one event."""
    counts = (1, 64)
    taken = alternate(repeat, *(partial(_events_per_second, workers) for workers in counts))
    return [
        Figure(
            name=f"run loop alone, {workers} simulated worker{'s' * (workers > 1)}",
            unit="events per CPU second",
            ours=rates,
            at_least=100_000,
        )
        for workers, rates in zip(counts, taken, strict=True)
    ]


def overhead(repeat: int) -> list[Figure]:
    """One trial of random search on BBOB, from asking to storing, against a plain loop."""
    alternate(1, _by_us, _by_hand)  # imports and caches
    ours, plain = alternate(repeat, _by_us, _by_hand)
    figure = Figure(
        name="one trial of random search on BBOB, within a run",
        unit="CPU microseconds",
        ours=ours,
        other="a loop by hand over ConfigSpace, ioh and JSON",
        theirs=plain,
        ratio_at_most=2,
    )
    return [figure]


def _events_per_second(workers: int) -> float:
    progress(f"run loop with {workers} workers")
    problem = Problem(
        space=ConfigurationSpace(),
        objectives=(Objective(name="loss"),),
        fidelity=None,
        budget=Budget(EVENTS, Unit.EVALUATIONS),
        workers=workers,
    )
    outcome = Outcome(values={"loss": 0.5})
    records = trajectory(NullOptimizer(), lambda _: outcome, problem)
    return EVENTS / seconds(lambda: sum(1 for _ in records), process_time)


def _by_us() -> float:
    """Microseconds a trial of a whole run, as a worker process executes it."""
    progress("a run through the framework")
    catalogue = Catalogue()
    task = catalogue.task("bbob/f01-d2-i1").under(budget=Budget(TRIALS))
    run = Run(task=task, variant=catalogue.variant("random"), seed=0)
    with TemporaryDirectory() as folder:
        store = Store.create(Path(folder))
        journal = store.journal("benchmark")
        taken = seconds(lambda: journal.append(encode(execute(run), "benchmark")), process_time)
        journal.close()
        check("hpobench", stored_trials(store), expected=TRIALS)
    return taken / TRIALS * 1e6


def _by_hand() -> float:
    """Microseconds a trial of what somebody would write who needs one run only."""
    progress("a loop by hand")
    with TemporaryDirectory() as folder:
        path = Path(folder) / "trials.jsonl"
        taken = seconds(lambda: _plain_run(path), process_time)
        check("the loop by hand", _plain_trials(path), expected=TRIALS)
    return taken / TRIALS * 1e6


def _plain_run(path: Path) -> None:
    function = sphere()
    space = ConfigurationSpace({"x0": (-5.0, 5.0), "x1": (-5.0, 5.0)}, seed=0)
    with path.open("w", encoding="utf-8") as file:
        configs = (
            dict(c) for _ in range(TRIALS // CHUNK) for c in space.sample_configuration(CHUNK)
        )
        for number, config in enumerate(configs):
            value = function(list(config.values()))
            line = {"number": number, "config": config, "value": value}
            file.write(json.dumps(line) + "\n")


def _plain_trials(path: Path) -> Iterator[Found]:
    for line in path.read_text(encoding="utf-8").splitlines():
        trial = json.loads(line)
        yield tuple(trial["config"].values()), trial["value"]
