"""What analysis costs: ten million trials, and side by side with CARP-S's own analysis."""

import os
import resource
import shutil
import sys
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

from carps_logs import export
from contenders import Carps
from measure import Figure, alternate, progress, timed
from synthetic import Size, make

from hpobench.store import Store

LARGE = Size(optimizers=30, tasks=334, seeds=10, trials=100)
SMALL = Size(optimizers=6, tasks=16, seeds=5, trials=100, objectives=1)
"""So much that CARP-S has done it in minutes, and that start-up is not all that we take."""


def figures(repeat: int) -> list[Figure]:
    """From the store to the complete report: the large one once, the small one in turns."""
    with TemporaryDirectory(prefix="hpobench-benchmark-") as name:
        return [*_large(Path(name)), *_beside(Path(name), max(1, repeat // 4))]


def _large(folder: Path) -> list[Figure]:
    """Seconds and memory of the whole command on ten million trials."""
    progress(f"writing {LARGE.records:,} trials")
    make(folder / "large", LARGE)
    progress("analysing them")
    wall, cpu = _ours(folder, "large")
    peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 2**20
    page = (folder / "large" / "analysis" / "report.html").stat().st_size / 1e6
    what = f"{LARGE.records:,} trials to the complete report"
    return [
        Figure(name=f"{what}, wall", unit="s", ours=[wall], at_most=60),
        Figure(name=f"{what}, CPU", unit="s", ours=[cpu]),
        Figure(name=f"{what}, memory at most", unit="GiB", ours=[peak], at_most=4),
        Figure(name=f"{what}, its page", unit="MB", ours=[page]),
    ]


def _beside(folder: Path, repeat: int) -> list[Figure]:
    """The same runs in both programs: to read them, and to draw their figures."""
    peer = Carps()
    peer.prepare()
    make(folder / "small", SMALL)
    export(Store(folder / "small"), folder / "logs")
    ours, theirs = alternate(
        repeat, partial(_ours, folder, "small"), partial(_theirs, peer, folder)
    )
    runs = SMALL.records // SMALL.trials
    return [
        Figure(
            name=f"{runs} runs of {SMALL.trials} trials to a report, {clock}",
            unit="s",
            ours=[taken[i] for taken in ours],
            other=peer.name,
            theirs=[taken[i] for taken in theirs],
            ratio_at_most=1 / 20,
        )
        for i, clock in enumerate(("wall", "CPU"))
    ]


def _ours(folder: Path, store: str) -> tuple[float, float]:
    shutil.rmtree(folder / store / "analysis", ignore_errors=True)
    call = [sys.executable, "-m", "hpobench", "analyze", store]
    return timed(call, folder=folder, environment=os.environ)


def _theirs(peer: Carps, folder: Path) -> tuple[float, float]:
    """Its two commands, one after the other, as its manual has them."""
    for path in (*(folder / "logs").glob("*.parquet"), *(folder / "logs").glob("*.csv")):
        path.unlink()
    gather = ["python", "-m", "carps.analysis.gather_data", "logs"]
    report = ["python", "-m", "carps.analysis.generate_report", "logs"]
    first, second = (
        timed(c, folder=folder, environment=peer.environment) for c in (gather, report)
    )
    progress(f"{peer.name}: {first[0]:.1f} s to gather, {second[0]:.1f} s to report")
    return first[0] + second[0], first[1] + second[1]
