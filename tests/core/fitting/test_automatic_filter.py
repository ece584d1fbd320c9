"""Which fits the program sets aside by itself, and the number that it gives."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch
from good_fits import FRAMES, good_fit

from neuface_core.fitting.automatic_filter import FilterLimits, set_aside_reason, shape_limit
from neuface_core.fitting.fit import Fit, MultiViewFit

SIZE = (640, 480)


def with_identity(length: float, head_id: str = "open-head-2") -> Fit:
    fit = good_fit()
    shape = torch.full((FRAMES, 100), length / 10)
    return replace(fit, params=replace(fit.params, shape=shape), head_id=head_id)


def test_an_ordinary_fit_is_kept() -> None:
    assert set_aside_reason(with_identity(9), [SIZE]) == ""


def test_an_identity_beyond_good_fits_is_set_aside_with_the_number_and_the_limits_origin() -> None:
    reason = set_aside_reason(with_identity(22.24), [SIZE])
    assert "‖β‖ is 22.2" in reason
    assert "at most 20.7" in reason
    assert "91 of them" in reason


def test_another_head_model_has_another_limit() -> None:
    assert shape_limit("flame-2023", 100).most == pytest.approx(12.2, abs=0.1)
    assert set_aside_reason(with_identity(13, "flame-2023"), [SIZE]) != ""
    assert set_aside_reason(with_identity(13), [SIZE]) == ""


def test_the_project_may_set_its_own_limit() -> None:
    assert "at most 5.0: the project's setting" in set_aside_reason(
        with_identity(9), [SIZE], FilterLimits(shape_norm=5)
    )


def test_noise_of_single_frames_does_not_count_as_an_odd_identity() -> None:
    fit = good_fit()
    noisy = torch.from_numpy(2.0 * np.random.default_rng(0).standard_normal((FRAMES, 100))).float()
    assert set_aside_reason(replace(fit, params=replace(fit.params, shape=noisy)), [SIZE]) == ""


def test_a_face_that_leaves_the_crop_or_the_picture_is_set_aside_with_the_share() -> None:
    fit = good_fit()
    crops = replace(fit.crops, centre=fit.crops.centre + np.where(np.arange(FRAMES) < 30, 110, 0)[:, None])
    reason = set_aside_reason(replace(fit, crops=crops.__class__(crops.centre.astype(np.float32), crops.size)), [SIZE])
    assert reason == "The face leaves the crop in 30 of 40 frames (75.0 %, at most 50 % may)."
    assert "leaves the picture in 40 of 40" in set_aside_reason(fit, [(190, 480)])


def test_one_good_view_keeps_the_clip() -> None:
    fit = good_fit()
    nothing = np.zeros((2, 2))
    both = MultiViewFit((fit, fit), ("a", "b"), np.ones((FRAMES, 2), np.float32), nothing, nothing, {})
    assert set_aside_reason(both, [(190, 480), SIZE]) == ""
    assert "leaves the picture" in set_aside_reason(both, [(190, 480), (190, 480)])
