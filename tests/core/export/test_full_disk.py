"""A full disk: a clear message, nothing half written, and the program lives (HDF5 alone would take it down)."""

from __future__ import annotations

import resource
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from neuface_core.errors import ExportError, ProjectError
from neuface_core.export import export_dataset, verify_dataset
from neuface_core.jobs import run
from neuface_core.project import ClipState, Project


@contextmanager
def no_file_larger_than(size: int) -> Iterator[None]:
    """The kernel refuses to let a file grow beyond `size` bytes; needs no privileges."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A real file system of 512 KiB."""
    folder = tmp_path / "small"
    folder.mkdir()
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=512k", "tmpfs", str(folder)], capture_output=True)
    if mounted.returncode:
        pytest.skip("only root may mount a small disk; the tests with a limit on file size ran")
    yield folder
    subprocess.run(["umount", str(folder)], check=True)


@pytest.mark.parametrize("size", [1_000, 20_000, 100_000, 150_000])
@pytest.mark.parametrize("vertices", [False, True])
def test_an_export_that_hits_a_limit_leaves_nothing(reviewed, tmp_path, size, vertices):
    with no_file_larger_than(size), pytest.raises(ExportError, match="File too large"):
        run(export_dataset(reviewed, tmp_path / "out.h5", include_vertices=vertices))
    assert not list(tmp_path.glob("out.h5*"))
    assert run(export_dataset(reviewed, tmp_path / "out.h5")).n_clips == 2  # HDF5 still works in this process


def test_an_export_to_a_full_disk_leaves_the_older_file(reviewed, small_disk, tmp_path):
    filler = small_disk / "filler"
    filler.write_bytes(bytes(400_000))
    with pytest.raises(ExportError, match="disk is full"):
        run(export_dataset(reviewed, small_disk / "out.h5"))
    assert [path.name for path in small_disk.iterdir()] == ["filler"]
    filler.unlink()
    run(export_dataset(reviewed, small_disk / "out.h5"))
    before = (small_disk / "out.h5").read_bytes()
    with pytest.raises(ExportError, match="disk is full"):
        run(export_dataset(reviewed, small_disk / "out.h5", include_vertices=True))
    assert (small_disk / "out.h5").read_bytes() == before
    assert verify_dataset(small_disk / "out.h5").ok


def test_a_project_on_a_full_disk_keeps_what_it_has(reviewed, small_disk, make_fit):
    path = small_disk / "p.neuface"
    reviewed.close()
    subprocess.run(["cp", "-r", str(reviewed.path), str(path)], check=True)
    with Project.open(path) as project:
        (small_disk / "filler").write_bytes(b"")
        with (small_disk / "filler").open("ab", buffering=0) as filler:
            try:
                while True:
                    filler.write(bytes(1024))
            except OSError:
                pass
        with pytest.raises(ProjectError, match="kept"):
            project.save_fit("clip3", make_fit(50))
        refused = 0
        for _ in range(40):  # the write-ahead log may have room for some
            try:
                project.decide("clip3", "accept")
            except ProjectError:
                refused += 1
        assert refused
        count = len(project.history("clip3"))
        assert count == 40 - refused
        (small_disk / "filler").unlink()
        project.decide("clip3", "reject", reason="jitter")
    with Project.open(path) as project:
        assert len(project.history("clip3")) == count + 1
        assert project.clip("clip3").state is ClipState.REJECTED
        assert project.clip("clip1").state is ClipState.ACCEPTED
        assert not list(path.rglob("*.partial-*"))


def test_a_fit_that_hits_a_limit_leaves_the_older_one(reviewed, make_fit):
    with no_file_larger_than(5_000), pytest.raises(ProjectError, match="could not be written"):
        reviewed.save_fit("clip0", make_fit(50))
    assert reviewed.load_fit("clip0").n_frames == 5
    assert reviewed.clip("clip0").state is ClipState.ACCEPTED
    assert not list(reviewed.path.rglob("*.partial-*"))
