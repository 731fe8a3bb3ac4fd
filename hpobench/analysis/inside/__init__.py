"""A look inside runs: where optimizers searched, what mattered, and what a task is like.

It compares no optimizers, draws nothing, and changes nothing that is stored.
"""

from hpobench.analysis.inside.looking import Inside, look_inside

__all__ = ["Inside", "look_inside"]
