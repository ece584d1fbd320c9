"""FLAME-format head models: linear blend skinning, loaders, landmark embedding, weak perspective."""
