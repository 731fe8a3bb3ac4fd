"""Recompute a stored run's identity from what its row says, so that no row can claim another's."""

import json
from collections.abc import Mapping
from typing import Any

from hpobench.optimizer import stored_definition
from hpobench.run import identify

NUMBERS = ("number", "fidelity", "values", "test", "cost", "start", "end", "worker", "spent")
TEXTS = ("failures", "configs")
"""These two are what an imported run says of its trials."""


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
