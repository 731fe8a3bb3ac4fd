"""What the leaderboard says follows from results: who leads where, and which claims hold."""

from itertools import combinations, product
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from matplotlib.text import Annotation, Text

from hpobench.analysis import Analysis
from hpobench.catalogue import Catalogue
from hpobench.figures.cost_figures import CostPanel, draw_costs
from hpobench.figures.cost_points import undominated
from hpobench.stats.standings import TaskScope
from tests.board import tables
from tests.board.claims import (
    FAILS,
    HOLDS,
    UNTOLD,
    Effect,
    Relation,
    claims_table,
    effect,
    effects_table,
    published,
    tally,
)
from tests.board.left_out import left_out
from tests.leaderboard import Material, sections

KIND = "multi-fidelity"
REAL = {f"toy/real{i}": True for i in range(9)} | {f"toy/function{i}": False for i in range(9)}

LEVELS = {"dehb": (0.2, 0.8), "hpbandster/hyperband": (0.5, 0.5), "random": (0.8, 0.2)}
"""By optimizer about what it ends with on real tasks and on functions."""


@pytest.fixture(scope="module")
def divided(make: SimpleNamespace) -> Analysis:
    """DEHB is the best on all real tasks, and the worst on all functions."""
    rng = np.random.default_rng(5)
    rows = [
        make.run(
            name,
            task,
            seed,
            LEVELS[name][not real] + rng.random(4) / 20,
            fidelity=[9.0] * 4,
            high=9,
            cost=[1.0, 2.0, 1.0, 2.0],
        )
        for (task, real), name, seed in product(REAL.items(), LEVELS, range(4))
    ]
    known = {task: make.constants(seconds=6.0) for task in REAL}
    found: Analysis = make.analysis(rows, known, real=REAL)
    return found


def test_who_leads_on_real_tasks_and_on_functions_is_told_apart(divided: Analysis) -> None:
    table = [line for line in tables.leaders(divided) if line.startswith(f"| {KIND}")]
    (cells,) = [line.strip("| ").split(" | ") for line in table]
    assert cells[1] == "9 real tasks, 9 functions"
    assert cells[2].startswith("**dehb** 1.0 ")
    assert cells[3].startswith("**random** 1.0 ")
    assert cells[5] == "-1.00"
    said = tables.sentences(divided, KIND)
    assert "On the 9 real tasks dehb is first" in said
    assert "random search 3rd (3.0); on the 9 functions it is 3rd." in said
    assert "On the 9 functions random is first" in said


def test_a_table_is_in_the_order_of_real_tasks_and_marks_the_first_of_each_part(
    divided: Analysis,
) -> None:
    lines = list(tables.by_part(divided, KIND))
    rows = [line.strip("| ").split(" | ") for line in lines[2:-1]]
    assert [row[1] for row in rows] == ["dehb", "hpbandster/hyperband", "random"]
    assert [row[2].startswith("**") for row in rows] == [True, False, False]
    assert [row[3].startswith("**") for row in rows] == [False, False, True]


def test_nobody_is_marked_where_so_few_tasks_could_tell_nobody(make: SimpleNamespace) -> None:
    rows = [
        make.run(name, f"toy/t{task}", seed, [value])
        for name, value in (("a", 0.1), ("b", 0.9))
        for task in range(5)
        for seed in range(2)
    ]
    tasks = {f"toy/t{task}": True for task in range(5)}
    found = make.analysis(rows, {task: make.constants() for task in tasks}, real=tasks)
    text = "\n".join([*tables.leaders(found), *tables.by_part(found, "blackbox")])
    assert "5 tasks: too few to tell" in text
    assert "**a** 1.0" in text
    assert "| **1.0" not in text


def test_a_claim_holds_or_not_by_the_interval_of_its_effect() -> None:
    sure, poor, open_ = (
        Effect(a12=0.7, low=0.6, high=0.8),
        Effect(a12=0.3, low=0.2, high=0.4),
        Effect(a12=0.5, low=0.45, high=0.55),
    )
    assert [e.verdict(Relation.AHEAD) for e in (sure, poor, open_)] == [HOLDS, FAILS, UNTOLD]
    assert [e.verdict(Relation.NO_WORSE) for e in (sure, poor, open_)] == [HOLDS, FAILS, HOLDS]
    assert str(sure.reversed()) == "0.30 (0.20 to 0.40)"


def test_an_effect_is_that_of_the_first_over_the_second_whichever_comes_first(
    divided: Analysis,
) -> None:
    one = effect([divided], KIND, ("random", "dehb"), TaskScope.REAL)
    other = effect([divided], KIND, ("dehb", "random"), TaskScope.REAL)
    assert one is not None
    assert other is not None
    assert (one.a12, other.a12) == (0.0, 1.0)
    assert one == other.reversed()
    assert effect([divided], KIND, ("dehb", "hebo")) is None


def test_the_claims_are_judged_part_by_part_and_what_has_no_runs_says_what_it_costs(
    divided: Analysis,
) -> None:
    lines = list(claims_table([divided], Catalogue().variants))
    (dehb,) = [line for line in lines if "| dehb over hpbandster/hyperband |" in line]
    cells = dehb.strip("| ").split(" | ")
    assert [cell[:6] for cell in cells[4:6]] == ["1.00 (", "0.00 ("]
    assert [cell.rpartition(": ")[2] for cell in cells[4:6]] == ["**holds**", "**does not hold**"]
    (hebo,) = [line for line in lines if "| hebo over optuna/tpe |" in line]
    assert "not measured here: hebo takes 4000 ms a trial, in an environment of its own" in hebo
    assert tally([divided]) == (
        "Of 2 comparisons on real tasks hold: 2, do not hold: 0, cannot be told: 0. "
        "Of 2 comparisons on functions hold: 0, do not hold: 2, cannot be told: 0."
    )
    rows = [line for line in effects_table([divided], KIND) if line.startswith("| dehb | random")]
    assert rows[0].count("(") == 9


def test_every_published_claim_is_about_optimizers_that_exist() -> None:
    variants = Catalogue().variants
    assert {name for claim in published() for pair in claim.pairs for name in pair} <= {*variants}


def test_what_has_no_runs_is_listed_with_its_cost(divided: Analysis) -> None:
    shown = SimpleNamespace(
        runs=divided.runs, comparisons=(), tasks=pd.DataFrame({"task": ["mfh/hartmann3-bad"]})
    )
    lines = list(left_out(shown, Catalogue()))  # type: ignore[arg-type]
    assert not [line for line in lines if line.startswith("| dehb |")]
    (hebo,) = [line for line in lines if line.startswith("| hebo |")]
    assert hebo.strip("| ").split(" | ")[1::3] == ["4000", "in an environment of its own"]


def test_the_whole_page_is_made_of_results_with_eight_workers_too(divided: Analysis) -> None:
    catalogue = SimpleNamespace(variants=Catalogue().variants, task=lambda _: TASK)
    material = Material(
        core=divided,
        half=divided,
        side_by_side=divided,
        catalogue=catalogue,  # type: ignore[arg-type]
    )
    text = "\n".join(sections(material))
    for heading in ("Who leads", "What it costs", "At equal virtual time", "What was left out"):
        assert f"## {heading}\n" in text
    assert "multi-fidelity, eight workers: by time" in text


TASK = Catalogue().task("mfh/hartmann3-bad")


points = st.lists(st.tuples(st.integers(0, 5), st.integers(0, 5)), min_size=1, max_size=12)


@given(points)
def test_the_line_of_costs_joins_those_that_none_is_both_better_and_quicker_than(
    drawn: list[tuple[int, int]],
) -> None:
    expected = [not any(x <= a and y <= b and (x, y) != (a, b) for x, y in drawn) for a, b in drawn]
    assert undominated(np.array(drawn, dtype=float)).tolist() == expected


def test_names_in_the_figure_of_costs_do_not_cover_each_other() -> None:
    names = ["a-long-name/with-a-variant", "another/one", "third", "fourth/x", "random"]
    table = pd.DataFrame(
        {
            "optimizer": names,
            "regret": [1.0, 0.98, 0.96, 0.5, 1.01],
            "overhead": [0.01, 0.0102, 0.0104, 300.0, 0.0103],
        }
    )
    figure = draw_costs([CostPanel(title="kind", table=table)], 6.9)
    figure.draw_without_rendering()
    (axes,) = figure.axes
    texts = [t for t in axes.texts if isinstance(t, Annotation)]
    assert sorted(text.get_text() for text in texts) == sorted(names)
    boxes = [Text.get_window_extent(text) for text in texts]  # without the lines to the points
    frame = axes.get_window_extent()
    assert not any(one.overlaps(other) for one, other in combinations(boxes, 2))
    assert all(frame.x0 <= box.x0 and box.x1 <= frame.x1 for box in boxes)
