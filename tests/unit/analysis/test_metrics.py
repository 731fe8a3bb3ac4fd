"""A metric is declared once: whatever reports reads the declaration, also of one from outside."""

import csv
import json
import zlib
from base64 import b64decode
from itertools import pairwise
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from scipy import stats

from hpobench.analysis.frames import Analysis
from hpobench.analysis.pipeline import examine
from hpobench.report.writing import write_report
from hpobench.scoring.curves import Axis, Curves
from hpobench.scoring.metric import Aggregation, AxisSpec, Metric
from hpobench.scoring.metrics import METRICS, REGRET_AREA
from hpobench.scoring.trials import Floats

pytestmark = pytest.mark.slow


def worst_so_far(curves: Curves, axis: Axis) -> Floats:
    """A metric that nobody reports: the largest regret up to each point."""
    return np.asarray(np.maximum.accumulate(curves.regrets[axis], axis=1))


OUTSIDE = Metric(
    column="worst_so_far",
    title="Worst so far",
    caption="A caption that <i>explains</i> it.",
    rule="A rule of its own.",
    axis=AxisSpec(label="worst regret so far"),
    smaller_is_better=True,
    aggregation=Aggregation.MEAN,
    compute=worst_so_far,
)


@pytest.fixture(scope="module")
def analysis(make: SimpleNamespace) -> Analysis:
    """Tasks of all kinds, with one metric more than the project's."""
    store, known = make.kinds()
    return examine(store, make.references(known), metrics=(*METRICS, OUTSIDE))


@pytest.fixture(scope="module")
def folder(analysis: Analysis, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The whole report with figures, of black-box tasks and others."""
    path = tmp_path_factory.mktemp("metrics")
    write_report(analysis, path, figures=True)
    return path


def test_a_metric_from_outside_is_a_column_of_all_tables(folder: Path) -> None:
    for name, columns in {
        "final": {"worst_so_far", "worst_so_far_low", "worst_so_far_high"},
        "final_tasks": {"worst_so_far", "worst_so_far_low", "worst_so_far_high"},
        "anytime": {"worst_so_far", "worst_so_far_low", "worst_so_far_high"},
        "anytime_tasks": {"worst_so_far"},
    }.items():
        with (folder / "tables" / f"{name}.csv").open() as file:
            assert columns <= set(next(csv.reader(file)))


def test_a_metric_from_outside_has_figures(folder: Path) -> None:
    for kind in ("blackbox", "multi-fidelity-multi-objective"):
        for name in ("worst-so-far-over-budget", "final-worst-so-far"):
            text = (folder / "figures" / f"{kind}-{name}.svg").read_text()
            assert "worst regret so far" in text
            assert (folder / "figures" / f"{kind}-{name}.pdf").exists()


def test_a_metric_from_outside_is_on_the_page_and_in_the_protocol(
    analysis: Analysis, folder: Path
) -> None:
    page = (folder / "report.html").read_text()
    assert page.count('data-view="worst-so-far"') == len(analysis.comparisons)
    assert "<b>Worst so far.</b> A caption that &lt;i&gt;explains&lt;/i&gt; it." in page
    assert ">worst so far</button>" in page
    assert "<dt>Worst so far</dt><dd>A rule of its own.</dd>" in page
    assert analysis.protocol["Worst so far"] == "A rule of its own."
    data = embedded(page)
    assert data["metrics"]["worst-so-far"]["label"] == "worst regret so far"
    for kind in data["kinds"]:
        budget = at(kind["by_axis"], list(kind["axes"]).index("budget"))
        assert budget["metrics"]["worst-so-far"]["collections"]


def embedded(page: str) -> Any:
    """The data that the page's script draws."""
    text = page.partition('id="data">')[2].partition("<")[0]
    return json.loads(zlib.decompress(b64decode(text)))


def at(whole: Any, i: int) -> Any:
    """One of several structures that were packed side by side."""
    if isinstance(whole, dict):
        return whole["by"][i] if "by" in whole else {k: at(v, i) for k, v in whole.items()}
    return [at(part, i) for part in whole] if isinstance(whole, list) else whole


def test_no_other_table_knows_of_a_metric_that_is_not_asked_for(
    make: SimpleNamespace, analysis: Analysis
) -> None:
    store, known = make.kinds()
    plain = examine(store, make.references(known))
    for name, frame in plain.frames().items():
        assert frame.equals(analysis.frames()[name][frame.columns])


def test_the_area_under_the_regret_is_that_of_the_steps(make: SimpleNamespace) -> None:
    values = {0: [4.0, 2.0, 2.0, 1.0], 1: [5.0, 3.0, 0.5, 0.5], 2: [1.0, 1.0, 1.0, 0.25]}
    rows = [make.run("o", "toy/t", seed, found) for seed, found in values.items()]
    analysis = make.analysis(rows, {"toy/t": make.constants()})
    ends = np.linspace(0, 1, 101)[1:]
    areas = []
    for found in values.values():
        reached = [5.0, *found]  # the regret of a single random configuration, until there is any
        steps = [reached[int(4 * end + 1e-9)] for end in ends]
        areas.append(
            sum(y * (b - a) for y, (a, b) in zip(steps, pairwise([0, *ends]), strict=True))
        )
    (row,) = analysis.final_tasks.to_dict("records")
    assert row["regret_area"] == pytest.approx(np.mean(areas))
    width = stats.t.ppf(0.975, 2) * np.std(areas, ddof=1) / np.sqrt(3) / np.mean(areas)
    assert row["regret_area_low"] == pytest.approx(np.mean(areas) * np.exp(-width))
    (total,) = analysis.final.to_dict("records")
    assert total["regret_area"] == row["regret_area"]
    curve = analysis.anytime[analysis.anytime["axis"] == "budget"]
    assert curve["regret_area"].iloc[-1] == row["regret_area"]
    assert REGRET_AREA.title in analysis.protocol
