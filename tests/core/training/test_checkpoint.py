"""A training that goes on from a checkpoint ends where one that was never stopped ends."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from torch import nn

from neuface_core.errors import NeuFaceError
from neuface_core.training.checkpoint import LossLog, load_checkpoint, save_checkpoint


def fresh() -> tuple[nn.Module, torch.optim.Optimizer]:
    torch.manual_seed(5)
    model = nn.Sequential(nn.Linear(4, 8), nn.SiLU(), nn.Linear(8, 2))
    return model, torch.optim.AdamW(model.parameters(), lr=1e-2)


def step(model: nn.Module, optimiser: torch.optim.Optimizer) -> None:
    batch = torch.randn(16, 4)
    loss = (model(batch) - batch[:, :2]).square().mean()
    optimiser.zero_grad(set_to_none=True)
    loss.backward()
    optimiser.step()


def test_stopping_and_going_on_changes_nothing(tmp_path: Path) -> None:
    path = tmp_path / "state.safetensors"
    model, optimiser = fresh()
    for _ in range(20):
        step(model, optimiser)
    wanted = {name: value.clone() for name, value in model.state_dict().items()}

    model, optimiser = fresh()
    for _ in range(12):
        step(model, optimiser)
    save_checkpoint(path, "k", 12, model, optimiser)
    model, optimiser = fresh()
    torch.manual_seed(99)
    assert load_checkpoint(path, "k", model, optimiser) == 12
    for _ in range(8):
        step(model, optimiser)
    for name, value in model.state_dict().items():
        assert torch.equal(value, wanted[name]), name


def test_without_a_checkpoint_it_begins_at_the_first_step(tmp_path: Path) -> None:
    assert load_checkpoint(tmp_path / "none", "k", *fresh()) == 0


def test_the_state_of_another_training_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "state.safetensors"
    save_checkpoint(path, "k", 3, *fresh())
    model, optimiser = fresh()
    with pytest.raises(NeuFaceError, match="another training"):
        load_checkpoint(path, "other", model, optimiser)


def test_a_damaged_state_says_what_to_do(tmp_path: Path) -> None:
    path = tmp_path / "state.safetensors"
    save_checkpoint(path, "k", 3, *fresh())
    path.write_bytes(path.read_bytes()[:-5])
    with pytest.raises(NeuFaceError, match="Delete this file"):
        load_checkpoint(path, "k", *fresh())


def test_the_log_has_every_step_once_after_a_kill(tmp_path: Path) -> None:
    path = tmp_path / "losses.jsonl"
    log = LossLog(path)
    for number in range(5):
        log.note(number, {"loss": 1 / (number + 1)})
    with path.open("a") as file:
        file.write('{"step": 5, "lo')  # killed while it wrote
    log = LossLog(path, start=3)
    for number in range(3, 6):
        log.note(number, {"loss": 0.5})
    assert [line["step"] for line in log.read()] == [0, 1, 2, 3, 4, 5]
    assert log.read()[1]["loss"] == pytest.approx(0.5)
