"""Songs as CSV files, read and checked."""
