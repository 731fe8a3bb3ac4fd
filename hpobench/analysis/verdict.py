"""What a ranking says, in one sentence for each kind of tasks."""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from hpobench.analysis.frames import Analysis
from hpobench.stats.comparison import Comparison
from hpobench.stats.power import EQUAL, SEEDS, TASKS, UNEVEN, fewest_tasks
from hpobench.stats.significance import LEVEL
from hpobench.system.text import count, number

MOST_NAMES = 4
"""More names than this are counted."""

MOST_WAIT = 10_000
"""More seeds or tasks than this nobody will run."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Settlement:
    """What would tell the first of a ranking from the best that is not told apart from it.

    Attributes:
        first: The first of the ranking.
        other: The best of those that cannot be told apart from it.
        verdict: As in the frame `power`, but among the tests with the first alone.
        more_seeds: Seeds of each task to be added, the tasks staying as they are; None where no
            number would do, or nothing is known.
        more_tasks: Tasks like those at hand to be added, with as many seeds; likewise.
    """

    first: str
    other: str
    verdict: str
    more_seeds: int | None
    more_tasks: int | None

    def __str__(self) -> str:
        """The sentence's part, or nothing where nothing is known."""
        both = f"{self.first} against {self.other}"
        if self.verdict == EQUAL:
            return f"{self.first} and {self.other} are practically equal, which no seed will change"
        if self.more_seeds is not None:
            return f"about {_roughly(self.more_seeds, 'more seed')} would settle {both}"
        if self.more_tasks is not None:
            more = _roughly(self.more_tasks, "more task")
            return f"about {more} would settle {both}, seeds will not"
        return ""


def _roughly(number: int, noun: str) -> str:
    """So many of something, to the two digits that such a number is good for at most."""
    return count(round(number, 2 - len(str(number))), noun)


def verdict(analysis: Analysis, comparison: Comparison) -> str:
    """Who leads on tasks of a kind, who cannot be told apart from it, and how stable that is.

    The order is that of the ranking: interquartile mean of the regret, then mean rank.
    """
    rows = _ranking(analysis, comparison)
    seeds = analysis.runs["seed"].iloc[comparison.rows].nunique()
    what = f"{str(comparison.kind).capitalize()}, {count(len(comparison.tasks), 'task')} x "
    parts = [
        _order(rows, comparison),
        str(_settled(analysis, comparison, rows) or ""),
        _otherwise_by_rank(rows),
        _stable(analysis, comparison),
    ]
    return f"{what}{count(seeds, 'seed')}: {'; '.join(filter(None, parts))}."


def verdicts(analysis: Analysis) -> tuple[str, ...]:
    """The sentence of each kind; an analysis that is finished has them."""
    return tuple(verdict(analysis, comparison) for comparison in analysis.comparisons)


def settlement(analysis: Analysis, comparison: Comparison) -> Settlement | None:
    """What would settle who is the best; None where somebody leads before all others."""
    return _settled(analysis, comparison, _ranking(analysis, comparison))


def _settled(
    analysis: Analysis, comparison: Comparison, rows: Sequence[Mapping[Any, Any]]
) -> Settlement | None:
    """What would settle who is the best, by a ranking that is at hand."""
    alike = _not_told_apart(rows)
    if not alike or not len(comparison.pairs):
        return None
    first, other = str(rows[0]["optimizer"]), alike[0]
    frame = analysis.power[analysis.power["kind"] == comparison.kind]
    held = frame["optimizer"].isin([first, other]) & frame["other"].isin([first, other])
    (row,) = frame[held].to_dict("records")
    return Settlement(
        first=first,
        other=other,
        verdict=_of_ranking(row),
        more_seeds=_more(row["seeds_in_ranking"], row["seeds"]),
        more_tasks=_more(row["tasks_in_ranking"], row["tasks"]),
    )


def _of_ranking(row: Mapping[Any, Any]) -> str:
    """What would settle a pair among the tests with the first, for which less is enough."""
    if row["verdict"] not in {SEEDS, TASKS}:
        return str(row["verdict"])
    if math.isnan(row["seeds_in_ranking"]):
        return TASKS
    return UNEVEN if row["seeds_in_ranking"] <= row["seeds"] else SEEDS


def _more(needed: float, there: float) -> int | None:
    """How many are lacking; None where that is not known, too many, or no lack of these."""
    more = math.ceil(needed - there) if math.isfinite(needed - there) else 0
    return more if 0 < more <= MOST_WAIT else None


def _ranking(analysis: Analysis, comparison: Comparison) -> list[dict[Any, Any]]:
    """The rows of the final scores, the best first."""
    rows = (analysis.final["kind"] == comparison.kind).to_numpy()
    return analysis.final.loc[rows, ["optimizer", "regret", "rank", "p_first"]].to_dict("records")


def _not_told_apart(rows: Sequence[Mapping[Any, Any]]) -> list[str]:
    """Those that no test tells apart from the first."""
    return [row["optimizer"] for row in rows[1:] if not row["p_first"] < LEVEL]


def _order(rows: Sequence[Mapping[Any, Any]], comparison: Comparison) -> str:
    """The first, those like it, and the last."""
    if not rows or not len(comparison.pairs):
        return "nothing that all of them ran can be compared"
    if len(rows) == 1:
        return f"{rows[0]['optimizer']} alone, with nobody to compare it with"
    first, alike = rows[0], _not_told_apart(rows)
    if len(alike) == len(rows) - 1:
        tasks = len(comparison.tasks)
        few = f": {count(tasks, 'task')} {'is' if tasks == 1 else 'are'} too few"
        reason = few if tasks < fewest_tasks(len(alike)) else ""
        best = f"{first['optimizer']} is ahead ({_measure(first)})"
        return f"nobody can be told apart from the first{reason}; {best}, {_last(rows)}"
    leads = f"{first['optimizer']} leads ({_measure(first)})"
    apart = f"; {_names(alike)} cannot be told apart from it" if alike else " before all others"
    return f"{leads}{apart}; {_last(rows)}"


def _measure(row: Mapping[Any, Any]) -> str:
    """What the first is the first by."""
    rank = f"mean rank {row['rank']:.2f}"
    return f"regret {number(row['regret'])}, {rank}" if np.isfinite(row["regret"]) else rank


def _last(rows: Sequence[Mapping[Any, Any]]) -> str:
    return f"{rows[-1]['optimizer']} is last"


def _names(names: Sequence[str]) -> str:
    """Names, or how many they are."""
    if len(names) > MOST_NAMES:
        return f"{len(names)} others"
    return " and ".join(filter(None, [", ".join(names[:-1]), names[-1]]))


def _otherwise_by_rank(rows: Sequence[Mapping[Any, Any]]) -> str:
    """Who leads by mean rank, if it is not the one with the least regret."""
    known = [row for row in rows if np.isfinite(row["rank"]) and np.isfinite(row["regret"])]
    least = min((row["rank"] for row in known), default=np.nan)
    if not known or known[0]["rank"] == least:
        return ""
    best = next(row["optimizer"] for row in known if row["rank"] == least)
    return f"by mean rank {best} is the first ({least:.2f})"


def _stable(analysis: Analysis, comparison: Comparison) -> str:
    """How like each other the rankings by other tasks and seeds are."""
    found = analysis.significance
    values: Iterable[float] = found.loc[found["kind"] == comparison.kind, "tau"]
    known = [float(tau) for tau in values if np.isfinite(tau)]
    return f"rankings by other tasks and seeds agree by tau {known[0]:.2f}" if known else ""
