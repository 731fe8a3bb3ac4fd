"""Write a file or a folder for another program so that it is there whole or not at all."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from uuid import uuid4

from hpobench.errors import FileError, one_line


@contextmanager
def created(path: Path) -> Iterator[Path]:
    """Give a place to write to, and move what is there to `path` at the end.

    Raises:
        FileError: There is something at `path` already, it lies in no folder, or cannot be
            written, for want of room or of a permission.
    """
    if path.exists():
        raise FileError(path, "is there already; name another place for the output")
    if not path.parent.is_dir():
        raise FileError(path.parent, "there is no such folder")
    temporary = path.with_name(f".tmp-{uuid4().hex}")
    try:
        yield temporary
        temporary.rename(path)
    except OSError as error:
        reason = error.strerror or one_line(error)
        raise FileError(path, f"cannot be written: {reason}") from error
    finally:  # after the rename there is nothing of this name
        if temporary.is_dir():
            shutil.rmtree(temporary)
        temporary.unlink(missing_ok=True)
