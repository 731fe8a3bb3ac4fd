"""An instance of Ray that nobody else can use, and that outlives its driver in no way."""

import os
import secrets
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from hpobench.dispatch.folder import Folder
from hpobench.system.process import bare, end_marked

SHORT = "/tmp"  # noqa: S108 (a folder of our own is made there)
"""Where a session goes if temporary files go to a place with a longer name: a socket's name may
have 107 characters, and Ray needs most of them."""
PLACE = "RAY_TMPDIR"
"""Environment variable that Ray's processes know their session by, and we know them."""
LOOPBACK = {"RAY_ENABLE_WINDOWS_OR_OSX_CLUSTER": "0"}
"""Makes an instance listen on loopback only."""


@contextmanager
def private_session() -> Iterator[str]:
    """A folder for a session, with a token that all that connects to it has to know.

    Folder and token can be read by this user alone, and go with the context; or with the
    driver, however it is killed, and all processes of the session with them.

    Yields:
        The folder. The environment says which token is wanted, and where things go.
    """
    place = tempfile.gettempdir()
    with Folder(place if len(place) <= len(SHORT) else SHORT) as folder:
        token = Path(folder.path) / "token"
        token.touch(mode=0o600)
        token.write_text(secrets.token_hex(32), encoding="ascii")
        with _watched(folder.path), _environment(folder.path, token):
            yield folder.path


@contextmanager
def _environment(folder: str, token: Path) -> Iterator[None]:
    """The environment that a session begins in, put back afterwards."""
    before = dict(os.environ)
    os.environ.pop("RAY_AUTH_TOKEN", None)
    os.environ.update(
        {**LOOPBACK, "RAY_AUTH_MODE": "token", "RAY_AUTH_TOKEN_PATH": str(token), PLACE: folder}
    )
    try:
        yield
    finally:
        os.environ.clear()
        os.environ.update(before)


@contextmanager
def _watched(folder: str) -> Iterator[None]:
    """Have another process end the session if this one is killed."""
    with subprocess.Popen(
        [sys.executable, "-m", __name__, folder],
        stdin=subprocess.PIPE,
        env={**bare(), "PYTHONPATH": str(Path(__file__).parents[2])},
        start_new_session=True,
    ):
        yield


def main() -> None:
    """Wait until standard input is closed, and end the session whose folder is named."""
    sys.stdin.read()
    (folder,) = sys.argv[1:]
    end_marked(f"{PLACE}={folder}")
    shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    main()
