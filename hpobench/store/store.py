"""A results folder: a journal for each driver, shards of finished runs, and manifests."""

import json
import os
from collections.abc import Mapping, Sequence
from itertools import product
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

from hpobench.errors import FileError, legible
from hpobench.store import manifests
from hpobench.store.claims import Claims
from hpobench.store.compaction import compact
from hpobench.store.files import write_atomically
from hpobench.store.journal import Journal, abandoned, intact, lines, rows
from hpobench.store.statuses import Statuses
from hpobench.store.tombstones import FOLDERS, read_tombstones
from hpobench.system.text import are, count

if TYPE_CHECKING:
    import pyarrow as pa
from hpobench.store.marker import FORMAT, MARKER, check_marker, refuse_foreign

COMPACT_BYTES = 1 << 18
"""Journals are compacted when together they are larger than this."""
MANY_SHARDS = 16
"""More small shards than these are merged into one."""


class Store:
    """A results folder.

    Attributes:
        path: The folder.
        damage: What was found torn or altered while reading, in words.
        notes: What else a reader of the results should know, in words.
    """

    def __init__(self, path: Path) -> None:
        """Open an existing results folder.

        Raises:
            UserError: It does not exist, is none, or was made by a newer version.
        """
        self.path = path
        self.damage: list[str] = []
        self.notes: list[str] = []
        self._statuses = Statuses()
        self._seen: dict[Path, tuple[int, int]] = {}
        check_marker(path)

    @classmethod
    def create(cls, path: Path) -> Self:
        """Open a results folder, made now if it does not exist or is empty.

        Raises:
            UserError: It cannot be written, holds something else, or is of a newer version.
        """
        try:
            path.mkdir(parents=True, exist_ok=True)
            if (path / MARKER).exists():
                check_marker(path)
            else:
                refuse_foreign(path)
                marker = {"format": "hpobench-store", "version": FORMAT}
                write_atomically(path / MARKER, json.dumps(marker).encode() + b"\n")
            for folder in FOLDERS:
                (path / folder).mkdir(exist_ok=True)
            if not os.access(path / "journal", os.W_OK):
                raise FileError(path, "the results folder cannot be written")
        except OSError as error:
            raise FileError(path, f"cannot be a results folder: {error.strerror}") from None
        return cls(path)

    def claims(self) -> Claims:
        """Claims on runs among the drivers of this folder."""
        return Claims(self.path / "claims")

    def journal(self, name: str) -> Journal:
        """A new journal to append finished runs to."""
        return Journal(self.path / "journal", name)

    def statuses(self) -> Mapping[str, str]:
        """The status of each stored run by its id; reads only what came since the last call."""
        for path in self._journals():
            self._scan_journal(path)
        try:
            for path in self._shards():
                if path not in self._seen:
                    self._scan_shard(path)
        except FileNotFoundError:  # merged into another in this moment
            return self.statuses()
        return self._statuses

    def runs(self, columns: Sequence[str] | None = None) -> "pa.Table":
        """The newest run of each optimizer, task and seed, sorted by these, as an Arrow table.

        Args:
            columns: Those wanted of `store.columns.SCHEMA`; all by default.
        """
        from hpobench.store.shards import newest
        from hpobench.store.tables import SCHEMA

        wanted = list(columns or SCHEMA.names)
        newest_runs, older = newest(self._all(wanted))
        if older:
            self._note(
                f"{count(older, 'run')} of an older definition of the same name {are(older)} "
                "left out"
            )
        return newest_runs.select(wanted)

    def history(self, columns: Sequence[str] | None = None) -> "pa.Table":
        """Every run once, those of older definitions included, sorted by id.

        Args:
            columns: As for `runs`.
        """
        from hpobench.store.shards import newest
        from hpobench.store.tables import SCHEMA

        wanted = list(columns or SCHEMA.names)
        return newest(self._all(wanted), ("run",))[0].select(wanted)

    def experiments(self) -> list[dict[str, Any]]:
        """The manifests of the experiments run in this folder, the oldest first."""
        readable = [
            self._manifest(path) for path in sorted((self.path / "experiments").glob("*.json"))
        ]
        return sorted((m for m in readable if m), key=lambda manifest: float(manifest["started"]))

    def note_experiment(self, manifest: Mapping[str, Any]) -> None:
        """Write or replace the manifest of an experiment."""
        manifests.write_manifest(self.path / "experiments", manifest)

    def drop_experiment(self, experiment: str) -> None:
        """Remove the manifest of an experiment that could not begin."""
        manifests.remove_manifest(self.path / "experiments", experiment)

    def missing(self) -> list[tuple[str, str, int]]:
        """Optimizer, task and seed of what was planned here but is neither stored nor skipped."""
        names = ("optimizer", "task", "seed")
        found = self._all(names)
        stored = set(zip(*(found.column(name).to_pylist() for name in names), strict=True))
        planned: dict[tuple[str, str, int], None] = {}
        for manifest in self.experiments():
            skipped = {(skip["optimizer"], skip["task"]) for skip in manifest["skipped"]}
            for optimizer, task in product(manifest["optimizers"], manifest["tasks"]):
                if (optimizer, task) not in skipped:
                    planned |= dict.fromkeys((optimizer, task, seed) for seed in manifest["seeds"])
        return [triple for triple in planned if triple not in stored]

    def compact(self) -> None:
        """Move the runs of abandoned journals into one shard, and merge shards that are many.

        Safe at any moment: what is in both a journal and a shard counts once. Left for later
        while another process works on the folder's files.
        """
        self._note_damage(*compact(self.path, least=COMPACT_BYTES, many=MANY_SHARDS))

    def _all(self, wanted: Sequence[str]) -> "pa.Table":
        """All rows with these columns, and those by which rows of one run are told apart."""
        import pyarrow as pa

        keys = ("run", "optimizer", "task", "seed", "status", "finished", "experiment")
        return pa.concat_tables(self._tables(list(dict.fromkeys([*wanted, *keys]))))

    def _tables(self, names: Sequence[str]) -> list["pa.Table"]:
        """All that is stored, journals before shards: compaction moves runs that way."""
        from hpobench.store.shards import table
        from hpobench.store.tables import SCHEMA

        journalled = [row for path in self._journals() for row in self._rows(path)]
        tables = [SCHEMA.empty_table().select(names), table(journalled).select(names)]
        try:
            return tables + [self._shard(path, names) for path in self._shards()]
        except FileNotFoundError:  # merged into another in this moment
            return self._tables(names)

    def _shard(self, path: Path, names: Sequence[str]) -> "pa.Table":
        """The rows of a shard; of a damaged one, those that are proved to be intact.

        Raises:
            FileNotFoundError: It is gone.
        """
        from hpobench.store.shards import read_shard, salvage
        from hpobench.store.tables import SCHEMA

        reason: Exception | str = ""
        try:
            read = read_shard(path, names)
        except FileNotFoundError:
            raise
        except (OSError, ValueError) as error:
            reason = error
            try:
                read = salvage(path, names)
            except (OSError, ValueError) as salvaging:
                self._damaged(path, f"{error}, {salvaging}", "its runs count as missing")
                return SCHEMA.empty_table().select(names)
        lost = read.total - read.table.num_rows
        if reason or lost:
            reason = reason or read.flaws[0]
            self._damaged(
                path, reason, f"{lost} of its {count(read.total, 'run')} counted as missing"
            )
        return read.table

    def _rows(self, path: Path) -> list[dict[str, Any]]:
        """The intact rows of a journal; none if it was compacted in this moment."""
        damage: list[str] = []
        dead = abandoned(path)  # a living driver's last line may be half written for a moment
        try:
            sound = list(rows(path, damage))
        except OSError as error:
            return self._unreadable(path, error)
        if dead:
            self._note_damage(*damage)
        return sound

    def _unreadable(self, path: Path, error: OSError) -> list[dict[str, Any]]:
        """Note that a journal cannot be read, unless it is gone: it was compacted."""
        if not isinstance(error, FileNotFoundError):
            self._damaged(path, error, "its runs count as missing")
        return []

    def _journals(self) -> list[Path]:
        return sorted({*(self.path / "journal").glob("*.jsonl")} - read_tombstones(self.path))

    def _shards(self) -> list[Path]:
        return sorted({*(self.path / "runs").glob("*.parquet")} - read_tombstones(self.path))

    def _scan_journal(self, path: Path) -> None:
        """Take note of the runs that a journal gained."""
        damage: list[str] = []
        dead = abandoned(path)
        start, number = self._seen.get(path, (0, 0))
        try:
            for end, line in lines(path, start):
                number += 1
                if dead or line.endswith(b"\n"):
                    self._seen[path] = end, number
                    for row in intact(line, f"{path}:{number}", damage):
                        self._take(row["run"], row["status"])
        except OSError as error:
            self._unreadable(path, error)
        self._note_damage(*damage)

    def _scan_shard(self, path: Path) -> None:
        """Take note of the runs of a shard."""
        ends = self._shard(path, ["run", "status"])
        self._seen[path] = 0, 0
        for run, status in zip(*(ends.column(i).to_pylist() for i in (0, 1)), strict=True):
            self._take(run, status)

    def _take(self, run: str, status: str) -> None:
        """A completed run stays so, whatever was stored of other attempts."""
        if self._statuses.get(run) != "completed":
            self._statuses[run] = status

    def _manifest(self, path: Path) -> dict[str, Any] | None:
        try:
            return manifests.read_manifest(path)
        except (OSError, ValueError) as error:
            self._damaged(path, error, "what it planned is not known")
            return None

    def _damaged(self, path: Path, error: Exception | str, lost: str) -> None:
        self._note_damage(f"{path}: cannot be read ({error}); {lost}")

    def _note_damage(self, *texts: str) -> None:
        legible_texts = dict.fromkeys(map(legible, texts))  # a path may be no UTF-8
        self.damage += [text for text in legible_texts if text not in self.damage]

    def _note(self, text: str) -> None:
        if text not in self.notes:
            self.notes.append(text)
