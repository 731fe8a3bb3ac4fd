"""Trainings worth recording: models that learn in steps, on data that comes with packages.

Never looked up and never simulated: whoever asks waits for a training. `hpobench record` turns
them into tables.
"""
