"""`docs/formats/dataset.md` says what the program writes."""

from __future__ import annotations

import re
from pathlib import Path

import h5py
import numpy as np

from neuface_core.export import schema
from neuface_core.export.hdf5 import export_dataset
from neuface_core.heads.bundle import load_head
from neuface_core.jobs import run

PAGE = Path(__file__).resolve().parents[3] / "docs" / "formats" / "dataset.md"


def test_the_page_has_the_tables_of_the_schema():
    page = PAGE.read_text(encoding="utf-8")
    assert f"`neuface-dataset` {schema.SCHEMA_VERSION}" in page
    for specs in (schema.FILE, schema.CLIP):
        assert schema.datasets_table(specs) in page
    for owner in ("/", "/model", "clip"):
        assert schema.attributes_table(owner) in page


def test_every_dataset_of_a_file_is_on_the_page_and_the_other_way_round(reviewed, tmp_path):
    run(export_dataset(reviewed, tmp_path / "out.h5", include_vertices=True))
    with h5py.File(tmp_path / "out.h5") as file:
        found: set[str] = set()
        file.visititems(lambda name, item: found.add(name) if isinstance(item, h5py.Dataset) else None)
        attributes = {owner: set(file[path].attrs) for owner, path in (("/", "/"), ("/model", "model"))}
        attributes["clip"] = set(file["clips/clip0"].attrs)
    documented = {spec.path for spec in schema.FILE} | {
        f"clips/{c}/{s.path}" for s in schema.CLIP for c in ("clip0", "clip1")
    }
    corrected = {f"clips/{c}/landmarks2d/{name}" for c in ("clip0", "clip1") for name in ("fitted", "origin")}
    assert found == documented - corrected, "these are in clips whose landmarks a person corrected"
    for owner, names in attributes.items():
        assert names == {spec.name for spec in schema.attributes_of(owner)}


def test_the_example_runs_as_it_stands(dataset, monkeypatch):
    example = re.search(r"```python\n(import h5py.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)
    assert example is not None
    monkeypatch.chdir(dataset.parent)
    dataset.rename("dataset.h5")
    names: dict[str, object] = {}
    exec(example.group(1), names)
    assert np.isfinite(names["a"]).all()
    assert len(names["jaw"]) == 4


def test_triangles_face_outwards():
    """A closed surface whose triangles turn counter-clockwise has a positive volume."""
    head = load_head()
    corners = head(head.neutral(1))[0].numpy().astype(np.float64)[head.faces]
    centred = corners - corners.mean(axis=(0, 1))
    assert np.einsum("fi,fi->f", centred[:, 0], np.cross(centred[:, 1], centred[:, 2])).sum() > 0
