"""The most memory that a piece of work takes at once."""

import gc
import tracemalloc
from collections.abc import Iterator
from contextlib import contextmanager

MEGABYTE = 1e6
"""So many bytes are one of it."""


@contextmanager
def measured_peak(*, wanted: bool) -> Iterator[dict[str, float]]:
    """Watch what is allocated by Python and numpy inside of a block.

    Only what comes on top of what was there before counts, at its peak. Memory that compiled
    libraries take by themselves, such as the nodes of scikit-learn's trees, is not seen.

    Args:
        wanted: Whether to watch at all, which takes about three times as long.

    Yields:
        A mapping that holds `megabytes` when the block has ended, and is empty if not `wanted`.
    """
    peak: dict[str, float] = {}
    if not wanted:
        yield peak
        return
    watched = tracemalloc.is_tracing()
    gc.collect()  # what is freed inside of the block would hide as much of its peak
    tracemalloc.start()
    tracemalloc.reset_peak()
    before, _ = tracemalloc.get_traced_memory()
    try:
        yield peak
        peak["megabytes"] = (tracemalloc.get_traced_memory()[1] - before) / MEGABYTE
    finally:
        if not watched:
            tracemalloc.stop()
