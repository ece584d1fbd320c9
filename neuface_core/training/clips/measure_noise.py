"""How a real detector errs on rendered clips whose truth is known: makes the table of `detector_noise`.

``python -m neuface_core.training.clips.measure_noise OUT.npz`` renders clips of seven views, stores them as videos,
runs the detector on them and compares.
"""

from __future__ import annotations

import argparse
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from scipy.spatial.transform import Rotation

from neuface_core import jobs
from neuface_core.atomic_file import atomic_write
from neuface_core.evaluation.landmark_error import normaliser_px
from neuface_core.landmarks import detector
from neuface_core.landmarks.ibug import MIRROR
from neuface_core.landmarks.track import LandmarkTrack
from neuface_core.training.clips.clip_folder import ClipOrder, read_view_truth, write_clip
from neuface_core.training.clips.detector_noise import DetectorNoise
from neuface_core.training.clips.rig import RIGS
from neuface_core.training.face_truth import packed
from neuface_core.video import open_source

Floats = NDArray[np.float64]

STANDS_DEG = (0.0, 15.0, 30.0, 45.0, 60.0, 75.0)
_HALF_BIN_DEG = 7.5
_WAYS = 16
_FEW = 8  # frames of a clip at one stand of the head from which its mean is taken
_WILD = 3.0  # times the usual error


@dataclass(frozen=True)
class Sighting:
    """One clip as the detector saw it: error (F, 136) in shares of the face, yaw (F,), confidence (F, 68).

    The error is NaN where no face was found; yaw is at least 0, since the others were mirrored.
    """

    error: Floats
    yaw: Floats
    confidence: Floats


def sighting(track: LandmarkTrack, truth: NDArray[np.floating], global_orient: NDArray[np.floating]) -> Sighting:
    """Compare a track with its truth (F, 68, 2), pixels."""
    nose = Rotation.from_rotvec(np.asarray(global_orient, np.float64)).as_matrix()[:, :, 2]
    yaw = np.degrees(np.arctan2(nose[:, 0], nose[:, 2]))
    error = (track.points - truth) / normaliser_px(truth, "bbox")[:, None, None]
    error[~track.detected] = np.nan
    confidence = np.asarray(track.confidence, np.float64).copy()
    left = yaw < 0
    error[left] = error[left][:, list(MIRROR)] * [-1.0, 1.0]
    confidence[left] = confidence[left][:, list(MIRROR)]
    return Sighting(error.reshape(len(error), 136).astype(np.float64), np.abs(yaw), confidence)


def table(detector_name: str, seen: Sequence[Sighting]) -> DetectorNoise:
    """The statistics of all sightings."""
    within = [s.error - np.nanmean(s.error, axis=0) for s in seen]
    joined = np.concatenate(within)
    joined = joined[np.isfinite(joined[:, 0])]
    usual = np.sqrt(np.square(joined).mean(axis=1))
    tame = joined[usual < _WILD * np.median(usual)]
    _, _, ways = np.linalg.svd(tame, full_matrices=False)
    ways = ways[:_WAYS]
    rows: dict[str, list[Floats]] = {
        name: [] for name in ("bias", "clips", "spread", "rest", "wild_share", "wild_factor", "missed", "confidence")
    }
    for stand in STANDS_DEG:
        chosen = [np.abs(s.yaw - stand) < _HALF_BIN_DEG for s in seen]
        if stand == STANDS_DEG[-1]:
            chosen = [s.yaw > stand - _HALF_BIN_DEG for s in seen]
        for name, value in _at_stand(seen, within, chosen, ways).items():
            rows[name].append(value)
    return DetectorNoise(
        detector=detector_name,
        yaw_deg=np.array(STANDS_DEG),
        ways=ways,
        memory=_memory(within, ways),
        **{name: np.stack(values) for name, values in rows.items()},
    )


def _at_stand(
    seen: Sequence[Sighting], within: Sequence[Floats], chosen: Sequence[NDArray[np.bool_]], ways: Floats
) -> dict[str, Floats]:
    found = [np.isfinite(s.error[:, 0]) for s in seen]
    parts = [s.error[c & f] for s, c, f in zip(seen, chosen, found, strict=True)]
    means = np.stack([part.mean(axis=0) for part in parts if len(part) >= _FEW])
    bias = means.mean(axis=0)
    clips = np.zeros((len(seen), 136))
    clips[: len(means)] = (means - bias) / np.sqrt(max(len(means) - 1, 1))
    moved = np.concatenate([w[c & f] for w, c, f in zip(within, chosen, found, strict=True)])
    size = np.sqrt(np.square(moved).mean(axis=1))
    wild = size > _WILD * np.median(size)
    tame = moved[~wild]
    along = tame @ ways.T
    every = np.concatenate(chosen)
    return {
        "bias": bias,
        "clips": clips,
        "spread": along.std(axis=0),
        "rest": (tame - along @ ways).std(axis=0),
        "wild_share": np.array(wild.mean()),
        "wild_factor": np.array(size[wild].mean() / size[~wild].mean() if wild.any() else 1.0),
        "missed": np.array(1 - np.concatenate(found)[every].mean()),
        "confidence": np.concatenate([s.confidence[c & f] for s, c, f in zip(seen, chosen, found, strict=True)]).mean(
            0
        ),
    }


def _memory(within: Sequence[Floats], ways: Floats) -> Floats:
    """Correlation (K,) of neighbouring frames of one clip along each way."""
    courses = [part @ ways.T for part in within]
    pairs = [np.stack([course[:-1], course[1:]]) for course in courses]
    both = np.concatenate(pairs, axis=1)
    both = both[:, np.isfinite(both).all(axis=(0, 2))]
    return np.asarray((both[0] * both[1]).sum(axis=0) / np.sqrt((both[0] ** 2).sum(0) * (both[1] ** 2).sum(0)))


def look(seeds: Sequence[int], seconds: float, folder: Path) -> list[Sighting]:
    """Render a clip of seven views for every seed below `folder` and have the detector look at them."""
    finder = detector("open")
    seen = []
    for seed in seeds:
        out = folder / f"{seed:04d}"
        jobs.run(write_clip(ClipOrder(seed, seconds, width=480, height=360, views=7, yaw_deg=18.0), out))
        for name, _, _ in RIGS[7]:
            with open_source(out / f"{name}.mp4") as source:
                tracks = jobs.run(finder.detect(source))
            if not tracks:
                continue
            truth = read_view_truth(out, name)
            points = np.asarray(truth[f"landmarks_{tracks[0].detector}"], np.float64)
            seen.append(sighting(tracks[0], points, np.asarray(truth["global_orient"], np.float64)))
    return seen


def main() -> None:
    parser = argparse.ArgumentParser(description="Measure what the open detector does on rendered clips.")
    parser.add_argument("out", type=Path)
    parser.add_argument("--clips", type=int, default=8)
    parser.add_argument("--seconds", type=float, default=2.0)
    parser.add_argument("--seed", type=int, default=5000)
    parser.add_argument("--work", type=Path, help="Keep the clips here.")
    args = parser.parse_args()
    torch.set_num_threads(1)
    with tempfile.TemporaryDirectory() as scratch:
        seen = look(range(args.seed, args.seed + args.clips), args.seconds, args.work or Path(scratch))
    with atomic_write(args.out) as file:
        file.write(packed(table("open-v2", seen).arrays()))


if __name__ == "__main__":
    main()
