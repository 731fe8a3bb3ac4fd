"""Draw the figures of an analysis from its tables, in as many processes as there are cores.

The program `python -m hpobench.analysis.figures` draws a share of them: a process of its own
that reads the tables needs neither what this one holds nor a guard in the user's script.
"""

import json
import os
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from itertools import product
from pathlib import Path

import matplotlib as mpl
import pandas as pd

from hpobench.analysis import statistics_plots
from hpobench.analysis.plots import Plot, plots
from hpobench.analysis.style import RC, WIDTHS
from hpobench.analysis.svg import METADATA, draw

Sized = tuple[Plot, str]

TABLES = ("anytime", "ranks", "profiles", *statistics_plots.TABLES)
EVERYTHING = (*TABLES, "anytime_tasks")
"""What figures are drawn from, the main ones and all of them."""

ENOUGH = 4
"""A process pays if it has so many figures to draw."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """A share of the figures of an analysis.

    Attributes:
        folder: The analysis, with its `tables` and an empty folder `figures`.
        optimizers: Of the analysis; they fix the colours.
        everything: Whether to draw all that can be drawn.
        share: Which share it is, from 0.
        shares: Of so many.
    """

    folder: str
    optimizers: tuple[str, ...]
    everything: bool
    share: int = 0
    shares: int = 1


def draw_all(folder: Path, optimizers: Sequence[str], *, everything: bool) -> list[Sized]:
    """Draw all figures into the folder `figures`, those of curves at all widths.

    Args:
        folder: The analysis, with its `tables` and an empty folder `figures`.
        optimizers: Of the analysis; they fix the colours.
        everything: Whether to draw all that can be drawn, see `plots.plots`.

    Returns:
        Each figure with the end of its files' names, which stands for the width.

    Raises:
        CalledProcessError: A process died.
    """
    job = Job(folder=str(folder), optimizers=tuple(optimizers), everything=everything)
    drawn = _figures(job)
    shares = max(1, min(len(os.sched_getaffinity(0)), len(drawn) // ENOUGH))
    others = [_start(replace(job, share=i, shares=shares)) for i in range(1, shares)]
    _draw(folder, drawn[::shares])
    for process in others:
        if process.wait():
            raise subprocess.CalledProcessError(process.returncode, process.args)
    return drawn


def _figures(job: Job) -> list[Sized]:
    """All figures of an analysis, from its tables."""
    folder = Path(job.folder) / "tables"
    names = EVERYTHING if job.everything else TABLES
    tables = {name: pd.read_parquet(folder / f"{name}.parquet") for name in names}
    ends = WIDTHS if job.everything else list(WIDTHS)[:1]
    curves = product(plots(tables, job.optimizers, everything=job.everything), ends)
    return [*curves, *product(statistics_plots.plots(tables, job.optimizers), [""])]


def _start(job: Job) -> "subprocess.Popen[str]":
    """A process that draws a share."""
    call = [sys.executable, "-m", "hpobench.analysis.figures"]
    process = subprocess.Popen(call, stdin=subprocess.PIPE, text=True)
    if process.stdin:
        process.stdin.write(json.dumps(asdict(job)))
        process.stdin.close()
    return process


def _draw(folder: Path, chosen: Sequence[Sized]) -> None:
    """Draw some figures into their files."""
    for plot, end in chosen:
        with mpl.rc_context(RC):
            figure = plot.draw(WIDTHS[end])
        for form in METADATA:
            (folder / "figures" / f"{plot.name}{end}.{form}").write_bytes(draw(figure, form))


def main() -> None:
    """Draw the share that standard input describes."""
    job = Job(**json.load(sys.stdin))
    _draw(Path(job.folder), _figures(job)[job.share :: job.shares])


if __name__ == "__main__":
    main()
