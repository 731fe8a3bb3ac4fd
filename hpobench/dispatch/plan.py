"""Which runs an experiment consists of, and which of them cannot be."""

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import count, product
from typing import Self
from zlib import crc32

from hpobench.errors import UserError
from hpobench.optimizer import Variant
from hpobench.run import Run
from hpobench.task import Overhead, Task


@dataclass(frozen=True, slots=True, kw_only=True)
class Skip:
    """A pair that cannot run, and why."""

    optimizer: str
    task: str
    reason: str


_PART = re.compile(r"([0-9]{1,7})/([0-9]{1,7})")


@dataclass(frozen=True, slots=True)
class PlanPart:
    """One of several equal parts of a plan, for processes that share nothing but the plan.

    Attributes:
        number: Which part, from 1.
        parts: How many there are.
    """

    number: int = 1
    parts: int = 1

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read `3/20`, the third part of twenty.

        Raises:
            UserError: It is no such text, or there is no such part.
        """
        found = _PART.fullmatch(text.strip())
        number, parts = map(int, found.groups()) if found else (0, 0)
        if not 1 <= number <= parts:
            raise UserError(f"a part is K/N with K from 1 to N, such as 3/20, not {text[:60]!r}")
        return cls(number, parts)

    def __contains__(self, position: int) -> bool:
        """Whether the run at a position of the whole plan, from 0, belongs to it.

        Each part has one of the first `parts` runs, one of the next `parts`, and so on.
        """
        block, place = divmod(position, self.parts)
        return place == self._place(block)

    def size(self, total: int) -> int:
        """How many of so many runs belong to it."""
        blocks, rest = divmod(total, self.parts)
        return blocks + (self._place(blocks) < rest)

    def _place(self, block: int) -> int:
        """Where its run stands among so many neighbours, as good as at random.

        Were it always the same place, or went on by one, a part could have all runs of a slow
        optimizer.
        """
        return (self.number + crc32(block.to_bytes(8))) % self.parts


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """Optimizers x tasks x seeds, or a part of these runs.

    Attributes:
        variants: The optimizers.
        tasks: The tasks.
        seeds: The seeds of each pair.
        overhead: Whether the optimizers' own time counts.
        absent: By optimizer what is not here of what it needs: it is skipped.
        unready: By task that was to be among these what is not here of what it needs.
        part: Which of the runs are meant; all by default.
        skipped: The pairs whose optimizer cannot handle the task.
    """

    variants: Sequence[Variant]
    tasks: Sequence[Task]
    seeds: Sequence[int]
    overhead: Overhead = Overhead.NONE
    absent: Mapping[str, str] = field(default_factory=dict)
    unready: Mapping[str, str] = field(default_factory=dict)
    part: PlanPart = PlanPart()
    skipped: tuple[Skip, ...] = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "skipped", tuple(self._skips()))

    def _skips(self) -> Iterator[Skip]:
        for task, variant in product(self.tasks, self.variants):
            reason = self.absent.get(variant.id, "").removeprefix(f"{variant.id} ")
            if reason := reason or variant.unset or variant.obstacle(task):
                yield Skip(optimizer=variant.id, task=task.id, reason=reason)

    def runs(self) -> Iterator[Run]:
        """The runs, seed by seed, so that whatever is there early covers all pairs."""
        skipped = {(skip.optimizer, skip.task) for skip in self.skipped}
        position = count()
        for seed, task, variant in product(self.seeds, self.tasks, self.variants):
            if (variant.id, task.id) not in skipped and next(position) in self.part:
                yield Run(task=task, variant=variant, seed=seed, overhead=self.overhead)

    def __len__(self) -> int:
        """How many runs there are."""
        pairs = len(self.tasks) * len(self.variants) - len(self.skipped)
        return self.part.size(pairs * len(self.seeds))


@dataclass(slots=True)
class Work:
    """What there is to do, counted so that the runs themselves need not be kept.

    Attributes:
        runs: How many.
        seconds: About how long they take, on one CPU.
        gpus: The most GPUs that one asks for.
        parallel: Whether there are some whose trials are real and are to run side by side.
        failed: How many are stored as failed, and left so.
        pairs: How many of each task and optimizer.
    """

    runs: int = 0
    seconds: float = 0.0
    gpus: float = 0.0
    parallel: bool = False
    failed: int = 0
    pairs: Counter[tuple[str, str]] = field(default_factory=Counter)

    @classmethod
    def left(cls, plan: Plan, statuses: Mapping[str, str], *, retry_failed: bool = False) -> Self:
        """What a plan leaves to be done.

        Args:
            plan: What is to be stored in the end.
            statuses: By run how it ended, of those that are stored.
            retry_failed: Whether what failed is to be done again.
        """
        work = cls()
        for run in plan.runs():
            status = statuses.get(run.id)
            if status is None or (retry_failed and status == "failed"):
                work.add(run)
            else:
                work.failed += status == "failed"
        return work

    def add(self, run: Run) -> None:
        """Count a run to the plan."""
        self.runs += 1
        self.seconds += run.expected_seconds
        self.gpus = max(self.gpus, run.resources.gpus)
        self.parallel |= run.task.parallel
        self.pairs[run.task.id, run.variant.id] += 1
