"""The declared runs as a results folder has them; what is not whole is refused."""

import json
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from hpobench.dispatch.plan import Plan
from hpobench.errors import UserError
from hpobench.run import Run
from hpobench.store import Store
from hpobench.system.text import are, count

if TYPE_CHECKING:
    import pyarrow as pa

SHOWN = 3
"""So many runs are named of those with one fault."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DeclaredRuns:
    """The runs of a plan, and what is known of how they were made.

    Attributes:
        plan: What was declared.
        rows: One row for each run, with all columns.
        manifests: The experiments that they were made by.
    """

    plan: Plan
    rows: "pa.Table"
    manifests: Sequence[Mapping[str, Any]]

    def failures(self) -> Counter[tuple[str, str]]:
        """How many runs failed, by optimizer and reason."""
        rows = self.rows.select(["optimizer", "status", "reason"]).to_pylist()
        return Counter(
            (row["optimizer"], row["reason"]) for row in rows if row["status"] == "failed"
        )


def declared_runs(store: Store, plan: Plan) -> DeclaredRuns:
    """The runs of a plan from a results folder.

    Raises:
        UserError: One is missing or of another definition, all runs of an optimizer failed, they
            were made with several versions of its library, or nobody knows by which experiment;
            or the folder is damaged.
    """
    import pyarrow as pa
    import pyarrow.compute as pc

    runs = {run.id: run for run in plan.runs()}
    stored = store.history()
    rows = stored.filter(pc.is_in(stored["run"], pa.array(list(runs), pa.string())))
    manifests = store.experiments()
    if store.damage:
        raise UserError(f"{store.path} is damaged and cannot be judged: {store.damage[0]}")
    there = set(rows["run"].to_pylist())
    _refuse_missing(store, [run for run in runs.values() if run.id not in there], len(runs), stored)
    _refuse_failed(rows)
    _refuse_mixed_versions(rows)
    makers = set(rows["experiment"].to_pylist())
    known = [manifest for manifest in manifests if manifest["id"] in makers]
    _refuse_unknown_makers(makers - {manifest["id"] for manifest in known}, rows)
    return DeclaredRuns(plan=plan, rows=rows, manifests=known)


def _refuse_missing(store: Store, missing: Sequence[Run], planned: int, stored: "pa.Table") -> None:
    """Say which of the declared runs are not there, or are there by another definition."""
    if not missing:
        return
    names = {
        *zip(*(stored[name].to_pylist() for name in ("optimizer", "task", "seed")), strict=True)
    }
    other = sum((run.variant.id, run.task.id, run.seed) in names for run in missing)
    text = (
        f"{store.path} lacks {len(missing):,} of {count(planned, 'declared run')}: "
        f"{_listed((run.variant.id, run.task.id, run.seed) for run in missing)}"
    )
    if other:
        text += (
            f"; {other:,} of these names {are(other)} there, made by another definition of the "
            "optimizer or the task than that of today"
        )
    raise UserError(f"{text}; 'hpobench run' makes what is missing")


def _refuse_failed(rows: "pa.Table") -> None:
    """Refuse an optimizer that never came to an end."""
    statuses = defaultdict(set)
    for row in rows.select(["optimizer", "status", "reason"]).to_pylist():
        statuses[row["optimizer"]].add((row["status"], row["reason"]))
    for optimizer, found in statuses.items():
        if all(status == "failed" for status, _ in found):
            raise UserError(f"all runs of {optimizer} failed: {min(found)[1]}")


def _refuse_mixed_versions(rows: "pa.Table") -> None:
    """Refuse runs of one optimizer that were made with several versions of its library."""
    versions = defaultdict(set)
    for row in rows.select(["optimizer", "variant_info"]).to_pylist():
        versions[row["optimizer"]].add(str(json.loads(row["variant_info"])["version"]))
    for optimizer, found in versions.items():
        if len(found) > 1:
            several = ", ".join(sorted(found))
            raise UserError(
                f"the runs of {optimizer} were made with several versions of its library "
                f"({several}); submit those of one"
            )


def _refuse_unknown_makers(unknown: set[str], rows: "pa.Table") -> None:
    """Refuse runs of which no manifest says by which versions they were made."""
    if not unknown:
        return
    named = rows.select(["optimizer", "task", "seed", "experiment"]).to_pylist()
    lost = [row for row in named if row["experiment"] in unknown]
    runs = ((row["optimizer"], row["task"], row["seed"]) for row in lost)
    raise UserError(
        f"no experiment of the folder says how {count(len(lost), 'run')} {are(len(lost))} made, "
        f"and with which versions: {_listed(runs)}; imported runs cannot be submitted"
    )


def _listed(runs: Iterable[tuple[str, str, int]]) -> str:
    """The first of some runs, as people call them."""
    names = [f"{optimizer} on {task}, seed {seed}" for optimizer, task, seed in runs]
    rest = len(names) - SHOWN
    return "; ".join(names[:SHOWN]) + (f"; and {rest:,} more" if rest > 0 else "")
