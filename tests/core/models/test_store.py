"""The user's own models through the real command line: recognised, kept, checked, removed, or refused with a reason."""

from __future__ import annotations

import json
import pickle
import shutil
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from flame_files import (
    Harmful,
    python2_pickle,
    write_eyelids,
    write_flame,
    write_landmark_embedding,
    write_masks,
    write_mediapipe_embedding,
    write_ringnet_embeddings,
)
from made_up_flame import flame_entries
from model_files import coarse_weights, write_deca, write_emoca, write_fan

from neuface_core.cli.app import main
from neuface_core.cli.checks import _own_models
from neuface_core.errors import ModelError
from neuface_core.models import FOLDER_VARIABLE, model_arrays, stored_model, stored_models

Say = Callable[..., tuple[int, str, str]]


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A DECA `data` folder with everything in it, and beside it what else one may have."""
    folder = tmp_path_factory.mktemp("files")
    data = folder / "DECA" / "data"
    data.mkdir(parents=True)
    entries = flame_entries()
    write_flame(data / "generic_model.pkl", entries)
    write_deca(data / "deca_model.tar")
    write_landmark_embedding(data / "landmark_embedding.npy")
    write_masks(data / "FLAME_masks.pkl", entries)
    write_eyelids(data, entries)
    np.save(data / "fixed_displacement_256.npy", np.zeros((256, 256)))
    np.save(data / "texture_data_256.npy", np.array({"x_coords": np.zeros(4)}, dtype=object), allow_pickle=True)
    (data / "head_template.obj").write_text("v 0 0 0\n", encoding="utf-8")
    entries = {**entries, "shapedirs": entries["shapedirs"].astype(np.float32)}
    write_flame(folder / "flame2023.pkl", entries, chumpy=False)
    write_flame(folder / "flame2023_no_jaw.pkl", entries, chumpy=False)
    with zipfile.ZipFile(folder / "FLAME2023Open.zip", "w") as archive:
        open_entries = {**entries, "supr_expression_metadata": {"n_expr": 100}}
        archive.write(write_flame(folder / "renamed.pkl", open_entries, chumpy=False), "flame/model.pkl")
        archive.writestr("readme.pdf", b"%PDF")
    (folder / "renamed.pkl").unlink()
    write_emoca(folder)
    write_fan(folder / "2DFAN4-11f355bf06.pth.tar")
    write_ringnet_embeddings(folder)
    write_mediapipe_embedding(folder / "mediapipe_landmark_embedding.npz")
    write_landmark_embedding(folder / "landmark_embedding_with_eyes.npy", eyes=True)
    return folder


@pytest.fixture
def store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv(FOLDER_VARIABLE, str(tmp_path / "models"))
    return tmp_path / "models" / "added"


@pytest.fixture
def say(capsys: pytest.CaptureFixture[str]) -> Say:
    """Run `neuface models …`: exit code, standard output, standard error."""

    def run(*words: object) -> tuple[int, str, str]:
        code = main(["models", *map(str, words)])
        return (code, *capsys.readouterr())

    return run


def names() -> list[str]:
    return [model.name for model in stored_models()]


def left_behind(store: Path) -> list[str]:
    return sorted(path.name for path in store.iterdir() if path.name.startswith(".") or "partial" in path.name)


def test_a_data_folder_of_deca_is_added_as_a_whole(store: Path, say: Say, files: Path) -> None:
    code, out, _ = say("add", files / "DECA" / "data")
    assert code == 0
    assert names() == ["flame-2020", "deca", "flame-landmarks", "flame-masks", "flame-eyelids"]
    assert "Non-commercial: deca" in out
    entries = flame_entries()
    flame = model_arrays(stored_model("flame-2020"))
    np.testing.assert_array_equal(flame["shapedirs"], entries["shapedirs"])
    np.testing.assert_array_equal(flame["J_regressor"], entries["J_regressor"].toarray())
    weights = model_arrays(stored_model("deca"), "E_flame.")
    assert set(weights) == set(coarse_weights())
    np.testing.assert_array_equal(weights["layers.2.weight"], coarse_weights()["layers.2.weight"])
    assert left_behind(store) == []
    # All of it is there now: a second time reads and changes nothing.
    before = {path: path.stat().st_mtime_ns for path in store.iterdir()}
    code, out, _ = say("add", files / "DECA" / "data")
    assert (code, out.count("there already")) == (0, 5)
    assert {path: path.stat().st_mtime_ns for path in store.iterdir()} == before


def test_every_release_and_table_is_told_apart(store: Path, say: Say, files: Path) -> None:
    assert say("add", files)[0] == 0
    assert names() == [
        *("flame-2020", "flame-2023", "flame-2023-no-jaw", "flame-2023-open", "deca", "emoca-v2-lr-mse-20"),
        *("flame-landmarks", "flame-landmarks-eyes", "flame-landmarks-51", "flame-contour"),
        *("flame-landmarks-mediapipe", "flame-masks", "flame-eyelids", "fan-2d"),
    ]
    assert stored_model("flame-2023-open").source.endswith("FLAME2023Open.zip")
    assert stored_model("flame-2023-open").commercial
    emoca = stored_model("emoca")
    assert emoca.source.endswith("detail/checkpoints/deca-epoch=03-val_loss=0.41.ckpt")
    assert emoca.details["expression_rows"] == 50
    assert model_arrays(emoca, "E_expression.")["layers.2.weight"].shape == (50, 1024)
    code, out, _ = say("list", "--json")
    listed = {entry["name"]: entry for entry in json.loads(out)}
    assert "face_mesh_v2" in listed
    assert listed["deca"]["commercial"] is False
    assert "non-commercial" in listed["deca"]["licence"]
    assert listed["deca"]["problem"] == ""
    assert len(listed["flame-2020"]["sha256"]) == 64
    code, out, _ = say("check")
    assert (code, out.count("✓")) == (0, 14)


def test_what_is_damaged_or_gone_is_named_by_check(store: Path, say: Say, files: Path, tmp_path: Path) -> None:
    own = shutil.copy(files / "DECA" / "data" / "deca_model.tar", tmp_path / "deca_model.tar")
    assert say("add", "--link", own, files / "DECA" / "data" / "FLAME_masks.pkl")[0] == 0
    assert stored_model("deca").path == Path(own)
    assert model_arrays(stored_model("deca"), "E_flame.")["layers.2.weight"].shape == (236, 1024)
    assert say("check")[0] == 0
    masks = stored_model("flame-masks").path
    masks.write_bytes(masks.read_bytes()[:-5] + b"12345")
    write_deca(Path(own))
    with Path(own).open("ab") as file:
        file.write(b"more")
    code, out, _ = say("check")
    assert code == 1
    assert "✗ deca: The file of deca is another one since it was linked." in out
    assert "✗ flame-masks: The file of flame-masks is damaged." in out
    Path(own).unlink()
    code, out, _ = say("check", "deca")
    assert code == 1
    assert "was moved or deleted since it was linked" in out


def test_removing_leaves_the_original(store: Path, say: Say, files: Path, tmp_path: Path) -> None:
    own = shutil.copy(files / "DECA" / "data" / "deca_model.tar", tmp_path / "deca_model.tar")
    say("add", "--link", own, files / "DECA" / "data" / "FLAME_masks.pkl")
    code, out, _ = say("remove", "deca", "flame-masks")
    assert (code, out.count("The original stays")) == (0, 2)
    assert Path(own).is_file()
    assert list(store.iterdir()) == []
    code, _, err = say("remove", "deca")
    assert (code, "was not added" in err) == (1, True)


def test_a_model_that_was_not_added_says_how_to(store: Path) -> None:
    with pytest.raises(ModelError, match=r"FLAME 2020 was not added.*neuface models add PATH"):
        stored_model("flame-2020")
    with pytest.raises(ModelError, match="no model named 'flame-2019'"):
        stored_model("flame-2019")


def test_deca_without_flame_2020_says_what_is_missing(store: Path, say: Say, files: Path) -> None:
    code, out, _ = say("add", files / "flame2023.pkl", files / "DECA" / "data" / "deca_model.tar")
    assert code == 0
    assert "FLAME 2020, which was not added yet. flame-2023 cannot stand in" in out
    check = _own_models()
    assert (check.ok, "DECA and EMOCA need flame-2020" in check.found) == (None, True)


def test_a_wrong_file_is_refused_with_the_reason_and_nothing_is_kept(store: Path, say: Say, tmp_path: Path) -> None:
    entries = flame_entries()

    def refused(path: Path, *reasons: str) -> None:
        code, _, err = say("add", path)
        assert code == 1
        for reason in reasons:
            assert reason in err
        assert names() == []
        assert left_behind(store) == []

    short = {**entries, "shapedirs": entries["shapedirs"][:, :, :150]}
    refused(write_flame(tmp_path / "short.pkl", short), "150 components", "300 + 100")
    broken = {**entries, "weights": np.full((5023, 5), np.nan)}
    refused(write_flame(tmp_path / "nan.pkl", broken), "weights has values that are not finite")
    refused(write_deca(tmp_path / "deca_model.tar", rows=159), "159 outputs, not 236")
    refused(write_emoca(tmp_path, "EMOCA", rows=100), "100 outputs, not 50, 53 or 56")
    weights = coarse_weights()
    weights["layers.0.bias"] = torch.full((1024,), float("inf"))
    torch.save({"E_flame": weights}, tmp_path / "infinite.tar")
    refused(tmp_path / "infinite.tar", "E_flame.layers.0.bias", "not finite")
    trace = tmp_path / "was_executed"
    (tmp_path / "evil.pkl").write_bytes(pickle.dumps({"v_template": Harmful(trace)}))
    refused(tmp_path / "evil.pkl", "system", "Nothing in it was executed")
    torch.save({"E_flame": coarse_weights(), "extra": Harmful(trace)}, tmp_path / "evil.tar")
    refused(tmp_path / "evil.tar", "system", "Nothing in it was executed")
    assert not trace.exists()
    (tmp_path / "empty").mkdir()
    refused(tmp_path / "empty", "holds no model")
    refused(tmp_path / "absent.pkl", "nothing at this path")
    (tmp_path / "l_eyelid.npy").write_bytes((write_eyelids(tmp_path, entries) / "l_eyelid.npy").read_bytes())
    refused(tmp_path / "l_eyelid.npy", "eyelid_right is missing")
    (tmp_path / "other.pkl").write_bytes(python2_pickle({"a": 1}))
    refused(tmp_path / "other.pkl", "holds no model")
    with zipfile.ZipFile(tmp_path / "2DFAN4-cd938726ad.zip", "w") as archive:
        archive.writestr("fan/data.pkl", pickle.dumps({}))
        archive.writestr("fan/constants.pkl", pickle.dumps(()))
    refused(tmp_path / "2DFAN4-cd938726ad.zip", "TorchScript")


def test_a_harmful_file_in_a_folder_does_not_stop_the_others(
    store: Path, say: Say, files: Path, tmp_path: Path
) -> None:
    trace = tmp_path / "was_executed"
    folder = tmp_path / "data"
    folder.mkdir()
    (folder / "generic_model.pkl").write_bytes(pickle.dumps(Harmful(trace)))
    shutil.copy(files / "DECA" / "data" / "FLAME_masks.pkl", folder)
    code, _, err = say("add", folder)
    assert (code, names()) == (3, ["flame-masks"])
    assert "Left out" in err
    assert "system" in err
    assert not trace.exists()


def test_another_file_of_the_same_name_does_not_replace_the_first(
    store: Path, say: Say, files: Path, tmp_path: Path
) -> None:
    assert say("add", files / "DECA" / "data" / "generic_model.pkl")[0] == 0
    other = write_flame(tmp_path / "generic_model.pkl", flame_entries(seed=5))
    code, _, err = say("add", other)
    assert (code, "was added before from another file" in err) == (1, True)
    assert say("add", "--as", "flame-2020-female", other)[0] == 0
    assert names() == ["flame-2020", "flame-2020-female"]


def test_a_fan_whose_name_says_nothing_is_asked_for(store: Path, say: Say, files: Path, tmp_path: Path) -> None:
    unnamed = shutil.copy(files / "2DFAN4-11f355bf06.pth.tar", tmp_path / "fan.pth")
    code, _, err = say("add", unnamed)
    assert (code, "--as fan-2d" in err) == (1, True)
    assert say("add", "--as", "fan-3d", unnamed)[0] == 0
    assert names() == ["fan-3d"]
    code, _, err = say("add", "--as", "fan-2d", files / "DECA" / "data" / "FLAME_masks.pkl")
    assert (code, "This is not fan-2d but flame-masks" in err) == (1, True)


def test_a_damaged_record_does_not_hide_the_others(store: Path, say: Say, files: Path) -> None:
    say("add", files / "DECA" / "data" / "FLAME_masks.pkl")
    (store / "deca.json").write_text("{half", encoding="utf-8")
    assert names() == ["flame-masks"]
    with pytest.raises(ModelError, match="neuface models remove deca"):
        stored_model("deca")
    assert _own_models().ok is False
    assert "'deca' is damaged" in _own_models().found
    assert say("remove", "deca")[0] == 1
    assert not (store / "deca.json").exists()


def test_the_data_folder_can_be_moved(
    store: Path, say: Say, files: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    say("add", files / "DECA" / "data" / "FLAME_masks.pkl")
    store.parent.rename(tmp_path / "elsewhere")
    monkeypatch.setenv(FOLDER_VARIABLE, str(tmp_path / "elsewhere"))
    assert len(model_arrays(stored_model("flame-masks"))["face"]) == 1787


def test_a_download_asks_first_and_is_checked(
    store: Path, say: Say, monkeypatch: pytest.MonkeyPatch, files: Path
) -> None:
    from neuface_core.models import download

    code, _, err = say("download-fan")
    assert (code, "nobody could be asked" in err) == (1, True)
    source: Any = files / "2DFAN4-11f355bf06.pth.tar"
    with pytest.raises(ModelError, match="should begin with"):
        list(download.fetch_fan(source.as_uri()))
    assert names() == []
    digest = download.hashlib.sha256(source.read_bytes()).hexdigest()
    events = list(download.fetch_fan(source.as_uri(), digest[:10]))
    assert any(event.stage == "download" and 0 < event.fraction < 1 for event in events)
    assert names() == ["fan-2d"]
    assert stored_model("fan-2d").source == source.as_uri()
    with pytest.raises(ModelError, match="download failed"):
        list(download.fetch_fan("http://127.0.0.1:9/none"))
