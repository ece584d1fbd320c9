"""The report on a test set whose answers are made up: a mean head, half of the truth, one bad group, a confidence."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch

from neuface_core.evaluation.encoder_report import EncoderReport
from neuface_core.evaluation.held_out import Answers, HeldOutFaces
from neuface_core.evaluation.landmark_error import frame_nme
from neuface_core.evaluation.report_text import markdown
from neuface_core.evaluation.synthetic_report import SyntheticReport, synthetic_report
from neuface_core.heads.bundle import load_head
from neuface_core.heads.model import HeadModel
from neuface_core.heads.params import HeadParams

COUNT = 120


@pytest.fixture(scope="module")
def head() -> HeadModel:
    return load_head()


@pytest.fixture(scope="module")
def faces(head: HeadModel) -> HeldOutFaces:
    draw = torch.Generator().manual_seed(0)
    truth = head.neutral(COUNT)
    truth.shape[:] = torch.randn(truth.shape.shape, generator=draw)
    truth.expression[:] = 0.4 * torch.rand(truth.expression.shape, generator=draw)
    truth.global_orient[:, 1] = torch.rand(COUNT, generator=draw) * 2.4 - 1.2
    landmarks = head.project(head.landmarks(truth, "static"), truth.camera).numpy()
    words = np.where(np.arange(COUNT) % 3 == 0, "dark", "light")
    return HeldOutFaces(np.zeros((COUNT, 3, 4, 4), np.uint8), truth, landmarks, {"skin": words})


def report(head: HeadModel, faces: HeldOutFaces, answer: HeadParams, confidence=None) -> SyntheticReport:
    return synthetic_report(head, faces, Answers(answer, confidence), 0)


def verdicts(found: SyntheticReport) -> dict[str, str]:
    return {bar.name: bar.verdict for bar in found.bars()}


def test_a_mean_head_gains_nothing_over_a_mean_head(head, faces) -> None:
    mean = replace(head.neutral(COUNT), global_orient=faces.truth.global_orient, camera=faces.truth.camera)
    found = report(head, faces, mean)
    rotation, shape, expression, spoken = found.bars()[:4]
    assert rotation.holds
    assert (shape.found, shape.holds) == (pytest.approx(0, abs=1e-6), False)
    assert (expression.found, expression.holds) == (pytest.approx(0, abs=1e-6), False)
    assert (spoken.found, spoken.holds) == (pytest.approx(0, abs=1e-6), False)
    figure = found.figures["mpve_similarity"]
    assert figure.mean == pytest.approx(figure.mean_head)
    assert figure.constant < figure.mean


def test_half_of_the_way_to_the_truth_is_half_of_the_error(head, faces) -> None:
    half = replace(faces.truth, expression=faces.truth.expression / 2, shape=faces.truth.shape / 2)
    found = report(head, faces, half)
    gain = {bar.name: bar.found for bar in found.bars()}
    assert gain["Expression vertex error below a neutral face, actions alone"] == pytest.approx(50, abs=0.1)
    assert gain["MPVE (face, similarity) below the mean head"] == pytest.approx(50, abs=2)


def test_one_bad_group_is_found_and_named(head, faces) -> None:
    dark = torch.as_tensor(faces.attributes["skin"] == "dark")
    wrong = replace(faces.truth, global_orient=faces.truth.global_orient.clone())
    wrong.global_orient[:, 0] += 0.01
    wrong.global_orient[dark, 0] += 0.09
    found = report(head, faces, wrong)
    assert found.worst["rotation_deg"] == "skin dark"
    bar = next(bar for bar in found.bars() if "rotation_deg" in bar.name)
    assert bar.verdict == "MISSED"
    assert "skin dark, n = 40" in bar.detail
    assert bar.found == pytest.approx(0.1 / (0.1 / 3 + 0.01 * 2 / 3), rel=0.05)


def nme(head: HeadModel, faces: HeldOutFaces, answer: HeadParams) -> np.ndarray:
    found = head.project(head.landmarks(answer, "static"), answer.camera).numpy()
    return frame_nme(found, faces.landmarks)


def test_a_confidence_that_knows_the_error_is_seen_to_know_it(head, faces) -> None:
    wrong = replace(faces.truth, camera=faces.truth.camera.clone())
    wrong.camera[:, 1] += torch.linspace(0, 0.02, COUNT)
    knowing = np.linspace(1, 0, COUNT)
    found = report(head, faces, wrong, knowing).calibration
    assert found is not None
    assert found.spearman["nme_bbox"] < -0.9
    assert [part.n for part in found.bins] == [24] * 5
    errors = [part.means["nme_bbox"] for part in found.bins]
    assert errors == sorted(errors, reverse=True)
    assert [part.good for part in found.bins] == [
        pytest.approx((found_nme <= 4).mean()) for found_nme in np.array_split(nme(head, faces, wrong)[::-1], 5)
    ]
    blind = report(head, faces, wrong, np.random.default_rng(0).random(COUNT)).calibration
    assert blind is not None
    assert abs(blind.spearman["nme_bbox"]) < 0.3
    assert report(head, faces, wrong).calibration is None


def test_nothing_is_left_out_of_the_text(head, faces) -> None:
    found = report(head, faces, faces.truth, np.linspace(0, 1, COUNT))
    text = markdown(EncoderReport({"encoder": "e"}, found, (), (), {"lost": "It cannot be read."}))
    for part in found.slices:
        assert f"| {part.label} | {part.n}" in text, part.name
    assert "lost" in text
    assert text.count("NOT MEASURED") == 4
    assert "Rank correlation" in text
