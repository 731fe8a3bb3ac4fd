"""Few tasks that stand for many: a set's discrepancy, and subsets in which it is small."""

from hpobench.subset.discrepancy.selection import Selection, Target, select, select_disjoint
from hpobench.subset.discrepancy.star import star_discrepancy

__all__ = ["Selection", "Target", "select", "select_disjoint", "star_discrepancy"]
