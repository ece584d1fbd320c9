"""Wrong or damaged head files are refused with a reason."""

from pathlib import Path

import numpy as np
import pytest
from safetensors.numpy import save_file

from neuface_core.errors import ModelError
from neuface_core.heads.bundle import OPEN_HEAD, load_head
from neuface_core.heads.bundle_file import read_bundle, write_bundle
from neuface_core.resource_files import resource_path


def test_one_flipped_byte_is_noticed(tmp_path: Path) -> None:
    content = bytearray(resource_path(OPEN_HEAD).read_bytes())
    content[len(content) // 2] ^= 0x10
    path = tmp_path / "head.safetensors"
    path.write_bytes(content)
    with pytest.raises(ModelError, match="damaged"):
        load_head(path)


def test_a_truncated_file_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "head.safetensors"
    path.write_bytes(resource_path(OPEN_HEAD).read_bytes()[:-1000])
    with pytest.raises(ModelError, match="cannot be read"):
        load_head(path)


def test_another_kind_of_file_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "other.safetensors"
    save_file({"weight": np.zeros(3, np.float32)}, path)
    with pytest.raises(ModelError, match="not a head model"):
        load_head(path)


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match=r"gone\.safetensors"):
        load_head(tmp_path / "gone.safetensors")


@pytest.mark.parametrize(
    ("name", "spoil", "reason"),
    [
        ("mean", lambda a: np.where(a == a.max(), np.nan, a).astype(np.float32), "not finite"),
        ("faces", lambda a: a + 1, "faces must name"),
        ("skin_weights", lambda a: a * 2, "add up to 1"),
        ("joints", lambda a: a[:4], "joints has shape"),
        ("static_weights", lambda a: a * 0, "static landmarks"),
        ("expression_mm", lambda a: a[..., :49], "expression has shape"),
    ],
)
def test_a_file_with_the_right_hash_and_wrong_arrays_is_refused(tmp_path: Path, name, spoil, reason) -> None:
    info, arrays = read_bundle(resource_path(OPEN_HEAD))
    arrays[name] = spoil(arrays[name])
    path = tmp_path / "head.safetensors"
    write_bundle(path, info, arrays)
    with pytest.raises(ModelError, match=reason):
        load_head(path)


def test_the_open_head_says_what_it_is() -> None:
    head = load_head()
    assert head.head_id == "open-head-2"
    assert head.licence == "CC0-1.0"
    assert (head.n_shape, head.n_expression, len(head.expression_names)) == (100, 50, 50)
    assert "jawOpen" not in head.expression_names
    assert resource_path(OPEN_HEAD).stat().st_size < 6e6
