"""Two sequences of meshes of one topology compared (MPVE, NeuFace Fig. 4), and the report of it."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from neuface_core.evaluation.intervals import mean_interval
from neuface_core.evaluation.mesh_distance import Alignment, vertex_error_mm
from neuface_core.evaluation.mesh_sequences import MeshSequence, MeshSequenceError

ALIGNMENTS: tuple[Alignment, ...] = ("none", "rigid", "similarity")


@dataclass(frozen=True)
class MeshComparison:
    """Errors of a predicted sequence, frame by frame.

    Attributes
    ----------
    predicted, truth
        Names of the two.
    units
        What each was taken to be stored in.
    n_vertices
        Of the topology.
    frames
        Names of the frames compared, of the prediction.
    left_out
        Frames without a mesh on one side.
    errors_mm
        (F,) by mask and alignment.
    sizes
        Vertices of each mask.
    """

    predicted: str
    truth: str
    units: tuple[str, str]
    n_vertices: int
    frames: tuple[str, ...]
    left_out: int
    errors_mm: Mapping[tuple[str, Alignment], NDArray[np.float64]]
    sizes: Mapping[str, int]

    def rows(self) -> list[dict[str, object]]:
        """One row for each mask and alignment: MPVE, its 95 % interval over frames, median, worst frame."""
        found: list[dict[str, object]] = []
        for (mask, alignment), errors in self.errors_mm.items():
            low, high = mean_interval(errors)
            worst = int(errors.argmax())
            found.append(
                {
                    "mask": mask,
                    "vertices": self.sizes[mask],
                    "alignment": alignment,
                    "mpve_mm": float(errors.mean()),
                    "low_mm": low,
                    "high_mm": high,
                    "median_mm": float(np.median(errors)),
                    "worst_mm": float(errors[worst]),
                    "worst_frame": self.frames[worst],
                }
            )
        return found

    def to_dict(self) -> dict[str, object]:
        """For JSON."""
        return {
            "predicted": self.predicted,
            "truth": self.truth,
            "units": list(self.units),
            "vertices": self.n_vertices,
            "frames": len(self.frames),
            "left_out": self.left_out,
            "results": self.rows(),
            "per_frame": {
                f"{mask}/{alignment}": [float(e) for e in errors]
                for (mask, alignment), errors in self.errors_mm.items()
            },
            "frame_names": list(self.frames),
        }

    def to_csv(self) -> str:
        """One line a frame, one column for each mask and alignment, millimetres."""
        text = io.StringIO()
        writer = csv.writer(text, lineterminator="\n")
        writer.writerow(["frame", *(f"{mask}_{alignment}_mm" for mask, alignment in self.errors_mm)])
        for k, frame in enumerate(self.frames):
            writer.writerow([frame, *(f"{errors[k]:.6f}" for errors in self.errors_mm.values())])
        return text.getvalue()

    def to_markdown(self) -> str:
        """A table, and how it was measured."""
        lines = [
            f"# MPVE of {self.predicted} against {self.truth}",
            "",
            f"{len(self.frames)} frames, {self.n_vertices} vertices"
            + (f"; {self.left_out} frames without a mesh left out" if self.left_out else "")
            + f". Stored in {self.units[0]} and {self.units[1]}.",
            "",
            "| vertices | alignment | MPVE, mm | 95 % interval | median | worst frame |",
            "|---|---|---|---|---|---|",
        ]
        for row in self.rows():
            interval = f"{row['low_mm']:.3f} to {row['high_mm']:.3f}" if len(self.frames) > 1 else "one frame"
            lines.append(
                f"| {row['mask']} ({row['vertices']}) | {row['alignment']} | {row['mpve_mm']:.3f} | {interval} | "
                f"{row['median_mm']:.3f} | {row['worst_mm']:.3f} ({row['worst_frame']}) |"
            )
        return "\n".join([*lines, "", "Alignment is of every frame by itself, by the vertices of the row.", ""])


def compare(
    predicted: MeshSequence,
    truth: MeshSequence,
    masks: Mapping[str, NDArray[np.integer]],
    alignments: Sequence[Alignment] = ALIGNMENTS,
    overlap: bool = False,
) -> MeshComparison:
    """MPVE for every mask and alignment.

    Parameters
    ----------
    masks
        Vertex numbers by name.
    overlap
        Whether sequences of different lengths are compared over the frames that both have, from the first one on.

    Raises
    ------
    MeshSequenceError
        When the two are not of one topology or length, or a mask does not fit.
    """
    _check_topology(predicted, truth)
    lengths = len(predicted.vertices), len(truth.vertices)
    if lengths[0] != lengths[1] and not overlap:
        raise MeshSequenceError(
            f"{predicted.name} has {lengths[0]} frames, {truth.name} has {lengths[1]}.",
            remedy=f"Add --overlap to compare the first {min(lengths)}, if both begin at the same moment.",
        )
    count = min(lengths)
    valid = predicted.valid[:count] & truth.valid[:count]
    if not valid.any():
        raise MeshSequenceError(f"{predicted.name} and {truth.name} have no frame with a mesh in both.")
    n_vertices = truth.vertices.shape[1]
    errors: dict[tuple[str, Alignment], NDArray[np.float64]] = {}
    for name, chosen in masks.items():
        if len(chosen) < 3 or np.min(chosen) < 0 or np.max(chosen) >= n_vertices:
            raise MeshSequenceError(
                f"The mask {name!r} does not fit: it has {len(chosen)} vertices"
                + (f" up to number {np.max(chosen)}" if len(chosen) else "")
                + f", the meshes have {n_vertices}."
            )
        found, wanted = predicted.vertices[:count][valid][:, chosen], truth.vertices[:count][valid][:, chosen]
        for alignment in alignments:
            errors[name, alignment] = vertex_error_mm(found, wanted, alignment)
    return MeshComparison(
        predicted.name,
        truth.name,
        (predicted.unit, truth.unit),
        n_vertices,
        tuple(frame for frame, known in zip(predicted.frames[:count], valid, strict=True) if known),
        int((~valid).sum()),
        errors,
        {name: len(chosen) for name, chosen in masks.items()},
    )


def _check_topology(predicted: MeshSequence, truth: MeshSequence) -> None:
    remedy = "MPVE compares vertex by vertex; for different topologies use neuface evaluate scan."
    counts = predicted.vertices.shape[1], truth.vertices.shape[1]
    if counts[0] != counts[1]:
        raise MeshSequenceError(
            f"The meshes are of different topologies: {predicted.name} has {counts[0]} vertices, {truth.name} "
            f"has {counts[1]}.",
            remedy=remedy,
        )
    if predicted.faces is not None and truth.faces is not None and not _same_faces(predicted.faces, truth.faces):
        raise MeshSequenceError(
            f"The meshes of {predicted.name} and {truth.name} have {counts[0]} vertices each but other triangles: "
            "their vertices do not correspond.",
            remedy=remedy,
        )


def _same_faces(a: NDArray[np.int64], b: NDArray[np.int64]) -> bool:
    """Whether the triangles are the same ones, in any order and from either side."""

    def ordered(faces: NDArray[np.int64]) -> NDArray[np.int64]:
        rows = np.sort(faces, axis=1)
        return rows[np.lexsort(rows.T)]

    return a.shape == b.shape and np.array_equal(ordered(a), ordered(b))
