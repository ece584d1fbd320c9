"""What the program stands on before its first window."""

from __future__ import annotations

import gc
import os
import subprocess
import sys
import time

import pytest
from PySide6.QtCore import QObject, Signal

from neuface_studio import qt_setup


class _Teller(QObject):
    told = Signal(int)


def test_constants_survive_a_long_session(qapp: object) -> None:
    """PySide6 6.12.0 on Python 3.11 loses a reference in each of these calls."""
    teller = _Teller()
    teller.told.connect(lambda _: None)
    for number in range(20_000):
        teller.setObjectName("x")
        teller.told.emit(number)
    if sys.version_info < (3, 12):
        assert all(sys.getrefcount(constant) > 1000 for constant in (None, True, False))


def test_opencv_does_not_lead_qt_astray() -> None:
    program = "from neuface_studio import qt_setup; qt_setup.prepare(); import os; print(*sorted(os.environ))"
    run = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True, timeout=120)
    assert "QT_QPA_PLATFORM_PLUGIN_PATH" not in run.stdout.split()
    assert "QT_QPA_FONTDIR" not in run.stdout.split()


def test_the_window_does_not_stand_still_again_for_what_it_has_looked_through(
    qapp: object, monkeypatch: pytest.MonkeyPatch
) -> None:
    garbage = qt_setup.GuiGarbage(qapp)  # type: ignore[arg-type]
    monkeypatch.setattr(gc, "get_count", lambda: (0, 0, 99))
    monkeypatch.setattr(qt_setup, "_LONG_S", 0.0)
    try:
        garbage._check()
        assert gc.get_freeze_count() > 10_000
        began = time.perf_counter()
        gc.collect()
        assert time.perf_counter() - began < 0.05
    finally:
        gc.unfreeze()
        garbage.setParent(None)


@pytest.mark.gl
def test_the_program_starts_and_ends(tmp_path: object) -> None:
    """The real entry point, in a process of its own; a timer closes it."""
    program = (
        "import sys; from PySide6.QtCore import QTimer; from PySide6.QtWidgets import QApplication; "
        "from neuface_studio import app; "
        "from neuface_studio.main_window import MainWindow; show = MainWindow.show; "
        "MainWindow.show = lambda self: (show(self), QTimer.singleShot(1500, self.close))[0]; "
        "sys.exit(app.main([]))"
    )
    run = subprocess.run(
        [sys.executable, "-X", "faulthandler", "-c", program],
        capture_output=True, text=True, timeout=120, env={**os.environ, "PYTHONPATH": os.getcwd()},  # noqa: PTH109
        check=False,
    )  # fmt: skip
    assert run.returncode == 0, run.stderr
    assert "Traceback" not in run.stderr
