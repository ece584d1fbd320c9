"""The panels of the window. Each shows what it is given and tells what a person did; none decides."""
