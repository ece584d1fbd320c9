"""Landmarks as a detector would have found them, from what it was measured to do on rendered clips.

The errors of a detector are nothing like independent noise: it is wrong in the same way on the same person, by how far
the head is turned, and its error of one frame is mostly that of the frame before. All three were measured
(`measure_noise`) and are drawn again here. Lengths are in shares of the face: square root of the area of the box of its
68 points. Heads turned to the left of the picture are mirrored, so that one table serves both sides.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy.signal import lfilter
from scipy.spatial.transform import Rotation

from neuface_core.errors import ModelError
from neuface_core.evaluation.landmark_error import normaliser_px
from neuface_core.landmarks.ibug import MIRROR
from neuface_core.resource_files import resource_path

Floats = NDArray[np.float64]

MEASURED_FPS = 25.0


@dataclass(frozen=True)
class DetectorNoise:
    """What a detector does; B stands of the head, C clips, K ways in which errors go together.

    Attributes
    ----------
    detector
        Whose, by its name in the head's `landmarks`.
    yaw_deg : (B,)
        Stands of the head that were measured, ascending; between them it is blended.
    bias : (B, 136)
        Mean error.
    clips : (B, C, 136)
        How single clips differ from it, over the root of C: any mix with normal weights has the measured spread.
    ways : (K, 136)
        Unit directions in which the error moves within a clip.
    spread : (B, K)
        Standard deviation along each.
    memory : (K,)
        Correlation from one frame to the next along each, at 25 frames a second.
    rest : (B, 136)
        Standard deviation of what remains, frame by frame.
    wild_share, wild_factor : (B,)
        Share of the frames whose error within the clip is far above the usual one, and how many times.
    missed : (B,)
        Share of the frames without a face.
    confidence : (B, 68)
        What the detector says of its points, on average.
    """

    detector: str
    yaw_deg: Floats
    bias: Floats
    clips: Floats
    ways: Floats
    spread: Floats
    memory: Floats
    rest: Floats
    wild_share: Floats
    wild_factor: Floats
    missed: Floats
    confidence: Floats

    @classmethod
    def load(cls, path: Path | None = None) -> DetectorNoise:
        """Read the measured table; the one that ships where no path is given.

        Raises
        ------
        ModelError
            When it is missing or no such table.
        """
        path = resource_path("detector_noise") / "open_v2.npz" if path is None else path
        try:
            with np.load(path, allow_pickle=False) as stored:
                arrays = {f.name: stored[f.name] for f in fields(cls)}
        except (OSError, KeyError, ValueError) as error:
            raise ModelError(
                f"The table of the detector's noise cannot be read ({error}).",
                remedy="Make it again with python -m neuface_core.training.clips.measure_noise.",
                path=path,
            ) from error
        numbers = {name: np.asarray(a, np.float64) for name, a in arrays.items() if name != "detector"}
        return cls(detector=str(arrays["detector"]), **numbers)

    def arrays(self) -> dict[str, NDArray[np.generic]]:
        """What `load` reads."""
        stored: dict[str, NDArray[np.generic]] = {"detector": np.array(self.detector)}
        for field in fields(self):
            if field.name != "detector":
                stored[field.name] = np.asarray(getattr(self, field.name), np.float32)
        return stored


def noisy_track(
    rng: np.random.Generator,
    noise: DetectorNoise,
    truth: NDArray[np.floating],
    global_orient: NDArray[np.floating],
    fps: float,
) -> dict[str, NDArray[np.generic]]:
    """Points, confidence and detected of a clip, as `LandmarkTrack` names them.

    Parameters
    ----------
    truth : (F, 68, 2) float
        Pixels, by the detector's own convention.
    global_orient : (F, 3) float
        Axis-angle, radians.
    """
    nose = Rotation.from_rotvec(np.asarray(global_orient, np.float64)).as_matrix()[:, :, 2]
    yaw = np.degrees(np.arctan2(nose[:, 0], nose[:, 2]))
    frames = len(truth)
    memory = np.clip(noise.memory, 0, 0.999) ** (MEASURED_FPS / fps)
    drawn = rng.standard_normal((frames, len(memory))) * np.sqrt(1 - memory**2)
    drawn[0] = rng.standard_normal(len(memory))
    course = np.stack([lfilter([1.0], [1.0, -m], drawn[:, k]) for k, m in enumerate(memory)], axis=1)
    person = rng.standard_normal(noise.clips.shape[1])
    fresh = rng.standard_normal((frames, 136))
    lots = rng.random((2, frames))
    at = {name: blended(noise.yaw_deg, getattr(noise, name), np.abs(yaw)) for name in _BLENDED}
    wild = np.where(lots[0] < at["wild_share"], at["wild_factor"], 1.0)[:, None]
    own = np.einsum("c,fcd->fd", person, blended(noise.yaw_deg, noise.clips, np.abs(yaw)))
    within = (course * at["spread"]) @ noise.ways + fresh * at["rest"]
    error = (at["bias"] + own + wild * within).reshape(frames, 68, 2)
    left = yaw < 0
    error[left] = error[left][:, list(MIRROR)] * [-1.0, 1.0]
    detected = lots[1] >= at["missed"]
    points = np.asarray(truth + error * normaliser_px(truth, "bbox")[:, None, None], np.float32)
    confidence = np.where(left[:, None], at["confidence"][:, list(MIRROR)], at["confidence"]).astype(np.float32)
    points[~detected], confidence[~detected] = np.nan, 0
    return {"points": points, "confidence": confidence, "detected": detected}


_BLENDED = ("bias", "spread", "rest", "wild_share", "wild_factor", "missed", "confidence")


def blended(stands: Floats, table: Floats, yaw: Floats) -> Floats:
    """Rows (F, ...) of a table (B, ...) at |yaw| (F,): linear between the stands, constant beyond them."""
    place = np.interp(yaw, stands, np.arange(len(stands)))
    low = np.clip(place.astype(np.int64), 0, max(len(stands) - 2, 0))
    high = np.minimum(low + 1, len(stands) - 1)
    share = (place - low).reshape(-1, *[1] * (table.ndim - 1))
    return np.asarray(table[low] * (1 - share) + table[high] * share)
