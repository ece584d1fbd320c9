"""The two packages as somebody else's program meets them: what an import costs and what it drags in."""

from __future__ import annotations

import subprocess
import sys
import tomllib
from importlib import metadata
from pathlib import Path

import neuface_core

REPOSITORY = Path(__file__).resolve().parent.parent
WINDOW_LIBRARIES = ("PySide6", "shiboken6", "qtpy", "vtkmodules", "vtk", "pyvista", "pyvistaqt", "neuface_studio")


def modules_after(code: str) -> set[str]:
    """Top-level modules loaded in a new interpreter after `code`."""
    script = f"{code}\nimport sys\nprint(*sorted({{name.split('.')[0] for name in sys.modules}}))"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True, cwd=REPOSITORY)
    return set(done.stdout.split())


def core_modules() -> list[str]:
    root = REPOSITORY / "neuface_core"
    names = [path.relative_to(REPOSITORY).with_suffix("").parts for path in sorted(root.rglob("*.py"))]
    return [".".join(part for part in name if part != "__init__") for name in names if "__main__" not in name]


def test_a_script_on_a_cluster_imports_the_whole_core_without_any_window_library() -> None:
    # The scripts that bake the head need an optional package, so they are imported only where it is there.
    names = [name for name in core_modules() if not name.startswith("neuface_core.training")]
    assert len(names) > 20
    loaded = modules_after("\n".join(f"import {name}" for name in names))
    assert not loaded & set(WINDOW_LIBRARIES)


def test_the_version_is_the_same_everywhere() -> None:
    declared = tomllib.loads((REPOSITORY / "pyproject.toml").read_text(encoding="utf-8"))["project"]["version"]
    assert metadata.version("neuface-studio") == declared == neuface_core.__version__
    assert f"## [{declared}]" in (REPOSITORY / "CHANGELOG.md").read_text(encoding="utf-8")


def test_only_one_opencv_is_installed() -> None:
    """Two distributions that both own `cv2` overwrite each other's files; which one wins depends on the order."""
    names = {(dist.metadata["Name"] or "").lower() for dist in metadata.distributions()}
    assert {name for name in names if name.startswith("opencv-")} == {"opencv-python"}


def test_every_dependency_has_a_pinned_version() -> None:
    def key(requirement: str) -> str:
        name = requirement.split(";")[0].split("[")[0]
        for sign in "=<>!~ ":
            name = name.split(sign)[0]
        return name.strip().lower().replace("_", "-")

    lines = (REPOSITORY / "constraints.txt").read_text(encoding="utf-8").splitlines()
    pinned = {key(line) for line in lines if line and not line.startswith("#")}
    project = tomllib.loads((REPOSITORY / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    wanted = {key(line) for line in project["dependencies"] + project["optional-dependencies"]["dev"]}
    assert wanted <= pinned
