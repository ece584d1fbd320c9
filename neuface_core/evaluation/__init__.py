"""Metrics of METHOD, on plain arrays: landmark error, stability, motion retained, distances between meshes."""
