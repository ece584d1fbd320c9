"""Results of a comparison, kept in the project by all that they depend on: a rerun costs what has changed."""

from __future__ import annotations

import ast
import hashlib
import json
import math
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import fields
from functools import cache
from pathlib import Path
from typing import Any

from pydantic import BaseModel

from neuface_core import encoders, fitting, geometry, heads
from neuface_core.atomic_file import atomic_write
from neuface_core.evaluation import landmark_error, mesh_distance, stability
from neuface_core.evaluation.method_table import Row
from neuface_core.fitting.methods import Method

FOLDER = "study"
_FORMAT = 1
_JUDGES = ("automatic_filter.py", "signals.py")
"""Files of `fitting` that look at a fit when it is done."""


class ResultCache:
    """Rows in `P/study/<key>.json`.

    The folder may be deleted at any time. Where it cannot be written, nothing is kept and nothing else happens.
    """

    def __init__(self, project: Path) -> None:
        self._folder = project / FOLDER

    def load(self, key: str, clip: str, label: str) -> Row | None:
        """The row of a key, under the names it has now; None where there is none that can be read."""
        try:
            stored = json.loads((self._folder / f"{key}.json").read_text("utf-8"))
            if stored["format"] != _FORMAT:
                return None
            return Row(clip, label, _numbers(stored["values"]), _numbers(stored["pairs"]), tuple(stored["loss"]))
        except (OSError, ValueError, KeyError, TypeError, AttributeError):
            return None

    def store(self, key: str, row: Row, about: Mapping[str, object]) -> None:
        """Keep a row and what it was made of, for a person who looks into the file."""
        document = {
            "format": _FORMAT,
            "clip": row.clip,
            "method": row.method,
            "values": {name: value if math.isfinite(value) else None for name, value in row.values.items()},
            "pairs": dict(row.pairs),
            "loss": [round(value, 7) for value in row.loss],
            "about": dict(about),
        }
        with suppress(OSError):
            self._folder.mkdir(exist_ok=True)
            with atomic_write(self._folder / f"{key}.json") as file:
                file.write(json.dumps(document, indent=1).encode())


def result_key(about: Mapping[str, object]) -> str:
    """Name of a result by everything it depends on."""
    return hashlib.sha256(json.dumps(about, sort_keys=True).encode()).hexdigest()[:32]


def method_settings(method: Method) -> dict[str, Any]:
    """A method as JSON: its kind and all its settings."""
    found: dict[str, Any] = {"kind": type(method).__name__}
    for field in fields(method):  # type: ignore[arg-type]
        value = getattr(method, field.name)
        found[field.name] = value.model_dump(mode="json") if isinstance(value, BaseModel) else value
    return found


@cache
def code_fingerprint() -> str:
    """SHA-256 of the code that fits and scores, without its comments and docstrings: other code, other results."""
    packages = [Path(folder) for package in (encoders, fitting, heads) for folder in package.__path__]
    files = [path for folder in packages for path in sorted(folder.glob("*.py")) if path.name not in _JUDGES]
    files += [Path(str(module.__file__)) for module in (geometry, landmark_error, mesh_distance, stability)]
    files += [Path(__file__).with_name(name) for name in ("truth.py", "run_methods.py")]
    digest = hashlib.sha256()
    for path in files:
        digest.update(f"{path.name}:{_without_words(path.read_text('utf-8'))}".encode())
    return digest.hexdigest()


def _without_words(source: str) -> str:
    tree = ast.parse(source)
    for node in ast.walk(tree):
        body = getattr(node, "body", None)
        if (
            isinstance(body, list)
            and body
            and isinstance(body[0], ast.Expr)
            and isinstance(body[0].value, ast.Constant)
        ):
            body[0].value.value = None
    return ast.dump(tree)


def _numbers(stored: Mapping[str, float | None]) -> dict[str, float]:
    return {name: math.nan if value is None else float(value) for name, value in stored.items()}
