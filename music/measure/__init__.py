"""What music measurably is, and the mood that follows."""
