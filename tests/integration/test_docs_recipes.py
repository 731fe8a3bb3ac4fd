"""The Slurm array of docs/recipes.md does what the page says, with a Slurm of straw."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from hpobench.store import Store
from tests import PATIENCE
from tests.integration.commands import Hpobench, rows

DOCS = Path(__file__).parents[2] / "docs"
PAGE = (DOCS / "recipes.md").read_text(encoding="utf-8")
PARTS = 3
EXPERIMENT = [
    *("-o", "random", "-o", "default", "-t", "bbob/f0[12]-d2-i1"),
    *("--seeds", "0:2", "--budget", "4"),
]


def submit(folder: Path, number: int, parts: int = PARTS, first: int = 1) -> str:
    """What one task of the array says; the exit code is put before it."""
    (folder / "bin").mkdir(exist_ok=True)
    program = folder / "bin" / "hpobench"
    program.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m hpobench "$@"\n')
    program.chmod(0o755)
    slurm = {
        "SLURM_ARRAY_TASK_ID": str(number),
        "SLURM_ARRAY_TASK_COUNT": str(parts),
        "SLURM_ARRAY_TASK_MIN": str(first),
        "SLURM_ARRAY_TASK_MAX": str(first + parts - 1),
    }
    done = subprocess.run(
        ["bash", str(DOCS / "array.sbatch"), "results", *EXPERIMENT],
        cwd=folder, capture_output=True, text=True, timeout=PATIENCE, check=False,
        env={**os.environ, **slurm, "PATH": f"{program.parent}:{os.environ['PATH']}"},
    )  # fmt: skip
    return f"{done.returncode}: {done.stdout}{done.stderr}"


def test_the_tasks_of_an_array_share_the_runs_and_go_on_where_they_were(
    hpobench: Hpobench, tmp_path: Path
) -> None:
    said = [submit(tmp_path, number) for number in range(1, PARTS + 1)]
    assert [text.partition(" ")[0] for text in said] == ["0:"] * PARTS, said
    folders = [tmp_path / f"results/part-{number}-of-{PARTS}" for number in range(1, PARTS + 1)]
    shares = [set(rows(folder)) for folder in folders]
    assert sorted(map(len, shares)) == [2, 3, 3]
    assert sum(map(len, shares)) == len(set.union(*shares)) == 8
    assert "0 to do" in submit(tmp_path, 1)

    (lost,) = sorted(tmp_path.glob(f"results/part-2-of-{PARTS}/journal/*.jsonl"))
    lost.write_bytes(b"".join(lost.read_bytes().splitlines(keepends=True)[:1]))
    assert f"{len(shares[1]) - 1} to do" in submit(tmp_path, 2)

    hpobench("run", *EXPERIMENT, "--results", "whole")
    hpobench("results", "merge", *folders, "results/all")
    assert rows(tmp_path / "results/all") == rows(tmp_path / "whole")
    assert Store(tmp_path / "results/all").missing() == []


@pytest.mark.parametrize(
    ("parts", "first", "words"),
    [
        (4, 1, "part-1-of-3 was made by an array of 3: submit as many"),
        (3, 0, "submit the whole array, --array=1-N"),
    ],
)
def test_an_array_that_would_repeat_or_forget_runs_is_refused(
    tmp_path: Path, parts: int, first: int, words: str
) -> None:
    (tmp_path / "results/part-1-of-3").mkdir(parents=True)
    said = submit(tmp_path, 1, parts, first)
    assert said.startswith("2: ")
    assert words in said


def test_the_commands_of_the_page_are_understood(hpobench: Hpobench) -> None:
    (submitted,) = re.findall(r"^sbatch .* docs/array.sbatch \S+ (.*)$", PAGE, re.MULTILINE)
    assert (
        "part 2 of 20" in hpobench("run", *submitted.split(), "--part", "2/20", "--dry-run").stdout
    )
    for command in re.findall(r"^hpobench (results \w+|\w+) ", PAGE, re.MULTILINE):
        hpobench(*command.split(), "--help")
    assert hpobench("run", *EXPERIMENT, "--part", "4/3", code=2).stderr.startswith(
        "hpobench: a part is K/N with K from 1 to N"
    )
