"""Train, evaluate and export the face models; nothing that serves imports this package."""
