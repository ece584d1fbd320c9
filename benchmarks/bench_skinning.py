"""Skinning against the `smplx` package: forward + backward of vertices and landmarks of one made-up FLAME file.

`smplx` is no dependency of the program (its licence is for research only): `pip install --no-deps smplx==0.1.28` into
the environment of the benchmark. Both sides get the same parameters, give the same 5023 vertices and 68 landmarks with
the sliding contour, and go back to identity, expression and all poses. CPU time of one thread, the two sides in turn,
the best of many; the figure is the least favourable of all sizes.
"""

from __future__ import annotations

import json
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "tests" / "core"))

from made_up_flame import embeddings, flame_data, flame_entries, write_for_smplx

from neuface_core.heads.model import HeadModel
from neuface_core.heads.params import HeadParams

SIZES = ((100, 50), (300, 100))
BATCHES = (1, 32, 120)
REPEATS = {1: 60, 32: 14, 120: 8}
CLOSE_M = 1e-5
Both = tuple[Tensor, Tensor]


def main() -> int:
    """One JSON line: the key, and all ratios and differences behind it."""
    try:
        import smplx
    except ImportError:
        print("smplx is not installed: pip install --no-deps smplx==0.1.28 (for comparison only)", file=sys.stderr)
        print("{}")
        return 0
    torch.set_num_threads(1)
    entries = flame_entries()
    points = embeddings(entries)
    details: dict[str, Any] = {}
    with tempfile.TemporaryDirectory() as folder:
        write_for_smplx(Path(folder), entries, points)
        for n_shape, n_expression in SIZES:
            head = HeadModel(flame_data(entries, points, n_shape=n_shape, n_expression=n_expression, turns=-1))
            layer = smplx.FLAME(
                folder,
                num_betas=n_shape,
                num_expression_coeffs=n_expression,
                use_face_contour=True,
                create_transl=False,
            )
            for batch in BATCHES:
                row = _compare(head, layer, batch)
                details[f"{n_shape}+{n_expression} x {batch}"] = row
                print(f"{n_shape}+{n_expression} x {batch}: {row}", flush=True)
    worst = max(row["difference_m"] for row in details.values())
    if worst > CLOSE_M:
        print(f"the two heads differ by {worst:.1e} m, more than {CLOSE_M:g}", file=sys.stderr)
        return 1
    results = {"skinning_over_smplx": min(row["times_as_fast"] for row in details.values())}
    print(json.dumps({"results": results, "details": details}))
    return 0


def _compare(head: HeadModel, layer: torch.nn.Module, batch: int) -> dict[str, float]:
    params = _params(head, batch)
    poses = {name: getattr(params, name) for name in ("global_orient", "neck_pose", "jaw_pose")}

    def theirs() -> Both:
        made = layer(
            betas=params.shape,
            expression=params.expression,
            **poses,
            leye_pose=params.eye_pose[:, :3],
            reye_pose=params.eye_pose[:, 3:],
        )
        inner, contour = made.joints[:, 5:56], made.joints[:, 56:]
        return made.vertices, torch.cat([contour, inner], dim=1)

    def ours() -> Both:
        return head.vertices_and_landmarks(params, "dynamic")

    given = [params.shape, params.expression, *poses.values(), params.eye_pose]
    generator = torch.Generator().manual_seed(1)
    slopes = [torch.randn((batch, n, 3), generator=generator) for n in (head.n_vertices, 68)]
    seconds = {"theirs": float("inf"), "ours": float("inf")}
    for _ in range(REPEATS[batch]):
        for name, pose in (("theirs", theirs), ("ours", ours)):
            seconds[name] = min(seconds[name], _seconds(pose, given, slopes))
    with torch.no_grad():
        difference = max(float((a - b).abs().max()) for a, b in zip(ours(), theirs(), strict=True))
    return {
        "times_as_fast": round(seconds["theirs"] / seconds["ours"], 3),
        "ours_ms": round(1000 * seconds["ours"], 2),
        "smplx_ms": round(1000 * seconds["theirs"], 2),
        "difference_m": difference,
    }


def _seconds(pose: Callable[[], Both], given: list[Tensor], slopes: list[Tensor]) -> float:
    started = time.process_time()
    torch.autograd.grad(pose(), given, slopes)
    return time.process_time() - started


def _params(head: HeadModel, batch: int) -> HeadParams:
    generator = torch.Generator().manual_seed(0)

    def draw(width: int, size: float) -> Tensor:
        return size * torch.randn((batch, width), generator=generator)

    # The neck only nods: smplx takes the contour's yaw from the root alone, this program from root and neck.
    nod = torch.tensor([1.0, 0.0, 0.0])
    drawn = HeadParams(
        shape=draw(head.n_shape, 1.0),
        expression=draw(head.n_expression, 1.0),
        global_orient=draw(3, 0.4),
        neck_pose=draw(3, 0.3) * nod,
        jaw_pose=draw(3, 0.2),
        eye_pose=draw(6, 0.2),
        camera=torch.zeros(batch, 3),
    )
    return drawn.map(lambda value: value.requires_grad_())


if __name__ == "__main__":
    sys.exit(main())
