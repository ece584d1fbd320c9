"""Pictures: meshes and landmarks drawn on frames, and overlay videos. No window, no OpenGL."""
