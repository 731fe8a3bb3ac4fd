"""Bars over optimizers that cannot be told apart: at which level of a diagram each is drawn."""

from collections.abc import Iterable, Iterator, Sequence

import numpy as np

from hpobench.scoring.trials import Floats

FOLLOWED = 20
"""The lines of Demsar's diagram can be followed by eye for so many optimizers at most."""


def shown_groups(letters: Iterable[str]) -> list[str]:
    """The letters of groups in their order; none where there are more groups than letters.

    Their bars would be a block that nobody reads: who beats whom is then told by pairs alone.

    Args:
        letters: For each optimizer those of its groups, with blanks between.
    """
    groups = {letter for own in letters for letter in own.split()}
    return [] if any(len(letter) > 1 for letter in groups) else sorted(groups)


def bars(ranks: Floats, letters: Sequence[str]) -> Iterator[tuple[int, Floats]]:
    """For each of the `shown_groups` the level it is drawn at, and its members' ascending ranks."""
    free: list[float] = []
    for group in shown_groups(letters):
        members = np.sort(
            [r for r, own in zip(ranks, letters, strict=True) if group in own.split()]
        )
        level = next((i for i, end in enumerate(free) if end < members[0] - 0.05), len(free))
        free[level : level + 1] = [float(members[-1])]
        yield level, members
