"""Contain what would make libraries differ from run to run: global generators, order of sets."""

import random
import warnings
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np


def seed_globals(seed: int) -> None:
    """Seed the global generators, so that a library that draws from them still repeats."""
    random.seed(seed)
    np.random.seed(seed)  # noqa: NPY002


class GlobalGenerators:
    """The global generators of `random` and `numpy.random`, as one owner sees them.

    Within `with generators:` they go on from where this owner left them; outside they are
    as if this owner had never drawn. Scopes of different owners may be nested, one owner's
    may not.

    Args:
        seed: Where this owner's draws start, in [0, 2**32 - 1].
    """

    def __init__(self, seed: int) -> None:
        self._own = random.Random(seed).getstate(), np.random.RandomState(seed).get_state()
        self._others: list[Any] = []

    def __enter__(self) -> None:
        self._others.append(_states())
        _restore(self._own)

    def __exit__(self, *_: object) -> None:
        self._own = _states()
        _restore(self._others.pop())

    @contextmanager
    def quietly(self) -> Iterator[None]:
        """The same scope, in which nothing warns: what a library says is not for our users."""
        with self, warnings.catch_warnings(action="ignore"):
            yield


def _states() -> tuple[Any, Any]:
    """Where the global generators are."""
    return random.getstate(), np.random.get_state()  # noqa: NPY002 (it is about the global one)


def _restore(states: tuple[Any, Any]) -> None:
    """Put the global generators back there."""
    random.setstate(states[0])
    np.random.set_state(states[1])  # noqa: NPY002


class OrderedSet(dict[Any, None]):
    """What a library needs of a set, iterated in the order of insertion.

    The order of Python's own set of strings, or of what is hashed by its text, differs between
    processes with PYTHONHASHSEED.
    """

    def __init__(self, items: Iterable[Any] = ()) -> None:
        super().__init__(dict.fromkeys(items))

    def add(self, item: Any) -> None:
        """Put an item at the end, unless it is in the set."""
        self[item] = None
