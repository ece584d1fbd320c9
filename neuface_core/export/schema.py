"""The schema `neuface-dataset`: one table that the writer, the validator and the documentation share.

Names in shapes: T frames of the clip, C clips, F triangles, V vertices, W views, S and E the numbers of shape and
expression parameters of the head model.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

FORMAT = "neuface-dataset"
SCHEMA_VERSION = "1.4.0"

Dimension = int | str
Mask = Literal["", "valid", "detected", "both"]


@dataclass(frozen=True)
class DatasetSpec:
    """One dataset.

    Attributes
    ----------
    path
        In the file, or below ``/clips/<clip>/`` for those of `CLIP` and `VIEWS`.
    dtype
        As NumPy writes it, "bool", or "text" for variable-length UTF-8.
    shape
        Numbers, or letters that mean the same number everywhere in a clip; () for a single text.
    unit
        "" where it has none.
    meaning
        One sentence.
    required
        False for what a file may leave out.
    mask
        Frames in which the values must be finite: those that are `valid`, `detected`, both, or "" for no such rule.
    """

    path: str
    dtype: str
    shape: tuple[Dimension, ...]
    unit: str
    meaning: str
    required: bool = True
    mask: Mask = ""


@dataclass(frozen=True)
class AttributeSpec:
    """One attribute of the file, of ``/model``, of a clip, or of a view of one; `dtype` is "text", "float" or "int".

    `required` is False for what files of an older version of the schema do not have.
    """

    owner: Literal["/", "/model", "clip", "view"]
    name: str
    dtype: Literal["text", "float", "int"]
    meaning: str
    required: bool = True


FILE: tuple[DatasetSpec, ...] = (
    DatasetSpec(
        "provenance", "text", (), "", "JSON: program, versions, which clips were chosen, settings of the project."
    ),
    DatasetSpec(
        "sha256", "text", (), "", "Hash of all content outside `/clips`; with `index/sha256`, of the whole file."
    ),
    DatasetSpec(
        "model/faces", "int32", ("F", 3), "", "Triangles of the head: vertex numbers, counter-clockwise from outside."
    ),
    DatasetSpec("index/clip", "text", ("C",), "", "Names of the groups in `/clips`, sorted."),
    DatasetSpec("index/n_frames", "int64", ("C",), "frames", "Length T of the clip."),
    DatasetSpec("index/fps", "float64", ("C",), "1/s", "Mean frames a second."),
    DatasetSpec("index/video", "text", ("C",), "", "Fingerprint of the video file."),
    DatasetSpec("index/start_frame", "int64", ("C",), "frames", "First frame of the video that the clip holds."),
    DatasetSpec("index/end_frame", "int64", ("C",), "frames", "One past the last frame."),
    DatasetSpec(
        "index/verdict", "text", ("C",), "", '"accept", or "accept-repaired": after a person corrected landmarks.'
    ),
    DatasetSpec("index/reviewer", "text", ("C",), "", "Who accepted it."),
    DatasetSpec(
        "index/nme_bbox", "float64", ("C",), "%", "Mean landmark error of the clip over the root of the box area."
    ),
    DatasetSpec("index/sha256", "text", ("C",), "", "Hash of everything in the group of the clip."),
    DatasetSpec("splits/train", "text", ("train",), "", "Names of clips, about 80 %."),
    DatasetSpec("splits/val", "text", ("val",), "", "Names of clips, about 10 %."),
    DatasetSpec("splits/test", "text", ("test",), "", "Names of clips, about 10 %."),
)

_PARAMS: tuple[tuple[str, Dimension, str, str], ...] = (
    ("shape", "S", "std. dev.", "Identity β."),
    ("expression", "E", "of the head", "Expression ψ; `/model` names the components."),
    ("global_orient", 3, "rad", "Rotation r of the head, axis-angle, model frame."),
    ("neck_pose", 3, "rad", "Rotation of the neck joint, axis-angle."),
    ("jaw_pose", 3, "rad", "Rotation of the jaw joint, axis-angle."),
    ("eye_pose", 6, "rad", "Rotation of the left, then the right eye, axis-angle."),
    ("camera", 3, "crop", "Weak perspective [s, tx, ty] in the crop of the frame."),
)


def _params(group: str, which: str, *, required: bool) -> tuple[DatasetSpec, ...]:
    return tuple(
        DatasetSpec(f"{group}/{name}", "float32", ("T", width), unit, f"{meaning}{which}", required, "valid")
        for name, width, unit, meaning in _PARAMS
    )


CLIP: tuple[DatasetSpec, ...] = (
    DatasetSpec(
        "pts",
        "int64",
        ("T",),
        "time_base",
        "Presentation time stamps of the frames; -1 everywhere where they are unknown.",
    ),
    DatasetSpec("frame_index", "int32", ("T",), "frames", "Frame number in the video, from 0."),
    DatasetSpec("valid", "bool", ("T",), "", "Whether the frame has a mesh."),
    DatasetSpec("detected", "bool", ("T",), "", "Whether the frame has detected landmarks."),
    DatasetSpec(
        "excluded", "bool", ("T",), "", "A person left this frame out: it is neither `valid` nor `detected`.", False
    ),
    *_params("params", "", required=True),
    *_params("params_encoder", " Before the fit: the encoder's own answer.", required=False),
    DatasetSpec("crop/centre", "float32", ("T", 2), "px", "Centre of the square that the encoder saw.", mask="valid"),
    DatasetSpec("crop/size", "float32", ("T",), "px", "Side of that square.", mask="valid"),
    DatasetSpec(
        "camera_px", "float32", ("T", 3), "px", "Weak perspective [a, ux, uy] straight to frame pixels.", mask="valid"
    ),
    DatasetSpec(
        "vertices", "float32", ("T", "V", 3), "m", "Mesh, model frame, global orientation applied.", False, "valid"
    ),
    DatasetSpec("landmarks2d/detected", "float32", ("T", 68, 2), "px", "Detected iBUG landmarks.", mask="detected"),
    DatasetSpec(
        "landmarks2d/confidence",
        "float32",
        ("T", 68),
        "[0, 1]",
        "Of the detector; 0 where not detected.",
        mask="detected",
    ),
    DatasetSpec(
        "landmarks2d/fitted",
        "float32",
        ("T", 68, 2),
        "px",
        "What was fitted, where a person corrected landmarks: the detections with the corrections; NaN for none.",
        False,
    ),
    DatasetSpec(
        "landmarks2d/origin",
        "uint8",
        ("T", 68),
        "",
        "With `landmarks2d/fitted`, of each point: 0 detector, 1 dragged, 2 nudged, 3 mirrored from the other side, "
        "4 confirmed, 5 second guess of the detector, 6 another face, 7 interpolated between key frames.",
        False,
    ),
    DatasetSpec("landmarks2d/projected", "float32", ("T", 68, 2), "px", "Landmarks of the fitted mesh.", mask="valid"),
    DatasetSpec(
        "landmarks2d/projected_encoder", "float32", ("T", 68, 2), "px", "The same before the fit.", False, "valid"
    ),
    DatasetSpec(
        "bbox", "float32", ("T", 4), "px", "Tight box x0, y0, x1, y1 of the detected landmarks.", mask="detected"
    ),
    DatasetSpec(
        "error/nme_bbox", "float32", ("T",), "%", "Mean landmark error over the root of the box area.", mask="both"
    ),
    DatasetSpec("error/nme_bbox_encoder", "float32", ("T",), "%", "The same before the fit.", False, "both"),
    DatasetSpec(
        "review/history", "text", (), "", "JSON lines: every decision, note, undo and redo on this clip, oldest first."
    ),
    DatasetSpec("run", "text", (), "", "JSON: identifier, settings and metrics of the fit."),
)

_OF_CLIP_ONLY = frozenset({"review/history", "run"})

VIEW: tuple[DatasetSpec, ...] = tuple(spec for spec in CLIP if spec.path not in _OF_CLIP_ONLY)
"""Of one view of a clip of several views, below ``/clips/<clip>/views/<view>/``."""

VIEWS: tuple[DatasetSpec, ...] = (
    DatasetSpec("view_names", "text", ("W",), "", "Names of the groups in `views`, in the order of the project."),
    DatasetSpec(
        "view_weight", "float32", ("T", "W"), "", "What a view counted in the mesh of all views; 0: it lost its vote."
    ),
    DatasetSpec(
        "cvd_mm", "float64", ("W", "W"), "mm", "Cross-view vertex distance of every pair; NaN on the diagonal."
    ),
    DatasetSpec("cvd_mm_encoder", "float64", ("W", "W"), "mm", "The same before the fit."),
    DatasetSpec(
        "canonical_vertices",
        "float32",
        ("T", "V", 3),
        "m",
        "Mesh of all views together, orientation undone; NaN where no view with a vote has a mesh.",
        False,
    ),
)
"""What a clip of several views has besides `CLIP`."""

ATTRIBUTES: tuple[AttributeSpec, ...] = (
    AttributeSpec("/", "format", "text", f"`{FORMAT}`"),
    AttributeSpec("/", "schema_version", "text", f"`{SCHEMA_VERSION}`; another first number means another layout"),
    AttributeSpec("/", "created_utc", "text", "when; not part of any hash"),
    AttributeSpec("/", "generator", "text", "program and version"),
    AttributeSpec("/", "coordinate_system", "text", "`x left of the subject, y up, z out of the face`"),
    AttributeSpec("/", "length_unit", "text", "`m`"),
    AttributeSpec("/", "angle_unit", "text", "`rad`"),
    AttributeSpec("/", "image_origin", "text", "`centre of the top-left pixel`"),
    AttributeSpec("/", "frame_index_base", "int", "`0`"),
    AttributeSpec(
        "/", "licences", "text", "JSON: identifier of every model behind a clip to its licence; since 1.3", False
    ),
    AttributeSpec("/model", "id", "text", "identifier of the head model"),
    AttributeSpec("/model", "sha256", "text", "hash of its arrays"),
    AttributeSpec("/model", "licence", "text", "SPDX identifier of its licence"),
    AttributeSpec("/model", "licence_note", "text", "what that means for this file"),
    AttributeSpec("/model", "n_vertices", "int", "V"),
    AttributeSpec("/model", "expression_names", "text", "JSON list: names of the expression parameters in order"),
    AttributeSpec("clip", "name", "text", "name in the project"),
    AttributeSpec("clip", "fps", "float", "mean frames a second"),
    AttributeSpec("clip", "time_base", "text", "seconds of one step of `pts`, as a fraction `n/d`"),
    AttributeSpec("clip", "width", "int", "of the upright frame, px"),
    AttributeSpec("clip", "height", "int", "of the upright frame, px"),
    AttributeSpec("clip", "verdict", "text", "of the mesh: `accept`, or `accept-repaired` after corrected landmarks"),
    AttributeSpec(
        "clip",
        "landmarks_verdict",
        "text",
        "of the landmarks before the fit, `` where nobody was asked; since 1.4",
        False,
    ),
    AttributeSpec("clip", "landmarks_reviewer", "text", "who gave that; since 1.4", False),
    AttributeSpec("clip", "landmarks_reviewed_utc", "text", "when; since 1.4", False),
    AttributeSpec("clip", "reviewer", "text", "who accepted it"),
    AttributeSpec("clip", "reviewed_utc", "text", "when"),
    AttributeSpec("clip", "note", "text", "of the reviewer"),
    AttributeSpec("clip", "tags", "text", "JSON list: what the reviewer called it; since 1.2", False),
    AttributeSpec("clip", "source_path", "text", "where the video was, relative to the project where it lay below it"),
    AttributeSpec("clip", "source_fingerprint", "text", "SHA-256 of its first and last MiB and its size"),
    AttributeSpec("clip", "head_id", "text", "head model of the fit"),
    AttributeSpec("clip", "encoder_id", "text", "encoder of the fit"),
    AttributeSpec("clip", "licences", "text", "JSON: head, encoder and detector to their licences; since 1.3", False),
    AttributeSpec("clip", "detector", "text", "landmark detector"),
    AttributeSpec(
        "clip", "contour", "text", "what the jaw landmarks follow: `static` the bone line, `dynamic` the outline"
    ),
    AttributeSpec("view", "name", "text", "name in the project"),
    AttributeSpec("view", "offset", "int", "frame i of the clip is frame i + offset of the video of the view"),
    AttributeSpec("view", "width", "int", "of the upright frame, px"),
    AttributeSpec("view", "height", "int", "of the upright frame, px"),
    AttributeSpec("view", "source_path", "text", "where the video was, as for a clip"),
    AttributeSpec("view", "detector", "text", "landmark detector"),
    AttributeSpec("view", "contour", "text", "as for a clip"),
)


def attributes_of(owner: str) -> tuple[AttributeSpec, ...]:
    """The attributes of the file ("/"), of "/model", of a "clip", or of a "view"."""
    return tuple(spec for spec in ATTRIBUTES if spec.owner == owner)


def datasets_table(specs: tuple[DatasetSpec, ...]) -> str:
    """The Markdown table of `docs/formats/dataset.md`."""
    rows = ["| dataset | dtype | shape | unit | finite where | required | meaning |", "|---|---|---|---|---|---|---|"]
    finite = {"": "", "valid": "`valid`", "detected": "`detected`", "both": "`valid` and `detected`"}
    for spec in specs:
        shape = f"({', '.join(str(d) for d in spec.shape)}{',' if len(spec.shape) == 1 else ''})"
        required = "yes" if spec.required else "no"
        cells = (f"`{spec.path}`", spec.dtype, shape, spec.unit, finite[spec.mask], required, spec.meaning)
        rows.append(f"| {' | '.join(cells)} |")
    return "\n".join(rows)


def attributes_table(owner: str) -> str:
    """The Markdown table of the attributes of `owner`."""
    rows = ["| attribute | type | meaning |", "|---|---|---|"]
    rows += [f"| `{spec.name}` | {spec.dtype} | {spec.meaning} |" for spec in attributes_of(owner)]
    return "\n".join(rows)
