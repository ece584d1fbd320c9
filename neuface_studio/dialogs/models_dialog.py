"""The window "Models": the panel, with room for it."""

from __future__ import annotations

from PySide6.QtWidgets import QDialog, QLabel, QVBoxLayout, QWidget

from neuface_studio.dialogs.models_panel import ModelsPanel
from neuface_studio.language import tr


class ModelsDialog(QDialog):
    """Lists, adds, checks and removes the user's models."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle(tr("Models"))
        self.resize(1040, 520)
        title = QLabel(tr("Models"))
        title.setObjectName("title")
        self.panel = ModelsPanel(self)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(24, 20, 24, 20)
        layout.setSpacing(12)
        layout.addWidget(title)
        layout.addWidget(self.panel, 1)

    def done(self, result: int) -> None:
        """Put away; what still runs is stopped first, and leaves nothing half done."""
        self.panel.stop()
        super().done(result)
