"""What `import hpobench` offers: thin over the plan, dispatch and store of the command line.

It never computes a result of its own: the same call by either door gives the same bytes.
"""

from hpobench.api.experiments import run
from hpobench.api.listing import Evaluation, evaluate, optimizers, tasks
from hpobench.api.optimization import Optimization, optimize
from hpobench.api.parts import as_optimizer, as_task
from hpobench.api.stored import Results, results

__all__ = [
    "Evaluation",
    "Optimization",
    "Results",
    "as_optimizer",
    "as_task",
    "evaluate",
    "optimize",
    "optimizers",
    "results",
    "run",
    "tasks",
]
