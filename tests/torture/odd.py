"""A benchmark that answers with odd things, by their names."""

from collections import UserDict
from decimal import Decimal
from fractions import Fraction
from typing import Any

import numpy as np
from ConfigSpace import ConfigurationSpace

from hpobench.benchmark import Benchmark
from hpobench.task import Objective
from hpobench.trial import Outcome, Trial

NUMBERS: dict[str, Any] = {
    "zero": 0.0,
    "negative zero": -0.0,
    "largest": 1.7976931348623157e308,
    "least": 5e-324,
    "large integer": 2**70,
    "integer": 3,
    "fraction": Fraction(1, 4),
    "numpy double": np.float64(0.5),
    "numpy single": np.float32(0.5),
    "numpy integer": np.int64(7),
}
"""Each is the number it says."""

OTHERS: dict[str, Any] = {
    "nan": float("nan"),
    "infinity": float("inf"),
    "minus infinity": float("-inf"),
    "numpy nan": np.float64("nan"),
    "beyond": 10**400,
    "none": None,
    "text": "0.5",
    "bytes": b"0.5",
    "list": [0.5],
    "longer list": [0.5, 0.5],
    "empty": (),
    "mapping": {"loss": 0.5},
    "true": True,
    "complex": 0.5j,
    "decimal": Decimal("0.5"),
    "array": np.array(0.5),
    "longer array": np.array([0.5, 0.5]),
    "object": object(),
    "long text": "x" * 10_000_000,
    "surrogate": "\ud800",
}
"""None is a finite number."""


class Odd(Benchmark):
    """Puts an odd thing in one place of its outcome."""

    def __init__(self, *, place: str, what: str) -> None:
        self.space = ConfigurationSpace({"x": (0.0, 1.0)})
        self.objectives = (Objective(name="loss"),)
        self.place, self.what = place, {**NUMBERS, **OTHERS}[what]

    def evaluate(self, trial: Trial, seed: int) -> Outcome:
        what, loss = self.what, {"loss": 0.5}
        if self.place == "outcome":
            return what  # type: ignore[no-any-return]
        fields: dict[str, Any] = {
            "value": {"values": {"loss": what}},
            "cost": {"values": loss, "cost": what},
            "test": {"values": loss, "test": {"loss": what}},
            "values": {"values": what},
            "tests": {"values": UserDict(loss), "test": what},
            "failure": {"failure": what},
        }
        return Outcome(**fields[self.place])
