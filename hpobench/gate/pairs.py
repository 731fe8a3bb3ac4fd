"""Runs of baseline and candidate, paired by task and seed; and what has no counterpart."""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import pandas as pd

from hpobench.errors import UserError
from hpobench.gate.sides import Side, Stored
from hpobench.scoring.merged_runs import mixed
from hpobench.scoring.note import Note
from hpobench.store.manifests import versions_of
from hpobench.system.text import count

KEYS = ["optimizer", "task", "seed"]
COLUMNS = ["score", "loss", "failed", "reason", "overhead", "seconds", "definition", "variant_info"]
ARROW = " → "
"""Between the ids of two optimizers that are compared with each other."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Pairs:
    """What can be compared, and what a reader must know first.

    Attributes:
        runs: One row for each optimizer, task and seed that both sides ran, sorted by these;
            `score`, `failed` and so on of the baseline, and with `_new` of the candidate.
        seeds: By side (0 is the baseline) all seeds that it has of the compared optimizers.
        same_machine: Whether all runs were made on one machine, so that times compare.
        notes: What is missing, different or left out.
        versions: By package its versions in the baseline and in the candidate, where they differ.
    """

    runs: pd.DataFrame
    seeds: tuple[tuple[int, ...], tuple[int, ...]]
    same_machine: bool
    notes: tuple[Note, ...]
    versions: Mapping[str, tuple[str, str]]


def pair(
    sides: tuple[Side, Side], stored: tuple[Stored, Stored], *, growing: bool = False
) -> Pairs:
    """Pair the runs of two sides.

    Two different optimizers are paired only where each side names one.

    Args:
        sides: Baseline and candidate.
        stored: Their runs.
        growing: Whether seeds are still being added, so that some are bound to be missing.

    Raises:
        UserError: There is nothing to compare.
    """
    before, after = (_labelled(side.runs, sides) for side in stored)
    merged = before[[*KEYS, *COLUMNS]].merge(
        after[[*KEYS, *COLUMNS]], on=KEYS, suffixes=("", "_new"), how="inner"
    )
    same = merged["definition"] == merged["definition_new"]
    scaled = merged["score"].notna() & merged["score_new"].notna()
    kept = merged[same & scaled].sort_values(KEYS, ignore_index=True)
    notes = [
        *_remarks(sides, stored),
        *_mixed(sides, stored),
        *_redefined(merged[~same]),
        *_other_budgets(before, after),
        *_missing(before, after, growing=growing),
        *_unscaled(merged[same & ~scaled]),
        *_changed_options(merged),
    ]
    if not len(kept):
        reasons = "; ".join(note.text for note in notes if note.serious)
        raise UserError(f"baseline and candidate have no run to compare. {reasons}".strip())
    return Pairs(
        runs=kept,
        seeds=(tuple(sorted(set(before["seed"]))), tuple(sorted(set(after["seed"])))),
        same_machine=len({m.get("host") for side in stored for m in side.experiments}) == 1,
        notes=tuple(notes),
        versions=_versions(*(side.experiments for side in stored)),
    )


def _labelled(runs: pd.DataFrame, sides: tuple[Side, Side]) -> pd.DataFrame:
    """An optimizer that is paired with another bears both names."""
    names = dict.fromkeys(side.optimizer for side in sides if side.optimizer)
    return runs.assign(optimizer=ARROW.join(names)) if len(names) > 1 else runs


def _remarks(sides: tuple[Side, Side], found: tuple[Stored, Stored]) -> Iterator[Note]:
    for side, stored in zip(sides, found, strict=True):
        if stored.remarks:
            text = f"{side.path}: not all of it could be used."
            yield Note(text=text, details=tuple(stored.remarks))


def _mixed(sides: tuple[Side, Side], found: tuple[Stored, Stored]) -> Iterator[Note]:
    """Sides that are not of one piece."""
    for side, stored in zip(sides, found, strict=True):
        for note in mixed(stored.runs):
            yield replace(note, text=f"{side.path}: {note.text}")


def _redefined(pairs: pd.DataFrame) -> Iterator[Note]:
    """Tasks of one name that are not the same task."""
    if len(pairs):
        yield Note(
            text="Tasks are defined otherwise in the candidate, so that their results do not "
            "compare; they are left out.",
            details=tuple(
                f"{task}: {_difference(row['definition'], row['definition_new'])}"
                for task, rows in pairs.groupby("task")
                for row in rows.head(1).to_dict("records")
            ),
        )


def _difference(before: str, after: str) -> str:
    """What two definitions differ in."""
    old, new = json.loads(before), json.loads(after)
    names = [name for name in old | new if old.get(name) != new.get(name)]
    return ", ".join(f"{name} {old.get(name)} is now {new.get(name)}" for name in names)


def _other_budgets(before: pd.DataFrame, after: pd.DataFrame) -> Iterator[Note]:
    """Tasks that the two sides ran under different budgets or with different workers."""
    ids = [side.groupby("base_id")["task"].unique().map(set).to_dict() for side in (before, after)]
    details = tuple(
        f"{base}: {', '.join(sorted(old))} there, {', '.join(sorted(ids[1][base]))} here"
        for base, old in ids[0].items()
        if base in ids[1] and not old & ids[1][base]
    )
    if details:
        yield Note(
            text="Baseline and candidate ran tasks under different budgets or with different "
            "numbers of workers, so that they do not compare.",
            details=details,
        )


def _missing(before: pd.DataFrame, after: pd.DataFrame, *, growing: bool) -> Iterator[Note]:
    """Runs without a counterpart."""
    old, new = ({tuple(key) for key in side[KEYS].to_numpy()} for side in (before, after))
    for name, there, here in (("candidate", old, new), ("baseline", new, old)):
        if lacking := there - here:
            yield Note(
                text=f"{count(len(lacking), 'run')} of {len(there | here)} missing in the {name}; "
                "only complete pairs are compared.",
                details=tuple(_grouped(lacking)),
                serious=not growing,
            )


def _grouped(keys: Iterable[tuple[Any, ...]]) -> Iterator[str]:
    """Seeds by optimizer and task."""
    seeds: dict[tuple[str, str], list[int]] = {}
    for optimizer, task, seed in sorted(keys):
        seeds.setdefault((optimizer, task), []).append(seed)
    for (optimizer, task), found in seeds.items():
        yield f"{optimizer} on {task}: {spans(found)}"


def spans(seeds: Sequence[int]) -> str:
    """Sorted seeds as `--seeds` reads them: `0:3,7`."""
    parts: list[list[int]] = []
    for seed in seeds:
        if parts and parts[-1][1] == seed:
            parts[-1][1] = seed + 1
        else:
            parts.append([seed, seed + 1])
    return ",".join(str(low) if high == low + 1 else f"{low}:{high}" for low, high in parts)


def _unscaled(pairs: pd.DataFrame) -> Iterator[Note]:
    """Tasks without a scale."""
    if len(pairs):
        yield Note(
            text="Tasks without usable constants have no score and are left out; 'hpobench "
            "constants' makes constants.",
            details=tuple(sorted(set(pairs["task"]))),
        )


def _changed_options(pairs: pd.DataFrame) -> Iterator[Note]:
    """Optimizers whose options or library differ; perhaps just what is to be judged."""
    both = pairs.drop_duplicates("optimizer")[["optimizer", "variant_info", "variant_info_new"]]
    details = tuple(
        f"{name}: {_difference(before, after)}"
        for name, before, after in both.itertuples(index=False)
        if before != after and ARROW not in name
    )
    if details:
        yield Note(
            text="Optimizers of one name have other options or another version of their library.",
            details=details,
            serious=False,
        )


def _versions(*sides: Sequence[Mapping[str, Any]]) -> dict[str, tuple[str, str]]:
    """By package its versions on both sides, where they differ."""
    before, after = (versions_of(side) for side in sides)
    shared = sorted(set(before) & set(after), key=str.lower)
    return {name: (before[name], after[name]) for name in shared if before[name] != after[name]}
