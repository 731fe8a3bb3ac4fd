"""The page that looks inside runs, beside the report. It computes nothing anew."""

from hpobench.report.inside.page import render_inside

__all__ = ["render_inside"]
