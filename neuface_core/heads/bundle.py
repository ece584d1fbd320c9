"""Load a head model from its file: the open head that comes with the program, or another baked one."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from neuface_core.errors import ModelError
from neuface_core.heads.bundle_file import read_bundle
from neuface_core.heads.data import HeadData, Phenotypes, SlidingContour, SurfacePoints
from neuface_core.heads.model import HeadModel
from neuface_core.resource_files import resource_path

OPEN_HEAD = "open_head/open_head.safetensors"
_MASK = "mask_"


def load_head(path: Path | str | None = None) -> HeadModel:
    """Load a baked head; without a path the open head of the installation.

    Raises
    ------
    ModelError
        When the file is missing, damaged, or of another kind.
    """
    return HeadModel(read_head_data(Path(path) if path is not None else resource_path(OPEN_HEAD)))


def read_head_data(path: Path) -> HeadData:
    """The checked arrays of a bundle.

    Raises
    ------
    ModelError
        As `load_head`.
    """
    info, arrays = read_bundle(path)

    def floats(name: str) -> NDArray[np.float32]:
        return np.asarray(arrays[name], np.float32)

    def ints(name: str) -> NDArray[np.int64]:
        return np.asarray(arrays[name], np.int64)

    def points(name: str) -> SurfacePoints | None:
        if f"{name}_faces" not in arrays:
            return None
        return SurfacePoints(ints(f"{name}_faces"), floats(f"{name}_weights"))

    sliding = points("contour")
    try:
        data = HeadData(
            head_id=info.head_id,
            licence=info.licence,
            expression_names=info.expression_names,
            mean=floats("mean"),
            shape=_metres(floats("shape_mm")),
            expression=_metres(floats("expression_mm")),
            joints=floats("joints"),
            joints_shape=floats("joints_shape"),
            skin_weights=floats("skin_weights"),
            faces=ints("faces"),
            static=points("static"),
            contour=SlidingContour(floats("contour_yaw"), sliding) if sliding is not None else None,
            dense=points("dense"),
            dense_valid=np.asarray(arrays["dense_valid"], bool) if "dense_valid" in arrays else None,
            uv=floats("uv"),
            mirror=ints("mirror"),
            shape_mirror=floats("shape_mirror"),
            expression_mirror=ints("expression_mirror"),
            vertex_masks={
                name.removeprefix(_MASK): np.asarray(array, bool)
                for name, array in arrays.items()
                if name.startswith(_MASK)
            },
            hairline=_metres(floats("hairline_mm")) if "hairline_mm" in arrays else None,
            phenotypes=Phenotypes(
                names=info.phenotype_names,
                weights=floats("phenotype_weights"),
                bias=floats("phenotype_bias"),
                r2=floats("phenotype_r2"),
                people_shape=floats("people_shape"),
                people=floats("people_phenotypes"),
            )
            if info.phenotype_names
            else None,
        )
    except KeyError as error:
        raise ModelError(
            f"The head model lacks {error}.", remedy="Bake it again, or install NeuFace Studio again.", path=path
        ) from error
    if problems := data.problems():
        raise ModelError(
            f"The head model cannot be used: {'; '.join(problems)}.", remedy="Install NeuFace Studio again.", path=path
        )
    return data


def _metres(millimetres: NDArray[np.float32]) -> NDArray[np.float32]:
    """The bases are stored in millimetres: metres would fall into the coarse end of half precision."""
    return np.asarray(millimetres / 1000, np.float32)
