"""A fit as a video to send to somebody: the original, the overlay, and the mesh alone, side by side."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

import cv2
import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from neuface_core.fitting.fit import Fit
from neuface_core.heads.bundle import load_head_of
from neuface_core.heads.model import HeadModel
from neuface_core.jobs import Job, Progress
from neuface_core.project import Project
from neuface_core.rendering.overlay import OverlayStyle, backdrop, draw_overlay, screen_points
from neuface_core.rendering.part_light import part_light
from neuface_core.rendering.shading import draw_mesh, soft_region
from neuface_core.video import FrameSource
from neuface_core.video_write import VideoWriter

_VERTEX_BATCH = 64
_MAX_WIDTH = 1920
_MIN_PANEL_HEIGHT = 360
_FACE_PARTS = ("face", "nose", "lips", "eye_sockets", "left_eye", "right_eye")
# Part of the mesh panel's height that the crop takes: the crop holds the face, the head needs more.
_CROP_SHARE = 0.76


@dataclass(frozen=True)
class OverlayVideo:
    """What an overlay video shows.

    Attributes
    ----------
    style
        Of the overlay panel.
    region
        "face" leaves hair and neck uncovered; "head" draws everything.
    before
        The encoder's first answer instead of the fit.
    """

    style: OverlayStyle = field(default_factory=OverlayStyle)
    region: Literal["face", "head"] = "face"
    before: bool = False


def render_overlay(
    project: Project, name: str, out: Path, options: OverlayVideo | None = None, view: int = 0
) -> Job[Path]:
    """Write the overlay video of a view of a clip's latest fit.

    Raises
    ------
    ProjectError
        When the clip has no fit or its video is gone.
    VideoError
        When the video cannot be read or the new one not be written; nothing half-written is left.
    """
    fit = project.load_fit(name, view)
    with project.open_view(name, view) as source:
        yield from write_overlay(source, fit, _head_of(fit), out, options or OverlayVideo(), name)
    return out


def _head_of(fit: Fit) -> HeadModel:
    """The head model that the fit was made with."""
    settings = fit.settings.get("pipeline")
    named = settings.get("head") if isinstance(settings, dict) else None
    return load_head_of(fit.head_id, str(named or ""))


def write_overlay(
    source: FrameSource, fit: Fit, head: HeadModel, out: Path, options: OverlayVideo, name: str = ""
) -> Job[None]:
    """Draw every frame of `source` with its row of `fit` into the MP4 `out`."""
    info = source.info
    projected = fit.projected_encoder if options.before else fit.projected
    error = fit.error_encoder if options.before else fit.error
    opacity = face_opacity(head) if options.region == "face" else None
    light = part_light(head)
    panels = _Panels(info.width, info.height, light)
    times = info.times
    with VideoWriter(out, info.fps) as writer:
        rows = zip(source.frames(0, fit.n_frames), _screen_rows(fit, head, options.before), strict=False)
        for index, (picture, points) in enumerate(rows):
            overlay = draw_overlay(
                picture,
                points=points,
                faces=head.faces,
                vertex_opacity=opacity,
                vertex_light=light,
                detected=fit.landmarks.points[index],
                projected=projected[index],
                style=options.style,
            )
            mesh = panels.mesh(points, head.faces, fit.crops.centre[index], float(fit.crops.size[index]))
            title = "first answer" if options.before else "fit"
            figure = f"{title}  {error[index]:.1f} %" if np.isfinite(error[index]) else title
            words = figure if fit.valid[index] else "no face"
            writer.add(panels.join(picture, overlay, mesh, (f"{index}", words)), times[index])
            yield Progress("render", index + 1, fit.n_frames, name)


def face_opacity(head: HeadModel) -> NDArray[np.float32] | None:
    """Opacity (V,) of the face region with a soft border; None where the head does not name its parts."""
    parts = [head.vertex_masks[part] for part in _FACE_PARTS if part in head.vertex_masks]
    return soft_region(np.logical_or.reduce(parts), head.faces) if parts else None


def _screen_rows(fit: Fit, head: HeadModel, before: bool) -> Iterator[NDArray[np.float32] | None]:
    """Screen points (V, 3) of every frame; None where there is no mesh."""
    params = fit.params_encoder if before else fit.params
    for start in range(0, fit.n_frames, _VERTEX_BATCH):
        rows = np.arange(start, min(start + _VERTEX_BATCH, fit.n_frames))
        part = params[slice(int(rows[0]), int(rows[-1]) + 1)]
        with torch.no_grad():
            vertices = head(part).numpy()
        points = screen_points(vertices, part.camera.numpy(), fit.crops, rows)
        for row, screen in zip(rows, points, strict=True):
            yield screen if fit.valid[row] else None


class _Panels:
    """Sizes and words of the three panels."""

    def __init__(self, width: int, height: int, light: NDArray[np.float32]) -> None:
        self._light = light
        self._height = max(height, _MIN_PANEL_HEIGHT)
        scale = self._height / height
        self._width = round(width * scale)
        self._mesh_width = round(min(self._width, self._height))
        fit = min(1.0, _MAX_WIDTH / (2 * self._width + self._mesh_width))
        self._height, self._width = round(self._height * fit), round(self._width * fit)
        self._mesh_width = round(self._mesh_width * fit)
        self._backdrop = backdrop(self._mesh_width, self._height)
        self._font = ImageFont.load_default(size=max(12, round(self._height / 30)))

    def mesh(
        self,
        points: NDArray[np.float32] | None,
        faces: NDArray[np.int64],
        centre: NDArray[np.float32],
        size: float,
    ) -> NDArray[np.uint8]:
        """The whole head on a plain background, as large as the crop makes it."""
        picture = self._backdrop.copy()
        if points is not None:
            zoom = _CROP_SHARE * min(self._height, self._mesh_width) / size
            local = (points - np.append(centre, 0)) * zoom
            # The crop is centred on the landmarks; a head reaches further up than down.
            local[:, :2] += [self._mesh_width / 2, 0.57 * self._height]
            draw_mesh(picture, local, faces, vertex_light=self._light)
        return picture

    def join(
        self, picture: NDArray[np.uint8], overlay: NDArray[np.uint8], mesh: NDArray[np.uint8], words: tuple[str, str]
    ) -> NDArray[np.uint8]:
        """One frame (H, W, 3) of the three panels with a word in the corner of the first two."""
        shrink = cv2.INTER_AREA if picture.shape[0] > self._height else cv2.INTER_CUBIC
        size = (self._width, self._height)
        scaled = [
            cv2.resize(p, size, interpolation=shrink) if p.shape[:2] != size[::-1] else p for p in (picture, overlay)
        ]
        joined = Image.fromarray(np.concatenate([*scaled, mesh], axis=1))
        drawing = ImageDraw.Draw(joined)
        margin = self._height // 40
        for panel, text in enumerate(words):
            corner = (panel * self._width + margin, self._height - margin)
            drawing.text(
                corner,
                text,
                fill=(255, 255, 255),
                font=self._font,
                anchor="lb",
                stroke_width=2,
                stroke_fill=(20, 20, 24),
            )
        return np.asarray(joined)
