"""Everything that is promised, checked."""

PATIENCE = 1000
"""Seconds after which what hangs ends a test; no test that passes depends on it."""
