"""What a user may ask of a choice."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from hpobench.subset.discrepancy.ranked import Floats
from hpobench.subset.discrepancy.selection import EVALUATIONS
from hpobench.subset.discrepancy.star import boxes
from hpobench.subset.discrepancy.target import Target
from hpobench.subset.facts import TaskFacts
from hpobench.subset.rules import CompositionRule
from hpobench.subset.ways import Method

WORK = 1_000_000_000
"""Boxes that a search looks at by default: some seconds."""

LEAST = 200
"""Evaluations of a search, however long one takes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SelectionRequest:
    """What is asked for.

    Attributes:
        size: How many tasks each subset has; None leaves it to the knee of the curve.
        sizes: The same by kind of tasks, where these differ.
        splits: Names of the subsets, which share no task; one without a name by default.
        target: What subsets are compared with.
        method: How they are chosen.
        required: Globs of tasks that must be chosen; they go into the first split.
        excluded: Globs of tasks that must not be chosen.
        weights: How much tasks count for in the full set, by id; 1 for those not named.
        weighting: Where the weights come from, in a word.
        rules: What all subsets of a kind must have together, beside what they resemble.
        facts: What the rules count tasks by, by id.
        seed: Where all chance comes from.
        restarts: Searches, of which the best counts.
        evaluations: Subsets that each search may evaluate; None for as many as take seconds.
    """

    size: int | None = 20
    sizes: Mapping[str, int | None] = field(default_factory=dict)
    splits: tuple[str, ...] = ("",)
    target: Target = Target.EMPIRICAL
    method: Method = Method.SWAP
    required: tuple[str, ...] = ()
    excluded: tuple[str, ...] = ()
    weights: Mapping[str, float] | None = None
    weighting: str = ""
    rules: tuple[CompositionRule, ...] = ()
    facts: Mapping[str, TaskFacts] = field(default_factory=dict)
    seed: int = 0
    restarts: int = 4
    evaluations: int | None = None

    def budget(self, points: Floats, k: int) -> int:
        """Evaluations of a search for k of the points."""
        affordable = int(WORK / boxes(points, k))
        return self.evaluations or max(LEAST, min(EVALUATIONS, affordable))
