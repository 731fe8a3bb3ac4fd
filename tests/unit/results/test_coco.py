"""What we export for COCO is what COCO's own observer writes for the same evaluations.

GOLDEN is from coco-experiment 2.8.2, its observer `bbob` on f1 in 2 dimensions, instance 2.
That cocopp 2.9.1 makes of an export what we do (final values, expected running times) was checked
by hand; it is too heavy to be installed for the tests.
"""

from pathlib import Path

import ioh
import pytest

from hpobench.exchange.coco import write_coco
from hpobench.run import Run
from hpobench.store.shards import newest
from tests.unit.results.conftest import Cli
from tests.unit.results.test_ioh import bbob
from tests.unit.test_store import VARIANT, fill, record, run, trajectory

HEADER = (
    "% f evaluations | g evaluations | best noise-free fitness - Fopt (3.944800000000e+02)"
    " + sum g_i+ | measured fitness | best measured fitness or single-digit g-values | x1 | x2..."
)
GOLDEN = """\
1 0 +5.898356954e+01 +4.534635695e+02 +4.534635695e+02 +3.5740e+00 -4.6641e+00
2 0 +3.850210074e+01 +4.329821007e+02 +4.329821007e+02 +2.2966e+00 -3.2434e+00
3 0 +3.850210074e+01 +4.621068554e+02 +4.329821007e+02 +3.6318e+00 +4.1461e-01
4 0 +8.075833540e+00 +4.025558335e+02 +4.025558335e+02 -2.0029e+00 -7.7313e-01
5 0 +1.421069382e+00 +3.959010694e+02 +3.959010694e+02 -4.7168e+00 -3.7572e+00
6 0 +1.421069382e+00 +4.449216547e+02 +3.959010694e+02 +1.7062e+00 +1.4719e+00
"""
INFO = "suite = 'bbob', funcId = 1, DIM = 2, Precision = 1.000e-08, algId = 'o', coco_version = "


def numbers(line: str) -> list[float]:
    return [float(text) for text in line.split()]


def exported(folder: Path, *, failing: int | None = None) -> Path:
    """The golden evaluations as a run of ours, and another run on an earlier instance."""
    function = ioh.get_problem(1, 2, 2, ioh.ProblemClass.BBOB)
    records = []
    for i, line in enumerate(GOLDEN.splitlines()):
        x, y = numbers(line)[5:]
        failed = {"values": (), "failure": "x"} if i == failing else {}
        changes = {"values": (function([x, y]),), "config": {"x0": x, "x1": y}} | failed
        records.append(record(i, **changes))
    made = [
        trajectory(run=Run(task=task, variant=VARIANT, seed=0), records=records)
        for task in (bbob(2, function=1), bbob(1, function=1))
    ]
    write_coco(newest(fill(folder / "r", *made).history())[0], folder / "x")
    return folder / "x" / "o"


def test_the_description_is_theirs(tmp_path: Path) -> None:
    head, comment, data = (exported(tmp_path) / "bbobexp_f1.info").read_text().splitlines()
    assert head.startswith(INFO)
    assert comment == "% "
    assert data.startswith("data_f1/bbobexp_f1_DIM2.dat, 1:6|")
    assert data.endswith(", 2:6|1.4e+00")


@pytest.mark.parametrize("suffix", [".dat", ".tdat"])
def test_the_data_are_theirs(tmp_path: Path, suffix: str) -> None:
    path = exported(tmp_path) / "data_f1" / f"bbobexp_f1_DIM2{suffix}"
    lines = path.read_text().splitlines()
    start = lines.index(HEADER)
    found = lines[start + 1 :]
    assert lines[0].startswith("% f evaluations")
    assert start == 7
    for mine, golden in zip(found, GOLDEN.splitlines(), strict=True):
        assert numbers(mine)[:2] == numbers(golden)[:2]
        # their points are printed with five digits
        assert numbers(mine)[2:] == pytest.approx(numbers(golden)[2:], abs=2e-3)


def test_a_failed_trial_is_an_evaluation_that_improves_nothing(tmp_path: Path) -> None:
    path = exported(tmp_path, failing=1) / "data_f1" / "bbobexp_f1_DIM2.dat"
    second = numbers(path.read_text().splitlines()[9])
    first = numbers(path.read_text().splitlines()[8])
    assert second[0] == 2
    assert second[2] == first[2]
    assert second[3] == float("inf")


def test_what_is_no_bbob_function_is_counted(tmp_path: Path, cli: Cli) -> None:
    good = trajectory(
        run=Run(task=bbob(1), variant=VARIANT, seed=0), records=[record(0, values=(1.0,))]
    )
    store = fill(tmp_path / "r", good, trajectory(run=run(0, id="bbob/other")), trajectory(1))
    done = cli("results", "export", store.path, "--format", "coco", "--output", tmp_path / "x")
    assert "Note: 2 runs without a trial or on other tasks than BBOB's left out" in done.out
