"""Which runs an experiment consists of, and which of them cannot be."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import product

from hpobench.optimizer import Variant
from hpobench.run import Run
from hpobench.task import Overhead, Task


@dataclass(frozen=True, slots=True, kw_only=True)
class Skip:
    """A pair that cannot run, and why."""

    optimizer: str
    task: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """Optimizers x tasks x seeds.

    Attributes:
        variants: The optimizers.
        tasks: The tasks.
        seeds: The seeds of each pair.
        overhead: Whether the optimizers' own time counts.
        skipped: The pairs whose optimizer cannot handle the task.
    """

    variants: Sequence[Variant]
    tasks: Sequence[Task]
    seeds: Sequence[int]
    overhead: Overhead = Overhead.NONE
    skipped: tuple[Skip, ...] = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "skipped", tuple(self._skips()))

    def _skips(self) -> Iterator[Skip]:
        for task, variant in product(self.tasks, self.variants):
            if reason := variant.capabilities.obstacle(task):
                yield Skip(optimizer=variant.id, task=task.id, reason=reason)

    def runs(self) -> Iterator[Run]:
        """The runs, seed by seed, so that whatever is there early covers all pairs."""
        skipped = {(skip.optimizer, skip.task) for skip in self.skipped}
        for seed, task, variant in product(self.seeds, self.tasks, self.variants):
            if (variant.id, task.id) not in skipped:
                yield Run(task=task, variant=variant, seed=seed, overhead=self.overhead)

    def __len__(self) -> int:
        """How many runs there are."""
        pairs = len(self.tasks) * len(self.variants) - len(self.skipped)
        return pairs * len(self.seeds)
