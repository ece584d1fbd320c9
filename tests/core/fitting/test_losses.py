"""The M-step's own additions: what they reward, and what they leave alone."""

import torch

from neuface_core.fitting.losses import CLOSURE_SCALE, closure_loss

UPPER_LIDS, LOWER_LIDS = [37, 38, 43, 44], [41, 40, 47, 46]


def open_face() -> torch.Tensor:
    """(1, 68, 2) points whose eyes and mouth are open by two closure scales."""
    face = torch.zeros(1, 68, 2)
    face[:, [37, 38, 43, 44, 61, 62, 63], 1] = -CLOSURE_SCALE
    face[:, [41, 40, 47, 46, 67, 66, 65], 1] = CLOSURE_SCALE
    return face


def test_a_shut_eye_costs_what_it_misses_and_a_moved_face_nothing() -> None:
    face, weight = open_face(), torch.ones(1, 68)
    shut = face.clone()
    shut[:, UPPER_LIDS] = shut[:, LOWER_LIDS]
    assert closure_loss(face + torch.tensor([0.3, -0.2]), face, weight) < 1e-8
    torch.testing.assert_close(closure_loss(shut, face, weight), torch.tensor(4 * 4.0 / 7))


def test_a_rare_large_error_weighs_more_than_many_small_ones() -> None:
    face = open_face().expand(100, -1, -1)
    blink, everywhere = face.clone(), face.clone()
    blink[:3, UPPER_LIDS, 1] += 2 * CLOSURE_SCALE  # three frames with shut eyes
    everywhere[:, UPPER_LIDS, 1] += 0.06 * CLOSURE_SCALE  # the same sum of errors over all frames
    weight = torch.ones(100, 68)
    assert closure_loss(blink, face, weight) > 10 * closure_loss(everywhere, face, weight)


def test_what_was_not_seen_does_not_count() -> None:
    face, weight = open_face().requires_grad_(), torch.ones(1, 68)
    weight[:, UPPER_LIDS] = 0.0
    closure_loss(face, torch.zeros(1, 68, 2), weight).backward()
    assert face.grad is not None
    assert not face.grad[:, [*UPPER_LIDS, *LOWER_LIDS]].any()
    assert face.grad[:, [62, 66]].any()
