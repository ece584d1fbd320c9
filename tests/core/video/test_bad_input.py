"""What cannot be read says why, in words; what is half there gives its good half."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import av
import numpy as np
import pytest
from numbered_video import number_of, numbered, write_numbered, write_tone
from PIL import Image

from neuface_core.errors import VideoError
from neuface_core.video import open_source

N = 80
TIMES = [40 * i for i in range(N)]
GOP = {"g": "16", "bf": "2"}
NOBODY = 65534


def cut(path: Path, share: float) -> Path:
    path.write_bytes(path.read_bytes()[: int(share * path.stat().st_size)])
    return path


def _table_at_the_end_missing(folder: Path) -> Path:
    return cut(write_numbered(folder / "cut.mp4", TIMES, options=GOP), 0.6)


def _empty(folder: Path) -> Path:
    (folder / "empty.mp4").touch()
    return folder / "empty.mp4"


def _text(folder: Path) -> Path:
    (folder / "text.mp4").write_text("This is a shopping list: bread, milk, three lemons.\n" * 20)
    return folder / "text.mp4"


def _noise(folder: Path) -> Path:
    (folder / "noise.mp4").write_bytes(np.random.default_rng(0).bytes(5000))
    return folder / "noise.mp4"


def _only_sound(folder: Path) -> Path:
    with av.open(str(folder / "song.mp4"), "w") as container:
        write_tone(container, container.add_stream("aac", rate=8000, layout="mono"), seconds=1)
    return folder / "song.mp4"


def _no_images(folder: Path) -> Path:
    (folder / "letters").mkdir()
    (folder / "letters" / "a.txt").write_text("hello")
    return folder / "letters"


def _images_of_two_sizes(folder: Path) -> Path:
    for number, size in enumerate([(32, 24), (32, 24), (30, 24)]):
        Image.new("RGB", size).save(folder / f"{number}.png")
    return folder


def _damaged_image(folder: Path) -> Path:
    (folder / "1.png").write_bytes(b"no image")
    return folder


CASES: dict[str, tuple[Callable[[Path], Path], str]] = {
    "cut off": (_table_at_the_end_missing, "was cut off"),
    "zero bytes": (_empty, r"empty \(0 bytes\)"),
    "text": (_text, "text file, not a video"),
    "noise": (_noise, "not a video that can be read"),
    "only sound": (_only_sound, "no video track in this file. It has only sound"),
    "missing": (lambda folder: folder / "gone.mp4", "no such file"),
    "folder without images": (_no_images, "no image in this folder"),
    "images of two sizes": (_images_of_two_sizes, "0.png is 32 × 24, 2.png is 30 × 24"),
    "damaged image": (_damaged_image, "not an image"),
}


@pytest.mark.parametrize("case", CASES)
def test_the_message_says_what_is_wrong_and_names_the_file_last(tmp_path: Path, case: str) -> None:
    make, wanted = CASES[case]
    path = make(tmp_path)
    with pytest.raises(VideoError, match=wanted) as caught:
        open_source(path)
    assert str(caught.value).endswith(f"{caught.value.path})")
    assert str(path) in str(caught.value.path)


@pytest.fixture
def public_folder() -> Iterator[Path]:
    """A folder that everybody may enter; pytest's own are for one user."""
    with tempfile.TemporaryDirectory() as name:
        Path(name).chmod(0o755)
        yield Path(name)


@contextmanager
def as_somebody_else() -> Iterator[None]:
    """Root may read everything: ask as a user who may not."""
    if os.geteuid() != 0:
        yield
        return
    os.seteuid(NOBODY)
    try:
        yield
    finally:
        os.seteuid(0)


@pytest.mark.parametrize("kind", ["file", "folder", "file in a folder"])
def test_without_permission_the_message_says_so(public_folder: Path, kind: str) -> None:
    locked = public_folder / "private"
    if kind == "file":
        write_numbered(public_folder / "private.mp4", TIMES[:5]).rename(locked)
    else:
        locked.mkdir()
    asked = locked / "a.mp4" if kind == "file in a folder" else locked
    locked.chmod(0)
    with as_somebody_else(), pytest.raises(VideoError, match="no permission to read this"):
        open_source(asked)
    locked.chmod(0o755)


def test_a_video_with_a_torn_end_gives_the_frames_before_it(tmp_path: Path) -> None:
    # The table is at the front here, as in videos for the web.
    fast = {"movflags": "+faststart"}
    path = cut(write_numbered(tmp_path / "torn.mp4", TIMES, options=GOP, container_options=fast), 0.6)
    with open_source(path) as source:
        n_frames = source.info.n_frames
        assert 20 < n_frames < N
        assert f"{N - n_frames} of {N} frames cannot be read" in source.info.warning
        assert [number_of(frame) for frame in source.frames()] == list(range(n_frames))
        assert number_of(source.frame(3)) == 3


def test_a_recording_that_was_interrupted_gives_what_was_recorded(tmp_path: Path) -> None:
    path = cut(write_numbered(tmp_path / "torn.mkv", TIMES, options=GOP), 0.5)
    with open_source(path) as source:
        assert 20 < source.info.n_frames < N
        assert [number_of(frame) for frame in source.frames()] == list(range(source.info.n_frames))


def test_a_stream_that_starts_in_the_middle_counts_from_its_first_whole_picture(tmp_path: Path) -> None:
    path = write_numbered(tmp_path / "cast.ts", TIMES, options=GOP)
    data = path.read_bytes()
    path.write_bytes(data[len(data) // 188 // 3 * 188 :])
    with open_source(path) as source:
        read = [number_of(frame) for frame in source.frames()]
        assert read == list(range(read[0], N))
        assert number_of(source.frame(10)) == read[10]


def test_a_hole_in_the_middle_loses_no_count(tmp_path: Path) -> None:
    path = write_numbered(tmp_path / "hole.mp4", TIMES, options=GOP)
    data = bytearray(path.read_bytes())
    middle = data.index(b"mdat") + len(data) // 3
    data[middle : middle + 400] = bytes(400)
    path.write_bytes(data)
    with open_source(path) as source:
        assert sum(1 for _ in source.frames()) == source.info.n_frames == N
        assert number_of(source.frame(N - 1)) == N - 1
        assert number_of(source.frame(0)) == 0


def test_what_became_shorter_while_it_was_open_shows_its_last_picture(tmp_path: Path) -> None:
    path = write_numbered(tmp_path / "long.mkv", [40 * i for i in range(400)], options={"g": "9999", "bf": "0"})
    with open_source(path) as source:
        assert number_of(source.frame(5)) == 5
        os.truncate(path, path.stat().st_size // 2)
        last = number_of(source.frame(399))
        assert 5 < last < 399
        assert [number_of(source.frame(i)) for i in (last, last + 1)] == [last, last]


def test_a_file_that_vanishes_while_it_is_used_is_reported(tmp_path: Path) -> None:
    path = write_numbered(tmp_path / "gone.mp4", TIMES)
    source = open_source(path)
    source.close()
    path.rename(tmp_path / "elsewhere.mp4")
    with pytest.raises(VideoError, match="no such file"):
        source.frame(4)


def test_opening_many_videos_leaves_no_file_open(tmp_path: Path) -> None:
    path = write_numbered(tmp_path / "a.mp4", TIMES[:8])
    before = len(os.listdir("/proc/self/fd")) if Path("/proc/self/fd").exists() else 0  # noqa: PTH208
    for _ in range(20):
        with open_source(path) as source:
            source.frame(3)
    for _ in range(20):
        with pytest.raises(VideoError):
            open_source(_text(tmp_path))
    after = len(os.listdir("/proc/self/fd")) if Path("/proc/self/fd").exists() else 0  # noqa: PTH208
    assert after <= before + 1


def test_a_single_image_is_a_video_of_one_frame(tmp_path: Path) -> None:
    Image.fromarray(numbered(5)).save(tmp_path / "five.png")
    with open_source(tmp_path / "five.png") as source:
        assert source.info.n_frames == 1
        assert number_of(source.frame(0)) == 5
