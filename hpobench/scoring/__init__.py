"""Trials as arrays, and what each run reached at each point of its budget. Nobody is compared."""
