"""Which songs suit a mood, in which order, and why."""
