"""Synthetic pictures of the head model, with their truth: what the encoder is trained on."""
