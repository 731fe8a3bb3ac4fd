"""Where an environment is on this machine, and in which state."""

import hashlib
import json
import os
import re
import sys
import sysconfig
from dataclasses import dataclass
from enum import StrEnum
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import IO, Any

from hpobench.errors import FileError
from hpobench.optimizer import Environment
from hpobench.run import canonical
from hpobench.system.kernel import lock, require_unix

CACHE = "HPOBENCH_CACHE_DIR"
"""Environment variable that names the folder for what can be made again."""
MARKER = "hpobench.json"
"""The file that is written last: without it an environment is not whole."""

_NAME = re.compile(r"[A-Za-z0-9._-]+")


class InstallationState(StrEnum):
    """How far an environment is."""

    READY = "ready"
    ABSENT = "not made"
    BROKEN = "broken"
    """It was made, but its interpreter has gone since."""


@dataclass(frozen=True, slots=True)
class Installation:
    """An environment's place on this machine, whether or not anything is there."""

    environment: Environment
    folder: Path

    @classmethod
    def of(cls, environment: Environment) -> "Installation":
        """In the cache, under a key of all that determines what is installed."""
        folders = environments_dir() / "environments"
        return cls(environment, folders / _key(environment))

    @property
    def python(self) -> Path:
        """The environment's Python interpreter."""
        return self.folder / "bin" / "python"

    @property
    def state(self) -> InstallationState:
        """How far it is."""
        if not (self.folder / MARKER).is_file():
            return InstallationState.ABSENT
        return InstallationState.READY if self.python.exists() else InstallationState.BROKEN

    @property
    def ready(self) -> bool:
        """Whether it can be used."""
        return self.state is InstallationState.READY

    @property
    def size(self) -> int:
        """Bytes it took on disk when it was made; 0 if it is not ready."""
        return int(self._facts().get("bytes", 0))

    @property
    def packages(self) -> dict[str, str]:
        """The versions of what is installed, by the normalised names; empty if it is not ready."""
        return dict(self._facts().get("packages", {}))

    def version(self, distribution: str) -> str:
        """The installed version of a distribution, or empty."""
        return self.packages.get(normalized(distribution), "")

    def hold(self) -> IO[bytes]:
        """Keep it from being removed until the file that is given is closed."""
        held = _opened(lock_file(self.folder))
        lock(held.fileno(), shared=True)
        return held

    def _facts(self) -> dict[str, Any]:
        """What was written down when it was made."""
        if self.state is InstallationState.ABSENT:
            return {}
        facts: dict[str, Any] = json.loads((self.folder / MARKER).read_text(encoding="utf-8"))
        return facts


def environments_dir() -> Path:
    """The folder for what can be made again, by the environment or the user's conventions."""
    if named := os.environ.get(CACHE):
        return Path(named).absolute()
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "hpobench"


def requirements(environment: Environment) -> list[str]:
    """What pip is to install with its dependencies.

    The space crosses in ConfigSpace's own format, so our version of it is added, unless the
    environment names one itself.
    """
    named = {requirement_name(text) for text in (*environment.requirements, *environment.no_deps)}
    own = [] if "configspace" in named else [f"ConfigSpace=={version('ConfigSpace')}"]
    return [*environment.requirements, *own]


def python_version(environment: Environment) -> str:
    """The version of the interpreter, such as 3.11."""
    return environment.python or f"{sys.version_info.major}.{sys.version_info.minor}"


def lock_file(folder: Path) -> Path:
    """What those lock who make, use or remove an environment."""
    return folder.with_name(f"{folder.name}.lock")


def lock_environment(folder: Path, *, wait: bool) -> IO[bytes] | None:
    """The lock of an environment, for one process alone; None if it is taken and not waited for.

    The kernel frees it when the file is closed by all who have it, so also when they are killed.

    Raises:
        FileError: There can be no environments at this place.
    """
    require_unix()
    path = lock_file(folder)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        held = _opened(path)
    except OSError as error:
        raise FileError(path, f"{error.strerror}; name another folder by {CACHE}") from None
    try:
        lock(held.fileno(), wait=wait)
    except BlockingIOError:
        held.close()
        return None
    return held


def _opened(path: Path) -> IO[bytes]:
    """A file to lock, which is made if need be and is only read if it is there."""
    return os.fdopen(os.open(path, os.O_RDONLY | os.O_CREAT, 0o666), "rb")


def normalized(distribution: str) -> str:
    """A distribution's name in the one spelling that all its spellings share."""
    return re.sub(r"[-_.]+", "-", distribution).lower()


def requirement_name(requirement: str) -> str:
    """The name of the distribution in a requirement."""
    found = _NAME.match(requirement)
    return normalized(found[0]) if found else ""


def _key(environment: Environment) -> str:
    """A readable name, and a hash of all that determines what is installed."""
    parts = [
        requirements(environment),
        list(environment.no_deps),
        python_version(environment),
        sysconfig.get_platform(),
    ]
    digest = hashlib.blake2b(canonical(parts), digest_size=8).hexdigest()
    return f"{requirement_name((*environment.no_deps, *environment.requirements)[0])}-{digest}"


def library_version(distribution: str, environment: Environment | None = None) -> str:
    """The installed version of the library behind an optimizer, here or there, or empty."""
    if environment:
        return Installation.of(environment).version(distribution)
    try:
        return version(distribution) if distribution else ""
    except PackageNotFoundError:
        return ""
