"""Finished evaluations of a user's function, kept one by one: none is paid for twice."""

import json
import os
from collections import Counter
from hashlib import blake2b
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

    A run that is begun again asks for the same trials in the same order, and finds them here. If
    a configuration is asked for several times, the first answer is that to the first question,
    and so on. A failed trial is not kept: it is tried again.

    Args:
        path: The file, made with the first answer; None keeps nothing.

    Raises:
        FileError: The file cannot be read. What is torn or altered in it counts as missing.
    """

    def __init__(self, path: Path | None) -> None:
        self._path = path
        self._answers: dict[str, list[dict[str, Any]]] = {}
        self._asked: Counter[str] = Counter()
        for line in _lines(path):
            self._take(line)

    def recall(self, job: Job) -> Result | None:
        """The answer to this trial if it was given before; each is given out once."""
        key = _key(job)
        number = self._asked[key]
        self._asked[key] += 1
        known = self._answers.get(key, ())
        if number >= len(known):
            return None
        found = known[number]
        return Result(
            run_id=job.run.id,
            status=Status.COMPLETED,
            reason="",
            seconds=found["seconds"],
            line=json.dumps({"outcome": found["outcome"], "left": None}).encode(),
        )

    def keep(self, job: Job, result: Result) -> None:
        """Write an answer down, unless the trial failed, or left a state for others to go on from.

        Such a state is gone with the run, so that the trial has to be evaluated again.

        Raises:
            OSError: The file cannot be written.
        """
        if self._path is None or result.status is Status.FAILED or result.checkpoint is not None:
            return
        outcome = result.outcome
        if outcome["failure"]:
            return
        answer = {"key": _key(job), "seconds": result.seconds, "outcome": outcome}
        self._path.parent.mkdir(exist_ok=True)
        with self._path.open("ab", buffering=0) as file:
            file.write(_line_break(self._path) + seal(json.dumps(answer)))
            os.fsync(file.fileno())

    def _take(self, line: bytes) -> None:
        try:
            found = unseal(line)
        except DamagedError:
            return
        self._answers.setdefault(found["key"], []).append(found)


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
    return blake2b(canonical(asked), digest_size=16).hexdigest()
