"""The two programs that are compared, each installed and called as its manual says."""

import hashlib
import json
import os
import shutil
import subprocess
import sys
from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from time import perf_counter

from golden import Found, stored_trials
from measure import progress, size

from hpobench.store import Store

HERE = Path(__file__).parent
CACHE = HERE.parents[1] / ".cache" / "benchmarks"
INSTALLED = "installed.json"
"""In a peer's environment: from what, how long it took, how large it is."""


def install(home: Path, name: str, requirements: Sequence[str], constraints: Path) -> None:
    """Make a virtual environment for a peer, every version pinned, unless it is there."""
    facts, digest = home / INSTALLED, hashlib.sha256(constraints.read_bytes()).hexdigest()
    if facts.exists() and json.loads(facts.read_bytes())["pins"] == digest:
        return
    progress(f"installing {name} into {home}")
    began = perf_counter()
    shutil.rmtree(home, ignore_errors=True)
    subprocess.run([sys.executable, "-m", "venv", home], check=True)
    pip = [str(home / "bin" / "python"), "-m", "pip", "install", "-qq"]
    pins = ["--disable-pip-version-check", "--constraint", str(constraints)]
    subprocess.run([*pip, *pins, *requirements], check=True)
    found = {"pins": digest, "seconds": perf_counter() - began, "bytes": size(home)}
    facts.write_text(json.dumps(found), encoding="utf-8")


class Contender(ABC):
    """A program that runs random search on BBOB's f1 in 2 dimensions, instance 1.

    Attributes:
        name: For the table.
        results: The subfolder of the working directory in which it stores trials.
    """

    name: str
    results: str

    @property
    def environment(self) -> Mapping[str, str]:
        """The environment variables of its commands."""
        return os.environ

    @abstractmethod
    def prepare(self) -> None:
        """Install it, unless that is done."""

    @abstractmethod
    def command(self, *, runs: int, trials: int) -> list[str]:
        """The command for so many runs (seeds from 0) of so many trials, on 2 cores."""

    @abstractmethod
    def trials(self, folder: Path) -> Iterator[Found]:
        """The configuration and the value of each trial stored below a results folder."""


class Hpobench(Contender):
    """This project, from the environment that runs the benchmark."""

    name = "hpobench"
    results = "results"

    def prepare(self) -> None:
        """Nothing to do: `make setup` did it."""

    def command(self, *, runs: int, trials: int) -> list[str]:
        """One `hpobench run`, whatever the number of runs."""
        program = str(Path(sys.executable).with_name("hpobench"))
        what = ["--optimizer", "random", "--task", "bbob/f01-d2-i1"]
        much = ["--seeds", f"0:{runs}", "--budget", f"trials={trials}", "--jobs", "2"]
        return [program, "run", *what, *much, "--results", self.results]

    def trials(self, folder: Path) -> Iterator[Found]:
        """As our own store gives them."""
        return stored_trials(Store(folder))


class Carps(Contender):
    """CARP-S 1.1.0 (https://pypi.org/project/carps/), in a virtual environment of its own."""

    name = "CARP-S 1.1.0"
    results = "runs"
    home = CACHE / "carps-1.1.0"
    constraints = HERE / "carps-1.1.0.txt"
    requirements = ("carps==1.1.0", "ioh", "numpy<2.5.0")  # the last two: its benchmark_bbob target

    def prepare(self) -> None:
        """Install it with every version pinned; some two minutes and 1.2 GB, once."""
        install(self.home, self.name, self.requirements, self.constraints)

    @property
    def environment(self) -> Mapping[str, str]:
        """As after `source bin/activate`: each of its runs calls the `pip` it finds first."""
        path = f"{self.home / 'bin'}{os.pathsep}{os.environ['PATH']}"
        return {**os.environ, "PATH": path, "VIRTUAL_ENV": str(self.home)}

    def command(self, *, runs: int, trials: int) -> list[str]:
        """One run by its module; many by two multiruns side by side, its fastest way on 2 cores.

        Its manual's own way, `+cluster=local hydra.launcher.n_jobs=2 -m`, took a tenth longer,
        and one process a run by `xargs -P 2` twice as long.
        """
        what = "python -m carps.run +optimizer/randomsearch=config +task/BBOB=cfg_2_1_1"
        one = f"{what} task.optimization_resources.n_trials={trials}"
        if runs == 1:
            return ["sh", "-c", f"exec {one} seed=0"]
        half = runs // 2
        first, second = f"'seed=range(0,{half})'", f"'seed=range({half},{runs})'"
        return ["sh", "-c", f"{one} {first} -m & {one} {second} -m; wait"]

    def trials(self, folder: Path) -> Iterator[Found]:
        """As its logs give them, a line of JSON a trial."""
        for path in sorted(folder.rglob("trial_logs.jsonl")):
            for line in path.read_text(encoding="utf-8").splitlines():
                trial = json.loads(line)
                yield tuple(trial["trial_info"]["config"]), trial["trial_value"]["cost"]
