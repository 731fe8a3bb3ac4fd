"""The optimizers: of libraries, written here, and what they share. No adapter stores anything."""
