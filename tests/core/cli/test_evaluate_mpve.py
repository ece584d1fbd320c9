"""`neuface evaluate mpve` and `scan` as a lab uses them: folders of meshes, arrays, and mistakes."""

import csv
import io
import json
from pathlib import Path

import numpy as np
import pytest
import trimesh

from neuface_core.cli import main
from neuface_core.evaluation.scan_distance import NOW_LANDMARKS
from neuface_core.heads.bundle import load_head

SHIFT = np.array([0.0, 0.003, 0.004])  # 5 mm


@pytest.fixture(scope="module")
def truth() -> np.ndarray:
    head = load_head()
    return np.repeat(head(head.neutral(1)).numpy(), 3, axis=0).astype(np.float64)


def write_folder(folder: Path, vertices: np.ndarray, suffix: str = "ply", scale: float = 1.0) -> Path:
    folder.mkdir()
    for k, frame in enumerate(vertices):
        mesh = trimesh.Trimesh(frame * scale, load_head().faces, process=False)
        mesh.export(folder / f"frame{k + 8}.{suffix}")  # 8, 9, 10: not in the order of letters
    return folder


def told(capsys: pytest.CaptureFixture[str], *arguments: object) -> str:
    assert main(["evaluate", *map(str, arguments)]) == 0
    return capsys.readouterr().out


def refused(capsys: pytest.CaptureFixture[str], *arguments: object) -> str:
    assert main(["evaluate", *map(str, arguments)]) == 1
    return capsys.readouterr().err


def test_folders_in_other_units_and_formats_compare(
    tmp_path: Path, truth: np.ndarray, capsys: pytest.CaptureFixture[str]
) -> None:
    found = truth + SHIFT
    found[2] += SHIFT
    ply = write_folder(tmp_path / "ply", found, scale=1000.0)
    obj = write_folder(tmp_path / "obj", truth, "obj")
    report = json.loads(told(capsys, "mpve", ply, obj, "--mask", "face", "--mask", "all", "--format", "json"))
    assert report["units"] == ["mm", "m"]
    assert report["frame_names"] == ["frame8", "frame9", "frame10"]
    by = {(row["mask"], row["alignment"]): row for row in report["results"]}
    assert by["all", "none"]["mpve_mm"] == pytest.approx((5 + 5 + 10) / 3, rel=1e-3)
    assert by["face", "none"]["worst_frame"] == "frame10"
    assert by["face", "rigid"]["mpve_mm"] < 1e-2
    assert by["face", "none"]["vertices"] == load_head().vertex_masks["face"].sum()


def test_arrays_and_csv_and_a_file_of_the_report(
    tmp_path: Path, truth: np.ndarray, capsys: pytest.CaptureFixture[str]
) -> None:
    np.save(tmp_path / "a.npy", (truth + SHIFT).astype(np.float32))
    np.savez(tmp_path / "b.npz", vertices=truth, fps=25)
    out = tmp_path / "report.csv"
    told(capsys, "mpve", tmp_path / "a.npy", tmp_path / "b.npz", "--align", "none", "--format", "csv", "--out", out)
    rows = list(csv.DictReader(io.StringIO(out.read_text())))
    assert [float(row["all_none_mm"]) for row in rows] == pytest.approx([5, 5, 5], rel=1e-3)
    table = told(capsys, "mpve", tmp_path / "a.npy", tmp_path / "b.npz")
    assert "| all (" in table
    assert "similarity" in table


def test_other_topologies_are_sent_to_the_scan_comparison(
    tmp_path: Path, truth: np.ndarray, capsys: pytest.CaptureFixture[str]
) -> None:
    np.save(tmp_path / "a.npy", truth)
    np.save(tmp_path / "b.npy", truth[:, :-5])
    said = refused(capsys, "mpve", tmp_path / "a.npy", tmp_path / "b.npy")
    assert "4927 vertices" in said
    assert "neuface evaluate scan" in said


def test_other_lengths_need_overlap(tmp_path: Path, truth: np.ndarray, capsys: pytest.CaptureFixture[str]) -> None:
    np.save(tmp_path / "a.npy", truth)
    np.save(tmp_path / "b.npy", truth[:2])
    assert "--overlap" in refused(capsys, "mpve", tmp_path / "a.npy", tmp_path / "b.npy")
    report = told(capsys, "mpve", tmp_path / "a.npy", tmp_path / "b.npy", "--overlap", "--format", "json")
    assert json.loads(report)["frames"] == 2


def test_a_size_that_no_head_has_is_refused(tmp_path: Path, truth: np.ndarray, capsys) -> None:
    np.save(tmp_path / "a.npy", truth * 7)
    np.save(tmp_path / "b.npy", truth)
    assert "neither in metres" in refused(capsys, "mpve", tmp_path / "a.npy", tmp_path / "b.npy")
    assert "which is no head" in refused(capsys, "mpve", tmp_path / "b.npy", tmp_path / "b.npy", "--unit", "mm")


def test_a_mask_that_does_not_fit_says_what_would(tmp_path: Path, truth: np.ndarray, capsys) -> None:
    np.save(tmp_path / "a.npy", truth[:, :100] * 2)
    assert ".npy or .txt" in refused(capsys, "mpve", tmp_path / "a.npy", tmp_path / "a.npy", "--mask", "face")
    np.savetxt(tmp_path / "few.txt", [3, 5, 8, 90], fmt="%d")
    report = told(
        capsys, "mpve", tmp_path / "a.npy", tmp_path / "a.npy", "--mask", tmp_path / "few.txt", "--format", "json"
    )
    assert json.loads(report)["results"][0]["vertices"] == 4


def test_missing_and_broken_files_are_errors_of_the_user(tmp_path: Path, capsys) -> None:
    assert "no such file" in refused(capsys, "mpve", tmp_path / "none", tmp_path / "none")
    (tmp_path / "bad.ply").write_bytes(b"ply\nnonsense")
    assert "cannot be read" in refused(capsys, "mpve", tmp_path / "bad.ply", tmp_path / "bad.ply")
    (tmp_path / "bad.npy").write_bytes(b"nonsense")
    assert "cannot be read" in refused(capsys, "mpve", tmp_path / "bad.npy", tmp_path / "bad.npy")
    (tmp_path / "empty").mkdir()
    assert "no PLY or OBJ" in refused(capsys, "mpve", tmp_path / "empty", tmp_path / "empty")


def test_a_scan_in_millimetres_against_the_open_head(tmp_path: Path, truth: np.ndarray, capsys) -> None:
    head = load_head()
    trimesh.Trimesh(truth[0], head.faces, process=False).export(tmp_path / "mesh.ply")
    points = head.landmarks(head.neutral(1), "static")[0].numpy()[list(NOW_LANDMARKS)]
    trimesh.PointCloud(truth[0, 1:] * 1000 + [30, 0, 0]).export(tmp_path / "scan.ply")
    assert "scan.landmarks" in refused(capsys, "scan", tmp_path / "mesh.ply", tmp_path / "scan.ply")
    np.savetxt(tmp_path / "scan.landmarks.txt", points * 1000 + [30, 0, 0])
    report = json.loads(told(capsys, "scan", tmp_path / "mesh.ply", tmp_path / "scan.ply", "--format", "json"))
    assert report["all"]["mean_mm"] < 0.01
    assert report["all"]["within_1mm"] == 100
    assert "≤ 3 mm" in told(capsys, "scan", tmp_path / "mesh.ply", tmp_path / "scan.ply")
