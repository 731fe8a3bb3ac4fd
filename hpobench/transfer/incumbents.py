"""The configuration that each stored run ended with, and what that is worth where it was tuned."""

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any

import numpy as np

from hpobench.scoring.constants import References
from hpobench.scoring.frame import Source, read
from hpobench.scoring.policy import Policy
from hpobench.scoring.score import score
from hpobench.scoring.trials import TaskInfo, Trials
from hpobench.scoring.valuation import last_incumbents
from hpobench.store.rows import configs
from hpobench.trial import Config


@dataclass(frozen=True, slots=True, kw_only=True)
class Incumbent:
    """What a run ended with.

    Attributes:
        optimizer: Who tuned.
        task: Where.
        seed: Seed of the run.
        config: The last incumbent, or None if the run failed or found nothing.
        loss: What it counts as there; infinite if there is none.
        regret: The same, normalised; NaN without a scale.
    """

    optimizer: str
    task: TaskInfo
    seed: int
    config: Config | None
    loss: float
    regret: float


def read_incumbents(
    source: Source, references: References, *, optimizers: Sequence[str], tasks: Sequence[str]
) -> list[Incumbent]:
    """The incumbents of all runs on tasks with one objective.

    Args:
        source: Where the runs are.
        references: By which regret is normalised.
        optimizers: Globs of those whose runs count; all without any.
        tasks: Globs of the tasks; all without any.

    Raises:
        UserError: A glob matches nothing.
    """
    frame = read(source, optimizers=optimizers, tasks=tasks, further=("configs",))
    runs = score(frame, references, Policy()).runs.to_dict("records")
    texts = frame.table.column("configs").to_pylist()
    found, row = [], 0
    for trials in frame.trials():
        if len(trials.task.objectives) == 1:
            own = slice(row, row + trials.runs)
            chosen = zip(runs[own], _last_configs(trials, texts[own]), strict=True)
            found += [_incumbent(facts, trials.task, config) for facts, config in chosen]
        row += trials.runs
    return found


def _last_configs(trials: Trials, texts: Sequence[str]) -> Iterator[Config | None]:
    """The configuration of each run's last incumbent.

    Args:
        trials: Those of all runs on one task.
        texts: The column `configs` of these runs.
    """
    last = last_incumbents(trials)
    for run, text in enumerate(texts):
        if run in last:
            place = int(last[run][0] - np.searchsorted(trials.run, run))
            yield next(islice(configs(text), place, None), {})  # none, if the space is empty
        else:
            yield None


def _incumbent(facts: Mapping[Any, Any], task: TaskInfo, config: Config | None) -> Incumbent:
    """The incumbent of a scored run; one that failed has none."""
    config = config if facts["status"] == "completed" else None
    sign = -1.0 if task.objectives[0].maximize else 1.0
    return Incumbent(
        optimizer=facts["optimizer"],
        task=task,
        seed=int(facts["seed"]),
        config=config,
        loss=math.inf if config is None else sign * float(facts["value"]),
        regret=float(facts["regret"]),
    )
