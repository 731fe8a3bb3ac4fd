"""All learning curves of a recorded table at once, for those who compare its fidelities."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt

from hpobench.benchmarks.recorded.benchmark import cached_table
from hpobench.benchmarks.recorded.spec import Spec

Floats = npt.NDArray[np.float64]


def recorded_curves(params: Mapping[str, Any], objective: str) -> tuple[Floats, Floats]:
    """The fidelities of a table, and the values of all its trainings at these.

    Args:
        params: As `Recorded` takes them.
        objective: The name of one.

    Returns:
        The fidelities in rising order; and, in the order of the table's configurations, values to
        minimise of shape (trainings, configurations, fidelities), where trainings are as many as
        the configuration with most of them has, and NaN is what was not recorded or failed.

    Raises:
        UserError: The table is not here, or is not what the parameters say.
    """
    spec = Spec.of(dict(params))
    arrays = cached_table(spec).arrays
    ladder = np.asarray(arrays["ladder"], dtype=np.float64)
    rows, first = np.asarray(arrays["rows"]), np.asarray(arrays["trainings"])
    training = np.repeat(np.arange(len(rows) - 1), np.diff(rows))
    configuration = np.repeat(np.arange(len(first) - 1), np.diff(first))
    repetition = np.arange(len(rows) - 1) - first[configuration]
    column = list(spec.objectives).index(objective)
    found = np.full((int(repetition.max()) + 1, len(first) - 1, len(ladder)), np.nan)
    places = np.searchsorted(ladder, np.asarray(arrays["levels"]))
    values = np.asarray(arrays["values"])[:, column]
    found[repetition[training], configuration[training], places] = values
    return ladder, found
