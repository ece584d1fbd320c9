"""How an encoder answers on a real clip, before any optimisation. There is no truth: the detector is the yardstick."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray

from neuface_core.encoders.base import Encoder
from neuface_core.encoders.crops import CropTrack, crop_track, cut_crops
from neuface_core.errors import LandmarkError
from neuface_core.evaluation.face_readings import eye_openness, lid_aperture, mouth_opening, yaw_pitch_deg
from neuface_core.evaluation.held_out import answers
from neuface_core.evaluation.landmark_error import frame_nme, mean_finite
from neuface_core.evaluation.landmark_pose import landmark_rotation
from neuface_core.evaluation.stability import AccelerationSpread
from neuface_core.heads.model import HeadModel
from neuface_core.heads.params import HeadParams
from neuface_core.jobs import Job
from neuface_core.landmarks.track import LandmarkDetector, LandmarkTrack
from neuface_core.video import open_source

FAR_YAW_DEG = 40.0
CLOSED = 0.6
"""A frame is a blink where the detected eyes are open by less than this share of what they mostly are in the clip."""

LEAST_OPENNESS = 0.12
"""Eyes that are mostly less open than this (lid aperture over eye width) are no yardstick for blinks."""

_CHUNK = 64


@dataclass(frozen=True)
class ClipReport:
    """One clip and its main person, the encoder alone.

    Attributes
    ----------
    name, detector
        File name without its ending; who found the landmarks.
    people
        Persons that were tracked; only the main one is measured.
    frames, detected
        Frames of the clip, and those with landmarks: the ones that are measured.
    nme_bbox, nme_iod, nme_bbox_p95
        Percent, against the detector.
    far_frames, far_nme_bbox
        Frames whose detected landmarks are turned beyond 40° of yaw, and their NME; NaN where there is none.
    jitter_mm
        Mean over the vertices of σ(a) of the turned head, mm a frame² (METHOD, metrics).
    shape_spread_mm
        `shape_spread_mm` of the identity.
    blink_frames, lids_open_mm, lids_closed_mm
        Blinks by the detected landmarks; lid aperture of the answer's head in open frames and in blinks.
    lids_follow, mouth_follow
        Correlation over the clip of how far eyes and mouth are open, answer against detector.
    """

    name: str
    detector: str
    people: int
    frames: int
    detected: int
    nme_bbox: float
    nme_iod: float
    nme_bbox_p95: float
    far_frames: int
    far_nme_bbox: float
    jitter_mm: float
    shape_spread_mm: float
    blink_frames: int
    lids_open_mm: float
    lids_closed_mm: float
    lids_follow: float
    mouth_follow: float


def clip_report(
    name: str,
    path: Path,
    encoder: Encoder,
    head: HeadModel,
    detector: LandmarkDetector,
    device: torch.device | str = "cpu",
) -> Job[ClipReport]:
    """Detect, crop, encode and measure one clip, with the detector and the crops of `neuface fit`.

    Parameters
    ----------
    name
        Of the clip.
    path
        A video or a folder of images.
    head
        On the CPU.

    Raises
    ------
    VideoError
        When the clip cannot be read.
    LandmarkError
        When there is no face in it.
    """
    with open_source(path) as source:
        tracks = yield from detector.detect(source)
        if not tracks:
            raise LandmarkError(
                "The detector finds no face in this clip.", remedy="It is left out of the means.", path=path
            )
        track, size = tracks[0], (source.info.width, source.info.height)
        crops = crop_track(track, encoder.crop_rule, size)
        images = yield from cut_crops(source, crops, encoder.input_size, name, encoder.crop_rule)
    frames = np.flatnonzero(track.detected)
    answered = yield from answers(encoder, images[frames], device, name)
    return measure_clip(name, head, answered.params, track, crops, people=len(tracks))


@torch.no_grad()
def measure_clip(
    name: str, head: HeadModel, params: HeadParams, track: LandmarkTrack, crops: CropTrack, people: int = 1
) -> ClipReport:
    """The numbers of one clip.

    Parameters
    ----------
    params : HeadParams
        One row for each detected frame of `track`, in order.
    """
    frames = np.flatnonzero(track.detected)
    points = track.points[frames]
    squares = CropTrack(crops.centre[frames], crops.size[frames])
    convention = track.convention(head.data.detectors)
    points3d = head.landmarks(params, convention)
    found = squares.to_frame(head.project(points3d, params.camera).cpu().numpy())
    nme = frame_nme(found, points, "bbox")
    neutral = head.landmarks(head.neutral(1), convention)[0].cpu().numpy()
    yaw, _ = yaw_pitch_deg(landmark_rotation(points, neutral))
    far = np.abs(yaw) > FAR_YAW_DEG
    solid = points3d.cpu().numpy()
    lids, openness = 1000 * lid_aperture(solid).mean(axis=1), eye_openness(points)
    usual = float(np.median(openness))
    # Far eyes are drawn too narrow by detectors: that is no blink.
    blink = (openness < CLOSED * usual) & ~far & (usual > LEAST_OPENNESS)
    box = np.sqrt(np.ptp(points, axis=1).prod(axis=1))
    return ClipReport(
        name=name,
        detector=track.detector,
        people=people,
        frames=track.n_frames,
        detected=len(frames),
        nme_bbox=mean_finite(nme),
        nme_iod=mean_finite(frame_nme(found, points, "iod")),
        nme_bbox_p95=float(np.nanquantile(nme, 0.95)),
        far_frames=int(far.sum()),
        far_nme_bbox=mean_finite(nme[far]),
        jitter_mm=_jitter_mm(head, params, frames),
        shape_spread_mm=shape_spread_mm(head, params),
        blink_frames=int(blink.sum()),
        lids_open_mm=mean_finite(lids[~blink & ~far]),
        lids_closed_mm=mean_finite(lids[blink]),
        lids_follow=_correlation(lids[~far], openness[~far]),
        mouth_follow=_correlation(mouth_opening(solid)[~far], (mouth_opening(points) / box)[~far]),
    )


@torch.no_grad()
def shape_spread_mm(head: HeadModel, params: HeadParams) -> float:
    """How much the identity of one person wanders over a clip, in millimetres.

    The identity of every frame makes a face at rest (mean head plus identity, no expression, no joint turned). The
    spread is the distance of its vertices to the mean of these faces over the clip, averaged over the vertices of the
    region "face" and over the frames.
    """
    face = head.vertex_masks["face"]
    basis = torch.as_tensor(head.data.shape[face])
    apart = params.shape - params.shape.mean(dim=0, keepdim=True)
    total = 0.0
    for start in range(0, len(apart), _CHUNK):
        moved = torch.einsum("vck,nk->nvc", basis, apart[start : start + _CHUNK])
        total += float(moved.norm(dim=2).mean(dim=1).sum())
    return 1000.0 * total / len(apart)


def _jitter_mm(head: HeadModel, params: HeadParams, frames: NDArray[np.intp]) -> float:
    spread = AccelerationSpread(head.n_vertices)
    for run in np.split(np.arange(len(frames)), np.flatnonzero(np.diff(frames) > 1) + 1):
        spread.start_run()
        for start in range(0, len(run), _CHUNK):
            rows = run[start : start + _CHUNK]
            spread.add(head(params[rows]).cpu().numpy())
    return spread.jitter_mm()


def _correlation(a: NDArray[np.floating], b: NDArray[np.floating]) -> float:
    if len(a) < 3 or np.std(a) < 1e-9 or np.std(b) < 1e-9:
        return float("nan")
    return float(np.corrcoef(a, b)[0, 1])
