"""Which clips a folder holds."""

from __future__ import annotations

from pathlib import Path

from PIL import Image

from neuface_core.clips import find_clips, search


def make(folder: Path, *names: str) -> None:
    for name in names:
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        if path.suffix == ".png":
            Image.new("RGB", (8, 8)).save(path)
        else:
            path.write_bytes(b"x")


def test_a_folder_is_searched_with_its_folders_in_natural_order(tmp_path: Path) -> None:
    make(tmp_path, "take10.mp4", "take2.MP4", "deep/er/a.mkv", "notes.txt", ".hidden.mp4", ".git/b.mp4")
    assert [clip.name for clip in find_clips([tmp_path])] == ["take2", "take10", "a"]


def test_a_folder_of_images_is_one_clip_and_thumbnails_are_none(tmp_path: Path) -> None:
    make(tmp_path, "walk/1.png", "walk/2.png", "films/a.mp4", "films/cover1.png", "films/cover2.png", "lone/1.png")
    clips = find_clips([tmp_path])
    assert [(clip.name, clip.views) for clip in clips] == [
        ("a", (tmp_path / "films" / "a.mp4",)),
        ("walk", (tmp_path / "walk",)),
    ]


def test_names_are_unique_and_differ_by_more_than_case(tmp_path: Path) -> None:
    make(tmp_path, "one/cam.mp4", "two/cam.mp4", "three/CAM.mov", "cam.mp4")
    names = [clip.name for clip in find_clips([tmp_path], taken=["cam"])]
    assert len({name.casefold() for name in names} | {"cam"}) == 5


def test_the_same_file_twice_is_one_clip(tmp_path: Path) -> None:
    make(tmp_path, "a.mp4")
    assert len(find_clips([tmp_path / "a.mp4", tmp_path, tmp_path / "." / "a.mp4"])) == 1


def test_what_is_not_there_is_reported_and_the_rest_found(tmp_path: Path) -> None:
    make(tmp_path, "a.mp4")
    found = search([tmp_path / "gone.mp4", tmp_path / "a.mp4"])
    assert [clip.name for clip in found.clips] == ["a"]
    assert len(found.problems) == 1
    assert "gone.mp4" in str(found.problems[0])


def test_a_link_to_the_folder_above_is_not_walked_for_ever(tmp_path: Path) -> None:
    make(tmp_path, "a/b.mp4")
    (tmp_path / "a" / "up").symlink_to(tmp_path)
    assert [clip.name for clip in find_clips([tmp_path])] == ["b"]
