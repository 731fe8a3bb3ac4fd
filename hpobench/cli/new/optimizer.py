"""`hpobench new optimizer`: a working adapter, its YAML and a test, to be changed step by step."""

import re
from importlib.util import find_spec
from pathlib import Path
from string import Template

import click

from hpobench.errors import FileError, UserError

_EXAMPLES = """
\b
Examples:
  hpobench new optimizer hill-climber --out mine
  hpobench run -o hill-climber -t bbob/f01-d2-i1 --catalogue mine
"""

_NAME = re.compile(r"[a-z][a-z0-9]*(-[a-z0-9]+)*")

CLASS = Template('''\
"""$name: what it does, in one line."""

import math
from typing import Any

import numpy as np

from hpobench.optimizer import Optimizer
from hpobench.space import plain_config
from hpobench.task import Problem
from hpobench.trial import Outcome, Trial


class $cls(Optimizer):
    """Draw a few configurations, and ask for the one that is nearest to the best so far.

    It works as it is: put your own idea in the place of `ask` and `tell`.

    Args:
        draws: How many are drawn; the more, the closer to the best it searches.
    """

    def __init__(self, problem: Problem, seed: int, *, draws: int = 4) -> None:
        self._space, self._draws = problem.space, draws
        self._space.seed(seed)
        self._best: Any = None
        self._value = math.inf

    def ask(self) -> Trial:
        """The next trial; `handle` is for you, and comes back to `tell`."""
        drawn = self._space.sample_configuration(self._draws)
        chosen = min(drawn, key=self._distance)
        return Trial(config=plain_config(chosen), handle=chosen)

    def tell(self, trial: Trial, outcome: Outcome) -> None:
        """Learn from an outcome; a failed trial has no value."""
        if outcome.ok and outcome.value < self._value:
            self._best, self._value = trial.handle, outcome.value

    def _distance(self, config: Any) -> float:
        """From the best so far; hyperparameters that are inactive in one of them count nothing."""
        if self._best is None:
            return 0.0
        return float(np.nansum(np.abs(config.get_array() - self._best.get_array())))
''')

YAML = Template("""\
adapter: $module:$cls
source: https://example.org  # where the algorithm comes from
paper: ""
capabilities:  # what it handles; a task that asks for more is skipped, with the reason
  types: [categorical, condition, constant, float, forbidden, integer, ordinal]
variants:
  $name:
    description: Random search near the best configuration so far
    ask_tell_ms: 0.5  # about how long one ask and one tell take together
  far:
    description: Random search, a little nearer to the best configuration so far
    ask_tell_ms: 0.5
    options: {draws: 2}
""")

TEST = Template('''\
"""$name keeps what an optimizer promises; run it by `pytest`."""

from pathlib import Path

import pytest

from hpobench.cli.shared.options import open_catalogue
from hpobench.run import Run, Status, Trajectory
from hpobench.execution.runner import execute
from hpobench.task import Budget

CATALOGUE = open_catalogue([Path(__file__).parent])
VARIANTS = ["$name", "$name/far"]
TASKS = ["bbob/f01-d2-i1", "hpobench-mlp/vehicle"]


def run(variant: str, task: str, seed: int) -> Trajectory:
    chosen = CATALOGUE.task(task).under(budget=Budget(20))
    return execute(Run(task=chosen, variant=CATALOGUE.variant(variant), seed=seed))


@pytest.mark.parametrize("task", TASKS)
@pytest.mark.parametrize("variant", VARIANTS)
def test_it_runs_to_the_end_and_repeats_under_the_same_seed(variant: str, task: str) -> None:
    first, again, other = (run(variant, task, seed) for seed in (0, 0, 1))
    assert first.status is Status.COMPLETED, first.reason
    assert len(first.records) >= 20
    assert [r.config for r in first.records] == [r.config for r in again.records]
    assert [r.config for r in first.records] != [r.config for r in other.records]


def test_it_finds_better_configurations_than_random_search() -> None:
    def best(variant: str) -> float:
        found = [run(variant, "bbob/f01-d2-i1", seed) for seed in range(5)]
        return sum(min(record.values for record in each.records)[0] for each in found)

    assert best("$name") < best("random")
''')


@click.command("optimizer", epilog=_EXAMPLES)
@click.argument("name")
@click.option(
    "--out",
    type=click.Path(path_type=Path, file_okay=False),
    default=Path(),
    metavar="DIR",
    help="Catalogue folder, made if need be.  [default: the current folder]",
)
def optimizer(name: str, out: Path) -> None:
    """Write a working optimizer: its class, its YAML and a test.

    NAME is in small letters and digits, with hyphens between words.
    """
    module = name.replace("-", "_")
    words = {"name": name, "module": module, "cls": name.title().replace("-", "")}
    files = {
        out / f"{module}.py": CLASS,
        out / "optimizers" / f"{name}.yaml": YAML,
        out / f"test_{module}.py": TEST,
    }
    _refuse(name, files)
    for path, template in files.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(template.substitute(words), encoding="utf-8")
        click.echo(path)
    click.echo(f"then: hpobench run -o '{name}*' -t bbob/f01-d2-i1 --catalogue {out}")
    click.echo(f"      pytest {out / f'test_{module}.py'}")


def _refuse(name: str, files: dict[Path, Template]) -> None:
    """Complain about a name that cannot be used, and about files that would be lost.

    Raises:
        UserError: With what is wrong.
    """
    from hpobench.catalogue import Catalogue

    if not _NAME.fullmatch(name):
        raise UserError(f"{name!r} is no name: small letters and digits, such as 'hill-climber'")
    if there := next((path for path in files if path.exists()), None):
        raise FileError(there, "exists already: remove it, or choose another name")
    if name in Catalogue().variants or find_spec(name.replace("-", "_")):
        raise UserError(f"{name!r} is taken by an optimizer or a Python module: choose another")
