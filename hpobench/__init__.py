"""Compare hyperparameter optimizers on benchmark tasks, reproducibly."""

__version__ = "0.1.0"
