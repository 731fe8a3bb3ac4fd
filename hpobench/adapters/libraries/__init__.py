"""Optimizers of installed libraries, one module each. None imports another."""
