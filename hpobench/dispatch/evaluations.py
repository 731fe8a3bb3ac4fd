"""Finished evaluations of a user's function, kept one by one: none is paid for twice."""

import json
import math
import os
from collections import Counter
from collections.abc import Mapping
from hashlib import blake2b
from itertools import count
from pathlib import Path
from typing import Any

from hpobench.dispatch.job import Job, Result
from hpobench.errors import FileError
from hpobench.run import Status, canonical
from hpobench.store.rows import (
    DamagedError,
    seal,
    unseal,
)

SPACES = ("space", "configspace", "forbidden")
"""Parameters that describe a space."""


class Evaluations:
    """What a function answered, by configuration, fidelity and seed of its noise.

    A run that is begun again asks for the same trials in the same order, and finds them here; with
    trials side by side, if it is told in the same order too, which is that of the file. If a
    configuration is asked for several times, the first answer is that to the first question, and
    so on. A failed trial is tried again, at its place.

    Args:
        path: The file, made with the first answer; None keeps nothing.

    Raises:
        FileError: The file cannot be read. What is torn or altered in it counts as missing.
    """

    def __init__(self, path: Path | None) -> None:
        self._path = path
        self._answers: dict[str, list[tuple[int, dict[str, Any]]]] = {}
        self._asked: Counter[str] = Counter()
        self._orders: dict[str, dict[int, int]] = {}
        self._searches: dict[str, str] = {}
        self._failed: dict[tuple[str, int], tuple[str, int]] = {}
        self._places = count()
        for line in _lines(path):
            self._take(line)

    def order(self, job: Job) -> Mapping[int, int]:
        """How many answers this run had when it asked for which trial; empty if it is new.

        A run with another budget or number of workers is the same one here.
        """
        return self._orders.get(self._search(job), {})

    def place(self, job: Job) -> float:
        """The place of a trial that failed before, and is tried again; infinite for all others."""
        key, place = self._failed.get((self._search(job), job.number), ("", math.inf))
        return place if key == _key(job) else math.inf

    def recall(self, job: Job) -> tuple[int, Result] | None:
        """The place and the answer of a trial that was answered before; each is given once."""
        key = _key(job)
        number = self._asked[key]
        self._asked[key] += 1
        known = self._answers.get(key, ())
        if number >= len(known):
            return None
        place, answer = known[number]
        result = Result(
            run_id=job.run.id,
            status=Status.COMPLETED,
            reason="",
            seconds=answer["seconds"],
            line=json.dumps({"outcome": answer["outcome"], "left": None}).encode(),
        )
        return place, result

    def keep(self, job: Job, result: Result) -> None:
        """Write an answer down, unless the trial left a state for others to go on from.

        Such a state is gone with the run, so that the trial has to be evaluated again. Of one that
        failed only its place is kept.

        Raises:
            OSError: The file cannot be written.
        """
        if self._path is None or result.status is Status.FAILED or result.checkpoint is not None:
            return
        failed = bool(result.outcome["failure"])
        if failed and self.place(job) < math.inf:  # the place of the first time counts
            return
        answer = {
            "key": _key(job),
            "search": self._search(job),
            "number": job.number,
            "seen": job.seen,
            "seconds": result.seconds,
            "outcome": None if failed else result.outcome,
        }
        self._path.parent.mkdir(exist_ok=True)
        with self._path.open("ab", buffering=0) as file:
            file.write(_line_break(self._path) + seal(json.dumps(answer)))
            os.fsync(file.fileno())

    def _take(self, line: bytes) -> None:
        try:
            found = unseal(line)
        except DamagedError:
            return
        place = next(self._places)
        if found["outcome"] is None:
            self._failed[found["search"], found["number"]] = found["key"], place
        else:
            self._answers.setdefault(found["key"], []).append((place, found))
        if "search" in found:  # older files have none
            self._orders.setdefault(found["search"], {})[found["number"]] = found["seen"]

    def _search(self, job: Job) -> str:
        """What the run is but for its budget and its workers, hashed."""
        run = job.run
        if run.id not in self._searches:
            task = run.task
            problem = [task.benchmark, task.params, task.objectives, task.code]
            known = [problem, run.variant.definition(), run.seed, task.base_id]
            self._searches[run.id] = _hashed(known)
        return self._searches[run.id]


def _lines(path: Path | None) -> list[bytes]:
    """The lines of a file that may not be there."""
    try:
        return path.read_bytes().splitlines(keepends=True) if path else []
    except FileNotFoundError:
        return []
    except OSError as error:
        raise FileError(path or Path(), error.strerror or "cannot be read") from None


def _line_break(path: Path) -> bytes:
    """What ends a line that was torn, so that the next one is whole."""
    with path.open("rb") as file:
        if not file.seek(0, os.SEEK_END):
            return b""
        file.seek(-1, os.SEEK_END)
        return b"" if file.read(1) == b"\n" else b"\n"


def _key(job: Job) -> str:
    """All that an answer depends on, hashed: the function, its seed and the question.

    The space is not among it: in a part of it, or in a larger one, the answers are the same.
    """
    task, trial = job.run.task, job.trial
    params = {name: value for name, value in task.params.items() if name not in SPACES}
    function = [task.benchmark, params, task.objectives, task.code]
    question = [dict(trial.config), trial.fidelity] if trial else []
    asked = [function, job.run.evaluation_seed(trial.draw if trial else 0), question]
    return _hashed(asked)


def _hashed(data: Any) -> str:
    return blake2b(canonical(data), digest_size=16).hexdigest()
