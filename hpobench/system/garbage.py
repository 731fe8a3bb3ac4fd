"""Look for garbage seldom while much is made that stays, and not at all when all of it goes."""

import atexit
import gc
from collections.abc import Iterator
from contextlib import contextmanager

SELDOM = 1_000_000
"""So many more objects than were freed are made before the next search; Python's own are 700."""


@contextmanager
def collecting_seldom() -> Iterator[None]:
    """Search new objects for cycles seldom, and what there is by now not at all.

    To import libraries and to draw figures makes hundreds of thousands of objects. Most of them
    stay, so that to search them time and again takes a tenth of the time and finds little.
    """
    before = gc.get_threshold()
    gc.freeze()
    gc.set_threshold(SELDOM, *before[1:])
    try:
        yield
    finally:
        gc.set_threshold(*before)
        gc.unfreeze()


def search_nothing_at_exit() -> None:
    """Let this process end without Python's last searches for garbage.

    The memory goes back as a whole anyway. What the libraries of an analysis leave takes Python
    0.1 s to search; files are closed and `atexit` is heeded as ever.
    """
    atexit.register(gc.freeze)
