"""`project.toml`: what makes a folder a project, and the settings that a person may edit."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

import tomlkit
from tomlkit.exceptions import TOMLKitError

from neuface_core.atomic_file import atomic_write
from neuface_core.errors import ProjectError

FILE_NAME = "project.toml"
SCHEMA_VERSION = 1


@dataclass(frozen=True)
class ProjectFile:
    """What `project.toml` says.

    Attributes
    ----------
    id
        UUID of the project.
    created_utc, created_by
        ISO 8601 time, and program with version.
    settings
        The table ``[settings]`` as plain values.
    """

    id: str
    created_utc: str
    created_by: str
    settings: dict[str, Any]


def program() -> str:
    """Name and version of this program, for provenance."""
    try:
        return f"neuface-studio {version('neuface-studio')}"
    except PackageNotFoundError:
        return "neuface-studio (from a checkout)"


def create_project_file(folder: Path, settings: Mapping[str, Any] | None) -> None:
    """Write a new `project.toml` into `folder`."""
    document = tomlkit.document()
    document.add(tomlkit.comment("A project of NeuFace Studio. You may edit [settings] while no program has it open."))
    document["schema"] = SCHEMA_VERSION
    document["id"] = str(uuid.uuid4())
    document["created_utc"] = datetime.now(UTC).isoformat(timespec="seconds")
    document["created_by"] = program()
    document["settings"] = _table(settings or {})
    _write(folder, document)


def read_project_file(folder: Path) -> ProjectFile:
    """Read `project.toml` of `folder`.

    Raises
    ------
    ProjectError
        When it is missing, no TOML, lacks an entry, or was made by a newer version.
    """
    document = _read(folder)
    schema = document.get("schema")
    if not isinstance(schema, int):
        raise _unusable(folder, "the entry `schema` is missing")
    if schema > SCHEMA_VERSION:
        raise ProjectError(
            f"The project was made by a newer version of NeuFace Studio (schema {schema}, known {SCHEMA_VERSION}).",
            remedy="Install the newer version.",
            path=folder / FILE_NAME,
        )
    try:
        plain = document.unwrap()
        return ProjectFile(
            str(plain["id"]), str(plain["created_utc"]), str(plain["created_by"]), dict(plain.get("settings", {}))
        )
    except (KeyError, TypeError, ValueError) as error:
        raise _unusable(folder, f"the entry {error} is missing or wrong") from error


def write_settings(folder: Path, settings: Mapping[str, Any]) -> None:
    """Replace the table ``[settings]``; comments elsewhere stay."""
    document = _read(folder)
    document["settings"] = _table(settings)
    _write(folder, document)


def _table(settings: Mapping[str, Any]) -> tomlkit.items.Table:
    """TOML has no null: entries without a value are left out."""
    table = tomlkit.table()
    for key, value in settings.items():
        if isinstance(value, Mapping):
            table.add(key, _table(value))
        elif value is not None:
            table.add(key, tomlkit.item(list(value) if isinstance(value, tuple) else value))
    return table


def _read(folder: Path) -> tomlkit.TOMLDocument:
    path = folder / FILE_NAME
    try:
        return tomlkit.parse(path.read_text(encoding="utf-8"))
    except (TOMLKitError, UnicodeDecodeError) as error:
        raise _unusable(folder, str(error)) from error
    except OSError as error:
        raise ProjectError(
            f"The project cannot be read: {error.strerror}.", remedy="Check the permissions of the folder.", path=path
        ) from error


def _write(folder: Path, document: tomlkit.TOMLDocument) -> None:
    try:
        with atomic_write(folder / FILE_NAME) as file:
            file.write(tomlkit.dumps(document).encode())
    except OSError as error:
        raise ProjectError(
            f"The settings of the project could not be written: {error.strerror}; the old ones are kept.",
            remedy="Make space on the disk or change the permissions, then try again.",
            path=folder / FILE_NAME,
        ) from error


def _unusable(folder: Path, why: str) -> ProjectError:
    return ProjectError(
        f"The settings file of the project cannot be understood: {why}. Nothing was changed.",
        remedy="Correct it with a text editor.",
        path=folder / FILE_NAME,
    )
