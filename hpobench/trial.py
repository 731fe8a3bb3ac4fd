"""A question put to a benchmark, its answer, and what a run records of both."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from math import inf
from typing import Any, NamedTuple

Value = bool | int | float | str
Config = Mapping[str, Value]

PLAIN = frozenset({bool, float, int, str})
"""The types of which a value is."""


def plain_value(value: Any) -> Value:
    """Turn numpy's scalar types, which ConfigSpace mixes in, and subclasses into Python's own.

    What is no number, text or flag of any kind is given back as it is, and legal nowhere.
    """
    bare: Value = value
    if type(value) in PLAIN:
        return bare
    import numpy as np

    if isinstance(value, np.generic) or (isinstance(value, np.ndarray) and value.ndim == 0):
        bare = value.item()
    elif kind := next((kind for kind in (str, int, float) if isinstance(value, kind)), None):
        bare = getattr(kind, f"__{kind.__name__}__")(value)
    return bare


@dataclass(frozen=True, slots=True, kw_only=True)
class Trial:
    """A configuration to be evaluated at a fidelity.

    Attributes:
        config: The active hyperparameters by name, as plain Python values.
        fidelity: Where on the task's fidelity to evaluate; None is the highest.
        parent: Number of an earlier trial of the run whose state this one continues, with the
            same configuration or, where `Problem.continues` holds, another one; None begins from
            nothing. Trials are numbered from 0 in the order in which they are asked for.
        draw: Number of the trial that began the training which this one belongs to, where noise
            is fresh: which draw of it this is. The loop says so, whatever an optimizer says.
        handle: The optimizer's own reference, given back to `tell` and never stored.
    """

    config: Config
    fidelity: float | None = None
    parent: int | None = None
    draw: int = 0
    handle: Any = field(default=None, compare=False, repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What an evaluation found.

    Attributes:
        values: By objective, the value to minimise. Empty if the trial failed.
        cost: Seconds (virtual or measured) the evaluation takes from scratch, at least 0; of
            `Benchmark.advance` those from where it began.
        test: By objective, the value on data held back from the optimizer, where there is one.
        failure: Why the trial failed, or empty. A failed trial still takes its `cost`.
        signals: What a user would watch on the way, a number by name, such as the training loss.
        noiseless: By objective, the value without noise that the configuration is scored by at
            this fidelity, where it may be another than the one told: the mean over recorded
            trainings, say. As untold as a test value; of all objectives or of none.
        constraints: By name what must be at most 0 for the configuration to count: how far it is
            beyond a limit. One that is infeasible has values too. As a benchmark answers, those
            of which its task states a limit are as they were measured.
    """

    values: Mapping[str, float] = field(default_factory=dict)
    cost: float = 1.0
    test: Mapping[str, float] = field(default_factory=dict)
    failure: str = ""
    signals: Mapping[str, float] = field(default_factory=dict)
    noiseless: Mapping[str, float] = field(default_factory=dict)
    constraints: Mapping[str, float] = field(default_factory=dict)

    @property
    def ok(self) -> bool:
        """Whether there are values to learn from."""
        return not self.failure

    @property
    def feasible(self) -> bool:
        """Whether it succeeded and keeps all constraints that are told of it."""
        return self.violation == 0

    @property
    def violation(self) -> float:
        """By how much it is beyond all limits together; 0 if it is feasible.

        Infinite if it failed for another reason, or nothing more is known.
        """
        total = sum(max(excess, 0.0) for excess in self.constraints.values())
        return total if self.ok or total > 0 else inf

    @property
    def value(self) -> float:
        """The value of the only objective; for tasks that have one."""
        (value,) = self.values.values()
        return value

    @property
    def vector(self) -> tuple[float, ...]:
        """The values in the order of the problem's objectives."""
        return tuple(self.values.values())


UNTOLD = ("test", "noiseless")
"""The parts of an outcome that no optimizer is told."""


class Record(NamedTuple):
    """One finished trial of a run, in virtual time.

    Attributes:
        number: Position in the order of asking, from 0.
        config: The active hyperparameters by name.
        fidelity: The fidelity evaluated at, or None if the task has none.
        values: The value to minimise of each objective in the task's order; empty if failed.
        test: Test values in the same order, NaN where there is none; empty if there are none.
        cost: Seconds charged: less than a start from scratch if the trial was continued.
        start: Virtual second at which its worker began it.
        end: Virtual second at which it finished.
        worker: Which simulated worker, from 0.
        ask_seconds: Real seconds the optimizer took to propose it.
        tell_seconds: Real seconds the optimizer took to learn from it.
        spent: Full-fidelity-equivalent trials finished in the run so far, this one included.
        failure: Why it failed, or empty.
        parent: Number of the trial that it continued, or None.
        signals: In the task's order, NaN where there is none; empty if the task has none.
        noiseless: Values without noise in the order of `values`; empty if there are none.
        constraints: In the task's order how far it is beyond each limit, at most 0 where it is
            feasible, NaN where that is not known; empty if the task has none.
    """

    number: int
    config: Config
    fidelity: float | None
    values: tuple[float, ...]
    test: tuple[float, ...]
    cost: float
    start: float
    end: float
    worker: int
    ask_seconds: float
    tell_seconds: float
    spent: float
    failure: str
    parent: int | None = None
    signals: tuple[float, ...] = ()
    noiseless: tuple[float, ...] = ()
    constraints: tuple[float, ...] = ()
