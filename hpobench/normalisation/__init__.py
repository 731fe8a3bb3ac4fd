"""The constants of tasks that regret is measured against. It never changes a score."""
