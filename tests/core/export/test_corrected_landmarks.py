"""Corrected landmarks and the verdicts of both stages are in the dataset, beside what the detector saw."""

from __future__ import annotations

import dataclasses

import h5py
import numpy as np
import pytest
from random_fits import random_fit

from neuface_core.export import export_dataset, read_clip, verify_dataset
from neuface_core.jobs import run
from neuface_core.landmarks.corrections import LandmarkEdit, corrected


def test_corrections_are_exported_with_their_origin(make_project, tmp_path):
    with make_project(clips=2, fitted=1) as project:
        project.save_landmarks("clip1", [random_fit(5, 1).landmarks])
        project.set_state("clip1", "detected")
        project.decide("clip1", "accept", reviewer="kim")
        fit = random_fit(5, 1)
        frame = int(np.flatnonzero(fit.landmarks.detected)[0])
        edit = LandmarkEdit.of("drag", [frame], [30], [[fit.landmarks.points[frame, 30] + 9]])
        seen = corrected(fit.landmarks, [edit], [(0, 5)])
        repaired = dataclasses.replace(fit, landmarks=seen.track, detections=seen.detections, origin=seen.origin)
        project.save_fit("clip1", repaired)
        project.decide("clip0", "accept", reviewer="lee")
        project.decide("clip1", "accept", reviewer="lee", note="mouth")
        run(export_dataset(project, tmp_path / "out.h5"))
    assert verify_dataset(tmp_path / "out.h5").problems == ()
    clip = read_clip(tmp_path / "out.h5", "clip1")
    assert np.array_equal(clip["landmarks2d/detected"], fit.landmarks.points, equal_nan=True)
    assert clip["landmarks2d/fitted"][frame, 30] == pytest.approx(fit.landmarks.points[frame, 30] + 9, abs=0.01)
    assert clip["landmarks2d/origin"][frame, 30] == 1
    assert "landmarks2d/origin" not in read_clip(tmp_path / "out.h5", "clip0")
    with h5py.File(tmp_path / "out.h5") as file:
        assert list(file["index/verdict"].asstr()[()]) == ["accept", "accept-repaired"]
        about = file["clips/clip1"].attrs
        assert (about["verdict"], about["reviewer"], about["note"]) == ("accept-repaired", "lee", "mouth")
        assert (about["landmarks_verdict"], about["landmarks_reviewer"]) == ("accept", "kim")
        assert about["landmarks_reviewed_utc"] <= about["reviewed_utc"]
        assert file["clips/clip0"].attrs["landmarks_verdict"] == ""
