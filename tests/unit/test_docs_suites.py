"""What the page about suites of test functions says is so."""

import re
from collections import Counter
from pathlib import Path

from hpobench.catalogue import Catalogue
from hpobench.catalogue.families import read_tasks
from hpobench.execution.construction import build

PAGE = (Path(__file__).parents[2] / "docs" / "suites.md").read_text(encoding="utf-8")


def test_the_numbers_of_tasks_are_those_of_the_catalogue() -> None:
    said = {
        name: int(count) for name, count in re.findall(r"^\| `(.+?)` \| (\d+)", PAGE, re.MULTILINE)
    }
    assert len(said) == 16
    found = Counter(task.collection for task in Catalogue().tasks.values())
    assert said == {name: found[name] for name in said}


def test_the_example_makes_tasks_that_can_be_built(tmp_path: Path) -> None:
    (example,) = re.findall(r"```yaml\n(.*?)```", PAGE, re.DOTALL)
    path = tmp_path / "more.yaml"
    path.write_text(example, encoding="utf-8")
    found = list(read_tasks(path))
    assert len(found) == 24 * 12
    assert found[-1].id == "more/f24-d40-i15"
    assert len(build(found[-1]).space) == found[-1].dimension == 40
