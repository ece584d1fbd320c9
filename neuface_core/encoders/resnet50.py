"""ResNet-50 without its last layer, the trunk of DECA and EMOCA: a picture to 2048 numbers.

Written from He et al. 2016 with the one change that torchvision made and that all later weights have: where the size is
halved, the 3 x 3 convolution does it and not the 1 x 1 before it. Weights have torchvision's names, so that a state
dictionary fits as it is.

Its batch normalisations never learn here: their statistics and factors are those of the file, in training too, as in
NeuFace's published code. A convolution and the normalisation behind it are then one convolution with other weights,
which is how they are computed: nothing but the inputs of the convolutions has to be kept for the way back.
"""

from __future__ import annotations

from collections.abc import Iterator

import torch
from torch import Tensor, nn
from torch.nn import functional

N_FEATURES = 2048
_BLOCKS = (3, 4, 6, 3)
_WIDTHS = (64, 128, 256, 512)
_EXPANSION = 4
_EPSILON = 1e-5


class FrozenNorm(nn.Module):
    """A batch normalisation whose four vectors are data, not weights."""

    weight: Tensor
    bias: Tensor
    running_mean: Tensor
    running_var: Tensor

    def __init__(self, width: int) -> None:
        super().__init__()
        self.register_buffer("weight", torch.ones(width))
        self.register_buffer("bias", torch.zeros(width))
        self.register_buffer("running_mean", torch.zeros(width))
        self.register_buffer("running_var", torch.ones(width))

    def factor_and_shift(self) -> tuple[Tensor, Tensor]:
        """What it does to each channel (width,)."""
        factor = self.weight * torch.rsqrt(self.running_var + _EPSILON)
        return factor, self.bias - self.running_mean * factor


def _normed(x: Tensor, convolution: nn.Conv2d, norm: FrozenNorm) -> Tensor:
    """`norm(convolution(x))` in one step."""
    factor, shift = norm.factor_and_shift()
    weight = convolution.weight * factor[:, None, None, None]
    return functional.conv2d(x, weight, shift, convolution.stride, convolution.padding)


def _convolution(n_in: int, n_out: int, size: int, stride: int = 1) -> nn.Conv2d:
    return nn.Conv2d(n_in, n_out, size, stride, padding=size // 2, bias=False)


class Bottleneck(nn.Module):
    """1 x 1, 3 x 3 and 1 x 1 convolutions beside a short cut."""

    def __init__(self, n_in: int, width: int, stride: int = 1) -> None:
        super().__init__()
        n_out = _EXPANSION * width
        self.conv1, self.bn1 = _convolution(n_in, width, 1), FrozenNorm(width)
        self.conv2, self.bn2 = _convolution(width, width, 3, stride), FrozenNorm(width)
        self.conv3, self.bn3 = _convolution(width, n_out, 1), FrozenNorm(n_out)
        self.downsample: nn.Sequential | None = None
        if stride != 1 or n_in != n_out:
            self.downsample = nn.Sequential(_convolution(n_in, n_out, 1, stride), FrozenNorm(n_out))

    def forward(self, x: Tensor) -> Tensor:
        """Maps (N, n_in, H, W) to (N, n_out, H / stride, W / stride)."""
        past = x
        if self.downsample is not None:
            convolution, norm = self.downsample
            assert isinstance(convolution, nn.Conv2d)
            assert isinstance(norm, FrozenNorm)
            past = _normed(x, convolution, norm)
        out = functional.relu_(_normed(x, self.conv1, self.bn1))
        out = functional.relu_(_normed(out, self.conv2, self.bn2))
        out = _normed(out, self.conv3, self.bn3)
        return functional.relu_(out.add_(past))


class ResNet50(nn.Module):
    """The trunk, cut in two before its last stage: three quarters of its work, a third of its weights, lie before."""

    def __init__(self) -> None:
        super().__init__()
        self.conv1, self.bn1 = _convolution(3, 64, 7, 2), FrozenNorm(64)
        n_in = 64
        for number, (blocks, width) in enumerate(zip(_BLOCKS, _WIDTHS, strict=True), start=1):
            stage = []
            for block in range(blocks):
                stage.append(Bottleneck(n_in, width, 2 if number > 1 and block == 0 else 1))
                n_in = _EXPANSION * width
            self.add_module(f"layer{number}", nn.Sequential(*stage))
        self.side_by_side()

    def side_by_side(self) -> None:
        """Lay the channels of the weights side by side, as `early` does with the pictures."""
        self.to(memory_format=torch.channels_last)  # type: ignore[call-overload]  # the stub does not know it

    def forward(self, images: Tensor) -> Tensor:
        """Images (N, 3, 224, 224) to features (N, 2048)."""
        return self.late(self.early(images))

    def early(self, images: Tensor) -> Tensor:
        """Images (N, 3, S, S) to the maps (N, 1024, S / 16, S / 16) before the last stage."""
        # Channels side by side: a sixth less time on a processor.
        images = images.contiguous(memory_format=torch.channels_last)
        x = functional.relu_(_normed(images, self.conv1, self.bn1))
        x = functional.max_pool2d(x, 3, 2, 1)
        for name in ("layer1", "layer2", "layer3"):
            x = self._stage(name)(x)
        return x

    def late(self, maps: Tensor) -> Tensor:
        """The last stage, and the mean over the picture."""
        out: Tensor = self._stage("layer4")(maps)
        return out.mean(dim=(2, 3))

    def late_parameters(self) -> Iterator[nn.Parameter]:
        """Weights of the last stage."""
        yield from self._stage("layer4").parameters()

    def _stage(self, name: str) -> nn.Sequential:
        stage = self.get_submodule(name)
        assert isinstance(stage, nn.Sequential)
        return stage
