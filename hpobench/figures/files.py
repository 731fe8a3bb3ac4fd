"""Draw the figures of an analysis into files for print, from its frames."""

from collections.abc import Iterator, Mapping, Sequence
from itertools import product
from pathlib import Path

import matplotlib as mpl
import pandas as pd

from hpobench.figures import cost_figures, statistics_plots
from hpobench.figures.catalogue import Plot, plots_with_data
from hpobench.figures.font import small_font
from hpobench.figures.output import FOR_PRINT, METADATA, draw_forms
from hpobench.figures.style import RC, WIDTHS
from hpobench.scoring.metric import Metric
from hpobench.scoring.metrics import METRICS
from hpobench.system.garbage import collecting_seldom

Sized = tuple[Plot, str]
"""A figure, and the end of its files' names, which stands for the width."""


def draw_files(
    frames: Mapping[str, pd.DataFrame],
    optimizers: Sequence[str],
    folder: Path,
    *,
    everything: bool = False,
    metrics: Sequence[Metric] = METRICS,
) -> list[Sized]:
    """Draw the main figures, or all at all widths.

    Args:
        frames: The frames of an analysis, by their names.
        optimizers: All that the analysis has; they fix the colours.
        folder: What to write into; made if it does not exist.
        everything: Whether to draw all that can be drawn, see `catalogue.plots_with_data`, and in
            all forms.
        metrics: Those of the analysis.

    Returns:
        What was drawn.
    """
    folder.mkdir(parents=True, exist_ok=True)
    found = list(all_figures(frames, optimizers, everything=everything, metrics=metrics))
    wanted = forms(everything=everything)
    with small_font(), mpl.rc_context(RC), collecting_seldom():
        for plot, end in found:
            for form, data in draw_forms(plot.draw(WIDTHS[end]), wanted).items():
                (folder / f"{plot.name}{end}.{form}").write_bytes(data)
    return found


def forms(*, everything: bool) -> tuple[str, ...]:
    """The forms of the files of the main figures, or of all."""
    return tuple(METADATA) if everything else FOR_PRINT


def all_figures(
    frames: Mapping[str, pd.DataFrame],
    optimizers: Sequence[str],
    *,
    everything: bool = False,
    metrics: Sequence[Metric] = METRICS,
) -> Iterator[Sized]:
    """The figures for which there are data; those of the statistics at one width."""
    ends = WIDTHS if everything else list(WIDTHS)[:1]
    yield from product(
        plots_with_data(frames, optimizers, everything=everything, metrics=metrics), ends
    )
    yield from product(statistics_plots.statistics_plots(frames, optimizers), [""])
    yield from product(cost_figures.plots(frames), [""])
