"""Draw how little tuned models of clicks differ: `python -m tests.benchmarks.click_models`.

Needs the data set bars_ctr. Writes docs/bars-ctr.svg and prints the numbers of docs/data.md.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from hpobench.benchmarks.tabular.click_models import bars_runs
from hpobench.system.folders import locate
from tests.driving import catalogue
from tests.folders import CHECKOUT

DRAWS = 10_000
"""Resamples of models for an interval."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Spread:
    """What a data set's models reach.

    Attributes:
        name: The data set.
        best: The best area under the curve on test data of each model, chosen on validation data.
        settings: Of each model with four runs or more, how far its median run is below its best.
    """

    name: str
    best: np.ndarray[tuple[int], np.dtype[np.float64]]
    settings: np.ndarray[tuple[int], np.dtype[np.float64]]


def spreads() -> Iterator[Spread]:
    """One for each task of `bars-ctr`."""
    for task in catalogue().tasks.values():
        if task.collection != "bars-ctr":
            continue
        columns = bars_runs(locate(str(task.params["file"])), str(task.params["array"]))
        told, test = (np.array(columns[name]) for name in ("auc", "test_auc"))
        models = np.array(columns["model"])
        places = [np.flatnonzero(models == model) for model in sorted(set(columns["model"]))]
        best = [test[runs[told[runs].argmax()]] for runs in places]
        gaps = [told[runs].max() - np.median(told[runs]) for runs in places if len(runs) > 3]
        yield Spread(name=task.id, best=np.array(best), settings=np.array(gaps))


def interval(values: np.ndarray[tuple[int], np.dtype[np.float64]]) -> tuple[float, float, float]:
    """The median and its 95 % interval, by resampling."""
    rng = np.random.default_rng(0)
    medians = np.median(rng.choice(values, (DRAWS, len(values))), axis=1)
    low, high = np.quantile(medians, [0.025, 0.975])
    return float(np.median(values)), float(low), float(high)


def main() -> None:
    """Print a row of the table for each data set, and draw the figure."""
    import matplotlib as mpl

    mpl.use("svg")
    mpl.rcParams["svg.hashsalt"] = "bars-ctr"
    from matplotlib import pyplot as plt

    found = list(spreads())
    figure, axes = plt.subplots(figsize=(7, 3.2), layout="constrained")
    for place, each in enumerate(found):
        below = 100 * (each.best.max() - each.best)
        axes.plot(below, np.full(len(below), place), "o", alpha=0.5, color="tab:blue")
        middle, low, high = interval(below)
        axes.plot([low, high], [place, place], color="tab:red", linewidth=3)
        axes.plot([middle], [place], "|", color="tab:red", markersize=12)
        gap = 100 * np.median(each.settings)
        print(
            f"| {each.name.partition('/')[2]} | {len(below)} | {each.best.max():.4f} | "
            f"{middle:.2f} ({low:.2f} to {high:.2f}) | {gap:.2f} |"
        )
    axes.set_yticks(range(len(found)), [each.name.partition("/")[2] for each in found])
    axes.set_xlabel("100 x (area under the curve of the best model - that of each), all tuned")
    axes.set_xscale("symlog", linthresh=0.1)
    axes.set_xlim(left=-0.01)
    axes.set_title("A point is a model; red: the median model and its 95 % interval", fontsize=9)
    figure.savefig(CHECKOUT / "docs" / "bars-ctr.svg", metadata={"Date": None})


if __name__ == "__main__":
    main()
