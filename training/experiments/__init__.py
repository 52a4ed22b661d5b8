"""Proofs that are reported and never shipped."""
