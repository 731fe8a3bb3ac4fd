"""Results from and for tuning tools, in the files that they write themselves; one reader a tool.

It never imports a tool, opens nothing that is pickled, and never writes to what it reads.
"""
