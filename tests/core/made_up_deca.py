"""Weights in the layout of DECA's and EMOCA's files that no face went into, for tests and benchmarks."""

import math
from pathlib import Path

import torch
from flame_files import write_flame, write_landmark_embedding, write_masks
from made_up_flame import embeddings, flame_entries
from model_files import write_emoca
from torch import Tensor

from neuface_core.models import ASSETS, data_folder

_BLOCKS = {"layer1": (3, 64, 64), "layer2": (4, 256, 128), "layer3": (6, 512, 256), "layer4": (3, 1024, 512)}


def resnet50_tensors(seed: int = 0) -> dict[str, Tensor]:
    """State dictionary of torchvision's ResNet-50 without `fc`: sizes of Table 1 in He et al. 2016, its names."""
    generator = torch.Generator().manual_seed(seed)
    tensors: dict[str, Tensor] = {}

    def add(convolution: str, norm: str, n_out: int, n_in: int, size: int, gain: float = 1.0) -> None:
        spread = math.sqrt(2 / (n_in * size * size))
        tensors[f"{convolution}.weight"] = spread * torch.randn((n_out, n_in, size, size), generator=generator)
        draw = torch.rand((4, n_out), generator=generator)
        tensors[f"{norm}.weight"] = gain * (0.5 + draw[0])
        tensors[f"{norm}.bias"] = 0.2 * (draw[1] - 0.5)
        tensors[f"{norm}.running_mean"] = 0.2 * (draw[2] - 0.5)
        tensors[f"{norm}.running_var"] = 0.5 + draw[3]
        tensors[f"{norm}.num_batches_tracked"] = torch.tensor(1000)

    add("conv1", "bn1", 64, 3, 7)
    for layer, (blocks, n_first, width) in _BLOCKS.items():
        for block in range(blocks):
            name, n_in = f"{layer}.{block}", n_first if block == 0 else 4 * width
            add(f"{name}.conv1", f"{name}.bn1", width, n_in, 1)
            add(f"{name}.conv2", f"{name}.bn2", width, width, 3)
            add(f"{name}.conv3", f"{name}.bn3", 4 * width, width, 1, gain=0.3)
            if block == 0:
                add(f"{name}.downsample.0", f"{name}.downsample.1", 4 * width, n_in, 1, gain=0.5)
    return tensors


def coarse_tensors(seed: int = 0, n_out: int = 236) -> dict[str, Tensor]:
    """State dictionary of `E_flame` (236 outputs) or `E_expression` (50, 53, 56); a head in the middle of the crop."""
    generator = torch.Generator().manual_seed(seed + 1)
    tensors = {f"encoder.{name}": value for name, value in resnet50_tensors(seed).items()}
    tensors["layers.0.weight"] = 0.03 * torch.randn((1024, 2048), generator=generator)
    tensors["layers.0.bias"] = torch.zeros(1024)
    tensors["layers.2.weight"] = 0.003 * torch.randn((n_out, 1024), generator=generator)
    tensors["layers.2.bias"] = torch.zeros(n_out)
    if n_out == 236:
        tensors["layers.2.bias"][206] = 8.0
    return tensors


def write_data_folder(folder: Path) -> Path:
    """A folder like DECA's `data`: FLAME, its landmarks and regions, and `deca_model.tar` in half precision."""
    folder.mkdir(parents=True, exist_ok=True)
    entries = flame_entries()
    write_flame(folder / "generic_model.pkl", entries)
    write_landmark_embedding(folder / "landmark_embedding.npy", embeddings(entries))
    write_masks(folder / "FLAME_masks.pkl", entries)
    state = {name: _halved(value) for name, value in coarse_tensors().items()}
    detail = {"encoder.conv1.weight": torch.zeros(64, 3, 7, 7)}
    torch.save({"E_flame": state, "E_detail": detail, "D_detail": {}}, folder / "deca_model.tar")
    return folder


def write_emoca_folder(folder: Path, rows: int = 53) -> Path:
    """A model folder of EMOCA with such networks, and its settings as objects inside the checkpoint."""
    models = {"deca.E_flame.": coarse_tensors(), "deca.E_expression.": coarse_tensors(seed=7, n_out=rows)}
    state = {prefix + name: _halved(value) for prefix, part in models.items() for name, value in part.items()}
    return write_emoca(folder, rows=rows, state=state)


def link_installed(folder: Path) -> Path:
    """A folder for model files that has those which setup installed; what is added goes into it alone."""
    folder.mkdir(parents=True, exist_ok=True)
    for entry in ASSETS:
        if (installed := data_folder() / entry.file).is_file():
            (folder / entry.file).symlink_to(installed)
    return folder


def _halved(tensor: Tensor) -> Tensor:
    return tensor.half() if tensor.is_floating_point() else tensor
