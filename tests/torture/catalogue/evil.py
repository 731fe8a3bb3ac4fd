"""Benchmarks that do harm, each in one way, to their own process and to what is around it."""

import ctypes
import faulthandler
import os
import shutil
import signal
import tempfile
import threading
import time
from contextlib import suppress
from pathlib import Path
from typing import NoReturn

from ConfigSpace import ConfigurationSpace

from hpobench.benchmark import Benchmark
from hpobench.task import Objective
from hpobench.trial import Outcome, Trial

GIGABYTE = 1 << 30


class UnprintableError(Exception):
    """Fails at saying what it is."""

    def __str__(self) -> str:
        raise RuntimeError("no words")


class FinalError(BaseException):
    """Is none that programs catch."""


class Evil(Benchmark):
    """Does harm before it answers."""

    def __init__(self, *, harm: str) -> None:
        self.space = ConfigurationSpace({"x": (0.0, 1.0)})
        self.objectives = (Objective(name="loss"),)
        self.harm = harm

    def evaluate(self, trial: Trial, seed: int) -> Outcome:
        getattr(self, self.harm.replace("-", "_"))()
        return Outcome(values={"loss": float(trial.config["x"])})

    def flood(self) -> None:
        for _ in range(GIGABYTE >> 20):
            os.write(1, b"x" * (1 << 20))
            os.write(2, b"y" * (1 << 20))

    def close_standard_streams(self) -> None:
        for stream in (0, 1, 2):
            os.close(stream)

    def close_all_files(self) -> None:
        os.closerange(0, 1024)

    def write_everywhere(self) -> None:
        for stream in range(3, 64):
            with suppress(OSError):
                os.write(stream, b'{"run_id": "x", "bytes": 99999999999}\n' * 3)

    def abort(self) -> None:
        os.abort()

    def exit_well(self) -> None:
        os._exit(0)

    def interrupt(self) -> NoReturn:
        raise KeyboardInterrupt

    def final(self) -> NoReturn:
        raise FinalError("the end")

    def long_message(self) -> NoReturn:
        raise ValueError("a " * (50 << 20))

    def unprintable(self) -> NoReturn:
        raise UnprintableError

    def surrogate(self) -> NoReturn:
        raise ValueError("\udcff <b>\0")

    def recursion(self) -> None:
        self.recursion()

    def memory(self) -> NoReturn:
        raise MemoryError("as if")

    def alarm(self) -> None:
        signal.setitimer(signal.ITIMER_REAL, 0.3)

    def handlers(self) -> None:
        for number in set(signal.Signals) - {signal.SIGKILL, signal.SIGSTOP}:
            with suppress(OSError, ValueError):
                signal.signal(number, lambda *_: None)
        faulthandler.cancel_dump_traceback_later()
        while True:
            time.sleep(1)

    def remove_folder(self) -> None:
        Path("deep/er").mkdir(parents=True, exist_ok=True)
        os.chdir("deep/er")
        shutil.rmtree(Path(tempfile.gettempdir()) / "deep")

    def litter(self) -> None:
        Path("here").write_text("x")
        tempfile.mkstemp()
        Path(os.environ["TMPDIR"], "there").write_text("x")

    def litter_and_die(self) -> None:
        self.litter()
        ctypes.string_at(0)

    def fork_and_go_on(self) -> None:
        os.fork()

    def fork_and_leave(self) -> None:
        if not os.fork():
            time.sleep(1000)

    def fork_twice_and_leave(self) -> None:
        if not os.fork():
            os.setsid()
            if not os.fork():
                time.sleep(1000)
            os._exit(0)

    def fork_and_die(self) -> None:
        if not os.fork():
            os.setsid()
            time.sleep(1000)
        ctypes.string_at(0)

    def fork_behind_and_die(self) -> None:
        """By the C library, so that Python does not know of it."""
        if not ctypes.CDLL(None).fork():
            os.setsid()
            time.sleep(1000)
        os._exit(7)

    def fork_many(self) -> None:
        for _ in range(100):
            if not os.fork():
                time.sleep(1000)

    def thread_bomb(self) -> None:
        with suppress(RuntimeError):
            for _ in range(1000):
                threading.Thread(target=time.sleep, args=(1000,), daemon=True).start()

    def stubborn_thread(self) -> None:
        threading.Thread(target=time.sleep, args=(1000,)).start()

    def endless(self) -> None:
        while True:
            pass

    def stop(self) -> None:
        os.kill(os.getpid(), signal.SIGSTOP)

    def nothing(self) -> None:
        """As it should be."""
