"""Whether a cluster answers, in bounded time: Ray itself waits for it in silence, for minutes."""

import os
import socket
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from time import monotonic

from hpobench.errors import UserError, legible

ANSWER = 4.0
"""Seconds that the process at an address may take to answer one question."""
PATIENCE = 12.0
"""Seconds after which a cluster that does not answer counts as gone."""
PAUSE = 1.0
"""Seconds between two looks."""
ELSEWHERE = ("auto", "local")
"""Addresses that Ray resolves by itself."""

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
