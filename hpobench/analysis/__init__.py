"""From stored runs to tables, figures and a report: `analyze(path)`, then `write`."""

from hpobench.analysis.output import write
from hpobench.analysis.pipeline import Analysis, analyze
from hpobench.analysis.policy import FailedAs, Horizon, Incomplete, Policy
from hpobench.analysis.report import summary

__all__ = ["Analysis", "FailedAs", "Horizon", "Incomplete", "Policy", "analyze", "summary", "write"]
