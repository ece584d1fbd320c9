"""The figures of the model card are those of the tool, and of the encoder that comes with the program."""

from __future__ import annotations

from pathlib import Path

import pytest

from neuface_core.encoders.open_encoder import FILE_NAME, file_sha256
from neuface_core.errors import NeuFaceError
from neuface_core.evaluation.encoder_report import EncoderReport
from neuface_core.evaluation.face_errors import METRICS, SLICED
from neuface_core.evaluation.model_card import BEGIN, END, refresh_card
from neuface_core.evaluation.slices import Slice
from neuface_core.evaluation.synthetic_report import Figure, SyntheticReport
from neuface_core.resource_files import resource_path

CARD = Path(__file__).resolve().parents[3] / "docs" / "model_card.md"


def a_report(nme: float) -> EncoderReport:
    figures = {m.name: Figure(m.name, nme, nme, nme, nme, nme, 40, 2 * nme, float("nan")) for m in METRICS}
    numbers = {name: (nme, nme) for name in SLICED}
    means = dict.fromkeys(SLICED, nme)
    slices = tuple(Slice("skin", word, n, means, numbers, means) for word, n in (("dark", 25), ("light", 15)))
    return EncoderReport({"encoder": "e"}, SyntheticReport(40, 20, figures, slices, {}, None), (), (), {})


def test_figures_are_replaced_and_words_around_them_stay(tmp_path: Path) -> None:
    card = tmp_path / "card.md"
    card.write_text(f"# Card\n\nwords\n\n{BEGIN}\nOUTDATED\n{END}\n\nmore words\n")
    refresh_card(card, a_report(1.25))
    first = card.read_text()
    assert first.startswith("# Card\n\nwords\n\n")
    assert first.endswith(f"{END}\n\nmore words\n")
    assert "OUTDATED" not in first
    assert "1.25" in first
    assert "| skin | dark | 25 |" in first
    assert "15 †" in first, "no slice is left out, small ones are marked"
    refresh_card(card, a_report(1.25))
    assert card.read_text() == first
    levels = [line.split(" ")[0] for line in first.splitlines() if line.startswith("#")]
    assert levels[0] == "#"
    assert set(levels[1:]) == {"###", "####"}


@pytest.mark.parametrize("text", ["# Card\n", f"{END} {BEGIN}", BEGIN])
def test_a_card_without_marks_is_left_alone(tmp_path: Path, text: str) -> None:
    card = tmp_path / "card.md"
    card.write_text(text)
    with pytest.raises(NeuFaceError, match="lacks the marks"):
        refresh_card(card, a_report(1.0))
    assert card.read_text() == text


def test_the_card_shows_the_encoder_that_comes_with_the_program() -> None:
    text = CARD.read_text(encoding="utf-8")
    sha = file_sha256(resource_path("open_encoder") / FILE_NAME)
    assert sha in text, "the encoder was trained again: neuface evaluate encoder --card docs/model_card.md"
    assert "### Demands" in text
