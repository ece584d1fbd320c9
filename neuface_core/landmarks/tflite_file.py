"""What stands in a .tflite file: constants, operators in order, shapes; the flatbuffer is read here and only here."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import tflite
from numpy.typing import NDArray

from neuface_core.errors import ModelError

_OPERATOR_NAMES = {v: k for k, v in vars(tflite.BuiltinOperator).items() if not k.startswith("_")}
_DTYPES: Mapping[int, type[np.generic]] = {
    tflite.TensorType.FLOAT32: np.float32,
    tflite.TensorType.FLOAT16: np.float16,
    tflite.TensorType.INT32: np.int32,
}


@dataclass(frozen=True, slots=True)
class Operator:
    """One step of the graph: tensor numbers in and out, and its options in the file."""

    name: str
    inputs: tuple[int, ...]
    output: int
    raw: Any

    def options(self, kind: Any) -> Any:
        """The operator's options as the table `kind` of the `tflite` package."""
        table = self.raw.BuiltinOptions()
        options = kind()
        options.Init(table.Bytes, table.Pos)
        return options


class TfliteFile:
    """The first graph of a .tflite file.

    Parameters
    ----------
    content
        The bytes of the file.
    path
        Where they came from, for messages.

    Attributes
    ----------
    constants
        Tensor number to its stored values; weights in half precision are widened to float32.
    operators
        In order of execution, without the DEQUANTIZE operators that are resolved in `constants`.
    input_index, output_indices
        Tensor numbers of the graph's ends.

    Raises
    ------
    ModelError
        When it is not such a file.
    """

    def __init__(self, content: bytes, path: Path) -> None:
        if content[4:8] != b"TFL3":
            raise ModelError("This is not a TensorFlow Lite model.", remedy="Install the models again.", path=path)
        self.path = path
        self._model = tflite.Model.GetRootAsModel(content, 0)
        self._graph = self._model.Subgraphs(0)
        self.constants: dict[int, NDArray[Any]] = {}
        for index in range(self._graph.TensorsLength()):
            tensor = self._graph.Tensors(index)
            buffer = self._model.Buffers(tensor.Buffer())
            if buffer is not None and buffer.DataLength():
                self.constants[index] = buffer.DataAsNumpy().view(_DTYPES[tensor.Type()]).reshape(self.shape(index))
        self.operators = self._resolved()
        self.input_index = int(self._graph.InputsAsNumpy()[0])
        self.output_indices = tuple(int(i) for i in self._graph.OutputsAsNumpy())

    def shape(self, index: int) -> tuple[int, ...]:
        """Shape of a tensor as the file has it, channels last; () for a single number."""
        tensor = self._graph.Tensors(index)
        return tuple(int(s) for s in tensor.ShapeAsNumpy()) if tensor.ShapeLength() else ()

    def _resolved(self) -> tuple[Operator, ...]:
        found = []
        for number in range(self._graph.OperatorsLength()):
            raw = self._graph.Operators(number)
            inputs = tuple(int(i) for i in raw.InputsAsNumpy())
            output = int(raw.OutputsAsNumpy()[0])
            code = self._model.OperatorCodes(raw.OpcodeIndex())
            # Files written before schema v3a keep the number in the deprecated field only.
            name = str(_OPERATOR_NAMES[max(code.BuiltinCode(), code.DeprecatedBuiltinCode())])
            if name == "DEQUANTIZE":
                self.constants[output] = self.constants[inputs[0]].astype(np.float32)
            else:
                found.append(Operator(name, inputs, output, raw))
        return tuple(found)
