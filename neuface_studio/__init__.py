"""NeuFace Studio: the window in which an annotator reviews fits. Imports `neuface_core`, never the other way round."""
