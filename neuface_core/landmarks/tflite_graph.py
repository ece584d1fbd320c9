"""A TensorFlow Lite graph as a torch module: read once, then plain convolutions that can be batched and trained.

Only the operators of the face-mesh networks are known; any other raises. Data runs as (N, C, H, W). Two things differ
between the frameworks and decide whether the answer is the same:

- "SAME" padding puts the odd pixel at the bottom and the right, so a stride-2 convolution pads (0, 1), not (1, 1).
- The weights are stored in half precision behind DEQUANTIZE operators, which are resolved while reading.
"""

from __future__ import annotations

import copy
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, NamedTuple

import tflite
import torch
from torch import Tensor, nn
from torch.nn import functional

from neuface_core.errors import ModelError
from neuface_core.landmarks.tflite_file import Operator, TfliteFile


@dataclass(frozen=True, slots=True)
class Node:
    """One operator: which tensors it reads and which it makes; its module stands at `TfliteGraph.operators[index]`."""

    index: int
    operator: str
    inputs: tuple[int, ...]
    output: int
    shape: tuple[int, ...]
    """Shape of the output as (N, C, H, W); N is 1."""


class _Step(NamedTuple):
    operator: int
    inputs: tuple[int, ...]
    output: int
    spent: tuple[int, ...]
    """Tensors that no later step reads: let go, so that long batches stay small."""


class _SamePadded(nn.Module):
    """A convolution or pooling behind the padding that TensorFlow calls SAME (left, right, top, bottom)."""

    def __init__(self, inner: nn.Module, padding: tuple[int, int, int, int], value: float = 0.0) -> None:
        super().__init__()
        self.inner = inner
        self.padding = padding
        self.value = value

    def forward(self, x: Tensor) -> Tensor:
        out: Tensor = self.inner(functional.pad(x, self.padding, value=self.value))
        return out


class _Add(nn.Module):
    def forward(self, a: Tensor, b: Tensor) -> Tensor:
        return a + b


class _Pad(nn.Module):
    def __init__(self, padding: tuple[int, ...]) -> None:
        super().__init__()
        self.padding = padding

    def forward(self, x: Tensor) -> Tensor:
        return functional.pad(x, self.padding)


class TfliteGraph(nn.Module):
    """The operators of a graph in their order of execution.

    Attributes
    ----------
    nodes
        The operators, in order.
    operators
        Their modules; weights are parameters.
    input_size
        Height and width of the input image, in pixels.
    input_index, output_indices
        Tensor numbers of the graph's ends.
    """

    def __init__(
        self,
        nodes: Sequence[Node],
        operators: Sequence[nn.Module],
        input_size: tuple[int, int],
        input_index: int,
        output_indices: tuple[int, ...],
    ) -> None:
        super().__init__()
        self.nodes = tuple(nodes)
        self.operators = nn.ModuleList(operators)
        self.input_size = input_size
        self.input_index = input_index
        self.output_indices = output_indices
        self._plans: dict[tuple[int, tuple[int, ...]], tuple[_Step, ...]] = {}

    def forward(self, x: Tensor, start: int, wanted: tuple[int, ...]) -> tuple[Tensor, ...]:
        """Run the operators that `wanted` needs, with tensor `start` given as `x`.

        Parameters
        ----------
        x : (N, C, H, W) Tensor
            Value of the tensor `start`, which must be the only one that crosses that point (see `single_cuts`).
        start
            Tensor number of `x`.
        wanted
            Tensor numbers to return, in this order.
        """
        values = {start: x}
        operators = list(self.operators)
        for step in self._plan(start, wanted):
            values[step.output] = operators[step.operator](*[values[i] for i in step.inputs])
            for index in step.spent:
                del values[index]
        return tuple(values[index] for index in wanted)

    def _plan(self, start: int, wanted: tuple[int, ...]) -> tuple[_Step, ...]:
        """What to run, kept: working it out costs as much as a layer, at every call."""
        plan = self._plans.get((start, wanted))
        if plan is None:
            needed = self.needed_nodes(start, wanted)
            last_use = {index: node.index for node in needed for index in node.inputs}
            plan = tuple(
                _Step(
                    node.index,
                    node.inputs,
                    node.output,
                    tuple(i for i in set(node.inputs) if last_use[i] == node.index and i not in wanted),
                )
                for node in needed
            )
            self._plans[(start, wanted)] = plan
        return plan

    def needed_nodes(self, start: int, wanted: Sequence[int]) -> tuple[Node, ...]:
        """Operators between the tensor `start` and the tensors `wanted`, in order."""
        by_output = {node.output: node for node in self.nodes}
        needed: set[int] = set()
        open_ends = [index for index in wanted if index != start]
        while open_ends:
            index = open_ends.pop()
            if index not in by_output:
                raise ValueError(f"tensor {index} does not follow from tensor {start}")
            node = by_output[index]
            if node.index not in needed:
                needed.add(node.index)
                open_ends += [i for i in node.inputs if i != start]
        return tuple(self.nodes[i] for i in sorted(needed))

    def part(self, start: int, wanted: tuple[int, ...]) -> TfliteGraph:
        """A graph of copies of the operators between the tensor `start` and the tensors `wanted`."""
        nodes = self.needed_nodes(start, wanted)
        operators = [copy.deepcopy(self.operators[node.index]) for node in nodes]
        numbered = [replace(node, index=index) for index, node in enumerate(nodes)]
        return TfliteGraph(numbered, operators, self.input_size, start, wanted)

    def single_cuts(self, wanted: Sequence[int]) -> tuple[int, ...]:
        """Tensors from which alone all of `wanted` follow, in order: where activations can be cached."""
        cuts = []
        for node in self.nodes:
            done = {n.output for n in self.nodes[: node.index + 1]} | {self.input_index}
            later = {i for n in self.nodes[node.index + 1 :] for i in n.inputs} | set(wanted)
            if done & later == {node.output}:
                cuts.append(node.output)
        return tuple(cuts)


def load_graph(content: bytes, path: Path) -> TfliteGraph:
    """Convert the first graph of a .tflite file.

    Parameters
    ----------
    content
        The bytes of the file.
    path
        Where they came from, for messages.

    Raises
    ------
    ModelError
        When it is not such a file, or has an operator that is not known here.
    """
    return _Converter(TfliteFile(content, path)).graph()


class _Converter:
    """Turns the operators of a file into modules; one method an operator."""

    def __init__(self, file: TfliteFile) -> None:
        self.file = file
        self.constants = file.constants

    def graph(self) -> TfliteGraph:
        nodes: list[Node] = []
        operators: list[nn.Module] = []
        for operator in self.file.operators:
            operators.append(self._module(operator))
            data = tuple(i for i in operator.inputs if i not in self.constants)
            nodes.append(Node(len(nodes), operator.name, data, operator.output, self._nchw_shape(operator.output)))
        height, width = self.file.shape(self.file.input_index)[1:3]
        return TfliteGraph(nodes, operators, (height, width), self.file.input_index, self.file.output_indices)

    def _nchw_shape(self, index: int) -> tuple[int, ...]:
        shape = self.file.shape(index)
        return (shape[0], shape[3], shape[1], shape[2]) if len(shape) == 4 else shape

    def _module(self, operator: Operator) -> nn.Module:
        name, inputs = operator.name, operator.inputs
        if name == "CONV_2D":
            return self._convolution(operator.options(tflite.Conv2DOptions), inputs, depthwise=False)
        if name == "DEPTHWISE_CONV_2D":
            return self._convolution(operator.options(tflite.DepthwiseConv2DOptions), inputs, depthwise=True)
        if name == "MAX_POOL_2D":
            options = operator.options(tflite.Pool2DOptions)
            size, stride = (options.FilterHeight(), options.FilterWidth()), (options.StrideH(), options.StrideW())
            return self._padded(nn.MaxPool2d(size, stride), options, inputs[0], size, stride, value=float("-inf"))
        if name == "PRELU":
            slope = self.constants[inputs[1]].reshape(-1)
            prelu = nn.PReLU(len(slope))
            prelu.weight.data.copy_(torch.from_numpy(slope.copy()))
            return prelu
        if name == "PAD":
            pads = self.constants[inputs[1]]
            # functional.pad wants the last axis first; ours are N, C, H, W, the file's are N, H, W, C.
            by_axis = [pads[0], pads[3], pads[1], pads[2]]
            return _Pad(tuple(int(v) for axis in reversed(by_axis) for v in axis))
        if name == "ADD":
            self._no_activation(operator.options(tflite.AddOptions))
            return _Add()
        if name == "LOGISTIC":
            return nn.Sigmoid()
        if name == "RESHAPE":
            return nn.Flatten()
        raise ModelError(f"The network uses the operator {name}, which is not known here.", path=self.file.path)

    def _convolution(self, options: Any, inputs: tuple[int, ...], *, depthwise: bool) -> nn.Module:
        self._no_activation(options)
        weight = self.constants[inputs[1]].transpose((3, 0, 1, 2) if depthwise else (0, 3, 1, 2))
        if depthwise and options.DepthMultiplier() != 1:
            raise ModelError("A depthwise convolution has a multiplier, which is not known here.", path=self.file.path)
        outs, ins, height, width = weight.shape
        stride = (options.StrideH(), options.StrideW())
        convolution = nn.Conv2d(
            outs if depthwise else ins, outs, (height, width), stride, groups=outs if depthwise else 1
        )
        assert convolution.bias is not None
        # Copies: some networks share one bias among many layers, and each layer is trained for itself.
        convolution.weight.data = torch.from_numpy(weight.copy()).contiguous(memory_format=torch.channels_last)
        convolution.bias.data.copy_(torch.from_numpy(self.constants[inputs[2]].copy()))
        return self._padded(convolution, options, inputs[0], (height, width), stride)

    def _padded(
        self,
        inner: nn.Conv2d | nn.MaxPool2d,
        options: Any,
        source: int,
        size: tuple[int, int],
        stride: tuple[int, int],
        value: float = 0.0,
    ) -> nn.Module:
        if options.Padding() == tflite.Padding.VALID:
            return inner
        height, width = self._nchw_shape(source)[2:]
        top, bottom = _same_padding(height, size[0], stride[0])
        left, right = _same_padding(width, size[1], stride[1])
        if (top, left) == (bottom, right):
            inner.padding = (top, left)  # the convolution's own padding saves a copy of the image
            return inner
        return _SamePadded(inner, (left, right, top, bottom), value)

    def _no_activation(self, options: Any) -> None:
        if options.FusedActivationFunction() != tflite.ActivationFunctionType.NONE:
            raise ModelError("A layer has a fused activation, which is not known here.", path=self.file.path)


def _same_padding(length: int, size: int, stride: int) -> tuple[int, int]:
    total = max((-(-length // stride) - 1) * stride + size - length, 0)
    return total // 2, total - total // 2
