"""Words can be read in both themes, and data colours for every kind of colour vision."""

from __future__ import annotations

import re

import numpy as np
import pytest
from PySide6.QtGui import QPalette

from neuface_studio import theme

ON = ("window", "panel", "raised", "hover")
WORDS = ("text", "muted", "accent", "good", "bad", "warn")


BOTH = pytest.mark.parametrize("scheme", [theme.DARK, theme.LIGHT], ids=lambda s: s.name)
ENOUGH = 4.5
"""WCAG 2, level AA, for words of the usual size."""


@BOTH
def test_words_stand_out(scheme: theme.Theme) -> None:
    pairs = [(word, ground) for word in WORDS for ground in ON]
    # A button while it is pressed: "Accept" and "Reject" have colours of their own.
    pairs += [(word, "border") for word in ("text", "good", "bad")]
    pairs += [("on_accent", "accent"), ("on_canvas", "canvas"), ("on_canvas", "canvas_top")]
    for word, ground in pairs:
        ratio = theme.contrast(getattr(scheme, word), getattr(scheme, ground))
        assert ratio >= ENOUGH, f"{scheme.name}: {word} on {ground} has a contrast of {ratio:.2f}"


@BOTH
def test_words_stand_out_in_what_qt_draws(scheme: theme.Theme) -> None:
    role, palette = QPalette.ColorRole, theme.palette(scheme)
    words = {
        role.Window: (role.WindowText, role.BrightText, role.Link, role.PlaceholderText),
        role.Base: (role.Text, role.Link, role.PlaceholderText),
        role.AlternateBase: (role.Text, role.Link),
        role.Button: (role.ButtonText, role.BrightText),
        role.Highlight: (role.HighlightedText,),
        role.ToolTipBase: (role.ToolTipText,),
    }
    for group in (QPalette.ColorGroup.Active, QPalette.ColorGroup.Inactive):
        for ground, on_it in words.items():
            for word in on_it:
                ratio = theme.contrast(palette.color(group, word).name(), palette.color(group, ground).name())
                assert ratio >= ENOUGH, f"{scheme.name}: {word.name} on {ground.name} has a contrast of {ratio:.2f}"


@BOTH
def test_words_stand_out_in_every_rule_of_the_style_sheet(scheme: theme.Theme) -> None:
    """Where one rule says both the colour of words and what is below; what cannot be used is faint on purpose."""
    seen = 0
    for selectors, rules in re.findall(r"([^{}]+)\{([^{}]*)\}", theme.style_sheet(scheme)):
        said = {key.strip(): value.strip() for key, _, value in (rule.partition(":") for rule in rules.split(";"))}
        for word, ground in (("color", "background"), ("selection-color", "selection-background-color")):
            pair = said.get(word, ""), said.get(ground, "")
            if ":disabled" in selectors or not all(colour.startswith("#") for colour in pair):
                continue
            seen += 1
            assert theme.contrast(*pair) >= ENOUGH, f"{scheme.name}: {selectors.strip()}"
    assert seen >= 6


def test_words_over_the_video_stand_out_whatever_it_shows() -> None:
    """They lie on a dark veil, of which the faintest lets a share of a white frame through; or on a result's colour."""
    light = round(255 * (1 - 165 / 255))
    assert theme.contrast("#f2f4f7", f"#{light:02x}{light:02x}{light:02x}") >= ENOUGH
    for result, colour in theme.RESULT.items():
        assert theme.contrast("#101216", colour.name()) >= ENOUGH, result


def test_the_error_map_rises_in_lightness() -> None:
    lightness = [theme.luminance(f"#{r:02x}{g:02x}{b:02x}") for r, g, b in theme.error_map()[::5]]
    assert (np.diff(lightness) > 0).all()


def test_a_larger_error_is_lighter() -> None:
    colours = theme.error_colours(np.array([0.0, 1.0, 2.0, 4.0, 9.0]))
    sums = colours.astype(int).sum(1)
    assert (np.diff(sums[:4]) > 0).all()
    assert (colours[3] == colours[4]).all()
