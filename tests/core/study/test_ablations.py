"""Ablations are switches: every row is a setting that a user could choose, and takes away what its name says."""

import json
from pathlib import Path

import pytest

from neuface_core.cli import main
from neuface_core.fitting.methods import NeuFace
from neuface_core.fitting.settings import NeuFaceSettings
from neuface_core.study.ablations import ABLATIONS, OURS, ablation

SETTINGS = NeuFaceSettings(learning_rate=2e-3, seed=5)


def settings_of(table: str) -> dict[str, NeuFaceSettings]:
    found = {}
    for contender in ablation(table).contenders(SETTINGS):
        assert isinstance(contender.method, NeuFace)
        found[contender.label] = contender.method.settings
    return found


@pytest.mark.parametrize("table", ABLATIONS)
def test_variants_keep_the_other_settings_of_the_project_and_differ(table: str) -> None:
    variants = settings_of(table)
    assert all(s.learning_rate == 2e-3 and s.seed == 5 for s in variants.values())
    assert len({s.model_dump_json() for s in variants.values()}) == len(variants)


def test_table_3_takes_away_one_loss_after_the_other_and_ours_with_it() -> None:
    variants = settings_of("3")
    losses = {label: (s.multiview_weight > 0, s.temporal_weight > 0) for label, s in variants.items()}
    assert losses["L2D"] == (False, False)
    assert losses["L2D + Lmultiview"] == (True, False)
    assert losses["L2D + Ltemporal"] == (False, True)
    assert losses["L2D + Lmultiview + Ltemporal"] == (True, True)
    assert variants[OURS] == SETTINGS
    assert variants["encoder only"].iterations == 0
    for label in losses:
        if label.startswith("L2D"):
            ours = variants[label]
            assert not any((ours.settle, ours.settle_views, ours.turn_views, ours.robust_views))
            assert ours.stay_close_weight == ours.steady_motion_weight == ours.steady_shape_weight == 0


def test_s1_estimates_the_average_in_every_pass_as_the_paper_does() -> None:
    variants = settings_of("s1")
    assert variants["mean, every pass"].temporal_average == "mean"
    assert not variants["mean, every pass"].freeze_target
    assert variants["median, once"].temporal_average == "median"
    assert variants["median, once"].freeze_target


def test_s2_weighs_the_photometric_term_as_the_paper_does_and_frees_the_identity() -> None:
    variants = settings_of("s2")
    assert [variants[f"photometric {w}"].photometric_weight for w in (0, 2, 5)] == [0, 2, 5]
    assert variants["β free, all passes"].steady_shape_weight == 0
    assert not variants["β free, all passes"].shared_identity
    assert variants["one β for the clip"].shared_identity


def test_s3_changes_only_the_style() -> None:
    variants = settings_of("s3")
    assert variants["pairwise"] == variants["EM"].model_copy(update={"target_style": "pairwise"})


def test_an_ablation_from_the_command_line(study_project: Path, tmp_path: Path, capsys) -> None:
    out = tmp_path / "s3.json"
    assert main(["ablate", str(study_project), "--table", "s3", "--clip", "clip0", "--json", str(out)]) == 0
    stored = json.loads(out.read_text())
    assert [row["method"] for row in stored["rows"]] == [v.label for v in ABLATIONS["s3"].variants]
    assert "EM, Table S3, MEAD, subset" in stored["beside"][0]
    assert main(["ablate", str(study_project), "--table", "9"]) == 1
    assert "There are 3, s1, s2, s3" in capsys.readouterr().err
