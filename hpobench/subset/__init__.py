"""Few tasks that stand for many: a set's discrepancy, and subsets in which it is small.

It executes no run and reads scores alone, never an analysis or its report.
"""

from hpobench.subset.discrepancy.selection import SubsetSolution, select, select_disjoint
from hpobench.subset.discrepancy.star import star_discrepancy
from hpobench.subset.discrepancy.target import Target

__all__ = ["SubsetSolution", "Target", "select", "select_disjoint", "star_discrepancy"]
