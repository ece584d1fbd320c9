"""Settings that are seen while they are changed, and help that needs no network."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QUrl
from PySide6.QtGui import QGuiApplication

from neuface_studio import crash, theme
from neuface_studio.dialogs.help_window import HelpWindow, ReportWindow
from neuface_studio.views.banner import Kind

from .conftest import Driver


@pytest.mark.gl
def test_settings_are_seen_at_once_and_kept_only_when_wanted(studio: Driver) -> None:
    window = studio.window
    window.tailoring.show_settings()
    dialog = window.tailoring.settings_dialog
    assert dialog is not None
    dialog.theme.setCurrentIndex(dialog.theme.findData("light"))
    dialog.scale.setCurrentIndex(dialog.scale.findData(1.3))
    assert theme.current() is theme.LIGHT
    assert theme.interface_font(10).pointSizeF() == pytest.approx(13)
    dialog.reject()
    assert theme.current() is theme.DARK
    assert theme.font_scale() == 1
    window.tailoring.show_settings()
    dialog = window.tailoring.settings_dialog
    assert dialog is not None
    dialog.reviewer.setText("Kim")
    dialog.where.setCurrentIndex(1)
    dialog.accept()
    assert window.preferences.settings.reviewer == "Kim"
    assert window.background.elsewhere
    window.review.accept()
    assert window.session.history("ada")[-1].reviewer == "Kim"
    window.preferences.settings = type(window.preferences.settings)()


@pytest.mark.gl
def test_help_is_here_without_a_network(empty_studio: Driver) -> None:
    helping = empty_studio.window.helping
    helping.show_guide()
    guide = helping.last
    assert isinstance(guide, HelpWindow)
    assert "The Studio" in guide.text.toPlainText()
    guide._follow(QUrl("suspicion.md"))
    assert guide.pages.currentItem().text() in guide.text.toPlainText()
    before = guide.text.toPlainText()
    guide._follow(QUrl("https://example.org/page.md"))
    guide._follow(QUrl("../../etc/passwd"))
    assert guide.text.toPlainText() == before, "a link leads out of the guide"
    guide.close()
    for show, word in ((helping.show_about, "Apache-2.0"), (helping.show_doctor, "python")):
        show()
        report = helping.last
        assert isinstance(report, ReportWindow)
        empty_studio.wait(lambda r=report: r.complete, 120_000)
        report.copy.click()
        assert word in QGuiApplication.clipboard().text()
        report.close()


def test_what_went_wrong_is_written_down_and_told_at_the_next_start(
    tmp_path: object, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(crash, "folder", lambda: tmp_path)
    told: list[str] = []

    class Window:
        def tell(self, words: str, kind: Kind = Kind.INFO, action: str = "", details: str = "") -> None:
            told.append(words + details)

    assert crash.last_report() == ""
    crash.keep("Traceback: the chin")
    assert "the chin" in crash.last_report()
    (crash.folder() / "fault.txt").write_text("Fatal Python error: Segmentation fault")
    monkeypatch.setattr("faulthandler.enable", lambda file: None)
    crash.watch_faults(Window())
    assert "Segmentation fault" in told[0]
    crash._open_fault.pop().close()
    crash.watch_faults(Window())
    assert len(told) == 1, "a fault is told once"
    crash._open_fault.pop().close()
