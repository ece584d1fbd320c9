"""Synthetic clips of several views: the views agree, the truth is where the pictures show it, noise is as measured."""

import json
import tomllib
from pathlib import Path

import numpy as np
import pytest
import torch

from neuface_core.cli import main
from neuface_core.evaluation.face_readings import yaw_pitch_deg
from neuface_core.geometry import matrix_from_rotvec
from neuface_core.heads.bundle import load_head
from neuface_core.heads.params import HeadParams
from neuface_core.jobs import run
from neuface_core.landmarks import detector
from neuface_core.training.clips.clip_folder import ClipOrder, read_view_truth, write_clip
from neuface_core.training.clips.detector_noise import DetectorNoise, noisy_track
from neuface_core.training.clips.performance import perform
from neuface_core.training.clips.render import view_truth
from neuface_core.training.clips.rig import RIGS, _harmonics, rig
from neuface_core.training.synth.lighting import _basis
from neuface_core.video import open_source

STAGGER = 3


@pytest.fixture(scope="module")
def clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    torch.set_num_threads(1)
    out = tmp_path_factory.mktemp("synth") / "talk"
    run(write_clip(ClipOrder(2, 0.5, 12.0, 240, 180, views=3, yaw_deg=10.0, stagger=STAGGER, noise=True), out))
    return out


def test_views_toml_names_the_videos_and_aligns_the_same_moments(clip: Path) -> None:
    rows = tomllib.loads((clip / "views.toml").read_text())["view"]
    assert [row["name"] for row in rows] == ["front", "left_30", "right_30"]
    offsets = {row["name"]: row["offset"] for row in rows}
    assert max(offsets.values()) > 0
    frames = {}
    for row in rows:
        with open_source(clip / row["file"]) as source:
            frames[row["name"]] = source.info.n_frames
            assert (source.info.width, source.info.height) == (240, 180)
        truth = read_view_truth(clip, row["name"])
        assert len(truth["shape"]) == len(truth["track_points"]) == frames[row["name"]] == 6 + offsets[row["name"]]
    jaws = [read_view_truth(clip, name)["jaw_pose"][offset:] for name, offset in offsets.items()]
    assert jaws[0].std() > 0
    np.testing.assert_array_equal(jaws[0], jaws[1])
    np.testing.assert_array_equal(jaws[0], jaws[2])


def test_a_camera_on_the_subjects_left_sees_the_face_look_to_the_left_of_the_picture(clip: Path) -> None:
    head = load_head()
    performance = perform(head, 1, 20, 10.0, 0.0)
    yaws = {}
    for view in rig(1, 7, 64, 64):
        rotation = matrix_from_rotvec(view_truth(head, performance, view).params.global_orient).numpy()
        yaw, pitch = yaw_pitch_deg(rotation)
        yaws[view.name] = float(yaw.mean()), float(pitch.mean())
    for name, yaw, height in RIGS[7]:
        assert yaws[name][0] == pytest.approx(-yaw, abs=6), name
        assert yaws[name][1] == pytest.approx(height, abs=6), name


def test_all_views_show_one_head_and_its_truth_projects_to_the_stored_landmarks(clip: Path) -> None:
    """Written out from the documentation, without the code that made it."""
    head = load_head()
    rows = tomllib.loads((clip / "views.toml").read_text())["view"]
    in_world = []
    for row in rows:
        truth = read_view_truth(clip, row["name"])
        params = HeadParams.from_arrays({n: np.asarray(a, np.float32) for n, a in truth.items() if n in _PARAMS})
        seen = head(params).numpy() + truth["offset"][:, None]
        points = head.landmarks(params, "static").numpy() + truth["offset"][:, None]
        depth = truth["view_distance_m"] - points[..., 2]
        x = truth["view_principal_px"][0] + truth["view_focal_px"] * points[..., 0] / depth
        y = truth["view_principal_px"][1] - truth["view_focal_px"] * points[..., 1] / depth
        np.testing.assert_allclose(np.stack([x, y], -1), truth["landmarks_static"], atol=0.02)
        in_world.append((seen @ truth["view_rotation"])[row["offset"] :])
    np.testing.assert_allclose(in_world[1], in_world[0], atol=2e-5)
    np.testing.assert_allclose(in_world[2], in_world[0], atol=2e-5)


_PARAMS = ("shape", "expression", "global_orient", "neck_pose", "jaw_pose", "eye_pose", "camera")


def test_a_real_detector_finds_the_face_where_the_truth_says_in_every_view(clip: Path) -> None:
    for name in ("front", "left_30", "right_30"):
        truth = read_view_truth(clip, name)
        with open_source(clip / f"{name}.mp4") as source:
            track = run(detector("open").detect(source))[0]
        assert track.detected.mean() > 0.9
        size = np.sqrt(np.ptp(truth["landmarks_open-v2"], axis=1).prod(axis=1))
        error = np.linalg.norm(track.points - truth["landmarks_open-v2"], axis=2).mean(axis=1) / size
        assert np.nanmean(error) < 0.05, name


def test_the_turned_light_is_the_renderers_light() -> None:
    ways = np.random.default_rng(0).normal(size=(20, 3))
    np.testing.assert_allclose(_harmonics(ways), _basis(ways))


def test_noise_has_the_measured_memory_and_size() -> None:
    noise = DetectorNoise.load()
    rng = np.random.default_rng(1)
    frames, side = 400, 100.0
    face = rng.uniform(0, 1, (68, 2))
    face = (face - face.min(0)) / np.ptp(face, axis=0) * side
    truth = np.broadcast_to(face, (frames, 68, 2))
    errors = []
    for seed in range(30):
        track = noisy_track(np.random.default_rng(seed), noise, truth, np.zeros((frames, 3)), 25.0)
        assert track["detected"].all()
        errors.append((np.asarray(track["points"], np.float64) - truth).reshape(frames, 136) / side)
    every = np.stack(errors)
    within = every - every.mean(axis=1, keepdims=True)
    wanted = np.sqrt(np.mean(noise.rest[0] ** 2 + np.square(noise.spread[0][:, None] * noise.ways).sum(axis=0)))
    assert within.std() == pytest.approx(wanted, rel=0.15)
    between = every.mean(axis=1).std(axis=0)
    assert np.sqrt(np.mean(between**2)) == pytest.approx(np.sqrt(np.square(noise.clips[0]).sum(0).mean()), rel=0.35)
    along = within @ noise.ways[0]
    kept = (along[:, 1:] * along[:, :-1]).mean() / np.square(along).mean()
    assert kept == pytest.approx(noise.memory[0], abs=0.08)


def test_a_face_turned_to_the_other_side_has_the_mirrored_noise() -> None:
    noise = DetectorNoise.load()
    truth = np.random.default_rng(2).uniform(0, 100, (5, 68, 2))
    right, left = (
        noisy_track(np.random.default_rng(3), noise, truth, np.tile([0.0, yaw, 0.0], (5, 1)), 25.0)["points"] - truth
        for yaw in (0.6, -0.6)
    )
    np.testing.assert_allclose(left[:, 36, 0], -right[:, 45, 0], atol=1e-4)
    np.testing.assert_allclose(left[:, 8, 1], right[:, 8, 1], atol=1e-4)


def test_noise_only_writes_no_video_and_another_order_is_refused(tmp_path: Path, capsys) -> None:
    out = tmp_path / "a"
    order = [
        "synth",
        "clip",
        str(out),
        "--seconds",
        "0.2",
        "--size",
        "128x96",
        "--views",
        "3",
        "--noise-only",
        "--json",
    ]
    assert main(order) == 0
    assert json.loads(capsys.readouterr().out)["frames"] == 5
    assert not list(out.glob("*.mp4"))
    assert np.isfinite(read_view_truth(out, "left_30")["track_points"]).any()
    before = (out / "truth" / "front.npz").read_bytes()
    assert main(order) == 0
    capsys.readouterr()
    assert main([*order, "--seed", "9"]) == 1
    assert "left as it is" in capsys.readouterr().err
    assert (out / "truth" / "front.npz").read_bytes() == before
    assert main(["synth", "clip", str(tmp_path / "b"), "--views", "5"]) == 1
    assert "--views" in capsys.readouterr().err
