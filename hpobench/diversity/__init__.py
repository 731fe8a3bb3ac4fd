"""Maps of the best: measures that a task names span cells, and of each cell the best is wanted.

Here is what an axis of such a map is, and how much of a map trials have filled; never whose trials
these are, nor how they are shown.
"""
