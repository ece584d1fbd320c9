"""Tracks of other tools: their files, recognised and read, under our names (docs/formats/interchange.md)."""
