"""Φ_w, the image-to-head-parameters networks, and the crop that each expects."""
