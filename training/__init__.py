"""Train, evaluate and export the models; nothing that serves imports this package."""
