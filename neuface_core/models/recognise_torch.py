"""Which checkpoint of torch a file is, by the names and shapes of its weights alone; no weight is read for it."""

from __future__ import annotations

import re
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from neuface_core.errors import ModelError
from neuface_core.models.pickled_values import StoredTensor
from neuface_core.models.stored import file_hash
from neuface_core.models.torch_file import TorchFile

_DECA_ROWS = 236
_EXPRESSION_ROWS = (50, 53, 56)
_FAN_STACKS = 4
# The first ten digits of the SHA-256 stand in the names of published files (torch hub's custom).
_PUBLISHED = {"11f355bf06": "fan-2d", "7835d9f11d": "fan-3d", "619a316812": "s3fd"}


@dataclass(frozen=True)
class Wanted:
    """Which weights of a checkpoint are taken.

    Attributes
    ----------
    name
        As in `kinds.KNOWN`, or a variant of it.
    prefix
        Where the weights lie in the file: names of nested dictionaries.
    parts
        Of these, what the names must begin with; empty takes all.
    strip
        What is cut off the names.
    details
        As in `StoredModel`.
    """

    name: str
    prefix: tuple[str, ...] = ()
    parts: tuple[str, ...] = ()
    strip: str = ""
    details: Mapping[str, Any] = field(default_factory=dict)

    def tensors(self, content: Any) -> dict[str, StoredTensor]:
        """The weights by their names, for example "E_flame.layers.0.weight"."""
        found = {}
        for name, tensor in _flat(_at(content, self.prefix)).items():
            if isinstance(tensor, StoredTensor) and (not self.parts or name.startswith(self.parts)):
                found[name.removeprefix(self.strip)] = tensor
        return found


def recognise_torch(path: Path, wish: str = "") -> Wanted | None:
    """What the checkpoint at `path` is; None when it is nothing that is used here.

    Raises
    ------
    ModelError
        When it is a known one that cannot be used, or is damaged or means harm.
    """
    if zipfile.is_zipfile(path):
        with zipfile.ZipFile(path) as archive:
            names = archive.namelist()
        if not any(name.endswith("data.pkl") for name in names):
            return None
        if any(name.endswith("constants.pkl") for name in names):
            raise ModelError(
                "This is a TorchScript file: a program, not weights. It is not loaded.",
                remedy="Get the weights for face-alignment 1.5 (docs/models.md).",
                path=path,
            )
    with TorchFile(path, unknown="placeholder") as file:
        content = file.content
    if not isinstance(content, dict):
        return None
    if "E_flame" in content:
        return _deca(content, path)
    state = content.get("state_dict")
    if isinstance(state, dict) and any(str(name).startswith("deca.E_") for name in state):
        return _emoca(state, path, wish)
    return _of_face_alignment(content, path, wish)


def _deca(content: Mapping[str, Any], path: Path) -> Wanted:
    state = content["E_flame"]
    rows = _rows(state if isinstance(state, dict) else {}, "layers.2.weight")
    if rows != _DECA_ROWS:
        raise _unusable(f"DECA's E_flame has {rows or 'no'} outputs, not {_DECA_ROWS}", path)
    return Wanted("deca", parts=("E_flame.",), details={"head": "flame-2020:100,50"})


def _emoca(state: Mapping[str, Any], path: Path, wish: str) -> Wanted:
    rows = _rows(state, "deca.E_flame.layers.2.weight")
    expression = _rows(state, "deca.E_expression.layers.2.weight")
    if rows != _DECA_ROWS:
        raise _unusable(f"EMOCA's E_flame has {rows or 'no'} outputs, not {_DECA_ROWS}", path)
    if expression not in _EXPRESSION_ROWS:
        raise _unusable(f"EMOCA's E_expression has {expression or 'no'} outputs, not 50, 53 or 56", path)
    return Wanted(
        wish if wish.startswith("emoca") else emoca_name(path),
        prefix=("state_dict",),
        parts=("deca.E_flame.", "deca.E_expression."),
        strip="deca.",
        details={"head": "flame-2020:100,50", "expression_rows": expression},
    )


def emoca_name(path: Path) -> str:
    """The folder of an EMOCA model names its variant: ``EMOCA_v2_lr_mse_20/detail/checkpoints/last.ckpt``."""
    for folder in (path.parent, *path.parents):
        if folder.name.lower().startswith("emoca"):
            return re.sub(r"[^a-z0-9]+", "-", folder.name.lower()).strip("-")
    return "emoca"


def _of_face_alignment(content: Mapping[str, Any], path: Path, wish: str) -> Wanted | None:
    names = set(map(str, content))
    stacks = len({name for name in names if re.fullmatch(r"l\d+\.weight", name)})
    is_fan = stacks > 0 and "top_m_0.conv1.weight" in names
    if not is_fan and not {"conv1_1.weight", "fc6.weight", "conv3_3_norm.weight"} <= names:
        return None
    if is_fan and (stacks != _FAN_STACKS or _rows(content, "l0.weight") != 68):
        raise _unusable(f"this FAN has {stacks} stages; face-alignment 1.5 has {_FAN_STACKS}, with 68 points", path)
    published = _PUBLISHED.get(file_hash(path)[:10])
    details = {"published": published is not None}
    if not is_fan:
        return Wanted("s3fd", details=details)
    if published is None and not wish.startswith("fan-"):
        named = {"2dfan": "fan-2d", "3dfan": "fan-3d"}
        published = next((kind for word, kind in named.items() if word in path.name.lower()), None)
        if published is None:
            raise ModelError(
                "These are weights of a FAN, but 2D-FAN and 3D-FAN are alike inside and the name says nothing.",
                remedy='Say which it is: "neuface models add --as fan-2d PATH".',
                path=path,
            )
    return Wanted(published or wish, details=details)


def _rows(state: Mapping[str, Any], name: str) -> int:
    tensor = state.get(name)
    return int(tensor.shape[0]) if isinstance(tensor, StoredTensor) and tensor.shape else 0


def _at(content: Any, prefix: tuple[str, ...]) -> Any:
    for name in prefix:
        content = content[name] if isinstance(content, dict) and name in content else {}
    return content


def _flat(content: Any, before: str = "") -> dict[str, Any]:
    if not isinstance(content, dict):
        return {}
    found: dict[str, Any] = {}
    for name, value in content.items():
        whole = f"{before}{name}"
        if isinstance(value, dict):
            found |= _flat(value, f"{whole}.")
        else:
            found[whole] = value
    return found


def _unusable(why: str, path: Path) -> ModelError:
    return ModelError(
        f"This checkpoint cannot be used: {why}.", remedy="Get the original file (docs/models.md).", path=path
    )
