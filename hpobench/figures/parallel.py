"""Draw the figures of an analysis from its tables, in as many processes as there are cores.

The program `python -m hpobench.figures.parallel` helps to: a process of its own that reads the
tables needs neither what this one holds nor a guard in the user's script. Whoever is free takes
the next figure from a queue, a pipe that all of them read from.
"""

import json
import os
import subprocess
import sys
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import asdict, dataclass
from functools import partial
from itertools import product
from pathlib import Path

import matplotlib as mpl
import pandas as pd

from hpobench.figures import statistics_plots
from hpobench.figures.catalogue import Plot, plots
from hpobench.figures.style import RC, WIDTHS
from hpobench.figures.svg import METADATA, draw

Sized = tuple[Plot, str]

TABLES = ("anytime", "ranks", "profiles", *statistics_plots.TABLES)
EVERYTHING = (*TABLES, "tasks", "anytime_tasks", "attainment")
"""What figures are drawn from, the main ones and all of them."""

ENOUGH = 4
"""A process pays if it has so many figures to draw."""


WORD = 4
"""Bytes of a figure's number in the queue: one read takes one number, whoever else reads."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FigureJob:
    """The figures of an analysis.

    Attributes:
        folder: The analysis, with its `tables` and an empty folder `figures`.
        optimizers: All that the analysis has; they fix the colours.
        everything: Whether to draw all that can be drawn, see `plots.plots`.
    """

    folder: str
    optimizers: tuple[str, ...]
    everything: bool


@contextmanager
def drawing(
    folder: Path, optimizers: Sequence[str], *, everything: bool
) -> Iterator[Callable[[], list[Sized]]]:
    """Have all figures drawn into the folder `figures`, those of curves at all widths.

    Other processes begin at once, so that this one has time for something else; at the end of
    the context they have ended.

    Args:
        folder: The analysis, with an empty folder `figures`, and those of its `tables` that
            `EVERYTHING` or else `TABLES` names.
        optimizers: All that the analysis has; they fix the colours.
        everything: Whether to draw all that can be drawn, see `plots.plots`.

    Yields:
        What draws those that are left and waits for the others, and gives each figure with the
        end of its files' names, which stands for the width.

    Raises:
        CalledProcessError: A process died.
    """
    job = FigureJob(folder=str(folder), optimizers=tuple(optimizers), everything=everything)
    drawn = _figures(job)
    processes = min(len(os.sched_getaffinity(0)), len(drawn) // ENOUGH)
    with ExitStack() as stack:
        queue = _queue(len(drawn))
        stack.callback(os.close, queue)
        others = [stack.enter_context(_start(job, queue)) for _ in range(1, processes)]
        stack.callback(lambda: deque(_taken(queue), maxlen=0))  # on errors, draw no more
        yield partial(_finish, job, drawn, queue, others)


def _figures(job: FigureJob) -> list[Sized]:
    """All figures of an analysis, from its tables."""
    folder = Path(job.folder) / "tables"
    names = EVERYTHING if job.everything else TABLES
    tables = {name: pd.read_parquet(folder / f"{name}.parquet") for name in names}
    ends = WIDTHS if job.everything else list(WIDTHS)[:1]
    curves = product(plots(tables, job.optimizers, everything=job.everything), ends)
    return [*curves, *product(statistics_plots.plots(tables, job.optimizers), [""])]


def _queue(length: int) -> int:
    """A pipe from which numbers below `length` can be read, each once."""
    queue, entry = os.pipe()
    os.write(entry, b"".join(number.to_bytes(WORD) for number in range(length)))
    os.close(entry)
    return queue


def _taken(queue: int) -> Iterator[int]:
    """Take numbers from a queue until it is empty."""
    while word := os.read(queue, WORD):
        yield int.from_bytes(word)


def _start(job: FigureJob, queue: int) -> "subprocess.Popen[bytes]":
    """A process that takes figures from a queue, too."""
    call = [sys.executable, "-m", "hpobench.figures.parallel", json.dumps(asdict(job))]
    return subprocess.Popen(call, stdin=queue)


def _finish(
    job: FigureJob, drawn: list[Sized], queue: int, others: Sequence["subprocess.Popen[bytes]"]
) -> list[Sized]:
    """Draw what is left in the queue, and wait for the others."""
    _draw(job, drawn, queue)
    for process in others:
        if process.wait():
            raise subprocess.CalledProcessError(process.returncode, process.args)
    return drawn


def _draw(job: FigureJob, figures: Sequence[Sized], queue: int) -> None:
    """Draw figures from a queue into their files."""
    for number in _taken(queue):
        plot, end = figures[number]
        with mpl.rc_context(RC):
            figure = plot.draw(WIDTHS[end])
        for form in METADATA:
            path = Path(job.folder) / "figures" / f"{plot.name}{end}.{form}"
            path.write_bytes(draw(figure, form))


def main() -> None:
    """Draw figures of the job that the argument describes, from the queue on standard input."""
    job = FigureJob(**json.loads(sys.argv[1]))
    _draw(job, _figures(job), sys.stdin.fileno())


if __name__ == "__main__":
    main()
