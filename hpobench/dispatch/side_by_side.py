"""Execute runs on this machine whose trials are evaluated side by side, in real time."""

import math
import os
import selectors
from collections.abc import Callable, Collection, Iterable, Iterator
from concurrent.futures import Future
from contextlib import ExitStack
from queue import Empty, SimpleQueue
from time import monotonic

from hpobench.dispatch.evaluations import Evaluations
from hpobench.dispatch.job import Job, Result
from hpobench.dispatch.remote import exchange
from hpobench.dispatch.slot import TICK, Slot

Told = Callable[[Job, Result], None]


def side_by_side(
    jobs: Iterable[Job],
    *,
    first: Slot,
    workers: int,
    evaluations: Evaluations,
    told: Told = lambda *_: None,
) -> Iterator[Result]:
    """Execute one run after the other, each with its optimizer and each worker in a child process.

    Closing the generator ends all of them; what has been evaluated by then is kept.

    Args:
        jobs: The runs.
        first: Where the optimizers run.
        workers: Trials evaluated at a time.
        evaluations: Answers known from before, and where the new ones are kept.
        told: Is told of each trial that has an answer.
    """
    for job in jobs:
        with ExitStack() as stack:
            stack.callback(first.close)
            crew = _Crew(workers, evaluations, told)
            stack.callback(crew.close)
            order = evaluations.order(job)
            posed = exchange(job, crew.submit, order=order, waits=crew.waits)
            yield crew.run(first, stack.enter_context(posed))


class _Crew:
    """The workers of a run. All but `submit` and `waits` is called from one thread.

    Known answers of a run that is made again are given one by one, in the order of before, and
    when it can do nothing without: so it asks for the same trials again, and none is paid twice.
    """

    def __init__(self, workers: int, evaluations: Evaluations, told: Told) -> None:
        self._idle = [Slot() for _ in range(workers)]
        self._busy: dict[Slot, tuple[Job, Future[Result]]] = {}
        self._queue: SimpleQueue[tuple[Job, Future[Result]] | None] = SimpleQueue()
        self._held: list[tuple[int, Job, Future[Result], Result]] = []
        self._waited_for = False
        self._evaluations, self._told = evaluations, told
        self._bell = os.eventfd(0, os.EFD_NONBLOCK)
        self._selector = selectors.DefaultSelector()
        self._selector.register(self._bell, selectors.EVENT_READ)

    def submit(self, job: Job) -> "tuple[Future[Result], Callable[[], object]]":
        """Have a trial evaluated; from any thread."""
        future: Future[Result] = Future()
        self._queue.put((job, future))
        os.eventfd_write(self._bell, 1)
        return future, future.cancel

    def waits(self) -> None:
        """The run can do nothing without another answer; from any thread."""
        self._queue.put(None)
        os.eventfd_write(self._bell, 1)

    def run(self, slot: Slot, job: Job) -> Result:
        """Execute the run, and the trials it asks for."""
        slot.submit(job)
        while True:
            watched = [slot, *self._busy]
            for each in watched:
                self._selector.register(each, selectors.EVENT_READ)
            ready = {key.fileobj for key, _ in self._selector.select(TICK)}
            for each in watched:
                self._selector.unregister(each)  # a step may exchange the process
            if self._bell in ready:
                os.eventfd_read(self._bell)
            for each in [each for each in self._busy if _is_due(each, ready)]:
                self._step(each)
            if _is_due(slot, ready) and (result := slot.step()):
                return result
            self._begin()

    def close(self) -> None:
        """End all worker processes."""
        for slot in (*self._idle, *self._busy):
            slot.close()
        self._selector.close()
        os.close(self._bell)

    def _begin(self) -> None:
        """Put trials that wait on workers that have nothing to do."""
        while self._idle:
            try:
                asked = self._queue.get_nowait()
            except Empty:
                break
            if asked is None:
                self._waited_for = True
            elif asked[1].set_running_or_notify_cancel():
                self._begin_one(*asked)
        if self._waited_for and self._held:
            first = min(self._held, key=lambda held: held[0])
            again = (self._evaluations.place(job) for job, _ in self._busy.values())
            if first[0] < min(again, default=math.inf):
                self._held.remove(first)
                self._finish(*first[1:])

    def _begin_one(self, job: Job, future: "Future[Result]") -> None:
        """Put a trial on a worker, unless its answer is known."""
        if known := self._evaluations.recall(job):
            place, result = known
            if self._evaluations.order(job):
                self._held.append((place, job, future, result))
            else:
                self._finish(job, future, result)
        else:
            slot = self._idle.pop()
            slot.submit(job)
            self._busy[slot] = job, future

    def _step(self, slot: Slot) -> None:
        """Take what a worker has to say."""
        if result := slot.step():
            job, future = self._busy.pop(slot)
            self._idle.append(slot)
            self._evaluations.keep(job, result)
            self._finish(job, future, result)

    def _finish(self, job: Job, future: "Future[Result]", result: Result) -> None:
        self._waited_for = False
        self._told(job, result)
        future.set_result(result)


def _is_due(slot: Slot, ready: Collection[object]) -> bool:
    """Whether there is something to take from a slot."""
    return slot in ready or slot.gone or monotonic() > slot.deadline
