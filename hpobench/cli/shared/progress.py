"""One line on a terminal that says how far a long piece of work has come."""

import sys
import time
from dataclasses import dataclass, field

from hpobench.cli.shared.streams import redraw

INTERVAL = 0.2


def _on_terminal() -> bool:
    """Whether somebody watches standard error, as it is now."""
    return sys.stderr.isatty()


@dataclass(slots=True)
class Progress:
    """Counts finished runs and estimates the time left; silent when nobody watches.

    The estimate weighs each run by the work it was expected to hold.

    Attributes:
        total: Runs to be done.
        work: Expected seconds of all of them.
    """

    total: int
    work: float
    done: int = 0
    failed: int = 0
    _worked: float = 0.0
    _shown: float = 0.0
    _began: float = field(default_factory=time.monotonic)
    _watched: bool = field(default_factory=_on_terminal)

    def advance(self, *, failed: bool, work: float) -> None:
        """One run more has finished, which was expected to hold that much work."""
        self.done += 1
        self.failed += failed
        self._worked += work
        if self._watched and time.monotonic() - self._shown > INTERVAL:
            self._shown = time.monotonic()
            redraw(self.line())

    def line(self) -> str:
        """Done, failed, rate and time left."""
        elapsed = max(time.monotonic() - self._began, 1e-9)
        left = elapsed * (self.work - self._worked) / self._worked if self._worked else 0.0
        failed = f", {self.failed} failed" if self.failed else ""
        rate = self.done / elapsed
        speed = f"{rate:.1f} runs/s" if rate > 1 else f"{rate * 60:.1f} runs/min"
        return f"{self.done}/{self.total} runs{failed}, {speed}, {span(left)} left"

    def close(self) -> None:
        """Clear the progress line."""
        if self._watched:
            redraw("")


def span(seconds: float) -> str:
    """A duration as people say it."""
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    if hours:
        return f"{hours} h {minutes:02d} min"
    return f"{minutes} min {rest:02d} s" if minutes else f"{seconds:.1f} s"
