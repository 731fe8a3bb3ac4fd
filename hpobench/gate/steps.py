"""Which further runs the next look of a sequential comparison needs."""

import json
import shlex
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import count, islice
from pathlib import Path

from hpobench.gate.comparison import Answer
from hpobench.gate.pairs import ARROW, spans
from hpobench.task import Overhead


@dataclass(frozen=True, slots=True, kw_only=True)
class MissingRuns:
    """Runs that are missing in one results folder.

    Attributes:
        baseline: Whether it is the baseline's folder.
        path: The folder.
        optimizers: Their ids.
        tasks: Their ids.
        seeds: The seeds of each optimizer on each task.
        overhead: Whether the optimizers' own time counts, as in the runs there are.
    """

    baseline: bool
    path: Path
    optimizers: Sequence[str]
    tasks: Sequence[str]
    seeds: Sequence[int]
    overhead: Overhead

    @property
    def command(self) -> str:
        """The command line that makes them, with the version of the code that belongs to them."""
        parts = ["hpobench", "run", "--results", str(self.path), "--seeds", spans(self.seeds)]
        parts += ["--overhead", str(self.overhead)] if self.overhead is not Overhead.NONE else []
        parts += [part for name in self.optimizers for part in ("--optimizer", name)]
        parts += [part for task in self.tasks for part in ("--task", task)]
        return shlex.join(parts)


def next_steps(answer: Answer) -> list[MissingRuns]:
    """What to run before looking again; nothing if it is settled or no look is left.

    Further seeds are those that the baseline has already, and else the next numbers.
    """
    looks = answer.question.looks
    used = max(judged.seeds for judged in answer.optimizers)
    left = [size for size in looks.sizes if size > used] if looks else []
    if answer.settled or not left:
        return []
    wanted = _first(answer.pairs.seeds[0], left[0])
    steps = _steps(answer, wanted)
    return [step for step in steps if step.seeds]


def _first(seeds: Sequence[int], size: int) -> list[int]:
    """The first seeds there are, and after the last one the next numbers."""
    return [*seeds[:size], *islice(count(seeds[-1] + 1), max(0, size - len(seeds)))]


def _steps(answer: Answer, wanted: Sequence[int]) -> Iterator[MissingRuns]:
    runs = answer.pairs.runs
    names = [name.split(ARROW) for name in runs["optimizer"].unique()]
    for side, seeds in enumerate(answer.pairs.seeds):
        yield MissingRuns(
            baseline=side == 0,
            path=answer.question.sides[side].path,
            optimizers=[pair[-1] if side else pair[0] for pair in names],
            tasks=list(runs["task"].unique()),
            seeds=[seed for seed in wanted if seed not in seeds],
            overhead=Overhead(json.loads(runs["definition"][0])["overhead"]),
        )
