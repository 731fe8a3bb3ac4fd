"""How the constants of tasks follow from runs of random search."""

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from hpobench.errors import UserError
from hpobench.scoring.constants import Constants
from hpobench.scoring.frame import Frame, Source, read
from hpobench.scoring.hypervolume import front, reference_point, volume
from hpobench.scoring.means import median
from hpobench.scoring.policy import ScoredBy
from hpobench.scoring.trials import Floats, Integers, TaskInfo, Trials
from hpobench.scoring.valuation import final_fronts, is_without_noise


@dataclass(frozen=True, slots=True, kw_only=True)
class Exact:
    """What a benchmark knows for certain.

    Attributes:
        best: By objective its smallest value, of those that trials are scored by.
        front: All such Pareto-optimal values, shape (points, objectives); None if not known.
        told: The same of what is told, where trials are scored by other values; else None.
    """

    best: Mapping[str, float] = field(default_factory=dict)
    front: Floats | None = None
    told: "Exact | None" = None

    def settles(self, objectives: Sequence[str]) -> bool:
        """Whether the best known result for some objectives is certain."""
        return self.front is not None if len(objectives) > 1 else objectives[0] in self.best

    @property
    def of_told(self) -> "Exact":
        """What is certain of the values that are told."""
        return self.told or self


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskEvidence:
    """What the stored runs say of a task.

    Attributes:
        task: The task under its collection's own budget.
        random: The final values of each completed run of random search: one row with one
            objective, the run's front with several.
        trials: All values that random search found.
        seen: All values that any run under any budget found, or their front.
        seconds: How long each of the random-search runs took, virtually.
        violation: By how much their infeasible trials violate constraints, in the median; or 0.
    """

    task: TaskInfo
    random: Sequence[Floats]
    trials: Floats
    seen: Floats
    seconds: Floats
    violation: float = 0.0


def derive(
    source: Source, exact: Callable[[TaskInfo], Exact], *, optimizer: str = "random"
) -> dict[str, Constants]:
    """Work out the constants of all tasks that random search was run on.

    The median of random search is taken over its completed runs under the collection's own
    budget and workers, of what their incumbents are scored by; where all runs have values without
    noise there are constants by these, and by what was told beside them. The best is the
    benchmark's own knowledge, or else the best that any optimizer reached in the store, under any
    budget. The reference point lies behind the
    worst values on the best front and on the fronts of all random-search runs, by a tenth of
    their range, so that each of these fronts counts in full.

    Args:
        source: The stored runs.
        exact: Asked for each task for what is known for certain.
        optimizer: The id of random search.

    Returns:
        By the task's base id.

    Raises:
        UserError: There is no completed run of random search.
    """
    frame = read(source)
    told, free = (
        {e.task.id: e for e in gather_evidence(frame, optimizer, by)}
        for by in (ScoredBy.TOLD, ScoredBy.NOISELESS)
    )
    by_task = {}
    for name, evidence in told.items():
        certain = exact(evidence.task)
        by_task[name] = constants(evidence, certain.of_told)
        if name in free:
            by_task[name] = replace(constants(free[name], certain), told=by_task[name])
    if not by_task:
        raise UserError(
            f"no completed runs of {optimizer!r} under a task's own budget; make some with: "
            f"hpobench run --optimizer {optimizer} --seeds 0:20 --task ..."
        )
    return by_task


def gather_evidence(frame: Frame, optimizer: str, by: ScoredBy) -> Iterator[TaskEvidence]:
    """Gather, for each task that random search completed, what all runs say of it.

    By values without noise nothing is said of a task some of whose runs lack them.
    """
    wanted = (frame.runs["optimizer"] == optimizer) & (frame.runs["status"] == "completed")
    chosen = wanted.to_numpy()
    seen: defaultdict[str, list[Floats]] = defaultdict(list)
    own: dict[str, TaskEvidence] = {}
    lacking = set[str]()
    start = 0
    for trials in frame.trials():
        base, without_noise = trials.task.base_id, is_without_noise(trials, by)
        if by is ScoredBy.NOISELESS and not without_noise:
            lacking.add(base)
        values = trials.noiseless if without_noise else trials.vectors
        seen[base].append(_best(values[trials.valid]))
        if trials.task.id == base:
            own |= _own(trials, values, np.flatnonzero(chosen[start : start + trials.runs]), by)
        start += trials.runs
    for task in own.keys() - lacking:
        yield replace(own[task], seen=_best(np.concatenate(seen[task])))


def best_seen(source: Source) -> dict[str, Floats]:
    """By base id of a task the best value that any stored run is scored by, or their front."""
    by_task: defaultdict[str, list[Floats]] = defaultdict(list)
    for trials in read(source).trials():
        without_noise = is_without_noise(trials, ScoredBy.NOISELESS)
        values = trials.noiseless if without_noise else trials.vectors
        by_task[trials.task.base_id].append(_best(values[trials.valid]))
    return {task: _best(np.concatenate(parts)) for task, parts in by_task.items()}


def improved(known: Constants, seen: Floats) -> Constants:
    """The constants with what stored runs found beyond a best known that is not certain.

    Args:
        known: Those of a task.
        seen: What stored runs are scored by, shape (values, objectives).

    Returns:
        The same object where the runs found nothing better, or the best is exact.
    """
    if known.source == "exact" or not len(seen):
        return known
    if not known.reference:
        return known if seen.min() >= known.best else replace(known, best=float(seen.min()))
    best = -volume(front(seen), np.array(known.reference))
    if best >= known.best:
        return known
    ideal = np.minimum(np.array(known.ideal), seen.min(axis=0))
    return replace(known, best=best, ideal=tuple(ideal.tolist()))


def constants(evidence: TaskEvidence, exact: Exact) -> Constants:
    """The constants of one task."""
    if len(evidence.task.objectives) == 1:
        return _scalar(evidence, exact)
    return _several(evidence, exact)


def _scalar(evidence: TaskEvidence, exact: Exact) -> Constants:
    name = evidence.task.objectives[0].name
    return Constants(
        best=float(exact.best.get(name, evidence.seen.min())),
        random=float(median(np.array([values.min() for values in evidence.random]))),
        start=float(median(evidence.trials.ravel())),
        source="exact" if name in exact.best else "observed",
        **_about(evidence),
    )


def _several(evidence: TaskEvidence, exact: Exact) -> Constants:
    best = front(evidence.seen if exact.front is None else exact.front)
    reference = reference_point(np.concatenate([best, *evidence.random]), evidence.trials)
    return Constants(
        best=-volume(best, reference),
        random=-float(median(np.array([volume(part, reference) for part in evidence.random]))),
        start=0.0,
        reference=tuple(reference.tolist()),
        ideal=tuple(best.min(axis=0).tolist()),
        front=() if exact.front is None else tuple(map(tuple, best.tolist())),
        source="observed" if exact.front is None else "exact",
        **_about(evidence),
    )


def _about(evidence: TaskEvidence) -> dict[str, Any]:
    """What both kinds of constants say of where they come from."""
    return {
        "seconds": float(np.median(evidence.seconds)),
        "seeds": len(evidence.random),
        "budget": str(evidence.task.budget),
        "violation": evidence.violation,
    }


def _own(trials: Trials, values: Floats, runs: Integers, by: ScoredBy) -> dict[str, TaskEvidence]:
    """What the given runs of random search say, by task; nothing if they found nothing."""
    fronts = final_fronts(trials, by)
    with_fronts = [run for run in runs if len(fronts[run])]
    if not with_fronts:
        return {}
    ends = np.array([trials.end[trials.run == run].max(initial=0.0) for run in runs])
    evidence = TaskEvidence(
        task=trials.task,
        random=[_best(fronts[run]) for run in with_fronts],
        trials=values[trials.valid & np.isin(trials.run, with_fronts)],
        seen=values[:0],
        seconds=ends,
        violation=_median_violation(trials, runs),
    )
    return {trials.task.id: evidence}


def _median_violation(trials: Trials, runs: Integers) -> float:
    """By how much infeasible trials of some runs violate constraints, in the median; or 0."""
    found = trials.violations[np.isin(trials.run, runs)]
    broken = found[np.isfinite(found) & (found > 0)]
    return float(median(broken)) if len(broken) else 0.0


def _best(values: Floats) -> Floats:
    """The smallest value as one row, or the front of several objectives."""
    if values.shape[1] > 1:
        return front(values)
    return values[values.argmin() :][:1] if len(values) else values
