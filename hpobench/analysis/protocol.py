"""The rules behind the numbers and the versions behind the runs, in words for the report."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import Any

from hpobench.analysis.anytime import FLOOR
from hpobench.analysis.attainment import LEVELS
from hpobench.analysis.axes import REACH
from hpobench.analysis.bootstrap import CURVE_RESAMPLES, LEVEL, RESAMPLES, SEED
from hpobench.analysis.comparison import LEAST_SHARE
from hpobench.analysis.constants import References
from hpobench.analysis.runlengths import ECDF_TARGETS, TARGETS
from hpobench.analysis.scored import FailedAs
from hpobench.analysis.scores import GRID

_FAILED = {
    FailedAs.WORST: "as a run that never found anything: the regret of a single random "
    "configuration throughout (a hypervolume of 0 with several objectives), and the last rank.",
    FailedAs.RANDOM: "as random search at the end of its budget: regret 1 throughout, and the "
    "rank that goes with it.",
}


def rules(references: References, failed_as: FailedAs) -> dict[str, str]:
    """Each rule in force by its name."""
    versions = ", ".join(f"{name} v{version}" for name, version in references.versions.items())
    return {
        "Incumbent": "The best value found so far by a successful trial; with several "
        "objectives, the hypervolume of all such trials. On multi-fidelity tasks only trials "
        "at the highest fidelity count. It is a step function: nothing is interpolated.",
        "Normalised regret": "(incumbent - best known) / (median of random search at the "
        "task's budget - best known). 0 is the best known result, 1 is what random search "
        "reaches. With several objectives the hypervolume takes the place of the value. Cut "
        "off below at 0 and above at the regret of a single random configuration (the median "
        "over many), which also stands for having no incumbent yet.",
        "Constants": "Best known results, medians of random search and reference points are "
        "fixed per task and versioned. They are never taken from the compared runs, so that "
        f"no optimizer moves another's curve. In force: {versions or 'none'}.",
        "Failed runs": f"Never dropped; scored {_FAILED[failed_as]}",
        "Compared tasks": "Tables and aggregated figures use the tasks that all compared "
        f"optimizers ran. Where this leaves less than {LEAST_SHARE:.0%} of a kind's tasks, the "
        "optimizer with the fewest tasks is set aside; two are compared whatever they share.",
        "Aggregation": "The mean over seeds within a task, then over tasks with equal weight: "
        "the interquartile mean, which leaves out the lowest and the highest quarter of the "
        "tasks (rounded down), and the median.",
        "Intervals": f"{LEVEL:.0%} percentile intervals of the interquartile mean by bootstrap, "
        f"stratified by task: {RESAMPLES:,} draws of seeds in tables, {CURVE_RESAMPLES} in "
        f"curves, random seed {SEED}. They tell how far other seeds would move the result, "
        "not how far other tasks would.",
        "Ranks": "Within each pair of task and seed that all compared optimizers ran; ties "
        "share their mean rank. Ranks depend on who is compared.",
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
        "Targets": f"{len(ECDF_TARGETS)} for each run, spaced evenly on a log scale of normalised "
        f"regret from {ECDF_TARGETS[0]:g} to {ECDF_TARGETS[-1]:g}; the share of them that runs "
        "reached is the empirical distribution of run lengths.",
        "Performance profiles": "Over tasks, by the median over seeds of where a run reaches "
        f"normalised regret {', '.join(f'{target:g}' for target in TARGETS)}, relative to the "
        "best of those compared. They depend on who is compared.",
        "Log regret": f"The geometric mean over tasks; regrets below {FLOOR:g} count as that.",
        "IGD+": "To fronts that are known for certain only, each objective scaled from the ideal "
        "point (0) to the reference point (1); having nothing counts as the reference point.",
        "Attainment surfaces": f"Of {', '.join(f'{level:.0%}' for level in LEVELS)} of the runs, "
        "at the end of the budget; a failed run attained nothing.",
        "Overtuning": "(test of the last incumbent - best test of any) / (test of the first - best "
        "test of any); no optimizer sees test values.",
        "Overhead": "Real milliseconds to ask for and tell a trial, the mean over a run; the "
        "median over runs. It depends on the machine.",
    }


def versions(experiments: Iterable[Mapping[str, Any]]) -> dict[str, str]:
    """By package the versions that the experiments ran with, hpobench and Python first."""
    found: defaultdict[str, set[str]] = defaultdict(set)
    for manifest in experiments:
        about = {"hpobench": manifest.get("hpobench"), "Python": manifest.get("python")}
        for name, version in {**about, **manifest.get("versions", {})}.items():
            found[name] |= {str(version)} if version else set()
    return {name: ", ".join(sorted(versions)) for name, versions in found.items() if versions}
