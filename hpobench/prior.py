"""What a user believes of good settings before a run begins."""

from dataclasses import dataclass

from hpobench.trial import Value


@dataclass(frozen=True, slots=True, kw_only=True)
class Belief:
    """Where the good values of one hyperparameter are believed to lie.

    Attributes:
        default: The value believed to be best.
        width: How sure that is. Of a float, an integer or an ordinal the standard deviation
            around `default`, as a share of the range (of its logarithm, where that is the scale);
            of a categorical the probability of another choice. In (0, 1).
    """

    default: Value
    width: float
