"""The unit of work, of storage and of resume: an optimizer on a task with a seed."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cached_property
from typing import Any

from hpobench.optimizer import Variant, stored_definition
from hpobench.task import Noise, Overhead, Resources, Task, Unit
from hpobench.trial import Record

SCHEMA = 1
"""Part of every run's identity: raised when the meaning of a stored result changes."""

UNKNOWN_TRIALS = 100
"""A guess, for planning, of how many trials a budget of virtual seconds holds."""

MOST_REASON = 2000
"""Most characters of the reason why a run failed; longer ones are cut."""

_NUMBERS = ("number", "fidelity", "values", "test", "cost", "start", "end", "worker", "spent")
_TEXTS = ("failures", "configs")
"""These two are what an imported run says of its trials."""


class Status(StrEnum):
    """How a run ended."""

    COMPLETED = "completed"
    FAILED = "failed"


class Clock(StrEnum):
    """What the times of a run's records are."""

    SIMULATED = "simulated"
    """Virtual seconds: as if its workers had evaluated side by side, each trial taking its cost."""
    REAL = "real"
    """Seconds since the run began: its workers did evaluate side by side."""


@dataclass(frozen=True, kw_only=True)
class Run:
    """One optimizer on one task with one seed; a pure function of these.

    Attributes:
        task: What is solved.
        variant: The optimizer.
        seed: In [0, 2**31 - 1].
        overhead: Whether the optimizer's own time counts.
    """

    task: Task
    variant: Variant
    seed: int
    overhead: Overhead = Overhead.NONE

    @cached_property
    def id(self) -> str:
        """A hash, 32 hexadecimal digits, of all that defines the run and nothing else."""
        return identify(
            task=self.task.definition(),
            optimizer=self.variant.definition(),
            seed=self.seed,
            overhead=str(self.overhead),
        )

    @property
    def expected_seconds(self) -> float:
        """About how long it takes, by what the YAML says of its parts; for planning alone."""
        budget = self.task.budget
        trials = budget.amount if budget.unit is not Unit.SECONDS else UNKNOWN_TRIALS
        return trials * (self.task.evaluate_ms + self.variant.ask_tell_ms) / 1000

    @property
    def resources(self) -> Resources:
        """What it occupies while it is executed."""
        return self.task.resources.union(self.variant.resources)

    def evaluation_seed(self, draw: int) -> int:
        """The seed of a trial's noise: one for the whole run, or with fresh noise for each draw.

        Args:
            draw: See `Trial.draw`.
        """
        if self.task.settings.noise is Noise.FRESH:
            return self.seed_for("evaluation", draw)
        return self._fixed_noise

    @cached_property
    def _fixed_noise(self) -> int:
        """The seed of all trials' noise."""
        return self.seed_for("evaluation")

    def seed_for(self, purpose: str, *parts: int) -> int:
        """A seed in [0, 2**31 - 1] that depends on the run's names, its seed and a purpose.

        The optimizer's seed depends on optimizer, task and seed; the evaluation's and the
        initial design's on task and seed alone, so that all optimizers meet the same.
        """
        names = [purpose, self.task.base_id, self.seed]
        names += [] if purpose in {"evaluation", "initial"} else [self.variant.base_id]
        names += parts
        digest = hashlib.blake2b(canonical(names), digest_size=16).digest()
        return seed_from(digest)


@dataclass(frozen=True, slots=True, kw_only=True)
class Trajectory:
    """What became of a run.

    Attributes:
        run: The run.
        status: How it ended.
        records: Its trials in order of virtual finish time; of a failed run, those before.
        reason: Why it failed, or empty.
        stop_reason: Why it ended before its budget was spent in full, or empty.
        seconds: Real seconds it took.
        lacking: Whether it could not start for want of something that is not on this machine:
            then it is no result, and not stored.
        metadata: What the run found out about its parts: objectives, fidelity, versions.
    """

    run: Run
    status: Status
    records: Sequence[Record] = ()
    reason: str = ""
    stop_reason: str = ""
    seconds: float = 0.0
    lacking: bool = False
    metadata: dict[str, Any] = field(default_factory=dict)


def identify(
    *,
    task: Mapping[str, Any],
    optimizer: Mapping[str, Any],
    seed: int,
    overhead: str,
    trials: Sequence[Any] | None = None,
) -> str:
    """The id of a run: the one place that says what it is a hash of.

    Args:
        task: Its definition, see `Task.definition`.
        optimizer: Its definition, see `Variant.definition`.
        seed: In [0, 2**31 - 1].
        overhead: Whether the optimizer's own time counts, as text.
        trials: All that is known of the trials of an imported run, which has no definition that
            could be executed; None for a run of ours.

    Returns:
        32 hexadecimal digits.
    """
    definition = {
        "schema": SCHEMA,
        "task": task,
        "optimizer": optimizer,
        "seed": seed,
        "overhead": overhead,
        **({} if trials is None else {"trials": trials}),
    }
    return hashlib.blake2b(canonical(definition), digest_size=16).hexdigest()


def recompute_id(row: Mapping[str, Any]) -> str:
    """The id that belongs to a row.

    For a run of ours that of `Run.id`, by its stored definition; an imported one
    has no definition that could be executed, so all that it says is hashed, with a mark that no
    run of ours has.

    Raises:
        KeyError: A part of the definition is missing.
    """
    task, variant = json.loads(row["task_info"]), json.loads(row["variant_info"])
    trials = None
    if "imported" in task["definition"]:
        numbers = [[float(number) for number in row[name] or ()] for name in _NUMBERS]
        trials = [*numbers, *(row[name] for name in _TEXTS)]
    return identify(
        task=task["definition"],
        optimizer=stored_definition(row["optimizer"], variant),
        seed=row["seed"],
        overhead=task["overhead"],
        trials=trials,
    )


def canonical(data: Any) -> bytes:
    """The one way to write data as JSON, for hashing."""
    return json.dumps(data, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode(
        errors="surrogatepass"
    )


def seed_from(digest: bytes) -> int:
    """A seed in [0, 2**31 - 1] by numpy's `SeedSequence`, from 16 bytes of entropy."""
    from numpy.random import SeedSequence

    words = SeedSequence(int.from_bytes(digest, "big")).generate_state(1)
    return int(words[0]) >> 1
