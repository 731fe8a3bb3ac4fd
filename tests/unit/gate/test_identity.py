"""Where two runs part, by the rows that a store would hold."""

import json
from typing import Any

import pytest

from hpobench.gate.identity import Divergence, divergence

KEY = ("random", "toy/t", 0)
ROW: dict[str, Any] = {
    "status": "completed",
    "cut": "",
    "task_info": json.dumps({"definition": {"budget": 2}, "real_time": False, "overhead": "none"}),
    "number": [0, 1],
    "fidelity": [3.0, 9.0],
    "values": [1.0, 2.0, 3.0, float("nan")],
    "test": [],
    "spent": [1.0, 2.0],
    "worker": [0, 0],
    "cost": [1.0, 1.0],
    "start": [0.0, 1.0],
    "end": [1.0, 2.0],
    "failures": json.dumps({"1": "it broke"}),
    "configs": json.dumps({"x": [0.5, 0.25], "y": [None, "a"]}),
}


@pytest.mark.parametrize(
    ("changed", "trial", "field", "before", "after"),
    [
        ({"values": [1.0, 2.0, 3.5, float("nan")]}, 1, "values", "3.0, nan", "3.5, nan"),
        ({"fidelity": None}, 0, "fidelity", "3.0", "none"),
        ({"configs": '{"x": [0.5, 0.25]}'}, 1, "hyperparameter y", "'a'", "inactive"),
        ({"failures": "{}"}, 1, "failure", "it broke", "none"),
        ({"cut": "budget"}, None, "what cut it short", "nothing", "budget"),
    ],
)
def test_the_first_difference_is_named(
    changed: dict[str, Any], trial: int | None, field: str, before: str, after: str
) -> None:
    found = divergence(KEY, ROW, ROW | changed)
    assert found == Divergence(key=KEY, trial=trial, field=field, before=before, after=after)
    assert divergence(KEY, ROW, dict(ROW)) is None


def test_trials_without_hyperparameters_are_compared_too() -> None:
    """A space of constants, or none at all, stores no column of configurations."""
    empty = ROW | {"configs": "{}"}
    found = divergence(KEY, empty, empty | {"end": [1.0, 2.5]})
    assert found is not None
    assert (found.trial, found.field, found.before) == (1, "end", "2.0")
