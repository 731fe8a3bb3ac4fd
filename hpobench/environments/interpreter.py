"""A process under an environment's own interpreter, which answers messages one by one."""

import json
import os
import subprocess
from collections.abc import Sequence
from contextlib import suppress
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from hpobench.environments.installation import Installation
from hpobench.errors import AbsentError, RemoteError
from hpobench.system.catalogue_folder import qualify
from hpobench.system.kernel import get_limit
from hpobench.system.process import HYGIENE, KEPT, PARENT, THREADS, LastWords, bare, cause

Key = tuple[Path, int]

_IDLE: dict[Key, "Interpreter"] = {}
"""Processes kept for the next optimizer of their environment: importing libraries takes longer
than many a run. Like the process of runs, each serves one optimizer after the other."""


class Interpreter:
    """The process, from its start to its end."""

    def __init__(self, place: Installation) -> None:
        self.key = _key(place)
        self._held = place.hold()
        # `-P` and `-s` keep the working directory, our folder and the user's packages off the path
        self._process = subprocess.Popen(
            [place.python, "-s", "-P", Path(__file__).with_name("child.py")],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env={
                "MPLCONFIGDIR": str(place.folder / "matplotlib"),  # its fonts are listed once
                **dict.fromkeys(THREADS, "1"),
                **bare(),
                **HYGIENE,
                PARENT: str(os.getpid()),
            },
        )
        KEPT.add(self._process.pid)
        self._last_words = LastWords(self._process)

    @property
    def alive(self) -> bool:
        """Whether it can be asked."""
        return self._process.poll() is None

    def fit(self) -> bool:
        """Whether it can serve another optimizer, after all that the last one has done to it."""
        try:
            if self.alive and self.exchange(["rest"]).get("fit"):
                return True
        except RemoteError:  # it died
            pass
        self.close()
        return False

    def exchange(self, message: Sequence[Any]) -> dict[str, Any]:
        """Send a message and wait for the answer.

        Raises:
            RemoteError: The process died of it.
        """
        try:
            answer = self._transmit(json.dumps(message).encode() + b"\n")
        except BaseException:  # an interrupt: what comes next would be the answer to this
            self.close()
            raise
        if not answer.endswith(b"\n"):
            code = self._process.wait()
            self.close()
            raise RemoteError(f"the optimizer's process {cause(code)}{self._last_words}")
        reply: dict[str, Any] = json.loads(answer)
        return reply

    def _transmit(self, line: bytes) -> bytes:
        """A line there and a line back, or less of one if the process dies."""
        into, out = self._process.stdin, self._process.stdout
        if into is None or out is None or into.closed:
            return b""
        with suppress(BrokenPipeError):
            into.write(line)
            into.flush()
        return out.readline()

    def close(self) -> None:
        """End the process and its pipes."""
        KEPT.discard(self._process.pid)
        self._process.kill()
        self._process.wait()
        for pipe in (self._process.stdin, self._process.stdout):
            if pipe:
                with suppress(BrokenPipeError):
                    pipe.close()
        self._held.close()


def borrow(place: Installation) -> Interpreter:
    """A process of the environment that nobody uses, started if none is fit for it."""
    idle = _IDLE.pop(_key(place), None)
    if idle and idle.fit():
        return idle
    return Interpreter(place)


def give_back(interpreter: Interpreter) -> None:
    """Keep a process for the next who wants one, or end it if one is kept already."""
    if interpreter.alive and interpreter.key not in _IDLE:
        _IDLE[interpreter.key] = interpreter
    else:
        interpreter.close()


def library_folder(target: str, folder: str) -> str:
    """The folder in which the top-level module or package of `module:Class` is installed.

    Args:
        target: As the YAML has it.
        folder: The catalogue folder of the YAML; if the module is there, nothing is returned.

    Raises:
        UserError: There is no such module.
    """
    module = target.partition(":")[0]
    if qualify(module, folder) != module:
        return ""
    top = target.partition(":")[0].partition(".")[0]
    spec = find_spec(top)
    if spec and spec.submodule_search_locations:
        return str(Path(next(iter(spec.submodule_search_locations))).parent)
    if spec and spec.origin:
        return str(Path(spec.origin).parent)
    raise AbsentError(f"{target} needs the module {top!r}, which is missing")


def _key(place: Installation) -> Key:
    """Which processes can stand for each other: they inherited the same limit of memory."""
    return place.folder, get_limit("RLIMIT_DATA")[0]
