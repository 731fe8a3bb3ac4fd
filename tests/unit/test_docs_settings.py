"""The page on settings does what it says."""

import re
import shlex
from pathlib import Path

from click.testing import CliRunner

from hpobench.catalogue.sets import experiment
from hpobench.cli.run import command
from hpobench.settings import SETTINGS, Noise, Settings
from hpobench.store import Store

PAGE = (Path(__file__).parents[2] / "docs" / "settings.md").read_text(encoding="utf-8")
COMMANDS: list[str] = re.findall(r"^\$ hpobench run (.* --budget 20)$", PAGE, re.MULTILINE)


def test_the_page_names_every_setting() -> None:
    assert not [name for name in SETTINGS if name not in PAGE]


def test_its_commands_make_runs_under_the_settings_that_they_name(tmp_path: Path) -> None:
    for line in COMMANDS:
        options = [*shlex.split(line), "--backend", "serial", "--results", str(tmp_path / "r")]
        found = CliRunner().invoke(command, options, standalone_mode=False)
        assert found.return_value == 0, found.output
    rows = Store(tmp_path / "r").runs(("task", "status")).to_pylist()
    assert {row["task"] for row in rows} == {
        "bbob-noisy/f101-d2-i1@trials=20,noise=fresh",
        "mfh/hartmann3-good@trials=20,masked",
        "mfh/hartmann3-good@trials=20",
    }
    assert {row["status"] for row in rows} == {"completed"}


def test_its_experiment_is_one(tmp_path: Path) -> None:
    (tmp_path / "e.yaml").write_text(PAGE.partition("```yaml\n")[2].partition("```")[0])
    found = experiment(tmp_path / "e.yaml")
    assert found.settings == Settings(noise=Noise.FRESH, masked=True)
