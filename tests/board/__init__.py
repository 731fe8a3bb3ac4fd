"""What `make leaderboard` writes: tables, claims and costs, each from results alone."""
