"""Recompute a stored run's identity from what its row says, so that no row can claim another's."""

import hashlib
import json
from collections.abc import Mapping
from typing import Any

from hpobench.run import SCHEMA, canonical

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
    definition = {
        "schema": SCHEMA,
        "task": task["definition"],
        "optimizer": {
            "id": row["optimizer"],
            "adapter": variant["adapter"],
            "options": variant["options"],
        },
        "seed": row["seed"],
        "overhead": task["overhead"],
    }
    if "imported" in task["definition"]:
        numbers = [[float(number) for number in row[name] or ()] for name in NUMBERS]
        definition |= {"trials": [*numbers, *(row[name] for name in TEXTS)]}
    return hashlib.blake2b(canonical(definition), digest_size=16).hexdigest()
