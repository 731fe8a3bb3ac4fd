"""Searches that are a rule of a few lines: races, one hyperparameter at a time, scaled settings.

No module here fits a model to what it was told, and none imports a library that optimizes.
"""
