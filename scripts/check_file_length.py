"""Fails when a Python file of the repository has more than 400 lines: past that it holds two things."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

LIMIT = 400


def main() -> int:
    """Print each file that is too long; 1 when there is one."""
    root = Path(__file__).resolve().parent.parent
    listing = ["git", "ls-files", "--cached", "--others", "--exclude-standard", "*.py"]
    listed = subprocess.run(listing, cwd=root, capture_output=True, text=True, check=True).stdout
    too_long = 0
    for name in listed.splitlines():
        path = root / name
        length = len(path.read_text(encoding="utf-8").splitlines()) if path.is_file() else 0
        if length > LIMIT:
            print(f"{length} lines, {LIMIT} allowed: split it by what it does ({name})")
            too_long += 1
    return 1 if too_long else 0


if __name__ == "__main__":
    sys.exit(main())
