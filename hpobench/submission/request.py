"""What is submitted: an experiment whose runs are in a results folder."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from hpobench.catalogue import Catalogue, Experiment
from hpobench.dispatch.job import Job, Result
from hpobench.dispatch.plan import Plan
from hpobench.dispatch.planning import make_plan
from hpobench.errors import UserError
from hpobench.task import Overhead

Execute = Callable[[Iterable[Job]], Iterator[Result]]


@dataclass(frozen=True, slots=True, kw_only=True)
class SubmissionRequest:
    """What is submitted, and how thoroughly it is checked.

    Attributes:
        results: The results folder.
        experiment: Which runs it declares to have.
        catalogues: The user's own folders, in which submitted optimizers may be defined.
        sample: So many runs of each optimizer are executed again.
        sample_seed: Which ones; another seed draws others.
    """

    results: Path
    experiment: Experiment
    catalogues: tuple[Path, ...] = ()
    sample: int = 10
    sample_seed: int = 0

    def plan(self) -> Plan:
        """The declared runs.

        Raises:
            UserError: A name does not exist, what it names cannot run here, no optimizer handles
                any of the tasks, or a task is the user's own.
        """
        plan = make_plan(Catalogue(self.catalogues), self.experiment, Overhead.NONE)
        if foreign := [task.id for task in plan.tasks if task.folder]:
            raise UserError(
                f"{foreign[0]} is a task of a folder of yours; the leaderboard is about tasks that "
                "come with hpobench"
            )
        if idle := [v.id for v in plan.variants if not _handled(plan, v.id)]:
            reasons = {skip.reason for skip in plan.skipped if skip.optimizer == idle[0]}
            raise UserError(f"{idle[0]} handles none of these tasks: {'; '.join(sorted(reasons))}")
        return plan


def _handled(plan: Plan, optimizer: str) -> int:
    """How many of the tasks an optimizer handles."""
    return len(plan.tasks) - sum(skip.optimizer == optimizer for skip in plan.skipped)
