"""Apple's MPS knows no double precision and has no singular values: meshes are laid on each other all the same.

There is none here: a tensor that says it lies there, and refuses what MPS refuses, stands for it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import torch
from torch import Tensor
from torch.utils._pytree import tree_map_only

from neuface_core.fitting.view_targets import to_canonical


class OnApple(Tensor):
    @property
    def device(self) -> torch.device:  # type: ignore[override]
        return torch.device("mps")

    @classmethod
    def __torch_function__(
        cls,
        func: Callable[..., Any],
        types: Sequence[type],
        args: tuple[Any, ...] = (),
        kwargs: Mapping[str, Any] | None = None,
    ) -> Any:
        name = getattr(func, "__name__", "")
        if name == "cpu":
            return args[0].as_subclass(Tensor)
        if name == "to":
            return args[0].as_subclass(Tensor).to(args[1].dtype).as_subclass(OnApple)
        assert name not in ("double", "linalg_svd"), f"MPS cannot do {name}"
        plain = tree_map_only(OnApple, lambda t: t.as_subclass(Tensor), (args, dict(kwargs or {})))
        found = func(*plain[0], **plain[1])
        return tree_map_only(Tensor, lambda t: t.as_subclass(OnApple), found)


def test_meshes_are_laid_on_each_other_as_on_a_processor() -> None:
    random = torch.Generator().manual_seed(0)
    mesh, reference = torch.randn(2, 3, 50, 3, generator=random)
    laid = to_canonical(mesh.as_subclass(OnApple), reference.as_subclass(OnApple))
    assert isinstance(laid, OnApple)
    assert torch.equal(laid.as_subclass(Tensor), to_canonical(mesh, reference))
