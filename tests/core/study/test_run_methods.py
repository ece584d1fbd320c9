"""Methods on a project's clips: same input for all, kept results, and failures that stay with their clip."""

import json
from pathlib import Path

import numpy as np
import pytest

from neuface_core.cli import main
from neuface_core.fitting import methods
from neuface_core.fitting.settings import NeuFaceSettings
from neuface_core.jobs import run
from neuface_core.project import Project
from neuface_core.study import result_cache
from neuface_core.study.inputs import plan_clip
from neuface_core.study.run_methods import Contender, Order, run_methods

QUICK = NeuFaceSettings(iterations=3, min_iterations=3)
TWO = (Contender("encoder only", methods.encoder_only(QUICK)), Contender("NeuFace", methods.neuface(QUICK)))


def rows_of(path: Path, *contenders: Contender, **wanted):
    with Project.open(path, read_only=True) as project:
        return run(run_methods(project, Order("test", contenders or TWO, **wanted)))


def test_every_clip_has_a_row_of_every_method_and_a_rerun_fits_nothing(
    study_project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    table = rows_of(study_project)
    assert [(row.clip, row.method) for row in table.rows] == [
        (clip, method) for clip in ("clip0", "clip1") for method in ("encoder only", "NeuFace")
    ]
    before, after = table.rows[:2]
    assert before.value("motion_retained") == pytest.approx(1.0)
    assert len(after.loss) == 3
    assert not before.loss
    assert after.value("nme_bbox") != before.value("nme_bbox")

    monkeypatch.setattr(methods.NeuFace, "fit", lambda *_, **__: pytest.fail("was fitted again"))
    again = rows_of(study_project)
    assert [row.value("nme_bbox") for row in again.rows] == [row.value("nme_bbox") for row in table.rows]
    renamed = rows_of(study_project, Contender("the loop", TWO[1].method))
    assert renamed.rows[0].method == "the loop"


def test_other_settings_fewer_frames_or_other_landmarks_are_fitted_anew(study_project: Path) -> None:
    kept = len(rows_of(study_project, TWO[1]).rows)
    files = study_project / result_cache.FOLDER
    assert len(list(files.iterdir())) == kept == 2
    rows_of(study_project, Contender("NeuFace", methods.neuface(QUICK.model_copy(update={"seed": 1}))))
    assert len(list(files.iterdir())) == 4
    assert len(rows_of(study_project, TWO[1], frames=4, clips=("clip1",)).rows) == 1
    assert len(list(files.iterdir())) == 5
    with Project.open(study_project, read_only=True) as project:
        plan = plan_clip(project, "clip0")
        plan.views[0].track.points[0, 0] += 1
        assert plan.fingerprint() != plan_clip(project, "clip0").fingerprint()


def test_a_damaged_result_is_made_again(study_project: Path) -> None:
    first = rows_of(study_project, TWO[1], clips=("clip0",)).rows[0]
    (kept,) = (study_project / result_cache.FOLDER).iterdir()
    kept.write_text('{"format": 1, "values": 3}')
    assert rows_of(study_project, TWO[1], clips=("clip0",)).rows[0].values["nme_bbox"] == pytest.approx(
        first.values["nme_bbox"]
    )
    assert json.loads(kept.read_text())["clip"] == "clip0"


def test_a_clip_whose_video_is_gone_is_named_and_the_others_go_on(study_project: Path, tmp_path: Path) -> None:
    with Project.open(study_project, read_only=True) as project:
        video = project.source_path("clip0")
    hidden = video.rename(video.with_suffix(".hidden"))
    try:
        table = rows_of(study_project, TWO[0])
    finally:
        hidden.rename(video)
    assert [row.clip for row in table.rows] == ["clip1"]
    assert "clip0 is left out: The video of 'clip0' is gone" in table.notes[0]


def test_a_method_that_diverges_is_named(study_project: Path) -> None:
    wild = NeuFaceSettings(iterations=20, min_iterations=20, learning_rate=1e30)
    table = rows_of(study_project, *TWO, Contender("wild", methods.neuface(wild)), clips=("clip1",))
    assert table.methods == ("encoder only", "NeuFace")
    assert table.notes[0].startswith("wild failed on clip1")


def test_comments_and_docstrings_do_not_make_results_stale() -> None:
    plain = result_cache._without_words("def f(x):\n    return x + 1\n")
    assert plain == result_cache._without_words("def f(x):\n    # add one\n    return (x + 1)\n")
    worded = 'def f(x):\n    """{}"""\n    return x + 1\n'
    assert result_cache._without_words(worded.format("a")) == result_cache._without_words(worded.format("b"))
    assert plain != result_cache._without_words("def f(x):\n    return x + 2\n")


def test_table_2_from_the_command_line(study_project: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "table.json"
    words = [
        "evaluate",
        str(study_project),
        "--table2",
        "--method",
        "encoder",
        "--method",
        "neuface",
        "--json",
        str(out),
    ]
    assert main([*words, "--clip", "clip0"]) == 0
    stored = json.loads(out.read_text())
    assert list(stored["means"]) == ["encoder only", "NeuFace"]
    assert "Table 2, VoxCeleb2" in stored["beside"][0]
    assert np.isfinite(stored["rows"][1]["nme_bbox"])
    assert main([*words[:3], "--method", "magic"]) == 1
    assert "There are encoder, flame" in capsys.readouterr().err
    assert main(["evaluate", str(study_project), "--frames", "3"]) == 2
