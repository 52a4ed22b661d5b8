"""What Affectune does per second, and how long it takes, against its budgets."""
