"""Optimizers written here after their papers, one module each. None needs a library of its own."""
