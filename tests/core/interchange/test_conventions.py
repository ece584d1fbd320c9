"""A file of another tool, our head and the file's camera draw every landmark where the tool itself draws it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from foreign_files import (
    Performance,
    deca_camera,
    deca_crop,
    deca_pixels,
    deca_tform,
    flame_landmarks,
    gaussian_avatars_pixels,
    metrical_pixels,
    of_deca,
    perform,
    vhap_pixels,
    vhap_translation,
    write_deca,
    write_emoca,
    write_gaussian_avatars,
    write_metrical,
    write_release,
    write_smirk,
    write_vhap,
)
from made_up_flame import embeddings, flame_data, flame_entries
from numpy.typing import NDArray
from PIL import Image

from neuface_core.heads.model import HeadModel
from neuface_core.heads.params import HeadParams
from neuface_core.interchange.cameras import InCrop, Pinhole, WeakPerspective, upright
from neuface_core.interchange.systems import recognise
from neuface_core.interchange.track import ForeignTrack

CLOSE_PX = 0.02
SIZE = (640, 360)


@pytest.fixture(scope="module")
def entries() -> dict[str, Any]:
    return flame_entries()


@pytest.fixture(scope="module")
def points(entries: dict[str, Any]) -> dict[str, NDArray[Any]]:
    return embeddings(entries)


@pytest.fixture(scope="module")
def head(entries: dict[str, Any], points: dict[str, NDArray[Any]]) -> HeadModel:
    return HeadModel(flame_data(entries, points))


def drawn(track: ForeignTrack, head: HeadModel) -> NDArray[np.float64]:
    """Pixels of the 68 fixed landmarks by our head, zero-padded to 300 + 100, and the track's own camera."""
    assert isinstance(track.camera, (Pinhole, WeakPerspective))
    arrays = track.params(head.n_shape, head.n_expression)
    params = HeadParams.from_arrays({**arrays, "camera": np.zeros((track.n_rows, 3), np.float32)})
    camera = track.camera
    if isinstance(camera, Pinhole) and not camera.upright:
        root = head.rest_joints(params)[:, 0].numpy()
        orient, camera = upright(camera, track.global_orient, root)
        params = HeadParams(**{**vars(params), "global_orient": torch.as_tensor(orient, dtype=torch.float32)})
    return camera.project(head.landmarks(params, "static").numpy())


def only(path: Path, system: str, pictures: Path | None = None) -> ForeignTrack:
    found = recognise(path)
    assert [f.system.name for f in found] == [system]
    (track,) = found[0].read(pictures)
    return track


def test_vhap(tmp_path: Path, entries: dict[str, Any], points: dict[str, Any], head: HeadModel) -> None:
    moves = perform()
    write_vhap(tmp_path / "tracked_flame_params_0.npz", perform(seed=1), SIZE)
    write_vhap(tmp_path / "tracked_flame_params_30.npz", moves, SIZE)
    track = only(tmp_path, "VHAP")
    wanted = vhap_pixels(flame_landmarks(entries, points, moves), vhap_translation(moves), SIZE)
    assert np.abs(drawn(track, head) - wanted).max() < CLOSE_PX
    assert track.head == "flame-2023:300,100"
    assert track.image_size == SIZE


def test_gaussian_avatars_with_two_cameras(
    tmp_path: Path, entries: dict[str, Any], points: dict[str, Any], head: HeadModel
) -> None:
    moves = perform()
    cameras = write_gaussian_avatars(tmp_path / "set", moves, SIZE)
    (found,) = recognise(tmp_path)
    tracks = found.read()
    assert [track.view for track in tracks] == ["cam0", "cam1"]
    landmarks = flame_landmarks(entries, points, moves)
    for track, camera in zip(tracks, cameras, strict=True):
        wanted = gaussian_avatars_pixels(landmarks, vhap_translation(moves), camera, SIZE)
        assert np.abs(drawn(track, head) - wanted).max() < CLOSE_PX
        assert track.frames.tolist() == list(range(moves.frames))


def test_metrical_tracker(tmp_path: Path, entries: dict[str, Any], points: dict[str, Any], head: HeadModel) -> None:
    moves = perform()
    still = {"global_orient": np.zeros((moves.frames, 3)), "neck_pose": np.zeros((moves.frames, 3))}
    moves = Performance(moves.shape, moves.expression, {**moves.poses, **still})
    write_metrical(tmp_path / "actor", moves, 512)
    track = only(tmp_path / "actor", "MICA + tracker")
    wanted = metrical_pixels(flame_landmarks(entries, points, moves), 512)
    assert np.abs(drawn(track, head) - wanted).max() < CLOSE_PX
    assert track.eyelids is not None
    assert track.eyelids[3].tolist() == pytest.approx([0.2, 0.3])


def test_metrical_tracker_in_the_video_that_its_pictures_were_cut_from(
    tmp_path: Path, entries: dict[str, Any], points: dict[str, Any], head: HeadModel
) -> None:
    moves = perform()
    still = {"global_orient": np.zeros((moves.frames, 3)), "neck_pose": np.zeros((moves.frames, 3))}
    moves = Performance(moves.shape, moves.expression, {**moves.poses, **still})
    write_metrical(tmp_path / "actor", moves, 512)
    (tmp_path / "in").mkdir()
    torch.save(np.array([100, 400, 20, 310]), tmp_path / "in" / "bbox.pt")  # 300 x 290: 5 black rows above and below
    track = only(tmp_path / "actor", "MICA + tracker", tmp_path / "in" / "video.mp4")
    tracked = metrical_pixels(flame_landmarks(entries, points, moves), 512)
    wanted = (tracked + 0.5) * 300 / 512 - [0, 5] + [100, 20] - 0.5
    assert np.abs(drawn(track, head) - wanted).max() < CLOSE_PX
    assert track.image_size is None


def test_deca(tmp_path: Path, entries: dict[str, Any], points: dict[str, Any], head: HeadModel) -> None:
    moves = of_deca(perform(n_shape=100, n_expression=50))
    write_deca(tmp_path / "out", moves)
    track = only(tmp_path / "out", "DECA")
    crop = deca_crop(flame_landmarks(entries, points, moves), deca_camera(moves.frames))
    wanted = deca_pixels(crop, deca_tform(moves.frames))
    assert np.abs(drawn(track, head) - wanted).max() < CLOSE_PX
    assert track.head == "flame-2020:100,50"


def test_the_transform_as_decas_loop_turns_it_for_its_renderer(tmp_path: Path, head: HeadModel) -> None:
    moves = of_deca(perform(n_shape=100, n_expression=50))
    rows = {"shape": moves.shape, "exp": moves.expression, "cam": deca_camera(moves.frames)}
    rows["pose"] = np.hstack([moves.poses["global_orient"], moves.poses["jaw_pose"]])
    tform = deca_tform(moves.frames)
    np.savez(tmp_path / "a.npz", **rows, tform=tform)
    np.savez(tmp_path / "b.npz", **rows, tform=np.swapaxes(np.linalg.inv(tform), 1, 2))
    straight, turned = only(tmp_path / "a.npz", "DECA"), only(tmp_path / "b.npz", "DECA")
    assert np.abs(drawn(straight, head) - drawn(turned, head)).max() < 1e-6
    assert [found.path.name for found in recognise(tmp_path)] == ["a.npz", "b.npz"]  # clips, not frames


def test_emoca_of_the_first_face(tmp_path: Path) -> None:
    moves = of_deca(perform(n_shape=100, n_expression=50))
    write_emoca(tmp_path / "EMOCA_v2", moves)
    track = only(tmp_path, "EMOCA")
    assert track.frames.tolist() == list(range(moves.frames))
    assert np.allclose(track.expression, moves.expression, atol=1e-6)
    assert np.allclose(track.jaw_pose, moves.poses["jaw_pose"], atol=1e-6)
    assert track.camera is None
    assert f"Other faces were left out: 1 of {moves.frames + 1} rows." in track.notes


def test_smirk(tmp_path: Path, entries: dict[str, Any], points: dict[str, Any], head: HeadModel) -> None:
    moves = of_deca(perform(n_expression=50))
    write_smirk(tmp_path / "clip.pt", moves)
    track = only(tmp_path / "clip.pt", "SMIRK")
    crop = deca_crop(flame_landmarks(entries, points, moves), deca_camera(moves.frames))
    assert np.abs(drawn(track, head) - deca_pixels(crop, deca_tform(moves.frames))).max() < CLOSE_PX
    assert track.head == "flame-2020:300,50"
    assert track.eyelids is not None


def test_the_released_neuface_with_two_cameras_in_one_folder(
    tmp_path: Path, entries: dict[str, Any], points: dict[str, Any], head: HeadModel
) -> None:
    """Crops come back from the landmarks that the loader left beside the pictures, as the loader cut them."""
    moves = of_deca(perform(n_shape=100, n_expression=50))
    rows = np.repeat(np.arange(moves.frames), 2)
    fan = np.random.default_rng(0).uniform(120, 260, (len(rows), 68, 2))
    low, high = fan.min(1), fan.max(1)
    tforms = []
    for a, b in zip(low, high, strict=True):
        size = int((b[0] - a[0] + b[1] - a[1]) / 2 * 1.1 * 1.25)
        scale, corner = 223 / size, (a + b) / 2 - size / 2
        tforms.append([[scale, 0, -scale * corner[0]], [0, scale, -scale * corner[1]], [0, 0, 1]])
    pixels = np.concatenate([fan, np.ones((len(rows), 68, 1))], -1) @ np.swapaxes(np.array(tforms), 1, 2)
    in_crop = pixels[..., :2] / 224 * 2 - 1
    images = tmp_path / "images"
    images.mkdir()
    for i, frame in enumerate(rows):
        name = f"img_{frame + 1:04d}_{('front', 'left_30')[i % 2]}"
        Image.new("RGB", (320, 300)).save(images / f"{name}.jpg")
        np.save(images / f"{name}_kpt.npy", np.concatenate([fan[i], np.ones((68, 1))], axis=1))
    write_release(tmp_path / "params.npz", moves, in_crop, rows)
    (found,) = recognise(tmp_path / "params.npz")
    tracks = found.read(images)
    assert [track.view for track in tracks] == ["front", "left_30"]
    crop = deca_crop(flame_landmarks(entries, points, moves), deca_camera(moves.frames))
    for k, track in enumerate(tracks):
        wanted = deca_pixels(crop, np.array(tforms)[k::2])
        assert np.abs(drawn(track, head) - wanted).max() < CLOSE_PX
        assert track.landmarks is not None
        assert np.abs(track.landmarks - fan[k::2]).max() < CLOSE_PX
        assert track.frame_names[1] == f"img_0002_{('front', 'left_30')[k]}.jpg"

    (alone,) = found.read()
    assert isinstance(alone.camera, InCrop)
    assert alone.landmarks_in_crop
