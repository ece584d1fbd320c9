"""NeuFace core: from a video to spatio-temporally consistent 3D face meshes. No window here."""

__version__ = "0.1.0"
