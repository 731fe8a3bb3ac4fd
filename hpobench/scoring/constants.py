"""The fixed values per task that regret is measured against, and the files that hold them."""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from hpobench.catalogue import Catalogue
from hpobench.errors import FileError
from hpobench.scoring.trials import TaskInfo


@dataclass(frozen=True, slots=True, kw_only=True)
class Constants:
    """What is known of a task, as losses: values, or negative hypervolumes.

    Attributes:
        best: The smallest loss known.
        random: The loss random search ends with, in the median over seeds.
        start: The loss of a single random configuration, in the median; of having nothing.
        seconds: Virtual seconds random search takes, in the median.
        reference: What bounds the hypervolume; empty with one objective.
        ideal: The smallest value known of each objective; empty with one objective.
        front: All Pareto-optimal values where they are known for certain, else empty.
        seeds: Number of random-search runs behind it; 0 if it follows from single trials.
        draws: How many single random trials are behind it, if no runs are.
        budget: Budget of random search.
        source: `exact` if the best is known for certain, `observed` if it is the best seen.
        violation: By how much an infeasible random trial violates the constraints, in the median;
            0 for a task without constraints.
        told: The same of what optimizers are told, where trials are scored by other values than
            these; None where they are not.
    """

    best: float
    random: float
    start: float
    seconds: float
    reference: tuple[float, ...] = ()
    ideal: tuple[float, ...] = ()
    front: tuple[tuple[float, ...], ...] = ()
    seeds: int
    draws: int = 0
    budget: str
    source: str
    violation: float = 0.0
    told: "Constants | None" = None

    @property
    def by_told(self) -> "Constants":
        """The constants of what optimizers are told."""
        return self.told or self

    def to_json(self) -> dict[str, Any]:
        """As the files have it, hypervolumes positive."""
        about = {
            "random_seconds": self.seconds,
            **({"n_draws": self.draws} if self.draws else {"n_seeds": self.seeds}),
            "budget": self.budget,
            "source": self.source,
            **({"violation": self.violation} if self.violation else {}),
            **({"told": self.told.to_json()} if self.told else {}),
        }
        if not self.reference:
            values = {"best": self.best, "random_median": self.random, "random_trial": self.start}
            return values | about
        points: dict[str, Any] = {
            "reference_point": list(self.reference),
            "ideal": list(self.ideal),
        }
        points |= {"front": [list(point) for point in self.front]} if self.front else {}
        return points | {"hv_best": -self.best, "hv_random_median": -self.random} | about

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> "Constants":
        """Read what `to_json` wrote."""
        several = "reference_point" in data
        return cls(
            best=-data["hv_best"] if several else data["best"],
            random=-data["hv_random_median"] if several else data["random_median"],
            start=0.0 if several else data["random_trial"],
            seconds=data["random_seconds"],
            reference=tuple(data["reference_point"]) if several else (),
            ideal=tuple(data["ideal"]) if several else (),
            front=tuple(tuple(point) for point in data.get("front", ())),
            seeds=data.get("n_seeds", 0),
            draws=data.get("n_draws", 0),
            budget=data["budget"],
            source=data["source"],
            violation=data.get("violation", 0.0),
            told=cls.from_json(data["told"]) if "told" in data else None,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class References:
    """The constants of many tasks, and which versions of which files they come from.

    Attributes:
        tasks: By the task's base id.
        versions: By file, as people know it.
        told: Ids of tasks on which the values that were told count, whatever others are known.
    """

    tasks: Mapping[str, Constants]
    versions: Mapping[str, int]
    told: frozenset[str] = frozenset()

    def of(self, task: TaskInfo) -> Constants | None:
        """The constants of a task, None if there are none for as many objectives."""
        found = self.tasks.get(task.base_id)
        several = len(task.objectives) if len(task.objectives) > 1 else 0
        if found is None or len(found.reference) != several:
            return None
        return found.by_told if task.id in self.told else found


@dataclass(frozen=True, slots=True, eq=False)
class OverShipped(Mapping[str, Constants]):
    """Some constants, and below them those that ship, of which few of many are asked for.

    A shipped file holds the tasks of the collection that it is named after, and all of them take
    longer to read than a small results folder, so that it is read when one of these is asked for.

    Attributes:
        over: The constants that count before those that ship.
        shipped: The shipped files by collection.
    """

    over: Mapping[str, Constants]
    shipped: Mapping[str, Path]

    def __getitem__(self, name: str) -> Constants:
        if name in self.over:
            return self.over[name]
        return _read_shipped(self.shipped[name.partition("/")[0]])[name]

    def __iter__(self) -> Iterator[str]:
        below = (name for path in self.shipped.values() for name in _read_shipped(path))
        return iter(dict.fromkeys((*below, *self.over)))

    def __len__(self) -> int:
        return sum(1 for _ in self)


def references_of(path: Path, catalogue: Catalogue) -> References:
    """What runs in a results folder are normalised by: a catalogue's constants and its own.

    Raises:
        UserError: A file is not what `save_constants` writes; of one that ships when it is read.
    """
    ours, *others = (root / "tasks" / "constants" for root in catalogue.roots)
    found = load_constants([*others, path / "constants"])
    shipped = {path.stem: path for path in sorted(ours.glob("*.json"))}
    versions = {collection: _version(path) for collection, path in shipped.items()}
    return References(
        tasks=OverShipped(found.tasks, shipped), versions={**versions, **found.versions}
    )


def load_constants(folders: Sequence[Path]) -> References:
    """Read all constants in some folders; where two have the same task the later one counts.

    Raises:
        UserError: A file is not what `save_constants` writes.
    """
    tasks: dict[str, Constants] = {}
    versions: dict[str, int] = {}
    for folder in folders:
        for path in sorted(folder.glob("*.json")):
            version, found = _read(path)
            tasks |= found
            versions[path.stem] = version
    return References(tasks=tasks, versions=versions)


def save_constants(path: Path, found: Mapping[str, Constants]) -> int:
    """Add constants to a file, and raise its version if it changes what the file had.

    Returns:
        The file's version.
    """
    version, known = _read(path) if path.exists() else (1, {})
    merged = {**known, **found}
    version += any(merged[task] != known[task] for task in known)
    lines = (f"  {json.dumps(task)}: {_line(merged[task])}" for task in sorted(merged))
    path.parent.mkdir(parents=True, exist_ok=True)
    text = f'{{"version": {version}, "tasks": {{\n' + ",\n".join(lines) + "\n}}\n"
    path.write_text(text, encoding="utf-8")
    return version


def _line(constants: Constants) -> str:
    return json.dumps(constants.to_json(), allow_nan=False, separators=(",", ":"))


def _read(path: Path) -> tuple[int, dict[str, Constants]]:
    """The version and the constants in a file."""
    try:
        data = json.loads(path.read_text(encoding="utf-8"))
        tasks = {task: Constants.from_json(entry) for task, entry in data["tasks"].items()}
        return int(data["version"]), tasks
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise FileError(path, f"is no file of constants: {error!r}") from error


@cache
def _read_shipped(path: Path) -> dict[str, Constants]:
    """The constants in a file that ships."""
    return _read(path)[1]


def _version(path: Path) -> int:
    """The version of a file, which stands in its first line."""
    with path.open(encoding="utf-8") as file:
        found = re.match(r'\{"version": (\d+),', file.readline(99))
    return int(found[1]) if found else _read(path)[0]
