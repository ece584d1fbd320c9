"""Tracks of other tools stand as methods beside ours on the same clip, with what must be known to compare them."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from random_fits import random_fit

from neuface_core.clips import Clip
from neuface_core.fitting.fit import Fit
from neuface_core.jobs import run
from neuface_core.project import Project
from neuface_core.study.run_methods import Order, run_methods
from neuface_core.study.stored_fits import stored_table
from neuface_core.study.table2 import contenders


def of_tool(system: str, fit: Fit, *, placed: bool = False, detector: str = "open-v2") -> Fit:
    return replace(
        fit,
        encoder_id=f"import:{system}",
        landmarks=replace(fit.landmarks, detector=detector),
        metrics={"nme_bbox": 4.5, "jitter_mm": 1.25, "seconds": 0.1},
        settings={"method": system, "import": {"placed_on_landmarks": placed}},
    )


@pytest.fixture
def compared(study_project: Path, sample_videos: list[Path]) -> Path:
    """clip0 is fitted here and was tracked by two tools, clip2 only by one."""
    with Project.open(study_project) as project:
        for system, fit in (
            ("VHAP", of_tool("VHAP", random_fit(seed=7), detector="fan-2d")),
            ("EMOCA", of_tool("EMOCA", random_fit(seed=8), placed=True)),
        ):
            record = project.add_imported(Clip("clip0", (sample_videos[0],)), system)
            project.save_fit(record.name, fit)
        alone = project.add_imported(Clip("clip2", (sample_videos[2],)), "VHAP")
        project.save_fit(alone.name, of_tool("VHAP", random_fit(seed=9)))
    return study_project


def test_each_tool_is_a_method_on_the_clip(compared: Path) -> None:
    with Project.open(compared, read_only=True) as project:
        table = stored_table(project)
        assert table.methods == ("encoder only", "NeuFace", "VHAP", "EMOCA")
        assert [row.method for row in table.rows if row.clip == "clip0"] == ["encoder only", "NeuFace", "VHAP", "EMOCA"]
        assert [row.method for row in table.rows if row.clip == "clip2"] == ["VHAP"]
        row = next(row for row in table.rows if row.method == "VHAP")
        assert row.value("nme_bbox") == 4.5
        assert np.isfinite(row.value("motion_retained"))
        assert np.isnan(row.value("seconds"))
        assert any("VHAP on clip0 is measured against fan-2d" in note for note in table.notes)
        assert any("EMOCA on clip0 was laid on the landmarks" in note for note in table.notes)
        assert {row.clip for row in stored_table(project, ["clip0"]).rows} == {"clip0"}
        assert {row.method for row in stored_table(project, ["clip0 (VHAP)"]).rows} >= {"NeuFace", "VHAP"}


def test_tools_stand_in_table_2_and_not_in_ablations(compared: Path) -> None:
    with Project.open(compared, read_only=True) as project:
        order = Order("Table 2", contenders(["encoder"], None), ("clip0",), imported=True)  # type: ignore[arg-type]
        table = run(run_methods(project, order))
        assert table.methods == ("encoder only", "VHAP", "EMOCA")
        assert run(run_methods(project, replace(order, imported=False))).methods == ("encoder only",)
