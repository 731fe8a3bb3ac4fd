"""What a results folder holds, as frames, and its analysis."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from hpobench.catalogue import Catalogue
from hpobench.errors import UserError, nearest
from hpobench.store import Store

if TYPE_CHECKING:
    import pyarrow as pa
    from pandas import DataFrame

    from hpobench.api.analysis import ShownAnalysis
    from hpobench.api.inside import ShownInside

Folders = str | Path | Sequence[str | Path]
"""One folder, or several."""

RUNS = ("optimizer", "task", "seed", "status", "reason", "cut", "seconds")


@dataclass(frozen=True, slots=True, kw_only=True)
class Results:
    """The runs in a results folder, or those of some optimizers on some tasks.

    Attributes:
        path: The folder.
        optimizers: Names of those that are meant; none are all.
        tasks: Names of the tasks that are meant; none are all.
        catalogues: The user's own folders of tasks and optimizers.
    """

    path: Path
    optimizers: tuple[str, ...] = ()
    tasks: tuple[str, ...] = ()
    catalogues: tuple[Path, ...] = ()

    def runs(self) -> "DataFrame":
        """One row for each run.

        Returns:
            `optimizer`, `task`, `seed` and `status`; why it failed (`reason`) or ended early
            (`cut`), the `seconds` it took, and how many `trials` it has.

        Raises:
            UserError: It is no results folder.
        """
        found = self._table((*RUNS, "number"))
        frame: DataFrame = found.select(RUNS).to_pandas()
        return frame.assign(trials=[len(numbers) for numbers in found["number"].to_pylist()])

    def trials(self) -> "DataFrame":
        """One row for each trial, run after run, in the order of finish.

        Returns:
            `optimizer`, `task`, `seed` and the number of the `trial`, from 0 in the order of
            asking; a column for each hyperparameter (missing where it is inactive or of another
            task); `fidelity`; a column for each objective, in the direction people read it in,
            missing where the trial failed; `test_NAME` where there are test values; `cost` in
            seconds, `start`, `end`, `worker`, `spent` (of the budget, in trials at full
            fidelity), `ask_seconds`, `tell_seconds`; and why it failed, or an empty `failure`. A
            hyperparameter of the name of one of these columns is called `config.NAME`.

        Raises:
            UserError: It is no results folder.
        """
        from hpobench.api.trials import trials_frame

        return trials_frame(self._table(None))

    def analyze(
        self,
        *,
        optimizers: str | Sequence[str] = (),
        tasks: str | Sequence[str] = (),
        with_baselines: bool = False,
        **policy: Any,
    ) -> "ShownAnalysis":
        """Compare the optimizers, as `hpobench analyze` does.

        Args:
            optimizers: Globs of those to compare; by default all that these results mean.
            tasks: Globs of those to compare on, likewise.
            with_baselines: Whether the results that come with hpobench are compared too.
            policy: `failed`, `incomplete`, `horizon`, `scored_by` and `rope` as the options of
                these names.

        Raises:
            UserError: There are no runs, a glob matches nothing, or the policy is unknown.
        """
        from hpobench.analysis import analyze
        from hpobench.api.analysis import ShownAnalysis

        names = self._stored_names()
        found = analyze(
            self.path,
            optimizers=_globs(optimizers) or _among(self.optimizers, names[0]),
            tasks=_globs(tasks) or _among(self.tasks, names[1]),
            policy=_policy(policy),
            catalogue=Catalogue(self.catalogues),
            with_baselines=with_baselines,
        )
        return ShownAnalysis.of(found)

    def inside(
        self, *, optimizers: str | Sequence[str] = (), tasks: str | Sequence[str] = ()
    ) -> "ShownInside":
        """Look inside the runs, as `hpobench analyze --inside` does.

        Args:
            optimizers: Globs of those to look at; by default all that these results mean.
            tasks: Globs of the tasks, likewise.

        Returns:
            The frames `importance` (how much each hyperparameter matters, on each task), `search`
            (the shares of repeated, boundary and default configurations of each optimizer) and
            `landscape` (how much of a task is near its best, and its local optima), the `notes`
            that go with them; a notebook shows them as tables.

        Raises:
            UserError: There are no runs, or a glob matches nothing.
        """
        from hpobench.analysis.inside import look_inside
        from hpobench.api.inside import ShownInside

        analysis = self.analyze(optimizers=optimizers, tasks=tasks)
        return ShownInside.of(look_inside(analysis, Store(self.path), Catalogue(self.catalogues)))

    def __repr__(self) -> str:
        """How many runs there are, and of what."""
        runs = self.runs()
        counts = [f"{n} {noun}{'s' * (n != 1)}" for n, noun in (
            (len(runs), "run"), (runs["optimizer"].nunique(), "optimizer"),
            (runs["task"].nunique(), "task"), (int((runs["status"] == "failed").sum()), "failure"),
        )]  # fmt: skip
        return f"<Results in {self.path}: {', '.join(counts)}>"

    def _table(self, columns: Sequence[str] | None) -> "pa.Table":
        """The meant runs, sorted by optimizer, task and seed."""
        import pyarrow as pa
        import pyarrow.compute as pc

        stored = Store(self.path).runs(columns)
        for name, wanted in (("optimizer", self.optimizers), ("task", self.tasks)):
            if wanted:
                stored = stored.filter(pc.is_in(stored[name], pa.array(wanted, pa.string())))
        return stored

    def _stored_names(self) -> tuple[set[str], set[str]]:
        """The optimizers and the tasks that have runs."""
        stored = Store(self.path).runs(("optimizer", "task"))
        return set(stored["optimizer"].to_pylist()), set(stored["task"].to_pylist())


def results(path: str | Path = "results", *, catalogue: Folders = ()) -> Results:
    """The runs in a results folder, whoever made them.

    Args:
        path: The folder.
        catalogue: The user's own folders of tasks and optimizers, whose constants count.

    Raises:
        UserError: It is no results folder.
    """
    return Results(path=Store(Path(path)).path, catalogues=absolute_folders(catalogue))


def absolute_folders(given: Folders) -> tuple[Path, ...]:
    """One folder or several as absolute paths."""
    several = [given] if isinstance(given, str | Path) else given
    return tuple(Path(each).resolve() for each in several)


def _globs(given: str | Sequence[str]) -> Sequence[str]:
    return [given] if isinstance(given, str) else list(given)


def _among(wanted: Sequence[str], stored: set[str]) -> list[str]:
    """Those of the names that have runs: the others were skipped, and the analysis says why."""
    return [name for name in wanted if name in stored]


def _policy(given: Mapping[str, Any]) -> Any:
    """What is done about failures, holes and unequal budgets.

    Raises:
        UserError: There is no such setting, or no such value of one.
    """
    from hpobench.scoring.policy import (
        FailedAs,
        Horizon,
        Incomplete,
        Policy,
        ScoredBy,
    )

    kinds = {
        "failed": FailedAs,
        "incomplete": Incomplete,
        "horizon": Horizon,
        "scored_by": ScoredBy,
        "rope": float,
    }
    values = {}
    for name, value in given.items():
        if name not in kinds:
            raise UserError(f"analyze has no setting {name!r}{nearest(name, kinds)}")
        try:
            values[name] = kinds[name](value)
        except (TypeError, ValueError):
            options = ", ".join(map(str, kinds[name])) if name != "rope" else "a number"  # type: ignore[call-overload]
            raise UserError(f"{name} is one of {options}, not {value!r:.100}") from None
    return Policy(**values)
