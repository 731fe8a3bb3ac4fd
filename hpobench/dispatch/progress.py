"""One line that says how far a long piece of work has come, wherever it is shown."""

import time
from collections import Counter
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass, field

from hpobench.dispatch.backends import Execute
from hpobench.dispatch.driver import Driver
from hpobench.run import Status

INTERVAL = 0.2


@dataclass(slots=True)
class Progress:
    """Counts finished runs and estimates the time left; silent when nobody watches.

    The estimate weighs each run by the work it was expected to hold.

    Attributes:
        total: Runs to be done.
        work: Expected seconds of all of them.
        show: Puts a line in the place of the one before; None while nobody watches.
        reasons: How many runs failed, by their reason.
    """

    total: int
    work: float
    show: Callable[[str], None] | None
    done: int = 0
    failed: int = 0
    reasons: Counter[str] = field(default_factory=Counter)
    _worked: float = 0.0
    _shown: float = 0.0
    _began: float = field(default_factory=time.monotonic)

    def advance(self, *, failed: bool, work: float) -> None:
        """One run more has finished, which was expected to hold that much work."""
        self.done += 1
        self.failed += failed
        self._worked += work
        if self.show and time.monotonic() - self._shown > INTERVAL:
            self._shown = time.monotonic()
            self.show(self.line())

    def line(self) -> str:
        """Done, failed, rate and time left."""
        elapsed = max(time.monotonic() - self._began, 1e-9)
        left = elapsed * (self.work - self._worked) / self._worked if self._worked else 0.0
        failed = f", {self.failed} failed" if self.failed else ""
        rate = self.done / elapsed
        speed = f"{rate:.1f} runs/s" if rate > 1 else f"{rate * 60:.1f} runs/min"
        return f"{self.done}/{self.total} runs{failed}, {speed}, {format_duration(left)} left"

    def close(self) -> None:
        """Clear the progress line."""
        if self.show:
            self.show("")


def follow(driver: Driver, execute: Execute, progress: Progress) -> None:
    """Let the missing runs be executed to the end, and count each as it is stored."""
    with closing(driver.results(execute)) as results:  # its end can fail too
        for run, result in results:
            failed = result.status is Status.FAILED
            progress.advance(failed=failed, work=run.expected_seconds)
            if failed:
                progress.reasons[result.reason] += 1


def format_duration(seconds: float) -> str:
    """A duration as people say it."""
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    if hours:
        return f"{hours} h {minutes:02d} min"
    return f"{minutes} min {rest:02d} s" if minutes else f"{seconds:.1f} s"
