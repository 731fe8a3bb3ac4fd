"""The optimizers: one module per library, and what several of them share."""
