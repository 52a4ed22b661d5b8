"""What another network learned, as a start."""
