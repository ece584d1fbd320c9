"""`python -m neuface_core.cli`."""

from __future__ import annotations

import sys

from neuface_core.cli.app import main

if __name__ == "__main__":
    sys.exit(main())
