"""The models that the user added: one record a model, `NAME.json`, and its arrays, named by the hash of their source.

They lie in the folder `added` of the data folder. A record names each file with its SHA-256; a file that was linked
stays where the user has it, and its record holds the whole path.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from neuface_core.atomic_file import atomic_write
from neuface_core.errors import ModelError
from neuface_core.models.kinds import KNOWN, KindName, known
from neuface_core.models.wheels import data_folder

FOLDER = "added"
_VERSION = 1
_BLOCK = 1 << 22


@dataclass(frozen=True, slots=True)
class StoredFile:
    """One file of a stored model.

    Attributes
    ----------
    role
        What it holds: "arrays" for what was converted, "weights" for a checkpoint as it came.
    path
        Where it lies; outside of the data folder where it was linked.
    sha256
        Of this file.
    linked
        Whether it is the user's own file, which is read where it lies.
    """

    role: str
    path: Path
    sha256: str
    linked: bool = False


@dataclass(frozen=True, slots=True)
class StoredModel:
    """A model that the user added.

    Attributes
    ----------
    name
        What it is asked for by: "flame-2020", "deca", "fan-2d".
    kind
        What it is.
    files
        Where its content lies.
    source
        The file or address that it came from.
    sha256
        Of the source file (of several: of their hashes), lower-case hexadecimal.
    licence, commercial, purpose, title
        As in `kinds.Known`.
    details
        What is known of the content, for example ``{"expression_rows": 50}``.
    """

    name: str
    kind: KindName
    files: tuple[StoredFile, ...]
    source: str
    sha256: str
    licence: str
    commercial: bool | None
    purpose: str
    title: str = ""
    details: Mapping[str, Any] = field(default_factory=dict)

    @property
    def path(self) -> Path:
        """The file with the arrays or weights."""
        return self.files[0].path

    @property
    def linked(self) -> bool:
        return any(file.linked for file in self.files)

    def as_json(self) -> dict[str, Any]:
        """For scripts and for records."""
        files = [{**asdict(file), "path": str(file.path)} for file in self.files]
        return {
            **{name: getattr(self, name) for name in ("name", "kind", "title", "sha256", "licence", "commercial")},
            "purpose": self.purpose,
            "source": self.source,
            "files": files,
            "details": dict(self.details),
        }


def stored_folder() -> Path:
    """Where added models lie."""
    return data_folder() / FOLDER


def stored_models() -> tuple[StoredModel, ...]:
    """All added models whose records can be read, in the order of the table of kinds."""
    found = []
    for path in sorted(stored_folder().glob("*.json")):
        with suppress(ModelError):
            found.append(_read(path))
    order = {entry.name: number for number, entry in enumerate(KNOWN)}
    return tuple(sorted(found, key=lambda model: (order.get(known(model.name).name, len(order)), model.name)))


def damaged_records() -> list[str]:
    """Records that cannot be read, each with what to do."""
    problems = []
    for path in sorted(stored_folder().glob("*.json")):
        try:
            _read(path)
        except ModelError as error:
            problems.append(str(error))
    return problems


def stored_model(name: str) -> StoredModel:
    """The added model of that name; "emoca" also finds the only one of its variants.

    Raises
    ------
    ModelError
        When it was not added (the text says how to), its record is damaged, or several would do.
    """
    path = stored_folder() / f"{name}.json"
    if path.is_file():
        return _read(path)
    of_kind = [model for model in stored_models() if model.kind == name]
    if len(of_kind) == 1:
        return of_kind[0]
    if of_kind:
        raise ModelError(
            f"There are several: {', '.join(model.name for model in of_kind)}.", remedy="Name one of them."
        )
    try:
        title = known(name).title
    except KeyError:
        raise ModelError(
            f"There is no model named {name!r}.", remedy=f"Known: {', '.join(entry.name for entry in KNOWN)}."
        ) from None
    raise ModelError(
        f"{title} was not added.",
        remedy=f'Get its files (docs/models.md says where) and run "neuface models add PATH"; it is then {name!r}.',
    )


def write_record(model: StoredModel) -> None:
    """Keep the record of a model whose files are in place."""
    folder = stored_folder()
    record = model.as_json()
    for file in record["files"]:
        if not file["linked"]:
            file["path"] = Path(file["path"]).name  # so that the data folder can be moved
    with atomic_write(folder / f"{model.name}.json") as out:
        out.write(json.dumps({"version": _VERSION, **record}, indent=2, ensure_ascii=False).encode())


def remove_model(name: str) -> StoredModel:
    """Forget an added model and delete its files in the data folder; linked files of the user stay.

    Raises
    ------
    ModelError
        When it was not added.
    """
    path = stored_folder() / f"{name}.json"
    if not path.is_file():
        raise ModelError(f"{name!r} was not added.", remedy='"neuface models list" shows what was.')
    try:
        model = _read(path)
    except ModelError:
        path.unlink()
        raise
    path.unlink()
    others = {file.path for other in stored_models() for file in other.files}
    for file in model.files:
        if not file.linked and file.path not in others:
            with suppress(OSError):
                file.path.unlink()
    return model


def file_hash(path: Path) -> str:
    """SHA-256 of a file, lower-case hexadecimal.

    Raises
    ------
    ModelError
        When it cannot be read.
    """
    digest = hashlib.sha256()
    try:
        with path.open("rb") as file:
            while block := file.read(_BLOCK):
                digest.update(block)
    except OSError as error:
        raise ModelError(
            f"The file cannot be read ({error.strerror or error}).", remedy="Check that it is there.", path=path
        ) from error
    return digest.hexdigest()


def _read(path: Path) -> StoredModel:
    try:
        record = json.loads(path.read_text(encoding="utf-8"))
        entry = known(record["name"])
        files = tuple(
            StoredFile(file["role"], path.parent / file["path"], file["sha256"], bool(file["linked"]))
            for file in record["files"]
        )
        if not files or record["version"] > _VERSION:
            raise ValueError("no files, or of a newer version")
        return StoredModel(
            name=record["name"],
            kind=entry.kind,
            files=files,
            source=str(record["source"]),
            sha256=record["sha256"],
            licence=record["licence"],
            commercial=record["commercial"],
            purpose=record["purpose"],
            title=record.get("title", entry.title),
            details=record.get("details", {}),
        )
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise ModelError(
            f"The record of the model {path.stem!r} is damaged.",
            remedy=f'Run "neuface models remove {path.stem}" and add it again.',
            path=path,
        ) from error
