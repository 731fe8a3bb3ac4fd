"""Connect to Ray: to a cluster that answers in bounded time, or to an instance of our own.

Ray itself waits in silence, for minutes, for a cluster that is not there.
"""

import os
import signal
import socket
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module
from time import monotonic
from types import ModuleType
from typing import Any

from hpobench.dispatch.private_ray import private_session
from hpobench.errors import UserError, legible, one_line

ANSWER = 4.0
"""Seconds that the process at an address may take to answer one question."""
PATIENCE = 12.0
"""Seconds after which a cluster that does not answer counts as gone."""
PAUSE = 1.0
"""Seconds between two looks."""
ELSEWHERE = ("auto", "local")
"""Addresses that Ray resolves by itself."""

QUIET = {
    "RAY_USAGE_STATS_ENABLED": "0",
    "RAY_LOGGER_LEVEL": "error",
    "RAY_BACKEND_LOG_LEVEL": "fatal",  # else its C++ part warns on the terminal
    "RAY_DEDUP_LOGS_SKIP_REGEX": ".",
    "RAY_DISABLE_FAILURE_SIGNAL_HANDLER": "1",  # else SIGTERM prints a C++ stack
    "RAY_ACCEL_ENV_VAR_OVERRIDE_ON_ZERO": "0",
    "RAY_ENABLE_UV_RUN_RUNTIME_ENV": "0",
    "RAY_worker_niceness": "0",  # Ray's 15 starves runs beside anything else
}
OBJECT_STORE = 200 << 20
"""Bytes: results are small and leave at once."""

_PREFACE = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + bytes([0, 0, 0, 4, 0, 0, 0, 0, 0])
"""The begin of a connection by HTTP/2 (RFC 9113, section 3.4) with empty settings."""
_SETTINGS = b"\x04"


def refuse_silence(address: str) -> None:
    """Raise an error unless something that may be Ray answers at an address.

    Raises:
        UserError: Nothing does.
    """
    if address not in ELSEWHERE and not answers(address):
        raise UserError(f"no Ray cluster answers at {legible(address)}")


def answers(address: str) -> bool:
    """Whether the process at `HOST:PORT` speaks the protocol that Ray's processes speak."""
    host, _, port = address.rpartition("//")[2].rpartition(":")
    try:
        with socket.create_connection((host.strip("[]"), int(port)), ANSWER) as connection:
            connection.sendall(_PREFACE)
            frame = connection.recv(9)
    except (OSError, ValueError, OverflowError):
        return False
    return frame[3:4] == _SETTINGS  # after three bytes of length comes the kind of the frame


@contextmanager
def watched(address: str) -> Iterator["ClusterWatch"]:
    """End the program with one line if a cluster does not let us in, or goes away."""
    watch = ClusterWatch(address)
    watch.start()
    try:
        yield watch
    finally:
        watch.stop()


class ClusterWatch(threading.Thread):
    """Looks again and again whether a cluster is there; its driver may be blocked meanwhile.

    Attributes:
        address: The cluster's; of one that Ray finds by itself, known once it is connected.
    """

    def __init__(self, address: str) -> None:
        super().__init__(name="hpobench watches the cluster", daemon=True)
        self.address = address
        self._connected, self._stopped = threading.Event(), threading.Event()
        self._seen = monotonic()
        self._terminal = os.dup(2)  # while it connects, Ray is kept off the original

    def connected(self, address: str) -> None:
        """Look at the cluster itself from now on."""
        self.address, self._seen = address, monotonic()
        self._connected.set()

    def stop(self) -> None:
        """Stop looking at the cluster."""
        self._stopped.set()

    def run(self) -> None:
        """Look until somebody stops it, or nothing has answered for long."""
        while not self._stopped.wait(PAUSE):
            if self._connected.is_set() and answers(self.address):
                self._seen = monotonic()
            if monotonic() - self._seen > PATIENCE and not self._stopped.is_set():
                self._end()

    def _end(self) -> None:
        """End at once: the main thread waits within Ray, which heeds no signal."""
        what = "went away" if self._connected.is_set() else "does not let us in"
        text = f"hpobench: the Ray cluster at {legible(self.address)} {what}\n"
        sys.stdout.flush()
        os.write(self._terminal, text.encode())
        os._exit(2)


@contextmanager
def connected(slots: int, address: str | None) -> Iterator[ModuleType]:
    """Ray, connected to the address or started privately, and left as it was found.

    Raises:
        UserError: The cluster cannot be reached, or Ray cannot be started here.
    """
    for name, value in QUIET.items():
        os.environ.setdefault(name, value)
    if address and address != "local":
        refuse_silence(address)
        import_module("ray")  # takes seconds, which are not the cluster's
        with watched(address) as watch, _initialized(address) as ray:
            watch.connected(ray.get_runtime_context().gcs_address)
            yield ray
        return
    with private_session() as folder:
        private = {
            "num_cpus": slots,
            "include_dashboard": False,
            "object_store_memory": OBJECT_STORE,
            "_temp_dir": f"{folder}/s",  # which Ray opens to everybody; what holds it stays ours
        }
        with _initialized("local", **private) as ray:
            yield ray


@contextmanager
def _initialized(address: str, **options: Any) -> Iterator[ModuleType]:
    """Ray, for as long as the context lasts."""
    import ray

    terminate = signal.getsignal(signal.SIGTERM)
    quiet = {"logging_level": "ERROR", "log_to_driver": False}
    try:
        with _silent():  # its C++ part says there which level of warnings was set
            ray.init(address=address, **quiet, **options)
    except (OSError, RuntimeError, ValueError, ray.exceptions.RayError) as error:
        place = "this machine" if address == "local" else legible(address)
        raise UserError(f"no Ray at {place}: {one_line(error)}") from error
    if threading.current_thread() is threading.main_thread():
        signal.signal(signal.SIGTERM, terminate)  # Ray put its own handler there
    try:
        yield ray
    finally:
        ray.shutdown()


@contextmanager
def _silent() -> Iterator[None]:
    """Let nothing reach standard error, whatever writes to it."""
    sys.stderr.flush()
    kept, nowhere = os.dup(2), os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 2)
    try:
        yield
    finally:
        os.dup2(kept, 2)
        os.close(kept)
        os.close(nowhere)
