"""Drive a plan to its end: execute what is missing, keep what finishes, once each."""

import json
import platform
import socket
import sys
import time
from collections.abc import Generator, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any
from uuid import uuid4

from hpobench import __version__
from hpobench.dispatch.backends import Execute
from hpobench.dispatch.job import Job, Result
from hpobench.dispatch.plan import Plan
from hpobench.environments import Installation
from hpobench.errors import FileError, UserError, legible
from hpobench.optimizer import stored_definition
from hpobench.run import Run
from hpobench.store import Store
from hpobench.store.claims import Claims


@dataclass(slots=True, kw_only=True)
class Driver:
    """Brings the missing runs of a plan into a store.

    Attributes:
        plan: What is to be there in the end.
        store: Where.
        timeout: Seconds a run may take; 0 is without limit.
        patience: Seconds one ask or tell may take; 0 is without limit.
        retry_failed: Whether runs that are stored as failed are executed again.
        command: The command line, for the manifest.
        elsewhere: Runs left to other drivers that work on them now.
    """

    plan: Plan
    store: Store
    timeout: float = 0.0
    patience: float = 0.0
    retry_failed: bool = False
    command: Sequence[str] = ()
    elsewhere: int = 0
    _flying: dict[str, Run] = field(default_factory=dict)
    _experiment: str = field(default_factory=lambda: f"{time.time_ns():x}-{uuid4().hex[:8]}")

    def missing(self) -> Iterator[Run]:
        """The planned runs that are not in the store."""
        statuses = self.store.statuses()
        return (run for run in self.plan.runs() if not self._done(run, statuses))

    def older(self) -> int:
        """How many stored runs of planned names were made by other code of the user's."""
        plan = self.plan
        variants = {
            v.id: json.dumps(v.definition(), sort_keys=True) for v in plan.variants if v.code
        }
        tasks = {t.id: json.dumps(t.definition(), sort_keys=True) for t in plan.tasks if t.code}
        if not variants and not tasks:
            return 0
        names = {v.id for v in plan.variants}, {t.id for t in plan.tasks}
        columns = ["run", "optimizer", "task", "task_info", "variant_info"]
        rows = self.store.history(columns).to_pylist()
        return sum(
            not _is_current(row, variants, tasks)
            for row in rows
            if row["optimizer"] in names[0] and row["task"] in names[1]
        )

    def results(self, execute: Execute) -> Generator[tuple[Run, Result]]:
        """Execute what is missing; each result is in the store when it is given.

        Closing the generator ends the work; what finished by then is kept.

        Args:
            execute: Turns jobs into results.

        Raises:
            UserError: The runs cannot be executed; before the first of them nothing is kept.
        """
        manifest = self._manifest()
        self.store.note_experiment(manifest)
        journal = self.store.journal(self._experiment)
        with self.store.claims() as claims:
            results, done, kept = execute(self._jobs(claims)), 0, True
            try:
                for result in results:
                    if not result.lacking:  # it is no result, and runs when it is there
                        journal.append(result.line)
                    claims.release(result.run_id)
                    done += 1
                    yield self._flying.pop(result.run_id), result
                manifest["ended"] = time.time()
            except UserError:
                kept = done > 0
                raise
            finally:
                _close(results)
                journal.close()
                if kept:
                    self.store.note_experiment(manifest)
                else:
                    self.store.drop_experiment(self._experiment)
                self.store.compact()

    def _jobs(self, claims: Claims) -> Iterator[Job]:
        """The missing runs that no other driver works on, claimed."""
        for run in self.missing():
            if not claims.take(run.id):
                self.elsewhere += 1
            elif self._done(run, self.store.statuses()):  # another driver finished it just now
                claims.release(run.id)
            else:
                self._flying[run.id] = run
                yield Job(
                    run=run,
                    experiment=self._experiment,
                    timeout=self.timeout,
                    patience=self.patience,
                )

    def _done(self, run: Run, statuses: Mapping[str, str]) -> bool:
        status = statuses.get(run.id)
        return status == "completed" or (status is not None and not self.retry_failed)

    def _manifest(self) -> dict[str, Any]:
        """What somebody needs to know, or to repeat, of this experiment."""
        plan = self.plan
        return {
            "id": self._experiment,
            "started": time.time(),
            "ended": None,
            "command": [legible(word) for word in self.command],  # a path may be no text
            "optimizers": [variant.id for variant in plan.variants],
            "tasks": [task.id for task in plan.tasks],
            "seeds": list(plan.seeds),
            "overhead": str(plan.overhead),
            "skipped": [asdict(skip) for skip in plan.skipped],
            "definitions": {
                "optimizers": {variant.id: variant.definition() for variant in plan.variants},
                "tasks": {task.id: task.definition() for task in plan.tasks},
            },
            "versions": _versions(),
            "environments": {
                variant.id: Installation.of(variant.environment).packages
                for variant in plan.variants
                if variant.environment
            },
            "hpobench": __version__,
            "python": platform.python_version(),
            "host": f"{socket.gethostname()}, {platform.platform()}, {platform.machine()}",
            "executable": sys.executable,
        }


def _is_current(
    row: Mapping[str, str], variants: Mapping[str, str], tasks: Mapping[str, str]
) -> bool:
    """Whether a run's optimizer and task are defined as they are now, where that is known."""
    variant = stored_definition(row["optimizer"], json.loads(row["variant_info"]))
    task = json.loads(row["task_info"])["definition"]
    pairs = [(variants.get(row["optimizer"]), variant), (tasks.get(row["task"]), task)]
    return all(now in (None, json.dumps(then, sort_keys=True)) for now, then in pairs)


def _versions() -> dict[str, str]:
    """The version of every installed package, by the names of their metadata's folders.

    The metadata itself says the same, but reading it takes longer than a short experiment.
    """
    folders = [path for entry in sys.path for path in Path(entry).glob("*.dist-info")]
    names = sorted({path.stem for path in folders}, key=str.lower)
    return {name: version for name, _, version in (stem.rpartition("-") for stem in names)}


def _close(results: Iterable[Result]) -> None:
    """End a generator of results, and with it its processes."""
    if isinstance(results, Iterator) and hasattr(results, "close"):
        results.close()


@contextmanager
def resumable() -> Iterator[None]:
    """Say of a file that cannot be written that nothing is lost by it."""
    try:
        yield
    except OSError as error:
        if not error.filename:  # nothing of the store
            raise
        going_on = "what is stored is kept, and the same command goes on from it"
        raise FileError(Path(error.filename), f"{error.strerror}; {going_on}") from None
