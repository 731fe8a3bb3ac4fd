"""The leaderboard's tables: each of real tasks, of functions, and of all of them together."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
from scipy.stats import kendalltau

from hpobench.analysis import Analysis
from hpobench.scoring.curves import Axis
from hpobench.stats.significance import LEVEL
from hpobench.stats.standings import SHARES, TaskScope
from hpobench.system.text import count
from hpobench.task import Kind
from tests.optimizers_page import line

Rows = Mapping[str, Mapping[str, Any]]
"""What a table of standings has of each optimizer."""

PARTS = {TaskScope.REAL: "real tasks", TaskScope.FUNCTIONS: "functions", TaskScope.ALL: "all"}
"""Which are shown, in this order, and what they are called."""

MOST_NAMES = 4
"""More names than this are counted."""


def standings(
    analysis: Analysis, kind: str, part: TaskScope, axis: Axis = Axis.BUDGET, share: float = 1.0
) -> pd.DataFrame:
    """Who stands where, the best by mean rank first; empty where there are no such tasks."""
    found = analysis.standings
    chosen = (found["kind"] == kind) & (found["part"] == part) & (found["axis"] == axis)
    return found[chosen & (found["share"] == share)]


def with_fidelity(analysis: Analysis) -> Iterator[Kind]:
    """The kinds of tasks here that have a fidelity."""
    having = (Kind.MULTI_FIDELITY, Kind.MULTI_FIDELITY_MULTI_OBJECTIVE)
    yield from (Kind(c.kind) for c in analysis.comparisons if c.kind in having)


def leaders(analysis: Analysis) -> Iterator[str]:
    """Who leads on each part of each kind, and how far the rankings agree."""
    yield "## Who leads\n"
    yield (
        "By mean rank at the end of the budget. Who cannot be told apart from the first follows "
        "it; tau is Kendall's, between the rankings by real tasks and by functions (1: the same "
        "order, 0: nothing in common).\n"
    )
    yield line(["kind", "tasks", *(f"first on {name}" for name in PARTS.values()), "tau"])
    yield line(["---", "---:", *["---"] * len(PARTS), "---:"])
    for comparison in analysis.comparisons:
        kind = str(comparison.kind)
        found = {part: standings(analysis, kind, part) for part in PARTS}
        tasks = [_named(p, found[p]) for p in (TaskScope.REAL, TaskScope.FUNCTIONS)]
        tau = _agreement(found[TaskScope.REAL], found[TaskScope.FUNCTIONS])
        yield line([kind, ", ".join(tasks), *(_leader(own) for own in found.values()), tau])
    yield ""


def sentences(analysis: Analysis, kind: str) -> str:
    """What a kind's table says of the first: of real tasks, and of functions."""
    parts = {
        part: standings(analysis, kind, part) for part in (TaskScope.REAL, TaskScope.FUNCTIONS)
    }
    known = {part: own for part, own in parts.items() if len(own)}
    said = [_sentence(part, own, known) for part, own in known.items()]
    missing = [f"No task here is one of the {PARTS[p]}." for p in parts if p not in known]
    return " ".join([*said, *missing])


def by_part(analysis: Analysis, kind: str) -> Iterator[str]:
    """A line for each optimizer, in the order of real tasks where there are any."""
    parts = _shown(analysis, kind)
    rows = {part: _rows(own) for part, own in parts.items()}
    best = {part: _together(own) for part, own in parts.items()}
    heads = [f"{PARTS[part]}: {what}" for what in ("mean rank", "regret") for part in parts]
    yield line(["", "optimizer", *heads, "wins", "seeds", "ms per trial"])
    yield line(["---:", "---", *["---:"] * (len(heads) + 3)])
    final = _rows(analysis.final[analysis.final["kind"] == kind])
    tasks = _tasks(standings(analysis, kind, TaskScope.ALL))
    for place, name in enumerate(next(iter(rows.values())), 1):
        ranks = [_bold(_rank(rows[p][name]), bold=name in best[p]) for p in parts]
        regrets = [_regret(rows[p][name]) for p in parts]
        own = final[name]
        seeds = f"{own['runs'] / tasks:.0f}"
        cells = [str(own["wins"]), seeds, f"{own['overhead']:.3g}"]
        yield line([str(place), name, *ranks, *regrets, *cells])
    yield ""


def on_the_way(analysis: Analysis, kind: str) -> Iterator[str]:
    """Mean rank and regret at shares of the budget, on each part."""
    parts = list(_shown(analysis, kind))
    heads = [f"{PARTS[part]}: {share:.0%}" for part in parts for share in SHARES]
    columns = [
        _rows(standings(analysis, kind, part, share=share)) for part in parts for share in SHARES
    ]
    yield line(["optimizer", *heads])
    yield line(["---", *["---:"] * len(heads)])
    for name in _order(columns[len(SHARES) - 1]):
        yield line([name, *(_both(column[name]) for column in columns)])
    yield ""


def equal_time(analysis: Analysis, kind: str, shares: Sequence[float] = (0.3, 1.0)) -> list[str]:
    """Where optimizers stand after equal virtual seconds; nothing where none are recorded."""
    parts = _shown(analysis, kind, Axis.TIME)
    if not parts:
        return []
    columns = [
        _rows(standings(analysis, kind, part, Axis.TIME, share))
        for part in parts
        for share in shares
    ]
    heads = [f"{PARTS[part]}: {share:.0%}" for part in parts for share in shares]
    whole = _rows(standings(analysis, kind, TaskScope.ALL, Axis.TIME, shares[-1]))
    tasks = " and ".join(_named(p, own) for p, own in parts.items() if p is not TaskScope.ALL)
    found = [f"{tasks or _named(TaskScope.ALL, parts[TaskScope.ALL])} with recorded costs.\n"]
    found += [line(["optimizer", *heads, "time taken", f"ended before {shares[-1]:.0%}"])]
    found += [line(["---", *["---:"] * (len(heads) + 2)])]
    for name in _order(columns[len(shares) - 1]):
        own = whole[name]
        cells = [_both(column[name]) for column in columns]
        found += [line([name, *cells, f"{own['taken']:.2f}", f"{own['ended']:.0%}"])]
    return [*found, ""]


def _rows(found: pd.DataFrame) -> dict[str, dict[Any, Any]]:
    """What each optimizer has, in the order of the frame."""
    return {row["optimizer"]: row for row in found.to_dict("records")}


def _order(found: Rows) -> list[str]:
    """The optimizers, the best by mean rank first."""
    return sorted(found, key=lambda name: (found[name]["rank"], name))


def _tasks(found: pd.DataFrame) -> int:
    """On how many tasks they stand so."""
    return int(found["tasks"].iloc[0]) if len(found) else 0


def _together(found: pd.DataFrame) -> set[str]:
    """The first, and who its tests with the others do not set apart; nobody on too few tasks.

    Of so many tests with so few tasks none can come below the level: of all assignments of signs
    two are as far from none.
    """
    if 2.0 ** (1 - _tasks(found)) * (len(found) - 1) >= LEVEL:
        return set()
    return set(found.loc[~(found["p_first"] < LEVEL), "optimizer"])


def _leader(found: pd.DataFrame) -> str:
    """The first with its mean rank, and who cannot be told apart from it."""
    if not len(found):
        return "-"
    first = found.iloc[0]
    others = sorted(_together(found) - {first["optimizer"]})
    few = f"; {count(_tasks(found), 'task')}: too few to tell" if not _together(found) else ""
    return f"**{first['optimizer']}** {_rank(first)}{few}{f'; {_names(others)}' if others else ''}"


def _sentence(part: TaskScope, found: pd.DataFrame, known: Mapping[TaskScope, pd.DataFrame]) -> str:
    """Who is the first on a part, where random search is, and where the first of the rest is."""
    ordered = found["optimizer"].tolist()
    first = found.iloc[0]
    text = f"On the {_named(part, found)} {ordered[0]} is first"
    text += f" (mean rank {_rank(first).replace(' (', ', ').rstrip(')')}; of {len(ordered)})"
    if "random" in ordered:
        own = _rows(found)["random"]
        text += f", random search {_ordinal(ordered.index('random') + 1)} ({own['rank']:.1f})"
    for other, rest in known.items():
        if other is not part:
            place = rest["optimizer"].tolist().index(ordered[0]) + 1
            text += f"; on the {_named(other, rest)} it is {_ordinal(place)}"
    return f"{text}."


def _named(part: TaskScope, found: pd.DataFrame) -> str:
    """How many tasks of a part there are, such as 14 real tasks."""
    number = _tasks(found)
    return f"{number} {PARTS[part] if number > 1 else PARTS[part].removesuffix('s')}"


def _shown(
    analysis: Analysis, kind: str, axis: Axis = Axis.BUDGET
) -> dict[TaskScope, pd.DataFrame]:
    """The standings at the end on each part that has tasks; all only where that is more."""
    found = {p: own for p in PARTS if len(own := standings(analysis, kind, p, axis))}
    same = {_tasks(own) for p, own in found.items() if p is not TaskScope.ALL}
    return {p: own for p, own in found.items() if p is not TaskScope.ALL or _tasks(own) not in same}


def _agreement(first: pd.DataFrame, second: pd.DataFrame) -> str:
    """Kendall's tau between two rankings of the same optimizers."""
    if not len(first) or not len(second):
        return "-"
    both = first.set_index("optimizer")["rank"], second.set_index("optimizer")["rank"]
    tau = kendalltau(both[0], both[1].reindex(both[0].index)).statistic
    return f"{tau:.2f}" if np.isfinite(tau) else "-"


def _names(names: Sequence[str]) -> str:
    """Names, or how many they are."""
    return f"and {len(names)} others" if len(names) > MOST_NAMES else f"and {', '.join(names)}"


def _rank(row: Mapping[str, Any] | pd.Series) -> str:
    return f"{row['rank']:.1f} ({row['rank_low']:.1f} to {row['rank_high']:.1f})"


def _regret(row: Mapping[str, Any]) -> str:
    return f"{row['regret']:.2f} ({row['low']:.2f} to {row['high']:.2f})"


def _both(row: Mapping[str, Any]) -> str:
    """Mean rank and regret in one cell."""
    return f"{row['rank']:.1f} / {row['regret']:.2f}"


def _bold(text: str, *, bold: bool) -> str:
    return f"**{text}**" if bold else text


def _ordinal(number: int) -> str:
    """1st, 2nd, 3rd, 4th, and so on."""
    teens = number % 100 in {11, 12, 13}
    return f"{number}{'th' if teens else {1: 'st', 2: 'nd', 3: 'rd'}.get(number % 10, 'th')}"
