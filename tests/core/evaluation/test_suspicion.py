"""What a reviewer reads of a clip before looking at it: the right thing, in the right words, in the right order?"""

from __future__ import annotations

import numpy as np
import pytest

from neuface_core.evaluation.suspicion import (
    LEAST_CLIPS,
    Summary,
    judge_clip,
    judge_summaries,
    judge_summary,
    measure,
    summarise,
    usual,
    usual_from_json,
    usual_to_json,
)


def quiet_clip(seed: int, frames: int = 60) -> dict[str, np.ndarray]:
    """Signals of a clip with nothing wrong: each clip a little different, each frame too."""
    rng = np.random.default_rng(seed)

    def course(level: float) -> np.ndarray:
        return level * np.exp(rng.normal(0, 0.15) + rng.normal(0, 0.1, frames))

    levels = {"error": 0.6, "jitter": 0.5, "disagreement": 2.0, "doubt": 20.0, "stillness": 0.8, "shape": 9.0}
    return {name: course(level) for name, level in levels.items()} | {"missing": np.zeros(frames)}


QUIET = {f"clip {k}": quiet_clip(k) for k in range(20)}


def test_the_bad_second_of_a_clip_is_named_with_its_frames_and_how_bad_it_is() -> None:
    figures = usual([summarise(signals) for signals in QUIET.values()])
    bad = quiet_clip(99)
    bad["jitter"][41:59] = 4.1 * figures.typical["jitter"]
    found = judge_clip(bad, figures)
    assert found.findings[0].signal == "jitter"
    assert found.words == "jitter 4.1 × the project's median, frames 41-58"
    assert found.frames[50] > 3
    assert found.frames[10] < 1


def test_nothing_is_said_of_clips_that_are_like_the_others() -> None:
    judged = judge_summaries({name: summarise(signals) for name, signals in QUIET.items()})
    assert [s.words for s in judged.values()].count("") >= 18


def test_the_spoilt_clip_comes_first_whatever_was_spoilt() -> None:
    def spoil(name: str, factor: float) -> dict[str, np.ndarray]:
        signals = quiet_clip(7)
        signals[name][20:40] *= factor
        return signals

    for name, factor in (("error", 6), ("jitter", 8), ("doubt", 4), ("stillness", 0.01), ("shape", 2.5)):
        summaries = {clip: summarise(signals) for clip, signals in (QUIET | {"spoilt": spoil(name, factor)}).items()}
        judged = judge_summaries(summaries)
        assert max(judged, key=lambda clip: judged[clip].score) == "spoilt", name
        assert judged["spoilt"].findings[0].signal == name


def test_frames_without_a_face_are_said_without_a_factor() -> None:
    signals = quiet_clip(3)
    signals["missing"][10:30] = 100.0
    signals["error"][10:30] = np.nan
    found = judge_clip(signals, usual([summarise(s) for s in QUIET.values()]))
    assert found.words == "no face found, frames 10-29"


def test_a_few_bad_clips_do_not_become_the_measure() -> None:
    summaries = {name: summarise(signals) for name, signals in QUIET.items()}
    for k in range(6):
        bad = quiet_clip(50 + k)
        bad["error"] *= 10
        summaries[f"bad {k}"] = summarise(bad)
    judged = judge_summaries(summaries)
    order = sorted(judged, key=lambda clip: -judged[clip].score)
    assert all(name.startswith("bad") for name in order[:6])


def test_a_project_of_one_clip_is_judged_by_figures_that_say_where_they_are_from() -> None:
    figures = usual([summarise(quiet_clip(0))])
    assert figures.source
    assert figures.clips >= LEAST_CLIPS
    bad = quiet_clip(1)
    bad["doubt"][:] = figures.typical["doubt"]  # as little as where the figures are from
    bad["error"] *= 30
    found = judge_clip(bad, figures)
    assert found.findings[0].signal == "error"
    assert "× the usual" in found.words
    assert "project" not in found.words


def test_a_project_measures_itself_from_a_dozen_clips_on() -> None:
    summaries = [summarise(quiet_clip(k)) for k in range(LEAST_CLIPS)]
    assert usual(summaries).source == ""
    assert usual(summaries[:-1]).source != ""


def test_what_the_catalogue_keeps_of_a_long_clip_is_small_and_judges_the_same() -> None:
    figures = measure([summarise(signals) for signals in QUIET.values()])
    bad = quiet_clip(4, frames=5000)
    bad["error"][3000:3050] *= 5
    text = summarise(bad).to_json()
    assert len(text) < 1000
    found, again = (
        judge_clip(bad, figures),
        judge_summary(Summary.from_json(text), usual_from_json(usual_to_json(figures))),
    )
    assert again.words == found.words
    assert again.score == pytest.approx(found.score, abs=0.01)


@pytest.mark.parametrize("frames", [0, 1, 2, 4])
def test_clips_of_hardly_any_frames_are_judged_without_a_fuss(frames: int) -> None:
    found = judge_clip(quiet_clip(5, frames), measure([summarise(quiet_clip(6))]))
    assert len(found.frames) == frames
    assert np.isfinite(found.frames).all()
    assert np.isfinite(found.score)


def test_a_clip_that_nothing_is_known_of_is_not_suspicious() -> None:
    nothing = {name: np.full(30, np.nan) for name in ("error", "jitter")}
    found = judge_clip(nothing, measure([summarise(quiet_clip(6))]))
    assert found.score == 0
    assert found.words == ""


def test_a_list_tells_the_three_worst_things_and_how_many_more_there_are() -> None:
    bad = quiet_clip(8)
    for name in ("error", "jitter", "disagreement", "doubt", "shape"):
        bad[name] = bad[name] * 9
    found = judge_clip(bad, measure([summarise(signals) for signals in QUIET.values()]))
    assert len(found.findings) == 5
    assert found.brief == "; ".join([*(finding.words for finding in found.findings[:3]), "and 2 more"])
