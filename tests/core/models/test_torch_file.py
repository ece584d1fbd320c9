"""Checkpoints are read as torch reads them, both formats, and objects in them stay inert."""

from __future__ import annotations

import argparse
import pickle
import zipfile
from collections import OrderedDict
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from flame_files import Harmful

from neuface_core.errors import ModelError
from neuface_core.models.pickled_values import Placeholder
from neuface_core.models.torch_file import TorchFile, read_torch


def content() -> dict[str, Any]:
    base = torch.randn(40)
    conv = torch.nn.Sequential(torch.nn.Conv2d(3, 5, 3), torch.nn.BatchNorm2d(5))
    return {
        "E_flame": OrderedDict((f"encoder.{k}", v) for k, v in conv.state_dict().items()),
        "whole": conv.state_dict(),
        "parameter": torch.nn.Parameter(torch.randn(2, 3)),
        "transposed": torch.randn(4, 6).t(),
        "view": base[3:23].view(4, 5)[:, ::2],
        "shared": base,
        "half": torch.randn(3).half(),
        "brain": torch.randn(3).bfloat16(),
        "count": torch.tensor(7),
        "empty": torch.zeros(0, 3),
        "flags": torch.tensor([True, False]),
        "global_step": 12,
    }


def assert_same(found: Any, wanted: Any, place: str = "") -> None:
    if isinstance(wanted, dict):
        assert list(found) == list(wanted)
        for key in wanted:
            assert_same(found[key], wanted[key], f"{place}.{key}")
    elif isinstance(wanted, torch.Tensor):
        value = wanted.detach()
        value = value.float() if value.dtype == torch.bfloat16 else value
        np.testing.assert_array_equal(found, value.numpy(), err_msg=place)
        assert found.dtype == value.numpy().dtype
    else:
        assert found == wanted


@pytest.mark.parametrize("zipped", [True, False])
def test_everything_is_as_torch_saved_it(tmp_path: Path, zipped: bool) -> None:
    torch.manual_seed(0)
    wanted = content()
    torch.save(wanted, tmp_path / "a.tar", _use_new_zipfile_serialization=zipped)
    assert_same(read_torch(tmp_path / "a.tar"), wanted)
    with TorchFile(tmp_path / "a.tar") as file:
        assert file.content["E_flame"]["encoder.0.weight"].shape == (5, 3, 3, 3)
        assert_same(file.arrays(file.content["E_flame"]), dict(wanted["E_flame"]))


@pytest.mark.parametrize("zipped", [True, False])
def test_settings_as_objects_are_refused_or_inert(tmp_path: Path, zipped: bool) -> None:
    settings = argparse.Namespace(model="EMOCA", tree={"n": torch.ones(2)})
    torch.save(
        {"state_dict": {"a": torch.ones(3)}, "hyper_parameters": settings},
        tmp_path / "a.ckpt",
        _use_new_zipfile_serialization=zipped,
    )
    with pytest.raises(ModelError, match=r"argparse\.Namespace"):
        TorchFile(tmp_path / "a.ckpt")
    found = read_torch(tmp_path / "a.ckpt", unknown="placeholder")
    np.testing.assert_array_equal(found["state_dict"]["a"], np.ones(3))
    inert = found["hyper_parameters"]
    assert isinstance(inert, Placeholder)
    assert inert.name == "argparse.Namespace"
    assert inert.state["model"] == "EMOCA"
    np.testing.assert_array_equal(inert.state["tree"]["n"], np.ones(2))


@pytest.mark.parametrize("zipped", [True, False])
def test_a_harmful_checkpoint_stays_harmless(tmp_path: Path, zipped: bool) -> None:
    trace = tmp_path / "was_executed"
    torch.save({"E_flame": Harmful(trace)}, tmp_path / "a.tar", _use_new_zipfile_serialization=zipped)
    for unknown in ("refuse", "placeholder"):
        with pytest.raises(ModelError, match="system"):
            TorchFile(tmp_path / "a.tar", unknown=unknown)  # type: ignore[arg-type]
    assert not trace.exists()


@pytest.mark.parametrize("zipped", [True, False])
@pytest.mark.parametrize("share", [0.3, 0.7, 0.98])
def test_half_a_download_is_refused(tmp_path: Path, zipped: bool, share: float) -> None:
    torch.save(
        {"a": torch.randn(1000), "b": torch.randn(1000)}, tmp_path / "a.tar", _use_new_zipfile_serialization=zipped
    )
    whole = (tmp_path / "a.tar").read_bytes()
    (tmp_path / "a.tar").write_bytes(whole[: int(share * len(whole))])
    with pytest.raises(ModelError, match="damaged"):
        read_torch(tmp_path / "a.tar")


def test_weights_that_are_not_finite_are_refused_by_name(tmp_path: Path) -> None:
    torch.save({"layers.0.weight": torch.tensor([1.0, float("nan")])}, tmp_path / "a.tar")
    with TorchFile(tmp_path / "a.tar") as file, pytest.raises(ModelError, match=r"layers\.0\.weight.*not finite"):
        file.arrays(file.content)


def test_a_tensor_larger_than_its_numbers_is_refused(tmp_path: Path) -> None:
    torch.save({"a": torch.zeros(1).expand(10**3, 10**4)}, tmp_path / "a.tar")
    with pytest.raises(ModelError, match="more numbers than there are"):
        TorchFile(tmp_path / "a.tar")


def test_a_packed_bomb_is_not_unpacked(tmp_path: Path) -> None:
    torch.save({"a": torch.zeros(8_000_000)}, tmp_path / "a.tar")
    with (
        zipfile.ZipFile(tmp_path / "a.tar") as plain,
        zipfile.ZipFile(tmp_path / "b.tar", "w", zipfile.ZIP_DEFLATED) as packed,
    ):
        for name in plain.namelist():
            packed.writestr(name, plain.read(name))
    with pytest.raises(ModelError, match="unpacks to"):
        TorchFile(tmp_path / "b.tar")


def test_a_zip_of_something_else_is_named_so(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "a.tar", "w") as archive:
        archive.writestr("readme.txt", "hello")
    with pytest.raises(ModelError, match="not of torch"):
        TorchFile(tmp_path / "a.tar")
    (tmp_path / "b.tar").write_bytes(pickle.dumps({"a": 1}))
    with pytest.raises(ModelError, match="not one of torch"):
        TorchFile(tmp_path / "b.tar")
