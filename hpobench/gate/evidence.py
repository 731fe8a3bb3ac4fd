"""What paired differences say: their mean, its error between seeds, and tests against a bound."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.special import stdtr, stdtrit

from hpobench.scoring.means import mean

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True)
class MeanDifference:
    """A mean of paired differences, candidate less baseline, and how sure it is.

    Attributes:
        mean: Above 0 if the candidate is worse.
        error: Standard error of the mean, from the differences between seeds.
        freedom: Degrees of freedom of the error.
        pairs: How many differences are behind it.
    """

    mean: float
    error: float
    freedom: float
    pairs: int

    def p_above(self, bound: float) -> float:
        """The p-value of the hypothesis that the true mean is at most `bound`.

        By Student's t, and never below what a sign test could reach with as many pairs: a few
        differences that happen to be equal have no error, and yet prove little.
        """
        distance = self.mean - bound
        if self.error > 0:
            p_value = float(stdtr(self.freedom, -distance / self.error))
        else:
            p_value = 0.0 if distance > 0 else 1.0
        return max(p_value, 0.5**self.pairs)

    def p_below(self, bound: float) -> float:
        """The p-value of the hypothesis that the true mean is at least `bound`."""
        return self.mirrored.p_above(-bound)

    @property
    def mirrored(self) -> "MeanDifference":
        """The same with baseline and candidate exchanged."""
        return MeanDifference(
            mean=-self.mean, error=self.error, freedom=self.freedom, pairs=self.pairs
        )

    def interval(self, level: float) -> tuple[float, float]:
        """The two-sided confidence interval of the mean, at a level such as 0.99."""
        half = float(stdtrit(self.freedom, (1 + level) / 2)) * self.error
        return self.mean - half, self.mean + half


def of_task(before: Floats, after: Floats) -> MeanDifference:
    """What the pairs of one task say.

    The mean of the differences is made as the difference of the means, which is none where both
    have the same scores under other seeds.

    Args:
        before: Scores of the baseline, at least two.
        after: Those of the candidate, in the same order.
    """
    differences, pairs = np.sort(after - before), len(before)
    return MeanDifference(
        mean=float(mean(after) - mean(before)),
        error=float(differences.std(ddof=1)) / np.sqrt(pairs),
        freedom=pairs - 1,
        pairs=pairs,
    )


def evidence_over_tasks(tasks: Sequence[MeanDifference]) -> MeanDifference:
    """The mean over tasks of equal weight; other seeds would change it, other tasks are not meant.

    Source:
        Satterthwaite (1946), An approximate distribution of estimates of variance components,
        Biometrics Bulletin 2: the degrees of freedom.
    """
    squares = np.array([task.error**2 for task in tasks])
    freedom = np.array([task.freedom for task in tasks])
    parts = float((squares**2 / freedom).sum())
    return MeanDifference(
        mean=float(mean(np.array([task.mean for task in tasks]))),
        error=float(np.sqrt(squares.sum())) / len(tasks),
        freedom=float(squares.sum()) ** 2 / parts if parts > 0 else float(freedom.sum()),
        pairs=sum(task.pairs for task in tasks),
    )
