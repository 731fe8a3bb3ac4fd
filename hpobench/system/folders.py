"""Where data sets, caches and the files that tasks name lie on this machine."""

import os
import shutil
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from hpobench.errors import AbsentError, nearest
from hpobench.system.kernel import UNIX, lock_bytes


def data_dir() -> Path:
    """The folder of fetched data sets: `HPOBENCH_DATA_DIR`, or the platform's own."""
    return _folder("HPOBENCH_DATA_DIR", "XDG_DATA_HOME", ".local/share", "Application Support")


def cache_dir() -> Path:
    """The folder of what can be made again: `HPOBENCH_CACHE_DIR`, or the platform's own."""
    return _folder("HPOBENCH_CACHE_DIR", "XDG_CACHE_HOME", ".cache", "Caches")


def _folder(variable: str, standard: str, linux: str, apple: str) -> Path:
    """What a variable of ours says, or a folder named after us where such things lie."""
    if chosen := os.environ.get(variable):
        return Path(chosen).expanduser().absolute()
    if sys.platform == "darwin":
        return Path.home() / "Library" / apple / "hpobench"
    return Path(os.environ.get(standard) or Path.home() / linux) / "hpobench"


def shipped_dir() -> Path:
    """The folder of what comes with hpobench: in the package of a wheel, or a checkout's top."""
    package = Path(__file__).parents[1]
    return package / "data" if (package / "data").is_dir() else package.parent


@contextmanager
def locked(path: Path) -> Iterator[None]:
    """Hold a lock that ends with the process, however it ends; a second process waits.

    Args:
        path: The lock's own file, beside what only one process at a time may make.
    """
    with path.open("w") as file:
        if UNIX:  # elsewhere the user has to see to it
            lock_bytes(file.fileno())
        yield


@contextmanager
def scratch() -> Iterator[None]:
    """A temporary working directory, which is also where temporary files go, until the end."""
    before, home = tempfile.tempdir, os.getcwd()  # noqa: PTH109
    folder = tempfile.mkdtemp(prefix="hpobench-")
    try:
        os.chdir(folder)
        tempfile.tempdir = folder
        yield
    finally:
        tempfile.tempdir = before
        os.chdir(home)
        shutil.rmtree(folder, ignore_errors=True)


def locate(name: str) -> Path:
    """The file of that name: absolute, ours, below `data_dir`, or found as Python finds a module.

    Ours are those below `tasks/` of `shipped_dir`. The last means below a folder of Python's
    path: the folder of an installed package (`package/folder/file.csv`, without importing it).
    A file in the catalogue folder of the YAML that names it has been given its absolute path
    before, see `execution.construction.build`.

    Raises:
        AbsentError: There is no such file; names the nearest one where its folder exists.
    """
    roots = [*([shipped_dir()] if name.startswith("tasks/") else []), *_roots()]
    for path in (root / name for root in roots):
        if path.is_file():
            return path
    siblings = [p.name for root in roots for p in (root / name).parent.glob("*") if p.is_file()]
    message = f"no file {name!r} in {data_dir()}, in a --catalogue folder or in a package"
    raise AbsentError(message + nearest(Path(name).name, siblings))


def _roots() -> Iterator[Path]:
    """The folders that a relative name may start from."""
    yield data_dir()
    yield from (Path(entry) for entry in sys.path if os.path.isabs(entry))  # noqa: PTH117
