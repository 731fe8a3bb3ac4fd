"""Trainings of scikit-learn's models: who asks waits for a fit. Nothing is looked up."""
