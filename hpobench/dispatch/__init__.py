"""Spread runs over processes and machines; all backends give the same results to the bit."""
