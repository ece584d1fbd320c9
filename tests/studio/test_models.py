"""The user's models in the window: dropped, listed, checked, removed; a bad file says why."""

from __future__ import annotations

import pickle
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import QMimeData, QPointF, Qt, QUrl
from PySide6.QtGui import QDropEvent

from neuface_core.models import FOLDER_VARIABLE, stored_models
from neuface_studio.dialogs.models_panel import ModelsPanel

from .conftest import Driver

sys.path.insert(0, str(Path(__file__).parents[1] / "core"))
from flame_files import Harmful, write_landmark_embedding, write_masks

pytestmark = pytest.mark.gl


@pytest.fixture
def panel(empty_studio: Driver, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[ModelsPanel]:
    monkeypatch.setenv(FOLDER_VARIABLE, str(tmp_path / "models"))
    empty_studio.press(Qt.Key.Key_M, ctrl=True)
    dialog = empty_studio.window.files.models_dialog
    assert dialog is not None
    empty_studio.wait(lambda: dialog.panel.list.topLevelItemCount() > 0)
    yield dialog.panel
    dialog.reject()


def rows(panel: ModelsPanel) -> dict[str, str]:
    items = [panel.list.topLevelItem(i) for i in range(panel.list.topLevelItemCount())]
    return {item.text(0): item.text(3) for item in items if item is not None}


def drop(panel: ModelsPanel, *paths: Path) -> None:
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(path)) for path in paths])
    none = Qt.KeyboardModifier.NoModifier
    panel.dropEvent(QDropEvent(QPointF(9, 9), Qt.DropAction.CopyAction, data, Qt.MouseButton.LeftButton, none))


def test_models_are_dropped_checked_and_removed(panel: ModelsPanel, empty_studio: Driver, tmp_path: Path) -> None:
    def idle() -> bool:
        return panel.queue.current is None and not panel.queue.waiting

    assert rows(panel)["face_mesh_v2"].startswith("missing")  # the folder of this test is empty
    folder = tmp_path / "mine"
    folder.mkdir()
    write_masks(folder / "FLAME_masks.pkl")
    write_landmark_embedding(folder / "landmark_embedding.npy")
    drop(panel, folder)
    empty_studio.wait(lambda: "flame-masks" in rows(panel) and idle())
    assert "Added: flame-landmarks" in panel.words.text() or "Added: flame-masks" in panel.words.text()
    assert [model.name for model in stored_models()] == ["flame-landmarks", "flame-masks"]
    panel.check()
    empty_studio.wait(lambda: rows(panel).get("flame-masks") == "checked" and idle())
    assert not panel.remove_button.isEnabled()
    item = panel.list.findItems("flame-masks", Qt.MatchFlag.MatchExactly)[0]
    item.setSelected(True)
    assert panel.remove_button.isEnabled()
    panel.remove_button.click()
    empty_studio.wait(lambda: "flame-masks" not in rows(panel) and idle())
    assert (folder / "FLAME_masks.pkl").is_file()


def test_a_harmful_file_is_named_and_nothing_is_added(panel: ModelsPanel, empty_studio: Driver, tmp_path: Path) -> None:
    (tmp_path / "evil.pkl").write_bytes(pickle.dumps(Harmful(tmp_path / "was_executed")))
    drop(panel, tmp_path / "evil.pkl")
    empty_studio.wait(lambda: "system" in panel.words.text() and panel.queue.current is None)
    assert "Nothing in it was executed" in panel.words.text()
    assert stored_models() == ()
    assert not (tmp_path / "was_executed").exists()
