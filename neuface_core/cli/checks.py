"""The checks of `neuface doctor`. What needs the window is asked in a program of its own: the core never loads it."""

from __future__ import annotations

import json
import os
import platform
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from neuface_core.errors import NeuFaceError

_LIBRARIES = ("torch", "numpy", "scipy", "numba", "av", "opencv-python", "h5py", "pydantic", "sqlalchemy", "typer")
_WINDOW_LIBRARIES = ("pyside6-essentials", "pyvista", "pyvistaqt", "vtk")
_LEAST_FREE_GB = 2.0
_PATIENCE_S = 60

_ASK_QT = """
import json, os
os.environ["QT_QPA_PLATFORM"] = "offscreen"
from PySide6.QtCore import qVersion
from PySide6.QtGui import QFontDatabase, QGuiApplication
application = QGuiApplication([])
print(json.dumps({"version": qVersion(), "fonts": len(QFontDatabase.families())}))
"""
_ASK_OPENGL = """
from vtkmodules.vtkRenderingCore import vtkRenderWindow
import vtkmodules.vtkRenderingOpenGL2
window = vtkRenderWindow()
window.SetOffScreenRendering(1)
window.SetSize(16, 16)
window.Render()
wanted = ("renderer string", "version string")
lines = [line for line in window.ReportCapabilities().splitlines() if any(w in line for w in wanted)]
print("; ".join(line.split(":", 1)[1].strip() for line in lines))
"""


@dataclass(frozen=True)
class Check:
    """One finding.

    Attributes
    ----------
    ok
        True: well. False: something needed is missing. None: it works, but worth knowing.
    found
        What is there.
    remedy
        What to do; "" where all is well.
    """

    name: str
    ok: bool | None
    found: str
    remedy: str = ""


def all_checks() -> Iterator[Check]:
    """Every check, the quick ones first."""
    yield Check("python", sys.version_info >= (3, 11), f"{platform.python_version()} in {sys.executable}")
    yield Check("platform", True, f"{platform.platform()}, {os.cpu_count()} cores")
    yield _libraries("libraries", _LIBRARIES, needed=True)
    yield _libraries("window libraries", _WINDOW_LIBRARIES, needed=False)
    yield _devices()
    yield from _resources()
    yield from _models()
    yield _own_models()
    yield _writable("models folder", _models_folder())
    yield _writable("temporary folder", Path(tempfile.gettempdir()))
    yield _writable("this folder", Path.cwd())
    yield _display()
    yield from _qt()
    yield _opengl()


def _libraries(name: str, packages: tuple[str, ...], *, needed: bool) -> Check:
    found, missing = [], []
    for package in packages:
        try:
            found.append(f"{package} {version(package)}")
        except PackageNotFoundError:
            missing.append(package)
    if missing:
        return Check(
            name, False if needed else None, f"missing: {', '.join(missing)}.", "Install NeuFace Studio again."
        )
    return Check(name, True, ", ".join(found))


def _devices() -> Check:
    import torch

    found = [f"cpu ({torch.get_num_threads()} threads)"]
    for index in range(torch.cuda.device_count() if torch.cuda.is_available() else 0):
        free, total = torch.cuda.mem_get_info(index)
        found.append(
            f"cuda:{index} {torch.cuda.get_device_name(index)} ({free / 2**30:.0f} of {total / 2**30:.0f} GiB free)"
        )
    if torch.backends.mps.is_available():
        found.append("mps")
    return Check("devices", True, ", ".join(found))


def _resources() -> Iterator[Check]:
    from neuface_core.resource_files import resource_path

    for name in ("open_head", "open_encoder"):
        try:
            yield Check(name.replace("_", " "), True, str(resource_path(name)))
        except NeuFaceError as error:
            yield Check(name.replace("_", " "), False, error.message, error.remedy)


def _models() -> Iterator[Check]:
    from neuface_core.models import INSTALL_REMEDY, installed

    missing = [entry.asset.name for entry in installed() if not entry.present]
    if missing:
        yield Check("models", False, f"not installed: {', '.join(missing)}.", INSTALL_REMEDY)
    else:
        yield Check("models", True, f"all in {_models_folder()}")


def _own_models() -> Check:
    """The user's own models: broken ones are told, and what those that are there still lack."""
    from neuface_core.models import problem_of, stored_models
    from neuface_core.models.stored import damaged_records

    name, models = "your models", stored_models()
    problems = [words for model in models if (words := problem_of(model))] + damaged_records()
    if problems:
        return Check(name, False, " ".join(problems), "See docs/models.md.")
    if not models:
        return Check(name, True, "none: FLAME, DECA, EMOCA and FAN are used once you add them")
    found, names = ", ".join(model.name for model in models), {model.name for model in models}
    if any(model.kind in ("deca", "emoca") for model in models) and "flame-2020" not in names:
        return Check(name, None, f"{found}. DECA and EMOCA need flame-2020.", 'Run "neuface models add" on its file.')
    if any(model.kind == "flame" for model in models) and not any(model.kind == "landmarks" for model in models):
        return Check(name, None, f"{found}. FLAME needs landmarks.", "Add landmark_embedding.npy.")
    return Check(name, True, found)


def _models_folder() -> Path:
    from neuface_core.models import data_folder

    return data_folder()


def _writable(name: str, folder: Path) -> Check:
    existing = folder
    while not existing.exists() and existing != existing.parent:
        existing = existing.parent
    try:
        with tempfile.TemporaryFile(dir=existing):
            pass
        free = shutil.disk_usage(existing).free / 1e9
    except OSError as error:
        return Check(name, False, f"cannot be written: {error.strerror} ({existing}).", "Change its permissions.")
    if free < _LEAST_FREE_GB:
        return Check(name, None, f"only {free:.1f} GB free in {existing}.", "Make room before a long fit.")
    return Check(name, True, f"{folder}, {free:.0f} GB free")


def _display() -> Check:
    if sys.platform in ("darwin", "win32"):
        return Check("display", True, sys.platform)
    for variable in ("WAYLAND_DISPLAY", "DISPLAY"):
        if os.environ.get(variable):
            return Check("display", True, f"{variable}={os.environ[variable]}")
    return Check("display", None, "none: the Studio cannot show a window here.", "The command line works all the same.")


def _qt() -> Iterator[Check]:
    answer, problem = _ask(_ASK_QT)
    if problem:
        yield Check("Qt", None, f"does not start: {problem}.", "Run make setup: it names the system libraries.")
        return
    facts = json.loads(answer)
    yield Check("Qt", True, str(facts["version"]))
    if facts["fonts"]:
        yield Check("fonts", True, f"{facts['fonts']} families")
    else:
        yield Check("fonts", None, "none: the window would show boxes.", "Install fonts-dejavu-core.")


def _opengl() -> Check:
    answer, problem = _ask(_ASK_OPENGL)
    if problem or not answer:
        found = problem or "no answer from the driver"
        return Check("OpenGL", None, f"not usable: {found}.", "Install libgl1 and libegl1 or a graphics driver.")
    if "llvmpipe" in answer or "softpipe" in answer:
        return Check("OpenGL", None, f"in software ({answer}): the 3D view is slower.")
    return Check("OpenGL", True, answer)


def _ask(program: str) -> tuple[str, str]:
    """Last line that a program prints, or why there is none."""
    try:
        done = subprocess.run(
            [sys.executable, "-c", program], capture_output=True, text=True, timeout=_PATIENCE_S, check=False
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        return "", str(error)
    lines = done.stdout.strip().splitlines()
    if done.returncode == 0 and lines:
        return lines[-1], ""
    said = done.stderr.strip().splitlines()
    return "", said[-1] if said else f"ended with {done.returncode}"
