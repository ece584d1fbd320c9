"""What the window shows: one set of layers, one choice of cameras. Views pull from here."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass, fields, replace
from enum import StrEnum

import numpy as np
from PySide6.QtCore import QObject, Signal

from neuface_studio.language import mark


class Result(StrEnum):
    """What was made of the clip."""

    FIT = "fit"
    BEFORE = "before"
    FLAME = "flame"
    PREVIOUS = "previous"


RESULT_WORDS = {
    Result.FIT: "",
    Result.BEFORE: mark("before the fit"),
    Result.FLAME: mark("FLAME fitting"),
    Result.PREVIOUS: mark("previous run"),
}


class MeshColour(StrEnum):
    """What the skin of the mesh is coloured by."""

    NONE = "none"
    ERROR = "error"
    DETECTOR = "detector"
    HIDDEN = "hidden"
    DISTANCE = "distance"


_HELD = ("before", "flame", "previous", "bare", "put_away")


@dataclass(frozen=True)
class Layers:
    """What is drawn over the frame and how.

    `before`, `flame`, `previous` and `bare` are true only while their key is held; `colour` is a `MeshColour`;
    `put_away` says that the mesh is off only until landmarks are edited no more.
    """

    detected: bool = True
    projected: bool = True
    errors: bool = True
    mesh: bool = True
    wire: bool = False
    crop: bool = False
    opacity: float = 0.7
    follow_head: bool = False
    colour: str = "none"
    gradient: bool = False
    gradient_opacity: float = 0.8
    slits: bool = True
    grid: bool = False
    before: bool = False
    flame: bool = False
    previous: bool = False
    bare: bool = False
    put_away: bool = False

    @property
    def result(self) -> Result:
        """Which result is drawn."""
        held = (Result.PREVIOUS, self.previous), (Result.FLAME, self.flame), (Result.BEFORE, self.before)
        return next((result for result, is_held in held if is_held), Result.FIT)

    @property
    def mesh_colour(self) -> MeshColour:
        """What the mesh is coloured by."""
        return MeshColour(self.colour) if self.colour in set(MeshColour) else MeshColour.NONE

    def stored(self) -> dict[str, object]:
        """What is worth remembering until the next start."""
        kept = {key: value for key, value in asdict(self).items() if key not in _HELD}
        return {**kept, "mesh": self.mesh or self.put_away}

    @classmethod
    def from_stored(cls, values: dict[str, object]) -> Layers:
        """Inverse of `stored`; unknown and wrongly typed entries are ignored."""
        plain = cls()
        known = {f.name: type(getattr(plain, f.name)) for f in fields(cls)}
        kept = {key: value for key, value in values.items() if key in known and isinstance(value, known[key])}
        return replace(plain, **kept)  # type: ignore[arg-type]


class LayerState(QObject):
    """The current `Layers`, with a signal."""

    changed = Signal(object)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._value = Layers()

    @property
    def value(self) -> Layers:
        return self._value

    def set(self, value: Layers) -> None:
        if value != self._value:
            self._value = value
            self.changed.emit(value)

    def toggle(self, name: str) -> None:
        put_away = self._value.put_away and name != "mesh"  # whoever wants it back, or off, wants that to stay
        wanted = {name: not getattr(self._value, name), "put_away": put_away}
        self.set(replace(self._value, **wanted))  # type: ignore[arg-type]

    def put_mesh_away(self) -> None:
        """Take the mesh from the video until `bring_mesh_back`: it would hide the landmarks that are edited."""
        if self._value.mesh:
            self.set(replace(self._value, mesh=False, put_away=True))

    def bring_mesh_back(self) -> None:
        if self._value.put_away:
            self.set(replace(self._value, mesh=True, put_away=False))

    def hold(self, name: str, held: bool) -> None:
        """`name` is one of those that last while a key is held: "before", "flame", "previous", "bare"."""
        self.set(replace(self._value, **{name: held}))  # type: ignore[arg-type]

    def change_opacity(self, by: float) -> None:
        self.set(replace(self._value, opacity=round(float(np.clip(self._value.opacity + by, 0.1, 1.0)), 2)))

    def change_gradient_opacity(self, by: float) -> None:
        opacity = round(float(np.clip(self._value.gradient_opacity + by, 0.1, 1.0)), 2)
        self.set(replace(self._value, gradient_opacity=opacity))

    def next_colour(self, *, several: bool) -> None:
        """Colour the mesh by the next thing; how far views are apart is offered where there are `several`."""
        offered = [colour for colour in MeshColour if several or colour is not MeshColour.DISTANCE]
        now = self._value.mesh_colour
        at = offered.index(now) if now in offered else -1
        self.set(replace(self._value, colour=str(offered[(at + 1) % len(offered)])))


class Meshes(StrEnum):
    """What the 3D view shows of a clip of several views."""

    OWN = "own"
    ALL = "all"
    TOGETHER = "together"


MESH_WORDS = {
    Meshes.OWN: mark("this view"),
    Meshes.ALL: mark("all views"),
    Meshes.TOGETHER: mark("put together"),
}


class ViewState(QObject):
    """The cameras of the clip, which of them is large, and what the 3D view shows of them.

    Signals
    -------
    clip_changed()
        The cameras are those of another clip.
    changed()
        Another camera is large, or the 3D view shows something else.
    """

    clip_changed = Signal()
    changed = Signal()

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._names: tuple[str, ...] = ("",)
        self._view = 0
        self._meshes = Meshes.OWN

    @property
    def names(self) -> tuple[str, ...]:
        return self._names

    @property
    def several(self) -> bool:
        return len(self._names) > 1

    @property
    def view(self) -> int:
        """Number of the large camera, from 0."""
        return self._view

    @property
    def name(self) -> str:
        """Name of the large camera; "" in a clip of one."""
        return self._names[self._view] if self.several else ""

    @property
    def meshes(self) -> Meshes:
        """What the 3D view shows; its own mesh in a clip of one camera, whatever was chosen for others."""
        return self._meshes if self.several else Meshes.OWN

    @property
    def wanted_meshes(self) -> Meshes:
        """What was chosen for clips of several cameras."""
        return self._meshes

    def set_clip(self, names: Sequence[str], view: int = 0) -> None:
        """Another clip with these cameras, `view` large; what the 3D view shows stays."""
        self._names = tuple(names) or ("",)
        self._view = int(np.clip(view, 0, len(self._names) - 1))
        self.clip_changed.emit()

    def choose(self, view: int) -> None:
        """Make a camera large; nothing where there is none of this number."""
        if 0 <= view < len(self._names) and view != self._view:
            self._view = view
            self.changed.emit()

    def set_meshes(self, meshes: Meshes) -> None:
        if meshes != self._meshes:
            self._meshes = meshes
            self.changed.emit()

    def next_meshes(self) -> None:
        """Of this view, of all views, put together, and of this view again."""
        every = tuple(Meshes)
        self.set_meshes(every[(every.index(self._meshes) + 1) % len(every)])
