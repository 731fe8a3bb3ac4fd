"""Results from and for the stores and logs of optimizers' own tools, one module a format.

None imports another tool's library, and nothing in a file is executed or unpickled.
"""
