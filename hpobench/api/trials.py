"""Stored runs as a frame of one row a trial, in the user's own terms."""

import json
import math
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from hpobench.store import trials
from hpobench.store.columns import LISTS, TIMES, VECTORS, Per
from hpobench.store.shape import declared
from hpobench.trial import UNTOLD

if TYPE_CHECKING:
    import pyarrow as pa
    from pandas import DataFrame

HEAD = ("optimizer", "task", "seed", "trial")
TAIL = (*TIMES, "failure")

Key = tuple[str, str]
"""A kind of column (`config`, one of `KINDS`, or none) and a name."""
KINDS = {kind: name for kind, name in VECTORS.items() if LISTS[name].per is not Per.SIGNAL}
"""By the kind of a trial's numbers, the column of the store that holds them."""
LIMIT = "constraint"


def trials_frame(found: "pa.Table") -> "DataFrame":
    """One row for each trial of the runs of a store's table, see `Results.trials`."""
    import pandas as pd

    records = [record for row in found.to_pylist() for record in _records(row)]
    keys = [*dict.fromkeys(key for record in records for key in record)]
    columns = _columns_by_name(keys)
    return pd.DataFrame({name: [r.get(key) for r in records] for name, key in columns.items()})


def _columns_by_name(keys: Sequence[Key]) -> dict[str, Key]:
    """By name of the column what it holds, in the columns' order."""
    of_kind = {kind: [key for key in keys if key[0] == kind] for kind in ("config", *KINDS)}
    taken = {*HEAD, "fidelity", *TAIL}
    values = {_free(key[1], "value.", taken): key for key in of_kind["value"]}
    untold = {
        _free(f"{kind}_{key[1]}", f"{kind}.", taken): key
        for kind in (*UNTOLD, LIMIT)
        for key in of_kind[kind]
    }
    configs = {_free(key[1], "config.", taken): key for key in of_kind["config"]}
    head, tail = ({name: ("", name) for name in names} for names in (HEAD, TAIL))
    return {**head, **configs, "fidelity": ("", "fidelity"), **values, **untold, **tail}


def _free(name: str, prefix: str, taken: set[str]) -> str:
    """The name, or with a prefix if something else has it already; it is taken from now on."""
    while name in taken:
        name = prefix + name
    taken.add(name)
    return name


def _records(row: Mapping[str, Any]) -> Iterator[dict[Key, Any]]:
    """The trials of a run; each key says of what kind it is, since names of kinds may agree."""
    info = json.loads(row["task_info"])
    objectives = info["objectives"]
    measured = dict.fromkeys(KINDS, objectives)
    names = declared(LISTS[KINDS[LIMIT]].name, row["task_info"])
    measured[LIMIT] = [{"name": name, "maximize": False} for name in names]
    head = {("", name): row[name] for name in HEAD[:3]}
    failed = {("value", objective["name"]): math.nan for objective in objectives}
    for trial in trials(row, ("number", *TIMES, *KINDS.values())):
        record: dict[Key, Any] = {**head, ("", "trial"): trial["number"], **failed}
        record |= {("config", name): value for name, value in trial["config"].items()}
        for kind, column in KINDS.items():
            record |= _directed(kind, measured[kind], trial[column])
        yield record | {("", name): trial[name] for name in ("fidelity", *TAIL)}


def _directed(
    kind: str, objectives: Sequence[Mapping[str, Any]], found: float | Sequence[float]
) -> dict[Key, float]:
    """Stored values, which are minimised, by objective and in the direction people read."""
    vector = found if isinstance(found, Sequence) else [found]
    return {
        (kind, objective["name"]): -value if objective["maximize"] else value
        for objective, value in zip(objectives, vector, strict=False)
    }
