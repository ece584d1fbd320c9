"""The wheel, installed in another folder of another environment, is the whole program, resources included."""

from __future__ import annotations

import os
import subprocess
import sys
import sysconfig
import venv
import zipfile
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).resolve().parent.parent
pytestmark = pytest.mark.slow


def run(*command: str | Path, cwd: Path) -> str:
    """Standard output of `command`; a failure shows what it said."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}
    done = subprocess.run(
        [str(part) for part in command], cwd=cwd, env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, f"{command}\n{done.stdout[-3000:]}\n{done.stderr[-3000:]}"
    return done.stdout


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("dist")
    run(sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", folder, cwd=REPOSITORY)
    return next(folder.glob("neuface_studio-*.whl"))


@pytest.fixture(scope="module")
def elsewhere(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Environment with the wheel, and with the libraries of this one; its `neuface_*` come from the wheel alone."""
    folder = tmp_path_factory.mktemp("elsewhere")
    venv.create(folder / "env", with_pip=False)
    python = folder / "env" / "bin" / "python"
    site = Path(run(python, "-c", "import sysconfig; print(sysconfig.get_path('purelib'))", cwd=folder).strip())
    run(sys.executable, "-m", "pip", "--python", python, "install", "--quiet", "--no-deps", wheel, cwd=folder)
    # Added to the path as a plain folder, so that the .pth file of the checkout in it is not read.
    (site / "libraries.pth").write_text(sysconfig.get_path("purelib") + "\n", encoding="utf-8")
    return folder


def test_the_wheel_has_the_resources_and_no_leftovers(wheel: Path) -> None:
    names = zipfile.ZipFile(wheel).namelist()
    resources = REPOSITORY / "resources"
    wanted = {f"neuface_core/_resources/{p.relative_to(resources)}" for p in resources.rglob("*") if p.is_file()}
    assert wanted
    assert wanted <= set(names)
    assert {name.split("/")[0].split("-")[0] for name in names} == {"neuface_core", "neuface_studio"}
    assert not [name for name in names if "__pycache__" in name or name.startswith("tests/")]
    assert any(name.endswith("licenses/LICENSE") for name in names)


def test_an_installed_program_runs_and_finds_its_head_and_encoder(elsewhere: Path) -> None:
    python = elsewhere / "env" / "bin" / "python"
    code = """
import neuface_core, neuface_studio
from neuface_core.encoders.open_encoder import load_encoder
from neuface_core.heads.bundle import load_head
from neuface_core.resource_files import resource_path
head = load_head(None)
encoder = load_encoder(None, "cpu")
print(neuface_core.__file__, neuface_studio.__file__, resource_path("open_head"), sep="\\n")
print(head.n_vertices, encoder.encoder_id)
"""
    lines = run(python, "-c", code, cwd=elsewhere).splitlines()
    assert all(line.startswith(str(elsewhere)) for line in lines[:3])
    assert int(lines[3].split()[0]) > 4000


def test_an_installed_command_answers(elsewhere: Path) -> None:
    neuface = elsewhere / "env" / "bin" / "neuface"
    assert "fit" in run(neuface, "--help", cwd=elsewhere)
    run(neuface, "doctor", cwd=elsewhere)
