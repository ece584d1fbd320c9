"""68 landmarks per frame: detectors behind one protocol, and the tracks that they make."""
