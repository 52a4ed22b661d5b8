"""Where a song can be heard, and lists as files."""
