"""The golden check: that everybody who is measured did the same work, and did it right."""

from collections.abc import Iterable, Iterator

import click
import ioh

from hpobench.store import Store, configs

Found = tuple[tuple[float, ...], float]
"""A configuration's values, and what was stored as the function's value there."""


def check(who: str, found: Iterable[Found], *, expected: int) -> None:
    """Let pass only that many different trials, each with the value that ioh itself gives.

    All benchmarks minimise BBOB's f1 in 2 dimensions, instance 1.

    Raises:
        click.ClickException: Other work was done than what was measured.
    """
    function = sphere()
    trials = list(found)
    different = len({config for config, _ in trials})
    if not len(trials) == different == expected:
        raise click.ClickException(
            f"{who} stored {len(trials)} trials, {different} of them different; not {expected}"
        )
    for config, value in trials:
        if abs(function(config) - value) > 1e-9 * abs(value):
            raise click.ClickException(f"{who} stored {value} for {config}: {function(config)}")


def sphere() -> ioh.iohcpp.problem.BBOB:
    """BBOB's f1 in 2 dimensions, instance 1, as a function of a sequence of numbers."""
    return ioh.get_problem(1, instance=1, dimension=2, problem_class=ioh.ProblemClass.BBOB)


def stored_trials(store: Store) -> Iterator[Found]:
    """The trials of all runs in a store of ours, on tasks whose hyperparameters are numbers."""
    for row in store.runs(["configs", "values"]).to_pylist():
        for config, value in zip(configs(row["configs"]), row["values"], strict=True):
            yield tuple(float(x) for x in config.values()), value
