"""Every example in docs/python.md does what the page says."""

import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import hpobench

PAGE = (Path(__file__).parents[2] / "docs" / "python.md").read_text(encoding="utf-8")


def test_the_examples_run_one_after_the_other(tmp_path: Path) -> None:
    script = tmp_path / "page.py"
    script.write_text("\n".join(re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL)))
    environment = {**os.environ, "PYTHONWARNINGS": ""}
    call = [sys.executable, str(script)]
    where: Any = {"cwd": tmp_path, "env": environment}
    done = subprocess.run(call, **where, check=False, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    verdict = "Blackbox, 2 tasks x 3 seeds: nobody can be told apart from the first: 2 tasks"
    assert verdict in done.stdout


def test_each_public_name_and_parameter_is_on_the_page() -> None:
    from inspect import signature

    for name in hpobench.__all__:
        assert re.search(rf"\b{name}\b", PAGE), name
    for function in (hpobench.run, hpobench.optimize, hpobench.as_task, hpobench.as_optimizer):
        for parameter in signature(function).parameters:
            assert re.search(rf"\b{parameter}\b", PAGE), (function, parameter)
            assert re.search(rf"^        {parameter}: ", function.__doc__ or "", re.MULTILINE)
