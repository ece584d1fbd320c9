"""Heads in a VTK scene: one, or one a view in its own colour. Built once, then only their numbers change."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyvista
from numpy.typing import NDArray

from neuface_studio import theme
from neuface_studio.mesh_colours import LEGENDS
from neuface_studio.picture import MeshPicture, ViewMesh
from neuface_studio.state import Result
from neuface_studio.theme import Theme

_CLAY = (0.80, 0.78, 0.76)
_PAINTS = {
    Result.FIT: _CLAY,
    Result.BEFORE: (0.80, 0.62, 0.72),
    Result.FLAME: (0.62, 0.80, 0.71),
    Result.PREVIOUS: (0.86, 0.74, 0.52),
}
_EDGES = (0.25, 0.28, 0.34)
_HALF_HEIGHT_M = 0.165  # what the camera shows above and below the middle of the head
_HALF_WIDTH_M = 0.15
_DISTANCE_M = 1.2
_AMBIENT, _AMBIENT_COLOURED = 0.12, 0.45


class HeadScene:
    """The actor of a head on a pyvista plotter.

    The actor is built when the topology changes. For a frame, points and normals are written in place: a new actor for
    every frame would cost several times the rendering itself.
    """

    def __init__(self, plotter: Any) -> None:
        self._plotter = plotter
        self._mesh: Any = None
        self._actor: Any = None
        self._views: dict[int, Any] = {}  # actors of the heads that several views have
        self._faces: NDArray[np.int32] | None = None
        self._share: NDArray[np.float32] = np.zeros(0, np.float32)
        self._placed = False
        self._from_front = True
        self._centred = False
        plotter.enable_anti_aliasing("msaa", multi_samples=4)
        self._light()

    def _light(self) -> None:
        self._plotter.remove_all_lights()
        for position, colour, strength in (
            ((-0.6, 0.7, 1.0), (1.0, 0.97, 0.93), 0.85),
            ((0.9, 0.1, 0.6), (0.80, 0.88, 1.0), 0.40),
            ((0.0, 0.6, -1.0), (0.85, 0.9, 1.0), 0.25),
        ):
            light = pyvista.Light(position=position, color=colour, intensity=strength, light_type="camera light")
            light.positional = False
            self._plotter.add_light(light)

    def set_faces(self, faces: NDArray[np.int32] | None, light: NDArray[np.float32] | None = None) -> None:
        """Another topology (T, 3) with a factor on the colour of its vertices (V,), or None for nothing."""
        for actor in (*self._views.values(), *([self._actor] if self._actor is not None else [])):
            self._plotter.remove_actor(actor, render=False)
        self._views.clear()
        self._actor = self._mesh = None
        self._faces = faces
        if faces is None:
            return
        self._share = np.ones(int(faces.max()) + 1, np.float32) if light is None else light
        n_vertices = len(self._share)  # of a head that has vertices without a triangle, too
        self._actor = self._add({str(result): paint for result, paint in _PAINTS.items()})
        self._mesh = self._actor.mapper.dataset
        self._mesh.point_data["error"] = np.zeros(n_vertices, np.float32)
        self._actor.mapper.scalar_range = theme.ERROR_RANGE_PERCENT
        self._set_heat()
        self._centred = False
        if not self._placed:
            self._placed = True
            self.look_from_front()

    def _set_heat(self) -> None:
        """Colour values by the map that holds now."""
        table = pyvista.LookupTable(scalar_range=self._actor.mapper.scalar_range)
        table.values = np.column_stack([theme.error_map(), np.full(256, 255, np.uint8)])
        self._actor.mapper.lookup_table = table

    def _add(self, colours: dict[str, tuple[float, float, float]]) -> Any:
        """A hidden actor of the topology, painted in the first of `colours`."""
        assert self._faces is not None
        vertices = np.zeros((len(self._share), 3), np.float32)
        mesh = pyvista.PolyData.from_regular_faces(vertices, self._faces)
        mesh.point_data.active_normals = np.tile(np.array([0, 0, 1], np.float32), (len(vertices), 1))
        for name, colour in colours.items():
            painted = 255 * self._share[:, None] * np.asarray(colour, np.float32)
            mesh.point_data[name] = np.clip(painted, 0, 255).astype(np.uint8)
        actor = self._plotter.add_mesh(
            mesh,
            color=_CLAY,
            smooth_shading=False,
            ambient=_AMBIENT,
            diffuse=0.85,
            specular=0.18,
            specular_power=22,
            show_scalar_bar=False,
            reset_camera=False,
            render=False,
        )
        actor.prop.edge_color, actor.prop.edge_opacity = _EDGES, 0.5
        # Our own normals serve: with `smooth_shading` pyvista would make a copy, and its normals would go stale.
        actor.prop.interpolation = "Phong"
        actor.mapper.dataset.point_data.active_scalars_name = next(iter(colours))
        # Three bytes a vertex are a colour already.
        actor.mapper.color_mode = "direct"
        actor.mapper.scalar_visibility = True
        actor.visibility = False
        return actor

    def show(self, mesh: MeshPicture | None, result: Result, *, wire: bool = False) -> None:
        """Write the head, or the heads, of one frame, in the colour of the result that it is of; None hides all.

        With `wire` its edges are drawn as well: alone, those of the back of the head would be seen among them.
        """
        if self._actor is None:
            return
        heads = {head.view: head for head in mesh.heads} if mesh is not None else {}
        for view, actor in self._views.items():
            actor.visibility = view in heads
        self._actor.visibility = mesh is not None and not heads
        if mesh is None:
            return
        self._mesh.points[:] = mesh.vertices
        if not self._centred:
            self._centred = True
            self.resized()
        for head in heads.values():
            self._show_view(head)
        for actor in (self._actor, *self._views.values()):
            actor.prop.show_edges = wire
        if heads:
            return
        self._mesh.point_data.active_normals[:] = mesh.normals
        if mesh.values is not None:
            self._mesh.point_data["error"][:] = mesh.values * (theme.ERROR_RANGE_PERCENT[1] / LEGENDS[mesh.colour].full)
            self._mesh.point_data.active_scalars_name = "error"
        else:
            self._mesh.point_data.active_scalars_name = str(result)
        # Three bytes a vertex are a colour already; an error goes through the table.
        self._actor.mapper.color_mode = "map" if mesh.values is not None else "direct"
        self._actor.mapper.scalar_visibility = True
        # Small errors are dark: in full shade they could not be told from the background.
        self._actor.prop.ambient = _AMBIENT if mesh.values is None else _AMBIENT_COLOURED

    def _show_view(self, head: ViewMesh) -> None:
        if head.view not in self._views:
            colour = theme.view_colour(head.view)
            self._views[head.view] = self._add({"own": (colour.redF(), colour.greenF(), colour.blueF())})
        actor = self._views[head.view]
        actor.visibility = True
        data = actor.mapper.dataset
        data.points[:] = head.vertices
        data.point_data.active_normals[:] = head.normals

    def look_from_front(self) -> None:
        """As the video's camera sees it."""
        camera = self._plotter.camera
        camera.enable_parallel_projection()
        camera.position, camera.focal_point, camera.up = (0, 0, _DISTANCE_M), (0, 0, 0), (0, 1, 0)
        if self._mesh is not None and self._centred:
            # The head turns about its origin: across, the face stays in the middle whichever way it looks.
            height_m = 0.5 * float(self._mesh.points[:, 1].min() + self._mesh.points[:, 1].max())
            camera.focal_point = (0.0, height_m, 0.0)
            camera.position = (0.0, height_m, _DISTANCE_M)
        width, height = self._plotter.window_size
        camera.parallel_scale = max(_HALF_HEIGHT_M, _HALF_WIDTH_M * height / max(1, width))
        camera.clipping_range = (0.01, 10.0)
        self._from_front = True

    def resized(self) -> None:
        """The picture has another shape: a head that nobody turned stays whole."""
        if self._from_front:
            self.look_from_front()

    def turned(self) -> None:
        """A person moved the camera."""
        self._from_front = False

    def camera(self) -> list[float]:
        """Position, focal point, view-up, parallel scale; empty while it looks from the front."""
        if self._from_front:
            return []
        camera = self._plotter.camera
        return [*map(float, (*camera.position, *camera.focal_point, *camera.up)), float(camera.parallel_scale)]

    def set_camera(self, values: list[float]) -> None:
        if len(values) != 10:
            return
        camera = self._plotter.camera
        camera.enable_parallel_projection()
        camera.position, camera.focal_point, camera.up = values[:3], values[3:6], values[6:9]
        camera.parallel_scale = values[9]
        self._from_front = False
        camera.clipping_range = (0.01, 10.0)
        self._placed = True

    def apply_theme(self, colours: Theme) -> None:
        self._plotter.set_background(colours.canvas, top=colours.canvas_top)
        if self._faces is not None:
            self._set_heat()

    @property
    def views_shown(self) -> tuple[int, ...]:
        """Views whose heads are drawn side by side; empty while there is one head."""
        return tuple(sorted(view for view, actor in self._views.items() if actor.visibility))

    @property
    def points(self) -> NDArray[np.float32] | None:
        """(V, 3) as they are drawn; None while nothing is."""
        return np.asarray(self._mesh.points) if self._mesh is not None and self._actor.visibility else None
