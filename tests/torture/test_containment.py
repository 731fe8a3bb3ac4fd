"""Whatever a run does, it costs that run alone, and leaves nothing behind."""

import json
import os
import re
import shutil
import subprocess
import tempfile
from pathlib import Path

import pytest

from hpobench.store import Store
from tests.conftest import Often
from tests.integration.commands import FAULTS, command

CATALOGUE = Path(__file__).parent / "catalogue"

HARMLESS = {
    "nothing",
    "flood",
    "close_standard_streams",
    "alarm",
    "litter",
    "fork_and_go_on",
    "fork_and_leave",
    "fork_twice_and_leave",
    "fork_many",
    "thread_bomb",
    "stubborn_thread",
    "remove_folder",
}
LIMIT = 40
"""Seconds for a run; harmless ones need one, or twenty on a very busy machine."""
REASONS = {
    "flood": f"timed out after {LIMIT} s: y",  # a gigabyte takes long on a busy machine
    "close_all_files": "its process ended with exit code",
    "write_everywhere": "its process garbled its answer",
    "abort": "its process was killed by SIGABRT",
    "exit_well": "its process ended with exit code 0",
    "interrupt": r"KeyboardInterrupt \(evil.py",
    "final": r"FinalError: the end \(evil.py",
    "long_message": r"ValueError: (a )+\(evil.py",
    "unprintable": "UnprintableError: it cannot say what",
    "surrogate": r"ValueError: \\udcff <b>\\x00 \(evil.py",
    "recursion": "RecursionError: maximum recursion depth exceeded",
    "memory": "MemoryError: as if",
    "handlers": f"timed out after {LIMIT} s",
    "litter_and_die": "its process was killed by SIGSEGV",
    "fork_and_die": "its process was killed by SIGSEGV",
    "fork_behind_and_die": "its process ended with exit code 7",
    "endless": f"timed out after {LIMIT} s",
    "stop": f"timed out after {LIMIT} s",
}  # fmt: skip
SAMPLE = [
    "close_standard_streams", "write_everywhere", "final", "interrupt", "long_message", "surrogate",
    "alarm", "litter_and_die", "fork_and_go_on", "fork_twice_and_leave", "fork_behind_and_die",
    "stubborn_thread", "thread_bomb",
]  # fmt: skip

pytestmark = pytest.mark.timeout(1800)


def ran(folder: Path, harms: list[str], *arguments: object) -> list[tuple[str, str, str]]:
    """Harm, status and reason of two runs of each harm.

    Checks that nobody and nothing is left behind.
    """
    temporary = Path(tempfile.mkdtemp(prefix="t"))  # Ray's sockets need a short name
    environment = {
        **os.environ,
        "HPOBENCH_CATALOGUE": f"{FAULTS}:{CATALOGUE}",
        "TMPDIR": str(temporary),
    }
    tasks = [part for harm in harms for part in ("-t", f"evil/{harm}")]
    done = subprocess.run(
        command("run", "-o", "faulty", *tasks, "--results", "r", "--run-timeout", LIMIT,
                "--seeds", "0:2", *arguments),
        cwd=folder, env=environment, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert "Traceback" not in done.stdout, done.stdout
    assert done.returncode == (0 if set(harms) <= HARMLESS else 1), done.stdout + done.stderr
    assert [path for path in temporary.iterdir() if path.name.startswith("hpobench-")] == []
    assert [path.name for path in folder.iterdir() if path.name != "r"] == []
    assert strays(temporary) == []
    shutil.rmtree(temporary)
    found = Store(folder / "r").runs(["task", "seed", "status", "reason"]).to_pylist()
    assert len(found) == 2 * len(harms)
    return [(row["task"].removeprefix("evil/"), row["status"], row["reason"]) for row in found]


def strays(temporary: Path) -> list[str]:
    """The processes whose temporary files are below a folder."""
    found = []
    for path in Path("/proc").glob("[0-9]*/environ"):
        try:
            environment = path.read_bytes()
        except OSError:
            continue
        if f"TMPDIR={temporary}".encode() in environment:
            found.append((path.parent / "cmdline").read_text())
    return found


def check(found: list[tuple[str, str, str]]) -> None:
    """Each run ended as it had to."""
    for harm, status, reason in found:
        assert len(reason) <= 3000, harm
        if status == "completed":
            assert harm in HARMLESS, harm
        else:
            assert re.match(REASONS.get(harm, "never"), reason, re.DOTALL), (harm, reason)


def test_harm_is_contained_in_its_run(tmp_path: Path) -> None:
    check(ran(tmp_path, SAMPLE, "--backend", "serial"))


@pytest.mark.parametrize("backend", ["serial", "local", "ray"])
def test_every_harm_is_contained_on_every_backend(
    tmp_path: Path, often: Often, backend: str
) -> None:
    assert often(0, 1)
    harms = sorted({*HARMLESS, *REASONS})
    check(ran(tmp_path, harms, "--backend", backend, "--jobs", 2))


def test_a_run_is_executed_as_often_as_the_policy_says(tmp_path: Path) -> None:
    """A crash in a process that has executed others is tried once more in a new one."""
    marks = tmp_path / "marks"
    marks.mkdir()
    tasks = tmp_path / "catalogue" / "tasks"
    tasks.mkdir(parents=True)
    (tasks / "counted.yaml").write_text(
        "benchmark: counted:Counted\ntypes: [float]\ndimension: 1\nobjectives: [loss]\n"
        "budget: {trials: 1}\ntasks:\n  - id: '{harm}'\n"
        f"    params: {{folder: {json.dumps(str(marks))}}}\n"
        "    grid: {harm: [memory, exit_well, abort, kill]}\n"
    )
    # A folder's modules see their neighbours alone.
    shutil.copy(CATALOGUE / "evil.py", tasks.parent)
    (tasks.parent / "counted.py").write_text(
        "import os, signal, time\nfrom pathlib import Path\nfrom evil import Evil\n\n"
        "class Counted(Evil):\n"
        "    def __init__(self, *, harm, folder):\n"
        "        super().__init__(harm=harm)\n        self.folder = Path(folder)\n\n"
        "    def evaluate(self, trial, seed):\n"
        "        (self.folder / f'{self.harm}-{time.time_ns()}').touch()\n"
        "        return super().evaluate(trial, seed)\n\n"
        "    def kill(self):\n        os.kill(os.getpid(), signal.SIGKILL)\n"
    )
    environment = {**os.environ, "HPOBENCH_CATALOGUE": f"{FAULTS}:{CATALOGUE}:{tasks.parent}"}
    subprocess.run(
        command("run", "-o", "faulty", "-t", "counted/*", "--results", tmp_path / "r",
                "--backend", "serial"),
        env=environment, check=False, capture_output=True,
    )  # fmt: skip
    counts = [path.name.partition("-")[0] for path in marks.iterdir()]
    assert {harm: counts.count(harm) for harm in set(counts)} == {
        "memory": 1,  # its own exception
        "exit_well": 2,  # after `memory`, in its process
        "abort": 1,  # in a new process
        "kill": 3,  # by anybody
    }
