"""The maps of the best that the page shows: for each cell of two measures the best value found."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from markupsafe import Markup

from hpobench.analysis.frames import Analysis
from hpobench.diversity.axes import CELLS, MeasureAxis
from hpobench.report.matrices import RISING, Matrix, draw_cells
from hpobench.system.text import number, share

SHOWN = 4
"""Maps are drawn of so many optimizers of a task, those with the highest QD score."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OptimizerMap:
    """What one optimizer's runs have found on a task.

    Attributes:
        optimizer: Its name.
        words: How many cells are filled, and how well.
        still: The map.
    """

    optimizer: str
    words: str
    still: Markup


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskMaps:
    """The maps of one task.

    Attributes:
        task: Its id.
        axes: What lies along the map, in words.
        maps: Those of the optimizers that are shown, the best first.
        others: How many optimizers are not shown.
    """

    task: str
    axes: str
    maps: Sequence[OptimizerMap]
    others: int


def maps_of(analysis: Analysis, kind: str) -> list[TaskMaps]:
    """The maps of the tasks of a kind that have measures; none if no such task has any."""
    own = analysis.archives[analysis.archives["kind"] == kind]
    return [
        _of_task(analysis, str(task), cells, analysis.measures[str(task)])
        for task, cells in own.groupby("task", sort=True)
    ]


def _of_task(
    analysis: Analysis, task: str, cells: pd.DataFrame, measures: Sequence[MeasureAxis]
) -> TaskMaps:
    """The maps of one task, in one scale of colours."""
    scores = analysis.final_tasks[analysis.final_tasks["task"] == task]
    ordered = scores.sort_values(["qd_score", "coverage"], ascending=False, kind="stable")
    shown = ordered.head(SHOWN)
    (directions,) = analysis.tasks.loc[analysis.tasks["task"] == task, "directions"]
    return TaskMaps(
        task=task,
        axes=_axes(measures),
        maps=[
            OptimizerMap(
                optimizer=str(row["optimizer"]),
                words=f"coverage {share(row['coverage'])}, QD score {number(row['qd_score'])}",
                still=draw_cells(
                    _map(
                        cells[cells["optimizer"] == row["optimizer"]],
                        cells["value"],
                        measures,
                        sign=-1 if directions == "max" else 1,
                    ),
                    f"Map of {row['optimizer']} on {task}",
                ),
            )
            for row in shown.to_dict("records")
        ],
        others=len(scores) - len(shown),
    )


def _axes(measures: Sequence[MeasureAxis]) -> str:
    """What lies along the map."""
    first = f"{measures[0].name} to the right"
    return first if len(measures) == 1 else f"{first}, {measures[1].name} upwards"


def _map(
    cells: pd.DataFrame, values: "pd.Series[float]", measures: Sequence[MeasureAxis], *, sign: int
) -> Matrix:
    """One map, coloured by the place among all values of the task, the best the darkest."""
    rows = CELLS if len(measures) > 1 else 1
    shades, texts = np.full((rows, CELLS), np.nan), [[""] * CELLS for _ in range(rows)]
    losses = np.sort(sign * values.to_numpy(dtype=float))
    for x, y, value in zip(cells["x"], cells["y"], cells["value"], strict=True):
        better = len(losses) - np.searchsorted(losses, sign * value, side="right")
        shades[rows - 1 - y, x] = better / max(len(losses) - 1, 1)
        texts[rows - 1 - y][x] = number(value)
    worst, middle, best = (sign * losses[[-1, len(losses) // 2, 0]]).tolist()
    up = [*reversed(list(_ranges(measures[1])))] if len(measures) > 1 else ["best"]
    return Matrix(
        shades=np.clip(shades, 0, 1),
        texts=texts,
        rows=up,
        columns=list(_ranges(measures[0])),
        scale=RISING,
        ends=(number(worst), number(middle), number(best)),
    )


def _ranges(measure: MeasureAxis) -> Iterator[str]:
    """Where the cells along a measure begin."""
    return (f"≥ {number(edge)}" for edge in measure.edges()[:-1])
