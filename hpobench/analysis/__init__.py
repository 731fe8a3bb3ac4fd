"""From stored runs to tables, figures and a report: `analyze(path)`, then `write`."""

from hpobench.analysis.output import write
from hpobench.analysis.pipeline import Analysis, analyze
from hpobench.analysis.report import summary
from hpobench.analysis.scored import FailedAs

__all__ = ["Analysis", "FailedAs", "analyze", "summary", "write"]
