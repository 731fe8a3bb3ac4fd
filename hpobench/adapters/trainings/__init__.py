"""Optimizers of trainings that go on: they change one on its way, or read its signals.

None of them looks at a benchmark, and none needs a library of its own.
"""
