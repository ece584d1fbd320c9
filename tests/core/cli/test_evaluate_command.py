"""`neuface evaluate encoder` as a person and as a script meet it, on an encoder that has learnt nothing."""

from __future__ import annotations

import csv
import io
import json
from dataclasses import replace
from pathlib import Path

import cv2
import pytest
import torch

from neuface_core.cli import main
from neuface_core.encoders.open_encoder import save_encoder
from neuface_core.errors import ModelError
from neuface_core.heads.bundle import load_head
from neuface_core.models import sample_clips
from neuface_core.training.train_encoder import new_encoder

Capture = pytest.CaptureFixture[str]
DEMANDS = 11


@pytest.fixture(scope="module")
def untrained(tmp_path_factory: pytest.TempPathFactory) -> Path:
    try:
        head = load_head()
        torch.manual_seed(0)
        encoder = new_encoder(head, width=32)
    except ModelError as error:
        pytest.skip(str(error))
    path = tmp_path_factory.mktemp("encoder") / "untrained.safetensors"
    save_encoder(encoder, path)
    encoder.config = replace(encoder.config, head_sha256="0" * 64)
    save_encoder(encoder, path.with_name("other_head.safetensors"))
    return path


@pytest.fixture(scope="module", autouse=True)
def _own_cache(tmp_path_factory: pytest.TempPathFactory):
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_CACHE_HOME", str(tmp_path_factory.mktemp("cache")))
        yield


def evaluate(encoder: Path, *more: str) -> int:
    return main(["evaluate", "encoder", "--encoder", str(encoder), "--images", "40", "--device", "cpu", *more])


@pytest.mark.slow
def test_a_report_of_renders_and_a_real_clip(untrained, capsys: Capture, tmp_path: Path) -> None:
    clip = sample_clips()[0]
    assert evaluate(untrained, "--clips", str(clip), "--out", str(tmp_path / "out")) == 0
    shown = capsys.readouterr().out
    # What an untrained head misses stands at the top, the clip and the word of warning further down.
    assert shown.index("missed") < shown.index("## Synthetic test set") < shown.index(f"| {clip.stem} |")
    assert shown.count("MISSED") >= 5
    assert "this flatters the encoder" in shown
    stored = json.loads((tmp_path / "out" / "report.json").read_text())
    assert (tmp_path / "out" / "report.md").read_text().strip() == shown.strip()
    assert cv2.imread(str(tmp_path / "out" / "worst.png")).std() > 20
    assert stored["synthetic"]["n"] == 40
    assert len(stored["bars"]) == DEMANDS
    assert stored["clips"][0]["nme_bbox"] > 3
    far = next(bar for bar in stored["bars"] if "40°" in bar["name"])
    assert far["verdict"] == "NOT MEASURED", "no frame of this clip is turned that far"
    assert far["found"] is None


def test_the_same_call_gives_the_same_bytes_and_every_slice(untrained, capsys: Capture) -> None:
    texts = []
    for _ in range(2):
        assert evaluate(untrained, "--format", "json") == 0
        texts.append(capsys.readouterr().out)
    assert texts[0] == texts[1]
    slices = json.loads(texts[0])["synthetic"]["slices"]
    assert evaluate(untrained, "--format", "csv") == 0
    rows = list(csv.DictReader(io.StringIO(capsys.readouterr().out)))
    assert len(rows) == len(slices) * 4
    for attribute in {row["attribute"] for row in rows}:
        nme = [row for row in rows if row["attribute"] == attribute and row["metric"] == "nme_bbox"]
        assert sum(int(row["n"]) for row in nme) == 40, attribute
        assert all((int(row["n"]) < 20) == (row["few"] == "1") for row in nme)


def test_a_script_learns_from_the_exit_code_that_a_demand_is_missed(untrained, capsys: Capture) -> None:
    assert evaluate(untrained, "--bars") == 1
    shown = capsys.readouterr().out
    assert shown.startswith("**")
    assert "4 not measured" in shown
    assert "## Synthetic" not in shown


def test_an_encoder_of_another_head_is_not_judged(untrained, capsys: Capture) -> None:
    other = untrained.with_name("other_head.safetensors")
    assert evaluate(other) == 1
    said = capsys.readouterr().err
    assert "another bake of the head" in said
    assert str(other) in said


def test_a_clip_that_is_not_there_is_named_before_anything_is_rendered(untrained, capsys: Capture) -> None:
    assert evaluate(untrained, "--clips", "/nowhere/clip.mp4") == 1
    assert "/nowhere/clip.mp4" in capsys.readouterr().err
