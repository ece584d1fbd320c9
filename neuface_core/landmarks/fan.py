"""FAN through face-alignment: the reference detector, for who has its weights.

Its weights are never fetched: they are looked for, and when they are absent the error says which file is wanted where.
Its own face detector (S3FD, 90 MB) is not needed, YuNet's boxes are given to it.
"""

from __future__ import annotations

import pickle
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from neuface_core.errors import ModelError
from neuface_core.jobs import Job, Progress
from neuface_core.landmarks.cuts import CutFinder
from neuface_core.landmarks.open_detector import KEEP_SCORE, LEAST_FRAMES, boxes_of
from neuface_core.landmarks.region import Region, smoothed
from neuface_core.landmarks.track import N_LANDMARKS, Contour, LandmarkTrack
from neuface_core.landmarks.tracking import HUNT_SCORE, match
from neuface_core.landmarks.yunet import YuNet
from neuface_core.models import StoredModel, data_folder, model_arrays, stored_models
from neuface_core.models.download import FAN_FILE, FAN_URL
from neuface_core.models.kinds import known
from neuface_core.video import FrameSource

WEIGHTS_FILE, WEIGHTS_URL = FAN_FILE, FAN_URL

_GAP = 10  # frames that a box may be missing and still be the same person
# face-alignment's own numbers: how a detector's box becomes FAN's crop.
_FAN_SCALE, _YUNET_SCALE, _FAN_RISE = 195.0, 165.0, 0.12
_YUNET_TALL = 1.14  # height of YuNet's box over the mean of its sides


@dataclass(slots=True)
class _Person:
    squares: list[Region | None]
    box: NDArray[np.float32]
    last: int
    best_score: float = 0.0

    @property
    def frames(self) -> list[int]:
        return [index for index, square in enumerate(self.squares) if square is not None]


class FanDetector:
    """Landmarks of 2D-FAN, whose jaw follows the visible outline; see `LandmarkDetector`.

    Parameters
    ----------
    device
        Where FAN runs; on a CPU it needs about 0.3 s a face.
    weights
        The weights file or its folder; None takes what was added ("neuface models add"), else looks in torch hub's
        checkpoint folder and in that of the model files.
    flip_input
        Average with the mirrored crop: calmer, at twice the time. (Up to face-alignment 1.4 the default was False.)

    Raises
    ------
    ModelError
        When the weights are absent or are not FAN's.
    """

    name = "fan-2d"
    contour: Contour = "dynamic"
    licence = known("fan-2d").licence

    def __init__(
        self, device: torch.device | str = "cpu", weights: Path | None = None, *, flip_input: bool = False
    ) -> None:
        self._flip_input = flip_input
        added = _added() if weights is None else None
        path = added.path if added is not None else find_weights(weights)
        self._fan = _load(path, added, str(device), flip_input)
        self._yunet = YuNet(threshold=HUNT_SCORE)

    def detect(self, source: FrameSource) -> Job[tuple[LandmarkTrack, ...]]:
        """Detect and track everybody; first the one who is seen longest and largest. Reads the clip twice."""
        n_frames = source.info.n_frames
        people = yield from self._find(source, n_frames)
        points = [np.full((n_frames, N_LANDMARKS, 2), np.nan, np.float32) for _ in people]
        confidence = [np.zeros((n_frames, N_LANDMARKS), np.float32) for _ in people]
        for index, frame in enumerate(source.frames(0, n_frames)):
            for number, person in enumerate(people):
                if person.squares[index] is not None:
                    yield Progress("landmarks", index, n_frames)
                    square = smoothed(person.squares, index)
                    points[number][index], confidence[number][index] = self._read(frame, square)
            yield Progress("landmarks", index + 1, n_frames)
        return tuple(
            LandmarkTrack(
                points=p,
                confidence=c,
                boxes=boxes_of(p),
                detected=np.asarray(np.isfinite(p).all(axis=(1, 2)), np.bool_),
                detector=self.name,
                contour=self.contour,
            )
            for p, c in zip(points, confidence, strict=True)
        )

    def _find(self, source: FrameSource, n_frames: int) -> Job[list[_Person]]:
        """Boxes of everybody through the clip, the main person first."""
        cuts = CutFinder()
        people: list[_Person] = []
        here: list[_Person] = []
        for index, frame in enumerate(source.frames(0, n_frames)):
            if cuts.is_cut(frame):
                here = []
            here = [person for person in here if index - person.last <= _GAP]
            faces = self._yunet(frame)
            pairs = {theirs: ours for ours, theirs in match([p.box for p in here], list(faces.boxes)).items()}
            for number, (box, score) in enumerate(zip(faces.boxes, faces.scores, strict=True)):
                if number in pairs:
                    person = here[pairs[number]]
                else:
                    person = _Person([None] * n_frames, box, index)
                    people.append(person)
                    here.append(person)
                person.box, person.last = box, index
                person.best_score = max(person.best_score, float(score))
                middle, sides = 0.5 * (box[:2] + box[2:]), box[2:] - box[:2]
                person.squares[index] = Region(float(middle[0]), float(middle[1]), float(sides.mean()), 0.0)
            yield Progress("decode", index + 1, n_frames)
        least = min(LEAST_FRAMES, n_frames)
        kept = [p for p in people if p.best_score >= KEEP_SCORE and len(p.frames) >= least]
        return sorted(kept, key=lambda p: -sum(square.size for square in p.squares if square is not None))

    def _read(self, frame: NDArray[np.uint8], square: Region) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        found = self._fan.get_landmarks_from_image(frame, [_fan_box(square)], return_landmark_score=True)
        landmarks, scores, _ = found
        # The heat maps of the mirrored crop are added, not averaged.
        share = 0.5 if self._flip_input else 1.0
        return (
            np.asarray(landmarks[0], np.float32)[:, :2],
            np.clip(share * np.asarray(scores[0], np.float32).reshape(-1), 0.0, 1.0),
        )


def find_weights(named: Path | None = None) -> Path:
    """The weights file on this machine.

    Raises
    ------
    ModelError
        When it is nowhere; the text says what to get and where to put it.
    """
    hub = Path(torch.hub.get_dir()) / "checkpoints"
    places: Sequence[Path] = [named] if named is not None else [hub, data_folder()]
    for place in places:
        for candidate in (place, place / WEIGHTS_FILE):
            if candidate.is_file():
                return candidate
    raise ModelError(
        f"The weights of the FAN detector are not on this machine: the file {WEIGHTS_FILE} (96 MB) is missing.",
        remedy=f'Run "neuface models download-fan", or get {WEIGHTS_URL} yourself and run "neuface models add" on it; '
        'or use the detector "open", which needs no such file.',
        path=named if named is not None else hub,
    )


def check_weights() -> None:
    """Whether the weights are at hand, without reading them.

    Raises
    ------
    ModelError
        As `find_weights`.
    """
    if _added() is None:
        find_weights()


def _added() -> StoredModel | None:
    """The weights that the user added, if any."""
    return next((model for model in stored_models() if model.name == "fan-2d"), None)


def _state(path: Path, added: StoredModel | None) -> dict[str, torch.Tensor]:
    if added is not None:
        return {name: torch.from_numpy(array) for name, array in model_arrays(added).items()}
    state: dict[str, torch.Tensor] = torch.load(path, map_location="cpu", weights_only=True)
    return state


def _load(path: Path, added: StoredModel | None, device: str, flip_input: bool) -> Any:
    import face_alignment
    from face_alignment.models import FAN

    class LocalFaceAlignment(face_alignment.FaceAlignment):  # type: ignore[misc]
        """Takes the weights from `path`; the original asks a server when its own folder lacks them."""

        def _load_native(self, network_name: str, network_size: int, device: str, dtype: torch.dtype) -> Any:
            net = FAN(network_size)
            try:
                net.load_state_dict(_state(path, added))
            except (RuntimeError, pickle.UnpicklingError, EOFError, TypeError, AttributeError, ValueError) as error:
                raise ModelError(
                    "The file does not hold the weights of 2D-FAN for face-alignment 1.5.",
                    remedy=f"Download {WEIGHTS_URL} again.",
                    path=path,
                ) from error
            return net.to(device, dtype=dtype).eval()

    return LocalFaceAlignment(
        face_alignment.LandmarksType.TWO_D,
        device=device,
        flip_input=flip_input,
        face_detector="folder",  # the only one that loads no weights of its own; it is never asked
        compile=False,  # it would ask for a C++ compiler, and for half a minute at every first start
    )


def _fan_box(square: Region) -> list[float]:
    """The box from which face-alignment makes the crop that it would make for YuNet's own box."""
    side = square.size * _FAN_SCALE / _YUNET_SCALE
    y = square.y + _FAN_RISE * (side - _YUNET_TALL * square.size)
    half = 0.5 * side
    return [square.x - half, y - half, square.x + half, y + half, 1.0]
