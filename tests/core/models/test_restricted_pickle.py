"""FLAME's files are read as they are, without their libraries; a pickle that means harm does none and is named."""

from __future__ import annotations

import pickle
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from flame_files import Harmful, python2_pickle, sparse_regressor, write_flame, write_landmark_embedding, write_masks
from made_up_flame import embeddings, flame_entries
from scipy import sparse

from neuface_core.errors import ModelError
from neuface_core.models.array_file import read_npy, read_npz
from neuface_core.models.restricted_pickle import read_pickle


@pytest.fixture(scope="module")
def entries() -> dict[str, Any]:
    return flame_entries()


@pytest.mark.parametrize("chumpy", [True, False])
def test_a_flame_file_is_read_without_chumpy(tmp_path: Path, entries: dict[str, Any], chumpy: bool) -> None:
    path = write_flame(tmp_path / "generic_model.pkl", entries, chumpy=chumpy, select=chumpy)
    assert (b"cchumpy.ch\nCh\n" in path.read_bytes()) == chumpy
    assert b"cscipy.sparse.csc\ncsc_matrix\n" in path.read_bytes()
    found = read_pickle(path)
    for name, wanted in entries.items():
        if isinstance(wanted, np.ndarray):
            np.testing.assert_array_equal(found[name], wanted, err_msg=name)
            assert found[name].dtype == wanted.dtype, name
    np.testing.assert_array_equal(found["J_regressor"].toarray(), sparse_regressor(entries))
    assert (found["bs_style"], found["bs_type"]) == ("lbs", "lrotmin")


def test_files_of_todays_python_are_read_too(tmp_path: Path, entries: dict[str, Any]) -> None:
    few = entries["shapedirs"][:, :, :5].copy()
    for protocol in range(pickle.HIGHEST_PROTOCOL + 1):
        (tmp_path / "model.pkl").write_bytes(
            pickle.dumps(
                {"J_regressor": entries["J_regressor"], "shapedirs": few, "extra": [1, {"a": (2.5, None, True)}]},
                protocol,
            )
        )
        found = read_pickle(tmp_path / "model.pkl")
        np.testing.assert_array_equal(found["shapedirs"], few)
        assert (found["J_regressor"] != entries["J_regressor"]).nnz == 0
        assert found["extra"] == [1, {"a": (2.5, None, True)}]


def test_decas_landmarks_come_with_their_tensors(tmp_path: Path, entries: dict[str, Any]) -> None:
    points = embeddings(entries)
    found = read_npy(write_landmark_embedding(tmp_path / "landmark_embedding.npy", points))
    np.testing.assert_array_equal(found["dynamic_lmk_faces_idx"], points["dynamic_faces"])
    np.testing.assert_array_equal(found["dynamic_lmk_bary_coords"], points["dynamic_weights"].astype(np.float32))
    np.testing.assert_array_equal(found["full_lmk_faces_idx"], points["full_faces"][None])


def test_masks_are_lists_of_vertices(tmp_path: Path) -> None:
    found = read_pickle(write_masks(tmp_path / "FLAME_masks.pkl"))
    assert len(found["face"]) == 1787
    assert found["lips"].dtype.kind == "i"


@pytest.mark.parametrize("protocol", [0, 2, 4])
def test_a_harmful_pickle_stays_harmless_and_is_named(tmp_path: Path, protocol: int) -> None:
    trace = tmp_path / "was_executed"
    path = tmp_path / "flame2023.pkl"
    path.write_bytes(pickle.dumps({"v_template": np.zeros(3), "f": Harmful(trace)}, protocol))
    with pytest.raises(ModelError, match=r"posix\.system|nt\.system") as error:
        read_pickle(path)
    assert "Nothing in it was executed" in str(error.value)
    assert str(error.value).endswith(f"({path})")
    array = np.empty((), object)
    array[()] = Harmful(trace)
    np.save(tmp_path / "landmark_embedding.npy", array, allow_pickle=True)
    with pytest.raises(ModelError, match="system"):
        read_npy(tmp_path / "landmark_embedding.npy")
    assert not trace.exists()


@pytest.mark.parametrize(
    "program",
    [
        b"cbuiltins\neval\n(S'1'\ntR.",
        b"c__builtin__\ngetattr\n(S'a'\nS'b'\ntR.",
        b"cnumpy\nload\n(S'/etc/passwd'\ntR.",
        b"cnumpy.testing._private.utils\nrunstring\n(S'1'\n}tR.",
        b"csubprocess\nPopen\n(S'true'\ntR.",
        b"(S'true'\nios\nsystem\n.",
        b"(cos\nsystem\nS'true'\no.",
        b"\x80\x04\x8c\x08builtins\x8c\x04exec\x93\x8c\x011\x85R.",
        b"\x80\x02\x82\x01.",
        b"ctorch.hub\nload\n(S'a'\ntR.",
        b"ctorch\nload\n(S'a'\ntR.",
    ],
)
def test_no_way_to_name_a_function_gets_through(tmp_path: Path, program: bytes) -> None:
    (tmp_path / "a.pkl").write_bytes(program)
    with pytest.raises(ModelError, match="wants to use"):
        read_pickle(tmp_path / "a.pkl")


def test_placeholders_are_for_what_is_unknown_not_for_what_starts_programs(tmp_path: Path) -> None:
    for program in (b"comegaconf.dictconfig\nDictConfig\n(S'a'\ntR.", b"cnumpy\nload\n(S'/etc/passwd'\ntR."):
        (tmp_path / "a.pkl").write_bytes(program)
        assert "not executed" in repr(read_pickle(tmp_path / "a.pkl", unknown="placeholder"))
    for program in (b"cposix\nsystem\n(S'true'\ntR.", b"cbuiltins\neval\n(S'1'\ntR."):
        (tmp_path / "a.pkl").write_bytes(program)
        with pytest.raises(ModelError, match="wants to use"):
            read_pickle(tmp_path / "a.pkl", unknown="placeholder")


def test_a_class_of_ours_cannot_be_changed_by_a_file(tmp_path: Path) -> None:
    # BUILD on the class itself, and on a function of the list, with attributes to set.
    for name in (b"cnumpy\ndtype\n", b"cnumpy.core.multiarray\n_reconstruct\n", b"c_codecs\nencode\n"):
        (tmp_path / "a.pkl").write_bytes(name + b"}}S'name'\nS'changed'\nsS'value'\nI0\ns\x86b.")
        with pytest.raises(ModelError):
            read_pickle(tmp_path / "a.pkl")
    (tmp_path / "good.pkl").write_bytes(python2_pickle({"a": np.arange(3)}))
    np.testing.assert_array_equal(read_pickle(tmp_path / "good.pkl")["a"], np.arange(3))


@pytest.mark.parametrize(
    ("program", "said"),
    [
        (b"r\xff\xff\xff\x7f.", "damaged|reserves"),
        (b"Nr\xff\xff\xff\x7f.", "reserves"),
        (
            b"\x80\x02cnumpy.core.multiarray\n_reconstruct\ncnumpy\nndarray\nK\x00\x85U\x01b\x87R(K\x01J\xff\xff\xff\x7f\x85"
            b"cnumpy\ndtype\nU\x02f8K\x00K\x01\x87R(K\x03U\x01<NNNJ\xff\xff\xff\xffJ\xff\xff\xff\xffK\x00tb\x89U\x01atb.",
            "shape",
        ),
        (b"]" * 300 + b"a" * 299 + b".", "nested"),
        (b"T\xff\xff\xff\x7fabc.", "damaged"),
        (b"", "damaged"),
        (b"not a pickle at all", "damaged"),
        (b"PK\x03\x04", "damaged"),
    ],
)
def test_absurd_and_damaged_files_are_refused_at_once(tmp_path: Path, program: bytes, said: str) -> None:
    (tmp_path / "a.pkl").write_bytes(program)
    with pytest.raises(ModelError, match=said):
        read_pickle(tmp_path / "a.pkl")


def test_shared_tuples_do_not_unroll(tmp_path: Path) -> None:
    (tmp_path / "a.pkl").write_bytes(b"N" + b"2\x86" * 60 + b".")  # 2^60 leaves
    assert isinstance(read_pickle(tmp_path / "a.pkl"), tuple)


def test_a_sparse_matrix_that_points_outside_is_refused(tmp_path: Path, entries: dict[str, Any]) -> None:
    wrong = sparse.csc_matrix(entries["J_regressor"])
    wrong.indices = wrong.indices + 10**6
    write_flame(tmp_path / "a.pkl", {**entries, "J_regressor": wrong})
    with pytest.raises(ModelError, match="damaged"):
        read_pickle(tmp_path / "a.pkl")


def test_a_packed_bomb_is_not_unpacked(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "a.npz", "w", zipfile.ZIP_DEFLATED) as archive, archive.open("a.npy", "w") as file:
        np.lib.format.write_array_header_1_0(file, {"descr": "<f8", "fortran_order": False, "shape": (8_000_000,)})
        for _ in range(64):
            file.write(bytes(1_000_000))
    with pytest.raises(ModelError, match="unpacks"):
        read_npz(tmp_path / "a.npz")


def test_an_npy_header_that_lies_allocates_nothing(tmp_path: Path) -> None:
    with (tmp_path / "a.npy").open("wb") as file:
        np.lib.format.write_array_header_1_0(file, {"descr": "<f8", "fortran_order": False, "shape": (10**8, 10**4)})
    with pytest.raises(ModelError, match="shape"):
        read_npy(tmp_path / "a.npy")
