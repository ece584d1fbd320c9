"""Which models of others are known: their names here, what their licences allow, what they are good for.

Facts from the pages and repositories that publish them; docs/models.md says where each one is to be had.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

KindName = Literal["flame", "deca", "emoca", "landmarks", "masks", "eyelids", "fan", "s3fd"]
NON_COMMERCIAL = "non-commercial research only"


@dataclass(frozen=True, slots=True)
class Known:
    """One model that can be added.

    Attributes
    ----------
    name
        What it is called here, for example "flame-2020".
    kind
        What it is; models of one kind stand in for one another.
    title
        As its authors call it.
    licence
        Of the file, in words that travel with every result.
    commercial
        Whether the licence allows commercial use; None where it does not say.
    purpose
        What it is good for here.
    """

    name: str
    kind: KindName
    title: str
    licence: str
    commercial: bool | None
    purpose: str


_FLAME = f"FLAME model licence, Max-Planck-Gesellschaft: {NON_COMMERCIAL}"
_FLAME_OPEN = "CC-BY-4.0 (FLAME 2023 Open, Max-Planck-Gesellschaft)"
_DECA = f"DECA licence, Max-Planck-Gesellschaft: {NON_COMMERCIAL}"
_EMOCA = f"EMOCA licence, Max-Planck-Gesellschaft: {NON_COMMERCIAL}"
_UPSTREAM = f"comes with code of the Max-Planck-Gesellschaft: take it as {NON_COMMERCIAL}"
_FAN = "weights without a stated licence (face-alignment, code BSD-3-Clause; trained on research data)"

KNOWN: tuple[Known, ...] = (
    Known("flame-2020", "flame", "FLAME 2020", _FLAME, False, "head model of DECA and EMOCA, 300 + 100 components"),
    Known("flame-2020-female", "flame", "FLAME 2020, female", _FLAME, False, "head model of women"),
    Known("flame-2020-male", "flame", "FLAME 2020, male", _FLAME, False, "head model of men"),
    Known("flame-2023", "flame", "FLAME 2023", _FLAME, False, "head model of VHAP; not for DECA or EMOCA"),
    Known("flame-2023-no-jaw", "flame", "FLAME 2023, no jaw", _FLAME, False, "head model of Pixel3DMM; not for DECA"),
    Known("flame-2023-open", "flame", "FLAME 2023 Open", _FLAME_OPEN, True, "head model for commercial use"),
    Known("deca", "deca", "DECA", _DECA, False, "encoder of the paper (NeuFace-D); needs flame-2020"),
    Known("emoca", "emoca", "EMOCA", _EMOCA, False, "encoder of the paper (NeuFace-E); needs flame-2020"),
    Known(
        "flame-landmarks",
        "landmarks",
        "landmark_embedding.npy",
        _UPSTREAM,
        False,
        "68 points on FLAME, sliding contour",
    ),
    Known(
        "flame-landmarks-eyes", "landmarks", "landmark_embedding_with_eyes.npy", _UPSTREAM, False, "70 points on FLAME"
    ),
    Known(
        "flame-landmarks-51", "landmarks", "flame_static_embedding.pkl", _UPSTREAM, False, "51 inner points on FLAME"
    ),
    Known("flame-landmarks-68", "landmarks", "flame_static_embedding_68.pkl", _UPSTREAM, False, "68 points on FLAME"),
    Known("flame-contour", "landmarks", "flame_dynamic_embedding.npy", _UPSTREAM, False, "sliding contour on FLAME"),
    Known(
        "flame-landmarks-mediapipe",
        "landmarks",
        "mediapipe_landmark_embedding.npz",
        _UPSTREAM,
        False,
        "105 points of the face mesh on FLAME",
    ),
    Known("flame-landmarks-203", "landmarks", "203 points of TEASER", "no licence stated", None, "203 points on FLAME"),
    Known("flame-masks", "masks", "FLAME_masks.pkl", _UPSTREAM, False, "regions of FLAME: face, ears, neck, scalp, …"),
    Known("flame-eyelids", "eyelids", "l_eyelid.npy, r_eyelid.npy", _UPSTREAM, False, "closes FLAME's eyes"),
    Known("fan-2d", "fan", "2D-FAN of face-alignment", _FAN, None, "landmark detector of the paper"),
    Known("fan-3d", "fan", "3D-FAN of face-alignment", _FAN, None, "68 points whose jaw stays on the bone line"),
    Known("s3fd", "s3fd", "S3FD of face-alignment", _FAN, None, "face detector of FAN; not needed here"),
)


def known(name: str) -> Known:
    """The entry of that name; of a variant (`emoca-v2-lr-mse-20`), that of the model.

    Raises
    ------
    KeyError
        When there is none.
    """
    for entry in KNOWN:
        if entry.name == name:
            return entry
    if name.startswith("emoca-"):
        return known("emoca")
    raise KeyError(name)
