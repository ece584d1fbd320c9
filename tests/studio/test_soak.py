"""A day of work in the real window, cut short: the memory stays, Qt is silent, and nothing is left behind."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = [pytest.mark.gl, pytest.mark.slow, pytest.mark.timeout(1200)]

SOAK = Path(__file__).resolve().parents[2] / "benchmarks" / "soak.py"


def test_a_short_day_leaves_nothing_behind(qapp: object, tmp_path: Path) -> None:
    found = tmp_path / "soak.json"
    command = [sys.executable, str(SOAK), "--short", "--out", str(found)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=1100, check=False)
    assert found.exists(), done.stderr
    measured = json.loads(found.read_text())
    assert measured["problems"] == [], measured
    assert done.returncode == 0
    assert measured["done"] == measured["wanted"] == {"steps": 400, "switches": 20, "fits": 2}
    assert set(measured["outcomes"]) == {"done"}
