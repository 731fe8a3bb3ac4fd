"""Weights that sum to one, and the box that stands for them.

It never says how a box is searched, and knows no optimizer.
"""

from hpobench.simplex.weights import (
    SIMPLEX,
    SimplexBox,
    break_stick,
    group_of,
    simplexes,
    stick_shares,
    weight,
    with_simplexes,
    wrong_sum,
)

__all__ = [
    "SIMPLEX",
    "SimplexBox",
    "break_stick",
    "group_of",
    "simplexes",
    "stick_shares",
    "weight",
    "with_simplexes",
    "wrong_sum",
]
