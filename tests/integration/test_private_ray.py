"""Nobody but its driver can use a private instance of Ray, and none waits for an absent cluster."""

import os
import signal
import socket
import stat
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from hpobench.dispatch.reach import answers
from tests import PATIENCE
from tests.integration.commands import Hpobench, command, environment, rows, wait_until

INTRUDER = """
import sys
from ray._raylet import GcsClient
client = GcsClient(address=sys.argv[1])
print("attached")
client.internal_kv_put(b"key", b"value", True, b"hpobench")
print("wrote")
"""


@pytest.fixture
def long_run(tmp_path: Path) -> Iterator["subprocess.Popen[bytes]"]:
    """A driver on a private instance, busy for long."""
    arguments = ("run", "-o", "random", "-t", "faulty/at-length", "--results", "r", "-j", 1)
    surroundings = {**environment(), "HOME": str(tmp_path / "home"), "TMPDIR": short()}
    (tmp_path / "home").mkdir()
    with subprocess.Popen(
        command(*arguments, "--backend", "ray"), cwd=tmp_path, env=surroundings,
        stdout=subprocess.DEVNULL,
    ) as process:  # fmt: skip
        yield process
        with suppress(ProcessLookupError):
            process.kill()


def short() -> str:
    """A new folder with a name that is short enough for Ray."""
    return tempfile.mkdtemp(prefix="t", dir="/tmp")


def variables(pid: int) -> dict[str, str]:
    """The environment that a process was started with, which may be gone."""
    try:
        text = Path(f"/proc/{pid}/environ").read_bytes().decode(errors="replace")
    except OSError:
        return {}
    return dict(each.partition("=")[::2] for each in text.split("\0") if each)


def session(home: Path) -> list[int]:
    """The processes of the instance that was started with that folder as HOME."""
    pids = [int(path.name) for path in Path("/proc").glob("[0-9]*")]
    found = {pid: variables(pid) for pid in pids}
    return [p for p, v in found.items() if v.get("HOME") == str(home) and "RAY_TMPDIR" in v]


def gcs_address(home: Path) -> str:
    """Where the instance listens, or empty."""
    for pid in session(home):
        with suppress(OSError):
            for part in Path(f"/proc/{pid}/cmdline").read_text().split("\0"):
                if part.startswith("--gcs-address="):
                    return part.partition("=")[2]
    return ""


def test_a_private_instance_lets_nobody_in_and_ends_with_its_driver(
    tmp_path: Path, long_run: "subprocess.Popen[bytes]"
) -> None:
    home = tmp_path / "home"
    wait_until(lambda: gcs_address(home))
    wait_until(lambda: len(session(home)) > 4)
    folder = Path(variables(session(home)[0])["RAY_TMPDIR"])
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert stat.S_IMODE((folder / "token").stat().st_mode) == 0o600
    assert len((folder / "token").read_text()) == 64
    assert gcs_address(home).startswith("127.0.0.1:")
    for attempt in ({}, {"RAY_AUTH_MODE": "token", "RAY_AUTH_TOKEN": "0" * 64}):
        intruder = subprocess.run(
            [sys.executable, "-c", INTRUDER, gcs_address(home)],
            env={**os.environ, "HOME": str(tmp_path), **attempt}, capture_output=True, text=True,
            timeout=PATIENCE, check=False,
        )  # fmt: skip
        assert intruder.returncode != 0
        assert "wrote" not in intruder.stdout
        assert "auth" in intruder.stderr.lower()
    assert long_run.poll() is None
    begun = session(home)
    long_run.send_signal(signal.SIGKILL)
    long_run.wait()
    wait_until(lambda: not any(Path(f"/proc/{pid}").exists() for pid in begun))
    wait_until(lambda: not folder.exists())
    assert not list(home.iterdir())


@pytest.fixture(params=["nobody", "silent", "another protocol"])
def address(request: pytest.FixtureRequest) -> Iterator[str]:
    """Where no cluster answers."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        place = f"127.0.0.1:{listener.getsockname()[1]}"
        if request.param == "nobody":
            listener.close()
        if request.param == "another protocol":
            threading.Thread(target=refuse, args=(listener,), daemon=True).start()
        yield place


def refuse(listener: socket.socket) -> None:
    """Answer as a web server does."""
    with suppress(OSError):
        while True:
            connection, _ = listener.accept()
            with connection:
                connection.sendall(b"HTTP/1.1 400 Bad Request\r\n\r\n")


def test_where_no_cluster_answers_is_said_in_one_line(
    hpobench: Hpobench, tmp_path: Path, address: str
) -> None:
    run = ("run", "-o", "random", "-t", "faulty/none", "--results", "r", "--address", address)
    done = hpobench(*run, code=2)
    assert done.stderr == f"hpobench: no Ray cluster answers at {address}\n"
    assert not rows(tmp_path / "r")


@pytest.fixture
def cluster() -> Iterator[tuple[str, "subprocess.Popen[bytes]"]]:
    """A cluster of one node, and the process with which all of it ends."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    start = ["start", "--head", f"--port={port}", "--num-cpus=1", "--include-dashboard=false"]
    quiet = {"RAY_AUTH_MODE": "disabled", "RAY_USAGE_STATS_ENABLED": "0"}
    loopback = {"RAY_ENABLE_WINDOWS_OR_OSX_CLUSTER": "0"}
    with subprocess.Popen(
        [sys.executable, "-m", "ray.scripts.scripts", *start, "--node-ip-address=127.0.0.1",
         "--object-store-memory=100000000", f"--temp-dir={short()}", "--block"],
        env={**os.environ, **quiet, **loopback}, stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL, start_new_session=True,
    ) as process:  # fmt: skip
        yield f"127.0.0.1:{port}", process
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)


def test_a_cluster_that_goes_away_is_said_in_one_line(
    tmp_path: Path, cluster: tuple[str, "subprocess.Popen[bytes]"]
) -> None:
    place, head = cluster
    wait_until(lambda: answers(place))
    run = ("run", "-o", "random", "-t", "faulty/at-length", "--results", "r", "--address", place)
    surroundings = {**environment(), "TMPDIR": str(tmp_path), "RAY_AUTH_MODE": "disabled"}
    with subprocess.Popen(
        command(*run), cwd=tmp_path, env=surroundings, stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE, text=True,
    ) as driver:  # fmt: skip
        wait_until(lambda: list((tmp_path / "r" / "journal").glob("*")))
        os.killpg(head.pid, signal.SIGKILL)
        _, errors = driver.communicate(timeout=PATIENCE)
    assert driver.returncode == 2
    assert errors.splitlines()[-1].startswith("hpobench: ")
    assert errors.count("\n") == 1, errors
    assert "Traceback" not in errors
