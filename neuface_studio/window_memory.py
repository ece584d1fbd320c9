"""What the window remembers: of a project in the project, of the person in the user's settings."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from PySide6.QtCore import QByteArray, QSettings

from neuface_studio.user_settings import CHOICES, UserSettings

_RECENT = 8
HABITS = ("advance", "comment", "pace", "breaks")
"""Settings that have commands of their own, or could."""


@dataclass(frozen=True)
class View:
    """Where the person was in a project.

    `frame` is -1 where the clip was not open yet: it opens at its first frame with a face. `unfinished` are the clips
    whose fit ran or waited in line; `sorted_by` is a column of the queue, -1 for none; `view` the name of the camera
    that was large, `meshes` what the 3D view showed of several.
    """

    clip: str = ""
    frame: int = -1
    zoom: tuple[float, float, float] | None = None
    camera: tuple[float, ...] = ()
    layers: dict[str, object] = field(default_factory=dict)
    panels: bool = True
    unfinished: tuple[str, ...] = ()
    sorted_by: int = -1
    view: str = ""
    meshes: str = "own"

    def stored(self) -> dict[str, Any]:
        """JSON-ready."""
        zoom = list(self.zoom) if self.zoom is not None else None
        return {**vars(self), "zoom": zoom, "camera": list(self.camera), "unfinished": list(self.unfinished)}

    @classmethod
    def from_stored(cls, values: Mapping[str, Any]) -> View:
        """Inverse of `stored`; what is missing or of another kind has its default."""
        plain = cls()
        zoom, camera, layers = values.get("zoom"), values.get("camera"), values.get("layers")
        unfinished = values.get("unfinished")
        return cls(
            clip=str(values.get("clip", plain.clip)),
            frame=_whole(values.get("frame")),
            zoom=_numbers(zoom, 3) if _are_numbers(zoom) and len(zoom) == 3 else None,  # type: ignore[arg-type, return-value]
            camera=_numbers(camera, 10) if _are_numbers(camera) else (),
            layers=dict(layers) if isinstance(layers, dict) else {},
            panels=bool(values.get("panels", True)),
            unfinished=tuple(map(str, unfinished)) if isinstance(unfinished, list) else (),
            sorted_by=column if isinstance(column := values.get("sorted_by"), int) and -1 <= column < 9 else -1,
            view=str(values.get("view", plain.view)),
            meshes=str(values.get("meshes", plain.meshes)),
        )


def _whole(value: object) -> int:
    return value if isinstance(value, int) and value >= 0 else -1


def _are_numbers(value: object) -> bool:
    return isinstance(value, list) and all(isinstance(v, int | float) for v in value)


def _numbers(value: Any, count: int) -> Any:
    return tuple(float(v) for v in value[:count])


class Preferences:
    """Of the person, not of a project: theme, geometry, recent projects."""

    def __init__(self) -> None:
        self._settings = QSettings(QSettings.Format.IniFormat, QSettings.Scope.UserScope, "NeuFace", "studio")

    @property
    def theme(self) -> str:
        return str(self._settings.value("theme", "dark"))

    @theme.setter
    def theme(self, name: str) -> None:
        self._settings.setValue("theme", name)

    @property
    def language(self) -> str:
        """Code of the language of the window; "" for that of the system. It holds from the next start on."""
        return str(self._settings.value("language", ""))

    @property
    def welcomed(self) -> bool:
        """Whether the person has been led through the first minute."""
        return str(self._settings.value("welcomed", "false")) == "true"

    @welcomed.setter
    def welcomed(self, done: bool) -> None:
        self._settings.setValue("welcomed", "true" if done else "false")

    @property
    def settings(self) -> UserSettings:
        """What the person chose; what is missing or wrong has its default."""
        plain, found = UserSettings(), {}
        for key, usual in vars(plain).items():
            value = self._settings.value(self._key(key), None)
            if value is not None and (read := _read(str(value), usual)) in CHOICES.get(key, (read,)):
                found[key] = read
        return UserSettings(**{**vars(plain), **found})

    @settings.setter
    def settings(self, value: UserSettings) -> None:
        for key, chosen in vars(value).items():
            self._settings.setValue(self._key(key), str(chosen).lower() if isinstance(chosen, bool) else chosen)

    @staticmethod
    def _key(name: str) -> str:
        return f"habits/{name}" if name in HABITS else name

    @property
    def geometry(self) -> QByteArray | None:
        value = self._settings.value("geometry")
        return value if isinstance(value, QByteArray) else None

    @geometry.setter
    def geometry(self, value: QByteArray) -> None:
        self._settings.setValue("geometry", value)

    @property
    def export_format(self) -> str:
        """What was exported last, as on the command line."""
        return str(self._settings.value("export_format", "hdf5"))

    @export_format.setter
    def export_format(self, name: str) -> None:
        self._settings.setValue("export_format", name)

    @property
    def recent(self) -> list[str]:
        value = self._settings.value("recent", [])
        return [str(v) for v in value] if isinstance(value, list) else [str(value)] if value else []

    def remember(self, project: Path) -> None:
        """Put a project on top of the recent ones."""
        others = [path for path in self.recent if path != str(project)]
        self._settings.setValue("recent", [str(project), *others][:_RECENT])

    def habit(self, name: str) -> bool:
        """Whether one of `HABITS` is switched on."""
        return bool(getattr(self.settings, name))

    def set_habit(self, name: str, on: bool) -> None:
        self._settings.setValue(self._key(name), "true" if on else "false")


def _read(text: str, usual: object) -> Any:
    """A stored value as the kind that it should be; `usual` where it is none."""
    if isinstance(usual, bool):
        return text.lower() == "true"
    if isinstance(usual, float):
        try:
            return float(text)
        except ValueError:
            return usual
    return text
