"""Sound files, decoded within bounds."""
