"""What a subset of points is to resemble."""

from enum import StrEnum


class Target(StrEnum):
    """What a subset is to resemble: the full set, or a cube filled evenly."""

    EMPIRICAL = "empirical"
    UNIFORM = "uniform"
