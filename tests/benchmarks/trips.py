"""CPU seconds of `hpobench analyze`, as ratios to a loop of plain Python in the same run."""

import os
import shutil
import sys
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from time import process_time

from contenders import CACHE
from measure import Figure, alternate, progress, seconds, timed

STEPS = 10_000_000

LOOP = "a loop in a function that adds up the last two bits of ten million numbers"
"""What the machine does in the same minutes."""

LOOP_SECONDS = 0.3
"""CPU seconds of the loop on the machine on which the aims were set, when that was idle."""

AIMS = {
    "page and tables": (2.5, []),
    "and figures for print": (8.0, ["--figures"]),
    "beside the baselines of core": (6.0, ["--with-baselines"]),
}
"""CPU seconds of the whole command there, at most, and its options."""


ENVIRONMENT = {k: v for k, v in os.environ.items() if k != "PYTHONDONTWRITEBYTECODE"}
"""What is installed has its bytecode; a checkout would be compiled anew by each command."""


def figures(repeat: int) -> list[Figure]:
    """Analyse the runs of the demo: as they are, with files for print, beside the baselines."""
    progress("running what the demo lacks in .cache/benchmarks/demo: some three minutes at first")
    CACHE.mkdir(parents=True, exist_ok=True)
    demo = [sys.executable, "-m", "hpobench", "run", "-f", "demo", "--results", "demo"]
    timed(demo, folder=CACHE, environment=ENVIRONMENT)
    with TemporaryDirectory(prefix="hpobench-benchmark-") as name:
        folder = Path(name)
        shutil.copytree(CACHE / "demo", folder / "demo")
        _analyse(folder, ["--figures"])  # compiles
        return [
            _figure(what, aim, alternate(repeat, partial(_analyse, folder, options), _loop))
            for what, (aim, options) in AIMS.items()
        ]


def _figure(what: str, aim: float, taken: list[list[float]]) -> Figure:
    """One of the figures, beside the loop."""
    return Figure(
        name=f"analyze the demo, {what}, CPU",
        unit="s",
        ours=taken[0],
        other=LOOP,
        theirs=taken[1],
        ratio_at_most=aim / LOOP_SECONDS,
    )


def _analyse(folder: Path, options: list[str]) -> float:
    """CPU seconds of the whole command."""
    shutil.rmtree(folder / "demo" / "analysis", ignore_errors=True)
    call = [sys.executable, "-m", "hpobench", "analyze", "demo", *options]
    return timed(call, folder=folder, environment=ENVIRONMENT)[1]


def _loop() -> float:
    """CPU seconds of the loop."""
    return seconds(_add_up, process_time)


def _add_up() -> int:
    total = 0
    for number in range(STEPS):
        total += number & 3
    return total
