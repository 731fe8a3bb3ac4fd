"""A look inside all analysed runs, task by task."""

from collections.abc import Sequence
from dataclasses import dataclass

import pandas as pd

from hpobench.analysis.frames import Analysis
from hpobench.analysis.inside.importance import importance
from hpobench.analysis.inside.landscape import landscape
from hpobench.analysis.inside.search import search_shares
from hpobench.analysis.inside.task_trials import TaskTrials, trials_by_task
from hpobench.catalogue import Catalogue
from hpobench.scoring.frame import Source
from hpobench.system.text import count

FEW_TASKS = 10
"""With more tasks the importance by forests is that of the whole budget alone."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Inside:
    """What was found inside runs.

    Attributes:
        importance: How much hyperparameters matter, see `importance.importance`.
        search: Where optimizers search, see `search.search_shares`.
        landscape: What the tasks are like, see `landscape.landscape`.
        tasks: The trials of each task.
        notes: What a reader must know of it.
    """

    importance: pd.DataFrame
    search: pd.DataFrame
    landscape: pd.DataFrame
    tasks: tuple[TaskTrials, ...]
    notes: tuple[str, ...]

    def frames(self) -> dict[str, pd.DataFrame]:
        """All data frames by their names."""
        return {
            "importance": self.importance,
            "search": self.search,
            "landscape": self.landscape,
        }


def look_inside(
    analysis: Analysis,
    source: Source,
    catalogue: Catalogue | None = None,
) -> Inside:
    """Look inside the runs of an analysis.

    Args:
        analysis: Says which runs.
        source: What these are stored in.
        catalogue: Where spaces and tables of tasks are looked up; hpobench's own by default.
    """
    names = analysis.tasks["task"].tolist()
    by_task = tuple(trials_by_task(source, analysis.runs, names, catalogue or Catalogue()))
    thorough = len(by_task) <= FEW_TASKS
    return Inside(
        importance=_joined([importance(each, thorough=thorough) for each in by_task]),
        search=_joined([search_shares(each) for each in by_task]),
        landscape=_joined([landscape(each) for each in by_task]),
        tasks=by_task,
        notes=tuple(_notes(by_task, thorough=thorough)),
    )


def _joined(parts: Sequence[pd.DataFrame]) -> pd.DataFrame:
    """One frame of those with rows; of none of these the columns alone."""
    filled = [part for part in parts if len(part)]
    return pd.concat(filled or parts[:1], ignore_index=True) if parts else pd.DataFrame()


def _notes(by_task: Sequence[TaskTrials], *, thorough: bool) -> list[str]:
    """What is not known, and what was left out."""
    thin = sum(not (each.configs >= 0).any() for each in by_task)
    unknown = sum(bool((each.configs >= 0).any()) and not each.space.known for each in by_task)
    notes = []
    if thin:
        notes.append(
            f"{count(thin, 'task')} without stored configurations (results merged thin, or "
            "imported without them): only values can be shown."
        )
    if unknown:
        notes.append(
            f"{count(unknown, 'task')} whose space is not in the catalogue of this machine: "
            "scales span what was tried, and nothing is said of boundaries and defaults."
        )
    if not thorough:
        notes.append(
            f"With more than {FEW_TASKS} tasks, importance by forests is that of the whole "
            "budget; choose tasks by --task to see it over shares of the budget."
        )
    return notes
