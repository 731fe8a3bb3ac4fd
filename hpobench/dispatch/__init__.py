"""Spread runs over processes and machines; all backends give the same results to the bit.

It never looks into a result: what a run is worth is for others to say.
"""
