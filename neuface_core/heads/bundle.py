"""Load a head model from its file: the open head that comes with the program, or another baked one."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from neuface_core.errors import ModelError
from neuface_core.heads.bundle_file import Arrays, read_bundle
from neuface_core.heads.data import DetectorPoints, HeadData, Phenotypes, SlidingPoints, SurfacePoints
from neuface_core.heads.model import HeadModel
from neuface_core.heads.stored_head import flame_spec, stored_head_data
from neuface_core.resource_files import resource_path

OPEN_HEAD = "open_head/open_head.safetensors"
_MASK = "mask_"
_DETECTOR = "_dense_valid"  # the plain "dense_valid" is of the anatomical points


def load_head(path: Path | str | None = None) -> HeadModel:
    """Load a head: a baked one by its path, a FLAME that was added by its name, the open head without either.

    Parameters
    ----------
    path
        A file, or a name such as "flame-2020" or "flame-2020:100,50" (`stored_head`).

    Raises
    ------
    ModelError
        When the file or the model is missing, damaged, or of another kind.
    """
    if path is None:
        return HeadModel(read_head_data(resource_path(OPEN_HEAD)))
    spec = None if Path(path).exists() else flame_spec(str(path))
    return HeadModel(read_head_data(Path(path)) if spec is None else stored_head_data(spec))


def load_head_of(head_id: str, named: str = "") -> HeadModel:
    """The head that a fit was made with.

    Parameters
    ----------
    head_id
        As the fit has it.
    named
        File or name in the settings of its run; "" where it was the encoder's own.

    Raises
    ------
    ModelError
        When it is not on this machine, or what is there under its name is another one.
    """
    head = load_head(named or (head_id if flame_spec(head_id) else None))
    if head.head_id != head_id:
        raise ModelError(
            f"The head model {head_id!r} is not on this machine; found {head.head_id!r}.",
            remedy="Install that head model, or fit the clip again.",
        )
    return head


def read_head_data(path: Path) -> HeadData:
    """The checked arrays of a bundle.

    Raises
    ------
    ModelError
        As `load_head`.
    """
    info, arrays = read_bundle(path)
    part = _Parts(arrays)
    floats, ints = part.floats, part.ints
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
            static=part.points("static"),
            contour=part.sliding("contour"),
            dense=part.points("dense"),
            dense_valid=part.flags("dense_valid") if "dense_valid" in arrays else None,
            uv=floats("uv"),
            mirror=ints("mirror"),
            shape_mirror=floats("shape_mirror"),
            expression_mirror=ints("expression_mirror"),
            vertex_masks={name.removeprefix(_MASK): part.flags(name) for name in arrays if name.startswith(_MASK)},
            detectors=part.detectors(),
            hairline=_metres(floats("hairline_mm")) if "hairline_mm" in arrays else None,
            phenotypes=part.phenotypes(info.phenotype_names),
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


class _Parts:
    """The arrays of a bundle in the types of `HeadData`; a KeyError says what is missing."""

    def __init__(self, arrays: Arrays) -> None:
        self._arrays = arrays

    def floats(self, name: str) -> NDArray[np.float32]:
        return np.asarray(self._arrays[name], np.float32)

    def ints(self, name: str) -> NDArray[np.int64]:
        return np.asarray(self._arrays[name], np.int64)

    def flags(self, name: str) -> NDArray[np.bool_]:
        return np.asarray(self._arrays[name], bool)

    def points(self, name: str) -> SurfacePoints | None:
        if f"{name}_faces" not in self._arrays:
            return None
        return SurfacePoints(self.ints(f"{name}_faces"), self.floats(f"{name}_weights"))

    def sliding(self, name: str) -> SlidingPoints | None:
        table = self.points(name)
        if table is None:
            return None
        if f"{name}_pitch" not in self._arrays:  # bundles of before the contour knew the pitch
            table = SurfacePoints(table.faces[:, None], table.weights[:, None])
            return SlidingPoints(self.floats(f"{name}_yaw"), np.zeros(1, np.float32), table)
        return SlidingPoints(self.floats(f"{name}_yaw"), self.floats(f"{name}_pitch"), table)

    def detectors(self) -> dict[str, DetectorPoints]:
        found = {}
        for name in sorted(key.removesuffix(_DETECTOR) for key in self._arrays if key.endswith(_DETECTOR)):
            table, dense = self.sliding(name), self.sliding(f"{name}_dense")
            if table is not None and dense is not None:
                found[name] = DetectorPoints(table, dense, self.flags(f"{name}{_DETECTOR}"))
        return found

    def phenotypes(self, names: tuple[str, ...]) -> Phenotypes | None:
        if not names:
            return None
        return Phenotypes(
            names=names,
            weights=self.floats("phenotype_weights"),
            bias=self.floats("phenotype_bias"),
            r2=self.floats("phenotype_r2"),
            people_shape=self.floats("people_shape"),
            people=self.floats("people_phenotypes"),
        )


def _metres(millimetres: NDArray[np.float32]) -> NDArray[np.float32]:
    """The bases are stored in millimetres: metres would fall into the coarse end of half precision."""
    return np.asarray(millimetres / 1000, np.float32)
