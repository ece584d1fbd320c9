"""Which frames a refit may change, and how the new result passes into the old one."""

from __future__ import annotations

import numpy as np

from neuface_core.fitting.stretch import CONTEXT_FRAMES, TAPER_FRAMES, stretches


def touched(n: int, *ranges: tuple[int, int]) -> np.ndarray:
    mask = np.zeros(n, bool)
    for a, b in ranges:
        mask[a:b] = True
    return mask


def test_the_result_passes_over_gently_on_both_sides():
    (found,) = stretches(touched(200, (80, 100)), [(0, 200)])
    assert (found.first, found.stop) == (80 - TAPER_FRAMES, 100 + TAPER_FRAMES)
    assert (found.seen_first, found.seen_stop) == (found.first - CONTEXT_FRAMES, found.stop + CONTEXT_FRAMES)
    assert (found.share[TAPER_FRAMES : TAPER_FRAMES + 20] == 1).all(), "what was touched takes all of it"
    assert (np.diff(found.share[: TAPER_FRAMES + 1]) > 0).all()
    assert found.share[0] < 0.05
    assert np.allclose(found.share, found.share[::-1])
    assert found.words == f"{found.first}-{found.stop - 1}"


def test_a_cut_is_no_seam():
    (found,) = stretches(touched(200, (80, 100)), [(0, 78), (78, 200)])
    assert (found.first, found.seen_first) == (78, 78), "nothing before the cut is seen or changed"
    assert (found.share[:22] == 1).all()


def test_at_the_end_of_the_clip_there_is_nothing_to_pass_into():
    (found,) = stretches(touched(50, (45, 50)), [(0, 50)])
    assert (found.stop, found.seen_stop) == (50, 50)
    assert found.share[-1] == 1


def test_stretches_far_apart_are_fitted_apart_and_near_ones_together():
    shots = [(0, 400)]
    assert len(stretches(touched(400, (80, 90), (300, 310)), shots)) == 2
    (one,) = stretches(touched(400, (80, 90), (95, 100)), shots)
    assert (one.share[TAPER_FRAMES : TAPER_FRAMES + 20] == 1).all()
    assert stretches(touched(400), shots) == []


def test_what_is_held_has_no_share():
    (found,) = stretches(touched(200, (80, 100)), [(0, 200)])
    assert (found.seen_share[:CONTEXT_FRAMES] == 0).all()
    assert len(found.seen_share) == found.seen_stop - found.seen_first
