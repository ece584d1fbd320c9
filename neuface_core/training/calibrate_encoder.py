"""Three numbers that renders cannot give: how much real heads nod, how large they are and how high, on the average.

Trained on renders alone the encoder sees every real head tilted back by some 4°: jaw line and brows of all people lie 3
to 4 % of the face's size too low, the more the further back they are. One constant turn removes it for all of them. It
is found on the sample clip that the program installs, and on no other; everything else is left as trained.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import torch

from neuface_core import jobs
from neuface_core.encoders.crops import crop_track, cut_crops
from neuface_core.encoders.open_encoder import OpenEncoder
from neuface_core.heads.model import HeadModel
from neuface_core.landmarks.open_detector import OpenDetector
from neuface_core.video import open_source

_STEPS = 80
_UNITS = (0.05, 0.05, 0.005)  # radians of nod; logarithm of size; metres of height: about one step of the optimiser


def calibrate(encoder: OpenEncoder, head: HeadModel, clip: Path) -> tuple[float, float, float]:
    """Shift the encoder's mean answer, in place, to the landmarks of a clip.

    Parameters
    ----------
    clip
        A video with one face that mostly looks ahead.

    Returns
    -------
    nod (radians, positive is chin down), logarithm of size, height (metres)
    """
    with open_source(clip) as source:
        track = jobs.run(OpenDetector().detect(source))[0]
        crops = crop_track(track, encoder.crop_scale)
        images = jobs.run(cut_crops(source, crops, encoder.input_size))
    frames = np.flatnonzero(track.detected)[::2]
    seen = torch.from_numpy(crops.to_crop(track.points)[frames])
    with torch.no_grad():
        features = encoder.features(torch.from_numpy(images[frames]).float() / 255.0, "head")
    part = encoder.head
    start = {name: sum(list(part.sizes.values())[:i]) for i, name in enumerate(part.sizes)}
    place = torch.tensor([start["global_orient"], start["camera"], start["camera"] + 2])
    trained = part.answer_mean.clone()
    shift = torch.zeros(3, requires_grad=True)
    optimiser = torch.optim.Adam([shift], lr=0.05)
    for _ in range(_STEPS):
        part.answer_mean = trained.index_add(0, place, shift * torch.tensor(_UNITS))
        params = part(*features)
        error = (head.project(head.landmarks(params, "static"), params.camera) - seen).norm(dim=2).mean()
        optimiser.zero_grad()
        error.backward()  # type: ignore[no-untyped-call]
        optimiser.step()
    found = (shift * torch.tensor(_UNITS)).detach()
    part.answer_mean = trained.index_add(0, place, found)
    encoder.keep_first_weights()
    nod, size, height = found.tolist()
    return nod, size, height
