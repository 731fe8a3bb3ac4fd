"""Each two optimizers held against each other: wins, tests, effect size and equivalence."""

import numpy as np
import pandas as pd

from hpobench.scoring.means import mean, median
from hpobench.scoring.trials import Floats, Integers
from hpobench.stats.bayes import signed_ranks
from hpobench.stats.critical import groups, nemenyi_distance
from hpobench.stats.finals import Basis, Finals
from hpobench.stats.significance import LEVEL, a12_interval, friedman, holm, wilcoxon


def pairs(finals: Finals, rope: float) -> pd.DataFrame:
    """One row for each pair of optimizers, the first before the second by name.

    Args:
        finals: Final scores on tasks of one kind.
        rope: Regrets that differ by no more are practically equal.

    Returns:
        Columns `kind`, `optimizer`, `other`; `wins`, `ties` and `losses` of the first in pairs
        of task and seed; the `tasks` that are tested, those with a scale, and over these the
        median `difference` of mean regrets (negative: the first is better), Wilcoxon's `p` and
        `p_holm` (where no task has a scale by `a12` of each task, without a difference); `a12`, how
        probable it is that a run of the first beats one of the second (the mean over tasks),
        with its interval `a12_low` to `a12_high`; and the probabilities that the first is
        `better`, practically `equal` or `worse`.
    """
    first, second = finals.pairs
    differences = finals.scores[:, first] - finals.scores[:, second]
    posterior = signed_ranks(differences, rope)
    known = len(differences) > 0
    cases = _cases(finals)
    p = wilcoxon(cases).p if len(cases) else np.full(len(first), np.nan)
    effect, low, high = (part[first, second] for part in improvement(finals.loss))
    met = finals.met
    won = np.stack([(met[:, i : i + 1] < met).sum(axis=0) for i in range(met.shape[1])])
    wins, losses = won[first, second], won[second, first]
    unknown = np.full(len(first), np.nan)
    return finals.named(
        wins=_counted(wins, met),
        ties=_counted(len(met) - wins - losses, met),
        losses=_counted(losses, met),
        tasks=len(cases),
        difference=median(differences),
        p=p,
        p_holm=holm(p),
        a12=effect,
        a12_low=low,
        a12_high=high,
        better=posterior.lower if known else unknown,
        equal=posterior.equal if known else unknown,
        worse=posterior.higher if known else unknown,
    )


def against(found: pd.DataFrame, name: str) -> dict[str, float]:
    """The p-value of each other optimizer's test with one, adjusted by Holm for these tests alone.

    A ranking asks who is no worse than the first, or no better than random search. These are as
    many questions as there are others, not as many as there are pairs.

    Args:
        found: What `pairs` gave for a kind.
        name: The optimizer that the others are compared with.
    """
    own = found[(found["optimizer"] == name) | (found["other"] == name)]
    others = own["other"].where(own["optimizer"] == name, own["optimizer"])
    return dict(zip(others, holm(own["p"].to_numpy(dtype=float)), strict=True))


def overall_test(finals: Finals) -> pd.DataFrame:
    """One row: whether the optimizers of a kind differ at all.

    Returns:
        Columns `kind`, `optimizers`, the `basis` of the tests, the `tasks` they are over,
        Friedman's `chi2` and `p`, Iman and Davenport's `f` and `p_f`, and `nemenyi`, the distance
        of mean ranks from which two differ by Nemenyi's test; NaN where there is nothing to test.
    """
    found = friedman(finals.tested)
    cases, count = finals.tested.shape
    known = min(cases, count) > 1
    row = {
        "kind": str(finals.kind),
        "optimizers": count,
        "basis": str(finals.basis),
        "tasks": cases,
        "chi2": found.statistic if known else np.nan,
        "p": found.p if known else np.nan,
        "f": found.f if known else np.nan,
        "p_f": found.p_f if known else np.nan,
        "nemenyi": nemenyi_distance(count, cases, LEVEL),
    }
    return pd.DataFrame([row])


def critical_groups(finals: Finals, found: pd.DataFrame) -> pd.DataFrame:
    """Mean ranks over tasks, and who cannot be told apart.

    Args:
        finals: Final scores on tasks of one kind.
        found: What `pairs` gave for it.

    Returns:
        Columns `kind`, `optimizer`, mean `rank` over tasks by the basis of the tests, and
        `groups`: letters, of which any two optimizers share one if they are tested and no test
        tells them apart. The best first, and equal ranks by name.
    """
    count = len(finals.optimizers)
    alike = np.eye(count, dtype=np.bool_)
    first, second = finals.pairs
    alike[first, second] = alike[second, first] = (found["p_holm"] >= LEVEL).to_numpy()
    ranks = friedman(finals.tested).ranks
    order = np.lexsort((np.arange(count), ranks))
    shared = groups(alike[np.ix_(order, order)])
    rows = [
        {
            "kind": str(finals.kind),
            "optimizer": finals.optimizers[i],
            "rank": ranks[i],
            "groups": " ".join(_letters(g) for g, members in enumerate(shared) if at in members),
        }
        for at, i in enumerate(order)
    ]
    return pd.DataFrame(rows)


def improvement(losses: Floats) -> tuple[Floats, Floats, Floats]:
    """A12 of each two optimizers, averaged over tasks, with its interval.

    Tasks count as given, as in all other intervals. The interval is that of a single task with as
    many runs as all together, by whose size the mean is as sure; it is no narrower where an
    optimizer wins all pairs that were seen.

    Args:
        losses: Shape (tasks, optimizers, seeds), NaN where there is no run.

    Returns:
        Mean and ends of the interval, each of shape (optimizers, optimizers); without an
        interval (NaN) where an optimizer has a single run on a task.

    Source:
        Agarwal et al. (2021), the probability of improvement.
    """
    tasks, count, _ = losses.shape
    effects, runs = np.empty((tasks, count, count)), (~np.isnan(losses)).sum(axis=2)
    for i, task in enumerate(losses):
        effects[i] = _improvement(task)
    effect = mean(effects)
    with np.errstate(divide="ignore", invalid="ignore"):
        together = tasks**2 / (1 / runs).sum(axis=0)
        low, high = a12_interval(effect, together[:, None], together)
    several = (runs > 1).all(axis=0)
    told = several[:, None] & several & (tasks > 0)
    return effect, np.where(told, low, np.nan), np.where(told, high, np.nan)


def _cases(finals: Finals) -> Floats:
    """What is tested of each pair, shape (cases, pairs); negative where the first is better.

    Without a scale it is by how much A12 falls short of one half on each task, in which no other
    optimizers count.
    """
    first, second = finals.pairs
    if finals.basis is Basis.REGRET:
        return np.asarray(finals.scores[:, first] - finals.scores[:, second])
    effects = [_improvement(task)[first, second] for task in finals.loss]
    return 0.5 - np.array(effects).reshape(len(finals.loss), len(first))


def _counted(number: Integers, met: Floats) -> "pd.api.extensions.ExtensionArray":
    """A count of pairs of task and seed; unknown where nobody met."""
    return pd.array(number if len(met) else [pd.NA] * len(number), dtype="Int64")


def _improvement(losses: Floats) -> Floats:
    """A12 of each two optimizers on one task, all at once, which is quicker than `a12` of each."""
    seeds = (~np.isnan(losses)).sum(axis=1)
    own, other = losses[:, None, :, None], losses[None, :, None, :]
    wins = (own < other) + 0.5 * (own == other)
    return np.asarray(wins.sum(axis=(2, 3)) / (seeds[:, None] * seeds))


def _letters(number: int) -> str:
    """From a to z, then aa, ab and so on."""
    rest, last = divmod(number, 26)
    return (_letters(rest - 1) if rest else "") + chr(ord("a") + last)
