"""Tune here, evaluate there: what the best settings of one task are worth on others.

It evaluates the incumbents of stored runs, and never tunes anything itself.
"""

from hpobench.transfer.ranking import Transfer, transfer

__all__ = ["Transfer", "transfer"]
