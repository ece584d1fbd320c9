"""Over the video: which layers lie on it, and how strong the mesh is."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QHBoxLayout, QSlider, QWidget

from neuface_studio.actions import ActionSet
from neuface_studio.language import tr
from neuface_studio.state import Layers, LayerState
from neuface_studio.views.transport import tool_button

_LAYERS = (
    ("look.detected", "detected"),
    ("look.projected", "projected"),
    ("look.errors", "errors"),
    ("look.crop", "crop"),
    ("look.gradient", "gradient"),
    ("look.mesh", "mesh"),
)


class LayerSwitches(QWidget):
    """A button for each layer, and the opacity of the mesh."""

    def __init__(self, layers: LayerState, actions: ActionSet, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._opacity = QSlider(Qt.Orientation.Horizontal)
        self._opacity.setRange(10, 100)
        self._opacity.setFixedWidth(72)
        self._opacity.setAccessibleName(tr("Opacity of the mesh over the video"))
        self._opacity.setToolTip(tr("Opacity of the mesh over the video ([ and ])"))
        self._opacity.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self._opacity.valueChanged.connect(lambda value: layers.change_opacity(value / 100 - layers.value.opacity))
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(2)
        for name, icon in _LAYERS:
            row.addWidget(tool_button(actions[name], icon))
        row.addSpacing(6)
        row.addWidget(self._opacity)
        layers.changed.connect(self._show_layers)
        self._show_layers(layers.value)

    def _show_layers(self, layers: Layers) -> None:
        blocked = self._opacity.blockSignals(True)
        self._opacity.setValue(round(100 * layers.opacity))
        self._opacity.blockSignals(blocked)
