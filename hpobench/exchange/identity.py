"""Recompute a stored run's identity from what its row says, so that no row can claim another's."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from hpobench.errors import FileError
from hpobench.optimizer import stored_definition
from hpobench.run import identify
from hpobench.store.shape import row_flaw

NUMBERS = ("number", "fidelity", "values", "test", "cost", "start", "end", "worker", "spent")
TEXTS = ("failures", "configs")
"""These two are what an imported run says of its trials."""


def refuse_false(path: Path, row: Mapping[str, Any], *, line: int | None = None) -> None:
    """Refuse what is said to be an exported run and is none.

    Args:
        path: The file it stands in, for the error.
        row: Of the store.
        line: In the file, if known.

    Raises:
        FileError: It has not the shape of a run, or its id is not what its definition says.
    """
    try:
        flaw = row_flaw(row)
        known = "" if flaw else identity(row)
    except (KeyError, TypeError, ValueError, AttributeError, RecursionError) as error:
        flaw, known = str(error), ""
    if flaw:
        raise FileError(path, f"is not what an export has here: {flaw}", line=line)
    if row["run"] != known:
        raise FileError(path, f"run {row['run']} is not what its definition says", line=line)


def identity(row: Mapping[str, Any]) -> str:
    """The id that belongs to a row.

    For a run of ours that of `hpobench.run.Run.id`, by its stored definition; an imported one
    has no definition that could be executed, so all that it says is hashed, with a mark that no
    run of ours has.

    Raises:
        KeyError: A part of the definition is missing.
    """
    task, variant = json.loads(row["task_info"]), json.loads(row["variant_info"])
    trials = None
    if "imported" in task["definition"]:
        numbers = [[float(number) for number in row[name] or ()] for name in NUMBERS]
        trials = [*numbers, *(row[name] for name in TEXTS)]
    return identify(
        task=task["definition"],
        optimizer=stored_definition(row["optimizer"], variant),
        seed=row["seed"],
        overhead=task["overhead"],
        trials=trials,
    )
