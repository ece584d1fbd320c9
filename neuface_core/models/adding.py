"""Add the user's own model files: recognised by content, converted once, kept under the hash of their source."""

from __future__ import annotations

import hashlib
import re
import tempfile
import zipfile
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from numpy.typing import NDArray

from neuface_core.atomic_file import remove_partials
from neuface_core.errors import ModelError
from neuface_core.jobs import Job, Progress
from neuface_core.models.content import write_arrays
from neuface_core.models.kinds import KNOWN, known
from neuface_core.models.recognise import SUFFIXES, Recognised, recognise
from neuface_core.models.stored import StoredFile, StoredModel, file_hash, stored_folder, stored_models, write_record
from neuface_core.models.torch_file import TorchFile
from neuface_core.models.wheels import FOLDER_VARIABLE

_MOST_FILES = 20_000
_MOST_UNPACKED = 4 << 30


@dataclass(frozen=True)
class AddReport:
    """What came of adding.

    Attributes
    ----------
    added
        Models that are new now.
    there
        Models that had been added before with the same content.
    problems
        Files in a folder that are known models but cannot be used, each with its reason.
    notes
        What is worth knowing, for example that DECA still lacks its FLAME.
    """

    added: tuple[StoredModel, ...]
    there: tuple[StoredModel, ...] = ()
    problems: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()


def add_models(paths: Sequence[Path], link: bool = False, name: str = "", *, source: str = "") -> Job[AddReport]:
    """Add what is found at `paths`: files, folders, and zips as they come from the authors' pages.

    Everything is recognised before the first model is kept, so that a mistake leaves nothing behind.

    Parameters
    ----------
    paths
        A folder is searched, and what is not used here is left alone; a file that was named must be a known model.
    link
        Leave large checkpoints where they are and read them there; files that have to be converted are copied anyway.
    name
        What it is, where the content leaves that open ("fan-2d", "flame-2023").
    source
        Where it comes from, for the record; the path without it.

    Raises
    ------
    ModelError
        When a named file is no known model, is damaged or means harm, a folder holds none, another file has the name
        already, or the data folder cannot be written. Nothing was added then.
    """
    _check_name(name)
    folder = stored_folder()
    problems: list[str] = []
    try:
        folder.mkdir(parents=True, exist_ok=True)
        remove_partials(folder)
        with tempfile.TemporaryDirectory(dir=folder, prefix=".unpack-") as temporary:
            found: list[Recognised] = []
            for path in paths:
                found += yield from _found_at(Path(path).expanduser().absolute(), name, Path(temporary), problems)
            if name and found and not any(one.name == name for one in found):
                raise ModelError(
                    f"This is not {name} but {found[0].name}. Nothing was added.",
                    remedy="Leave out --as.",
                    path=paths[0],
                )
            new, there = _against_the_store(_named_once(_with_both_eyelids(found)))
            if not new and not there and problems:
                raise ModelError(f"{problems[0]} Nothing was added.")
            added = []
            for number, (one, sha256) in enumerate(new):
                yield Progress("add", number, len(new))
                one = replace(one, source=source) if source else one
                added.append(_keep(one, sha256, folder, link=link, unpacked=Path(temporary)))
            yield Progress("add", len(new), len(new))
    except OSError as error:
        raise ModelError(
            f"The models cannot be kept ({error.strerror or error}).",
            remedy=f"Free some space, or name another folder in the environment variable {FOLDER_VARIABLE}.",
            path=folder,
        ) from error
    return AddReport(tuple(added), tuple(there), tuple(problems), _notes(added))


def _check_name(name: str) -> None:
    if name and not any(entry.name == name for entry in KNOWN) and not re.fullmatch(r"emoca(-[a-z0-9]+)*", name):
        raise ModelError(
            f"There is no model named {name!r}.", remedy=f"Known: {', '.join(entry.name for entry in KNOWN)}."
        )


def _found_at(path: Path, name: str, temporary: Path, problems: list[str]) -> Job[list[Recognised]]:
    """What is at one path; the problems of files that nobody named go to `problems`."""
    if not path.exists():
        raise ModelError("There is nothing at this path. Nothing was added.", remedy="Check it.", path=path)
    named = path.is_file()
    files = [path] if named else _worth_a_look(path)
    found = []
    for number, file in enumerate(files):
        yield Progress("look", number, len(files))
        try:
            if _is_plain_zip(file):
                ones = [recognise(member, name) for member in _unpacked(file, temporary)]
                found += [replace(one, source=str(file)) for one in ones if one is not None]
            elif (one := recognise(file, name)) is not None:
                found.append(one)
        except ModelError as error:
            if named:
                raise
            problems.append(str(error))
    if not found and not problems:
        raise ModelError(
            f"This {'file' if path.is_file() else 'folder'} holds no model that is used here. Nothing was added.",
            remedy="docs/models.md says which files are.",
            path=path,
        )
    return found


def _worth_a_look(folder: Path) -> list[Path]:
    """The files of a folder that may be models; of the checkpoints of one training, the best."""
    found: list[Path] = []
    for number, path in enumerate(sorted(folder.rglob("*"))):
        if number > _MOST_FILES:
            raise ModelError(
                f"This folder holds more than {_MOST_FILES} files.", remedy="Name the folder of the model.", path=folder
            )
        hidden = any(part.startswith(".") for part in path.relative_to(folder).parts)
        if not hidden and path.is_file() and path.suffix.lower() in SUFFIXES:
            found.append(path)
    checkpoints = [path for path in found if path.suffix.lower() == ".ckpt"]
    dropped = set(checkpoints) - set(_best(checkpoints))
    return [path for path in found if path not in dropped]


def _best(checkpoints: Iterable[Path]) -> list[Path]:
    """Of each EMOCA: the stage "detail" before "coarse", and the smallest number behind the last "=" in the name."""
    models: dict[Path, list[Path]] = {}
    for path in checkpoints:
        model = path.parent.parent.parent if path.parent.name == "checkpoints" else path.parent
        models.setdefault(model, []).append(path)

    def rank(path: Path) -> tuple[bool, float, str]:
        loss = re.search(r"=(-?\d+(?:\.\d+)?)[^=]*$", path.stem)
        return ("detail" not in path.parts[-4:], float(loss[1]) if loss else float("inf"), path.name)

    return [min(paths, key=rank) for paths in models.values()]


def _is_plain_zip(path: Path) -> bool:
    if path.suffix.lower() != ".zip" or not zipfile.is_zipfile(path):
        return False
    with zipfile.ZipFile(path) as archive:
        return not any(name.endswith("data.pkl") for name in archive.namelist())


def _unpacked(path: Path, temporary: Path) -> list[Path]:
    """The members of an archive that may be models, in a folder of their own; their paths in it mean nothing."""
    found = []
    with zipfile.ZipFile(path) as archive:
        members = [m for m in archive.infolist() if Path(m.filename).suffix.lower() in SUFFIXES[:-1]]
        if sum(member.file_size for member in members) > _MOST_UNPACKED:
            raise ModelError("The archive unpacks to more than any model.", remedy="Unpack it yourself.", path=path)
        for number, member in enumerate(members):
            target = temporary / f"{path.stem}-{number}" / Path(member.filename.replace("\\", "/")).name
            target.parent.mkdir()
            try:
                target.write_bytes(archive.read(member))
            except (zipfile.BadZipFile, NotImplementedError, RuntimeError) as error:
                raise ModelError("The archive is damaged.", remedy="Get it again.", path=path) from error
            found.append(target)
    return found


def _with_both_eyelids(found: list[Recognised]) -> list[Recognised]:
    halves = [one for one in found if one.name == "flame-eyelids"]
    if not halves:
        return found
    arrays: dict[str, NDArray[Any]] = {}
    for half in halves:
        arrays |= half.arrays
    if len(arrays) != 2:
        missing = ({"eyelid_left", "eyelid_right"} - set(arrays)).pop()
        raise ModelError(
            f"Of the eyelids, {missing} is missing. Nothing was added.",
            remedy="Add l_eyelid.npy and r_eyelid.npy together.",
            path=halves[0].path,
        )
    return [one for one in found if one.name != "flame-eyelids"] + [replace(halves[0], arrays=arrays)]


def _named_once(found: list[Recognised]) -> list[tuple[Recognised, str]]:
    """Each model once, with the hash of its source."""
    kept: dict[str, tuple[Recognised, str]] = {}
    for one in found:
        sha256 = file_hash(one.path)
        if len(one.arrays) == 2 and one.name == "flame-eyelids":
            parts = b"".join(one.arrays[side].tobytes() for side in sorted(one.arrays))
            sha256 = hashlib.sha256(parts).hexdigest()
        other = kept.setdefault(one.name, (one, sha256))
        if other[1] != sha256:
            raise ModelError(
                f"Two different files are {one.name}: {other[0].path.name} and {one.path.name}. Nothing was added.",
                remedy="Add the right one by its path; --as says which release a file is.",
                path=one.path,
            )
    return list(kept.values())


def _against_the_store(
    found: list[tuple[Recognised, str]],
) -> tuple[list[tuple[Recognised, str]], list[StoredModel]]:
    stored = {model.name: model for model in stored_models()}
    new, there = [], []
    for one, sha256 in found:
        other = stored.get(one.name)
        if other is None:
            new.append((one, sha256))
        elif other.sha256 == sha256:
            there.append(other)
        else:
            raise ModelError(
                f"{one.name} was added before from another file ({other.source}). Nothing was added.",
                remedy=f'Run "neuface models remove {one.name}" first if this one is to take its place.',
                path=one.path,
            )
    return new, there


def _keep(one: Recognised, sha256: str, folder: Path, *, link: bool, unpacked: Path) -> StoredModel:
    entry = known(one.name)
    if one.wanted is not None and link and not one.path.is_relative_to(unpacked):
        file = StoredFile("weights", one.path, sha256, linked=True)
    else:
        arrays = one.arrays
        if one.wanted is not None:
            with TorchFile(one.path, unknown="placeholder") as opened:
                arrays = opened.arrays(one.wanted.tensors(opened.content))
        target = folder / f"{one.name}-{sha256[:16]}.safetensors"
        about: Mapping[str, str] = {"name": one.name, "source_sha256": sha256, "licence": entry.licence}
        write_arrays(target, arrays, about)
        file = StoredFile("arrays", target, file_hash(target))
    title = entry.title if entry.name == one.name else one.name.replace("-", " ").upper()
    model = StoredModel(
        name=one.name,
        kind=entry.kind,
        files=(file,),
        source=one.source or str(one.path),
        sha256=sha256,
        licence=entry.licence,
        commercial=entry.commercial,
        purpose=entry.purpose,
        title=title,
        details=one.details,
    )
    write_record(model)
    return model


def _notes(added: list[StoredModel]) -> tuple[str, ...]:
    """What still has to be added before what is new can be used, and what its licence forbids."""
    names = {model.name for model in stored_models()}
    notes = []
    if any(model.kind in ("deca", "emoca") for model in added) and "flame-2020" not in names:
        other = next((name for name in sorted(names) if name.startswith("flame-2023")), "")
        instead = f" {other} cannot stand in: its expressions are others." if other else ""
        notes.append(f"DECA and EMOCA answer in the components of FLAME 2020, which was not added yet.{instead}")
    if any(model.kind == "flame" for model in added) and not names & {"flame-landmarks", "flame-contour"}:
        notes.append("FLAME has no landmarks of its own: add landmark_embedding.npy before you fit with it.")
    heavy = ("flame", "deca", "emoca")  # the tables that go with them bind nobody beyond these
    if closed := sorted(model.name for model in added if model.commercial is False and model.kind in heavy):
        notes.append(
            f"Non-commercial: {', '.join(closed)}. So is what is made with them; it is written into every file."
        )
    return tuple(notes)
