"""A tier cannot vanish: without a window its tests fail instead of being skipped; and no test may use the network."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

CONFTEST = Path(__file__).resolve().parent / "conftest.py"


def run_tests(folder: Path, body: str, **variables: str) -> subprocess.CompletedProcess[str]:
    """Run one test file under this repository's conftest."""
    shutil.copy(CONFTEST, folder)
    (folder / "test_one.py").write_text(f"import pytest, socket\n{body}", encoding="utf-8")
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("NEUFACE_", "PYTEST_"))}
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:xdist", "-p", "no:cacheprovider", str(folder)]
    return subprocess.run(command, env=environment | variables, capture_output=True, text=True, cwd=folder, check=False)


@pytest.mark.parametrize(
    ("reason", "required", "status"), [("no display", "1", 1), ("no display", "0", 0), ("the real clips", "1", 0)]
)
def test_a_skipped_window_test_fails_where_a_window_is_required(
    tmp_path: Path, reason: str, required: str, status: int
) -> None:
    body = f"def test_runs(): pass\ndef test_window(): pytest.skip({reason!r})\n"
    report = tmp_path / "studio"
    done = run_tests(tmp_path, body, NEUFACE_REQUIRE_GL=required, NEUFACE_TIER_REPORT=str(report))
    assert done.returncode == status, done.stdout
    assert report.read_text(encoding="utf-8") == "tier studio: 1 passed, 1 skipped\n"


def test_a_connection_to_another_machine_fails_the_test(tmp_path: Path) -> None:
    # 192.0.2.0/24 is reserved for documentation: nothing is there.
    done = run_tests(tmp_path, 'def test_calls(): socket.create_connection(("192.0.2.1", 80), timeout=1)\n')
    assert done.returncode == 1
    assert "works without network" in done.stdout
