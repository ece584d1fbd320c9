"""Losses, E-step targets, the NeuFace loop, and what it returns."""
