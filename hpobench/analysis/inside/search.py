"""Where optimizers search: how often again, at the boundary, and at the default."""

import numpy as np
import numpy.typing as npt
import pandas as pd

from hpobench.analysis.inside.task_trials import TaskTrials

EDGE = 1e-9
"""A place so near to 0 or 1 lies on the boundary."""

COLUMNS = ("kind", "task", "optimizer", "trials", "repeated", "boundary", "default")


def search_shares(trials: TaskTrials) -> pd.DataFrame:
    """What share of each optimizer's configurations was no new one, or a special one.

    Returns:
        Columns `kind`, `task`, `optimizer`, the number of `trials`, and shares of these: those
        `repeated` (the same configuration at the same fidelity had been asked for before in the
        run), those on the `boundary` (some active range at its lower or upper bound), and those
        that are the space's `default`; NaN where the space is not known, or nothing was stored.
    """
    stored = trials.configs >= 0
    flags = {
        "repeated": repeated(trials),
        "boundary": _on_boundary(trials),
        "default": _default(trials),
    }
    rows = []
    for name in trials.runs["optimizer"].unique():
        own = (trials.optimizer == name) & stored
        rows.append(
            {
                "kind": str(trials.task.kind),
                "task": trials.task.id,
                "optimizer": name,
                "trials": int(own.sum()),
                **{key: _share(flag, own) for key, flag in flags.items()},
            }
        )
    return pd.DataFrame(rows, columns=list(COLUMNS))


def repeated(trials: TaskTrials) -> npt.NDArray[np.bool_]:
    """Which trials ask again for what their run had asked for at the same fidelity."""
    order = np.lexsort((trials.number, trials.run))
    asked = pd.DataFrame(
        {"run": trials.run, "config": trials.configs, "fidelity": trials.fidelity}
    ).iloc[order]
    again = np.empty(len(asked), dtype=np.bool_)
    again[order] = asked.duplicated().to_numpy()
    return again & (trials.configs >= 0)


def _on_boundary(trials: TaskTrials) -> npt.NDArray[np.bool_] | None:
    """Which configurations have a range at a bound; None where bounds are not known."""
    scales = trials.space.scales
    ranges = [i for i, scale in enumerate(scales) if scale.numeric and not scale.constant]
    if not trials.space.known or not ranges:
        return None
    places = trials.places[:, ranges]
    with np.errstate(invalid="ignore"):
        return np.asarray(((places <= EDGE) | (places >= 1 - EDGE)).any(axis=1))


def _default(trials: TaskTrials) -> npt.NDArray[np.bool_] | None:
    """Which configurations are the default one; None where that is not known."""
    scales = trials.space.scales
    if not trials.space.known or any(scale.default is None for scale in scales):
        return None
    same = np.ones(len(trials.run), dtype=np.bool_)
    for i, scale in enumerate(scales):
        place = scale.places([scale.default])[0]
        own = trials.places[:, i]
        same &= np.isnan(own) | (np.abs(own - place) <= EDGE)
    return same


def _share(flag: npt.NDArray[np.bool_] | None, own: npt.NDArray[np.bool_]) -> float:
    return float(flag[own].mean()) if flag is not None and own.any() else np.nan
