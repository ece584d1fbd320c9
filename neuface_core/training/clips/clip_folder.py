"""A synthetic clip as a folder: a video a view, `views.toml`, the truth, a sheet to look at.

The folder follows the convention of clips of several views: the videos lie side by side, and `views.toml` names them
and says how many frames each of them began before the last one did. What is finished last is the manifest: a folder
without one is half a clip.
"""

from __future__ import annotations

import errno
import json
from contextlib import ExitStack
from dataclasses import asdict, dataclass
from pathlib import Path

import cv2
import numpy as np
import tomlkit
from numpy.typing import NDArray

from neuface_core.atomic_file import atomic_write, remove_partials
from neuface_core.errors import ExportError
from neuface_core.heads.model import HeadModel
from neuface_core.jobs import Job, Progress
from neuface_core.training.clips.detector_noise import DetectorNoise, noisy_track
from neuface_core.training.clips.performance import Performance, perform
from neuface_core.training.clips.render import ViewSynthesiser, ViewTruth, view_truth
from neuface_core.training.clips.rig import RIGS, View, rig
from neuface_core.training.face_folder import drawable_head
from neuface_core.training.face_truth import packed
from neuface_core.training.fingerprint import head_fingerprint, renderer_fingerprint
from neuface_core.video_write import VideoWriter

FORMAT = "neuface-synthetic-clip/1"
MANIFEST, VIEWS, SHEET, TRUTH = "manifest.json", "views.toml", "sheet.jpg", "truth"
_SHEET_COLUMNS, _SHEET_WIDTH = 6, 200


@dataclass(frozen=True)
class ClipOrder:
    """Which clip to write.

    Attributes
    ----------
    seed
        Person, light, room, cameras and what happens.
    seconds, fps
        Of what all views see.
    width, height
        Of every video, pixels.
    views
        A key of `rig.RIGS`.
    yaw_deg
        How far the head turns to either side.
    stagger
        Views begin up to this many frames before the last one does.
    noise
        Also landmarks as a detector would have found them.
    videos
        Without them only the truth and the landmarks are written.
    """

    seed: int
    seconds: float = 5.0
    fps: float = 25.0
    width: int = 640
    height: int = 480
    views: int = 1
    yaw_deg: float = 25.0
    stagger: int = 0
    noise: bool = False
    videos: bool = True

    @property
    def n_frames(self) -> int:
        """Moments that all views see."""
        return max(1, round(self.seconds * self.fps))

    def leads(self) -> tuple[int, ...]:
        """How many frames each view begins before the last one: 0 to `stagger`."""
        drawn = np.random.default_rng([self.seed, 35]).integers(0, self.stagger + 1, self.views)
        return tuple(int(lead) for lead in drawn - drawn.min())


def write_clip(order: ClipOrder, out: Path, head_file: Path | None = None) -> Job[Path]:
    """Render a clip into the new or empty folder `out`; an older clip of the same order is left as it is.

    Raises
    ------
    ExportError
        When the order cannot be carried out, or the folder cannot be written or holds something else.
    """
    if order.views not in RIGS:
        raise ExportError(
            f"There is no rig of {order.views} views.", remedy=f"Choose {', '.join(map(str, RIGS))} with --views."
        )
    head = drawable_head(head_file)
    manifest = _manifest(order, head)
    try:
        if _claimed(out, manifest):
            return out / MANIFEST
        leads = order.leads()
        most = max(leads)
        performance = perform(head, order.seed, order.n_frames + most, order.fps, order.yaw_deg)
        views = rig(order.seed, order.views, order.width, order.height)
        starts = tuple(most - lead for lead in leads)
        _write_truth(order, out, head, performance, views, starts)
        with atomic_write(out / VIEWS) as file:
            file.write(_views_toml(views, leads, order.videos).encode())
        if order.videos:
            yield from _write_videos(order, out, head, performance, views, starts)
        with atomic_write(out / MANIFEST) as file:
            file.write(json.dumps(manifest, indent=2).encode())
    except OSError as error:
        said = "The disk is full." if error.errno == errno.ENOSPC else f"The clip cannot be written ({error.strerror})."
        raise ExportError(said, remedy="Make room, or choose another folder.", path=out) from error
    return out / MANIFEST


def read_view_truth(folder: Path, view: str) -> dict[str, NDArray[np.generic]]:
    """The arrays of one view of a clip (docs/synthetic_clips.md).

    Raises
    ------
    ExportError
        When the clip has no such view.
    """
    path = folder / TRUTH / f"{view}.npz"
    try:
        with np.load(path, allow_pickle=False) as stored:
            return {name: stored[name] for name in stored.files}
    except (OSError, ValueError) as error:
        there = ", ".join(sorted(p.stem for p in (folder / TRUTH).glob("*.npz"))) or "none"
        raise ExportError(
            f"There is no truth of the view {view!r} ({error}); views with truth: {there}.",
            remedy="Write the clip again with neuface synth clip.",
            path=path,
        ) from error


def _manifest(order: ClipOrder, head: HeadModel) -> dict[str, object]:
    return {
        "format": FORMAT,
        **asdict(order),
        "n_frames": order.n_frames,
        "head_id": head.head_id,
        "head_sha256": head_fingerprint(head),
        "renderer_sha256": renderer_fingerprint(),
    }


def _claimed(out: Path, manifest: dict[str, object]) -> bool:
    """Make the folder ours; True when it already holds this clip, whole."""
    out.mkdir(parents=True, exist_ok=True)
    path = out / MANIFEST
    if path.exists():
        try:
            found = json.loads(path.read_text("utf-8"))
        except ValueError:
            found = {}
        other = [name for name in manifest if found.get(name) != manifest[name]]
        if other:
            raise ExportError(
                f"The folder holds another synthetic clip ({other[0]} {found.get(other[0])!r}, wanted "
                f"{manifest[other[0]]!r}); it was left as it is.",
                remedy="Choose another folder.",
                path=out,
            )
        return True
    # Without a manifest it is ours only if nothing is in it but what a stopped run leaves.
    own = {VIEWS, TRUTH, SHEET, *(f"{name}.mp4" for name, _, _ in RIGS[max(RIGS)])}
    if any(entry.name not in own and ".partial-" not in entry.name for entry in out.iterdir()):
        raise ExportError(
            "The folder is not empty and holds no synthetic clip; it was left as it is.",
            remedy="Choose another folder.",
            path=out,
        )
    (out / TRUTH).mkdir(exist_ok=True)
    remove_partials(out)
    remove_partials(out / TRUTH)
    return False


def _views_toml(views: tuple[View, ...], leads: tuple[int, ...], videos: bool) -> str:
    document = tomlkit.document()
    document.add(
        tomlkit.comment("Views of the same moments. Moment f of the clip is frame f + offset of a view's video.")
    )
    rows = tomlkit.aot()
    for view, lead in zip(views, leads, strict=True):
        row = tomlkit.table()
        row.add("name", view.name)
        if videos:
            row.add("file", f"{view.name}.mp4")
        row.add("offset", lead)
        rows.append(row)
    document.add("view", rows)
    return tomlkit.dumps(document)


def _write_truth(
    order: ClipOrder,
    out: Path,
    head: HeadModel,
    performance: Performance,
    views: tuple[View, ...],
    starts: tuple[int, ...],
) -> None:
    """One file a view, its rows the frames of that view's video."""
    noise = DetectorNoise.load() if order.noise else None
    for number, (view, start) in enumerate(zip(views, starts, strict=True)):
        own = Performance(performance.params[start:], performance.sway[start:])
        truth = view_truth(head, own, view)
        arrays = _truth_arrays(order, view, truth)
        if noise is not None:
            rng = np.random.default_rng([order.seed, 36, number])
            track = noisy_track(
                rng, noise, truth.landmarks[noise.detector], truth.params.global_orient.numpy(), order.fps
            )
            arrays |= {f"track_{name}": array for name, array in track.items()}
        with atomic_write(out / TRUTH / f"{view.name}.npz") as file:
            file.write(packed(arrays))


def _truth_arrays(order: ClipOrder, view: View, truth: ViewTruth) -> dict[str, NDArray[np.generic]]:
    return {
        **truth.params.to_arrays(),
        "offset": truth.offset,
        "camera_px": truth.camera_px,
        **{f"landmarks_{name}": points for name, points in truth.landmarks.items()},
        "view_rotation": view.rotation,
        "view_distance_m": np.array(view.distance_m),
        "view_focal_px": np.array(view.focal_px),
        "view_principal_px": view.principal_px,
        "size": np.array([view.width, view.height], np.int64),
        "fps": np.array(order.fps),
    }


def _write_videos(
    order: ClipOrder,
    out: Path,
    head: HeadModel,
    performance: Performance,
    views: tuple[View, ...],
    starts: tuple[int, ...],
) -> Job[None]:
    synthesiser = ViewSynthesiser(head, max(order.width, order.height))
    total = order.n_frames * len(views) + sum(len(performance.params) - order.n_frames - start for start in starts)
    moments = np.linspace(max(starts), len(performance.params) - 1, _SHEET_COLUMNS).round().astype(int)
    tiles: dict[tuple[int, int], NDArray[np.uint8]] = {}
    with ExitStack() as open_files:
        writers = [open_files.enter_context(VideoWriter(out / f"{view.name}.mp4", order.fps)) for view in views]
        for done, (moment, k, picture) in enumerate(synthesiser.frames(order.seed, performance, views, starts), 1):
            writers[k].add(picture)
            if moment in moments:
                size = (_SHEET_WIDTH, round(_SHEET_WIDTH * order.height / order.width))
                tiles[k, moment] = np.asarray(cv2.resize(picture, size, interpolation=cv2.INTER_AREA), np.uint8)
            yield Progress("render", done, total)
    rows = [np.concatenate([tiles[k, moment] for moment in moments], axis=1) for k in range(len(views))]
    ok, stored = cv2.imencode(".jpg", np.concatenate(rows)[..., ::-1], [cv2.IMWRITE_JPEG_QUALITY, 92])
    if ok:
        with atomic_write(out / SHEET) as file:
            file.write(stored.tobytes())
