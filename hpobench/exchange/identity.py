"""Recompute a stored run's identity from what its row says, so that no row can claim another's."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from hpobench.errors import FileError
from hpobench.run import recompute_id
from hpobench.store.shape import row_flaw


def refuse_false(path: Path, row: Mapping[str, Any], *, line: int | None = None) -> None:
    """Refuse what is said to be an exported run and is none.

    Args:
        path: The file it stands in, for the error.
        row: A run, as the store has it.
        line: In the file, if known.

    Raises:
        FileError: It has not the shape of a run, or its id is not what its definition says.
    """
    try:
        flaw = row_flaw(row)
        known = "" if flaw else recompute_id(row)
    except (KeyError, TypeError, ValueError, AttributeError, RecursionError) as error:
        flaw, known = str(error), ""
    if flaw:
        raise FileError(path, f"is not what an export has here: {flaw}", line=line)
    if row["run"] != known:
        raise FileError(path, f"run {row['run']} is not what its definition says", line=line)
