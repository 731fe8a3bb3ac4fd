"""Neural networks that a user would watch: on whichever device a run was given, with all signals.

They share their trainings with `learners`, and nothing here is recorded.
"""
