"""The command line as a person and as a script meet it: words, JSON, exit codes."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from neuface_core.cli import main
from neuface_core.project import Project

FIELDS = [
    "name",
    "state",
    "reason",
    "frames",
    "views",
    "nme_bbox",
    "nme_bbox_encoder",
    "jitter_mm",
    "jitter_mm_encoder",
    "motion_retained",
    "seconds",
    "views_fitted",
    "cvd_mm",
    "cvd_mm_loop",
    "cvd_mm_encoder",
    "weight_lost",
    "suspicion",
    "suspect",
    "system",
    "licences",
    "non_commercial",
]
ProjectMaker = Callable[..., Project]
Capture = pytest.CaptureFixture[str]


@pytest.fixture
def project(make_project: ProjectMaker) -> Path:
    """Three clips, two of them fitted; closed."""
    with make_project(clips=3, fitted=2) as opened:
        return opened.path


def listed(project: Path, capsys: Capture) -> list[dict[str, object]]:
    capsys.readouterr()
    assert main(["list", str(project), "--json"]) == 0
    rows: list[dict[str, object]] = json.loads(capsys.readouterr().out)
    return rows


def test_help_answers_without_loading_torch() -> None:
    program = "import sys; from neuface_core.cli import main; main(['--help']); print('torch' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.strip().endswith("False")
    for verb in (
        "fit",
        "list",
        "decide",
        "review",
        "export",
        "verify",
        "render",
        "doctor",
        "config",
        "models",
        "evaluate",
        "train",
    ):
        assert f" {verb} " in done.stdout


def test_the_module_is_the_program() -> None:
    done = subprocess.run([sys.executable, "-m", "neuface_core.cli", "--version"], capture_output=True, text=True)
    assert done.returncode == 0
    assert done.stdout.startswith("neuface ")


def test_list_json_has_exactly_the_promised_fields(project: Path, capsys: Capture) -> None:
    rows = listed(project, capsys)
    assert [list(row) for row in rows] == [FIELDS] * 3
    assert [row["state"] for row in rows] == ["to_review", "to_review", "waiting"]
    assert rows[0]["nme_bbox"] == 1.25
    assert rows[0]["jitter_mm"] is None  # NaN is no JSON
    assert rows[0]["frames"] == 5
    assert rows[2]["nme_bbox"] is None
    assert rows[2]["seconds"] is None


@pytest.mark.parametrize("terminal", [{}, {"COLUMNS": "80"}, {"TERM": "dumb", "FORCE_COLOR": "1"}])
def test_list_prints_a_table_with_every_clip(
    project: Path, capsys: Capture, monkeypatch: pytest.MonkeyPatch, terminal: dict[str, str]
) -> None:
    for name, value in terminal.items():
        monkeypatch.setenv(name, value)
    assert main(["list", str(project)]) == 0
    out = capsys.readouterr().out
    assert "clip0" in out
    assert "3.50 → 1.25" in out
    assert "3 clips: 2 to review, 1 waiting" in out


def test_decisions_are_taken_and_taken_back(project: Path, capsys: Capture) -> None:
    assert main(["decide", str(project), "clip0", "accept", "--note", "fine"]) == 0
    assert main(["decide", str(project), "clip1", "reject", "--reason", "jitter"]) == 0
    rows = listed(project, capsys)
    assert [row["state"] for row in rows] == ["accepted", "rejected", "waiting"]
    assert rows[1]["reason"] == "jitter"
    assert main(["decide", str(project), "--undo"]) == 0
    assert [row["state"] for row in listed(project, capsys)] == ["accepted", "to_review", "waiting"]
    assert main(["exclude", str(project), "clip0", "1"]) == 0
    capsys.readouterr()
    assert main(["decide", str(project), "--undo"]) == 0
    assert capsys.readouterr().out == "Taken back: clip0, frames left out. It is now accepted.\n"
    assert main(["decide", str(project), "clip1", "--undo"]) == 1  # the latest one is about clip0
    assert listed(project, capsys)[0]["state"] == "accepted"


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (["list", "nowhere.neuface"], 1),
        (["decide", "PROJECT", "nobody", "accept"], 1),
        (["decide", "PROJECT", "clip2", "accept"], 1),  # it has no fit
        (["decide", "PROJECT", "clip0"], 2),
        (["decide", "PROJECT", "clip0", "maybe"], 2),
        (["decide", "PROJECT", "clip0", "reject"], 2),  # without a reason
        (["fit"], 2),
        (["fit", "gone.mp4", "-p", "new.neuface"], 1),
        (["fit", "-p", "new.neuface"], 1),
        (["fit", "-p", "PROJECT", "--device", "abacus"], 1),
        (["render", "PROJECT", "clip2", "out.mp4"], 1),
        (["export", "PROJECT", "out.h5"], 1),  # nothing is accepted
        (["render", "PROJECT", "clip0", "out.txt"], 1),
        (["detect", "-p", "new.neuface"], 1),
        (["compare", "flame", "new.neuface"], 1),
        (["compare", "gradients", "PROJECT", "nobody"], 1),
        (["verify", "gone.h5"], 1),
        (["frobnicate"], 2),
    ],
)
def test_wrong_use_is_told_from_what_went_wrong(
    project: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Capture, arguments: list[str], code: int
) -> None:
    monkeypatch.chdir(tmp_path)
    given = [str(project) if argument == "PROJECT" else argument for argument in arguments]
    assert main(given) == code
    said = capsys.readouterr()
    assert "Traceback" not in said.err + said.out
    assert said.err or arguments[0] == "verify"
    assert not (tmp_path / "new.neuface").exists()


def test_an_error_is_one_line_with_what_to_do(capsys: Capture) -> None:
    assert main(["list", "/nowhere/at/all.neuface"]) == 1
    err = capsys.readouterr().err
    assert err.startswith("Error: There is no project here.")
    assert err.strip().endswith("(/nowhere/at/all.neuface)")
    assert err.count("\n") == 1


@pytest.mark.parametrize(
    "words", [["render", "PROJECT", "clpi0", "o.mp4"], ["export", "PROJECT", "o.h5"], ["export", "PROJECT", "o.glb"]]
)
def test_a_name_with_a_typo_is_answered_with_the_name_that_was_meant(
    project: Path, capsys: Capture, words: list[str]
) -> None:
    given = [str(project) if word == "PROJECT" else word for word in words]
    assert main(given if "clpi0" in given else [*given, "--clips", "clpi0"]) == 1
    assert "no clip called 'clpi0'. Did you mean 'clip0'?" in capsys.readouterr().err


def test_landmarks_of_a_file_that_is_no_video_are_not_found_and_it_is_told(tmp_path: Path, capsys: Capture) -> None:
    text = tmp_path / "text.mp4"
    text.write_text("hello")
    assert main(["detect", str(text), "-p", str(tmp_path / "p.neuface"), "--device", "cpu"]) == 3
    assert "text: failed. This is a text file" in capsys.readouterr().out


def test_a_text_file_named_mp4_fails_and_the_rest_of_the_project_is_kept(
    project: Path, tmp_path: Path, capsys: Capture
) -> None:
    fake = tmp_path / "fake.mp4"
    fake.write_text("a letter " * 100)
    assert main(["fit", str(fake), "-p", str(project)]) == 3
    assert "text file, not a video" in capsys.readouterr().out
    assert [row["state"] for row in listed(project, capsys)] == ["to_review", "to_review", "waiting", "failed"]


def test_a_project_that_another_program_writes_is_left_alone(make_project: ProjectMaker, capsys: Capture) -> None:
    with make_project(clips=1, fitted=1) as opened:
        arguments = [sys.executable, "-m", "neuface_core.cli", "decide", str(opened.path), "clip0", "accept"]
        done = subprocess.run(arguments, capture_output=True, text=True)
        assert done.returncode == 1
        assert done.stderr.startswith("Error: ")
        assert opened.history() == []
        assert len(listed(opened.path, capsys)) == 1  # reading is possible


def test_accepted_clips_are_exported_and_a_damaged_file_is_found(
    project: Path, tmp_path: Path, capsys: Capture
) -> None:
    main(["decide", str(project), "clip0", "accept"])
    out = tmp_path / "out.h5"
    assert main(["export", str(project), str(out)]) == 0
    capsys.readouterr()
    assert main(["verify", str(out), "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["n_clips"] == 1
    data = bytearray(out.read_bytes())
    for offset in range(len(data) // 2, len(data) // 2 + 3000):
        data[offset] ^= 0xFF
    out.write_bytes(data)
    assert main(["verify", str(out)]) == 1
    assert "damaged" in capsys.readouterr().out


def test_config_prints_toml_that_a_project_understands(project: Path, capsys: Capture) -> None:
    import tomlkit

    from neuface_core.pipeline_settings import PipelineSettings

    assert main(["config", str(project), "--preset", "paper"]) == 0
    printed = tomlkit.parse(capsys.readouterr().out).unwrap()
    settings = PipelineSettings.of_project(printed["settings"], project)
    assert settings.neuface.trainable == "all"


def test_doctor_names_what_is_there_and_what_is_missing(
    capsys: Capture, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("NEUFACE_MODELS", str(tmp_path / "empty"))
    assert main(["doctor", "--json"]) == 1
    report = json.loads(capsys.readouterr().out)
    found = {check["name"]: check for check in report["checks"]}
    assert {"python", "platform", "libraries", "devices", "models", "display", "Qt", "OpenGL"} <= set(found)
    assert found["models"]["ok"] is False
    assert "neuface models install" in found["models"]["remedy"]
    assert found["libraries"]["ok"] is True


def test_a_reader_that_goes_away_is_no_error(project: Path) -> None:
    program = f"{sys.executable} -m neuface_core.cli list {project} --json | head -c 5; exit ${{PIPESTATUS[0]}}"
    done = subprocess.run(
        ["bash", "-c", program], capture_output=True, text=True, env=os.environ | {"PYTHONUNBUFFERED": "1"}
    )
    assert "Traceback" not in done.stderr
