"""The one interface every optimizer stands behind, and what a variant of one declares."""

import math
import os
from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import Enum, StrEnum
from typing import Any

from hpobench.task import Problem, Resources, Task
from hpobench.trial import Outcome, Trial


class Signal(Enum):
    """What `ask` answers when it has no trial."""

    WAIT = "wait"
    """Ask again after the next `tell`: a synchronous bracket needs its peers."""
    EXHAUSTED = "exhausted"
    """There is nothing left to try; the run ends when the pending trials are told."""


class Stop(StrEnum):
    """Which trainings are stopped on the way, of an optimizer that knows nothing of fidelities."""

    NONE = "none"
    MEDIAN = "median"
    """Those that are worse than the median of others up to there."""
    EXTRAPOLATE = "extrapolate"
    """Those that would hardly end better than the best so far, by their continued curve."""


def stopped_by(stop: Stop, names: Iterable[str]) -> tuple[str, ...]:
    """Names or globs of optimizers whose trials are stopped by a rule; `none` leaves them.

    One that says a rule itself keeps that.
    """
    if stop is Stop.NONE:
        return tuple(names)
    return tuple(name if "@" in name else f"{name}@stop={stop}" for name in names)


class Optimizer(ABC):
    """Proposes trials and learns from their outcomes.

    An implementation is deterministic given its seed, and finds in its working directory
    a temporary folder of its own, which is the only place it may write to.

    Attributes:
        notes: What it would have kept of its search besides its trials, as plain data that JSON
            can hold; stored with the run.
        names_parents: Whether it says itself which trial another one continues. If not, a
            configuration goes on from the highest fidelity that it has come to, where it can.
    """

    notes: Sequence[Mapping[str, Any]] = ()
    names_parents: bool = False

    @abstractmethod
    def __init__(self, problem: Problem, seed: int, **options: Any) -> None:
        """Prepare to solve `problem`.

        Args:
            problem: All that may be known of the task.
            seed: In [0, 2**31 - 1]; the only source of randomness.
            options: As given in the variant's YAML.
        """

    @abstractmethod
    def ask(self) -> Trial | Signal:
        """Propose the next trial; up to `problem.workers` may be pending at a time."""

    @abstractmethod
    def tell(self, trial: Trial, outcome: Outcome) -> None:
        """Learn the outcome of a trial that `ask` proposed, in order of virtual finish time.

        `outcome.test` is always empty here. If `outcome.ok` is false there are no values. On a
        task with constraints an optimizer whose capabilities say that it knows them is told those
        of each trial; another one is told that an infeasible trial failed.
        """

    def release(self) -> Iterable[int]:
        """Give up trials: none of these numbers, nor any given before, will be a parent again.

        Asked after every tell of a task that continues, if it `names_parents`; what it does not
        give up is kept until the run ends, as far as there is room.
        """
        return ()

    def close(self) -> None:  # noqa: B027 (few hold something)
        """Let go of threads and the like; called once when a run ends, however it does."""


KNOWLEDGE = ("history", "prior")
"""What can be told of a task before its first trial, by the name of the setting."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Capabilities:
    """What an optimizer can handle; the contract tests hold it to that.

    Attributes:
        objectives: The most objectives it optimizes together; 0 is any number.
        fidelity: Whether it chooses fidelities, and needs a task that has one; else the highest.
        types: The features of spaces it handles, of `task.FEATURES`; with floats a simplex too.
        workers: The most trials that may be pending; 0 is any number.
        initial: Whether it begins with the configurations of `problem.initial`.
        collections: Those of the tasks it is made for; none is all.
        magnitude: The largest absolute value, and the largest cost, that its arithmetic bears;
            it is told larger ones as this.
        continues: Whether it needs trials that go on from the state of others.
        signals: The signals that it reads; it needs a task that has them all.
        knowledge: What it uses of what is told before the first trial, of `KNOWLEDGE`.
        uninformed: Whether it also runs where it is not told that.
        constraints: Whether it is told by how much they are violated, and needs a task with some.
    """

    objectives: int = 1
    fidelity: bool = False
    types: frozenset[str]
    workers: int = 0
    initial: bool = False
    collections: tuple[str, ...] = ()
    magnitude: float = math.inf
    continues: bool = False
    signals: tuple[str, ...] = ()
    knowledge: tuple[str, ...] = ()
    uninformed: bool = False
    constraints: bool = False

    def __post_init__(self) -> None:
        shown = {"simplex"} if "float" in self.types else set()
        object.__setattr__(self, "types", self.types | shown)

    def obstacle(self, task: Task) -> str:
        """Say in one line why the task cannot be handled, or an empty string if it can."""
        return next(self._obstacles(task), "")

    def _obstacles(self, task: Task) -> Iterator[str]:
        """All reasons why the task cannot be handled."""
        if self.collections and task.collection not in self.collections:
            yield f"is made for tasks of {' and '.join(self.collections)}"
        if self.objectives and len(task.objectives) > self.objectives:
            yield f"optimizes {self.objectives} objective, the task has {len(task.objectives)}"
        if self.fidelity and task.fidelity is None:
            yield "needs a fidelity, the task has none"
        if lacking := [feature for feature in task.types if feature not in self.types]:
            yield f"does not handle {' or '.join(lacking)} in the space"
        if self.workers and task.workers > self.workers:
            yield f"handles {self.workers} pending trial, the task has {task.workers} workers"
        if task.initial and not self.initial:
            yield "cannot begin with an initial design it is given"
        yield from self._lacking(task)

    def _lacking(self, task: Task) -> Iterator[str]:
        """What it needs of the task and that cannot, or does not say."""
        if self.collections and task.settings.masked:
            yield "reads the names of hyperparameters, which are masked"
        if self.continues and not task.continues:
            yield "needs trials that go on from others, which the task's cannot"
        if self.constraints and not task.constraints:
            yield "is told how far constraints are violated, the task has none"
        if unseen := [name for name in self.signals if name not in task.signals]:
            yield f"reads the signal {' and '.join(unseen)}, which the task has not"
        told = task.settings.unusual()
        if not self.uninformed and (untold := [n for n in self.knowledge if n not in told]):
            yield f"needs to be told of {' and '.join(untold)}: --{untold[0]}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Environment:
    """What an optimizer needs that cannot live beside the others: a virtual environment.

    Attributes:
        requirements: As pip takes them.
        no_deps: Installed after these, without their own requirements: for libraries that
            declare bounds which are not true.
        python: Version of the interpreter, such as `3.12`, or empty for that of hpobench.
        megabytes: About how much it takes on disk.
    """

    requirements: tuple[str, ...] = ()
    no_deps: tuple[str, ...] = ()
    python: str = ""
    megabytes: float = 0.0

    def definition(self) -> dict[str, Any]:
        """All that determines what is installed, and nothing else."""
        lists = {"requirements": list(self.requirements), "no_deps": list(self.no_deps)}
        return {**lists, "python": self.python}


def stored_definition(name: str, info: Mapping[str, Any]) -> dict[str, Any]:
    """The definition of a variant from what is stored of it, see `Variant.definition`.

    Args:
        name: The variant's id.
        info: What a run's row says of it.

    Raises:
        KeyError: A part that every definition has is missing.
    """
    needed = {part: info[part] for part in ("adapter", "options")}
    return {"id": name, **needed, **{part: info[part] for part in _OPTIONAL if info.get(part)}}


_OPTIONAL = ("environment", "stop", "code")
"""Parts of a definition that not every variant has."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Variant:
    """An optimizer with its options, as pure data from YAML.

    Attributes:
        id: `family/variant`, or the family's name alone for its namesake; behind an `@` by which
            rule its trials are stopped, if they are.
        family: The YAML file it comes from.
        adapter: `module:Class` of the `Optimizer`.
        options: Keyword arguments of its constructor.
        capabilities: What it handles.
        environment: Where it runs if its requirements cannot live beside the others'.
        stop: Which of its trials are stopped on the way, see `execution.stopping`.
        resources: What a run with it occupies.
        ask_tell_ms: About how long one ask and tell take, in real milliseconds.
        library: Distribution on PyPI it drives, or empty if the algorithm is our own.
        needs: Further distributions on PyPI that its options ask for, or none.
        extra: The pip extra it needs, or empty.
        variables: Environment variables that have to be set for it.
        description: One line for people.
        source: Address of the library.
        paper: Where the algorithm was published.
        folder: The catalogue folder whose modules it names, or empty: then hpobench's own and
            installed ones alone.
        code: Digest of what it names there, see `folder_contents.definition_digest`; or empty.
    """

    id: str
    family: str
    adapter: str
    options: Mapping[str, Any] = field(default_factory=dict)
    capabilities: Capabilities
    environment: Environment | None = None
    stop: Stop = Stop.NONE
    resources: Resources = field(default_factory=Resources)
    ask_tell_ms: float = 1.0
    library: str = ""
    needs: tuple[str, ...] = ()
    extra: str = ""
    variables: tuple[str, ...] = ()
    description: str = ""
    source: str = ""
    paper: str = ""
    folder: str = ""
    code: str = ""

    @property
    def unset(self) -> str:
        """Which environment variables it lacks, in one line; or empty."""
        names = " and ".join(name for name in self.variables if not os.environ.get(name))
        return f"needs {names} to be set" if names else ""

    @property
    def base_id(self) -> str:
        """The id without the rule by which its trials are stopped: what its seeds are drawn by."""
        return self.id.partition("@")[0]

    def under(self, stop: Stop) -> "Variant":
        """The same optimizer, whose trials are stopped by a rule, and an id that says by which."""
        if stop is Stop.NONE:
            return self
        return replace(self, id=f"{self.base_id}@stop={stop}", stop=stop)

    def obstacle(self, task: Task) -> str:
        """Say in one line why the task cannot be handled, or an empty string if it can."""
        unstopped = self._obstacle_to_stopping(task) if self.stop is not Stop.NONE else ""
        return unstopped or self.capabilities.obstacle(task)

    def _obstacle_to_stopping(self, task: Task) -> str:
        """Why its trials on a task cannot be stopped, or empty."""
        if self.capabilities.fidelity:
            return "chooses fidelities itself, so that none of its trials can be stopped"
        if task.fidelity is None:
            return "cannot be stopped on the way, the task has no fidelity"
        if len(task.objectives) > 1:
            return f"is stopped by one objective, the task has {len(task.objectives)}"
        return ""

    def definition(self) -> dict[str, Any]:
        """All that determines its decisions, and nothing else; goes into a run's identity."""
        environment = self.environment and self.environment.definition()
        return {
            "id": self.id,
            "adapter": self.adapter,
            "options": dict(self.options),
            **({"environment": environment} if environment else {}),
            **({"stop": str(self.stop)} if self.stop is not Stop.NONE else {}),
            **({"code": self.code} if self.code else {}),
        }
