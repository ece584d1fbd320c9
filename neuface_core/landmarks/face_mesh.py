"""MediaPipe's face mesh as a torch network: the points of a face in an upright crop, the trunk of the open encoder.

Converted one to one from the .tflite file (see `tflite_graph`); against the TensorFlow Lite interpreter the points
differ by less than 0.001 px. Both versions take RGB in [0, 1]. Version 1 sees 192 x 192 pixels and gives 468 points;
version 2 sees 256 x 256 and gives 478: 468..472 the subject's right iris (468 its centre), 473..477 the left.
"""

from __future__ import annotations

import zipfile
from dataclasses import dataclass
from typing import Literal

import torch
from torch import Tensor, nn

from neuface_core.errors import ModelError
from neuface_core.landmarks.tflite_graph import TfliteGraph, load_graph
from neuface_core.models import INSTALL_REMEDY, model_path

Version = Literal["v1", "v2"]
IMAGE = "image"


@dataclass(frozen=True, slots=True)
class _Ends:
    """Tensor numbers in the pinned files: their SHA-256 is checked, so the numbers hold."""

    asset: str
    points: int
    score: int
    maps: tuple[int, int]


_ENDS: dict[str, _Ends] = {
    "v1": _Ends("face_mesh_v1", points=213, score=210, maps=(141, 179)),
    "v2": _Ends("face_mesh_v2", points=473, score=472, maps=(408, 439)),
}
_TASK_MEMBER = "face_landmarks_detector.tflite"


@dataclass(frozen=True, slots=True)
class Stage:
    """A place in the network that a single activation crosses: below it can be frozen and cached, above it trained.

    Attributes
    ----------
    name
        "image" for the input, else the side of the map in cells: "96", "48", "24", "12", "6" (version 1).
    shape
        (C, H, W) of the activation.
    """

    name: str
    shape: tuple[int, int, int]
    tensor: int


@dataclass(frozen=True, slots=True)
class MeshFeatures:
    """What the network knows about N faces.

    Attributes
    ----------
    maps
        Two late maps, at 1/32 and 1/64 of the input. Version 1: (N, 128, 6, 6) and (N, 128, 3, 3); version 2:
        (N, 128, 8, 8) and (N, 128, 4, 4).
    points : (N, P, 3)
        x, y in input pixels, counted from the corner of the image (its middle is S / 2, the centre of the first pixel
        0.5), z on the same scale, smaller is nearer.
    score : (N,)
        That there is a face in the crop, in [0, 1].
    """

    maps: tuple[Tensor, Tensor]
    points: Tensor
    score: Tensor


class FaceMesh(nn.Module):
    """The face-mesh network; make it with `FaceMesh.load`.

    Attributes
    ----------
    version
        "v1" or "v2".
    input_size
        Side of the square input, in pixels.
    n_points
        468 or 478.
    stages
        Cut points from the image to the late maps, in order. Training "from" a stage means the weights behind it:
        cache ``activation(images, stage)`` once, then call ``features_from(activation, stage)`` every iteration and
        give ``stage_parameters(stage)`` to the optimiser.
    """

    def __init__(self, graph: TfliteGraph, version: Version) -> None:
        super().__init__()
        self.graph = graph
        self.version: Version = version
        self.input_size = graph.input_size[0]
        self._ends = _ENDS[version]
        self._wanted = (*self._ends.maps, self._ends.points, self._ends.score)
        shapes = {node.output: node.shape for node in graph.nodes}
        self.n_points = shapes[self._ends.points][1] // 3
        last_of_side: dict[int, Stage] = {}
        for cut in graph.single_cuts(self._wanted):
            channels, height, width = shapes[cut][1:]
            last_of_side[height] = Stage(str(height), (channels, height, width), cut)
        image = Stage(IMAGE, (3, self.input_size, self.input_size), graph.input_index)
        self.stages: tuple[Stage, ...] = (image, *last_of_side.values())

    @classmethod
    def load(cls, version: Version = "v1", device: torch.device | str = "cpu") -> FaceMesh:
        """Read the installed file of `version` onto `device`; weights are trainable parameters.

        Raises
        ------
        ModelError
            When the file is not installed or damaged.
        """
        path = model_path(_ENDS[version].asset)
        content = path.read_bytes()
        if path.suffix == ".task":
            try:
                with zipfile.ZipFile(path) as task:
                    content = task.read(_TASK_MEMBER)
            except (zipfile.BadZipFile, KeyError) as error:
                raise ModelError("The face mesh file is damaged.", remedy=INSTALL_REMEDY, path=path) from error
        return cls(load_graph(content, path), version).eval().to(device)

    def forward(self, images: Tensor) -> tuple[Tensor, Tensor]:
        """Points and score of N crops.

        Parameters
        ----------
        images : (N, 3, S, S) Tensor
            RGB in [0, 1], S = `input_size`, the face upright and the long side of its box about 2/3 of the crop.

        Returns
        -------
        points : (N, P, 3) Tensor
            As in `MeshFeatures`.
        score : (N,) Tensor
            In [0, 1].
        """
        images = self._checked(images)
        points, score = self.graph(images, self.graph.input_index, (self._ends.points, self._ends.score))
        return self._points(points), torch.sigmoid(score.flatten())

    def features(self, images: Tensor) -> MeshFeatures:
        """Points, score and late maps of N crops (N, 3, S, S)."""
        return self.features_from(images, IMAGE)

    def activation(self, images: Tensor, stage: str) -> Tensor:
        """The activation (N, C, H, W) that crosses `stage`, to be cached; the images themselves for "image"."""
        images = self._checked(images)
        if stage == IMAGE:
            return images
        value: Tensor = self.graph(images, self.graph.input_index, (self.stage(stage).tensor,))[0]
        return value

    def features_from(self, activation: Tensor, stage: str) -> MeshFeatures:
        """The rest of the network behind `stage`, from a cached activation (N, C, H, W)."""
        if stage == IMAGE:
            activation = self._checked(activation)
        first, second, points, score = self.graph(activation, self.stage(stage).tensor, self._wanted)
        return MeshFeatures((first, second), self._points(points), torch.sigmoid(score.flatten()))

    def stage(self, name: str) -> Stage:
        """The stage of that name.

        Raises
        ------
        ValueError
            When there is none.
        """
        for stage in self.stages:
            if stage.name == name:
                return stage
        raise ValueError(f"no stage {name!r}; there are {[stage.name for stage in self.stages]}")

    def stage_parameters(self, stage: str) -> list[nn.Parameter]:
        """Weights behind `stage` on the way to `features`; all of them for "image"."""
        nodes = self.graph.needed_nodes(self.stage(stage).tensor, self._wanted)
        return [p for node in nodes for p in self.graph.operators[node.index].parameters()]

    def late_part(self, stage: str) -> tuple[TfliteGraph, int, tuple[int, int]]:
        """A copy of the layers from `stage` to the late maps, the tensor it starts from, and the two that it gives."""
        start = self.stage(stage).tensor
        return self.graph.part(start, self._ends.maps), start, self._ends.maps

    def _points(self, flat: Tensor) -> Tensor:
        return flat.reshape(len(flat), self.n_points, 3)

    def _checked(self, images: Tensor) -> Tensor:
        wanted = (3, self.input_size, self.input_size)
        if images.shape[1:] != wanted:
            raise ValueError(f"images have the shape {tuple(images.shape)}, wanted (N, {', '.join(map(str, wanted))})")
        # Depthwise convolutions run up to twice as fast on channels-last memory.
        return images.contiguous(memory_format=torch.channels_last)
