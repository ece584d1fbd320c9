"""Where the dataset goes and what it holds."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtWidgets import (
    QCheckBox,
    QDialog,
    QDialogButtonBox,
    QFileDialog,
    QGridLayout,
    QLabel,
    QLineEdit,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from neuface_core.project.clip_list import ClipList
from neuface_core.project.records import ClipState


class ExportDialog(QDialog):
    """Asks for the file; writing is somebody else's work."""

    def __init__(self, clips: ClipList, suggested: Path, n_vertices: int, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle("Export dataset")
        self.setMinimumWidth(560)
        accepted = clips.rows_in(ClipState.ACCEPTED)
        self._frames = int(clips.n_frames[accepted].sum())
        self._n_vertices = n_vertices
        undecided = clips.count_in(ClipState.TO_REVIEW)
        title = QLabel(f"{len(accepted)} accepted clip{'s' if len(accepted) != 1 else ''}, {self._frames} frames")
        title.setObjectName("title")
        left_out = QLabel(
            "Only what a person accepted is written."
            + (f" {undecided} clip{'s' if undecided != 1 else ''} still to review." if undecided else "")
        )
        left_out.setObjectName("muted")
        self._path = QLineEdit(str(suggested))
        self._path.setAccessibleName("File to write")
        choose = QPushButton("Choose…")
        choose.setAutoDefault(False)
        choose.clicked.connect(self._choose)
        self._vertices = QCheckBox("Include the vertices of every frame")
        self._vertices.toggled.connect(self._show_size)
        self._size = QLabel()
        self._size.setObjectName("muted")
        buttons = QDialogButtonBox()
        export = buttons.addButton("Export", QDialogButtonBox.ButtonRole.AcceptRole)
        export.setObjectName("primary")
        buttons.addButton("Cancel", QDialogButtonBox.ButtonRole.RejectRole)
        buttons.accepted.connect(self.accept)
        buttons.rejected.connect(self.reject)
        grid = QGridLayout()
        grid.setHorizontalSpacing(10)
        grid.setVerticalSpacing(10)
        grid.addWidget(QLabel("File"), 0, 0)
        grid.addWidget(self._path, 0, 1)
        grid.addWidget(choose, 0, 2)
        grid.addWidget(self._vertices, 1, 1, 1, 2)
        grid.addWidget(self._size, 2, 1, 1, 2)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(24, 20, 24, 20)
        layout.setSpacing(12)
        layout.addWidget(title)
        layout.addWidget(left_out)
        layout.addLayout(grid)
        layout.addSpacing(6)
        layout.addWidget(buttons)
        self._export = export
        self._path.textChanged.connect(lambda text: export.setEnabled(bool(text.strip())))
        self._show_size()
        export.setDefault(True)
        export.setFocus()

    @property
    def path(self) -> Path:
        path = Path(self._path.text().strip()).expanduser()
        return path if path.suffix else path.with_suffix(".h5")

    @property
    def include_vertices(self) -> bool:
        return self._vertices.isChecked()

    def _choose(self) -> None:
        name, _ = QFileDialog.getSaveFileName(self, "Export dataset", str(self.path), "HDF5 (*.h5)")
        if name:
            self._path.setText(name)

    def _show_size(self) -> None:
        per_frame = 4 * (170 + 2 * 68 * 3) + (12 * self._n_vertices if self._vertices.isChecked() else 0)
        megabytes = self._frames * per_frame / 1e6
        self._size.setText(
            f"At most about {max(megabytes, 0.1):.1f} MB. "
            + ("" if self._vertices.isChecked() else "Vertices can be made from the parameters at any time.")
        )
