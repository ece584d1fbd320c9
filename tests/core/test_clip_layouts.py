"""Which videos are views of one clip: views.toml, folders that the user says so of, MEAD's folders."""

from __future__ import annotations

from pathlib import Path

import pytest

from neuface_core.clips import Clip, read_views_toml, search
from neuface_core.errors import VideoError


def make(folder: Path, *names: str) -> None:
    for name in names:
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"x")


def write_toml(folder: Path, *rows: str) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "views.toml"
    path.write_text("# views\n" + "".join(f"[[view]]\n{row}\n" for row in rows), encoding="utf-8")
    return path


def test_a_folder_with_a_views_toml_is_one_clip_in_the_order_of_its_rows(tmp_path: Path) -> None:
    make(tmp_path, "talk/a.mp4", "talk/b.mp4", "talk/not a view.mp4", "talk/deep/c.mp4", "other.mp4")
    write_toml(tmp_path / "talk", 'name = "left"\nfile = "b.mp4"\noffset = 3', 'file = "a.mp4"')
    other, talk = search([tmp_path]).clips
    assert other == Clip("other", (tmp_path / "other.mp4",), ("other",), (0,))
    assert talk == Clip("talk", (tmp_path / "talk" / "b.mp4", tmp_path / "talk" / "a.mp4"), ("left", "a"), (3, 0))
    assert search([tmp_path / "talk" / "views.toml"]).clips == (talk,)


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        (['file = "a.mp4"', 'name = "left"\nfile = "gone.mp4"'], r"file of view 2 \(left\) is not there: gone.mp4"),
        (['name = "x"\nfile = "a.mp4"', 'name = "X"\nfile = "b.mp4"'], "views 1 and 2 have the same name"),
        (['file = "a.mp4"', 'name = "again"\nfile = "a.mp4"'], "views 1 and 2 have the same file"),
        (['file = "a.mp4"\noffset = -1'], r"`offset` of view 1 \(a\) is no frame number"),
        (['file = "a.mp4"\noffset = 1.5'], "is no frame number"),
        (['name = "left"'], "view 1 has no `file`"),
        (['file = "a.mp4"\nofset = 2'], "unknown key 'ofset'"),
        (['file = "a.mp4"\nname = "a/b"'], "`name` of view 1 is no plain text"),
        (["file = a.mp4"], "it is no TOML"),
        ([], "it has no table"),
    ],
)
def test_a_wrong_views_toml_is_left_out_naming_row_and_key(tmp_path: Path, rows: list[str], said: str) -> None:
    make(tmp_path, "talk/a.mp4", "talk/b.mp4", "other.mp4")
    path = write_toml(tmp_path / "talk", *rows)
    with pytest.raises(VideoError, match=said) as caught:
        read_views_toml(path)
    assert caught.value.path == path
    found = search([tmp_path])
    assert [clip.name for clip in found.clips] == ["other"]
    assert [str(problem) for problem in found.problems] == [str(caught.value)]


def test_videos_of_a_folder_are_views_only_where_the_user_says_so(tmp_path: Path) -> None:
    make(tmp_path, "one/cam10.mp4", "one/cam2.mp4", "two/a.mp4", "two/a.mov", "two/.b.mp4")
    assert len(search([tmp_path]).clips) == 4
    one, two = search([tmp_path], views=True).clips
    assert (one.name, one.view_names, one.offsets) == ("one", ("cam2", "cam10"), (0, 0))
    assert (two.name, two.view_names) == ("two", ("a", "a-2"))


def test_the_takes_of_a_person_of_mead_get_the_views_that_there_are(tmp_path: Path) -> None:
    for view in ("front", "left_30", "down"):
        make(tmp_path, f"M003/video/{view}/happy/level_2/002.mp4")
    make(tmp_path, "M003/video/front/happy/level_2/010.mp4", "M003/audio/happy/level_2/002.mp4")
    first, second = search([tmp_path / "M003"], views=True).clips
    assert (first.name, first.view_names) == ("M003_happy_level_2_002", ("front", "left_30", "down"))
    assert (second.name, second.view_names) == ("M003_happy_level_2_010", ("front",))
