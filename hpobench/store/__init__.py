"""Trajectories on disk: nothing finished is ever lost, and nothing half-written is ever read.

It never scores a run, and knows no optimizer and no benchmark.
"""

from hpobench.store.rows import configs, configurations, encode, trials
from hpobench.store.store import Store

__all__ = ["Store", "configs", "configurations", "encode", "trials"]
