"""Compare hyperparameter optimizers on benchmark tasks, reproducibly.

Everything below is described in docs/python.md, and imported when it is first used.
"""

import sys
from importlib import import_module
from types import ModuleType
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from hpobench.api import (
        Evaluation,
        Optimization,
        Results,
        as_optimizer,
        as_task,
        evaluate,
        optimize,
        optimizers,
        results,
        run,
        tasks,
    )
    from hpobench.errors import RunError, UserError

__version__ = "0.2.0"

__all__ = [
    "Evaluation",
    "Optimization",
    "Results",
    "RunError",
    "UserError",
    "as_optimizer",
    "as_task",
    "evaluate",
    "optimize",
    "optimizers",
    "results",
    "run",
    "tasks",
]


class _Package(ModuleType):
    """This package, where `hpobench.run` is the function although there is a module of the name."""

    def __setattr__(self, name: str, value: Any) -> None:
        """Keep what `import hpobench.run` would put in the place of the function."""
        if not (name in __all__ and isinstance(value, ModuleType)):
            super().__setattr__(name, value)


def __getattr__(name: str) -> Any:
    """Import what is used for the first time."""
    if name not in __all__:
        here = sys.modules[__name__]  # by it Python finds the nearest name
        raise AttributeError(f"module 'hpobench' has no attribute {name!r}", name=name, obj=here)
    home = import_module("hpobench.errors" if name in {"RunError", "UserError"} else "hpobench.api")
    return getattr(home, name)


def __dir__() -> list[str]:
    """The names for completion, without importing what they stand for."""
    return sorted({*globals(), *__all__})


sys.modules[__name__].__class__ = _Package
