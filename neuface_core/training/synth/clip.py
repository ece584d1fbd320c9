"""A synthetic video of one person who turns, talks, smiles and blinks, with the truth of every frame.

``python -m neuface_core.training.synth.clip OUT.mp4`` writes one: real enough for the whole pipeline, free to publish.
"""

from __future__ import annotations

import argparse
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter1d
from scipy.spatial.transform import Rotation

from neuface_core.heads.bundle import load_head
from neuface_core.heads.params import HeadParams
from neuface_core.training.synth.faces import FaceSynthesiser
from neuface_core.training.synth.lighting import Lights, sample_lights
from neuface_core.training.synth.look import Look, sample_look
from neuface_core.training.synth.person import PosedHead, dress
from neuface_core.training.synth.pinhole import Pinhole
from neuface_core.video_write import write_video

_BLINK_EVERY_S = 2.3


@dataclass(frozen=True)
class SyntheticClip:
    """Frames of one synthetic person, and what they show.

    Attributes
    ----------
    frames : (F, S, S, 3) uint8
        RGB.
    params : HeadParams of F rows
        The truth; its camera is left at [1, 0, 0], since the pictures are taken with a pinhole.
    landmarks : (F, 68, 2) float32
        Static landmarks in pixels, as the pinhole projects them.
    """

    frames: NDArray[np.uint8]
    params: HeadParams
    landmarks: NDArray[np.float32]


class ClipSynthesiser(FaceSynthesiser):
    """Renders clips: one identity, one look, one light, one background; only the head moves."""

    def clip(self, seed: int, n_frames: int, fps: float = 25.0, yaw_deg: float = 25.0) -> SyntheticClip:
        """A clip of `n_frames` frames; the same seed gives the same clip.

        Parameters
        ----------
        yaw_deg
            How far the head turns to either side.
        """
        params = _performance(seed, n_frames, fps, yaw_deg, self.head.n_shape, self.head.expression_names)
        heads, _, points = self._pose(params)
        view = Pinhole(1.4, np.array([0.0, 0.01]), 0.165)
        look = _publishable_look(seed)
        lights = _publishable_lights(seed)
        backdrop = self._backdrop(seed)
        frames = np.stack([self._frame(seed, backdrop, head, view, look, lights) for head in heads])
        pixels = (view.crop(points)[..., :2] + 1) / 2 * self.size - 0.5
        return SyntheticClip(frames, params, pixels.astype(np.float32))

    def _backdrop(self, seed: int) -> NDArray[np.float32]:
        rng = np.random.default_rng([seed, 11])
        top, bottom = rng.uniform(0.30, 0.55, 3), rng.uniform(0.12, 0.30, 3)
        blend = np.linspace(0, 1, self._fine, dtype=np.float32)[:, None, None]
        picture = np.broadcast_to(top * (1 - blend) + bottom * blend, (self._fine, self._fine, 3))
        return np.ascontiguousarray(picture, np.float32)

    def _frame(
        self, seed: int, backdrop: NDArray[np.float32], head: PosedHead, view: Pinhole, look: Look, lights: Lights
    ) -> NDArray[np.uint8]:
        picture = backdrop.copy()
        subject = dress(np.random.default_rng([seed, 12]), head, look, self._skin, self._faces, self._neck, "none")
        self._stage.draw(picture, subject, look, lights, view)
        small = cv2.resize(picture, (self.size, self.size), interpolation=cv2.INTER_AREA)
        stored: NDArray[np.uint8] = (np.clip(small, 0, 1) * 255 + 0.5).astype(np.uint8)
        return stored


def _publishable_look(seed: int) -> Look:
    """The first look of the seed that has hair and no hat."""
    rng = np.random.default_rng([seed, 14])
    look = sample_look(rng)
    while look.bald or look.hat != "none" or look.glasses == "dark":
        look = sample_look(rng)
    return look


def _publishable_lights(seed: int) -> Lights:
    """The first soft light of the seed."""
    rng = np.random.default_rng([seed, 13])
    lights = sample_lights(rng)
    while lights.word == "hard":
        lights = sample_lights(rng)
    return lights


def _performance(
    seed: int, n_frames: int, fps: float, yaw_deg: float, n_shape: int, names: tuple[str, ...] | list[str]
) -> HeadParams:
    rng = np.random.default_rng([seed, 10])
    time = np.arange(n_frames) / fps
    swing = 2 * np.pi * time
    angles = np.stack(
        [
            yaw_deg * np.sin(swing * 0.35 + rng.uniform(0, 6)),
            7 * np.sin(swing * 0.55 + rng.uniform(0, 6)),
            5 * np.sin(swing * 0.27 + rng.uniform(0, 6)),
        ],
        axis=1,
    )
    orient = Rotation.from_euler("YXZ", angles, degrees=True).as_rotvec()
    expression = np.zeros((n_frames, len(names)), np.float32)
    smile = np.clip(np.sin(swing * 0.3 + rng.uniform(0, 6)), 0, 1)
    talk = gaussian_filter1d(np.clip(rng.normal(0.1, 0.9, n_frames), 0, 1), fps * 0.06, mode="nearest")
    blink = np.exp(-0.5 * (((time - rng.uniform(0.5, 1.5)) % _BLINK_EVERY_S) / 0.07 - 1.5) ** 2)
    for side in ("Left", "Right"):
        expression[:, names.index(f"mouthSmile{side}")] = 0.8 * smile
        expression[:, names.index(f"eyeBlink{side}")] = blink
        expression[:, names.index(f"mouthLowerDown{side}")] = 0.3 * talk
    expression[:, names.index("browInnerUp")] = 0.5 * np.clip(np.sin(swing * 0.45), 0, 1)
    jaw = np.zeros((n_frames, 3), np.float32)
    jaw[:, 0] = 0.25 * talk * (1 - 0.5 * smile)
    shape = np.broadcast_to(rng.normal(0, 0.8, n_shape), (n_frames, n_shape))
    zero = np.zeros((n_frames, 3), np.float32)
    return HeadParams.from_arrays(
        {
            "shape": shape.astype(np.float32),
            "expression": expression,
            "global_orient": orient.astype(np.float32),
            "neck_pose": zero,
            "jaw_pose": jaw,
            "eye_pose": np.zeros((n_frames, 6), np.float32),
            "camera": zero + np.array([1, 0, 0], np.float32),
        }
    )


def main() -> None:
    parser = argparse.ArgumentParser(description="Write a synthetic video of a talking head.")
    parser.add_argument("out", type=Path)
    parser.add_argument("--seed", type=int, default=4)
    parser.add_argument("--frames", type=int, default=120)
    parser.add_argument("--size", type=int, default=512)
    parser.add_argument("--fps", type=float, default=25.0)
    args = parser.parse_args()
    clip = ClipSynthesiser(load_head(), args.size).clip(args.seed, args.frames, args.fps)
    write_video(args.out, clip.frames, args.fps)


if __name__ == "__main__":
    main()
