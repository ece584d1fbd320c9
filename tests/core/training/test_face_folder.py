"""A folder of synthetic faces: complete, exact, and none the worse for a stop."""

from __future__ import annotations

import errno
import functools
import json
from collections.abc import Iterator
from pathlib import Path

import cv2
import numpy as np
import pytest

from neuface_core import jobs
from neuface_core.cli import main
from neuface_core.errors import ExportError, ModelError
from neuface_core.heads.bundle import load_head
from neuface_core.training import face_folder
from neuface_core.training.face_folder import MANIFEST, PICTURES, SHEET, TRUTH, FaceOrder, write_faces
from neuface_core.training.face_truth import read_truth
from neuface_core.training.synth.faces import FaceSynthesiser

ORDER = FaceOrder(images=8, seed=3, size=48, people=2, chunk=3)


@pytest.fixture(scope="module", autouse=True)
def one_synthesiser() -> Iterator[None]:
    """Finding the places on the head takes a second: once is enough."""
    made = functools.cache(lambda size: FaceSynthesiser(load_head(), size))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(face_folder, "FaceSynthesiser", lambda head, size: made(size))
        yield


@pytest.fixture(scope="module")
def whole(tmp_path_factory) -> Path:
    out = tmp_path_factory.mktemp("faces") / "set"
    jobs.run(write_faces(ORDER, out))
    return out


def contents(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()}


def test_the_folder_holds_what_the_renderer_drew(whole: Path) -> None:
    params, attributes, more = read_truth(whole / TRUTH)
    made = FaceSynthesiser(load_head(), ORDER.size).faces(ORDER.seeds, people=ORDER.people)
    assert {path.name for path in whole.iterdir()} == {MANIFEST, PICTURES, SHEET, TRUTH}
    np.testing.assert_array_equal(more["seed"], np.arange(3, 11))
    np.testing.assert_allclose(more["landmarks"], made.landmarks, atol=1e-4)
    np.testing.assert_allclose(params.expression, made.params.expression, atol=1e-6)
    np.testing.assert_array_equal(attributes.hair, made.attributes.hair)
    np.testing.assert_array_equal(attributes.person, [1, 2, 2, 3, 3, 4, 4, 5])
    for seed, image in zip(ORDER.seeds, made.images, strict=True):
        stored = cv2.imread(str(whole / PICTURES / f"{seed:08d}.png"))[..., ::-1]
        assert np.abs(stored.astype(int) - image.transpose(1, 2, 0)).mean() < 1.0


def test_a_stopped_job_goes_on_to_the_same_bytes(whole: Path, tmp_path: Path) -> None:
    out = tmp_path / "set"
    job = write_faces(ORDER, out)
    while next(job).done < 3:
        pass
    job.close()
    kept = out / PICTURES / "00000003.png"
    before = kept.stat().st_mtime_ns
    assert not (out / TRUTH).exists()
    jobs.run(write_faces(ORDER, out))
    assert kept.stat().st_mtime_ns == before
    assert contents(out) == contents(whole)


def test_a_finished_folder_is_not_made_again(whole: Path) -> None:
    times = {path: path.stat().st_mtime_ns for path in whole.rglob("*")}
    assert jobs.run(write_faces(ORDER, whole)) == whole / TRUTH
    assert times == {path: path.stat().st_mtime_ns for path in whole.rglob("*")}


def test_another_order_leaves_the_folder_alone(whole: Path, monkeypatch) -> None:
    before = contents(whole)
    with pytest.raises(ExportError, match=r"size 48, wanted 64.*left as they are"):
        jobs.run(write_faces(FaceOrder(images=8, seed=3, size=64, people=2, chunk=3), whole))
    monkeypatch.setattr(face_folder, "renderer_fingerprint", lambda: "newer")
    with pytest.raises(ExportError, match="another version of the renderer"):
        jobs.run(write_faces(ORDER, whole))
    assert contents(whole) == before


def test_a_folder_of_something_else_is_refused(tmp_path: Path) -> None:
    (tmp_path / "holiday.jpg").write_bytes(b"dear")
    with pytest.raises(ExportError, match="not empty"):
        jobs.run(write_faces(ORDER, tmp_path))
    assert [path.name for path in tmp_path.iterdir()] == ["holiday.jpg"]


def test_a_full_disk_keeps_what_is_finished(whole: Path, tmp_path: Path, monkeypatch) -> None:
    out, real, left = tmp_path / "set", face_folder.atomic_write, [6]

    def small_disk(path: Path):
        left[0] -= 1
        if left[0] < 0:
            raise OSError(errno.ENOSPC, "No space left on device")
        return real(path)

    monkeypatch.setattr(face_folder, "atomic_write", small_disk)
    with pytest.raises(ExportError, match=r"disk is full.*finished are kept"):
        jobs.run(write_faces(ORDER, out))
    assert len(list((out / PICTURES).glob("*.png"))) >= 3
    monkeypatch.setattr(face_folder, "atomic_write", real)
    jobs.run(write_faces(ORDER, out))
    assert contents(out) == contents(whole)


def test_errors_say_what_to_do(tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.write_text("x")
    with pytest.raises(ExportError, match="cannot be written"):
        jobs.run(write_faces(ORDER, file / "set"))
    with pytest.raises(ExportError, match="kept for tests"):
        jobs.run(write_faces(FaceOrder(images=5, seed=9_999_998), tmp_path / "set"))
    with pytest.raises(ModelError):
        jobs.run(write_faces(FaceOrder(images=5, head=file), tmp_path / "set"))


@pytest.mark.slow
def test_the_command_gives_the_same_folder_with_any_number_of_workers(tmp_path: Path, capsys) -> None:
    for name, workers in (("one", "1"), ("two", "2")):
        command = ["train", "synth", str(tmp_path / name), "--images", "220", "--size", "48", "--workers", workers]
        assert main([*command, "--json", "--balanced", "--picture", "jpg"]) == 0
        assert json.loads(capsys.readouterr().out)["images"] == 220
    assert contents(tmp_path / "one") == contents(tmp_path / "two")
