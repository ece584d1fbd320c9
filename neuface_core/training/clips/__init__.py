"""Synthetic clips of one or several synchronous views with known truth, and the noise of a detector on them."""
