"""Settings that are seen while they are changed, and help that needs no network."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from PySide6.QtCore import QUrl
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QApplication

from neuface_core.errors import NeuFaceError
from neuface_core.fitting.settings import NeuFaceSettings
from neuface_core.pipeline_settings import PipelineSettings
from neuface_studio import crash, theme
from neuface_studio.dialogs.help_window import HelpWindow, ReportWindow
from neuface_studio.dialogs.settings_dialog import SettingsDialog
from neuface_studio.heat_maps import heat_map
from neuface_studio.main_window import MainWindow
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


def _dialog(window: MainWindow) -> SettingsDialog:
    window.tailoring.show_settings()
    dialog = window.tailoring.settings_dialog
    assert dialog is not None
    return dialog


@pytest.mark.gl
def test_another_colour_map_is_seen_in_strips_and_mesh_until_it_is_cancelled(studio: Driver) -> None:
    window = studio.window
    timeline, table = window.work.timeline, lambda: window.work.mesh.scene._actor.mapper.lookup_table.values[:, :3]
    window.grab()
    before = dict(timeline._images)
    assert before
    dialog = _dialog(window)
    dialog.heat.setCurrentIndex(dialog.heat.findData("cividis"))
    window.grab()
    assert all(timeline._images[key] != image for key, image in before.items())
    assert np.array_equal(table(), heat_map("cividis"))
    dialog.reject()
    window.grab()
    assert timeline._images == before
    assert np.array_equal(table(), heat_map("sea"))


@pytest.mark.gl
def test_who_wants_to_stay_at_a_clip_after_a_decision_stays(studio: Driver) -> None:
    window = studio.window
    dialog = _dialog(window)
    dialog.advance.setChecked(False)
    dialog.pace.setChecked(True)
    assert window.actions_["review.pace"].isChecked(), "the command and the setting are the same thing"
    dialog.accept()
    window.review.accept()
    assert studio.clip == "ada"
    dialog = _dialog(window)
    assert not dialog.advance.isChecked()
    dialog.pages.setCurrentIndex(1)
    dialog.reset.click()
    assert dialog.advance.isChecked()
    assert not dialog.pace.isChecked()
    dialog.accept()
    window.review.show_clip("bob")
    window.review.accept()
    assert studio.clip == "cleo"


@pytest.mark.gl
def test_fits_go_to_the_device_that_was_chosen_and_what_is_not_here_says_so(
    studio: Driver, monkeypatch: pytest.MonkeyPatch
) -> None:
    def pick(name: str = "auto") -> torch.device:
        if name == "cuda":
            raise NeuFaceError("This machine has no device 'cuda'.", remedy="Choose another.")
        return torch.device("meta" if name == "mps" else "cpu")

    monkeypatch.setattr("neuface_studio.dialogs.settings_dialog.pick_device", pick)
    monkeypatch.setattr("neuface_studio.tailoring.pick_device", pick)
    window = studio.window
    dialog = _dialog(window)
    entries = [dialog.device.itemText(row) for row in range(dialog.device.count())]
    assert entries[0] == "the fastest here: cpu"
    assert "not in this machine" in entries[2]
    assert not dialog.device.model().item(2).isEnabled()
    dialog.device.setCurrentIndex(3)
    assert window.background.device == torch.device("meta")
    assert window.job_bar._device.text() == "on meta"
    dialog.reject()
    assert window.background.device == torch.device("cpu")


@pytest.mark.gl
def test_settings_of_the_project_are_those_of_neuface_config(studio: Driver, project_path: Path) -> None:
    window = studio.window
    project = window.session.project
    assert project is not None
    dialog = _dialog(window)
    page = dialog.project
    page.encoder.setCurrentText("")
    assert not dialog.keep.isEnabled()
    assert "An encoder is needed" in page.said.text()
    page.encoder.setCurrentText("no/such/file.tar")
    assert "nor such a file" in page.said.text()
    assert dialog.keep.isEnabled(), "a model can be added later"
    page.encoder.setCurrentText("open")
    assert page.said.text() == ""
    page.preset.setCurrentIndex(page.preset.findData("paper"))
    page.verify.setChecked(True)
    dialog.accept()
    kept = PipelineSettings.of_project(project.settings, project.path)
    assert kept.neuface == NeuFaceSettings.of_preset("paper")
    assert kept.verify_landmarks
    assert window.files.habits["two_stages"]
    assert "hold for fits from now on" in window.work.banner.text

    project.set_settings({**project.settings, "neuface": {"preset": "paper", "iterations": 7}})
    dialog = _dialog(window)
    assert dialog.project.wanted is None, "looking changes nothing"
    dialog.project.verify.setChecked(False)
    dialog.accept()
    kept = PipelineSettings.of_project(project.settings, project.path)
    assert (kept.neuface.iterations, kept.verify_landmarks) == (7, False), "what was set by hand stays"
    dialog = _dialog(window)
    dialog.pages.setCurrentWidget(dialog.project)
    dialog.reset.click()
    dialog.accept()
    assert PipelineSettings.of_project(project.settings, project.path) == PipelineSettings()


@pytest.mark.gl
def test_without_a_project_its_page_says_so(empty_studio: Driver) -> None:
    dialog = _dialog(empty_studio.window)
    assert not dialog.project.encoder.isEnabled()
    assert dialog.keep.isEnabled()
    dialog.reject()


@pytest.mark.gl
def test_help_is_here_without_a_network(empty_studio: Driver) -> None:
    helping = empty_studio.window.helping
    helping.show_guide()
    guide = helping.last
    assert isinstance(guide, HelpWindow)
    assert "The Studio" in guide.text.toPlainText()
    QApplication.processEvents()
    assert guide.text.horizontalScrollBar().maximum() == 0, "a picture is cut"
    assert guide.pages.sizeHintForColumn(0) <= guide.pages.viewport().width(), "a title is cut"
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
