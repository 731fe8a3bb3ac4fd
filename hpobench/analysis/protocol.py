"""The rules behind the numbers and the versions behind the runs, in words for the report."""

from collections.abc import Collection, Mapping, Sequence

from hpobench.analysis.attainment import LEVELS
from hpobench.catalogue import Catalogue
from hpobench.optimizer import KNOWLEDGE
from hpobench.scoring.constants import References
from hpobench.scoring.curves import REACH
from hpobench.scoring.incumbents import GRID, TARGETS
from hpobench.scoring.metric import Metric
from hpobench.scoring.metrics import METRICS
from hpobench.scoring.policy import FailedAs, Horizon, Incomplete, Policy, ScoredBy
from hpobench.scoring.trials import TaskInfo
from hpobench.settings import SETTINGS
from hpobench.stats import bayes, power, significance, stability
from hpobench.stats.comparison import LEAST_SHARE
from hpobench.stats.interquartile import LEVEL
from hpobench.system.text import count, number

_FAILED = {
    FailedAs.WORST: "Never dropped; scored as a run that never found anything: the regret of a "
    "single random configuration throughout (a hypervolume of 0 with several objectives), and the "
    "last rank.",
    FailedAs.RANDOM: "Never dropped; scored as random search at the end of its budget: regret 1 "
    "throughout, and the rank that goes with it.",
    FailedAs.EXCLUDE: "Left out: where any run of an optimizer on a task failed, none of its runs "
    "on that task counts. They are counted as failures all the same.",
}
_INCOMPLETE = {
    Incomplete.TASKS: "Tables and aggregated figures use the tasks that all compared optimizers "
    f"ran. Where this leaves less than {LEAST_SHARE:.0%} of a kind's tasks, the optimizer with the "
    "fewest tasks is set aside; two are compared whatever they share.",
    Incomplete.OPTIMIZERS: "Optimizers that lack any of a kind's tasks are set aside; the others "
    "are compared on all of them.",
    Incomplete.FAILED: "A run that others have on a kind's task and an optimizer has not counts as "
    "a failed one, unless the optimizer cannot handle the task. Compared are then the tasks "
    "that all can handle.",
}
_SCORED_BY = {
    ScoredBy.NOISELESS: "An incumbent is chosen by what its optimizer was told. Where a task's "
    "benchmark knows its value without noise (the mean over recorded trainings, or a test value "
    "where its authors score by these; the function beneath the noise), and all runs on the task "
    "were stored with it, the incumbent counts as that, so that a lucky draw does not win; its "
    "curve may then rise. Elsewhere it counts as what was told.",
    ScoredBy.TOLD: "An incumbent counts as what its optimizer was told, noise included; so do the "
    "constants.",
}
_HORIZON = {
    Horizon.FULL: "Runs are compared at the end of the budget; the last incumbent of a run that "
    "ended earlier stands for the rest.",
    Horizon.COMMON: "Runs are compared up to the share of a task's budget that all completed runs "
    "on it reached; what any of them found later does not count.",
}


_SETTINGS = {
    "noise": "Fresh: a configuration that was asked for again was evaluated anew, with noise of "
    "its own; so was each training that did not go on from another trial. An incumbent is the "
    "configuration of the least mean of what was told of it so far (of several objectives: those "
    "whose means nothing dominates), and counts as its value without noise.",
    "masked": "Yes: optimizers saw neutral names for hyperparameters, choices, objectives and the "
    "fidelity, choices in an order of chance, and nothing that is told of the task. Ranges, "
    "conditions and signals were the task's own.",
    "history": "Optimizers were told finished random trials of the tasks that ask the same of "
    "other data, never of a task's own; the same ones whichever optimizer ran with which seed.",
    "prior": "Optimizers were told a default and a width for each hyperparameter, from the best "
    "percent of random trials (good), from those between the best tenth and the best quarter "
    "(medium), or from the worst percent (bad).",
}
"""By setting what it meant for the runs under it."""


def settings(tasks: Collection[TaskInfo]) -> dict[str, str]:
    """The rule of each setting that any of the tasks was posed with, by its name."""
    posed = {name: [t for t in tasks if name in t.settings.unusual()] for name in SETTINGS}
    return {
        f"Setting: {name}": f"{_SETTINGS[name]} On {len(found)} of {count(len(tasks), 'task')}: "
        f"{', '.join(sorted({each.settings.texts()[name] for each in found}))}."
        for name, found in posed.items()
        if found
    }


def with_users(
    rules: Mapping[str, str], optimizers: Collection[str], catalogue: Catalogue
) -> dict[str, str]:
    """The rules, of which those of what was told say which optimizers make use of it."""
    found = dict(rules)
    for name in KNOWLEDGE:
        if (rule := f"Setting: {name}") in found:
            known = catalogue.variants
            users = [
                o for o in optimizers if o in known and name in known[o].capabilities.knowledge
            ]
            found[rule] += f" It was used by {', '.join(users) or 'none of the optimizers'}."
    return found


def rules(
    references: References, policy: Policy, metrics: Sequence[Metric] = METRICS
) -> dict[str, str]:
    """Each rule in force by its name."""
    own = {metric.title: metric.rule for metric in metrics if metric.rule}
    return _scoring(references, policy) | own | _testing(policy)


def _scoring(references: References, policy: Policy) -> dict[str, str]:
    """How runs become numbers."""
    versions = ", ".join(f"{name} v{version}" for name, version in references.versions.items())
    return {
        "Incumbent": "The best value found so far by a successful trial; with several "
        "objectives, the hypervolume of all such trials. On multi-fidelity tasks only trials "
        "at the highest fidelity count, and on tasks with constraints only those that keep them "
        "all: a run without any such trial has found nothing. It is a step function: nothing is "
        "interpolated.",
        "Values without noise": _SCORED_BY[policy.scored_by],
        "Normalised regret": "(incumbent - best known) / (median of random search at the "
        "task's budget - best known). 0 is the best known result, 1 is what random search "
        "reaches. With several objectives the hypervolume takes the place of the value. Cut "
        "off below at 0 and above at the regret of a single random configuration (the median "
        "over many), which also stands for having no incumbent yet.",
        "Constants": "Best known results, medians of random search and reference points are "
        "fixed per task and versioned. They are never taken from the compared runs, so that "
        f"no optimizer moves another's curve. In force: {versions or 'none'}.",
        "Failed runs": _FAILED[policy.failed],
        "Compared tasks": _INCOMPLETE[policy.incomplete],
        "Unequal budgets": _HORIZON[policy.horizon],
        "Aggregation": "The interquartile mean of Agarwal et al.: all runs of an optimizer are "
        "pooled, each task with the same weight, and the lowest and the highest quarter "
        "(rounded down) left out. It does not see a catastrophe on a quarter of the runs: beside "
        "it stand the mean, the median and the worst of the mean regrets by task.",
        "Intervals": f"{LEVEL:.0%} confidence intervals of what the interquartile mean (or the "
        "mean rank) is in expectation with as many other seeds on the same tasks: Student's, with "
        "the variance of the winsorised runs within each task (Tukey and McLaughlin). They tell "
        "how far other seeds would move the result, not how far other tasks would.",
        "Ranks": "Within each pair of task and seed that all compared optimizers ran; ties "
        "share their mean rank. Ranks depend on who is compared. Runs behind the reference "
        "point of several objectives are told apart by how far behind it they lie; without "
        "constants it lies behind the fronts of all compared runs.",
        "Wins": "Pairs of task and seed at whose end no compared optimizer was better; nobody wins "
        "where all found nothing.",
        "Share of the budget": f"Curves are read off at {len(GRID)} equal steps of the task's "
        "budget; a trial at a fraction of the highest fidelity spends that fraction of a trial.",
        "Evaluations": f"For each trial of the budget, to {REACH}; apart from the budget only on "
        "multi-fidelity tasks. Elsewhere every evaluation is a trial.",
        "Share of the time": "Virtual seconds (what the trials take, without the optimizer), "
        "as a share of the seconds random search takes for its budget; only for tasks where "
        "trials differ in cost, and where it is recorded: measured seconds depend on the machine.",
        "Time with overhead": "The same, with the real seconds to ask and to tell so far added, "
        "unless the virtual clock counted them in the run.",
        "Performance profiles": "Over tasks, by the median over seeds of where a run reaches "
        f"normalised regret {', '.join(f'{target:g}' for target in TARGETS)}, relative to the "
        "best of those compared. They depend on who is compared.",
        "Attainment surfaces": f"Of {', '.join(f'{level:.0%}' for level in LEVELS)} of the runs, "
        "at the end of the budget; a failed run attained nothing.",
        "Overtuning": "(test of the last incumbent - best test of any) / (test of the first - best "
        "test of any); no optimizer sees test values.",
        "Overhead": "Real milliseconds to ask for and tell a trial, the mean over a run; the "
        "median over runs. It depends on the machine.",
    }


def _testing(policy: Policy) -> dict[str, str]:
    """How numbers become statements."""
    return {
        "Significance": "Tests take a task for a case and the mean normalised regret over seeds "
        "for its score, on the compared tasks that have a scale; where none has, ranks of runs "
        "within each task (A12 for a pair). Friedman's test corrected for "
        "ties; Wilcoxon's signed-rank test for each pair, two-sided, zeros as by Pratt, exact up "
        f"to {significance.EXACT_UP_TO} tasks with ties too; Holm's adjustment over the pairs of "
        f"a kind; level {significance.LEVEL}.",
        "Practical equivalence": "Mean normalised regrets that differ by at most "
        f"{number(policy.rope)} are practically equal. The Bayesian signed-rank test (Dirichlet "
        f"process with a prior of weight {bayes.PRIOR} at no difference) gives the probabilities "
        f"of better, equal and worse; {bayes.SAMPLES:,} samples, random seed {bayes.SEED}.",
        "Effect size": "A12 of Vargha and Delaney: how probable it is that a run of the one ends "
        "better than one of the other on the same task, ties by half; the mean over tasks, which "
        "is the probability of improvement. Its interval tells how far other seeds would move it.",
        "Stability": "The ranking by interquartile mean is made anew "
        f"{stability.RESAMPLES} times on tasks and seeds drawn with replacement; and, since tasks "
        "of one family are alike, on whole collections of tasks drawn with replacement.",
        "Power": "Seeds and tasks needed are those that find the mean difference seen with a "
        f"probability of {power.POWER:.0%} at the level over the number of pairs, if differences "
        "are normal and the variances are those seen.",
        "Expected running time": "What all runs on a task spent until they reached a regret, or "
        "in all if they did not, over the number of runs that did. A failed run spent its whole "
        "budget, and reached nothing (scored as random search: regret 1, at its end).",
    }
