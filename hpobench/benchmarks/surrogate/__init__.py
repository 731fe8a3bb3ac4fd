"""Models fitted to recorded tables, so that every configuration has an answer of its own."""

from hpobench.benchmarks.surrogate.benchmark import Surrogate

__all__ = ["Surrogate"]
