"""The head model M(r, θ, β, ψ): parameters to vertices and landmarks, in torch (METHOD, symbols)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from neuface_core.errors import ModelError
from neuface_core.geometry import weak_perspective
from neuface_core.heads.data import HeadData, SurfacePoints
from neuface_core.heads.params import HeadParams
from neuface_core.heads.posed_points import Part, Points, Sliding, on_surface
from neuface_core.heads.skinning import Pose, pose_joints

_NEUTRAL_SCALE = 7.0
"""The camera scale that puts a face into a crop of 1.9 times its landmark box."""


class HeadModel(nn.Module):
    """A head: FLAME's form, any source.

    Attributes
    ----------
    head_id, licence, expression_names
        As in the bundle.
    faces : (T, 3) int64 array; `faces_tensor` is the same on the model's device.
    vertex_masks : name to (V,) bool array
    data : HeadData
        The arrays as read (float32, CPU).
    """

    faces_tensor: Tensor
    _joints: Tensor
    _joints_shape: Tensor
    _joints_expression: Tensor | None

    def __init__(self, data: HeadData) -> None:
        super().__init__()
        self.data = data
        self.head_id = data.head_id
        self.licence = data.licence
        self.expression_names = data.expression_names
        self.faces: NDArray[np.int64] = data.faces
        self.vertex_masks: Mapping[str, NDArray[np.bool_]] = data.vertex_masks
        self.register_buffer("faces_tensor", torch.tensor(data.faces), persistent=False)
        self.register_buffer("_joints", torch.tensor(data.joints), persistent=False)
        self.register_buffer("_joints_shape", torch.tensor(data.joints_shape), persistent=False)
        follow = None if data.joints_expression is None else torch.tensor(data.joints_expression)
        self.register_buffer("_joints_expression", follow, persistent=False)
        self._all = Part(data, np.arange(len(data.mean)))
        self._static = Points(data, data.static) if data.static is not None else None
        self._dense = Points(data, data.dense) if data.dense is not None else None
        self._inner: Points | None = None
        self._contour: Sliding | None = None
        self._smooth: Sliding | None = None
        if data.static is not None and data.contour is not None:
            self._inner = Points(data, SurfacePoints(data.static.faces[17:], data.static.weights[17:]))
            self._contour = Sliding(data, data.contour)
            self._smooth = Sliding(data, replace(data.contour, rule="blend"))
        self._detectors = nn.ModuleDict({name: Sliding(data, found.sliding) for name, found in data.detectors.items()})
        self._detectors_dense = nn.ModuleDict(
            {name: Sliding(data, found.dense) for name, found in data.detectors.items()}
        )
        self.requires_grad_(False)

    @property
    def n_vertices(self) -> int:
        return len(self.data.mean)

    @property
    def n_shape(self) -> int:
        return int(self.data.shape.shape[-1])

    @property
    def n_expression(self) -> int:
        return len(self.expression_names)

    @property
    def device(self) -> torch.device:
        return self._joints.device

    def neutral(self, n: int) -> HeadParams:
        """`n` mean heads that look at the camera, on the model's device; a fresh, writable copy."""

        def zeros(width: int) -> Tensor:
            return torch.zeros((n, width), dtype=self._joints.dtype, device=self.device)

        camera = zeros(3)
        camera[:, 0] = _NEUTRAL_SCALE
        return HeadParams(zeros(self.n_shape), zeros(self.n_expression), zeros(3), zeros(3), zeros(3), zeros(6), camera)

    def forward(self, params: HeadParams) -> Tensor:
        """Vertices (N, V, 3), metres, model frame, turned by the global orientation."""
        return self._all.local(params, self._pose(params))

    def part(self, vertices: Tensor) -> Part:
        """Some vertices (P,) of the head, on the model's device, for `vertices_local`."""
        return Part(self.data, vertices.cpu().numpy()).requires_grad_(False).to(self.device)

    def vertices_local(self, params: HeadParams, part: Part | None = None) -> Tensor:
        """Vertices (N, V, 3) with the global orientation removed: neck, jaw and eyes still turn.

        Parameters
        ----------
        part
            Of `part`: only these vertices, for a fraction of the work.
        """
        return (self._all if part is None else part).local(params, self._pose(params, turned=False))

    def vertices_unposed(self, params: HeadParams) -> Tensor:
        """Vertices (N, V, 3) of identity and expression alone: no joint turns."""
        return self._all.rest(params)

    def rest_joints(self, params: HeadParams) -> Tensor:
        """Joints (N, 5, 3) before any turn: root, neck, jaw, left eye, right eye."""
        joints = self._joints + torch.einsum("jck,nk->njc", self._joints_shape, params.shape)
        if self._joints_expression is not None:
            joints = joints + torch.einsum("jck,nk->njc", self._joints_expression, params.expression)
        return joints

    def vertices_and_landmarks(self, params: HeadParams, contour: str) -> tuple[Tensor, Tensor]:
        """What `forward` and `landmarks` give, the landmarks taken from the vertices: cheaper where both are wanted.

        Raises
        ------
        ValueError
            When the head has no landmarks of this kind.
        """
        pose = self._pose(params)
        vertices = self._all.local(params, pose)
        return vertices, on_surface(vertices, [part.corners_of_head(pose) for part in self._landmark_parts(contour)])

    def landmarks(self, params: HeadParams, contour: str) -> Tensor:
        """The 68 iBUG landmarks (N, 68, 3), metres, turned by the global orientation.

        Only the few vertices under the landmarks are computed. Points that slide do so with yaw and pitch of the head
        (global orientation and neck), blended between neighbouring views, so that nothing jumps; the choice of the view
        is not differentiated.

        Parameters
        ----------
        params
            N heads.
        contour
            "static": anatomical, the jaw on the bone line. "dynamic": as static, the jaw on the visible outline, as 2D
            annotators see it. "dynamic-smooth": the same where FLAME's own table jumps from degree to degree. A
            detector's name, for example "open-v2": where this detector puts its points, for each yaw
            (`data.detectors`).

        Raises
        ------
        ValueError
            When the head has no landmarks of this kind.
        """
        pose = self._pose(params)
        return torch.cat([part.local(params, pose) for part in self._landmark_parts(contour)], dim=1)

    def dense_landmarks(self, params: HeadParams, detector: str | None = None) -> Tensor:
        """The points of the face mesh (N, P, 3), metres, turned by the global orientation.

        Parameters
        ----------
        params
            N heads.
        detector
            None: anatomical, as `data.dense`, with `data.dense_valid`. A detector's name: where it puts its points,
            for each yaw, with `data.detectors[detector].dense_valid`.

        Raises
        ------
        ValueError
            When the head has none.
        """
        if detector is None and self._dense is not None:
            return self._dense.local(params, self._pose(params))
        if isinstance(sliding := dict(self._detectors_dense.items()).get(detector or ""), Sliding):
            return sliding.local(params, self._pose(params))
        raise ValueError(f"the head {self.head_id!r} has no dense landmarks of {detector or 'the face mesh'}")

    def phenotypes(self, shape: Tensor) -> dict[str, Tensor]:
        """What the sliders of the head's source say of identities (N, n_shape): name to (N,), not clipped.

        A linear read-out, for slices of an evaluation and for drawing test heads; not a statement about a person.

        Raises
        ------
        ValueError
            When the head's file has none.
        """
        read = self.data.phenotypes
        if read is None:
            raise ValueError(f"the head {self.head_id!r} has no phenotypes")
        values = shape @ shape.new_tensor(read.weights) + shape.new_tensor(read.bias)
        return dict(zip(read.names, values.unbind(1), strict=True))

    @staticmethod
    def project(points: Tensor, camera: Tensor) -> Tensor:
        """Weak perspective: points (N, P, 3) with cameras (N, 3) to crop coordinates (N, P, 2) in [-1, 1], y down."""
        return weak_perspective(points, camera)

    def mirrored(self, params: HeadParams) -> HeadParams:
        """Parameters of the mirror image (the image flipped left to right).

        Raises
        ------
        ValueError
            When the head does not know its mirror.
        """
        if self.data.shape_mirror is None or self.data.expression_mirror is None:
            raise ValueError(f"the head {self.head_id!r} does not know its mirror image")
        sign = torch.as_tensor(self.data.shape_mirror, device=params.shape.device, dtype=params.shape.dtype)
        partner = torch.as_tensor(self.data.expression_mirror, device=params.shape.device)
        return params.mirrored(sign, partner)

    def need_landmarks(self, contour: str) -> None:
        """Say it in words where `landmarks` would fail.

        Raises
        ------
        ModelError
            When the head has no landmarks of this kind.
        """
        try:
            self._landmark_parts(contour)
        except ValueError as error:
            raise ModelError(
                f"The head {self.head_id!r} does not know where the {contour!r} landmarks lie on it, which the "
                "detector finds.",
                remedy="Add its landmark embedding (FLAME: landmark_embedding.npy), or choose another detector.",
            ) from error

    def _landmark_parts(self, contour: str) -> list[Points | Sliding]:
        """What the 68 landmarks consist of, in their order."""
        if contour == "static" and self._static is not None:
            return [self._static]
        if contour == "dynamic" and self._inner is not None and self._contour is not None:
            return [self._contour, self._inner]
        if contour == "dynamic-smooth" and self._inner is not None and self._smooth is not None:
            return [self._smooth, self._inner]
        if isinstance(sliding := dict(self._detectors.items()).get(contour), Sliding):
            return [sliding]
        raise ValueError(f"the head {self.head_id!r} has no {contour!r} landmarks")

    def _pose(self, params: HeadParams, *, turned: bool = True) -> Pose:
        return pose_joints(params, self.rest_joints(params), turned=turned)
