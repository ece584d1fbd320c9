"""The frame that is asked for is the frame that comes, whatever the container does with time."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from numbered_video import HEIGHT, WIDTH, number_of, numbered, write_numbered
from PIL import Image

from neuface_core.video import open_source

N = 90
_STEPS = np.random.default_rng(3).integers(5, 90, N)
CONSTANT = [40 * i for i in range(N)]
VARIABLE = [int(t) for t in np.cumsum(_STEPS) - _STEPS[0]]
LATE = [1700 + t for t in VARIABLE]
GOP = {"g": "24", "bf": "3", "b_adapt": "0"}

KINDS: dict[str, Callable[[Path], Path]] = {
    "constant rate mp4": lambda d: write_numbered(d / "a.mp4", CONSTANT, options={"g": "12", "bf": "0"}),
    "B-frames, variable rate mp4": lambda d: write_numbered(d / "a.mp4", VARIABLE, options=GOP),
    "one key frame only": lambda d: write_numbered(d / "a.mp4", VARIABLE, options={"g": "9999", "bf": "2"}),
    "open groups": lambda d: write_numbered(
        d / "a.mkv", VARIABLE, options={"x264-params": "open-gop=1:keyint=20:bframes=3:scenecut=0"}
    ),
    "mkv with a late start": lambda d: write_numbered(d / "a.mkv", LATE, options=GOP, sound=True),
    "mov with sound": lambda d: write_numbered(d / "a.mov", LATE, options=GOP, sound=True),
    "hevc": lambda d: write_numbered(
        d / "a.mp4",
        VARIABLE,
        codec="libx265",
        options={"x265-params": "keyint=20:open-gop=1:bframes=3:log-level=none:pools=1:frame-threads=1"},
    ),
    "transport stream": lambda d: write_numbered(
        d / "a.ts", [3600 * i for i in range(N)], options=GOP, time_base=Fraction(1, 90000)
    ),
    "avi without presentation times": lambda d: write_numbered(
        d / "a.avi", list(range(N)), codec="mpeg4", options={"g": "12", "bf": "2"}, time_base=Fraction(1, 25)
    ),
    "gif": lambda d: write_numbered(d / "a.gif", [4 * i for i in range(N)], codec="gif", time_base=Fraction(1, 100)),
    "turned mov": lambda d: write_numbered(d / "a.mov", VARIABLE, options=GOP, rotation=180),
    "image folder": lambda d: _images(d / "images"),
}


def _images(folder: Path) -> Path:
    folder.mkdir()
    for number in range(N):
        Image.fromarray(numbered(number)).save(folder / f"frame{number}.png")  # frame10 sorts before frame2 as text
    return folder


@pytest.fixture(params=KINDS, scope="module")
def video(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return KINDS[request.param](tmp_path_factory.mktemp("video"))


def test_every_frame_comes_in_order(video: Path) -> None:
    with open_source(video) as source:
        assert source.info.n_frames == N
        read = [_number(frame, source.info.rotation) for frame in source.frames()]
    assert read == list(range(N))


def test_random_and_backwards_access_gives_the_frame_of_that_number(video: Path) -> None:
    wanted = [
        *np.random.default_rng(0).integers(0, N, 40).tolist(),
        *range(N - 1, N - 20, -1),
        *range(8, -1, -1),
        N - 1,
    ]
    with open_source(video) as source:
        got = [_number(source.frame(i), source.info.rotation) for i in wanted]
    assert got == wanted


def test_a_closed_source_opens_again_where_it_was(video: Path) -> None:
    with open_source(video) as source:
        source.frame(50)
        source.close()
        assert _number(source.frame(51), source.info.rotation) == 51


def test_frames_of_two_loops_at_once_do_not_mix(video: Path) -> None:
    with open_source(video) as source:
        pairs = zip(source.frames(0, 12), source.frames(40, 52), strict=True)
        got = [(_number(a, source.info.rotation), _number(b, source.info.rotation)) for a, b in pairs]
    assert got == [(i, 40 + i) for i in range(12)]


def _number(picture: np.ndarray, rotation: int) -> int:
    return number_of(np.rot90(picture, rotation // 90))


@pytest.mark.parametrize("index", [-1, N])
def test_a_frame_outside_is_refused(video: Path, index: int) -> None:
    with open_source(video) as source, pytest.raises(IndexError, match="outside"):
        source.frame(index)


def test_time_stamps_and_rate_are_those_of_the_file(tmp_path: Path) -> None:
    with open_source(write_numbered(tmp_path / "late.mkv", LATE, options=GOP)) as source:
        np.testing.assert_allclose(source.info.times, (np.array(LATE) - LATE[0]) / 1000, atol=1.1e-3)
        assert source.info.fps == pytest.approx((N - 1) / ((LATE[-1] - LATE[0]) / 1000), rel=1e-3)


@pytest.mark.parametrize(("counter_clockwise", "rotation"), [(90, 270), (-90, 90), (180, 180)])
def test_a_phone_video_stands_upright(tmp_path: Path, counter_clockwise: int, rotation: int) -> None:
    path = write_numbered(tmp_path / "phone.mp4", CONSTANT[:10], rotation=counter_clockwise)
    with open_source(path) as source:
        assert source.info.rotation == rotation
        turned = rotation in (90, 270)
        assert (source.info.width, source.info.height) == ((HEIGHT, WIDTH) if turned else (WIDTH, HEIGHT))
        picture = source.frame(7)
        assert picture.shape == (source.info.height, source.info.width, 3)
        assert number_of(np.rot90(picture, counter_clockwise // -90)) == 7


def test_pixels_that_are_not_square_are_made_square(tmp_path: Path) -> None:
    path = write_numbered(tmp_path / "wide.mp4", CONSTANT[:10], aspect=Fraction(4, 3))
    with open_source(path) as source:
        assert (source.info.width, source.info.height) == (round(WIDTH * 4 / 3), HEIGHT)
        assert number_of(source.frame(5)) == 5


def test_frames_that_an_edit_list_hides_do_not_count(clips_folder: Path) -> None:
    # The container lists 98 frames; every player shows 95.
    with open_source(clips_folder / "pyfeat_no_face.mp4") as source:
        assert source.info.n_frames == 95
        assert source.info.warning == ""


def test_real_clips_have_the_frames_that_they_say(clips_folder: Path) -> None:
    expected = {
        "pyfeat_single_face.mp4": (72, 640, 360, "h264"),
        "pyfeat_noface_face.mov": (169, 960, 540, "hevc"),
        "liveportrait_driving_d13.mp4": (352, 720, 1280, "h264"),
        "facerec_short_hamilton_clip.mp4": (275, 640, 360, "h264"),
    }
    for name, wanted in expected.items():
        with open_source(clips_folder / name) as source:
            info = source.info
            assert (info.n_frames, info.width, info.height, info.codec) == wanted
            assert (np.diff(info.pts) > 0).all()
