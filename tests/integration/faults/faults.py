"""Benchmarks and optimizers that misbehave, each in one way."""

import ctypes
import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import Any

from ConfigSpace import ConfigurationSpace
from joblib import cpu_count

from hpobench.benchmark import Benchmark
from hpobench.optimizer import Optimizer, Signal
from hpobench.system.process import THREADS
from hpobench.task import Objective, Problem
from hpobench.trial import Outcome, Trial


class Misbehaving(Benchmark):
    """Sums its hyperparameter, unless told to misbehave."""

    def __init__(self, *, fault: str = "", folder: str = "") -> None:
        self.space = ConfigurationSpace({"x": (0.0, 1.0)})
        self.objectives = (Objective(name="loss"),)
        self.fault = fault
        self.folder = folder
        if fault == "construct":
            raise RuntimeError("no data")

    def evaluate(self, trial: Trial, seed: int) -> Outcome:
        x = float(trial.config["x"])
        found: Any = {
            "nan": {"loss": float("nan")},
            "missing": {},
            "wrong-shape": {"loss": [x, x]},
        }.get(self.fault, {"loss": x})
        getattr(self, f"_{self.fault}".replace("-", "_"), lambda: None)()
        return Outcome(values=found)

    def _raise(self) -> None:
        raise ValueError("the benchmark is\nbroken")

    def _hang(self) -> None:
        ctypes.PyDLL(None).sleep(1000)  # with the interpreter lock held

    def _segfault(self) -> None:
        ctypes.string_at(0)

    def _exit(self) -> None:
        os._exit(3)

    def _sys_exit(self) -> None:
        sys.exit(4)

    def _kill(self) -> None:
        os.kill(os.getpid(), signal.SIGKILL)

    def _memory(self) -> None:
        self.hoard = [bytearray(50 << 20) for _ in range(100)]

    def _flood(self) -> None:
        print("x" * 1_000_000)
        sys.stderr.write("y" * 1_000_000)
        os.write(1, b"z" * 1_000_000)

    def _threads(self) -> None:
        for _ in range(200):
            threading.Thread(target=time.sleep, args=(1000,), daemon=True).start()

    def _cores(self) -> None:
        if {os.environ[name] for name in THREADS} != {"2"} or cpu_count() > 2:
            raise RuntimeError("its libraries take more cores than it asked for")

    def _slow(self) -> None:
        time.sleep(0.02)

    def _helpers(self) -> None:
        """Start two processes, of which one breaks all ties to us, note them and hang."""
        notes = Path(os.environ["TMPDIR"]) / "helpers"
        notes.mkdir()
        bare = {"PATH": os.environ["PATH"]}
        near = subprocess.Popen(["sleep", "1000"])
        far = subprocess.Popen(["sleep", "1000"], env=bare, start_new_session=True)
        for helper in (near, far):
            (notes / str(helper.pid)).touch()
        time.sleep(1000)

    def _count(self) -> None:
        (Path(self.folder) / f"{time.time_ns()}-{os.getpid()}").touch()


class Faulty(Optimizer):
    """Asks for random numbers, unless told to misbehave."""

    def __init__(self, problem: Problem, seed: int, *, fault: str = "") -> None:
        self.space = problem.space
        self.space.seed(seed)
        self.fault = fault
        if fault == "construct":
            raise RuntimeError("cannot start")

    def ask(self) -> Trial | Signal:
        match self.fault:
            case "ask":
                raise RuntimeError("no idea")
            case "outside":
                return Trial(config={"x": 2.0})
            case "unknown":
                return Trial(config={"y": 0.5})
            case "fidelity":
                return Trial(config={"x": 0.5}, fidelity=3)
            case "wait":
                return Signal.WAIT
            case "write":
                Path("litter").write_text("x")
        return Trial(config={"x": float(self.space.sample_configuration()["x"])})

    def tell(self, trial: Trial, outcome: Outcome) -> None:
        if self.fault == "tell":
            raise RuntimeError("do not want to know")
