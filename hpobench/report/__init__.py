"""The page and the tables of an analysis, written into a folder. It computes nothing anew."""

from hpobench.report.page import summary
from hpobench.report.writing import write_report

__all__ = ["summary", "write_report"]
