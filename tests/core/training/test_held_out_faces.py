"""The synthetic test set: always the same faces, never those of a training, and rendered once."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from neuface_core import jobs
from neuface_core.heads.bundle import load_head
from neuface_core.heads.model import HeadModel
from neuface_core.training import fingerprint, held_out_faces
from neuface_core.training.held_out_faces import TEST_SEED
from neuface_core.training.train_encoder import VALIDATION_SEED

SIZE = 64


@pytest.fixture(scope="module")
def head() -> HeadModel:
    return load_head()


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("cache")


def test_it_is_rendered_once_and_read_afterwards(head, folder, monkeypatch) -> None:
    first = jobs.run(held_out_faces.held_out_faces(head, SIZE, 50, folder))
    rendered = []
    monkeypatch.setattr(held_out_faces, "FaceSynthesiser", lambda *a, **k: rendered.append(a))
    again = jobs.run(held_out_faces.held_out_faces(head, SIZE, 20, folder))
    assert not rendered
    assert len(first) == 50
    assert len(again) == 20
    np.testing.assert_array_equal(again.images, first.images[:20])
    np.testing.assert_array_equal(again.truth.expression, first.truth.expression[:20])
    assert set(again.attributes) == set(first.attributes)
    for name, values in again.attributes.items():
        np.testing.assert_array_equal(values, first.attributes[name][:20])


def test_every_yaw_is_there_and_faces_differ(head, folder) -> None:
    faces = jobs.run(held_out_faces.held_out_faces(head, SIZE, 50, folder))
    assert faces.images.shape == (50, 3, SIZE, SIZE)
    assert faces.truth.global_orient[:, 1].rad2deg().abs().max() > 45
    assert len(np.unique(faces.images.reshape(50, -1)[:, ::97], axis=0)) == 50
    assert np.abs(faces.landmarks).max() < 2


def test_a_damaged_chunk_is_rendered_again(head, folder) -> None:
    first = jobs.run(held_out_faces.held_out_faces(head, SIZE, 50, folder))
    (chunk,) = folder.glob(f"*/{TEST_SEED}.npz")
    chunk.write_bytes(chunk.read_bytes()[:1000])
    again = jobs.run(held_out_faces.held_out_faces(head, SIZE, 50, folder))
    np.testing.assert_array_equal(again.images, first.images)


def test_test_faces_are_neither_trained_on_nor_chosen_by() -> None:
    assert VALIDATION_SEED < TEST_SEED
    assert TEST_SEED - VALIDATION_SEED >= 1_000_000


def test_another_head_has_another_fingerprint(head) -> None:
    other = HeadModel(replace(head.data, mean=head.data.mean + np.float32(1e-6)))
    assert fingerprint.head_fingerprint(other) != fingerprint.head_fingerprint(head)
    assert fingerprint.head_fingerprint(HeadModel(head.data)) == fingerprint.head_fingerprint(head)
    masks = {**head.vertex_masks, "face": ~head.vertex_masks["face"]}
    assert fingerprint.head_fingerprint(
        HeadModel(replace(head.data, vertex_masks=masks))
    ) != fingerprint.head_fingerprint(head)


def test_a_changed_renderer_has_another_fingerprint(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before = fingerprint.renderer_fingerprint()
    assert fingerprint.renderer_fingerprint() == before
    (tmp_path / "skin.py").write_text("tone = 1")
    monkeypatch.setattr(fingerprint.synth, "__path__", [str(tmp_path)])
    first = fingerprint.renderer_fingerprint()
    (tmp_path / "skin.py").write_text("tone = 2")
    assert len({before, first, fingerprint.renderer_fingerprint()}) == 3
