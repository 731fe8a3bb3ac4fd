"""Have a run's trials evaluated elsewhere: the two ends of the socket they go through."""

import json
import select
import socket
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import CancelledError, Future
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from threading import Lock, Thread
from typing import Any

from hpobench.dispatch.folder import Folder
from hpobench.dispatch.job import Job, Result
from hpobench.environments.wire import pack_trial
from hpobench.errors import RunError
from hpobench.execution.checkpoints import Room
from hpobench.execution.real_workers import Executor
from hpobench.run import Status
from hpobench.trial import Outcome, Trial

CHUNK = 1 << 16
LONGEST = 3600.0
"""Seconds that one look at the socket waits at most."""
PAUSE = 0.1
"""Seconds between two attempts at ending a conversation."""

Submit = Callable[[Job], tuple["Future[Result]", Callable[[], object]]]
"""Have a trial evaluated: where its result will be, and how to call it off."""
Release = Callable[[Sequence[int]], None]
"""Let go of what trials have left for others to go on from, by their numbers."""
Order = Mapping[int, int]
"""How many answers a run that is made again had when it asked for which trial."""


def _keep(_: Sequence[int]) -> None:
    """Nothing is held that could be let go of."""


def _idle() -> None:
    """Nobody has to know that a run waits."""


@contextmanager
def remote_executor(address: str) -> Iterator[Executor | None]:
    """The run's end of the socket at an address; None if there is no address."""
    if not address:
        yield None
        return
    with socket.socket(socket.AF_UNIX) as connection:
        connection.connect(address)
        yield RemoteExecutor(connection)


class RemoteExecutor:
    """An executor at the other end of a socket: questions and answers are lines of JSON.

    The first line that comes is the order in which the run was made before, if it was: then no
    trial is asked for before the answers are there that it was asked with. For what an optimizer
    asks depends on what it was told by then, and answers that are known come at once.
    """

    def __init__(self, connection: socket.socket) -> None:
        self._connection = connection
        self._buffer = b""
        self._room = Room()
        self._asked, self._seen = 0, 0
        while (line := self._line()) is None:
            self._buffer += self._read(LONGEST)
        self._order: Order = {int(number): seen for number, seen in json.loads(line).items()}

    def submit(self, number: int, trial: Trial) -> None:
        """Send a trial, all but the optimizer's handle on it."""
        self._asked = number + 1
        self._send({"number": number, "seen": self._seen, **pack_trial(trial)})

    def release(self, numbers: Sequence[int]) -> None:
        """Say which trials nobody will go on from."""
        for number in numbers:
            self._room.give_back(number)
        self._send({"release": list(numbers)})

    def _send(self, question: dict[str, Any]) -> None:
        self._connection.sendall(json.dumps(question).encode() + b"\n")

    def next(self, seconds: float) -> tuple[int, Outcome, float] | None:
        """The answer that came first; None if none is here in full after one look.

        It is waited for in any case, if the next trial was asked for with more answers before.
        """
        owed = self._seen < min(self._order.get(self._asked, 0), self._asked)
        if (owed or seconds > 0) and self._order and b"\n" not in self._buffer:
            self._send({"waits": True})
        while (line := self._line()) is None:
            self._buffer += self._read(LONGEST if owed else min(seconds, LONGEST))
            if not owed and b"\n" not in self._buffer:
                return None
        self._seen += 1
        found = json.loads(line)
        if found.get("left") is not None:
            self._room.take(found["number"], found["left"])
        return _outcome(found)

    def _line(self) -> bytes | None:
        """The first line that is here in full, taken."""
        line, newline, rest = self._buffer.partition(b"\n")
        if not newline:
            return None
        self._buffer = rest
        return line

    def _read(self, seconds: float) -> bytes:
        """What has come, perhaps nothing."""
        if not select.select([self._connection], [], [], seconds)[0]:
            return b""
        chunk = self._connection.recv(CHUNK)
        if not chunk:
            raise ConnectionError("the evaluation of trials ended before the run")
        return chunk


def _outcome(found: dict[str, Any]) -> tuple[int, Outcome, float]:
    """What an answer says.

    Raises:
        RunError: The benchmark broke down, and so does the run.
    """
    if found["fault"]:
        raise RunError(found["fault"])
    return found["number"], Outcome(**found["outcome"]), found["seconds"]


@contextmanager
def exchange(
    job: Job,
    submit: Submit,
    release: Release = _keep,
    order: Order | None = None,
    waits: Callable[[], None] = _idle,
) -> Iterator[Job]:
    """Listen for the trials of a run and have them evaluated, until the run has ended.

    Args:
        job: The run.
        submit: Has one of its trials evaluated.
        release: Lets go of what trials have left.
        order: In which the run was made before, if it was.
        waits: Is called when the run can do nothing without another answer, if there is an order.

    Yields:
        The job with the socket's address.
    """
    with (
        Folder() as folder,
        closing(socket.socket(socket.AF_UNIX)) as listener,
    ):
        address = str(Path(folder.path) / "trials")
        listener.bind(address)
        listener.listen()
        sockets = [listener]
        ends = _Ends(job, submit, release, order or {}, waits)
        thread = Thread(target=_serve_trials, args=(sockets, ends), daemon=True)
        thread.start()
        try:
            yield replace(job, trials=address)
        finally:
            while thread.is_alive():  # it may have accepted a connection in this moment
                for each in tuple(sockets):
                    with suppress(OSError):  # the run has closed it already
                        each.shutdown(socket.SHUT_RDWR)  # wakes the thread
                thread.join(PAUSE)


@dataclass(frozen=True, slots=True)
class _Ends:
    """Where the conversations of a run lead to, see `exchange`."""

    job: Job
    submit: Submit
    release: Release
    order: Order
    waits: Callable[[], None]

    def hear(self, said: dict[str, Any]) -> None:
        """Take what a run says that is no trial."""
        if "release" in said:
            self.release(said["release"])
        else:
            self.waits()


def _serve_trials(sockets: list[socket.socket], ends: _Ends) -> None:
    """Talk to the run, and to the next process of it if one is killed and started again.

    Whatever goes wrong in one conversation ends that alone: who waits for the next would wait
    for ever.
    """
    while True:
        try:
            connection, _ = sockets[0].accept()
        except OSError:  # the listener is shut down
            return
        sockets[1:] = [connection]
        with connection, suppress(OSError):  # a killed one leaves answers unread
            _converse(connection, ends)


def _converse(connection: socket.socket, ends: _Ends) -> None:
    """Have each trial evaluated that is asked for, and call off what is left at the end."""
    pending: dict[int, Callable[[], object]] = {}
    lock = Lock()

    def answer(number: int, future: "Future[Result]") -> None:
        line = json.dumps({"number": number, **_answer(future)}).encode() + b"\n"
        with lock:
            if pending.pop(number, None):
                with suppress(OSError):  # the run has ended
                    connection.sendall(line)

    connection.sendall(json.dumps(ends.order).encode() + b"\n")
    try:
        for question in _questions(connection):
            if "number" not in question:
                ends.hear(question)
            else:
                trial = _asked(ends.job, question)
                future, pending[trial.number] = _submitted(ends.submit, trial)
                future.add_done_callback(partial(answer, trial.number))
    finally:
        with lock:
            left = list(pending.values())
            pending.clear()
        for call_off in left:
            with suppress(Exception):  # the trial has ended, or its cluster
                call_off()


def _asked(job: Job, question: dict[str, Any]) -> Job:
    """The trial of a run that is asked for."""
    number, seen = question.pop("number"), question.pop("seen")
    return replace(job, trial=Trial(**question), number=number, seen=seen, timeout=0.0)


def _submitted(submit: Submit, trial: Job) -> tuple["Future[Result]", Callable[[], object]]:
    """A trial on its way; one that cannot be submitted has an error in the place of a result."""
    try:
        return submit(trial)
    except Exception as error:  # noqa: BLE001 (whatever it is that evaluates)
        failed: Future[Result] = Future()
        failed.set_exception(error)
        return failed, bool


def _questions(connection: socket.socket) -> Iterator[dict[str, Any]]:
    """What is asked, until the other end is closed; what a killed process asked half is not."""
    with connection.makefile("rb") as lines:
        for line in lines:
            if line.endswith(b"\n"):
                yield json.loads(line)


def _answer(future: "Future[Result]") -> dict[str, Any]:
    """What became of a trial; one whose worker died too often has failed."""
    error = CancelledError() if future.cancelled() else future.exception()
    if error:
        reason = f"infrastructure: {type(error).__name__}: {error}".partition("\n")[0]
        return {"fault": "", "outcome": {"failure": reason, "cost": 0.0}, "seconds": 0.0}
    result = future.result()
    if result.status is Status.FAILED:
        return {"fault": result.reason, "outcome": {}, "seconds": 0.0}
    return {"fault": "", **json.loads(result.line), "seconds": result.seconds}
