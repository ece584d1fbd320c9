"""`verify` tells a damaged file from a good one and says what is wrong."""

from __future__ import annotations

import shutil

import h5py
import numpy as np
import pytest

from neuface_core.export import verify_dataset


def problems(path) -> str:
    report = verify_dataset(path)
    assert report.ok == (not report.problems)
    return "\n".join(report.problems)


def data_places(path) -> dict[str, tuple[int, int]]:
    """Offset and length in the file of every dataset that is stored in one piece."""
    places: dict[str, tuple[int, int]] = {}
    with h5py.File(path) as file:

        def visit(name: str, item: object) -> None:
            if isinstance(item, h5py.Dataset) and item.id.get_offset() is not None and item.dtype != object:
                places[name] = (item.id.get_offset(), item.id.get_storage_size())

        file.visititems(visit)
    return places


def test_a_good_file_has_no_problems(dataset):
    report = verify_dataset(dataset)
    assert (report.problems, report.n_clips, report.n_frames, report.schema_version) == ((), 2, 10, "1.4.0")


def test_a_flipped_byte_of_any_dataset_is_found(dataset):
    places = data_places(dataset)
    assert len([name for name in places if name.startswith("clips/clip0")]) > 20
    rng = np.random.default_rng(0)
    whole = dataset.read_bytes()
    for name, (offset, size) in places.items():
        damaged = bytearray(whole)
        damaged[offset + int(rng.integers(size))] ^= int(rng.integers(1, 256))
        dataset.write_bytes(damaged)
        found = problems(dataset)
        owner = "/clips/" + name.split("/")[1] if name.startswith("clips") else "/index"
        assert owner in found, name


def test_random_bytes_anywhere_are_found_or_change_nothing(dataset):
    """Also in HDF5's own structures, where they must not take the program down."""
    good = verify_dataset(dataset)
    whole = dataset.read_bytes()
    with h5py.File(dataset) as file:
        shape = file["clips/clip0/params/shape"][()]
    rng = np.random.default_rng(7)
    for position in rng.integers(0, len(whole), 150):
        damaged = bytearray(whole)
        damaged[position] ^= int(rng.integers(1, 256))
        dataset.write_bytes(damaged)
        report = verify_dataset(dataset)
        if report.ok:
            assert report.sha256 == good.sha256
            with h5py.File(dataset) as file:
                np.testing.assert_array_equal(file["clips/clip0/params/shape"][()], shape)


def test_a_damaged_checksum_is_a_problem_too(dataset):
    """Also where it is no text any more (a byte beyond ASCII)."""
    whole = dataset.read_bytes()
    for digest in (verify_dataset(dataset).sha256, h5py.File(dataset)["index/sha256"].asstr()[0]):
        for value in (b"g", b"\xce"):
            dataset.write_bytes(whole.replace(digest.encode(), value + digest[1:].encode()))
            assert "checksum mismatch" in problems(dataset) or "cannot be read" in problems(dataset)
        dataset.write_bytes(whole)


@pytest.mark.parametrize("share", [0.02, 0.3, 0.9, 0.999])
def test_a_truncated_file_is_called_truncated(dataset, share):
    whole = dataset.read_bytes()
    dataset.write_bytes(whole[: int(len(whole) * share)])
    assert "truncated" in problems(dataset)


def test_files_that_are_no_datasets(tmp_path):
    assert "no such file" in problems(tmp_path / "none.h5")
    (tmp_path / "empty.h5").write_bytes(b"")
    assert "empty" in problems(tmp_path / "empty.h5")
    (tmp_path / "text.h5").write_text("hello")
    assert "not an HDF5 file" in problems(tmp_path / "text.h5")
    with h5py.File(tmp_path / "other.h5", "w") as file:
        file["x"] = 1
    assert "not a neuface-dataset" in problems(tmp_path / "other.h5")


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda f: f.attrs.__setitem__("schema_version", "2.0.0"), "schema version 2.0.0"),
        (lambda f: f.__delitem__("clips/clip0/params/jaw_pose"), "/clips/clip0/params/jaw_pose: is missing"),
        (lambda f: f.__delitem__("clips/clip1"), "/clips/clip1: is in /index but missing"),
        (lambda f: f.copy("clips/clip1", "clips/extra"), "/clips/extra: is not in /index"),
        (lambda f: f.__delitem__("model"), "/model/faces: is missing"),
        (lambda f: f["clips/clip0"].attrs.__delitem__("fps"), "/clips/clip0: the attribute 'fps' is missing"),
        (lambda f: f["clips/clip0"].attrs.__setitem__("note", "forged"), "/clips/clip0: checksum mismatch"),
        (lambda f: f["index/nme_bbox"].__setitem__(0, 0.1), "/index, /model, /splits or /provenance: checksum"),
        (lambda f: f["clips/clip0/bbox"].__setitem__((0, 0), 5), "/clips/clip0: checksum mismatch"),
    ],
)
def test_a_changed_file_is_described(dataset, tmp_path, change, message):
    copy = tmp_path / "copy.h5"
    shutil.copy(dataset, copy)
    with h5py.File(copy, "r+") as file:
        change(file)
    assert message in problems(copy)


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (np.zeros((5, 100), np.float64), "has dtype float64, wanted float32"),
        (np.zeros((4, 100), np.float32), "has shape (4, 100), wanted T = 5"),
        (np.zeros(5, np.float32), "wanted 2 dimensions"),
        (np.full((5, 100), np.nan, np.float32), "has no finite value in frame 0, which is marked valid"),
    ],
)
def test_a_wrong_array_is_described(dataset, data, message):
    with h5py.File(dataset, "r+") as file:
        del file["clips/clip0/params/shape"]
        file["clips/clip0/params/shape"] = data
    assert f"/clips/clip0/params/shape: {message}" in problems(dataset).replace(": has shape (5,), w", ": w")
