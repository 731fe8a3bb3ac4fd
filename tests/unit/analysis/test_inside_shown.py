"""A look inside runs shows itself in a session: what matters most, and tables that obey no name."""

from types import SimpleNamespace

import pandas as pd
import pytest

from hpobench.analysis.inside import look_inside
from hpobench.api.inside import SHOWN, ShownInside
from tests.unit.analysis.test_inside_page import HOSTILE, rows


@pytest.fixture(scope="module")
def shown(make: SimpleNamespace) -> ShownInside:
    source = make.Runs(rows(make))
    return ShownInside.of(look_inside(make.analysis(source), source))


def test_a_terminal_shows_the_hyperparameters_of_each_task_that_matter_most(
    shown: ShownInside,
) -> None:
    lines = [line for line in repr(shown).splitlines() if line.startswith("toy/")]
    assert [line.partition(":")[0] for line in lines] == ["toy/<b>, loss", "toy/a, loss"]
    assert all(line.partition(": ")[2].startswith("x ") for line in lines)


def test_what_is_named_is_what_the_frame_says_of_the_whole_budget(shown: ShownInside) -> None:
    method = repr(shown).splitlines()[-1].rpartition("(")[2].partition(",")[0]
    whole = shown.importance.query(f"task == 'toy/a' and share == 1 and method == '{method}'")
    most = whole.sort_values("importance", ascending=False)["hyperparameter"].tolist()[:3]
    said = repr(shown).splitlines()[-1].partition(": ")[2].rpartition(" (")[0]
    assert [part.rpartition(" ")[0] for part in said.split(", ")] == most


def test_a_notebook_shows_the_three_frames_and_obeys_no_name(shown: ShownInside) -> None:
    page = shown._repr_html_()
    assert page.count("<table") == 3
    assert HOSTILE not in page
    assert "toy/&lt;b&gt;" in page
    rest = len(shown.importance) - SHOWN
    assert f"and {rest} more in the frame <code>importance</code>" in page


def test_without_configurations_it_says_so_and_shows_no_empty_tables(make: SimpleNamespace) -> None:
    source = make.Runs([make.run("random", "toy/a", 0, [1.0, 2.0])])
    shown = ShownInside.of(look_inside(make.analysis(source), source))
    assert isinstance(shown.importance, pd.DataFrame)
    assert repr(shown).startswith("! 1 task without stored configurations")
    assert "Importance" not in shown._repr_html_()
