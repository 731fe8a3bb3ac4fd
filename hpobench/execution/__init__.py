"""One run, from the first ask to its trajectory. It never stores, and never starts another run."""
