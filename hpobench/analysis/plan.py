"""What the experiments meant to run, to be held against what is there."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from hpobench.scoring.frame import Frame, Source
from hpobench.store.manifests import versions_of
from hpobench.store.selection import matches


@dataclass(frozen=True, slots=True)
class AnalysisChoice:
    """Globs of what is analysed; none stand for all."""

    optimizers: Sequence[str]
    tasks: Sequence[str]

    def holds(self, optimizer: str, task: str) -> bool:
        """Whether a run of the one on the other is chosen."""
        return matches(optimizer, self.optimizers) and matches(task, self.tasks)


@dataclass(frozen=True, slots=True, kw_only=True)
class IntendedRuns:
    """What was meant to be run, as far as it was chosen for analysis.

    Attributes:
        optimizers: Those with runs, and those planned.
        missing: Optimizer, task and seed without a run.
        skips: Optimizer, task and why the one cannot handle the other.
        versions: What the experiments were run with, see `manifests.versions_of`.
    """

    optimizers: tuple[str, ...]
    missing: Sequence[tuple[str, str, int]]
    skips: Sequence[Mapping[str, str]]
    versions: Mapping[str, str]


def planned(source: Source, frame: Frame, choice: AnalysisChoice) -> IntendedRuns:
    """What the experiments meant to run, of what was chosen."""
    experiments = source.experiments()
    names = {(o, t) for e in experiments for o in e["optimizers"] for t in e["tasks"]}
    ran = set(frame.runs["optimizer"].unique())
    skips = [skip for e in experiments for skip in e["skipped"]]
    return IntendedRuns(
        optimizers=tuple(sorted(ran | {name for name, task in names if choice.holds(name, task)})),
        missing=[triple for triple in source.missing() if choice.holds(*triple[:2])],
        skips=[skip for skip in skips if choice.holds(skip["optimizer"], skip["task"])],
        versions=versions_of(experiments),
    )
