"""Tables of recorded results, described by a task's YAML: an evaluation is a look-up."""

from hpobench.benchmarks.recorded.benchmark import Recorded

__all__ = ["Recorded"]
