"""Both sides of a gate are scored by the same values, whichever of their runs have which."""

from pathlib import Path

import pytest

from hpobench.gate.sides import Side, read_sides
from hpobench.scoring.constants import References
from tests.unit.analysis.conftest import constants, run
from tests.unit.subset.test_admission import folder

KNOWN = References(
    tasks={name: constants(told=constants(best=-1.0)) for name in ("toy/a", "toy/b")}, versions={}
)


def side(path: Path, *, without_noise: tuple[str, ...]) -> Side:
    """One optimizer told 0.2 and worth 0.6 on two tasks, on some of which that is stored."""
    rows = [
        run("o", task, seed, [9.0, 0.2], variant_info=VARIANT)
        | ({"noiseless": [9.0, 0.6]} if task in without_noise else {})
        for task in ("toy/a", "toy/b")
        for seed in range(2)
    ]
    return Side(path=folder(path, rows))


VARIANT = '{"family": "f", "adapter": "a", "library": "", "version": "", "options": {}}'
BOTH = ("toy/a", "toy/b")


@pytest.mark.parametrize(
    ("others", "expected"),
    [
        (BOTH, {"toy/a": 0.6, "toy/b": 0.6}),
        (("toy/b",), {"toy/a": 0.2, "toy/b": 0.6}),
        ((), {"toy/a": 0.2, "toy/b": 0.2}),
    ],
)
def test_what_one_side_lacks_counts_on_neither(
    tmp_path: Path, others: tuple[str, ...], expected: dict[str, float]
) -> None:
    sides = [
        side(tmp_path / "before", without_noise=others),
        side(tmp_path / "after", without_noise=BOTH),
    ]
    for stored in read_sides(sides, KNOWN):
        assert stored.runs.groupby("task")["loss"].first().to_dict() == expected
    regrets = {0.6: 0.6 / (1 + 0.6), 0.2: 0.6 / (1 + 0.6)}  # (0.2 + 1) / (1 + 1) by what was told
    assert stored.runs.groupby("task")["score"].first().to_dict() == pytest.approx(
        {task: regrets[loss] for task, loss in expected.items()}
    )
