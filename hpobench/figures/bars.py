"""Bars over optimizers that cannot be told apart: at which level of a diagram each is drawn."""

from collections.abc import Iterator, Sequence

import numpy as np

from hpobench.scoring.trials import Floats

FOLLOWED = 20
"""The lines of Demsar's diagram can be followed by eye for so many optimizers at most."""


def bars(ranks: Floats, letters: Sequence[str]) -> Iterator[tuple[int, Floats]]:
    """For each group the level it is drawn at, and its members' ranks, ascending."""
    groups = sorted(
        {letter for own in letters for letter in own.split()}, key=lambda g: (len(g), g)
    )
    free: list[float] = []
    for group in groups:
        members = np.sort(
            [r for r, own in zip(ranks, letters, strict=True) if group in own.split()]
        )
        level = next((i for i, end in enumerate(free) if end < members[0] - 0.05), len(free))
        free[level : level + 1] = [float(members[-1])]
        yield level, members
