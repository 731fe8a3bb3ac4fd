"""Where optimizers search: how often again, at the boundary, and at the default."""

import numpy as np
import numpy.typing as npt
import pandas as pd

from hpobench.analysis.inside.task_trials import TaskTrials

EDGE = 1e-9
"""A place so near to 0 or 1 lies on the boundary."""

COLUMNS = ("kind", "task", "optimizer", "trials", "repeated", "boundary", "default")


def search_shares(found: TaskTrials) -> pd.DataFrame:
    """What share of each optimizer's configurations was no new one, or a special one.

    Returns:
        Columns `kind`, `task`, `optimizer`, the number of `trials`, and shares of these: those
        `repeated` (the same configuration at the same fidelity had been asked for before in the
        run), those on the `boundary` (some active range at its lower or upper bound), and those
        that are the space's `default`; NaN where the space is not known, or nothing was stored.
    """
    stored = found.configs >= 0
    flags = {
        "repeated": repeated(found),
        "boundary": _on_boundary(found),
        "default": _default(found),
    }
    rows = []
    for name in found.runs["optimizer"].unique():
        own = (found.optimizer == name) & stored
        rows.append(
            {
                "kind": str(found.task.kind),
                "task": found.task.id,
                "optimizer": name,
                "trials": int(own.sum()),
                **{key: _share(flag, own) for key, flag in flags.items()},
            }
        )
    return pd.DataFrame(rows, columns=list(COLUMNS))


def repeated(found: TaskTrials) -> npt.NDArray[np.bool_]:
    """Which trials ask again for what their run had asked for at the same fidelity."""
    order = np.lexsort((found.number, found.run))
    asked = pd.DataFrame(
        {"run": found.run, "config": found.configs, "fidelity": found.fidelity}
    ).iloc[order]
    again = np.empty(len(asked), dtype=np.bool_)
    again[order] = asked.duplicated().to_numpy()
    return again & (found.configs >= 0)


def _on_boundary(found: TaskTrials) -> npt.NDArray[np.bool_] | None:
    """Which configurations have a range at a bound; None where bounds are not known."""
    scales = found.space.scales
    ranges = [i for i, scale in enumerate(scales) if scale.numeric and not scale.constant]
    if not found.space.known or not ranges:
        return None
    places = found.places[:, ranges]
    with np.errstate(invalid="ignore"):
        return np.asarray(((places <= EDGE) | (places >= 1 - EDGE)).any(axis=1))


def _default(found: TaskTrials) -> npt.NDArray[np.bool_] | None:
    """Which configurations are the default one; None where that is not known."""
    scales = found.space.scales
    if not found.space.known or any(scale.default is None for scale in scales):
        return None
    same = np.ones(len(found.run), dtype=np.bool_)
    for i, scale in enumerate(scales):
        place = scale.places([scale.default])[0]
        own = found.places[:, i]
        same &= np.isnan(own) | (np.abs(own - place) <= EDGE)
    return same


def _share(flag: npt.NDArray[np.bool_] | None, own: npt.NDArray[np.bool_]) -> float:
    return float(flag[own].mean()) if flag is not None and own.any() else np.nan
