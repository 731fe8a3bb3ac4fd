"""Models fitted to recorded tables, so that every configuration has an answer of its own.

No optimizer is ever told that what answers is a model.
"""

from hpobench.benchmarks.surrogate.benchmark import Surrogate

__all__ = ["Surrogate"]
