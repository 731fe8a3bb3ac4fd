"""From stored runs to named data frames, notes and a protocol. It draws and writes nothing."""

from hpobench.analysis.frames import Analysis
from hpobench.analysis.pipeline import analyze

__all__ = ["Analysis", "analyze"]
