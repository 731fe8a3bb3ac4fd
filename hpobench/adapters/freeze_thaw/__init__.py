"""Optimizers that train many configurations a little, and go on with those whose curves promise.

Each keeps a pool of candidates, and at every ask trains one of them one level further. They differ
in the model that predicts curves; none of them trains anything itself.
"""
