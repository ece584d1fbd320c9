"""The measured part of `docs/model_card.md`: written by the tool that measures, never by hand."""

from __future__ import annotations

from pathlib import Path

from neuface_core.atomic_file import atomic_write
from neuface_core.errors import NeuFaceError
from neuface_core.evaluation.encoder_report import EncoderReport
from neuface_core.evaluation.report_text import bars_text, sections, table

BEGIN = "<!-- figures: written by neuface evaluate encoder --card -->"
END = "<!-- end of figures -->"


def refresh_card(path: Path, report: EncoderReport) -> None:
    """Put the figures of `report` between the marks of a card; what people wrote around them stays.

    Raises
    ------
    NeuFaceError
        When the card cannot be read or has not both marks, in order; it is then unchanged.
    """
    try:
        text = path.read_text(encoding="utf-8")
    except OSError as error:
        raise NeuFaceError(f"The model card cannot be read: {error.strerror or error}.", path=path) from error
    start, stop = text.find(BEGIN), text.find(END)
    if not 0 <= start < stop:
        raise NeuFaceError(
            "The model card lacks the marks between which the figures stand; it was not changed.",
            remedy=f"Write {BEGIN!r} and {END!r} where they belong.",
            path=path,
        )
    with atomic_write(path) as file:
        file.write(f"{text[:start]}{BEGIN}\n\n{card_figures(report)}\n\n{text[stop:]}".encode())


def card_figures(report: EncoderReport) -> str:
    """What stands between the marks: what was judged, the demands, every figure and every slice."""
    about = table(("judged", ""), [(name, f"`{value}`") for name, value in report.encoder.items()])
    parts = [about, "### Demands", bars_text(report.bars), *sections(report)]
    # The card has a title of its own: its sections lie one level deeper than those of a report.
    return "\n\n".join(f"#{part}" if part.startswith("##") and index > 1 else part for index, part in enumerate(parts))
