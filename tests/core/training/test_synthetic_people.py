"""Who is drawn, how often, and what is said of it; nothing is rendered but where a picture is the point."""

import re
from dataclasses import fields
from pathlib import Path

import numpy as np
import pytest
import torch

from neuface_core.heads.bundle import load_head
from neuface_core.training.synth import faces as faces_module
from neuface_core.training.synth.attributes import OCCLUDERS, FaceAttributes
from neuface_core.training.synth.faces import FaceSynthesiser
from neuface_core.training.synth.lighting import sample_lights
from neuface_core.training.synth.look import Look, sample_look, skin_colour
from neuface_core.training.synth.parameters import age_and_sex, sample_params


@pytest.fixture(scope="module")
def head():
    return load_head()


@pytest.fixture(scope="module")
def synthesiser(head) -> FaceSynthesiser:
    return FaceSynthesiser(head, 96)


def looks(count: int) -> list[Look]:
    return [sample_look(np.random.default_rng([seed, 6])) for seed in range(count)]


def test_consecutive_seeds_share_a_person_and_nothing_else(synthesiser):
    made = synthesiser.faces(range(4, 10), people=3)
    shape = made.params.shape.numpy()
    np.testing.assert_array_equal(made.attributes.person, [1, 1, 2, 2, 2, 3])
    np.testing.assert_array_equal(shape[0], shape[1])
    np.testing.assert_array_equal(shape[2], shape[4])
    assert not np.array_equal(shape[1], shape[2])
    for name in ("skin_tone", "hair", "beard", "glasses", "hat", "age"):
        assert len(set(getattr(made.attributes, name)[2:5].tolist())) == 1
    turned = made.params.global_orient.numpy()
    assert np.linalg.norm(turned[2] - turned[3]) > 0.01
    assert not torch.allclose(made.params.expression[2], made.params.expression[3], atol=0.01)
    assert made.attributes.brightness[2] != made.attributes.brightness[3]


def test_a_balanced_set_has_every_yaw_skin_and_age(head):
    phenotypes = head.data.phenotypes
    params = sample_params(range(600), head.n_shape, head.expression_names, balanced=True, phenotypes=phenotypes)
    forward = np.stack([rotation_z(vector) for vector in params.global_orient.numpy()])
    yaw = np.degrees(np.arctan2(forward[:, 0], forward[:, 2]))
    share = np.histogram(yaw, bins=np.arange(-75, 76, 25))[0] / len(yaw)
    assert share.min() > 0.10
    ages = np.array([age_and_sex(shape, phenotypes)[0] for shape in params.shape.numpy()])
    assert np.histogram(ages, bins=3, range=(0, 1))[0].min() > 150
    tones = np.array([look.skin_tone for look in looks(600)])
    assert np.histogram(tones, bins=4, range=(0, 1))[0].min() > 110


def rotation_z(vector: np.ndarray) -> np.ndarray:
    """Where the face of a head turned by an axis-angle vector looks."""
    angle = np.linalg.norm(vector) + 1e-12
    axis, ahead = vector / angle, np.array([0.0, 0.0, 1.0])
    return ahead * np.cos(angle) + np.cross(axis, ahead) * np.sin(angle) + axis * axis[2] * (1 - np.cos(angle))


def test_strong_and_lopsided_expressions_are_frequent(head):
    params = sample_params(range(600), head.n_shape, head.expression_names)
    column = {name: params.expression[:, i].numpy() for i, name in enumerate(head.expression_names)}
    assert (column["mouthSmileLeft"] > 0.5).mean() > 0.06
    assert (column["browInnerUp"] > 0.5).mean() > 0.06
    winks = np.abs(column["eyeBlinkLeft"] - column["eyeBlinkRight"]) > 0.5
    assert 0.02 < winks.mean() < 0.12
    lopsided = np.abs(column["mouthSmileLeft"] - column["mouthSmileRight"]) > 0.25
    assert lopsided.mean() > 0.02
    assert 0.2 < (params.jaw_pose[:, 0] > 0.12).float().mean() < 0.6


def test_skin_gets_steadily_darker_and_the_classes_follow(synthesiser):
    brightness = [skin_colour(tone)[0].mean() for tone in np.linspace(0, 1, 12)]
    assert (np.diff(brightness) < 0).all()
    assert brightness[0] > 0.7
    assert brightness[-1] < 0.35
    attributes = synthesiser.faces(range(12)).attributes
    rank = {"light": 0, "medium": 1, "dark": 2}
    order = np.argsort(attributes.skin_ita_deg)[::-1]
    assert (np.diff([rank[word] for word in attributes.skin_class[order]]) >= 0).all()


def test_attributes_survive_a_file_and_a_selection(synthesiser, tmp_path):
    attributes = synthesiser.faces(range(5)).attributes
    path = tmp_path / "attributes.npz"
    np.savez(path, **attributes.to_arrays())
    with np.load(path, allow_pickle=False) as stored:
        again = FaceAttributes.from_arrays({name: stored[name] for name in stored.files})
    chosen = FaceAttributes.cat([again[:2], again[[2, 3, 4]]])
    for field in fields(FaceAttributes):
        np.testing.assert_array_equal(getattr(chosen, field.name), getattr(attributes, field.name))


def documented(prop: str) -> dict[str, float]:
    """The words and percentages of a row of docs/synthetic_faces.md."""
    text = (Path(__file__).parents[3] / "docs" / "synthetic_faces.md").read_text("utf-8")
    row = re.search(rf"^\| {prop} \| ([^;|]*)", text, re.MULTILINE)
    assert row is not None, prop
    return {word: float(share) / 100 for word, share in re.findall(r"([a-z]+) ([\d.]+)", row[1])}


@pytest.fixture(scope="module")
def drawn() -> dict[str, list[str]]:
    people = looks(800)
    return {
        "hair": [look.hair_style for look in people],
        "beard": [look.beard_style for look in people],
        "glasses": [look.glasses for look in people],
        "hat": [look.hat for look in people],
        "light": [sample_lights(np.random.default_rng(seed)).word for seed in range(800)],
    }


@pytest.mark.parametrize("prop", ["hair", "beard", "glasses", "hat", "light"])
def test_shares_are_those_of_the_documentation(drawn, prop):
    said = documented(prop)
    assert set(said) == set(drawn[prop])
    for word, share in said.items():
        assert drawn[prop].count(word) / len(drawn[prop]) == pytest.approx(share, abs=0.045), word


def test_the_documented_occluders_are_those_of_the_code():
    said = documented("occluder")
    assert tuple(said) == OCCLUDERS
    assert tuple(said.values()) == pytest.approx(faces_module._P_OCCLUDER)
