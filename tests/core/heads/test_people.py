"""The open head's people: identities are standard deviations of the stated prior, and the sliders can be read back."""

from pathlib import Path

import numpy as np
import pytest
import torch

from neuface_core.heads.bundle import OPEN_HEAD, load_head
from neuface_core.heads.bundle_file import read_bundle, write_bundle
from neuface_core.heads.model import HeadModel
from neuface_core.resource_files import resource_path


@pytest.fixture(scope="module")
def head() -> HeadModel:
    return load_head()


def test_people_who_did_not_make_the_basis_are_standard_normal(head: HeadModel) -> None:
    assert head.data.phenotypes is not None
    z = head.data.phenotypes.people_shape
    assert z.shape == (256, head.n_shape)
    assert z.std(0).min() > 0.8
    assert z.std(0).max() < 1.2
    assert np.abs(z.mean(0)).max() < 0.2
    distance = np.sqrt((z**2).mean(1))
    assert 0.9 < np.median(distance) < 1.1
    assert distance.max() < 1.7
    # Components are told apart: no two go together.
    assert np.abs(np.corrcoef(z.T) - np.eye(head.n_shape)).max() < 0.35


def test_people_who_did_not_make_the_basis_lie_in_its_span(head: HeadModel) -> None:
    _, arrays = read_bundle(resource_path(OPEN_HEAD))
    assert arrays["fresh_error_mm"].mean() < 0.25
    assert arrays["fresh_error_mm"].max() < 0.4
    assert arrays["variance_kept"][-1] > 0.99
    typical = 1000 * np.linalg.norm(head.data.shape, axis=1)[head.vertex_masks["face"]]
    assert np.sqrt((typical**2).sum(1)).mean() > 3.0  # against what people differ by, that error is small


def test_sliders_are_read_from_identities_that_the_read_out_never_saw(head: HeadModel) -> None:
    known = head.data.phenotypes
    assert known is not None
    read = head.phenotypes(torch.as_tensor(known.people_shape))
    assert tuple(read) == ("age", "female", "muscle", "weight", "african", "asian", "caucasian")
    for column, (name, values) in enumerate(read.items()):
        wanted = known.people[:, column]
        r2 = 1 - (values.numpy() - wanted).var() / wanted.var()
        assert abs(r2 - known.r2[column]) < 0.02
        assert r2 > {"muscle": 0.6, "weight": 0.8}.get(name, 0.95)
    assert known.people[:, 0].min() < 0.65
    assert known.people[:, 0].max() > 0.98  # young adults and the oldest


def test_heavy_people_have_wider_faces_than_thin_ones(head: HeadModel) -> None:
    known = head.data.phenotypes
    assert known is not None
    order = np.argsort(known.people[:, known.names.index("weight")])
    params = head.neutral(60)
    params.shape[:] = torch.as_tensor(known.people_shape[np.concatenate([order[:30], order[-30:]])])
    jaw = head.landmarks(params, "static")[:, [4, 12], 0].numpy()
    width = 1000 * (jaw[:, 1] - jaw[:, 0])
    assert width[30:].mean() - width[:30].mean() > 5


def test_a_bundle_without_phenotypes_still_loads(tmp_path: Path) -> None:
    info, arrays = read_bundle(resource_path(OPEN_HEAD))
    kept = {name: a for name, a in arrays.items() if not name.startswith(("phenotype", "people", "hairline", "open-v"))}
    kept["contour_faces"], kept["contour_weights"] = kept["contour_faces"][:, 3], kept["contour_weights"][:, 3]
    del kept["contour_pitch"]
    path = tmp_path / "old.safetensors"
    write_bundle(path, type(info)(info.head_id, info.licence, info.expression_names, info.source), kept)
    old = load_head(path)
    assert old.data.phenotypes is None
    assert old.data.hairline is None
    with pytest.raises(ValueError, match="has no phenotypes"):
        old.phenotypes(torch.zeros(1, 100))
    with pytest.raises(ValueError, match="open-v2"):
        old.landmarks(old.neutral(1), "open-v2")
    new = load_head()
    params = new.neutral(3)
    params.global_orient[:, 1] = torch.tensor([-0.6, 0.0, 0.4])
    torch.testing.assert_close(old.landmarks(params, "dynamic"), new.landmarks(params, "dynamic"))
