"""Many small parts of a frame as one: to join as many small frames takes much longer."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

Columns = Mapping[str, npt.NDArray[Any]]
"""Columns of a frame by their names, all of one length."""


def join_columns(parts: Sequence[Columns], names: Sequence[str]) -> pd.DataFrame:
    """One frame of the named columns of all parts; without rows where there are no parts."""
    if not parts:
        return pd.DataFrame(columns=[*names])
    return pd.DataFrame({name: np.concatenate([part[name] for part in parts]) for name in names})
