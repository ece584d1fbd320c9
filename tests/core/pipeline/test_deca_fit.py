"""From made-up files of FLAME, DECA and EMOCA to a dataset, on real frames: the mesh is nonsense, the way is real."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import h5py
import numpy as np
import pytest
import torch
from made_up_deca import link_installed, write_data_folder, write_emoca_folder

from neuface_core.cli.app import main
from neuface_core.clips import Clip
from neuface_core.encoders.crop_rule import DECA_CROP, FACE_MESH_CROP
from neuface_core.encoders.loading import head_of, load_encoder
from neuface_core.encoders.open_encoder import load_encoder as load_open_encoder
from neuface_core.errors import ModelError
from neuface_core.fitting.settings import NeuFaceSettings
from neuface_core.jobs import run
from neuface_core.models import FOLDER_VARIABLE, add_models, remove_model
from neuface_core.pipeline import FitModels, fit_clip
from neuface_core.pipeline_settings import PipelineSettings
from neuface_core.project import ClipState, Project
from neuface_core.resource_files import resource_path


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_data_folder(tmp_path_factory.mktemp("deca") / "data")


@pytest.fixture(scope="module", autouse=True)
def store(tmp_path_factory: pytest.TempPathFactory, data: Path) -> Iterator[Path]:
    """A folder of model files to which a user has added his `data` folder."""
    folder = link_installed(tmp_path_factory.mktemp("models"))
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(FOLDER_VARIABLE, str(folder))
        run(add_models([data]))
        yield folder


def test_a_video_becomes_a_dataset_by_way_of_deca(
    tmp_path: Path, face_video: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    project, out = tmp_path / "p.neuface", tmp_path / "faces.h5"
    assert main(["fit", str(face_video), "-p", str(project), "--encoder", "deca", "--iterations", "5"]) == 0
    assert "landmark error" in capsys.readouterr().out
    with Project.open(project) as opened:
        fit = opened.load_fit("face")
        assert fit.loss_history[-1] < fit.loss_history[0]
        assert fit.params.expression.shape == (12, 50)
        assert not fit.params.eye_pose.any()
        assert opened.clip("face").state is ClipState.TO_REVIEW
        opened.decide("face", "accept")
    assert main(["export", str(project), str(out)]) == 0
    assert main(["verify", str(out)]) == 0
    with h5py.File(out) as file:
        assert file["model"].attrs["id"] == "flame-2020:100,50"
        assert "non-commercial" in file["model"].attrs["licence"]
        clip = file["clips/face"]
        assert clip.attrs["encoder_id"].startswith("deca-")
        assert np.isfinite(clip["params/camera"][:]).all()


def test_the_head_that_deca_answers_for_is_taken_and_another_one_refused() -> None:
    encoder = load_encoder("deca")
    head = head_of(encoder)
    assert (head.head_id, head.n_shape, head.n_expression) == ("flame-2020:100,50", 100, 50)
    with pytest.raises(ModelError, match=r"answers in the components of flame-2020:100,50; those of flame-2020 mean"):
        head_of(encoder, "flame-2020")
    with pytest.raises(ModelError, match="open-head"):
        head_of(encoder, str(resource_path("open_head") / "open_head.safetensors"))
    assert head_of(load_open_encoder()).head_id.startswith("open-head")


def test_a_checkpoint_can_be_named_by_its_path_and_other_files_are_refused(data: Path, tmp_path: Path) -> None:
    assert load_encoder(str(data / "deca_model.tar")).encoder_id == load_encoder("deca").encoder_id
    with pytest.raises(ModelError, match="neuface models add"):
        load_encoder(str(tmp_path / "nothing.tar"))
    torch.save({"weights": torch.zeros(3)}, tmp_path / "other.tar")
    with pytest.raises(ModelError, match="no encoder that is known"):
        load_encoder(str(tmp_path / "other.tar"))
    with pytest.raises(ModelError, match="EMOCA was not added"):
        load_encoder("emoca")


@pytest.mark.parametrize(("preset", "smooth"), [("default", True), ("paper", False), ("released", False)])
def test_the_papers_presets_cut_decas_crops_as_deca_does(preset: str, smooth: bool) -> None:
    settings = PipelineSettings(encoder="deca", neuface=NeuFaceSettings.of_preset(preset))
    assert settings.smooth_crop(DECA_CROP) == smooth
    assert settings.smooth_crop(FACE_MESH_CROP)
    assert settings.model_copy(update={"crop": "smooth"}).smooth_crop(DECA_CROP)


@pytest.mark.slow
def test_the_papers_configuration_trains_all_of_deca_at_its_published_step(tmp_path: Path, face_video: Path) -> None:
    method = NeuFaceSettings.of_preset("paper").model_copy(update={"iterations": 2})
    settings = PipelineSettings(encoder="deca", neuface=method)
    with Project.create(tmp_path / "p.neuface") as project:
        project.add_clips([Clip("face", (face_video,))])
        run(fit_clip(project, "face", settings, "cpu", FitModels.load(settings, "cpu")))
        fit = project.load_fit("face")
    assert fit.loss_history[1] < fit.loss_history[0]
    # Each frame has the square of its own box, as wide as whole pixels of the frame.
    sides = fit.crops.size * 223 / 224
    np.testing.assert_allclose(sides, np.round(sides), atol=1e-3)
    assert len(np.unique(sides)) > 1


@pytest.mark.slow
def test_emoca_goes_the_same_way(tmp_path: Path, face_video: Path) -> None:
    run(add_models([write_emoca_folder(tmp_path / "emoca", rows=53)]))
    settings = PipelineSettings(encoder="emoca:EMOCA_v2_lr_mse_20", neuface=NeuFaceSettings(iterations=4))
    with Project.create(tmp_path / "p.neuface") as project:
        project.add_clips([Clip("face", (face_video,))])
        run(fit_clip(project, "face", settings, "cpu"))
        fit = project.load_fit("face")
    assert fit.encoder_id.startswith("emoca-v2-lr-mse-20-")
    assert fit.loss_history[-1] < fit.loss_history[0]
    assert any("EMOCA licence" in words for words in dict(fit.settings["licences"]).values())  # type: ignore[call-overload]


def test_a_head_without_landmarks_is_told_before_the_first_frame() -> None:
    removed = remove_model("flame-landmarks")
    with pytest.raises(ModelError, match=r"does not know where the 'static' landmarks.*landmark_embedding\.npy"):
        FitModels.load(PipelineSettings(encoder="deca"), "cpu")
    run(add_models([Path(removed.source)]))
