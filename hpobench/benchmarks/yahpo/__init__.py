"""YAHPO Gym's neural networks that stand for recorded results, without YAHPO Gym."""

from hpobench.benchmarks.yahpo.benchmark import Yahpo

__all__ = ["Yahpo"]
