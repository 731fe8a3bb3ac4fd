"""Measure the milliseconds of CPU that one ask and tell take, as the catalogue declares them.

`python -m tests.ask_tell [PATTERN...]` measures the variants that can run here, each in thirty
trials on the contract tests' mixed space, and marks those that are off by more than a factor of
two.
"""

import os
import sys
from fnmatch import fnmatch
from pathlib import Path
from time import process_time

from hpobench.catalogue import lacking
from hpobench.environments import Installation
from hpobench.optimizer import Optimizer, Signal, Variant
from hpobench.trial import Outcome, Trial
from tests.driving import catalogue, drive, pose, start, zoo

TRIALS = 30
OFF = 2.0
"""From this factor on a declared figure misleads."""


class Timed(Optimizer):
    """Another optimizer, and the seconds of CPU that its asks and tells have taken here."""

    def __init__(self, inner: Optimizer) -> None:
        self._inner, self.seconds = inner, 0.0

    def ask(self) -> Trial | Signal:
        """What the other asks."""
        began = process_time()
        asked = self._inner.ask()
        self.seconds += process_time() - began
        return asked

    def tell(self, trial: Trial, outcome: Outcome) -> None:
        """Tell the other."""
        began = process_time()
        self._inner.tell(trial, outcome)
        self.seconds += process_time() - began


def milliseconds(variant: Variant) -> float:
    """CPU time of a trial, here and in the variant's environment; without the construction."""
    problem = pose(variant, zoo(variant.capabilities.types))
    timed = Timed(start(variant, problem))
    began = children()
    asked = drive(timed, problem, TRIALS)
    return (timed.seconds + children() - began) / max(len(asked), 1) * 1e3


def children() -> float:
    """Seconds of CPU that the processes have taken that this one has started."""
    total = 0
    for path in Path("/proc").glob("[0-9]*/stat"):
        *_, fields = path.read_text(encoding="utf-8").rpartition(") ")
        _, parent, *rest = fields.split()
        if int(parent) == os.getpid():
            total += int(rest[9]) + int(rest[10])  # utime and stime
    return total / os.sysconf("SC_CLK_TCK")


def runnable(variant: Variant) -> bool:
    """Whether all is installed that it needs."""
    own = variant.environment
    return not (lacking(variant) or variant.unset or (own and not Installation.of(own).ready))


def main(patterns: list[str]) -> None:
    """Print a line for each variant whose id matches one of the patterns; all without any."""
    for name, variant in catalogue().variants.items():
        if any(fnmatch(name, each) for each in patterns or ["*"]) and runnable(variant):
            declared, found = variant.ask_tell_ms, milliseconds(variant)
            off = "" if 1 / OFF <= found / declared <= OFF else "  off"
            print(f"{name:30} declared {declared:8g} measured {found:8.2g}{off}", flush=True)


if __name__ == "__main__":
    main(sys.argv[1:])
