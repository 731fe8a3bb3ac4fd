"""A task is admitted if it tells optimizers apart and is not solved by many runs."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hpobench.catalogue import Catalogue
from hpobench.scoring.constants import save_constants
from hpobench.store import Store
from hpobench.store.rows import seal
from hpobench.subset.admission import admissions, as_frame, friedman_p
from tests.unit.analysis.conftest import constants, run


def ranks(row: list[float]) -> list[float]:
    return [
        sum(other < value for other in row) + (sum(other == value for other in row) + 1) / 2
        for value in row
    ]


@given(
    losses=st.integers(3, 5).flatmap(
        lambda width: st.lists(
            st.lists(st.one_of(st.integers(0, 5), st.just(np.inf)), min_size=width, max_size=width),
            min_size=2,
            max_size=12,
        )
    )
)
def test_the_test_is_friedmans_with_ties(losses: list[list[float]]) -> None:
    """By its definition: Demsar (2006), with the correction for ties, against chi-squared."""
    from scipy.stats import chi2

    seeds, width = len(losses), len(losses[0])
    table = [ranks(list(map(float, row))) for row in losses]
    sums = [sum(row[i] for row in table) for i in range(width)]
    ties = sum(
        count**3 - count for row in losses for count in [row.count(value) for value in set(row)]
    )
    scale = 1 - ties / (seeds * (width**3 - width))
    found = friedman_p(np.array(losses, dtype=float))
    if scale <= 0:
        assert found == 1.0
        return
    statistic = 12 / (seeds * width * (width + 1)) * sum(s * s for s in sums)
    statistic = (statistic - 3 * seeds * (width + 1)) / scale
    assert found == pytest.approx(float(chi2.sf(statistic, width - 1)), abs=1e-9)


def folder(path: Path, rows: list[dict[str, Any]]) -> Path:
    store = Store.create(path)
    lines = [{**row, "run": f"{i:032x}"} for i, row in enumerate(rows)]
    (store.path / "journal" / "e.jsonl").write_bytes(
        b"".join(seal(json.dumps(line, separators=(",", ":"))) for line in lines)
    )
    return path


TEXTS = ("family", "adapter", "library", "version")
Story = Callable[[np.random.Generator, int, int], float]


def judged(tmp_path: Path, stories: dict[str, Story], seeds: int = 10) -> dict[str, Any]:
    rng = np.random.default_rng(3)
    rows = [
        run(name, task, seed, [9.0, story(rng, i, seed)])
        | {"variant_info": json.dumps(dict.fromkeys(TEXTS, "") | {"options": {}})}
        for task, story in stories.items()
        for i, name in enumerate(("a", "b", "c", "random"))
        for seed in range(seeds)
    ]
    path = folder(tmp_path / "r", rows)
    (path / "constants").mkdir()
    known = {task: constants(best=0.0, random=1.0) for task in stories if task != "toy/unknown"}
    save_constants(path / "constants" / "toy.json", known)
    return {each.task: each for each in admissions(path, Catalogue())}


def test_tasks_are_admitted_by_difference_and_by_what_is_left_to_find(tmp_path: Path) -> None:
    found = judged(
        tmp_path,
        {
            "toy/good": lambda rng, i, _: 1.0 + i + 0.1 * rng.random(),
            "toy/luck": lambda rng, _, __: 1.0 + rng.random(),
            "toy/solved": lambda _, i, seed: 0.0 if i == 0 and seed < 5 else 1.0 + i,
            "toy/ties": lambda _, __, ___: 1.0,
            "toy/unknown": lambda rng, i, _: 1.0 + i + 0.1 * rng.random(),
        },
    )
    assert {name: each.admitted for name, each in found.items()} == {
        "toy/good": True,
        "toy/luck": False,
        "toy/solved": False,
        "toy/ties": False,
        "toy/unknown": False,
    }
    assert found["toy/good"].p < 1e-4
    assert found["toy/luck"].p > 0.01
    assert (found["toy/solved"].at_best, found["toy/ties"].p) == (5 / 40, 1.0)
    assert "12.5 % of the runs" in found["toy/solved"].reasons[0].replace("12 %", "12.5 %")
    frame = as_frame(list(found.values())).set_index("task")
    assert frame["admitted"].to_dict() == {name: each.admitted for name, each in found.items()}
    assert frame.loc["toy/good", "reasons"] == ""


def test_fewer_seeds_than_ten_admit_nothing(tmp_path: Path) -> None:
    (found,) = judged(tmp_path, {"toy/good": lambda _, i, __: 1.0 + i}, seeds=9).values()
    assert not found.admitted
    assert "only 9 seeds" in found.reasons[0]
