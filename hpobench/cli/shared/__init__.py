"""What several commands share: options, plans, progress, streams. Nothing here is a command."""
