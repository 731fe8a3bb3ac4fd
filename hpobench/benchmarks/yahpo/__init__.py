"""YAHPO Gym's neural networks that stand for recorded results, without YAHPO Gym.

Nothing is fitted here, and no library for networks is needed.
"""

from hpobench.benchmarks.yahpo.benchmark import Yahpo

__all__ = ["Yahpo"]
