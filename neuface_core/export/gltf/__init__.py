"""A fit as glTF 2.0: a skinned head with morph targets, animated (docs/formats/exports.md)."""
