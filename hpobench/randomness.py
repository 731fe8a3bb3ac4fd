"""Contain what would make libraries differ from run to run: global generators, order of sets."""

import random
import warnings
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import numpy as np
from numpy.random import mtrand


def seed_globals(seed: int) -> None:
    """Seed the global generators, so that a library that draws from them still repeats."""
    random.seed(seed)
    np.random.seed(seed)  # noqa: NPY002


class MT19937(np.random.MT19937):
    """The bits of `numpy.random`, under the name that numpy wants to see in their state.

    They can be exchanged as a whole; to copy their 624 words takes numpy a hundred times as
    long. But the second of a pair of normal deviates is kept elsewhere, and numpy tells and
    takes it with the state alone, which has no words for that while it is `bare`.
    """

    bare = False

    @classmethod
    def at(cls, state: Mapping[str, Any]) -> "MT19937":
        """Bits that go on from a state of numpy's."""
        bits = cls(0)
        bits.state = state
        return bits

    @contextmanager
    def stripped(self) -> Iterator[None]:
        """A scope in which the state is that of the deviate alone."""
        self.bare = True
        yield
        self.bare = False

    @property
    def state(self) -> Any:
        """The words and the position in them."""
        return {"bit_generator": "MT19937", "state": {}} if self.bare else super().state

    @state.setter
    def state(self, state: Any) -> None:
        if not self.bare:
            np.random.MT19937.state.__set__(self, state)  # type: ignore[attr-defined]


_Place = tuple[Any, MT19937, Any]
"""The state of `random` if asked for, the bits of `numpy.random`, and the normal deviate beside."""


class GlobalGenerators:
    """The global generators of `random` and `numpy.random`, as one owner sees them.

    Within `with generators:` they go on from where this owner left them; outside they are
    as if this owner had never drawn. Scopes of different owners may be nested, one owner's
    may not.

    Args:
        seed: Where this owner's draws start, in [0, 2**32 - 1].
        python: Whether it draws from `random` too, whose state takes long to exchange.
    """

    def __init__(self, seed: int, *, python: bool = True) -> None:
        own = np.random.RandomState(seed).get_state(legacy=False)
        state = random.Random(seed).getstate() if python else None
        self._own: _Place = state, MT19937.at(own), own
        self._others: list[_Place] = []

    def __enter__(self) -> None:
        self._others.append(self._leave())
        _enter(self._own)

    def __exit__(self, *_: object) -> None:
        self._own = self._leave()
        _enter(self._others.pop())

    def _leave(self) -> _Place:
        """Where the global generators are."""
        return random.getstate() if self._own[0] else None, *_bits()

    @contextmanager
    def quietly(self) -> Iterator[None]:
        """The same scope, in which nothing warns: what a library says is not for our users."""
        with self, warnings.catch_warnings(action="ignore"):
            yield


def _bits() -> tuple[MT19937, Any]:
    """What numpy's global generator has now, which from the first time on can be exchanged."""
    if not isinstance(bits := mtrand.get_bit_generator(), MT19937):
        state = np.random.get_state(legacy=False)  # noqa: NPY002
        mtrand.set_bit_generator(bits := MT19937.at(state))
        np.random.set_state(state)  # noqa: NPY002
    with bits.stripped():
        return bits, np.random.get_state(legacy=False)  # noqa: NPY002


def _enter(place: _Place) -> None:
    """Put the global generators there."""
    python, bits, left = place
    if python:
        random.setstate(python)
    mtrand.set_bit_generator(bits)
    with bits.stripped():
        np.random.set_state(left)  # noqa: NPY002


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
