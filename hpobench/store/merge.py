"""Set union of results folders: each run once, whatever the order of merging."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from hpobench.store.conflicts import Conflict, conflicts
from hpobench.store.store import Store
from hpobench.store.tombstones import exclusive

if TYPE_CHECKING:
    import pyarrow as pa

_RANK = ("run", "status", "finished", "experiment")
_ORDER = {"failed": 0, "completed": 1}

Rank = tuple[int, float, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Gain:
    """What a merge brought.

    Attributes:
        added: Runs that were not there.
        replaced: Runs there was only a worse attempt of: failed, or older.
        known: Runs that were there already.
        experiments: Manifests that were not there, or not ended.
        conflicts: Completed runs that differ from what is there, and were brought all the same.
    """

    added: int = 0
    replaced: int = 0
    known: int = 0
    experiments: int = 0
    conflicts: Sequence[Conflict] = ()


def merge(source: Store, into: Store, *, thin: bool = False) -> Gain:
    """Bring the runs and manifests of one folder into another; both may be in use.

    What cannot be read of either is named in its `damage`; all else is merged. Of two attempts
    at one run the completed one counts, then the one that finished last: so any order of
    merging gives the same runs, and merging again changes nothing.

    Args:
        source: Is left as it is.
        into: Where its runs go.
        thin: Bring only the trials that analysis needs, see `thin.thinned`.
    """
    from hpobench.store.thin import thinned

    found = source.history()
    with exclusive(into.path):
        gain = add(thinned(found) if thin else found, into)
        manifests = _newer(source.experiments(), into.experiments())
        for manifest in manifests:
            into.note_experiment(manifest)
    return Gain(
        added=gain.added,
        replaced=gain.replaced,
        known=gain.known,
        experiments=len(manifests),
        conflicts=gain.conflicts,
    )


def add(found: "pa.Table", into: Store) -> Gain:
    """Write the rows that are new, or better than what is there, as one shard.

    Call within `exclusive`.

    Args:
        found: Each run once, with all columns.
        into: Where to.
    """
    import pyarrow as pa

    from hpobench.store.shards import write_shard

    there = _ranks(into.history(_RANK))
    ranks = _ranks(found)
    differing = conflicts(found, into.history()) if ranks.keys() & there.keys() else []
    kept = {conflict.run for conflict in differing}
    better = [run not in there or rank > there[run] for run, rank in ranks.items()]
    wanted = [new or run in kept for new, run in zip(better, ranks, strict=True)]
    added = len(ranks.keys() - there.keys())
    if any(wanted):
        write_shard(into.path / "runs", found.filter(pa.array(wanted)))
    replaced = sum(new and run not in kept for new, run in zip(better, ranks, strict=True)) - added
    return Gain(
        added=added,
        replaced=replaced,
        known=len(ranks) - added - replaced - len(kept),
        conflicts=differing,
    )


def _ranks(found: "pa.Table") -> dict[str, Rank]:
    """By run how good an attempt it is, in the order of the rows."""
    columns = (found.column(name).to_pylist() for name in _RANK)
    return {
        run: (_ORDER[status], finished, experiment)
        for run, status, finished, experiment in zip(*columns, strict=True)
    }


def _newer(
    source: Iterable[Mapping[str, Any]], there: Iterable[Mapping[str, Any]]
) -> list[Mapping[str, Any]]:
    """The manifests that are not there, or say less there: an experiment had not ended."""
    ended = {manifest["id"]: manifest.get("ended") for manifest in there}
    return [
        manifest
        for manifest in source
        if manifest["id"] not in ended or (manifest.get("ended") and not ended[manifest["id"]])
    ]
