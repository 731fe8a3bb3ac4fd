"""What a reader must know of the runs and of their experiments, before any result."""

from collections.abc import Iterator

import pandas as pd

from hpobench.analysis import notes
from hpobench.analysis.plan import IntendedRuns
from hpobench.scoring import merged_runs
from hpobench.scoring.frame import Frame, Source
from hpobench.scoring.note import Note
from hpobench.scoring.policy import Horizon


def of_source(source: Source, plan: IntendedRuns, frame: Frame) -> Iterator[Note]:
    """What to know of the store and the experiments."""
    yield from notes.stored(source.damage, source.notes)
    yield from notes.outdated(frame.outdated)
    yield from merged_runs.clocks(frame.runs)
    yield from merged_runs.budgets(frame.runs)
    yield from notes.missing(plan.missing, len(frame.runs))
    yield from notes.skipped(plan.skips)


def of_runs(runs: pd.DataFrame, horizon: Horizon) -> Iterator[Note]:
    """What to know of the runs themselves."""
    yield from notes.empty_handed(runs)
    yield from merged_runs.mixed(runs)
    yield from notes.surpassed(runs)
    yield from notes.shortened(runs) if horizon is Horizon.COMMON else notes.cut_short(runs)
    yield from notes.few_seeds(runs)
