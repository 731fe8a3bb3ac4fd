"""The file that makes a folder a results folder, and what it says of its format."""

import json
from pathlib import Path

from hpobench.errors import FileError, UserError
from hpobench.store.files import TEMPORARY

MARKER = "hpobench-store.json"
"""The file that makes a folder a results folder; a lock on it serialises changes of files."""

FORMAT = 1
"""The format that is written; of a folder with a greater one nothing is read."""


def check_marker(path: Path) -> None:
    """Refuse what is no results folder, or one of a newer version.

    Raises:
        UserError: It is either.
    """
    if not path.exists():
        raise FileError(path, "there is no such results folder; 'hpobench run' makes one")
    if not path.is_dir():
        raise FileError(path, "is a file, not a results folder")
    version = _version(path)
    if version > FORMAT:
        raise UserError(
            f"{path}: was made by a newer hpobench (format {version}); upgrade to read it"
        )


def _version(path: Path) -> int:
    """The format of the folder, as its marker has it."""
    try:
        marker = json.loads((path / MARKER).read_bytes())
        if marker["format"] == "hpobench-store":
            return int(marker["version"])
    except FileNotFoundError:
        raise FileError(path, f"is no results folder: it has no {MARKER}") from None
    except OSError as error:
        raise FileError(path / MARKER, f"cannot be read: {error.strerror}") from None
    except (ValueError, KeyError, TypeError, OverflowError, RecursionError):
        pass
    raise FileError(path / MARKER, "is not that of a results folder")


def refuse_foreign(path: Path) -> None:
    """A folder that holds other things is not ours to write to; other stores below are fine.

    What another process has just made here, or was killed at making, is ours.
    """
    for item in path.iterdir():
        beside = item.name in {"README.md", ".gitignore"} or item.name.startswith(TEMPORARY)
        if not beside and not _of_stores(item) and not (path / MARKER).exists():
            raise FileError(path, f"is no results folder: it holds {item.name!r} and no {MARKER}")


def _of_stores(item: Path) -> bool:
    """Whether it is a store, or a folder that holds stores and nothing else, at any depth."""
    if (item / MARKER).exists():
        return True
    below = list(item.iterdir()) if item.is_dir() and not item.is_symlink() else []
    return bool(below) and all(map(_of_stores, below))
