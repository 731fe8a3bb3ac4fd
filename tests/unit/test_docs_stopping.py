"""The page on trainings that are stopped does what it says."""

import shlex
from pathlib import Path

import pytest
from click.testing import CliRunner

from hpobench.cli.run import command
from hpobench.optimizer import Stop
from hpobench.store import Store
from tests.pages import Page

PAGE = Page.read("stopping")


def test_the_page_names_every_rule_and_every_freeze_thaw_optimizer() -> None:
    names = [*Stop, "freeze-thaw", "dpl", "dyhpo"]
    assert not [name for name in names if f"`{name}`" not in PAGE.text]


@pytest.mark.slow
def test_its_commands_make_runs_of_the_rules_that_they_name(tmp_path: Path) -> None:
    for line in PAGE.commands:
        options = [*shlex.split(line)[2:], "--backend", "serial", "--results", str(tmp_path)]
        found = CliRunner().invoke(command, options, standalone_mode=False)
        assert found.return_value == 0, found.output
    rows = Store(tmp_path).runs(("optimizer", "status")).to_pylist()
    assert [row["optimizer"] for row in rows] == [
        "optuna/tpe@stop=extrapolate",
        "random",
        "random@stop=extrapolate",
        "random@stop=median",
    ]
    assert {row["status"] for row in rows} == {"completed"}
