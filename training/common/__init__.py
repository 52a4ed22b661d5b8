"""What all trainings share: errors, checkpoints, metrics, plots."""
