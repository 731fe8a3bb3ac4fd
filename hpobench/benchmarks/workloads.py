"""Several workloads at once: one setting for all of them, or a few of which the best counts."""

import math
from collections.abc import Mapping, Sequence
from statistics import fmean
from typing import Any

from ConfigSpace import ConfigurationSpace

from hpobench.benchmark import Benchmark
from hpobench.errors import UserError
from hpobench.space import exact_bounds, set_exact_bounds
from hpobench.system.loading import load
from hpobench.trial import Config, Outcome, Trial

MOST_SETTINGS = 20
"""Most settings that are chosen together."""


class Workloads(Benchmark):
    """The mean of one objective over several workloads that share a space, at full fidelity.

    With one setting its value is the mean over workloads of what the setting reaches. With several
    the space holds each hyperparameter once for each setting, and on every workload the setting
    counts that was told to be the best there: as AlgoPerf calibrates settings that are to work
    elsewhere. Its value without noise and on test data are those of the settings that count.
    A workload fails if all settings fail on it, and then the trial does. The cost is that of all
    evaluations, one after the other.

    Source: Dahl et al. (2023), Benchmarking Neural Network Training Algorithms, arXiv:2306.07179,
    section 4.4.
    """

    def __init__(
        self,
        *,
        benchmark: str,
        workloads: Sequence[Mapping[str, Any]],
        objective: str,
        settings: int = 1,
        geometric: bool = False,
    ) -> None:
        """Build the benchmark of each workload.

        Args:
            benchmark: `module:Class` of all workloads.
            workloads: Its parameters, for each workload.
            objective: The one of its objectives that counts.
            settings: How many settings are chosen together, at least 1.
            geometric: Whether the mean is the geometric one, for objectives above 0 whose scales
                differ by workload.

        Raises:
            UserError: There are no workloads or too many settings, or the workloads' spaces or
                objectives are not the same.
        """
        if not workloads or not 1 <= settings <= MOST_SETTINGS:
            raise UserError(f"workloads are one or more, settings 1 to {MOST_SETTINGS}")
        self._parts: list[Benchmark] = [load(benchmark)(**params) for params in workloads]
        first = self._parts[0]
        if any(part.space != first.space for part in self._parts):
            raise UserError("the workloads do not share one space")
        known = {each.name: each for each in first.objectives}
        if objective not in known:
            raise UserError(f"the workloads have no objective {objective!r}: {', '.join(known)}")
        if geometric and known[objective].maximize:
            raise UserError("a geometric mean is of an objective that is minimised")
        self.objectives = (known[objective],)
        self.space = first.space if settings == 1 else _copies(first.space, settings)
        self._name, self._settings, self._geometric = objective, settings, geometric

    def warm_up(self) -> None:
        """Load what the workloads need."""
        for part in self._parts:
            part.warm_up()

    def evaluate(self, trial: Trial, seed: int) -> Outcome:
        """Evaluate all settings on all workloads."""
        chosen, cost = [], 0.0
        for part in self._parts:
            found = [part.evaluate(Trial(config=c), seed) for c in self._configs(trial.config)]
            cost += sum(outcome.cost for outcome in found)
            fit = [outcome for outcome in found if outcome.ok]
            if not fit:
                return Outcome(failure=found[0].failure, cost=cost)
            chosen.append(min(fit, key=lambda outcome: outcome.values[self._name]))
        return Outcome(
            values=self._mean([outcome.values for outcome in chosen]),
            test=self._mean([outcome.test for outcome in chosen]),
            noiseless=self._mean([outcome.noiseless for outcome in chosen]),
            cost=cost,
        )

    def _configs(self, config: Config) -> list[Config]:
        """The settings that a configuration holds."""
        if self._settings == 1:
            return [config]
        found: list[dict[str, Any]] = [{} for _ in range(self._settings)]
        for name, value in config.items():
            prefix, _, own = name.partition(".")
            found[int(prefix[1:]) - 1][own] = value
        return list(found)

    def _mean(self, parts: Sequence[Mapping[str, float]]) -> dict[str, float]:
        """The mean of the objective; nothing where a workload has no such value."""
        if not all(self._name in part for part in parts):
            return {}
        values = [part[self._name] for part in parts]
        if not self._geometric:
            return {self._name: fmean(values)}
        if min(values) <= 0:
            raise UserError(f"a geometric mean is of values above 0, not {min(values)}")
        return {self._name: math.exp(fmean(map(math.log, values)))}


def _copies(space: ConfigurationSpace, count: int) -> ConfigurationSpace:
    """The space so many times, the names of each behind `s1.`, `s2.` and so on."""
    whole = ConfigurationSpace()
    for number in range(1, count + 1):
        whole.add_configuration_space(f"s{number}", space, delimiter=".")
    bounds = exact_bounds(space)
    numbers = range(1, count + 1)
    return set_exact_bounds(whole, {f"s{i}.{n}": b for i in numbers for n, b in bounds.items()})
