"""What every room stands on: labels, pictures, songs, errors and threads."""
