"""Files that are incomplete, of another head, or meant to do harm: told in words, and nothing runs."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from foreign_files import deca_camera, deca_pose, of_deca, perform, write_deca, write_metrical, write_vhap
from scipy.io import savemat

from neuface_core.errors import NeuFaceError, TrackError
from neuface_core.interchange.systems import SYSTEMS, looks_like_a_track, recognise, system_of
from neuface_core.interchange.track_file import read_track, write_track

SIZE = (640, 360)


class Evil:
    """Would make a file when it is unpickled."""

    def __init__(self, mark: Path) -> None:
        self.mark = mark

    def __reduce__(self) -> Any:
        return os.mkdir, (str(self.mark),)


def test_a_frame_that_wants_to_execute_something_is_harmless_and_named(tmp_path: Path) -> None:
    mark = tmp_path / "executed"
    write_metrical(tmp_path / "actor", perform(2), 512, evil=Evil(mark))
    with pytest.raises(NeuFaceError, match="mkdir"):
        recognise(tmp_path)[0].read()
    assert not mark.exists()


def test_an_array_of_objects_that_wants_to_execute_something_is_harmless(tmp_path: Path) -> None:
    mark = tmp_path / "executed"
    rows = {"shape": np.zeros((2, 100)), "exp": np.zeros((2, 50)), "pose": np.zeros((2, 6))}
    np.savez(tmp_path / "deca.npz", **rows, cam=np.array([Evil(mark)], dtype=object))
    with pytest.raises(NeuFaceError, match="mkdir"):
        recognise(tmp_path / "deca.npz")[0].read()
    np.save(tmp_path / "codes.npy", np.array({**rows, "cam": Evil(mark)}, dtype=object), allow_pickle=True)
    with pytest.raises(NeuFaceError, match="No track of a known tool"):
        recognise(tmp_path / "codes.npy")
    with pytest.raises(NeuFaceError, match="mkdir"):
        recognise(tmp_path / "codes.npy", "deca")[0].read()
    assert not mark.exists()


def test_what_is_missing_is_named_with_the_shapes_of_what_is_there(tmp_path: Path) -> None:
    write_vhap(tmp_path / "a.npz", perform(4), SIZE)
    arrays = dict(np.load(tmp_path / "a.npz"))
    del arrays["eyes_pose"]
    np.savez(tmp_path / "b.npz", **arrays)
    with pytest.raises(TrackError, match=r"lacks 'eyes_pose' or 'eye_pose' \(F, 6\); it has rotation \(4, 3\)"):
        recognise(tmp_path / "b.npz", "vhap")[0].read()
    np.savez(tmp_path / "c.npz", **{**arrays, "eyes_pose": np.zeros((3, 6))})
    with pytest.raises(TrackError, match=r"'eyes_pose' has the shape \(3, 6\), wanted \(4, 6\)"):
        recognise(tmp_path / "c.npz")[0].read()


def test_other_head_models_and_rows_without_numbers(tmp_path: Path) -> None:
    write_vhap(tmp_path / "a.npz", perform(4), SIZE)
    arrays = dict(np.load(tmp_path / "a.npz"))
    np.savez(tmp_path / "wide.npz", **{**arrays, "expr": np.zeros((4, 120))})
    with pytest.raises(TrackError, match="120 coefficients of expression; FLAME has at most 100"):
        recognise(tmp_path / "wide.npz")[0].read()
    arrays["translation"][2] = np.nan
    np.savez(tmp_path / "holes.npz", **arrays)
    (track,) = recognise(tmp_path / "holes.npz")[0].read()
    assert track.frames.tolist() == [0, 1, 3]
    assert "1 of 4 rows hold NaN (first: frame 2) and were left out." in track.notes
    np.savez(tmp_path / "nan.npz", **{**arrays, "expr": np.full((4, 100), np.nan)})
    with pytest.raises(TrackError, match="No row of the file consists of numbers"):
        recognise(tmp_path / "nan.npz")[0].read()


def test_decas_own_mat_files_hold_no_parameters_and_the_way_out_is_told(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    savemat(tmp_path / "a" / "a.mat", {"verts": np.zeros((1, 5023, 3)), "trans_verts": np.zeros((1, 5023, 3))})
    with pytest.raises(TrackError, match=r"meshes and no parameters.*codedict"):
        recognise(tmp_path)[0].read()


def test_frames_of_two_runs_in_one_folder(tmp_path: Path) -> None:
    moves = of_deca(perform(3, 100, 50))
    for name in ("a_0001", "b_0001"):
        row = {"shape": moves.shape[:1], "exp": moves.expression[:1], "pose": deca_pose(moves)[:1]}
        savemat(tmp_path / f"{name}.mat", {**row, "cam": deca_camera(3)[:1]})
    (track,) = recognise(tmp_path)[0].read()
    assert track.frames.tolist() == [0, 1]  # no numbers of their own: places in the list


def test_what_is_no_track_is_said_with_what_would_be(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("nothing")
    np.savez(tmp_path / "other.npz", a=np.zeros(3))
    with pytest.raises(TrackError, match=r"Known are VHAP: tracked_flame_params"):
        recognise(tmp_path)
    with pytest.raises(TrackError, match="no such file"):
        recognise(tmp_path / "missing")
    with pytest.raises(TrackError, match="no system 'vahp'"):
        system_of("vahp")
    assert not looks_like_a_track(tmp_path)
    assert not looks_like_a_track(tmp_path / "other.npz")
    (tmp_path / "broken.npz").write_bytes(b"PK\x03\x04 nothing of a zip")
    assert not looks_like_a_track(tmp_path / "broken.npz")
    with pytest.raises(NeuFaceError, match="damaged"):
        recognise(tmp_path / "broken.npz", "vhap")[0].read()


def test_a_folder_of_many_tools_is_told_apart(tmp_path: Path) -> None:
    (tmp_path / "vhap").mkdir()
    write_vhap(tmp_path / "vhap" / "tracked_flame_params_30.npz", perform(3), SIZE)
    write_deca(tmp_path / "deca", of_deca(perform(3, 100, 50)))
    write_metrical(tmp_path / "mica", perform(3), 512)
    torch.save({"anything": torch.zeros(3)}, tmp_path / "weights.pt")
    found = {one.path.name: one.system.name for one in recognise(tmp_path)}
    assert found == {"deca": "DECA", "mica": "MICA + tracker", "vhap": "VHAP"}
    assert len({system.key for system in SYSTEMS}) == 7


def test_a_track_is_kept_whole(tmp_path: Path) -> None:
    write_vhap(tmp_path / "a.npz", perform(3), SIZE, lights=np.ones((9, 3), np.float32))
    (track,) = recognise(tmp_path / "a.npz")[0].read()
    write_track(tmp_path / "kept.track", track)
    again = read_track(tmp_path / "kept.track")
    for name, value in vars(track).items():
        other = getattr(again, name)
        if isinstance(value, np.ndarray):
            assert np.array_equal(value, other), name
        elif name == "camera":
            assert all(np.array_equal(a, b) for a, b in zip(vars(value).values(), vars(other).values(), strict=True))
        elif name == "extra":
            assert value.keys() == other.keys()
        else:
            assert value == other, name
    (tmp_path / "kept.track").write_bytes(b"nothing")
    with pytest.raises(NeuFaceError, match="damaged"):
        read_track(tmp_path / "kept.track")
