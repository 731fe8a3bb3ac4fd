"""Judge a change: runs from before and after it, compared task by task and seed by seed.

It stands on scores and statistics, never on the analysis or its report, and executes no run.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from hpobench.gate.comparison import Answer, Question, compare_sides
    from hpobench.gate.identity import Identity, identical
    from hpobench.gate.rule import At, Rule
    from hpobench.gate.sequential import Looks
    from hpobench.gate.sides import Side
    from hpobench.gate.verdict import Verdict

__all__ = [
    "Answer",
    "At",
    "Identity",
    "Looks",
    "Question",
    "Rule",
    "Side",
    "Verdict",
    "compare_sides",
    "identical",
]

_HOMES = {
    "comparison": ("Answer", "Question", "compare_sides"),
    "identity": ("Identity", "identical"),
    "rule": ("At", "Rule"),
    "sequential": ("Looks",),
    "sides": ("Side",),
    "verdict": ("Verdict",),
}
"""By module what it gives; imported when it is first used, since most need pandas."""


def __getattr__(name: str) -> Any:
    """One of `__all__`, from its module."""
    for module, names in _HOMES.items():
        if name in names:
            return getattr(import_module(f"{__name__}.{module}"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
