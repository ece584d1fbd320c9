"""Words can be read in both themes, and data colours for every kind of colour vision."""

from __future__ import annotations

import numpy as np
import pytest

from neuface_studio import theme

ON = ("window", "panel", "raised", "hover")
WORDS = ("text", "muted", "accent", "good", "bad", "warn")


@pytest.mark.parametrize("scheme", [theme.DARK, theme.LIGHT], ids=lambda s: s.name)
def test_words_stand_out(scheme: theme.Theme) -> None:
    pairs = [(word, ground) for word in WORDS for ground in ("window", "panel", "raised")]
    pairs += [("text", "hover"), ("accent", "hover"), ("muted", "hover"), ("good", "hover"), ("on_accent", "accent")]
    pairs += [("on_canvas", "canvas"), ("on_canvas", "canvas_top")]
    for word, ground in pairs:
        ratio = theme.contrast(getattr(scheme, word), getattr(scheme, ground))
        assert ratio >= 4.5, f"{scheme.name}: {word} on {ground} has a contrast of {ratio:.2f}"


def test_the_error_map_rises_in_lightness() -> None:
    lightness = [theme.luminance(f"#{r:02x}{g:02x}{b:02x}") for r, g, b in theme.error_map()[::5]]
    assert (np.diff(lightness) > 0).all()


def test_a_larger_error_is_lighter() -> None:
    colours = theme.error_colours(np.array([0.0, 1.0, 2.0, 4.0, 9.0]))
    sums = colours.astype(int).sum(1)
    assert (np.diff(sums[:4]) > 0).all()
    assert (colours[3] == colours[4]).all()
