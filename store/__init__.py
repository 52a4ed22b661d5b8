"""What lasts: the database, and the songs and visitors in it."""
