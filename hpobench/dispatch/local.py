"""Execute jobs in child processes of this machine."""

import selectors
import time
from collections.abc import Iterable, Iterator

from hpobench.dispatch.job import Job, Result
from hpobench.dispatch.slot import TICK, Slot


def run_locally(jobs: Iterable[Job], *, first: Slot, slots: int = 1) -> Iterator[Result]:
    """Execute up to `slots` jobs at a time; results come as they finish.

    A job that wants several CPUs takes the room of as many. Closing the generator ends all
    child processes.

    Args:
        jobs: Taken from lazily, as there is room; with one slot they run in their order.
        first: One of the slots; its process may be on its way already.
        slots: Jobs at a time.
    """
    pool = SlotPool(first, slots)
    try:
        for job in jobs:
            while not pool.fits(job):
                yield from pool.wait()
            pool.submit(job)
        while pool.busy:
            yield from pool.wait()
    finally:
        pool.close()


class SlotPool:
    """Slots, and what is going on in them."""

    def __init__(self, first: Slot, slots: int) -> None:
        self._size = slots
        self._idle = [first, *(Slot() for _ in range(slots - 1))]
        self._selector = selectors.DefaultSelector()
        self.busy: dict[Slot, int] = {}

    def fits(self, job: Job) -> bool:
        """Whether there is room for the job now; in an empty pool there always is."""
        return not self.busy or sum(self.busy.values()) + self._room(job) <= self._size

    def submit(self, job: Job) -> None:
        """Begin a job that fits."""
        slot = self._idle.pop(0)
        slot.submit(job)
        self.busy[slot] = self._room(job)
        self._selector.register(slot, selectors.EVENT_READ, slot)

    def wait(self) -> Iterator[Result]:
        """The results that come next; perhaps none, after a short while."""
        ready = {key.data for key, _ in self._selector.select(TICK)}
        now = time.monotonic()
        due = [s for s in self.busy if s in ready or now > s.deadline or s.gone]
        for slot in due:
            self._selector.unregister(slot)  # a step may exchange the process
            if result := slot.step():
                del self.busy[slot]
                self._idle.insert(0, slot)
                yield result
            else:
                self._selector.register(slot, selectors.EVENT_READ, slot)

    def close(self) -> None:
        """End all worker processes."""
        self._selector.close()
        for slot in (*self._idle, *self.busy):
            slot.close()

    def _room(self, job: Job) -> int:
        """How many slots' room a job takes."""
        return min(max(1, round(job.run.resources.cpus)), self._size)
