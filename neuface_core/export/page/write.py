"""Put a clip's GLB, its figures and the viewer into one HTML page."""

from __future__ import annotations

import base64
import html
import json
import re
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from neuface_core.export.clip_files import ViewToExport
from neuface_core.export.gltf.scene import glb_of
from neuface_core.jobs import Job

_HERE = Path(__file__).parent


def page_of(view: ViewToExport) -> Job[tuple[str, tuple[str, ...]]]:
    """The text of the page, and sentences about what is special in it."""
    data, notes = yield from glb_of(view, sparse=True)
    about = view.about
    parts = {
        "title": html.escape(view.title),
        "generator": html.escape(str(about["generator"])),
        "summary": html.escape(_summary(view)),
        "facts": _facts(view),
        "licence": html.escape(f"The mesh is derived from the head model {view.head.head_id}: {view.head.licence}."),
        "settings": html.escape(json.dumps(about.get("settings", {}), indent=1, ensure_ascii=False, default=str)),
        "clip": _in_script(_course(view)),
        "glb": base64.b64encode(data).decode(),
        **{name.replace(".", "_") if name.endswith("js") else "css": _read(name) for name in _FILES},
    }
    # All at once: what was put in is not looked at again.
    page = re.sub(r"\{\{(\w+)\}\}", lambda found: parts[found[1]], _read("page.html"))
    return page, notes


_FILES = ("page.css", "glb.js", "viewer.js")


def _read(name: str) -> str:
    return (_HERE / name).read_text(encoding="utf-8")


def _course(view: ViewToExport) -> dict[str, Any]:
    """What changes from frame to frame besides the mesh."""
    fit = view.fit
    return {
        "first": view.offset,
        # As the GLB has them: a key is found by comparing.
        "times": [float(time) for time in view.times_s.astype(np.float32)],
        "error": _or_null(fit.error),
        "valid": fit.valid.tolist(),
    }


def _or_null(values: NDArray[np.floating]) -> list[float | None]:
    return [round(float(value), 3) if np.isfinite(value) else None for value in values]


def _summary(view: ViewToExport) -> str:
    n_frames = view.fit.n_frames
    seconds = float(view.times_s[-1])
    missing = int((~view.fit.valid).sum())
    without = f", {missing} without a mesh" if missing else ""
    return f"{n_frames} frames, {seconds:.1f} s{without}"


def _facts(view: ViewToExport) -> str:
    """Where it comes from, as a list of terms."""
    about = view.about
    reviewed = f"{about.get('state', '')} by {about['reviewer']}" if about.get("reviewer") else about.get("state", "")
    facts = {
        "Review": reviewed,
        "Note": about.get("note", ""),
        "Landmark error": _percent(about.get("metrics", {}).get("nme_bbox")),
        "Head": view.fit.head_id,
        "Encoder": view.fit.encoder_id,
        "Detector": view.fit.landmarks.detector,
        "Video": view.video.name,
        "Run": about.get("run", ""),
        "Made by": about["generator"],
    }
    rows = "".join(f"<dt>{term}</dt><dd>{html.escape(str(value))}</dd>" for term, value in facts.items() if value)
    return f"<dl>{rows}</dl>"


def _percent(value: float | None) -> str:
    return "" if value is None else f"{value:.2f} % of the face"


def _in_script(value: Any) -> str:
    """JSON that cannot end the element it stands in."""
    return json.dumps(value, separators=(",", ":"), allow_nan=False).replace("<", "\\u003c")
