"""From a file of another tool to a clip with a fit: scored, compared, kept whole, and honest about what is missing."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from foreign_files import (
    deca_camera,
    deca_crop,
    deca_pixels,
    deca_tform,
    flame_landmarks,
    of_deca,
    perform,
    vhap_pixels,
    vhap_translation,
    write_deca,
    write_emoca,
    write_gaussian_avatars,
    write_release,
    write_vhap,
)
from made_up_flame import embeddings, flame_data, flame_entries
from numpy.typing import NDArray
from PIL import Image

from neuface_core.clips import Clip
from neuface_core.errors import ModelError
from neuface_core.heads.model import HeadModel
from neuface_core.interchange.systems import recognise
from neuface_core.jobs import Job, Progress, run
from neuface_core.landmarks.track import LandmarkTrack
from neuface_core.pipeline_import import Imported, finish_imports, import_tracks
from neuface_core.project import Project
from neuface_core.video import FrameSource
from neuface_core.video_write import write_video

SIZE = (640, 360)
FRAMES = 6
RIGHT = np.array([2.0, 0.0])


@pytest.fixture(scope="module")
def entries() -> dict[str, Any]:
    return flame_entries()


@pytest.fixture(scope="module")
def points(entries: dict[str, Any]) -> dict[str, NDArray[Any]]:
    return embeddings(entries)


@pytest.fixture(scope="module")
def heads(entries: dict[str, Any], points: dict[str, NDArray[Any]]) -> Callable[[str], HeadModel]:
    made: dict[str, HeadModel] = {}

    def head_of(spec: str) -> HeadModel:
        n_shape, n_expression = (int(n) for n in spec.partition(":")[2].split(","))
        if spec not in made:
            data = flame_data(entries, points, n_shape=n_shape, n_expression=n_expression)
            made[spec] = HeadModel(replace(data, head_id=spec))
        return made[spec]

    return head_of


def no_head(spec: str) -> HeadModel:
    raise ModelError(f"{spec} is not installed.")


@pytest.fixture(scope="module")
def video(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("video") / "talk.mp4"
    frames = np.random.default_rng(2).integers(0, 255, (FRAMES, *SIZE[::-1], 3), dtype=np.uint8)
    write_video(path, frames, fps=25)
    return path


class Known:
    """A detector that sees these points, two pixels to the right."""

    name, contour = "open-v2", "static"

    def __init__(self, pixels: NDArray[np.float64] | None, *, bystander_first: bool = True) -> None:
        self.pixels, self.asked, self.bystander_first = pixels, 0, bystander_first

    def detect(self, source: FrameSource) -> Job[tuple[LandmarkTrack, ...]]:
        yield Progress("landmarks", 0, 1)
        self.asked += 1
        if self.pixels is None:
            return ()
        seen = (self.pixels + RIGHT).astype(np.float32)
        boxes = np.concatenate([seen.min(1), seen.max(1)], axis=1)
        ones = np.ones(len(seen), bool)
        found = LandmarkTrack(seen, np.ones(seen.shape[:2], np.float32), boxes, ones, self.name, "static")
        bystander = replace(found, points=seen / 4, boxes=boxes / 4)
        return (bystander, found) if self.bystander_first else (found, bystander)


@pytest.fixture
def project(tmp_path: Path) -> Iterator[Project]:
    with Project.create(tmp_path / "p.neuface") as opened:
        yield opened


def bring(project: Project, path: Path, video: Path | None, detect: Known, heads: Any) -> list[Imported]:
    return run(import_tracks(project, recognise(path), video, detect, head_of=heads))


def test_weak_perspective_is_exact_and_scored_against_the_detector(
    project: Project, tmp_path: Path, video: Path, entries: Any, points: Any, heads: Any
) -> None:
    moves = of_deca(perform(FRAMES, 100, 50))
    write_deca(tmp_path / "deca", moves)
    crop = deca_crop(flame_landmarks(entries, points, moves), deca_camera(FRAMES))
    pixels = deca_pixels(crop, deca_tform(FRAMES))
    (done,) = bring(project, tmp_path / "deca", video, Known(pixels), heads)
    assert done.problem == ""
    assert done.record is not None
    assert done.record.name == "talk (DECA)"
    assert done.record.state == "to_review"
    fit = project.load_fit(done.record.name)
    head = heads(fit.head_id)
    with torch.no_grad():
        drawn = fit.crops.to_frame(head.project(head.landmarks(fit.params, "static"), fit.params.camera).numpy())
    assert np.abs(drawn - pixels).max() < 0.1
    assert np.abs(fit.projected - pixels).max() < 0.1
    box = pixels.max(1) - pixels.min(1)
    assert fit.metrics["nme_bbox"] == pytest.approx(float((200 / np.sqrt(box.prod(1))).mean()), rel=1e-3)
    assert {"jitter_mm", "msi_v", "msi_l", "shape_norm"} <= fit.metrics.keys()
    assert done.residual_px == 0
    assert fit.settings["import"]["licence"].startswith("DECA")  # type: ignore[index]
    assert len(fit.settings["import"]["sha256"]) == 64  # type: ignore[index]


def test_a_pinhole_is_measured_with_itself_and_drawn_as_nearly_as_possible(
    project: Project, tmp_path: Path, video: Path, entries: Any, points: Any, heads: Any
) -> None:
    moves = perform(FRAMES)
    write_vhap(tmp_path / "tracked_flame_params_30.npz", moves, SIZE)
    pixels = vhap_pixels(flame_landmarks(entries, points, moves), vhap_translation(moves), SIZE)
    (done,) = bring(project, tmp_path, video, Known(pixels), heads)
    assert done.record is not None
    fit = project.load_fit(done.record.name)
    assert np.abs(fit.projected - pixels).max() < 0.1
    head = heads(fit.head_id)
    with torch.no_grad():
        drawn = fit.crops.to_frame(head.project(head.landmarks(fit.params, "static"), fit.params.camera).numpy())
    left = np.sqrt(((drawn - pixels) ** 2).sum(-1).mean(1))
    assert done.residual_px == pytest.approx(left.mean(), rel=1e-3)
    assert 0.1 < done.residual_percent < 5


def test_systems_lie_beside_each_other_on_one_video_and_landmarks_are_found_once(
    project: Project, tmp_path: Path, video: Path, entries: Any, points: Any, heads: Any
) -> None:
    moves = perform(FRAMES)
    (tmp_path / "a").mkdir()
    write_vhap(tmp_path / "a" / "tracked_flame_params_1.npz", moves, SIZE)
    write_deca(tmp_path / "b", of_deca(perform(FRAMES, 100, 50)))
    pixels = vhap_pixels(flame_landmarks(entries, points, moves), vhap_translation(moves), SIZE)
    detect = Known(pixels)
    (ours,) = project.add_clips([Clip("talk", (video,))])
    bring(project, tmp_path / "a", video, detect, heads)
    bring(project, tmp_path / "b", video, detect, heads)
    bring(project, tmp_path / "b", video, detect, heads)  # again: the next fit of the same clip
    assert [(r.name, r.system) for r in project.clips()] == [
        ("talk", ""),
        ("talk (VHAP)", "VHAP"),
        ("talk (DECA)", "DECA"),
    ]
    assert detect.asked == 1
    assert project.add_clips([Clip("talk", (video,))])[0].name == ours.name


def test_without_the_head_model_everything_is_kept_and_finished_later(
    project: Project, tmp_path: Path, video: Path, entries: Any, points: Any, heads: Any
) -> None:
    moves = perform(FRAMES)
    write_vhap(tmp_path / "tracked_flame_params_30.npz", moves, SIZE)
    pixels = vhap_pixels(flame_landmarks(entries, points, moves), vhap_translation(moves), SIZE)
    (done,) = bring(project, tmp_path, video, Known(pixels), no_head)
    assert done.record is not None
    assert done.record.state == "set_aside"
    assert "flame-2023 is not installed" in done.record.reason
    assert "neuface models add" in done.record.reason
    fit = project.load_fit(done.record.name)
    assert np.allclose(fit.params.expression.numpy(), moves.expression, atol=1e-6)
    assert "nme_bbox" not in fit.metrics

    (tmp_path / "tracked_flame_params_30.npz").unlink()
    (finished,) = run(finish_imports(project, Known(pixels), heads))
    assert finished.record is not None
    assert finished.record.state == "to_review"
    assert finished.record.metrics["nme_bbox"] > 0
    assert run(finish_imports(project, Known(pixels), heads)) == []


def test_a_head_without_a_camera_is_laid_on_the_landmarks_and_that_is_said(
    project: Project, tmp_path: Path, video: Path, entries: Any, points: Any, heads: Any
) -> None:
    moves = of_deca(perform(FRAMES, 100, 50))
    write_emoca(tmp_path / "emoca", moves)
    crop = deca_crop(flame_landmarks(entries, points, moves), deca_camera(FRAMES))
    pixels = deca_pixels(crop, deca_tform(FRAMES))
    (done,) = bring(project, tmp_path / "emoca", video, Known(pixels, bystander_first=False), heads)
    assert done.record is not None
    fit = project.load_fit(done.record.name)
    assert np.abs(fit.projected - (pixels + RIGHT)).max() < 0.1
    assert any("laid on the landmarks" in note for note in done.notes)
    assert fit.settings["import"]["placed_on_landmarks"] is True  # type: ignore[index]


def test_the_crop_of_the_released_neuface_is_found_by_its_landmarks(
    project: Project, tmp_path: Path, video: Path, entries: Any, points: Any, heads: Any
) -> None:
    moves = of_deca(perform(FRAMES, 100, 50))
    crop = deca_crop(flame_landmarks(entries, points, moves), deca_camera(FRAMES))
    write_release(tmp_path / "params.npz", moves, crop, np.arange(FRAMES))
    pixels = deca_pixels(crop, deca_tform(FRAMES))
    (done,) = bring(project, tmp_path / "params.npz", video, Known(pixels - RIGHT, bystander_first=False), heads)
    assert done.record is not None
    fit = project.load_fit(done.record.name)
    assert np.abs(fit.projected - pixels).max() < 0.1
    assert fit.metrics["nme_bbox"] < 0.05
    assert any("crop was found by the landmarks" in note for note in done.notes)


def test_cameras_in_one_folder_become_views_of_one_clip(
    project: Project, tmp_path: Path, entries: Any, points: Any, heads: Any
) -> None:
    folder = tmp_path / "subject" / "set"
    write_gaussian_avatars(folder, perform(FRAMES), (320, 180))
    (folder / "images").mkdir()
    for i in range(FRAMES):
        for camera in range(2):
            noise = np.random.default_rng(10 * i + camera).integers(0, 255, (180, 320, 3), dtype=np.uint8)
            Image.fromarray(noise).save(folder / "images" / f"{i:05d}_{camera:02d}.png")
    (done,) = bring(project, folder, None, Known(None), heads)
    assert done.problem == ""
    assert done.record is not None
    assert done.record.n_views == 2
    assert done.record.n_frames == FRAMES
    assert project.view_names(done.record.name) == ("cam0", "cam1")
    assert done.record.metrics["cvd_mm"] < 1e-3  # one head, seen twice


def test_numbers_of_frames_that_disagree_are_both_told(
    project: Project, tmp_path: Path, video: Path, heads: Any
) -> None:
    write_vhap(tmp_path / "long.npz", perform(FRAMES + 3), SIZE)
    write_vhap(tmp_path / "short.npz", perform(FRAMES - 2), SIZE)
    long, short = bring(project, tmp_path, video, Known(None), heads)
    assert any("The track has 9 frames and the video 6: the first 6 rows were taken" in note for note in long.notes)
    assert any("4 rows and the video 6 frames: 2 frames have no mesh" in note for note in short.notes)
    assert short.record is not None
    assert project.load_fit(short.record.name).valid.tolist() == [True] * 4 + [False] * 2


def test_a_track_of_cut_pictures_leaves_no_clip_behind(
    project: Project, tmp_path: Path, video: Path, heads: Any
) -> None:
    write_vhap(tmp_path / "square.npz", perform(FRAMES), (512, 512))
    (done,) = bring(project, tmp_path / "square.npz", video, Known(None), heads)
    assert "512 × 512, the video has 640 × 360" in done.problem
    assert project.clips() == []


def test_several_tracks_find_their_videos_by_name(project: Project, tmp_path: Path, video: Path, heads: Any) -> None:
    videos = tmp_path / "videos"
    videos.mkdir()
    for name, seed in (("anna", 1), ("ben", 2)):
        frames = np.random.default_rng(seed).integers(0, 255, (FRAMES, *SIZE[::-1], 3), dtype=np.uint8)
        write_video(videos / f"{name}.mp4", frames, fps=25)
        (tmp_path / "out" / f"{name}_whole").mkdir(parents=True)
        write_vhap(tmp_path / "out" / f"{name}_whole" / "tracked_flame_params_30.npz", perform(FRAMES), SIZE)
    done = bring(project, tmp_path / "out", videos, Known(None), heads)
    assert [one.record.name if one.record else one.problem for one in done] == ["anna (VHAP)", "ben (VHAP)"]
