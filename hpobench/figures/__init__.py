"""Figures as files, and how an optimizer looks in all of them. It computes no statistic."""
