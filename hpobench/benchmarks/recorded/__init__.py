"""Tables of recorded results, described by a task's YAML: an evaluation is a look-up.

Nothing is ever trained here, or filled in where the table has no row.
"""

from hpobench.benchmarks.recorded.benchmark import Recorded

__all__ = ["Recorded"]
