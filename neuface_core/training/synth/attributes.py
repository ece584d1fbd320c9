"""What a synthetic picture shows, in words and numbers, so that errors can be told apart by it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]
Words = NDArray[np.str_]

SKIN_CLASSES = ("light", "medium", "dark")
HAIR_STYLES = ("bald", "short", "medium", "long", "bun")
BEARDS = ("none", "stubble", "moustache", "goatee", "full")
GLASSES = ("none", "clear", "dark")
HATS = ("none", "cap", "beanie", "scarf")
OCCLUDERS = ("none", "hand", "mask", "microphone", "phone", "object")
LIGHTS = ("soft", "lamp", "hard")
AGES = ("young", "middle", "old")

# Individual typology angle: above 28° light, below -10° dark (A. Chardon et al., Skin colour typology and suntanning
# pathways, Int. J. Cosmetic Science 13, 1991, has six classes; two of them make one here).
_LIGHT_ABOVE_DEG, _DARK_BELOW_DEG = 28.0, -10.0


@dataclass(frozen=True)
class FaceAttributes:
    """Of N pictures; every array has N rows.

    Attributes
    ----------
    skin_tone : float32
        0 the lightest to 1 the darkest, in even steps of the individual typology angle.
    skin_ita_deg : float32
        That angle of the skin's colour (without light): 90° is white, -90° is black.
    age : float32
        Apparent, 0 (about 18) to 1 (about 85): lines, grey hair, and the shape where the head knows age.
    hair, beard, glasses, hat, occluder, light : str
        One of `HAIR_STYLES`, `BEARDS`, `GLASSES`, `HATS`, `OCCLUDERS`, `LIGHTS`; hair is what grows, also below a hat.
    brightness, contrast : float32
        Mean and standard deviation of the grey values of the head's skin in the picture, [0, 1]; before noise and
        compression.
    blur : float32
        Standard deviation (or for motion half length) of the blur as a share of the side of the picture.
    resolution : float32
        Pixels along the side of the picture when the camera took it, before it was brought to its size.
    quality : float32
        Of the compression: 100 for none.
    colour : bool
        False where the picture is black and white.
    distance_m : float32
        From the pinhole to the head; 20 stands for a telephoto lens.
    person : int64
        Number of the person: equal where identity and look are equal.
    """

    skin_tone: Floats
    skin_ita_deg: Floats
    age: Floats
    hair: Words
    beard: Words
    glasses: Words
    hat: Words
    occluder: Words
    light: Words
    brightness: Floats
    contrast: Floats
    blur: Floats
    resolution: Floats
    quality: Floats
    colour: NDArray[np.bool_]
    distance_m: Floats
    person: NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.skin_tone)

    @property
    def skin_class(self) -> Words:
        """(N,) of `SKIN_CLASSES`, by the individual typology angle."""
        index = (self.skin_ita_deg <= _LIGHT_ABOVE_DEG).astype(int) + (self.skin_ita_deg < _DARK_BELOW_DEG)
        return np.asarray(np.asarray(SKIN_CLASSES)[index])

    @property
    def age_class(self) -> Words:
        """(N,) of `AGES`: thirds of `age`."""
        return np.asarray(np.asarray(AGES)[np.clip((self.age * 3).astype(int), 0, 2)])

    def __getitem__(self, index: slice | NDArray[np.integer] | NDArray[np.bool_] | list[int]) -> FaceAttributes:
        return FaceAttributes.from_arrays({name: array[index] for name, array in self.to_arrays().items()})

    def to_arrays(self) -> dict[str, NDArray[np.generic]]:
        """Named arrays of N rows, for a file."""
        return {f.name: getattr(self, f.name) for f in fields(self)}

    @classmethod
    def from_arrays(cls, arrays: Mapping[str, NDArray[np.generic]]) -> FaceAttributes:
        """Inverse of `to_arrays`; surplus names are ignored."""
        columns: dict[str, Any] = {f.name: np.asarray(arrays[f.name]) for f in fields(cls)}
        return cls(**columns)

    @classmethod
    def from_rows(cls, rows: Sequence[Mapping[str, object]]) -> FaceAttributes:
        """From one mapping a picture."""

        def column(name: str, kind: str) -> NDArray[np.generic]:
            values = [row[name] for row in rows]
            if "bool" in kind:
                return np.array(values, bool)
            if "int64" in kind:
                return np.array(values, np.int64)
            return np.array(values, str) if "Words" in kind else np.array(values, np.float32)

        return cls.from_arrays({f.name: column(f.name, str(f.type)) for f in fields(cls)})

    @classmethod
    def cat(cls, parts: Sequence[FaceAttributes]) -> FaceAttributes:
        """Concatenate along N."""
        return cls.from_arrays({f.name: np.concatenate([getattr(p, f.name) for p in parts]) for f in fields(cls)})
