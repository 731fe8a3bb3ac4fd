"""Everything that can be named on the command line, found in folders of YAML."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from fnmatch import fnmatchcase
from functools import cache, cached_property
from importlib.metadata import entry_points
from importlib.util import find_spec
from pathlib import Path
from typing import Any, TypeVar

from hpobench.catalogue import datasets, families, knowledge, priors, sets
from hpobench.catalogue.variants import read_variants
from hpobench.catalogue.wants import lacking
from hpobench.errors import FileError, UnknownNameError, UserError
from hpobench.fetch.dataset import Dataset
from hpobench.optimizer import Stop, Variant
from hpobench.settings import SETTINGS, USUAL, parse_setting
from hpobench.system.folder_contents import definition_digest
from hpobench.system.folders import shipped_dir
from hpobench.task import Budget, Task

ENTRY_POINTS = "hpobench.catalogue"
"""Group in which another package names its folder: `name = "package"`."""

_COUNT = re.compile(r"[1-9][0-9]{0,5}|1000000")

T = TypeVar("T", Task, Variant)


class Catalogue:
    """The tasks, variants and task sets of all folders.

    A folder holds `tasks/`, `optimizers/` and `configs/`, each of them optional. Ours comes
    first, then those of installed packages, then `extra`.

    Args:
        extra: Further folders.
        parts: Tasks and variants that no file holds; one that a file holds too is the same.

    Raises:
        UserError: On first use of what is faulty, with the file and line.
    """

    def __init__(self, extra: Sequence[Path] = (), parts: Sequence[Task | Variant] = ()) -> None:
        for path in extra:
            if not path.is_dir():
                raise FileError(path, "is no folder with tasks/, optimizers/ or configs/")
        self.roots = (shipped_dir(), *_installed(), *extra)
        self._parts = parts
        self._collections: dict[str, Mapping[str, Task]] = {}
        self._known_priors: dict[str, Mapping[str, priors.Qualities]] = {}

    @cached_property
    def tasks(self) -> Mapping[str, Task]:
        """All tasks by id."""
        parts = [part for part in self._parts if isinstance(part, Task)]
        return _with_parts("task", _unique("task", self._tasks()), parts)

    def collection(self, name: str) -> Mapping[str, Task]:
        """The tasks of one collection by id, none if there is no such; no other files are read."""
        if name not in self._collections:
            parts = [p for p in self._parts if isinstance(p, Task) and p.collection == name]
            known = _unique("task", self._tasks(name))
            self._collections[name] = _with_parts("task", known, parts)
        return self._collections[name]

    @cached_property
    def variants(self) -> Mapping[str, Variant]:
        """All variants of optimizers by id."""
        parts = [part for part in self._parts if isinstance(part, Variant)]
        return _with_parts("optimizer", _unique("optimizer", self._variants()), parts)

    @cached_property
    def task_sets(self) -> Mapping[str, sets.TaskSet]:
        """All task sets by name."""
        paths = self._files("configs/task-sets")
        return {found.name: found for path in paths for found in sets.task_sets(path)}

    @cached_property
    def datasets(self) -> "dict[str, Dataset]":
        """All data sets that can be fetched, by name; where two have one name the later counts."""
        found = (datasets.dataset(path) for path in self._files(datasets.FOLDER))
        return {each.name: each for each in found}

    def experiment(self, name: str) -> sets.Experiment:
        """An experiment from a file's path, or by its name in `configs/experiments/`."""
        known = {path.stem: path for path in self._files("configs/experiments")}
        if name in known:
            return sets.experiment(known[name])
        if Path(name).suffix in {".yaml", ".yml"}:
            return sets.experiment(Path(name))
        raise UnknownNameError("experiment", name, known)

    def task(self, name: str) -> Task:
        """The task of that id, which may carry `@trials=20,workers=4,masked` and the like."""
        if name in self.tasks:
            return self.tasks[name]
        base, _, changes = name.partition("@")
        if base not in self.tasks:
            raise UnknownNameError("task", name, self.tasks)
        task = self.tasks[base]
        return self.told(_changed(task, changes)) if changes else task

    def told(self, task: Task) -> Task:
        """The task with what its settings let optimizers know of it, as far as that is known."""
        if not task.settings.informs or self.untold(task):
            return task
        return knowledge.informed(task, self._group(task), self._priors(task))

    def untold(self, task: Task) -> str:
        """Why something cannot be told that the task's settings ask for, or empty."""
        if not task.settings.informs:
            return ""
        return knowledge.unknown(task, self._group(task), self._priors(task))

    def variant(self, name: str) -> Variant:
        """The optimizer's variant of that id, which may carry `@stop=median` and the like."""
        if name in self.variants:
            return self.variants[name]
        base, _, changes = name.partition("@")
        if base not in self.variants:
            raise UnknownNameError("optimizer", name, self.variants)
        return self.variants[base].under(_stop(changes)) if changes else self.variants[base]

    def lacking(self, part: Task | Variant) -> str:
        """What is not here of what a task or an optimizer needs, see `wants.lacking`."""
        return lacking(part, lambda: self.datasets)

    def select_tasks(self, patterns: Iterable[str], task_sets: Iterable[str] = ()) -> list[Task]:
        """The tasks that any pattern or task set names, each once, in their order.

        Raises:
            UserError: A name does not exist, or a pattern matches nothing.
        """
        chosen = list(patterns)
        for name in chosen:
            if name in self.task_sets and name not in self.tasks:
                raise UserError(f"{name!r} is a task set, not a task: name it by --task-set")
        for name in task_sets:
            if name not in self.task_sets:
                raise UnknownNameError("task set", name, self.task_sets)
            chosen += self.task_sets[name].patterns
        names = dict.fromkeys(name for p in chosen for name in _matches("task", p, self.tasks))
        return [self.task(name) for name in names]

    def tasks_and_sets(self, names: Iterable[str]) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """Names and globs of tasks, and names of task sets, where either may be given.

        Raises:
            UnknownNameError: A name that is no glob is neither.
        """
        given = tuple(names)
        named = tuple(name for name in given if name not in self.tasks and name in self.task_sets)
        for name in given:
            base = name.partition("@")[0]
            if not (sets.is_glob(base) or base in self.tasks or name in named):
                raise UnknownNameError("task or task set", name, [*self.task_sets, *self.tasks])
        return tuple(name for name in given if name not in named), named

    def select_variants(self, patterns: Iterable[str]) -> list[Variant]:
        """The optimizers' variants that any pattern names, each once, in their order."""
        found = (name for p in patterns for name in _matches("optimizer", p, self.variants))
        return [self.variant(name) for name in dict.fromkeys(found)]

    def _group(self, task: Task) -> Sequence[Task]:
        """The tasks that may be siblings of a task, itself included."""
        return self._groups.get(_group_key(task), ())

    @cached_property
    def _groups(self) -> Mapping[tuple[str, str], Sequence[Task]]:
        """All tasks by their collection and group."""
        found: dict[tuple[str, str], list[Task]] = {}
        for task in self.tasks.values():
            found.setdefault(_group_key(task), []).append(task)
        return found

    def _priors(self, task: Task) -> priors.Qualities:
        """The priors that the folders hold of a task, by quality."""
        if task.collection not in self._known_priors:
            folders = [root / priors.FOLDER for root in self.roots]
            self._known_priors[task.collection] = priors.load_priors(folders, task.collection)
        return self._known_priors[task.collection].get(task.base_id, {})

    def _tasks(self, collection: str | None = None) -> Iterator[Task]:
        """The tasks of one or all files; of another folder than ours with that and its code."""
        for path in self._files("tasks"):
            if collection not in (None, path.stem):
                continue
            folder = self._folder(path)
            if not folder:
                yield from _shipped_tasks(path)
                continue
            for task in families.read_tasks(path):
                code = definition_digest(folder, task.benchmark, task.params)
                yield replace(task, folder=folder, code=code)

    def _variants(self) -> Iterator[Variant]:
        """The variants of all files, likewise."""
        for path in self._files("optimizers"):
            for variant in read_variants(path):
                folder = self._folder(path)
                code = definition_digest(folder, variant.adapter, variant.options) if folder else ""
                yield replace(variant, folder=folder, code=code) if folder else variant

    def _folder(self, path: Path) -> str:
        """The folder in which a YAML file's names are looked up; empty for ours."""
        folder = path.parent.parent
        return "" if folder == self.roots[0] else str(folder.absolute())

    def _files(self, folder: str) -> Iterator[Path]:
        """The YAML files below a folder of every root, in a fixed order."""
        for root in self.roots:
            yield from sorted((root / folder).glob("*.yaml"))


@cache
def _shipped_tasks(path: Path) -> tuple[Task, ...]:
    """The tasks of one of our own files, read once a process: each call makes a catalogue."""
    return tuple(families.read_tasks(path))


def _group_key(task: Task) -> tuple[str, str]:
    """The collection of a task and the group that its siblings are of; empty if it has none."""
    return task.collection, task.history.group if task.history else ""


def _installed() -> Iterator[Path]:
    """The folders of packages that registered one."""
    for entry in sorted(entry_points(group=ENTRY_POINTS), key=lambda entry: entry.name):
        spec = find_spec(entry.value)
        for folder in dict.fromkeys((spec and spec.submodule_search_locations) or []):
            yield Path(folder)


def _unique(noun: str, items: Iterable[T]) -> dict[str, T]:
    """By id; two of one id are a mistake in the files."""
    result: dict[str, T] = {}
    for item in items:
        if result.setdefault(item.id, item) is not item:
            raise UserError(f"two definitions of the {noun} {item.id!r}")
    return result


def _with_parts(noun: str, known: dict[str, T], parts: Iterable[T]) -> dict[str, T]:
    """What files hold, and the parts that none does.

    Raises:
        UserError: A part is another than what has its name.
    """
    for part in parts:
        if known.setdefault(part.id, part) != part:
            raise UserError(f"two definitions of the {noun} {part.id!r}")
    return known


def _matches(noun: str, pattern: str, known: Mapping[str, Any]) -> list[str]:
    """The known names a pattern stands for; what is no glob is taken at its word."""
    base, at, changes = pattern.partition("@")
    if pattern in known:
        return [pattern]
    if base in known or not sets.is_glob(base):
        if base not in known:
            raise UnknownNameError(noun, pattern, known)
        return [pattern]
    found = [name + at + changes for name in known if fnmatchcase(name, base)]
    if not found:
        raise UserError(f"no {noun} matches {pattern!r}; see 'hpobench list {noun}s'")
    return found


def _stop(changes: str) -> Stop:
    """The rule of `stop=median` and the like.

    Raises:
        UserError: It is no such text.
    """
    name, _, rule = changes.partition("=")
    if name != "stop" or rule not in list(Stop):
        rules = ", ".join(f"stop={known}" for known in Stop)
        raise UserError(f"behind the @ of an optimizer is one of {rules}, not {changes!r}")
    return Stop(rule)


def _changed(task: Task, changes: str) -> Task:
    """Apply `trials=20,workers=4` and the like to a task."""
    counts: dict[str, int] = {}
    budget, settings = None, USUAL
    for change in filter(None, changes.split(",")):
        name, _, amount = change.partition("=")
        if name in {"workers", "initial"} and _COUNT.fullmatch(amount):
            counts[name] = int(amount)
        elif name in SETTINGS:
            settings = settings.changed(**{name: parse_setting(name, amount)})
        else:
            budget = Budget.parse(change)
    return task.under(budget=budget, settings=settings, **counts)
