"""`neuface evaluate mpve` and `neuface evaluate scan`: meshes against true ones, and against scans."""

from __future__ import annotations

import csv
import io
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from neuface_core.cli import terminal

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from neuface_core.evaluation.mesh_sequences import Mesh, MeshSequence


class AlignChoice(StrEnum):
    """How every mesh is laid on its truth before the distance is taken."""

    NONE = "none"
    RIGID = "rigid"
    SIMILARITY = "similarity"
    EACH = "each"


class UnitChoice(StrEnum):
    """What the files are stored in."""

    METRES = "m"
    CENTIMETRES = "cm"
    MILLIMETRES = "mm"


class TableChoice(StrEnum):
    """How a report is written."""

    MARKDOWN = "md"
    CSV = "csv"
    JSON = "json"


_SEQUENCE = (
    "A folder of PLY or OBJ files, a .npy or .npz of vertices (F, V, 3), or a clip of a dataset: file.h5:clip, or "
    "file.h5:clip/view of one with several views."
)
Unit = Annotated[
    UnitChoice | None, typer.Option(help="What the files are stored in; told from their size if not named.")
]
Format = Annotated[TableChoice, typer.Option("--format", help="How the report is written.")]
Out = Annotated[Path | None, typer.Option(help="File for the report, instead of standard output.")]


def evaluate_mpve(
    predicted: Annotated[str, typer.Argument(help=f"Meshes to judge. {_SEQUENCE}")],
    truth: Annotated[str, typer.Argument(help="True meshes of the same topology and the same moments, likewise.")],
    align: Annotated[
        AlignChoice, typer.Option(help="Before the distance is taken; each: all three.")
    ] = AlignChoice.EACH,
    mask: Annotated[
        list[str] | None,
        typer.Option(
            help="all, a region of the open head (face, lips, ...), or a .npy or .txt of vertex numbers; repeat."
        ),
    ] = None,
    overlap: Annotated[bool, typer.Option("--overlap", help="Compare only the first frames that both have.")] = False,
    unit: Unit = None,
    format: Format = TableChoice.MARKDOWN,
    out: Out = None,
) -> None:
    """Mean distance of corresponding vertices (MPVE) in millimetres, frame by frame and over all frames."""
    from neuface_core.evaluation.mesh_comparison import ALIGNMENTS, compare

    stored = None if unit is None else unit.value
    found, wanted = _sequence(predicted, stored), _sequence(truth, stored)
    number = wanted.vertices.shape[1]
    masks = {label: chosen for name in mask or ["all"] for label, chosen in [_mask(name, number)]}
    alignments = [known for known in ALIGNMENTS if align in (AlignChoice.EACH, known)]
    report = compare(found, wanted, masks, alignments, overlap)
    _print(report.to_dict(), report.to_csv(), report.to_markdown(), format, out)


def evaluate_scan(
    meshes: Annotated[Path, typer.Argument(help="A mesh (PLY or OBJ), or a folder of them.")],
    scans: Annotated[Path, typer.Argument(help="A scan, or a folder of as many, in the same order.")],
    metric: Annotated[bool, typer.Option("--metric", help="Do not scale the meshes: they claim a true size.")] = False,
    whole: Annotated[
        bool, typer.Option("--whole", help="Every point of the scan counts, not only the face's.")
    ] = False,
    unit: Annotated[
        UnitChoice | None, typer.Option(help="What the scans (and meshes) are stored in; told from their size.")
    ] = None,
    format: Format = TableChoice.MARKDOWN,
    out: Out = None,
) -> None:
    """Distance of scans to the surface of meshes of any topology (protocol of the NoW benchmark).

    Beside every mesh and scan lie its landmarks: NAME.landmarks.npy, .txt or .pp with the seven points of NoW (corners
    of the eyes from the subject's right to left, below the nose, corners of the mouth) or all 68. A mesh of the open
    head needs none.
    """
    from neuface_core.evaluation.mesh_sequences import MeshSequenceError, mesh_files
    from neuface_core.evaluation.scan_distance import scan_to_mesh, summary

    files, targets = mesh_files(meshes), mesh_files(scans)
    if len(files) != len(targets):
        raise MeshSequenceError(
            f"There are {len(files)} meshes and {len(targets)} scans.",
            remedy="Give one scan for each mesh.",
            path=scans,
        )
    rows: list[dict[str, Any]] = []
    distances = []
    for file, target in zip(files, targets, strict=True):
        mesh, mesh_points = _with_landmarks(file, None if not metric or unit is None else unit.value, metric)
        scan, scan_points = _with_landmarks(target, None if unit is None else unit.value, True)
        if not len(mesh.faces):
            raise MeshSequenceError("The mesh has no triangles.", path=file)
        try:
            found = scan_to_mesh(
                scan.vertices,
                scan_points,
                mesh.vertices,
                mesh.faces,
                mesh_points,
                with_scale=not metric,
                cut=not whole,
            )
        except ValueError as error:
            raise MeshSequenceError(f"The scan cannot be compared: {error}.", path=target) from error
        distances.append(found.distances_mm)
        rows.append({"mesh": file.name, "scan": target.name, **found.summary()})
    import numpy as np

    overall = {"mesh": "all points", "scan": "", **summary(np.concatenate(distances))}
    _print({"scans": rows, "all": overall}, _csv([*rows, overall]), _markdown([*rows, overall]), format, out)


def _sequence(text: str, unit: str | None) -> MeshSequence:
    """What is named: a path, or a clip of a dataset."""
    from neuface_core.evaluation.mesh_sequences import load_sequence

    file, _, clip = text.rpartition(":")
    if file.lower().endswith((".h5", ".hdf5")) and not Path(text).exists():
        return _clip(Path(file), clip)
    if text.lower().endswith((".h5", ".hdf5")):
        from neuface_core.evaluation.mesh_sequences import MeshSequenceError
        from neuface_core.export.reader import open_dataset

        with open_dataset(text) as dataset:
            clips = [str(name) for name in dataset["index/clip"].asstr()[()]]
        raise MeshSequenceError(
            f"The dataset has {terminal.count(len(clips), 'clip')}; which one is not said.",
            remedy=f"Add its name: {text}:{clips[0] if clips else 'CLIP'}.",
            path=text,
        )
    return load_sequence(Path(text), unit)


def _clip(path: Path, clip: str) -> MeshSequence:
    import numpy as np

    from neuface_core.evaluation.mesh_sequences import MeshSequence
    from neuface_core.export.reader import open_dataset, read_clip

    with open_dataset(path) as dataset:
        name, _, view = clip.partition("/")
        arrays = read_clip(dataset, name, keys=("vertices", "valid"), view=view or None)
        faces = dataset["model/faces"][()]
    vertices = np.where(arrays["valid"][:, None, None], arrays["vertices"], np.nan).astype(np.float32)
    names = tuple(str(k) for k in range(len(vertices)))
    return MeshSequence(f"{path.name}:{clip}", vertices, np.asarray(faces, np.int64), names, "m")


def _mask(name: str, n_vertices: int) -> tuple[str, NDArray[np.int64]]:
    """Label and vertex numbers of a mask."""
    import numpy as np

    from neuface_core.evaluation.mesh_sequences import MeshSequenceError

    if name == "all":
        return name, np.arange(n_vertices)
    path = Path(name)
    if path.suffix.lower() in {".npy", ".txt"}:
        try:
            stored = np.load(path, allow_pickle=False) if path.suffix.lower() == ".npy" else np.loadtxt(path)
        except (OSError, ValueError) as error:
            raise MeshSequenceError(f"The mask cannot be read ({error}).", path=path) from error
        stored = stored.ravel()
        is_flags = stored.dtype == bool or (len(stored) == n_vertices and set(np.unique(stored)) <= {0, 1})
        return path.stem, np.flatnonzero(stored) if is_flags else stored.astype(np.int64)
    from neuface_core.heads.bundle import load_head

    head = load_head()
    if head.n_vertices != n_vertices:
        raise MeshSequenceError(
            f"The regions of the open head ({head.n_vertices} vertices) do not fit meshes of {n_vertices} vertices.",
            remedy="Give --mask a .npy or .txt file of vertex numbers, or --mask all.",
        )
    if name not in head.vertex_masks:
        raise MeshSequenceError(
            f"The open head has no region {name!r}.", remedy=f"It has all, {', '.join(sorted(head.vertex_masks))}."
        )
    return name, np.flatnonzero(head.vertex_masks[name])


def _with_landmarks(path: Path, unit: str | None, scaled: bool) -> tuple[Mesh, NDArray[np.float64]]:
    """A mesh and its seven landmarks; both in metres where `scaled`, else as stored."""
    import numpy as np

    from neuface_core.evaluation.mesh_sequences import UNITS, Mesh, MeshSequenceError, read_mesh, told_unit
    from neuface_core.evaluation.scan_landmarks import landmarks_beside
    from neuface_core.heads.bundle import load_head

    mesh = read_mesh(path)
    points = landmarks_beside(path)
    if points is None:
        head = load_head()
        if len(mesh.vertices) != head.n_vertices or head.data.static is None:
            raise MeshSequenceError(
                "There are no landmarks beside it.",
                remedy=f"Store the seven points of NoW as {path.stem}.landmarks.txt (one point a line) or .npy.",
                path=path,
            )
        from neuface_core.evaluation.scan_distance import NOW_LANDMARKS

        static = head.data.static
        corners = mesh.vertices[head.faces[static.faces]]
        points = (corners * static.weights[..., None]).sum(axis=1)[list(NOW_LANDMARKS)]
    if not scaled:
        return mesh, points
    size = float(np.linalg.norm(np.ptp(mesh.vertices, axis=0)))
    metres = UNITS[unit or told_unit(size, path)]
    return Mesh(mesh.vertices * metres, mesh.faces), points * metres


def _print(data: dict[str, object], table: str, markdown: str, format: TableChoice, out: Path | None) -> None:
    import json

    from neuface_core.atomic_file import atomic_write
    from neuface_core.evaluation.mesh_sequences import MeshSequenceError

    if out is None:
        if format is TableChoice.JSON:
            terminal.print_json(data)
        else:
            typer.echo(table if format is TableChoice.CSV else markdown, nl=False)
        return
    text = {TableChoice.JSON: json.dumps(data, indent=2), TableChoice.CSV: table, TableChoice.MARKDOWN: markdown}[
        format
    ]
    try:
        with atomic_write(out) as file:
            file.write(text.encode())
    except OSError as error:
        raise MeshSequenceError(f"The report cannot be written ({error.strerror}).", path=out) from error
    terminal.errors().print(f"Written: {out}", markup=False, highlight=False, soft_wrap=True)


def _csv(rows: list[dict[str, Any]]) -> str:
    text = io.StringIO()
    writer = csv.DictWriter(text, list(rows[0]), lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue()


def _markdown(rows: list[dict[str, Any]]) -> str:
    lines = [
        "# Distance of the scans to the meshes",
        "",
        "| mesh | scan | median, mm | mean | std | ≤ 1 mm | ≤ 2 mm | ≤ 3 mm | points |",
        "|---|---|---|---|---|---|---|---|---|",
    ]
    for row in rows:
        numbers = " | ".join(f"{row[name]:.3f}" for name in ("median_mm", "mean_mm", "std_mm"))
        shares = " | ".join(f"{row[f'within_{limit}mm']:.1f} %" for limit in (1, 2, 3))
        lines.append(f"| {row['mesh']} | {row['scan']} | {numbers} | {shares} | {row['points']:.0f} |")
    return "\n".join([*lines, ""])
