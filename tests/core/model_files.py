"""Checkpoints in the formats of DECA, EMOCA and face-alignment, with made-up weights.

All weights of a network are views of one small storage: the file has the names and shapes of the original and a tenth
of its size. Networks that run on them answer nonsense, but the same nonsense every time.
"""

from __future__ import annotations

from collections import OrderedDict
from pathlib import Path
from typing import Any

import torch
from torch import Tensor


def resnet50_shapes() -> dict[str, tuple[int, ...]]:
    """Names and shapes of torchvision's ResNet-50 without its last layer."""
    shapes: dict[str, tuple[int, ...]] = {"conv1.weight": (64, 3, 7, 7)}

    def norm(name: str, n: int) -> None:
        shapes.update({f"{name}.{part}": (n,) for part in ("weight", "bias", "running_mean", "running_var")})

    norm("bn1", 64)
    before = 64
    for layer, (count, width) in enumerate(((3, 64), (4, 128), (6, 256), (3, 512)), start=1):
        for block in range(count):
            at = f"layer{layer}.{block}"
            sizes = ((width, before, 1, 1), (width, width, 3, 3), (4 * width, width, 1, 1))
            for number, size in enumerate(sizes, start=1):
                shapes[f"{at}.conv{number}.weight"] = size
                norm(f"{at}.bn{number}", size[0])
            if block == 0:
                shapes[f"{at}.downsample.0.weight"] = (4 * width, before, 1, 1)
                norm(f"{at}.downsample.1", 4 * width)
            before = 4 * width
    return shapes


def coarse_weights(rows: int = 236, seed: int = 0) -> dict[str, Tensor]:
    """The state dictionary of `E_flame` (236 rows) or of EMOCA's `E_expression` (50, 53, 56)."""
    shapes = {f"encoder.{name}": shape for name, shape in resnet50_shapes().items()}
    shapes |= {
        "layers.0.weight": (1024, 2048),
        "layers.0.bias": (1024,),
        "layers.2.weight": (rows, 1024),
        "layers.2.bias": (rows,),
    }
    generator = torch.Generator().manual_seed(seed)
    noise = 0.02 * torch.randn(512 * 512 * 9, generator=generator)
    ones = torch.ones(2048)
    made = OrderedDict()
    for name, shape in shapes.items():
        count = int(torch.tensor(shape).prod())
        is_one = name.endswith("running_var") or (".bn" in name and name.endswith("weight"))
        made[name] = (ones if is_one or name.endswith("downsample.1.weight") else noise)[:count].view(shape)
    return made


def write_deca(path: Path, rows: int = 236) -> Path:
    """`deca_model.tar` as it is published: three networks, of which two are of no interest here."""
    detail = {"encoder.conv1.weight": torch.zeros(64, 3, 7, 7)}
    torch.save({"E_flame": coarse_weights(rows), "E_detail": detail, "D_detail": {"init_size": torch.tensor(8)}}, path)
    return path


class Configuration:
    """Stands for the objects of OmegaConf in EMOCA's checkpoints: a class that the reader does not have."""

    def __init__(self, **content: Any) -> None:
        self.__dict__.update(_content=content, _metadata={"flags": {}})


Configuration.__module__, Configuration.__qualname__, Configuration.__name__ = (
    "omegaconf.dictconfig",
    "DictConfig",
    "DictConfig",
)


def write_emoca(
    folder: Path, name: str = "EMOCA_v2_lr_mse_20", rows: int = 50, state: dict[str, Tensor] | None = None
) -> Path:
    """A model folder of EMOCA: settings, and checkpoints of both stages with objects inside."""
    import sys
    import types

    if state is None:
        state = {f"deca.E_flame.{key}": value for key, value in coarse_weights().items()}
        state |= {f"deca.E_expression.{key}": value for key, value in coarse_weights(rows, seed=1).items()}
    state["deca.flame.shapedirs"] = torch.zeros(5, 3, 4)
    model = folder / name
    omegaconf, module = types.ModuleType("omegaconf"), types.ModuleType("omegaconf.dictconfig")
    module.DictConfig = Configuration  # type: ignore[attr-defined]
    known = {key: sys.modules.get(key) for key in ("omegaconf", "omegaconf.dictconfig")}
    sys.modules.update({"omegaconf": omegaconf, "omegaconf.dictconfig": module})
    try:
        for stage, losses in (("coarse", ("0.30",)), ("detail", ("0.52", "0.41"))):
            (model / stage / "checkpoints").mkdir(parents=True)
            for loss in losses:
                content = {
                    "epoch": 3,
                    "global_step": 1000,
                    "state_dict": OrderedDict(state),
                    "optimizer_states": [{"state": {}, "param_groups": [{"lr": 1e-5}]}],
                    "hyper_parameters": {"config": Configuration(model="EMOCA", expression_backbone="deca_clone")},
                }
                torch.save(content, model / stage / "checkpoints" / f"deca-epoch=03-val_loss={loss}.ckpt")
    finally:
        for key, value in known.items():
            if value is None:
                sys.modules.pop(key)
            else:
                sys.modules[key] = value
    (model / "cfg.yaml").write_text("coarse:\n  model: {}\ndetail:\n  model: {}\n", encoding="utf-8")
    return model


def write_fan(path: Path, seed: int = 0) -> Path:
    """Weights of the right names and shapes for face-alignment 1.5, random."""
    from face_alignment.models import FAN

    torch.manual_seed(seed)
    noise = 0.05 * torch.randn(1 << 20)
    small = OrderedDict()
    for name, value in FAN(4).state_dict().items():
        random = value.dtype == torch.float32 and "running" not in name and value.ndim > 1
        small[name] = noise[: value.numel()].view(value.shape) if random else value
    torch.save(small, path)
    return path
