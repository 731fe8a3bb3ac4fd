"""What is to be solved: a benchmark instance under a budget, as pure data."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from hpobench.budget import Budget, Overhead, Unit
from hpobench.constraint import Constraint
from hpobench.diversity.axes import MeasureAxis
from hpobench.fidelity import Fidelity
from hpobench.history import HistoryGroup, PastTask
from hpobench.prior import Belief
from hpobench.resources import Resources
from hpobench.settings import SETTINGS, USUAL, Noise, Settings

if TYPE_CHECKING:
    from ConfigSpace import ConfigurationSpace

    from hpobench.trial import Config, Value

# A task's vocabulary is imported from here, by benchmarks of other packages too.
__all__ = [
    "FEATURES",
    "MOST_OBJECTIVES",
    "Budget",
    "Constraint",
    "Fidelity",
    "Kind",
    "Noise",
    "Objective",
    "Overhead",
    "Problem",
    "Resources",
    "Settings",
    "Task",
    "TaskOrigin",
    "Unit",
]

FEATURES = (
    "float",
    "integer",
    "categorical",
    "ordinal",
    "constant",
    "condition",
    "forbidden",
    "simplex",
)
"""What a configuration space can hold; tasks say which they have, optimizers which they handle."""


class Kind(StrEnum):
    """The four kinds of tasks, which follow from objectives and fidelity."""

    BLACKBOX = "blackbox"
    MULTI_FIDELITY = "multi-fidelity"
    MULTI_OBJECTIVE = "multi-objective"
    MULTI_FIDELITY_MULTI_OBJECTIVE = "multi-fidelity-multi-objective"


class TaskOrigin(StrEnum):
    """Where the values of a task come from."""

    FUNCTION = "function"
    """A formula or a program that trains and measures nothing."""
    TRAINING = "training"
    """Models are trained, or systems measured, while one waits."""
    TABLE = "table"
    """Trainings or measurements that were recorded."""
    SURROGATE = "surrogate"
    """A model that was fitted to such recordings."""


MOST_OBJECTIVES = 10
"""Most objectives of a task: a hypervolume's time grows with each by a factor of ten (one of 100
points took 0.2 s for eight objectives and 90 s for ten, with moocore 0.3)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Objective:
    """One thing to optimize.

    Attributes:
        name: What the benchmark calls it.
        maximize: Whether people read it as better when larger. Everywhere inside,
            values are minimised: a benchmark negates such an objective at its edge.
        measured: Whether it is read off a clock or a meter, so that repetitions differ.
    """

    name: str
    maximize: bool = False
    measured: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """A benchmark instance under one budget.

    Attributes:
        id: `collection/instance`, with budget, initial design, workers or settings behind an `@`
            where these are not the collection's own.
        collection: The YAML file it comes from.
        benchmark: `module:Class` that evaluates it.
        params: What the benchmark's constructor is given.
        objectives: Which of the benchmark's objectives count.
        fidelity: Name of the benchmark's fidelity if optimizers may use it, else None.
        budget: When a run ends.
        workers: That evaluate side by side; simulated, but for a `real_time` task on Ray.
        initial: How many trials, drawn for each seed, all optimizers begin with; 0 is none.
        continues: Whether a trial can go on from another one's state, see `Trial.parent`.
        signals: Which of the benchmark's signals are told and recorded.
        history: Which tasks ask the same of other data; or None, then it has no history.
        sources: The tasks that its history is drawn from, where its settings ask for one.
        prior: What is believed of its hyperparameters, where its settings ask for it.
        known: Digest of what is told of it before the first trial, or empty.
        settings: How it is put to optimizers, where that is not as usual.
        noisy: Whether a configuration that is evaluated anew may have other values.
        constraints: What a configuration must keep to count.
        measures: The axes of its map of the best; each is one of its signals too.
        dimension: Number of hyperparameters.
        types: Sorted features of its space, those of `FEATURES` that occur.
        real_time: Whether costs are measured, and so differ between repetitions.
        resources: What a run of it occupies.
        evaluate_ms: About how long one evaluation takes, in real milliseconds.
        library: Distribution on PyPI that holds its data or code, or empty.
        extra: The pip extra it needs, or empty.
        dataset: What has to be fetched for it, `set` or `set/folder`, or empty.
        description: One line for people.
        origin: Where its values come from.
        family: Name of the tasks that resemble each other more than others do, such as all that
            train one learner; or empty.
        source: Where it comes from: paper or publisher.
        licence: Licence of the data or code behind it.
        about: What its values and costs are.
        quality: What is wrong with it: degenerate, imputed, noisy, and the like.
        place: The YAML file and the line in it where the task's entry begins, or empty.
        folder: The catalogue folder whose modules and files it names; empty for ours alone.
        code: Digest of what it names there, see `folder_contents.definition_digest`; or empty.
    """

    id: str
    collection: str
    benchmark: str
    params: Mapping[str, Any]
    objectives: tuple[str, ...]
    fidelity: str | None = None
    budget: Budget
    workers: int = 1
    initial: int = 0
    continues: bool = False
    signals: tuple[str, ...] = ()
    history: HistoryGroup | None = None
    sources: "tuple[Task, ...]" = ()
    prior: Mapping[str, Belief] = field(default_factory=dict)
    known: str = ""
    settings: Settings = USUAL
    noisy: bool = True
    constraints: tuple[Constraint, ...] = ()
    measures: tuple[MeasureAxis, ...] = ()
    dimension: int
    types: tuple[str, ...]
    real_time: bool = False
    resources: Resources = field(default_factory=Resources)
    evaluate_ms: float = 1.0
    library: str = ""
    extra: str = ""
    dataset: str = ""
    description: str = ""
    origin: TaskOrigin = TaskOrigin.FUNCTION
    family: str = ""
    source: str = ""
    licence: str = ""
    about: str = ""
    quality: str = ""
    place: tuple[str, int] | tuple[()] = ()
    folder: str = ""
    code: str = ""

    @property
    def kind(self) -> Kind:
        """One of the four kinds."""
        words = [Kind.MULTI_FIDELITY] * (self.fidelity is not None)
        words += [Kind.MULTI_OBJECTIVE] * (len(self.objectives) > 1)
        return Kind("-".join(words)) if words else Kind.BLACKBOX

    @property
    def real(self) -> bool:
        """Whether its values are those of trainings or measurements, and not of a formula."""
        return self.origin is not TaskOrigin.FUNCTION

    @property
    def parallel(self) -> bool:
        """Whether its trials are evaluated side by side in real time, where there is Ray."""
        return self.real_time and self.workers > 1

    @property
    def base_id(self) -> str:
        """The id without changes of budget and workers: what constants are kept under."""
        return self.id.partition("@")[0]

    def definition(self) -> dict[str, Any]:
        """All that determines a result, and nothing else; goes into a run's identity."""
        return {
            "id": self.id,
            "benchmark": self.benchmark,
            "params": dict(self.params),
            "objectives": list(self.objectives),
            "fidelity": self.fidelity,
            "budget": str(self.budget),
            "workers": self.workers,
            **({"initial": self.initial} if self.initial else {}),
            **({"continues": True} if self.continues else {}),
            **({"signals": list(self.signals)} if self.signals else {}),
            **({"known": self.known} if self.known else {}),
            **({"settings": unusual} if (unusual := self.settings.unusual()) else {}),
            **({"constraints": [*map(str, self.constraints)]} if self.constraints else {}),
            **({"measures": [asdict(each) for each in self.measures]} if self.measures else {}),
            **({"code": self.code} if self.code else {}),
        }

    def under(
        self,
        *,
        budget: Budget | None = None,
        workers: int | None = None,
        initial: int | None = None,
        settings: Settings | None = None,
    ) -> "Task":
        """The same benchmark under other conditions, and an id that says which they are."""
        base, _, earlier = self.id.partition("@")
        changes = {_condition(change): change for change in earlier.split(",") if change}
        if budget and budget != self.budget:
            changes["budget"] = str(budget)
        if workers and workers != self.workers:
            changes["workers"] = f"workers={workers}"
        if initial and initial != self.initial:
            changes["initial"] = f"initial={initial}"
        posed = self.settings.under(settings or self.settings)
        changes |= posed.texts()
        suffix = "@" + ",".join(changes[name] for name in sorted(changes)) if changes else ""
        return replace(
            self,
            id=base + suffix,
            budget=budget or self.budget,
            workers=workers or self.workers,
            initial=initial or self.initial,
            settings=posed,
        )


def _condition(change: str) -> str:
    """Which condition a change behind the `@` of an id is about."""
    name = change.partition("=")[0]
    return name if name in {"workers", "initial", *SETTINGS} else "budget"


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """All that an optimizer may know of a task; never the benchmark behind it.

    Attributes:
        space: The configuration space; the optimizer's own copy, which it may seed.
        objectives: In the order of `Outcome.vector`; all are minimised.
        fidelity: Its range, or None if the task has none.
        budget: When the run ends.
        workers: How many trials may be pending at a time.
        initial: Configurations that the optimizer is to ask for first, in this order, at full
            fidelity: the same for all optimizers on a task and seed.
        context: What is known of the task from the start, by name, such as its model's size.
        continues: Whether a trial may go on from the state of one with another configuration;
            with its own it may where the fidelity is continuable.
        inherited: Names of hyperparameters of which a trial that goes on is to have its parent's
            values, such as the number of layers; none where it may not.
        signals: Names of the numbers that an outcome brings besides its values.
        history: What was tried on siblings of the task, which stand on other data.
        prior: Where good values of hyperparameters are believed to lie, rightly or wrongly.
        noise: What becomes of a configuration that is asked for again.
        masked: Whether all names are neutral ones instead of the task's own.
        constraints: Names of `Outcome.constraints` in their order; none if it is not told.
        measures: Signals that span a map, of each cell of which the best is wanted.
    """

    space: "ConfigurationSpace"
    objectives: tuple[Objective, ...]
    fidelity: Fidelity | None
    budget: Budget
    workers: int = 1
    initial: "tuple[Config, ...]" = ()
    context: "Mapping[str, Value]" = field(default_factory=dict)
    continues: bool = False
    inherited: tuple[str, ...] = ()
    signals: tuple[str, ...] = ()
    history: tuple[PastTask, ...] = ()
    prior: Mapping[str, Belief] = field(default_factory=dict)
    noise: Noise = Noise.FIXED
    masked: bool = False
    constraints: tuple[str, ...] = ()
    measures: tuple[MeasureAxis, ...] = ()
