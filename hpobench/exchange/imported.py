"""Runs that another tool made, as rows of our store that are never taken for runs of ours."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from hpobench.optimizer import Capabilities, Variant
from hpobench.run import Run, Status, Trajectory, recompute_id
from hpobench.store.rows import decode, encode
from hpobench.system.json_values import DEPTH, is_tree
from hpobench.task import MOST_OBJECTIVES, Budget, Fidelity, Objective, Task
from hpobench.trial import Record

COLLECTION = "imported"
"""The collection of all imported tasks, which no catalogue has: theirs may have our names."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ForeignRun:
    """What another tool says of one run.

    Attributes:
        origin: Which tool or format, for the definition.
        optimizer: Its name there.
        task: Its name there.
        seed: In [0, 2**31 - 1].
        objectives: All minimised in the records; `maximize` says that they were negated.
        fidelity: Its range, or None.
        budget: When the run was to end.
        workers: How many trials were evaluated side by side.
        dimension: Number of hyperparameters.
        records: The trials in order of finish.
        stop_reason: Why it ended before its budget was spent, or empty.
        space: The task's space as ConfigSpace writes it, where it is known.
    """

    origin: str
    optimizer: str
    task: str
    seed: int
    objectives: Sequence[Objective]
    fidelity: Fidelity | None
    budget: Budget
    workers: int = 1
    dimension: int
    records: Sequence[Record]
    stop_reason: str = ""
    space: Mapping[str, Any] | None = None


def imported_row(foreign: ForeignRun) -> dict[str, Any]:
    """The run as a row of the store, of a task `imported/...` whose definition says so.

    The definition holds what makes runs comparable, and nothing that differs between two files
    about one task, such as the budget: else the later import would outdate the earlier one.

    Raises:
        ValueError: It says what no row can hold, such as a seed below 0.
    """
    if len(foreign.objectives) > MOST_OBJECTIVES:
        raise ValueError(f"{len(foreign.objectives)} objectives are more than {MOST_OBJECTIVES}")
    result = decode(encode(_trajectory(foreign), COLLECTION))
    info = json.loads(result["task_info"])
    info["definition"] = {
        "id": result["task"],
        "imported": foreign.origin,
        "objectives": [asdict(objective) for objective in foreign.objectives],
        "fidelity": foreign.fidelity.name if foreign.fidelity else None,
    }
    if foreign.space:
        if not is_tree(foreign.space, DEPTH - 1):
            raise ValueError("the space is nested too deeply, or holds what is no text")
        info["space"] = foreign.space
    info["base_id"] = result["task"]
    result["task_info"] = json.dumps(info)
    return result | {"run": recompute_id(result)}


def _trajectory(foreign: ForeignRun) -> Trajectory:
    """The run as if it were one of ours, but for its definition."""
    task = Task(
        id=f"{COLLECTION}/{foreign.task}",
        collection=COLLECTION,
        benchmark="",
        params={},
        objectives=tuple(objective.name for objective in foreign.objectives),
        fidelity=foreign.fidelity.name if foreign.fidelity else None,
        budget=foreign.budget,
        workers=foreign.workers,
        dimension=foreign.dimension,
        types=(),
    )
    variant = Variant(
        id=foreign.optimizer,
        family=foreign.optimizer.partition("/")[0],
        adapter="",
        capabilities=Capabilities(types=frozenset()),
    )
    failed = all(record.failure for record in foreign.records)
    reason = (
        f"every trial failed: {foreign.records[0].failure}" if failed and foreign.records else ""
    )
    return Trajectory(
        run=Run(task=task, variant=variant, seed=foreign.seed),
        status=Status.FAILED if failed else Status.COMPLETED,
        records=foreign.records,
        reason=reason or ("there are no trials" if failed else ""),
        stop_reason=foreign.stop_reason,
        metadata={
            "objectives": [[o.name, o.maximize] for o in foreign.objectives],
            "fidelity": asdict(foreign.fidelity) if foreign.fidelity else None,
        },
    )
