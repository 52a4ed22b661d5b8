"""The production server, TLS and memory."""
