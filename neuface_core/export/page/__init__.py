"""One HTML page a clip that turns the head in a browser: nothing else is needed, no server and no network."""
