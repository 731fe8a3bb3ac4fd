"""What a run leaves behind in its process harms no other run, and outlives no driver."""

import signal
import subprocess
import tempfile
from pathlib import Path

import pytest

from hpobench.store import Store
from tests.integration.commands import Hpobench, command, environment, wait_until
from tests.integration.faults.littering import LITTER


def test_what_a_run_leaves_in_its_process_fails_no_other(
    hpobench: Hpobench, tmp_path: Path
) -> None:
    run = ("run", "-o", "random", "-t", "litter/*", "--seeds", "0:2", "--results")
    hpobench(*run, "one-process", "--backend", "serial", "--run-timeout", 60)
    table = Store(tmp_path / "one-process").runs(["task", "seed", "reason", "values"]).to_pylist()
    assert {row["task"] for row in table} == {f"litter/{name}" for name in LITTER}
    assert {row["reason"] for row in table} == {""}
    values = {seed: {str(row["values"]) for row in table if row["seed"] == seed} for seed in (0, 1)}
    assert len(values[0]) == len(table) // 2, "each task is its own"


@pytest.mark.parametrize(
    "death",
    [signal.SIGHUP, signal.SIGQUIT, signal.SIGTERM, signal.SIGUSR1, signal.SIGKILL],
    ids=lambda number: number.name,
)
def test_a_driver_that_is_killed_leaves_neither_processes_nor_temporary_folders(
    tmp_path: Path, death: signal.Signals
) -> None:
    temporary = Path(tempfile.mkdtemp(dir=tmp_path))
    arguments = ("run", "-o", "random", "-t", "faulty/at-length", "--results", "r", "-j", 2)
    process = subprocess.Popen(
        command(*arguments, "--seeds", "0:2"), cwd=tmp_path, start_new_session=True,
        env={**environment(), "TMPDIR": str(temporary)}, stdout=subprocess.DEVNULL,
    )  # fmt: skip
    with process:
        wait_until(lambda: len(helpers(temporary)) == 4)
        begun = helpers(temporary)
        process.send_signal(death)
        try:
            process.wait(60)
        finally:
            process.kill()
    wait_until(lambda: not any(Path(f"/proc/{pid}").exists() for pid in begun))
    wait_until(lambda: not list(temporary.iterdir()))


def helpers(temporary: Path) -> list[int]:
    """The processes that the runs have started, by what they noted."""
    return [int(path.name) for path in temporary.glob("hpobench-temporary-*/helpers/*")]
