"""Videos that are written play everywhere, look as they should, and are whole or absent."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from neuface_core.errors import VideoError
from neuface_core.video import open_source
from neuface_core.video_write import VideoWriter, write_video


def frames(count: int, height: int = 90, width: int = 121) -> list[np.ndarray]:
    y, x = np.mgrid[:height, :width]
    return [np.stack([40 + x, 40 + y, 60 + 0 * x + 5 * i], axis=-1).astype(np.uint8) for i in range(count)]


def test_what_is_written_is_read_back(tmp_path: Path) -> None:
    given = frames(20)
    write_video(tmp_path / "a.mp4", given, fps=23.976)
    with open_source(tmp_path / "a.mp4") as source:
        assert (source.info.n_frames, source.info.width, source.info.height) == (20, 122, 90)
        assert source.info.fps == pytest.approx(23.976, rel=1e-4)
        assert source.info.codec == "h264"
        for i, picture in enumerate(source.frames()):
            # A wrong colour matrix would shift saturated colours by 10 and more.
            assert np.abs(picture[:, :121].astype(int) - given[i]).mean() < 3


def test_frames_keep_their_own_times(tmp_path: Path) -> None:
    times = [0.0, 0.04, 0.1, 0.5, 0.52]
    with VideoWriter(tmp_path / "a.mp4", fps=25) as writer:
        for picture, time in zip(frames(5), times, strict=True):
            writer.add(picture, time)
    with open_source(tmp_path / "a.mp4") as source:
        np.testing.assert_allclose(source.info.times, times, atol=1e-4)


def test_a_failure_half_way_leaves_the_older_file(tmp_path: Path) -> None:
    write_video(tmp_path / "a.mp4", frames(3), fps=25)
    older = (tmp_path / "a.mp4").read_bytes()

    def broken() -> Iterator[np.ndarray]:
        yield from frames(3)
        raise RuntimeError("the job was stopped")

    with pytest.raises(RuntimeError):
        write_video(tmp_path / "a.mp4", broken(), fps=25)
    assert (tmp_path / "a.mp4").read_bytes() == older
    assert list(tmp_path.iterdir()) == [tmp_path / "a.mp4"]


def test_no_frame_is_no_video(tmp_path: Path) -> None:
    with pytest.raises(VideoError, match="no frame"):
        write_video(tmp_path / "a.mp4", [], fps=25)
    assert not list(tmp_path.iterdir())


def test_a_missing_folder_is_named(tmp_path: Path) -> None:
    with pytest.raises(VideoError, match="folder does not exist"):
        write_video(tmp_path / "nowhere" / "a.mp4", frames(2), fps=25)


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of 64 KiB."""
    folder = tmp_path / "disk"
    folder.mkdir()
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", str(folder)], capture_output=True)
    if mounted.returncode:
        pytest.skip("mounting a small disk needs root")
    yield folder
    subprocess.run(["umount", str(folder)], check=True)


def test_a_full_disk_is_said_and_nothing_half_written_stays(small_disk: Path) -> None:
    noise = np.random.default_rng(0)
    (small_disk / "a.mp4").write_bytes(b"older")
    with pytest.raises(VideoError, match=r"disk is full.*older file is unchanged"):
        write_video(small_disk / "a.mp4", (noise.integers(0, 255, (256, 256, 3), np.uint8) for _ in range(40)), fps=25)
    assert [p.name for p in small_disk.iterdir()] == ["a.mp4"]
    assert (small_disk / "a.mp4").read_bytes() == b"older"


def test_a_limit_on_file_size_is_an_error_too(tmp_path: Path) -> None:
    program = f"""
import resource
import numpy as np
from neuface_core.errors import VideoError
from neuface_core.video_write import write_video
resource.setrlimit(resource.RLIMIT_FSIZE, (50_000, 50_000))
noise = np.random.default_rng(0)
try:
    write_video({str(tmp_path / "a.mp4")!r}, (noise.integers(0, 255, (256, 256, 3), np.uint8) for _ in range(40)), 25)
except VideoError as error:
    print(error)
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert "cannot be written" in done.stdout
    assert not list(tmp_path.iterdir())
