"""ResNet-50 gives what the published architecture gives with the same weights, and learns like it."""

from __future__ import annotations

import copy

import pytest
import torch
from made_up_deca import resnet50_tensors
from torch import Tensor
from torch.nn import functional

from neuface_core.encoders.resnet50 import ResNet50

N_WEIGHTS = 25_557_032 - 2049 * 1000
"""torchvision's count for ResNet-50, less its last layer."""


@pytest.fixture(scope="module")
def tensors() -> dict[str, Tensor]:
    return resnet50_tensors()


@pytest.fixture(scope="module")
def network(tensors: dict[str, Tensor]) -> ResNet50:
    trunk = ResNet50()
    trunk.load_state_dict({name: value for name, value in tensors.items() if not name.endswith("tracked")})
    return trunk


@pytest.fixture(scope="module")
def images() -> Tensor:
    return torch.rand((2, 3, 224, 224), generator=torch.Generator().manual_seed(1))


def by_the_book(x: Tensor, tensors: dict[str, Tensor]) -> Tensor:
    """The published network layer by layer, convolutions and normalisations apart, as torchvision computes it.

    Written from the paper and torchvision's documentation, since torchvision cannot be installed beside every torch.
    """

    def conv(x: Tensor, name: str, norm: str, stride: int = 1, padding: int = 0) -> Tensor:
        x = functional.conv2d(x, tensors[f"{name}.weight"], stride=stride, padding=padding)
        keys = ("running_mean", "running_var", "weight", "bias")
        return functional.batch_norm(x, *(tensors[f"{norm}.{key}"] for key in keys), training=False, eps=1e-5)

    x = functional.relu(conv(x, "conv1", "bn1", 2, 3))
    x = functional.max_pool2d(x, kernel_size=3, stride=2, padding=1)
    for layer, blocks in ((1, 3), (2, 4), (3, 6), (4, 3)):
        for block in range(blocks):
            name = f"layer{layer}.{block}"
            stride = 2 if layer > 1 and block == 0 else 1
            out = functional.relu(conv(x, f"{name}.conv1", f"{name}.bn1"))
            out = functional.relu(conv(out, f"{name}.conv2", f"{name}.bn2", stride, 1))
            out = conv(out, f"{name}.conv3", f"{name}.bn3")
            if block == 0:
                x = conv(x, f"{name}.downsample.0", f"{name}.downsample.1", stride)
            x = functional.relu(out + x)
    return torch.flatten(functional.avg_pool2d(x, 7), 1)


def test_names_and_number_of_weights_are_torchvisions(network: ResNet50, tensors: dict[str, Tensor]) -> None:
    state = network.state_dict()
    counters = {name for name in tensors if name.endswith("num_batches_tracked")}
    assert set(state) == set(tensors) - counters
    assert sum(v.numel() for n, v in state.items() if "running" not in n) == N_WEIGHTS


def test_features_are_those_of_the_published_network(
    network: ResNet50, tensors: dict[str, Tensor], images: Tensor
) -> None:
    with torch.no_grad():
        wanted, found = by_the_book(images, tensors), network(images)
    assert wanted.std() > 0.1
    torch.testing.assert_close(found, wanted, atol=2e-5, rtol=1e-4)


def test_gradients_are_those_of_the_published_network(
    network: ResNet50, tensors: dict[str, Tensor], images: Tensor
) -> None:
    # In double precision: a rectifier that rounding tips over is a jump of the gradient.
    exact, image = copy.deepcopy(network).double(), images[:1].double()
    plain = {name: value.double() for name, value in tensors.items()}
    names = ("conv1.weight", "layer2.0.downsample.0.weight", "layer4.2.conv3.weight")
    free = {name: plain[name].clone().requires_grad_() for name in names}
    way = torch.randn((1, 2048), generator=torch.Generator().manual_seed(2), dtype=torch.float64)
    book = (by_the_book(image, {**plain, **free}) * way).sum()
    wanted = torch.autograd.grad(book, list(free.values()))
    found = torch.autograd.grad((exact(image) * way).sum(), [exact.get_parameter(name) for name in names])
    for ours, theirs in zip(found, wanted, strict=True):
        torch.testing.assert_close(ours, theirs, atol=1e-9 * float(theirs.abs().max()), rtol=1e-9)


def test_training_leaves_the_normalisations_alone(network: ResNet50, images: Tensor) -> None:
    before = {name: value.clone() for name, value in network.named_buffers()}
    assert not any("bn" in name or "downsample.1" in name for name, _ in network.named_parameters())
    network.train()
    first, second = network(images[:1]), network(images)[:1]
    network.eval()
    torch.testing.assert_close(first, second, atol=1e-6, rtol=1e-5)
    assert all(torch.equal(before[name], value) for name, value in network.named_buffers())
