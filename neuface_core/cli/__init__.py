"""The command line: `neuface …`, one module a verb.

Nothing heavy is imported before a verb needs it: `neuface --help` must answer at once, and torch takes a second.
"""

from __future__ import annotations

from neuface_core.cli.app import app, main

__all__ = ["app", "main"]
