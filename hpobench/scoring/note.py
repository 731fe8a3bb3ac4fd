"""One thing to know before the numbers of a comparison, and which come first."""

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import chain


@dataclass(frozen=True, slots=True, kw_only=True)
class Note:
    """One thing to know.

    Attributes:
        text: In a sentence.
        details: More of it, line by line.
        serious: Whether the numbers are incomplete because of it.
    """

    text: str
    details: tuple[str, ...] = ()
    serious: bool = True


def sorted_by_weight(*groups: Iterable[Note]) -> tuple[Note, ...]:
    """All notes, those first because of which the numbers are incomplete."""
    return tuple(sorted(chain.from_iterable(groups), key=lambda note: not note.serious))
