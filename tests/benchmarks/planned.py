"""What many planned runs cost the driver: its memory, and the time of each run."""

import os
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

import click
from measure import Figure, progress, timed

from hpobench.store import Store

COUNTS = (1_000, 10_000, 100_000)
TASKS = 100
"""Of BBOB: 5 functions, 5 dimensions, 4 instances; the rest of the runs are seeds."""

_PROGRAM = """\
import resource
from hpobench.cli import main
try:
    main()
finally:
    with open("peak.txt", "w") as file:
        file.write(str(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss))
"""


def figures(repeat: int) -> list[Figure]:
    """The driver's peak memory, and the seconds of the whole command.

    A run is random search for one trial on BBOB, by the local backend; the last and largest
    number of runs only if there is time for more than two repetitions.
    """
    measured = {count: _measure(count) for count in COUNTS[: 2 if repeat <= 2 else None]}
    first, _ = measured[COUNTS[0]]
    return [
        figure
        for count, (peak, wall) in measured.items()
        for figure in (
            Figure(
                name=f"{count:,} planned runs, peak memory of the driver",
                unit="MB",
                ours=[peak],
                other=f"{COUNTS[0]:,} runs",
                theirs=[first],
                ratio_at_most=1.25,
            ),
            Figure(name=f"{count:,} planned runs of one trial", unit="s", ours=[wall]),
        )
    ]


def _measure(count: int) -> tuple[float, float]:
    """Peak MB of the driver alone, and seconds."""
    progress(f"{count:,} planned runs")
    with TemporaryDirectory(prefix="hpobench-benchmark-") as name:
        folder = Path(name)
        what = ["--optimizer", "random", "--task", "bbob/f2?-d*-i[1-4]", "--budget", "1"]
        much = ["--seeds", f"0:{count // TASKS}", "--backend", "local", "--jobs", "2"]
        command = [sys.executable, "-c", _PROGRAM, "run", *what, *much]
        wall, _ = timed(command, folder=folder, environment=os.environ)
        stored = len(Store(folder / "results").statuses())
        if stored != count:
            raise click.ClickException(f"{stored} of {count} runs are stored")
        return int((folder / "peak.txt").read_text()) / 1024, wall
