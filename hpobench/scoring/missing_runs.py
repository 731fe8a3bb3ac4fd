"""Frames with their holes filled, without failures, or cut to what all runs reached."""

from collections.abc import Iterable, Mapping
from dataclasses import replace

import pandas as pd
import pyarrow as pa

from hpobench.errors import UserError
from hpobench.scoring.frame import Frame
from hpobench.scoring.policy import FailedAs, Incomplete, Policy

KEYS = ["task", "optimizer", "seed"]
REASON = "there is no such run"


def checked(policy: Policy) -> Policy:
    """The policy itself, if its choices go together.

    Raises:
        UserError: They do not.
    """
    if policy.failed is FailedAs.EXCLUDE and policy.incomplete is Incomplete.FAILED:
        raise UserError(
            "'--incomplete failed' takes missing runs for failed ones, and '--failed exclude' "
            "leaves failed ones out: choose one of them"
        )
    if not 0 <= policy.rope < float("inf"):
        raise UserError(f"the region of practical equivalence is at least 0, not {policy.rope}")
    return policy


def counted_and_scored(
    stored: Frame, skips: Iterable[Mapping[str, str]], policy: Policy
) -> tuple[Frame, Frame]:
    """The runs that count as made, and of these the ones that are scored.

    Raises:
        UserError: The policy's choices do not go together.
    """
    wanted = checked(policy).incomplete is Incomplete.FAILED
    whole = filled(stored, skips) if wanted else stored
    return whole, without_failed(whole) if policy.failed is FailedAs.EXCLUDE else whole


def filled(frame: Frame, skips: Iterable[Mapping[str, str]]) -> Frame:
    """The frame with a failed run for each that an optimizer lacks on its kinds of tasks.

    Args:
        frame: The stored runs.
        skips: The `optimizer` and `task` of what the one cannot handle, which is no hole.
    """
    wanted = _wanted(frame.runs, {(skip["optimizer"], skip["task"]) for skip in skips})
    marked = wanted.merge(frame.runs[KEYS], on=KEYS, how="left", indicator="found")
    holes = marked[marked["found"] == "left_only"].drop(columns="found")
    if not len(holes):
        return frame
    runs = pd.concat([frame.runs, _failed(holes, frame.runs)], ignore_index=True)
    nothing = pa.table(
        {n: pa.nulls(len(holes), frame.table[n].type) for n in frame.table.schema.names}
    )
    order = runs.sort_values(KEYS).index.to_numpy()
    table = pa.concat_tables([frame.table, nothing]).take(order).combine_chunks()
    return replace(frame, runs=runs.loc[order], table=table)


def without_failed(frame: Frame) -> Frame:
    """The frame without the runs of each optimizer on each task where any of them failed.

    Raises:
        UserError: Nothing is left.
    """
    failed = frame.runs["status"] == "failed"
    broken = failed.groupby([frame.runs["task"], frame.runs["optimizer"]]).transform("any")
    kept = ~broken.to_numpy()
    if not kept.any():
        raise UserError(
            "there is nothing left to analyse: each optimizer failed on each of its tasks; "
            "'--failed worst' scores failed runs instead of leaving them out"
        )
    return frame.only(kept)


def _wanted(runs: pd.DataFrame, skips: set[tuple[str, str]]) -> pd.DataFrame:
    """All optimizers of a kind with all tasks and their seeds, but what was skipped."""
    optimizers = runs[["kind", "optimizer"]].drop_duplicates()
    seeds = runs[["kind", "task", "seed"]].drop_duplicates()
    pairs = seeds.merge(optimizers, on="kind")
    names = zip(pairs["optimizer"], pairs["task"], strict=True)
    return pairs[[name not in skips for name in names]]


def _failed(holes: pd.DataFrame, runs: pd.DataFrame) -> pd.DataFrame:
    """Rows that say of each hole that it failed."""
    tasks = runs.drop_duplicates("task").set_index("task")["task_info"]
    variants = runs.drop_duplicates("optimizer").set_index("optimizer")["variant_info"]
    return holes.assign(
        status="failed",
        reason=REASON,
        cut="",
        seconds=0.0,
        finished=0.0,
        task_info=holes["task"].map(tasks),
        variant_info=holes["optimizer"].map(variants),
    )[runs.columns]
