"""The 3D view without OpenGL in the window: drawn off-screen, the same head."""

from __future__ import annotations

import numpy as np
import pytest
from PySide6.QtGui import QImage

from neuface_core.geometry import vertex_normals_np
from neuface_core.heads.model import HeadModel
from neuface_studio.picture import MeshPicture
from neuface_studio.views.mesh import MeshView, _ImageSurface


def pixels(image: QImage) -> np.ndarray:
    rgb = image.convertToFormat(QImage.Format.Format_RGB888)
    rows = np.frombuffer(rgb.constBits(), np.uint8).reshape(rgb.height(), rgb.bytesPerLine())
    return rows[:, : 3 * rgb.width()].reshape(rgb.height(), rgb.width(), 3).astype(int)


@pytest.fixture
def view(qtbot: object, head: HeadModel) -> MeshView:
    made = MeshView(opengl=False)
    qtbot.addWidget(made, before_close_func=lambda _: made.release())  # type: ignore[attr-defined]
    made.resize(320, 360)
    made.show()
    made.set_clip(head.faces.astype(np.int32))
    return made


def picture_of(head: HeadModel, x_turn: float = 0.0, errors: np.ndarray | None = None) -> MeshPicture:
    params = head.neutral(1)
    params.global_orient[0, 1] = x_turn
    vertices = head(params)[0].numpy()
    return MeshPicture(vertices, vertex_normals_np(vertices, head.faces), errors)


def drawn(qtbot: object, view: MeshView) -> np.ndarray:
    surface = view._surface
    assert isinstance(surface, _ImageSurface)
    surface._image = QImage()
    surface.refresh()
    qtbot.waitUntil(lambda: not surface._image.isNull(), timeout=20_000)  # type: ignore[attr-defined]
    return pixels(surface._image)


def test_a_head_is_drawn_turns_and_is_hidden(qtbot: object, view: MeshView, head: HeadModel) -> None:
    empty = drawn(qtbot, view)
    view.set_frame(4, picture_of(head))
    front = drawn(qtbot, view)
    covered = np.abs(front - empty).sum(-1) > 30
    assert view.shown_frame == 4
    assert 0.15 < covered.mean() < 0.8, "the whole head is in the picture"
    assert not covered[:, :3].any(), "the head is cut off at the side"
    view.set_frame(5, picture_of(head, 0.6))
    turned = drawn(qtbot, view)
    assert (np.abs(turned - front).sum(-1) > 30).mean() > 0.02
    view.set_frame(6, None)
    assert view.shown_frame == 6
    assert np.abs(drawn(qtbot, view) - empty).max() < 3


def test_errors_colour_the_skin(qtbot: object, view: MeshView, head: HeadModel) -> None:
    view.set_frame(0, picture_of(head, errors=np.zeros(head.n_vertices, np.float32)))
    blue = drawn(qtbot, view)[180, 160]
    view.set_frame(0, picture_of(head, errors=np.full(head.n_vertices, 4, np.float32)))
    yellow = drawn(qtbot, view)[180, 160]
    view.set_frame(0, picture_of(head))
    clay = drawn(qtbot, view)[180, 160]
    assert blue[2] > blue[0]
    assert yellow[0] > yellow[2]
    assert yellow.sum() > blue.sum()
    assert abs(clay[0] - clay[2]) < 40, "without errors the skin is grey again"
