"""Where a falling curve stops being worth its cost."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike

SENSITIVITY = 1.0
"""How many average steps the curve must flatten by for a knee to be believed."""


def knee(x: Sequence[int], y: ArrayLike) -> int:
    """The x at which a falling, convex curve bends most.

    Both axes are scaled to [0, 1]; a knee is a point at which the curve lies farther below its
    chord than around it, and after which it comes back by the sensitivity before the next such
    point. The first one counts; if there is none, the point farthest below the chord.

    Source: Satopaa, Albrecht, Irwin, Raghavan (2011), Finding a "Kneedle" in a Haystack:
    Detecting Knee Points in System Behavior; offline, on the values as they are. Rises, which a
    search in vain leaves in its values, are levelled first.

    Args:
        x: Ascending.
        y: As many values.
    """
    falling = np.minimum.accumulate(np.asarray(y, dtype=float))
    across = (np.array(x) - x[0]) / max(x[-1] - x[0], 1)
    below = (falling[0] - falling) / max(falling[0] - falling[-1], 1e-12) - across
    step = SENSITIVITY * np.mean(np.diff(across)) if len(x) > 1 else 0.0
    tops = [i for i in range(1, len(x) - 1) if below[i - 1] < below[i] >= below[i + 1]]
    for top, end in zip(tops, [*tops, len(x)][1:], strict=True):
        if below[top:end].min() < below[top] - step:
            return x[top]
    return x[int(np.argmax(below))]
