"""What several adapters use: encodings, models, prompts. Nothing here is an optimizer."""
