"""What every benchmark measures with, and the figures that it reports."""

import os
import platform
import resource
import subprocess
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from statistics import median
from time import perf_counter
from typing import Any, TypeVar

import click

T = TypeVar("T")

LIBRARIES = ("hpobench", "ConfigSpace", "ioh", "numpy", "pyarrow", "ray")


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """One quantity, measured several times for us and, in turns, for somebody else.

    Attributes:
        name: What was measured.
        unit: Of all its values.
        ours: One value a repetition.
        other: Who else did the same work, or empty.
        theirs: One value a repetition; empty if there is nobody else.
        ratio_at_most: The aim for our median divided by theirs, if there is one.
        at_least: The aim for our median, if there is one.
        at_most: The same, where less is better; with both it lies between.
    """

    name: str
    unit: str
    ours: Sequence[float]
    other: str = ""
    theirs: Sequence[float] = ()
    ratio_at_most: float | None = None
    at_least: float | None = None
    at_most: float | None = None

    @property
    def ratio(self) -> float | None:
        """Our median divided by theirs."""
        return median(self.ours) / median(self.theirs) if self.theirs else None

    @property
    def reached(self) -> bool | None:
        """Whether the aim is met; None if there is none."""
        if self.at_least is not None or self.at_most is not None:
            low, high = self.at_least, self.at_most
            ours = median(self.ours)
            return (low is None or ours >= low) and (high is None or ours <= high)
        if self.ratio_at_most is not None and self.ratio is not None:
            return self.ratio <= self.ratio_at_most
        return None

    def row(self) -> str:
        """One line of the Markdown table whose head is `HEAD`."""
        ratio = "" if self.ratio is None else digits(self.ratio)
        theirs = spread(self.theirs) if self.theirs else ""
        cells = (self.name, self.unit, spread(self.ours), theirs, self.other, ratio, self._aim())
        return f"| {' | '.join(cells)} |"

    def data(self) -> dict[str, Any]:
        """All of it, for a JSON file."""
        values = {name: getattr(self, name) for name in self.__slots__}
        return {**values, "ratio": self.ratio, "reached": self.reached}

    def _aim(self) -> str:
        verdict = "reached" if self.reached else "**missed**"
        if self.at_least is not None and self.at_most is not None:
            return f"{self.at_least:,.0f} to {self.at_most:,.0f}: {verdict}"
        if self.at_least is not None:
            return f"at least {self.at_least:,.0f}: {verdict}"
        if self.at_most is not None:
            return f"at most {self.at_most:,.0f}: {verdict}"
        if self.ratio_at_most is not None:
            return f"ratio at most {self.ratio_at_most:.3g}: {verdict}"
        return ""


HEAD = """\
| figure | unit | hpobench: median (min to max) | the other | who | ratio | aim |
|---|---|---|---|---|---|---|"""


def spread(values: Sequence[float]) -> str:
    """The median, and between which two values all of them lie."""
    low, middle, high = (digits(x) for x in (min(values), median(values), max(values)))
    return f"{middle} ({low} to {high})"


def digits(value: float) -> str:
    """Three digits, or all before the point."""
    return f"{value:,.0f}" if abs(value) >= 1000 else f"{value:.3g}"


def alternate(repeat: int, *measures: Callable[[], T]) -> list[list[T]]:
    """Take each measure in turn, `repeat` times (A B A B), so that all meet the same weather.

    Returns:
        For each measure what it gave in each repetition.
    """
    rounds = [[measure() for measure in measures] for _ in range(repeat)]
    return [list(taken) for taken in zip(*rounds, strict=True)]


def seconds(work: Callable[[], object], clock: Callable[[], float] = perf_counter) -> float:
    """Time of a piece of work in this process: wall, or CPU by the clock `process_time`."""
    began = clock()
    work()
    return clock() - began


def timed(
    command: Sequence[str], *, folder: Path, environment: Mapping[str, str]
) -> tuple[float, float]:
    """Wall and CPU seconds of a whole command, all processes that it waits for included.

    Raises:
        click.ClickException: It failed.
    """
    log = folder / "output.log"
    with log.open("wb") as sink:
        before, began = _children_seconds(), perf_counter()
        done = subprocess.run(
            command, cwd=folder, env=environment, stdout=sink, stderr=sink, check=False
        )
        wall, cpu = perf_counter() - began, _children_seconds() - before
    if done.returncode:
        tail = log.read_text(errors="replace")[-2000:]
        raise click.ClickException(f"{' '.join(command)} failed:\n{tail}")
    return wall, cpu


def size(folder: Path) -> int:
    """Bytes of all files below a folder."""
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())


def machine() -> dict[str, str]:
    """What a reader needs to know to judge the figures."""
    return {
        "processor": _processor(),
        "cores": str(len(os.sched_getaffinity(0))),
        "load before": f"{os.getloadavg()[0]:.2f}",
        "system": f"{platform.system()} {platform.machine()}",
        "Python": platform.python_version(),
        **{name: version(name) for name in LIBRARIES},
    }


def progress(text: str) -> None:
    """Say what is measured now; to standard error, so that the table can be piped."""
    click.echo(text, err=True)


def _children_seconds() -> float:
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime


def _processor() -> str:
    """The processor's name as Linux knows it."""
    lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.processor() or "unknown"
