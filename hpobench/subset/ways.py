"""What tasks are compared by, and how subsets are chosen: the user's choices."""

from enum import StrEnum


class Measure(StrEnum):
    """What a coordinate of a task is: how well one of the reference optimizers did on it."""

    PERFORMANCE = "performance"
    """The normalised regret r it ended with, mean over seeds, as r / (1 + r)."""
    AREA = "area"
    """The same of the normalised regret's mean over the budget."""
    RANK = "rank"
    """Its rank among the reference optimizers, mean over seeds, 0 for the first, 1 for the last."""


class Method(StrEnum):
    """How subsets are chosen."""

    SWAP = "swap"
    """By swaps that lower the discrepancy."""
    MMD = "mmd"
    """By swaps that lower the maximum mean discrepancy."""
    MEDOIDS = "k-medoids"
    """As centres of clusters."""
    RANDOM = "random"
    """Choose tasks by chance."""
