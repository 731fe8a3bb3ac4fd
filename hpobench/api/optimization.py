"""Optimize a user's own function with any optimizer of the catalogue."""

import json
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack, closing
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any
from warnings import warn

from hpobench.api.checks import checked_count, checked_seeds
from hpobench.api.listing import Evaluation
from hpobench.api.parts import as_task, chosen_optimizers
from hpobench.api.show import redrawer
from hpobench.api.stored import Folders, absolute_folders
from hpobench.api.trials import trials_frame
from hpobench.catalogue import Catalogue, Experiment
from hpobench.dispatch.driver import Driver, resumable
from hpobench.dispatch.evaluations import Evaluations
from hpobench.dispatch.folder import Folder
from hpobench.dispatch.job import Job, Result
from hpobench.dispatch.plan import Plan
from hpobench.dispatch.planning import make_plan, with_environments
from hpobench.dispatch.side_by_side import side_by_side
from hpobench.dispatch.slot import Slot
from hpobench.errors import RunError, UserError
from hpobench.optimizer import Optimizer, Variant
from hpobench.store import Store, trials
from hpobench.store.rows import violations_of
from hpobench.task import Overhead

if TYPE_CHECKING:
    import pyarrow as pa
    from ConfigSpace import ConfigurationSpace
    from pandas import DataFrame

FILE = Path("evaluations") / "trials.jsonl"
"""Below a results folder, the answers of functions one by one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Optimization:
    """What an optimizer found for a function.

    Attributes:
        optimizer: Its name.
        objectives: By name whether it is maximised.
        solutions: The feasible trials at full fidelity that no other is better than: one where
            there is one objective; values in the direction people read.
        reason: Why it ended before its budget was spent, or empty.
    """

    optimizer: str
    objectives: Mapping[str, bool]
    solutions: tuple[Evaluation, ...]
    reason: str = ""
    _table: "pa.Table" = field(repr=False)

    @property
    def config(self) -> Mapping[str, Any]:
        """The best configuration.

        Raises:
            UserError: There are several objectives, and so several solutions.
        """
        return self._only().config

    @property
    def value(self) -> float:
        """The best value of the only objective, in the direction people read.

        Raises:
            UserError: There are several objectives.
        """
        return next(iter(dict(self._only().values).values()))

    def trials(self) -> "DataFrame":
        """One row for each trial, see `Results.trials`."""
        return trials_frame(self._table)

    def _only(self) -> Evaluation:
        if len(self.objectives) > 1:
            names = " and ".join(self.objectives)
            raise UserError(f"of {names} there are several best: see 'solutions'")
        return self.solutions[0]


def optimize(  # noqa: PLR0913 (what is to be solved, by whom, and how much it may cost)
    function: Callable[..., Any],
    space: "ConfigurationSpace | Mapping[str, Any] | None" = None,
    *,
    optimizer: str | type[Optimizer] | Variant = "smac/blackbox",
    trials: float = 50,
    workers: int = 1,
    seed: int = 0,
    objectives: Mapping[str, str] | None = None,
    fidelity: Mapping[str, Any] | None = None,
    params: Mapping[str, Any] | None = None,
    constraints: Sequence[str] = (),
    name: str = "",
    results: str | Path | None = None,
    catalogue: Folders = (),
    progress: bool | None = None,
) -> Optimization:
    """Search the best configuration of a function with any optimizer of the catalogue.

    The function is called in child processes, with the active hyperparameters by name. With a
    results folder it may be interrupted at any time: the same call goes on where it stopped, and
    one with more trials begins with what has been evaluated.

    Args:
        function: Returns a number to minimise, see `as_task`; what it raises fails the trial.
        space: A ConfigSpace, or a mapping such as `{"x": (-5.0, 5.0), "kind": ["a", "b"]}`; by
            default what the function says of it, see `as_task`.
        optimizer: The name of one of `optimizers()`, or a class.
        trials: The budget in trials at full fidelity, or such as `"evaluations=200"`.
        workers: Trials evaluated side by side, in as many processes.
        seed: The optimizer's, in [0, 2**31 - 1].
        objectives: By name `minimize` or `maximize`; by default one `loss` to minimise.
        fidelity: Such as `{"name": "epochs", "low": 1, "high": 50, "integer": True}`.
        params: Other arguments of the function.
        constraints: What a solution must keep, such as `("latency <= 20",)`, see `as_task`.
        name: What results call it; by default the function's name.
        results: Folder that keeps the trials; without one nothing is kept.
        catalogue: The user's own folders of optimizers.
        progress: Whether to show how far it is; by default in a terminal or a notebook.

    Raises:
        UserError: The optimizer does not exist or does not handle the problem (with the reason),
            or the problem is described wrongly.
        RunError: There is no solution: every trial failed, or the optimizer did.
    """
    task = as_task(
        function,
        space,
        name=name,
        objectives=objectives,
        fidelity=fidelity,
        trials=trials,
        params=params,
        constraints=constraints,
    ).under(workers=checked_count("workers", workers))
    chosen = chosen_optimizers(optimizer)
    known = Catalogue(absolute_folders(catalogue), [*chosen.parts, task])
    experiment = Experiment(
        optimizers=tuple(known.variant(each).id for each in chosen.names),
        tasks=(task.id,),
        seeds=checked_seeds([seed]),
    )
    plan = make_plan(known, experiment, Overhead.NONE)
    _refuse_skipped(plan)
    plan = with_environments(plan, experiment, plan.variants, lambda _: None)
    with ExitStack() as stack, resumable():
        home = Path(results) if results else Path(stack.enter_context(Folder()).path) / "results"
        driver = Driver(
            plan=plan, store=Store.create(home), retry_failed=True, command=["hpobench.optimize"]
        )
        _drive(driver, Evaluations(home / FILE if results else None), progress=progress)
        (run,) = plan.runs()
        return _optimization(driver.store, run.id)


def _refuse_skipped(plan: Plan) -> None:
    """Raise an error if the optimizer does not handle the problem.

    Raises:
        UserError: With the reason.
    """
    for skip in plan.skipped:
        raise UserError(f"{skip.optimizer} {skip.reason}")
    if len(plan) != 1:
        raise UserError("optimize takes one optimizer; hpobench.run compares several")


def _drive(driver: Driver, evaluations: Evaluations, *, progress: bool | None) -> None:
    """Execute the run if it is not stored."""
    redraw = redrawer(watched=progress)
    with closing(Slot()) as first:
        execute = partial(
            side_by_side,
            first=first,
            workers=driver.plan.tasks[0].workers,
            evaluations=evaluations,
            told=_Counter(redraw).told if redraw else lambda *_: None,
        )
        try:
            with closing(driver.results(execute)) as finished:
                for _ in finished:
                    pass
        finally:
            if redraw:
                redraw("")


class _Counter:
    """Shows how many trials there are, and the best value of the first objective."""

    def __init__(self, redraw: Callable[[str], None]) -> None:
        self._redraw = redraw
        self._count, self._best = 0, float("inf")

    def told(self, job: Job, result: Result) -> None:
        """Count a trial that was told."""
        self._count += 1
        values = result.outcome.get("values", {})
        name = job.run.task.objectives[0]
        self._best = min(self._best, values.get(name, self._best))
        sign = -1 if job.run.task.params.get("objectives", {}).get(name) == "maximize" else 1
        self._redraw(f"{self._count} trials, best {name} {sign * self._best:.6g}")


def _optimization(store: Store, run_id: str) -> Optimization:
    """What the store holds of the run.

    Raises:
        RunError: There is no solution.
    """
    import pyarrow.compute as pc

    whole = store.history()
    table = whole.filter(pc.equal(whole["run"], run_id))
    if not len(table):
        raise RunError("another process is at work on this very run")
    (row,) = table.to_pylist()
    info = json.loads(row["task_info"])
    solutions = _solutions(row, info)
    if not solutions:
        raise RunError(row["reason"] or "no trial at full fidelity succeeded and is feasible")
    if row["reason"]:
        warn(f"{row['optimizer']} failed before its end: {row['reason']}", stacklevel=3)
    return Optimization(
        optimizer=row["optimizer"],
        objectives={each["name"]: each["maximize"] for each in info["objectives"]},
        solutions=solutions,
        reason=row["reason"] or row["cut"],
        _table=table,
    )


def _solutions(row: Mapping[str, Any], info: Mapping[str, Any]) -> tuple[Evaluation, ...]:
    """The feasible trials at full fidelity that no other dominates; of equal ones the first."""
    full, broken = info["fidelity"]["high"] if info["fidelity"] else None, violations_of(row)
    found = [
        (tuple(v) if isinstance(v := trial["values"], list) else (v,), trial)
        for trial, violation in zip(trials(row, ("values", "test", "cost")), broken, strict=True)
        if not trial["failure"] and not violation and trial["fidelity"] == full
    ]
    best = [
        (values, trial)
        for at, (values, trial) in enumerate(found)
        if not any(
            _dominates(other, values) or (other == values and before < at)
            for before, (other, _) in enumerate(found)
        )
    ]
    return tuple(_evaluation(values, trial, info["objectives"]) for values, trial in best)


def _dominates(one: tuple[float, ...], other: tuple[float, ...]) -> bool:
    """Whether one is nowhere worse than the other, and somewhere better."""
    return one != other and all(a <= b for a, b in zip(one, other, strict=True))


def _evaluation(
    values: tuple[float, ...], trial: Mapping[str, Any], objectives: list[dict[str, Any]]
) -> Evaluation:
    """A stored trial in the direction people read."""
    signs = {each["name"]: -1 if each["maximize"] else 1 for each in objectives}
    return Evaluation(
        config=trial["config"],
        fidelity=trial["fidelity"],
        values={n: sign * v for (n, sign), v in zip(signs.items(), values, strict=True)},
        cost=trial["cost"],
    )
