"""A result names the licences of the models behind it, and a mixture of them is not silent."""

from __future__ import annotations

import dataclasses
import json
import sqlite3
from pathlib import Path

import h5py
import pytest
from random_fits import random_fit

from neuface_core.cli.app import main
from neuface_core.export.hdf5 import export_dataset
from neuface_core.jobs import run
from neuface_core.models.kinds import KNOWN
from neuface_core.models.licences import OPEN_DETECTOR, OPEN_ENCODER, OPEN_HEAD, commercial_use, licence_notes
from neuface_core.models.wheels import ASSETS
from neuface_core.project import Project

CLOSED = {"deca-1234": "DECA licence, Max-Planck-Gesellschaft: non-commercial research only"}
FREE = {"open-head-2": OPEN_HEAD}


def test_licences_are_read_as_they_are_meant() -> None:
    for words, wanted in (
        *((entry.licence, entry.commercial) for entry in KNOWN),
        *((asset.licence, True) for asset in ASSETS if asset.kind == "model"),
        (OPEN_HEAD, True),
        (OPEN_ENCODER, True),
        (OPEN_DETECTOR, True),
        ("CC BY-NC-SA 4.0", False),
        ("CC-BY-NC-4.0", False),
        ("DECA and FLAME 2020 model licences (Max Planck, not for commerce)", False),
        ("all rights reserved", None),
    ):
        assert commercial_use(words) is wanted, words


def test_what_is_passed_on_is_told_in_sentences() -> None:
    assert licence_notes({"a": FREE, "b": FREE}) == ()
    (note,) = licence_notes({"a": CLOSED, "b": CLOSED})
    assert note.startswith("Non-commercial: all of this, made with deca-1234: DECA licence")
    closed, mixed = licence_notes({"a": FREE, "b": CLOSED})
    assert closed.startswith("Non-commercial: b, made with deca-1234")
    assert mixed.startswith("Clips of different licences are mixed. a: open-head-2 (CC0-1.0); b: deca-1234 (DECA")
    (note,) = licence_notes({"a": {"fan-2d": "weights without a stated licence"}})
    assert "nobody says what they allow" in note


@pytest.fixture
def mixed(make_project):
    """Two accepted clips: one by our own models, one whose encoder is non-commercial."""
    project = make_project(clips=2, fitted=0)
    for number, record in enumerate(project.clips()):
        fit = random_fit(seed=number)
        if number:
            fit = dataclasses.replace(fit, encoder_id="deca-1234", settings={**fit.settings, "licences": CLOSED})
        project.save_fit(record.name, fit)
        project.decide(record.name, "accept")
    project.close()
    return project.path


def test_list_and_export_name_the_licences(mixed: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["list", "--json", str(mixed)]) == 0
    first, second = json.loads(capsys.readouterr().out)
    assert (first["non_commercial"], second["non_commercial"]) == ([], ["deca-1234"])
    assert CLOSED.items() <= second["licences"].items()
    with Project.open(mixed, read_only=True) as project:
        assert project.accepted_licences() == {"clip0": first["licences"], "clip1": second["licences"]}
    assert main(["export", str(mixed), str(tmp_path / "out.h5")]) == 0
    said = capsys.readouterr().out
    assert "Non-commercial: clip1, made with deca-1234" in said
    assert "Clips of different licences are mixed." in said
    with h5py.File(tmp_path / "out.h5") as file:
        assert CLOSED.items() <= json.loads(file.attrs["licences"]).items()
        assert json.loads(file["clips/clip1"].attrs["licences"]) == second["licences"]
        assert "deca-1234" not in json.loads(file["clips/clip0"].attrs["licences"])
    assert main(["verify", str(tmp_path / "out.h5")]) == 0


def test_a_project_of_before_keeps_its_clips_and_asks_their_fits(mixed: Path, tmp_path: Path) -> None:
    database = sqlite3.connect(mixed / "catalogue.sqlite")
    database.execute("ALTER TABLE clips DROP COLUMN licences")
    database.execute("PRAGMA user_version = 5")
    database.commit()
    database.close()
    with Project.open(mixed) as project:
        assert [record.licences for record in project.clips()] == [{}, {}]
        summary = run(export_dataset(project, tmp_path / "out.h5"))
        assert project.accepted_licences() == {"clip0": {}, "clip1": {}}
    assert any("deca-1234" in note for note in summary.notes)
