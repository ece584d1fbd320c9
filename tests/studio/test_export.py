"""Export from the window: only what was accepted, and it can be read with plain h5py."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import h5py
import pytest
from PySide6.QtCore import Qt

from neuface_core.export.verify import verify_dataset

from .conftest import FRAMES, Driver

pytestmark = pytest.mark.gl


def test_what_was_accepted_is_in_the_file(studio: Driver, tmp_path: Path) -> None:
    assert not studio.window.actions_["project.export"].isEnabled(), "nothing is accepted yet"
    studio.press(Qt.Key.Key_A)
    studio.wait_for_clip("bob")
    studio.press(Qt.Key.Key_R, Qt.Key.Key_2)
    studio.wait_for_clip("cleo")
    studio.press(Qt.Key.Key_E, ctrl=True)
    dialog = studio.window.files.export_dialog
    assert dialog is not None
    assert dialog.isVisible()
    out = tmp_path / "judged.h5"
    dialog._path.setText(str(out))
    dialog._vertices.setChecked(True)
    dialog.accept()
    studio.wait_for_jobs()
    studio.wait(lambda: "verified" in studio.window.work.banner.text)
    assert verify_dataset(out).ok
    with h5py.File(out) as file:
        assert list(file["clips"]) == ["ada"]
        clip = file["clips/ada"]
        assert clip["params/shape"].shape[0] == FRAMES
        assert clip["vertices"].shape == (FRAMES, *clip["vertices"].shape[1:])


def test_a_place_that_cannot_be_written_is_named_in_the_banner(studio: Driver, tmp_path: Path) -> None:
    studio.press(Qt.Key.Key_A)
    studio.window.background.export(tmp_path)
    studio.wait_for_jobs()
    studio.wait(lambda: "folder" in studio.window.work.banner.text)
    assert studio.state("ada") == "accepted"


def test_heads_for_other_programs_are_written_and_the_choice_is_remembered(studio: Driver, tmp_path: Path) -> None:
    studio.press(Qt.Key.Key_A)
    studio.wait_for_clip("bob")
    studio.press(Qt.Key.Key_E, ctrl=True)
    dialog = studio.window.files.export_dialog
    assert dialog is not None
    dialog._format.setCurrentIndex(dialog._format.findData("glb"))
    assert not dialog._vertices.isVisible()
    dialog._path.setText(str(tmp_path / "heads"))
    dialog.accept()
    studio.wait_for_jobs()
    studio.wait(lambda: "Written" in studio.window.work.banner.text)
    assert [path.name for path in (tmp_path / "heads").iterdir()] == ["ada.glb"]
    studio.press(Qt.Key.Key_E, ctrl=True)
    again = studio.window.files.export_dialog
    assert again is not None
    assert again.format_name == "glb"
    again._path.setText(str(tmp_path / "heads"))
    again._clips.setCurrentIndex(again._clips.findData("bob"))
    again.accept()
    studio.wait_for_jobs()
    studio.wait(lambda: (tmp_path / "heads" / "bob.glb").is_file())
    studio.window.background.export_files(tmp_path / "heads", "glb")
    studio.wait_for_jobs()
    studio.wait(lambda: "there already" in studio.window.work.banner.text)


def test_licences_are_told_before_anything_is_written(studio: Driver) -> None:
    project = studio.window.session.project
    assert project is not None
    fit = project.load_fit("bob")
    closed = {"deca-1234": "DECA licence: non-commercial research only"}
    project.save_fit("bob", dataclasses.replace(fit, settings={**fit.settings, "licences": closed}))
    for name in ("ada", "bob"):
        project.decide(name, "accept")
    studio.window.files.export()
    dialog = studio.window.files.export_dialog
    assert dialog is not None
    assert dialog.licences.isVisible()
    assert "Non-commercial: bob, made with deca-1234" in dialog.licences.text()
    assert "Clips of different licences are mixed." in dialog.licences.text()
    dialog.reject()
