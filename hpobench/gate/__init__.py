"""Judge a change: runs from before and after it, compared task by task and seed by seed.

It stands on scores and statistics, never on the analysis or its report, and executes no run.
"""

from hpobench.gate.comparison import Answer, Question, compare_sides
from hpobench.gate.identity import Identity, identical
from hpobench.gate.sequential import Looks
from hpobench.gate.sides import At, Side
from hpobench.gate.verdict import Rule, Verdict

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
