"""Make environments, once each whoever asks at the same time, and remove them."""

import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterable
from functools import partial
from importlib.metadata import distributions
from pathlib import Path
from typing import IO

from hpobench.environments.installation import (
    MARKER,
    Installation,
    environments_dir,
    lock_environment,
    normalized,
    python_version,
    requirements,
)
from hpobench.environments.installer import install_command
from hpobench.errors import AbsentError
from hpobench.optimizer import Environment
from hpobench.system.process import bare

LINES = 4
"""So many of the installer's last lines are shown when it fails."""

Say = Callable[[str], None]


def make(environment: Environment, say: Say = lambda _: None) -> Installation:
    """The environment, made if it is not ready.

    Processes that want it at the same time wait for the one that makes it. What an interrupted
    attempt left is removed first.

    Args:
        environment: What is to be in it.
        say: Is told, in lines for a person, what takes its time.

    Raises:
        UserError: It cannot be made: pip or uv fails, or there is no such Python.
    """
    place = Installation.of(environment)
    if place.ready:
        return place
    lock = lock_environment(place.folder, wait=False)
    if lock is None:
        say(f"Waiting for another process that makes or uses {place.folder}")
    with lock or _patiently(place) as held:
        if not place.ready:
            _build(place, held, say)
    return place


def remove_environment(folder: Path) -> bool:
    """Remove an environment, unless a process makes or uses it; whether it is gone."""
    lock = lock_environment(folder, wait=False)
    if lock is None:
        return False
    with lock:
        (folder / MARKER).unlink(missing_ok=True)  # first, so that half of it is never ready
        shutil.rmtree(folder, ignore_errors=True)
    return True


def orphans(known: Iterable[Environment]) -> list[Path]:
    """The folders of environments, whole or not, other than those known."""
    kept = {Installation.of(environment).folder for environment in known}
    folders = (path for path in (environments_dir() / "environments").glob("*") if path.is_dir())
    return sorted(set(folders) - kept)


def _patiently(place: Installation) -> IO[bytes]:
    """The lock, whenever it is free."""
    lock = lock_environment(place.folder, wait=True)
    if lock is None:
        raise RuntimeError("a lock that is waited for is got")
    return lock


def _build(place: Installation, lock: IO[bytes], say: Say) -> None:
    """Make a virtual environment where the lock is ours, and mark it as whole."""
    environment, began = place.environment, time.monotonic()
    size = f", about {environment.megabytes:.0f} MB" if environment.megabytes else ""
    names = " ".join([*requirements(environment), *environment.no_deps])
    python = interpreter(python_version(environment))
    say(f"Making an environment for {names}{size}, in {place.folder}")
    call = partial(_call, place=place, lock=lock)
    shutil.rmtree(place.folder, ignore_errors=True)
    call([python, "-m", "venv", "--without-pip", str(place.folder)])
    if resolved := requirements(environment):
        call(install_command(place.python, resolved))
    if environment.no_deps:
        call(install_command(place.python, ["--no-deps", *environment.no_deps]))
    _mark(place, seconds=time.monotonic() - began)
    say(f"Made it in {time.monotonic() - began:.0f} s; it takes {place.size / 1e6:.0f} MB")


def interpreter(version: str) -> str:
    """The Python of a version such as 3.12: our own, or the first on PATH that answers to it.

    Raises:
        UserError: There is none.
    """
    if version == f"{sys.version_info.major}.{sys.version_info.minor}":
        return sys.executable
    for folder in os.get_exec_path():
        python = Path(folder) / f"python{version}"
        if os.access(python, os.X_OK) and _answers(python, version):
            return str(python)
    raise AbsentError(f"an environment needs Python {version}: there is no python{version} on PATH")


def _answers(python: Path, version: str) -> bool:
    """Whether an interpreter runs and is of the version; managers of versions put shims there."""
    ask = "import sys, venv; print('%d.%d' % sys.version_info[:2])"
    done = subprocess.run([python, "-c", ask], capture_output=True, text=True, check=False)
    return done.stdout.strip() == version


def _call(command: list[str], *, place: Installation, lock: IO[bytes]) -> None:
    """Run a step; should we be killed, it goes on and keeps the lock as long as it does.

    Raises:
        UserError: It failed, with its last lines.
    """
    done = subprocess.run(
        command,
        env=bare(),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        errors="replace",
        check=False,
        pass_fds=[lock.fileno()],
    )
    if done.returncode:
        shutil.rmtree(place.folder, ignore_errors=True)
        lines = [line.strip() for line in (done.stderr or done.stdout).splitlines() if line.strip()]
        what = " ".join([*place.environment.requirements, *place.environment.no_deps])
        raise AbsentError(
            f"the environment for {what} cannot be made: {' / '.join(lines[-LINES:])[-1000:]}"
        )


def _mark(place: Installation, *, seconds: float) -> None:
    """Note what is installed, which makes the environment count as whole."""
    site = next(place.folder.glob("lib/python*/site-packages"))
    found = {normalized(d.metadata["Name"]): d.version for d in distributions(path=[str(site)])}
    facts = {
        **place.environment.definition(),
        "packages": dict(sorted(found.items())),
        "bytes": sum(path.lstat().st_size for path in place.folder.rglob("*")),
        "seconds": round(seconds, 1),
    }
    half = place.folder / f"{MARKER}.half"
    half.write_text(json.dumps(facts, indent=1), encoding="utf-8")
    half.rename(place.folder / MARKER)
