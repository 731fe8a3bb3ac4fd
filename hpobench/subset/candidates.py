"""The tasks among which there is a choice, as points in a unit cube."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from hpobench.errors import UnknownNameError, UserError
from hpobench.store.selection import matches
from hpobench.subset.discrepancy.ranked import Floats
from hpobench.subset.facts import TaskFacts
from hpobench.subset.scores import TaskScores, reference_optimizers
from hpobench.subset.ways import Measure


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidates:
    """Tasks as points, and what a choice of them is judged by.

    Attributes:
        scores: Scores of the tasks, which all have a point.
        references: The optimizers that the coordinates come from.
        points: (tasks, references) in [0, 1].
        dropped: Tasks without a point, since they have no scale.
    """

    scores: TaskScores
    references: tuple[str, ...]
    points: Floats
    dropped: tuple[str, ...]

    @property
    def tasks(self) -> tuple[str, ...]:
        """The ids of the candidates."""
        return self.scores.tasks

    @property
    def held_out(self) -> tuple[str, ...]:
        """The optimizers that have no part in the choice."""
        return tuple(name for name in self.scores.optimizers if name not in self.references)

    @property
    def losses(self) -> Floats:
        """What the held-out optimizers ended with."""
        columns = [self.scores.optimizers.index(name) for name in self.held_out]
        return self.scores.losses[:, columns]

    def rows(self, globs: Sequence[str]) -> tuple[int, ...]:
        """The tasks that any of the globs means; none without globs.

        Raises:
            UserError: A glob means none.
        """
        for glob in globs:
            if not any(matches(task, [glob]) for task in self.tasks):
                raise UnknownNameError("candidate task", glob, self.tasks)
        found = (row for row, task in enumerate(self.tasks) if globs and matches(task, globs))
        return tuple(found)

    def facts(self, known: Mapping[str, TaskFacts]) -> list[TaskFacts]:
        """What is known of each candidate."""
        return [known[task] for task in self.tasks]

    def weights(self, given: Mapping[str, float] | None) -> Floats | None:
        """How much each task counts for; 1 where nothing is given."""
        if given is None:
            return None
        return np.array([given.get(task, 1.0) for task in self.tasks])


def candidate_tasks(scores: TaskScores, globs: Sequence[str], measure: Measure) -> Candidates:
    """The tasks that have a point.

    Args:
        scores: Scores of all tasks.
        globs: Which optimizers are the references; all without globs.
        measure: What a coordinate is.

    Raises:
        UserError: The references are too many, or no task has a point.
    """
    chosen = reference_optimizers(scores.optimizers, globs)
    points = scores.coordinates(chosen, measure)
    has_point = ~np.isnan(points).any(axis=1)
    if not has_point.any():
        raise UserError(
            "no task has a scale, so there is nothing to compare by: 'hpobench constants' makes "
            "one, and --coordinates rank needs none"
        )
    dropped = [scores.tasks[row] for row in np.flatnonzero(~has_point)]
    return Candidates(
        scores=scores.only(np.flatnonzero(has_point)),
        references=chosen,
        points=points[has_point],
        dropped=tuple(dropped),
    )
