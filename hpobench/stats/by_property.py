"""Where optimizers are good: results by origin, collection, dimension, space and setting."""

from collections.abc import Iterator, Mapping

import numpy as np
import numpy.typing as npt
import pandas as pd

from hpobench.scoring.means import mean, median
from hpobench.scoring.trials import TaskInfo
from hpobench.settings import SETTINGS
from hpobench.stats.finals import Finals
from hpobench.stats.ranks import mean_ranks

BANDS = (2, 5, 10, 20)
"""Up to so many dimensions each, and one band for more."""

ORIGINS = {True: "real", False: "function", None: "?"}
"""Whether a task is real, as rules of `hpobench subset` call it; the catalogue may not know."""

COLUMNS = ["kind", "property", "value", "tasks", "optimizer"]
SCORES = ["regret", "low", "high", "mean", "median", "worst", "rank"]


def by_property(
    finals: Finals, tasks: Mapping[str, TaskInfo], real: Mapping[str, bool]
) -> pd.DataFrame:
    """The final scores on parts of a kind's tasks.

    Args:
        finals: Final scores on tasks of one kind.
        tasks: By id.
        real: By id whether their values are of trainings or measurements.

    Returns:
        Columns `kind`, `property` (origin, collection, dimension, types or a setting), its
        `value`, the number of `tasks` with a scale, `optimizer`, interquartile mean `regret` of all
        runs with its interval `low` to `high`; of the mean regrets by task the `mean`, the `median`
        and the `worst`; and mean `rank` over tasks by mean regret.
    """
    infos = [tasks[name] for name in np.array(finals.tasks, dtype=object)[finals.scaled]]
    parts = [
        _part(finals, chosen).assign(property=name, value=value)
        for name, value, chosen in _parts(infos, real)
    ]
    found = pd.concat(parts) if parts else pd.DataFrame(columns=[*COLUMNS, *SCORES])
    return found[[*COLUMNS, *SCORES]].reset_index(drop=True)


def band(dimension: int) -> str:
    """The band of dimensions that a task falls into."""
    low = 1
    for high in BANDS:
        if dimension <= high:
            return f"{low} to {high}"
        low = high + 1
    return f"over {BANDS[-1]}"


def matrix(finals: Finals) -> pd.DataFrame:
    """Mean regret by task, a column for each optimizer after `kind` and `task`."""
    names = np.array(finals.tasks, dtype=object)[finals.scaled]
    scores = pd.DataFrame(finals.scores, columns=list(finals.optimizers))
    about = pd.DataFrame({"kind": str(finals.kind), "task": names})
    return pd.concat([about, scores], axis=1)


def _parts(
    infos: list[TaskInfo], real: Mapping[str, bool]
) -> Iterator[tuple[str, str, npt.NDArray[np.bool_]]]:
    """Each property with each of its values, and which tasks have it."""
    origins = [ORIGINS[real.get(task.id)] for task in infos]
    labels = ({"origin": origins} if set(origins) != {ORIGINS[None]} else {}) | {
        "collection": [task.collection for task in infos],
        "dimension": [band(task.dimension) if task.dimension else "?" for task in infos],
        "types": [" + ".join(t for t in task.types if t != "constant") or "?" for task in infos],
        **_settings(infos),
    }
    for name, values in labels.items():
        order = {band(high): i for i, high in enumerate((*BANDS, BANDS[-1] + 1))}
        for value in sorted(set(values), key=lambda v: (order.get(v, -1), v)):
            yield name, value, np.array([v == value for v in values])


def _settings(infos: list[TaskInfo]) -> dict[str, list[str]]:
    """By setting that is not as usual on some of the tasks what it is on each."""
    unusual = {name for task in infos for name in task.settings.unusual()}
    named = [name for name in SETTINGS if name in unusual]
    return {name: [str(getattr(task.settings, name)) for task in infos] for name in named}


def _part(finals: Finals, chosen: npt.NDArray[np.bool_]) -> pd.DataFrame:
    """The scores on some of the tasks with a scale."""
    scores = finals.scores[chosen]
    middle = finals.middle_on(chosen)
    columns = {
        "kind": str(finals.kind),
        "tasks": len(scores),
        "optimizer": np.array(finals.optimizers, dtype=object),
        "regret": middle[:, 0],
        "low": middle[:, 1],
        "high": middle[:, 2],
        "mean": mean(scores),
        "median": median(scores),
        "worst": scores.max(axis=0),
        "rank": mean(mean_ranks(scores, axis=1)),
    }
    return pd.DataFrame(columns)
