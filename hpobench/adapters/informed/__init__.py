"""Optimizers that begin with what is known before: trials of other tasks, or a prior.

None of them runs where the problem has neither: its capabilities say what it needs.
"""
