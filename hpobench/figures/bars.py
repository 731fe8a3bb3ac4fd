"""Bars over optimizers that cannot be told apart: at which level of a diagram each is drawn."""

from collections.abc import Iterator, Sequence

import numpy as np

from hpobench.scoring.trials import Floats

FOLLOWED = 20
"""The lines of Demsar's diagram can be followed by eye for so many optimizers at most."""


MOST_GROUPS = 26
"""So many groups have a letter each; more are a block of bars that nobody reads."""


def bars(ranks: Floats, letters: Sequence[str]) -> Iterator[tuple[int, Floats]]:
    """For each group the level it is drawn at, and its members' ranks, ascending.

    Nothing for more than `MOST_GROUPS`: who beats whom is then told by pairs alone.
    """
    groups = sorted(
        {letter for own in letters for letter in own.split()}, key=lambda g: (len(g), g)
    )
    free: list[float] = []
    for group in groups if len(groups) <= MOST_GROUPS else ():
        members = np.sort(
            [r for r, own in zip(ranks, letters, strict=True) if group in own.split()]
        )
        level = next((i for i, end in enumerate(free) if end < members[0] - 0.05), len(free))
        free[level : level + 1] = [float(members[-1])]
        yield level, members
