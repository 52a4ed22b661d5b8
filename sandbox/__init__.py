"""Decoders of others' bytes, each file in a process of its own with little to break."""
