"""What a task's YAML says about its table."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import reduce
from typing import Any, TypeVar

from hpobench.benchmarks.recorded.cache import Arrays, cached
from hpobench.benchmarks.recorded.embedded import read_embedded
from hpobench.descriptions import LISTS, Description, check_description, check_groups
from hpobench.errors import UnknownNameError, UserError
from hpobench.system.folders import locate

LOOKUPS = ("exact", "nearest")
DIRECTIONS = ("minimize", "maximize")
USES = ("draw", "mean")
SCORED = ("test", "value")
LADDERS = ("shared", "own")

T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class ObjectiveSpec:
    """An objective.

    Attributes:
        column: Holds the values told to optimizers.
        direction: `minimize` or `maximize`.
        test: Column of the test values, or empty.
        scored: Whether a configuration is scored by its `test` values, or by the `value` that is
            told; by the test values where there are some, if nothing is said.
    """

    column: str
    direction: str = "minimize"
    test: str = ""
    scored: str = ""

    @property
    def by_test(self) -> bool:
        """Whether a configuration is scored by its test values."""
        return bool(self.test) and self.scored != "value"

    @property
    def sign(self) -> float:
        """What turns recorded values into values to minimise."""
        return -1.0 if self.direction == "maximize" else 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Ladder:
    """The fidelity.

    Attributes:
        column: Holds the recorded fidelities, one a row.
        name: What the task calls it; the column's name by default.
        low: Where the range begins, the least recorded one by default. Smaller fidelities are
            left out if they are shared.
        levels: `shared` if all configurations are recorded at the same fidelities, and one
            that is not has failed there; `own` if each has fidelities of its own.
        continuable: Whether a configuration can go on from a lower to a higher fidelity.
    """

    column: str
    name: str = ""
    low: float = 0.0
    levels: str = "shared"
    continuable: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Seeds:
    """Repeated trainings of a configuration.

    Attributes:
        column: Tells them apart; by default their order in the file does.
        use: `draw` one of them for each seed of a run, or tell the `mean`.
    """

    column: str = ""
    use: str = "draw"


@dataclass(frozen=True, slots=True, kw_only=True)
class Cost:
    """The seconds an evaluation takes.

    Attributes:
        column: Holds them.
        sum: Whether a row holds only what its step adds to the fidelity before it.
    """

    column: str
    sum: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Spec:
    """All that the YAML says; documented at `Recorded`."""

    file: str
    lookup: str
    hyperparameters: Mapping[str, Description]
    objectives: Mapping[str, ObjectiveSpec]
    forbidden: Sequence[Mapping[str, Any]] = ()
    fidelity: Ladder | None = None
    seeds: Seeds | None = None
    cost: Cost | None = None
    array: str = ""
    columns: Sequence[str] = ()
    where: Mapping[str, Any] = field(default_factory=dict)
    missing: Sequence[Any] = ()
    sha256: str = ""
    reader: str = ""
    delimiter: str = ""
    encoding: str = ""

    @classmethod
    def of(cls, params: Mapping[str, Any]) -> "Spec":
        """Read the parameters of a task; those it does not know fill `{holes}` in texts.

        Raises:
            UserError: Something is missing, unknown or not of its type.
        """
        known = {name: value for name, value in params.items() if name in cls.__slots__}
        filled = _filled(known, {n: v for n, v in params.items() if n not in known})
        filled = {**_said_by_the_file(filled), **filled}
        for name in ("file", "hyperparameters", "objectives"):
            if name not in filled:
                raise UserError(f"a table needs the parameter {name!r}")
        measures = filled.pop("objectives").items()
        parts = {"fidelity": Ladder, "seeds": Seeds, "cost": Cost}
        spec = cls(
            lookup=filled.pop("lookup", "exact"),
            objectives={name: _measure(name, each) for name, each in measures},
            **{n: _part(parts[n], n, v) if n in parts else v for n, v in filled.items()},
        )
        spec.check()
        return spec

    def check(self) -> None:
        """Refuse what does not fit together.

        Raises:
            UserError: With the parameter and the nearest valid name.
        """
        self.check_scored()
        _one_of("lookup", self.lookup, LOOKUPS)
        _one_of("seeds: use", self.seeds.use if self.seeds else "draw", USES)
        _one_of("fidelity: levels", self.fidelity.levels if self.fidelity else "own", LADDERS)
        for name, described in self.hyperparameters.items():
            check_description(name, described, self.hyperparameters)
            if self.lookup == "exact" and described["type"] not in (*LISTS, "integer"):
                raise UserError(
                    f"hyperparameter {name!r} is a {described['type']}, of which a table cannot "
                    "hold all values: make it ordinal, or say 'lookup: nearest'"
                )
        check_groups(self.hyperparameters)

    def check_scored(self) -> None:
        """Refuse an objective that is to be scored by what is not there.

        Raises:
            UserError: With the parameter and the nearest valid name.
        """
        for name, each in self.objectives.items():
            _one_of(f"objective {name!r}: scored", each.scored or SCORED[0], SCORED)
            if each.scored == "test" and not each.test:
                raise UserError(f"objective {name!r}: scored by test values, but has no 'test'")

    def column_of(self, name: str) -> str:
        """The column of a hyperparameter."""
        return str(self.hyperparameters[name].get("column", name))


def is_scored_apart(spec: Spec) -> bool:
    """Whether configurations are scored by other values than those that are told."""
    drawn = spec.seeds is not None and spec.seeds.use == "draw"
    return drawn or any(measure.by_test for measure in spec.objectives.values())


def _said_by_the_file(params: Mapping[str, Any]) -> Mapping[str, Any]:
    """The parameters that a table brings along, if its YAML describes no hyperparameters."""
    file = str(params.get("file", ""))
    if "hyperparameters" in params or not file.endswith(".parquet"):
        return {}
    path = locate(file)

    def read() -> tuple[Arrays, dict[str, Any]]:
        return {}, {"params": read_embedded(path).get("params", {})}

    said: Mapping[str, Any] = cached(path, "what it says of itself", read).facts["params"]
    return said


def _filled(params: Mapping[str, Any], fillings: Mapping[str, Any]) -> dict[str, Any]:
    """Put values into the `{holes}` of all texts; each has to have one.

    Raises:
        UserError: A value fills no hole: its name is probably a mistake.
    """
    holes = {f"{{{name}}}": value for name, value in fillings.items()}
    text = repr(params)
    if unused := [name for name in fillings if f"{{{name}}}" not in text]:
        raise UserError(f"a table has {UnknownNameError('parameter', unused[0], Spec.__slots__)}")
    return {name: _fill(value, holes) for name, value in params.items()}


def _fill(value: Any, holes: Mapping[str, Any]) -> Any:
    """A value with its texts filled; a text that is a hole and no more becomes what fills it."""
    match value:
        case dict():
            return {key: _fill(item, holes) for key, item in value.items()}
        case list():
            return [_fill(item, holes) for item in value]
        case str() if value in holes:
            return holes[value]
        case str():
            return reduce(lambda text, hole: text.replace(hole, str(holes[hole])), holes, value)
        case _:
            return value


def _measure(name: str, described: Any) -> ObjectiveSpec:
    """`minimize`, `maximize`, or a mapping with column, direction and test."""
    fields = {"direction": described} if isinstance(described, str) else described
    measure = _part(ObjectiveSpec, f"objective {name!r}", {"column": name, **(fields or {})})
    _one_of(f"objective {name!r}", measure.direction, DIRECTIONS)
    return measure


def _part(cls: type[T], place: str, fields: Any) -> T:
    """A part of the description from its mapping.

    Raises:
        UserError: It is no mapping, or has an unknown field or one too few.
    """
    if not isinstance(fields, Mapping):
        raise UserError(f"{place}: expected fields such as {{column: NAME}}, not {fields!r}")
    known: tuple[str, ...] = cls.__slots__  # type: ignore[attr-defined]
    for name in fields:
        if name not in known:
            raise UserError(f"{place}: {UnknownNameError('field', str(name), known)}")
    try:
        return cls(**fields)
    except TypeError:
        raise UserError(f"{place}: the field 'column' is missing") from None


def _one_of(place: str, value: str, known: Sequence[str]) -> None:
    if value not in known:
        raise UserError(f"{place}: {UnknownNameError('choice', str(value), known)}")
