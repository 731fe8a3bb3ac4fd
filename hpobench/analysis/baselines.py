"""Runs that others made, beside those of a results folder, on the tasks that it has."""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache, cached_property
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from hpobench.catalogue import Catalogue
from hpobench.errors import UserError
from hpobench.scoring.frame import Source, definition
from hpobench.store import Store
from hpobench.system.text import are, count

KEYS = ("optimizer", "task", "task_info")
"""Columns that say what a run is of."""

FOLDER = Path("results", "baselines", "core")
"""Where they are in a folder of the catalogue."""


@dataclass(kw_only=True)
class CombinedSource:
    """A source of runs that holds all of one, and of another what can be compared with it.

    That are the runs on the same tasks, in the same definition and under the same overhead, of
    the optimizers that the first has not run anywhere: its own results of an optimizer are never
    mixed with those of others. Of a kind, those optimizers are left out that ran fewer of its
    tasks than others did, and of the own runs those on tasks that the others have not: where
    they share few tasks, these are what can be compared.

    Attributes:
        own: What is to be compared.
        others: What it is compared with.
        damage: What was found torn or altered, in words.
        notes: What else a reader should know, in words.
    """

    own: Source
    others: Source
    damage: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    def runs(self, columns: Sequence[str] | None = None) -> pa.Table:
        """One row for each run, with the given columns; the own ones first."""
        wanted = None if columns is None else list(dict.fromkeys((*columns, *KEYS)))
        own, others = self.own.runs(wanted), self.others.runs(wanted)  # each read once
        compared = others.take(self._positions_to_compare(own, others))
        found = pa.concat_tables([self._runs_on_shared_tasks(own, compared), compared])
        for source in (self.own, self.others):
            self.damage += [text for text in source.damage if text not in self.damage]
            self.notes += [text for text in source.notes if text not in self.notes]
        return found if columns is None else found.select(list(columns))

    def experiments(self) -> list[dict[str, Any]]:
        """The own manifests, and the others' as far as they are about what is compared."""
        tasks, optimizers = self._own
        return [*self.own.experiments(), *_narrowed(self.others.experiments(), tasks, optimizers)]

    def missing(self) -> list[tuple[str, str, int]]:
        """What was planned for the own results but is not there."""
        return self.own.missing()

    @cached_property
    def _own(self) -> tuple[dict[str, str], set[str]]:
        """The definition of each task with own runs, and the optimizers they are of."""
        return _known(self.own.runs(KEYS))

    def _positions_to_compare(self, own: pa.Table, others: pa.Table) -> pa.Array:
        """Positions of the others' runs that can be compared with the own ones."""
        tasks, optimizers = _known(own)
        rows = _named(others)
        same = [
            optimizer not in optimizers and tasks.get(task) == _key(info)
            for optimizer, task, info in rows
        ]
        whole = _whole(row for row, kept in zip(rows, same, strict=True) if kept)
        same = [
            kept and (_kind(info), optimizer) in whole
            for (optimizer, _, info), kept in zip(rows, same, strict=True)
        ]
        if not any(same):
            raise UserError(
                "there are no baselines on these tasks, with this budget and these workers; "
                "see 'hpobench show core' for the tasks that have some"
            )
        chosen = pc.indices_nonzero(pa.array(same))
        names = {row[0] for row, kept in zip(rows, same, strict=True) if kept}
        text = f"{count(sum(same), 'run')} of {count(len(names), 'optimizer')} {are(sum(same))}"
        self.notes.append(f"{text} baselines, made with the versions of then and not here")
        return chosen

    def _runs_on_shared_tasks(self, own: pa.Table, compared: pa.Table) -> pa.Table:
        """The own runs on tasks that the others have runs on, of each kind that they have."""
        others, tasks = _tasks_by_kind(compared), _tasks_by_kind(own)
        left_out = {kind: tasks[kind] - others[kind] for kind in tasks if kind in others}
        for kind, names in left_out.items():
            if names:
                shared = sorted(tasks[kind] - names)
                self.notes.append(
                    f"{kind}: compared with the baselines on the {len(shared)} of "
                    f"{count(len(tasks[kind]), 'task')} that they ran ({', '.join(shared)}); the "
                    "others are left out, and are analysed without --with-baselines"
                )
        lost = frozenset[str]().union(*left_out.values())
        kept = [task not in lost for task in own["task"].to_pylist()]
        return own.filter(pa.array(kept, pa.bool_()))


def open_source(path: Path | str, catalogue: Catalogue, *, with_baselines: bool) -> Source:
    """The runs of a results folder, perhaps beside those that come with the catalogue.

    Raises:
        UserError: It is no results folder, or there are no baselines on its tasks.
    """
    own = Store(Path(path))
    if not with_baselines:
        return own
    return CombinedSource(own=own, others=shipped(catalogue))


def shipped(catalogue: Catalogue) -> Store:
    """The baselines in the last of the catalogue's folders that has any; ours is the first.

    Raises:
        UserError: None has.
    """
    for root in reversed(catalogue.roots):
        if (root / FOLDER).is_dir():
            return Store(root / FOLDER)
    raise UserError(f"there are no baselines here: no folder of the catalogue has {FOLDER}")


def _named(runs: pa.Table) -> list[tuple[str, str, str]]:
    """The `KEYS` of each run; of the long texts, which few differ in, each is made once."""
    infos = runs["task_info"].combine_chunks().dictionary_encode()
    texts = infos.dictionary.to_pylist()
    names = (runs[name].to_pylist() for name in KEYS[:2])
    return list(zip(*names, (texts[i] for i in infos.indices.to_pylist()), strict=True))


def _known(own: pa.Table) -> tuple[dict[str, str], set[str]]:
    """The definition of each task with own runs, and the optimizers they are of."""
    rows = _named(own)
    return {task: _key(info) for _, task, info in rows}, {optimizer for optimizer, _, _ in rows}


def _tasks_by_kind(runs: pa.Table) -> dict[str, set[str]]:
    """The tasks that some runs are on."""
    found: dict[str, set[str]] = {}
    for _, task, info in _named(runs):
        found.setdefault(_kind(info), set()).add(task)
    return found


def _whole(rows: Iterable[tuple[str, str, str]]) -> set[tuple[str, str]]:
    """Kinds and optimizers with runs on all tasks of the kind that any optimizer has runs on."""
    found: dict[tuple[str, str], set[str]] = {}
    every: dict[str, set[str]] = {}
    for optimizer, task, info in rows:
        kind = _kind(info)
        found.setdefault((kind, optimizer), set()).add(task)
        every.setdefault(kind, set()).add(task)
    return {pair for pair, tasks in found.items() if tasks == every[pair[0]]}


@cache
def _kind(task_info: str) -> str:
    """The kind of a task, by what a run says of it."""
    return str(json.loads(task_info)["kind"])


@cache
def _key(task_info: str) -> str:
    """What two runs on a task must have in common to be compared."""
    return json.dumps(definition(json.loads(task_info)), sort_keys=True)


def _narrowed(
    manifests: Sequence[Mapping[str, Any]], tasks: Mapping[str, str], own: set[str]
) -> Iterator[dict[str, Any]]:
    """Manifests about some of their tasks, without some optimizers; none that would be empty."""
    for manifest in manifests:
        parts = {
            "tasks": [name for name in manifest["tasks"] if name in tasks],
            "optimizers": [name for name in manifest["optimizers"] if name not in own],
            "skipped": [
                skip
                for skip in manifest["skipped"]
                if skip["task"] in tasks and skip["optimizer"] not in own
            ],
        }
        if parts["tasks"] and parts["optimizers"]:
            yield {**manifest, **parts}
