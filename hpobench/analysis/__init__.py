"""From stored runs to tables, figures and a report: `analyze(path)` is the way in."""

from hpobench.analysis.pipeline import Analysis, analyze
from hpobench.analysis.scored import FailedAs

__all__ = ["Analysis", "FailedAs", "analyze"]
