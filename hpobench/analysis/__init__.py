"""From stored runs to named data frames, notes and a protocol. It draws and writes nothing."""

from hpobench.analysis.pipeline import Analysis, analyze

__all__ = ["Analysis", "analyze"]
