"""Problems with weights that sum to one, for optimizers that know no more than boxes."""

from dataclasses import replace

from hpobench.execution.wrapping import Translating
from hpobench.history import PastTask
from hpobench.optimizer import Optimizer
from hpobench.prior import Belief
from hpobench.simplex import SimplexBox
from hpobench.task import Problem
from hpobench.trial import Config


class Unfolded(Translating):
    """An optimizer that searches a box, among others that see the simplex.

    Args:
        inner: Made for the problem in the box.
        box: What stands for the simplexes.
    """

    def __init__(self, inner: Optimizer, box: SimplexBox) -> None:
        super().__init__(inner)
        self._box = box

    def translate(self, config: Config) -> Config:
        """A configuration of the box with its weights."""
        return self._box.open(config)


def in_box(problem: Problem, box: SimplexBox) -> Problem:
    """The problem in the box: the same budget and objectives, all configurations as shares.

    Args:
        problem: One whose space has simplexes.
        box: Made of its space.
    """
    return replace(
        problem,
        space=box.space,
        initial=tuple(box.close(config) for config in problem.initial),
        history=tuple(_past(task, box) for task in problem.history),
        prior=_beliefs(problem, box),
    )


def _past(task: PastTask, box: SimplexBox) -> PastTask:
    """What was tried on another task, in the box."""
    trials = tuple(replace(trial, config=box.close(trial.config)) for trial in task.trials)
    return replace(task, trials=trials)


def _beliefs(problem: Problem, box: SimplexBox) -> dict[str, Belief]:
    """What is believed: of a share what the weights' defaults make of it, as surely as of these.

    A weight of which nothing is believed counts as the space's default, and a sum that is not
    one is scaled to it.
    """
    if not problem.prior:
        return {}
    defaults = {name: belief.default for name, belief in problem.prior.items()}
    closed = box.close(
        box.scaled({n: hp.default_value for n, hp in problem.space.items()} | defaults)
    )
    return {
        name: replace(belief, default=closed[name])
        for name, belief in problem.prior.items()
        if name in closed
    }
