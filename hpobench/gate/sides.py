"""What is compared: a results folder, or one optimizer of it, with the scores of its runs."""

import glob
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pandas as pd

from hpobench.catalogue import Catalogue
from hpobench.errors import UserError
from hpobench.gate.rule import At
from hpobench.scoring.constants import References, load_constants
from hpobench.scoring.curves import Curves
from hpobench.scoring.frame import Frame, definition, read
from hpobench.scoring.means import mean
from hpobench.scoring.policy import Policy
from hpobench.scoring.regret import bounded
from hpobench.scoring.score import Scored, score
from hpobench.scoring.trials import Floats
from hpobench.store import Store
from hpobench.system.text import are, count


@dataclass(frozen=True, slots=True, kw_only=True)
class Side:
    """One of the two that are compared.

    Attributes:
        path: The results folder.
        optimizer: Id of the only optimizer meant, or empty for all.
    """

    path: Path
    optimizer: str = ""

    @classmethod
    def parse(cls, text: str) -> "Side":
        """Read `FOLDER` or `FOLDER@OPTIMIZER`; a folder whose own name has an `@` comes first."""
        folder, _, optimizer = text.rpartition("@")
        if Path(text).exists() or not folder:
            return cls(path=Path(text))
        return cls(path=Path(folder), optimizer=optimizer)

    def __str__(self) -> str:
        """Write it as `parse` reads it."""
        return f"{self.path}@{self.optimizer}" if self.optimizer else f"{self.path}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Stored:
    """The runs of one side.

    Attributes:
        runs: One row for each, with `optimizer`, `task`, `seed`, `failed`, `reason`, `score`
            (NaN where the task has no constants), `loss` (what it ended with), `overhead` in
            milliseconds a trial, `seconds`, `definition` of the task and its clock, `base_id`, and
            `variant_info`.
        experiments: The manifests behind them.
        remarks: What the store found damaged or odd.
    """

    runs: pd.DataFrame
    experiments: Sequence[Mapping[str, Any]]
    remarks: Sequence[str]


def read_references(catalogue: Catalogue, sides: Sequence[Side]) -> References:
    """The constants of the catalogue, then those in the folders; the later ones count."""
    folders = [root / "tasks" / "constants" for root in catalogue.roots]
    return load_constants([*folders, *(side.path / "constants" for side in reversed(sides))])


def read_sides(
    sides: Sequence[Side],
    known: References,
    *,
    optimizers: Sequence[str] = (),
    tasks: Sequence[str] = (),
    at: At = At.END,
) -> list[Stored]:
    """Read and score the runs of all sides, on each task by the same values.

    Where some runs of a side have no values without noise, what was told counts on the others too.

    Raises:
        UserError: One is no results folder, holds no runs, or a glob matches none of them.
    """
    stores = [Store(side.path) for side in sides]
    frames = [
        read(
            store,
            optimizers=[glob.escape(side.optimizer)] if side.optimizer else optimizers,
            tasks=tasks,
        )
        for side, store in zip(sides, stores, strict=True)
    ]
    for side, frame in zip(sides, frames, strict=True):
        if not len(frame.runs):
            raise UserError(f"{side.path}: there are no runs to compare; 'hpobench run' makes some")
    scored = [score(frame, known, Policy()) for frame in frames]
    told = frozenset[str]().union(*(each.references.told for each in scored))
    common = replace(known, told=told)
    parts = zip(stores, frames, scored, strict=True)
    return [
        _stored(
            store,
            frame,
            found if told.isdisjoint(_without_noise(found)) else score(frame, common, Policy()),
            at,
        )
        for store, frame, found in parts
    ]


def _without_noise(scored: Scored) -> set[str]:
    """The tasks whose incumbents count by values without noise."""
    return {*scored.runs.loc[scored.runs["without_noise"].astype(bool), "task"]}


def _stored(store: Store, frame: Frame, scored: Scored, at: At) -> Stored:
    """What the gate wants to know of a side."""
    infos = scored.runs["task_info"].map(json.loads)
    runs = scored.runs.assign(
        score=scores_at(scored.curves, at),
        loss=scored.curves.loss[:, -1],
        failed=scored.runs["status"] == "failed",
        definition=[json.dumps(definition(info), sort_keys=True) for info in infos],
        base_id=[info["base_id"] for info in infos],
    )
    remarks = [*store.damage, *store.notes]
    if frame.outdated:
        older = frame.outdated
        remarks.append(f"{count(older, 'run')} of older definitions {are(older)} left out")
    return Stored(runs=runs, experiments=store.experiments(), remarks=remarks)


def scores_at(curves: Curves, at: At) -> Floats:
    """One score for each run."""
    if at is At.END:
        return bounded(curves.regret[:, -1])
    return mean(bounded(curves.regret), axis=1)
