"""Benchmarks that are formulas, here or in an installed suite. None reads a table."""
