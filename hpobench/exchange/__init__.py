"""Results from and for other programs; one module a format, none of which another imports.

It never executes a run, and what is imported never passes for a run of ours.
"""
