"""Few tasks that stand for many: a set's discrepancy, and subsets in which it is small."""

from hpobench.subset.discrepancy import star_discrepancy
from hpobench.subset.selection import Selection, Target, select, select_disjoint

__all__ = ["Selection", "Target", "select", "select_disjoint", "star_discrepancy"]
