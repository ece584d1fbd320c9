"""What goes out, as what, and where to."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from PySide6.QtWidgets import (
    QComboBox,
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

from neuface_core.export.formats import FORMATS, HDF5, ExportFormat
from neuface_core.project.clip_list import ClipList
from neuface_core.project.records import ClipState
from neuface_studio.language import mark, tr, tr_n
from neuface_studio.views.controls import Choice, Tick

_DATASET = mark("dataset of all accepted clips, with parameters, landmarks and history")


class ExportDialog(QDialog):
    """Asks for the format and the place; writing is somebody else's work.

    Parameters
    ----------
    suggested
        File of the dataset; other formats are put into a folder beside it.
    n_vertices
        Of the head, to tell how large the dataset will be.
    shown
        The clip that is open and has a fit, or "": it can be written alone, accepted or not.
    format_name
        What was chosen last time.
    licences
        What there is to know about the licences of the accepted clips before they are passed on, in sentences.
    """

    def __init__(
        self,
        clips: ClipList,
        suggested: Path,
        n_vertices: int,
        parent: QWidget | None = None,
        *,
        shown: str = "",
        format_name: str = HDF5,
        licences: Sequence[str] = (),
    ) -> None:
        super().__init__(parent)
        self.setWindowTitle(tr("Export"))
        self.setMinimumWidth(620)
        accepted = clips.rows_in(ClipState.ACCEPTED)
        self._frames = int(clips.n_frames[accepted].sum())
        self._n_vertices, self._shown = n_vertices, shown
        self._file, self._folder = suggested, suggested.with_name(f"{suggested.stem}-export")
        undecided = clips.count_in(ClipState.TO_REVIEW)
        title = QLabel(
            tr_n(
                "{n} accepted clips, {frames} frames",
                "{n} accepted clip, {frames} frames",
                len(accepted),
                frames=self._frames,
            )
        )
        title.setObjectName("title")
        said = tr("Only what a person accepted is written.")
        if undecided:
            said += " " + tr_n("{n} clips still to review.", "{n} clip still to review.", undecided)
        left_out = QLabel(said)
        left_out.setObjectName("muted")
        self.licences = QLabel("\n".join(licences))
        self.licences.setObjectName("warn")
        self.licences.setWordWrap(True)
        self.licences.setVisible(bool(licences))
        self._format = _format_box()
        self._clips = Choice()
        self._clips.setAccessibleName(tr("Clips to write"))
        self._clips.addItem(tr("All accepted clips"), None)
        if shown:
            self._clips.addItem(tr("{clip} only", clip=shown), shown)
        self._path = QLineEdit()
        self._path.setAccessibleName(tr("File or folder to write"))
        self._where = QLabel()
        choose = QPushButton(tr("Choose…"))
        choose.setAutoDefault(False)
        choose.clicked.connect(self._choose)
        self._vertices = Tick(tr("Include the vertices of every frame"))
        self._replace = Tick(tr("Replace what is there under the same names"))
        self._size = QLabel()
        self._size.setObjectName("muted")
        self._size.setWordWrap(True)
        buttons = QDialogButtonBox()
        export = buttons.addButton(tr("Export"), QDialogButtonBox.ButtonRole.AcceptRole)
        export.setObjectName("primary")
        buttons.addButton(tr("Cancel"), QDialogButtonBox.ButtonRole.RejectRole)
        buttons.accepted.connect(self.accept)
        buttons.rejected.connect(self.reject)
        self._export = export
        self._lay_out(title, left_out, choose, buttons)
        self._format.currentIndexChanged.connect(self._on_format)
        self._vertices.toggled.connect(self._tell)
        self._path.textChanged.connect(self._tell)
        self._format.setCurrentIndex(max(0, self._format.findData(format_name)))
        self._on_format()
        export.setDefault(True)
        export.setFocus()

    def _lay_out(self, title: QLabel, left_out: QLabel, choose: QPushButton, buttons: QDialogButtonBox) -> None:
        grid = QGridLayout()
        grid.setHorizontalSpacing(10)
        grid.setVerticalSpacing(10)
        grid.addWidget(QLabel(tr("Format")), 0, 0)
        grid.addWidget(self._format, 0, 1, 1, 2)
        self._clips_label = QLabel(tr("Clips"))
        grid.addWidget(self._clips_label, 1, 0)
        grid.addWidget(self._clips, 1, 1, 1, 2)
        grid.addWidget(self._where, 2, 0)
        grid.addWidget(self._path, 2, 1)
        grid.addWidget(choose, 2, 2)
        grid.addWidget(self._vertices, 3, 1, 1, 2)
        grid.addWidget(self._replace, 4, 1, 1, 2)
        grid.addWidget(self._size, 5, 1, 1, 2)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(24, 20, 24, 20)
        layout.setSpacing(12)
        layout.addWidget(title)
        layout.addWidget(left_out)
        layout.addWidget(self.licences)
        layout.addLayout(grid)
        layout.addSpacing(6)
        layout.addWidget(buttons)

    # --- what was chosen

    @property
    def format_name(self) -> str:
        """As on the command line."""
        return str(self._format.currentData())

    @property
    def path(self) -> Path:
        path = Path(self._path.text().strip()).expanduser()
        return path if path.suffix or self.format_name != HDF5 else path.with_suffix(".h5")

    @property
    def include_vertices(self) -> bool:
        return self._vertices.isChecked()

    @property
    def clips(self) -> list[str] | None:
        """Names, or None for all that are accepted."""
        name = self._clips.currentData()
        return None if name is None else [str(name)]

    @property
    def replace(self) -> bool:
        return self._replace.isChecked()

    # --- what is shown

    def _on_format(self) -> None:
        dataset = self.format_name == HDF5
        self._path.setText(str(self._file if dataset else self._folder))
        self._where.setText(tr("File") if dataset else tr("Folder"))
        self._vertices.setVisible(dataset)
        self._replace.setVisible(not dataset)
        for widget in (self._clips, self._clips_label):
            widget.setVisible(not dataset and bool(self._shown))
        self._tell()

    def _choose(self) -> None:
        if self.format_name == HDF5:
            name, _ = QFileDialog.getSaveFileName(self, tr("Export dataset"), str(self.path), "HDF5 (*.h5)")
        else:
            name = QFileDialog.getExistingDirectory(self, tr("Export into a folder"), str(self.path.parent))
        if name:
            self._path.setText(name)

    def _tell(self) -> None:
        self._export.setEnabled(bool(self._path.text().strip()))
        if self.format_name != HDF5:
            self._size.setText(_unit_words(next(of for of in FORMATS if of.name == self.format_name)))
            return
        with_vertices = self._vertices.isChecked()
        per_frame = 4 * (170 + 2 * 68 * 3) + (12 * self._n_vertices if with_vertices else 0)
        megabytes = self._frames * per_frame / 1e6
        said = [tr("At most about {size:.1f} MB.", size=max(megabytes, 0.1))]
        if not with_vertices:
            said.append(tr("Vertices can be made from the parameters at any time."))
        if self.path.is_file():
            said.append(tr("The dataset with this name will be replaced."))
        self._size.setText(" ".join(said))


def _format_box() -> QComboBox:
    box = Choice()
    box.setAccessibleName(tr("Format"))
    box.addItem(f"HDF5: {tr(_DATASET)}", HDF5)
    for of in FORMATS:
        box.addItem(f"{of.name.upper() if len(of.name) < 5 else of.name}: {tr(of.words)}", of.name)
    return box


def _unit_words(of: ExportFormat) -> str:
    """What will be in the folder."""
    name = f"NAME{of.suffix}"
    if of.unit == "view":
        if of.ending:
            return tr("A file {name} for each clip, and for each of its views.", name=name)
        return tr("A folder {name} for each clip, and for each of its views.", name=name)
    if of.ending:
        return tr("A file {name} for each clip, with all its views.", name=name)
    return tr("A folder {name} for each clip, with all its views.", name=name)
