"""Where the files made by this project lie: `resources/` of a checkout, or inside the installed package."""

from __future__ import annotations

from pathlib import Path

from neuface_core.errors import ModelError

_PACKAGE = Path(__file__).resolve().parent


def resource_path(name: str) -> Path:
    """Path of a file or folder of `resources/`, for example ``resource_path("open_head")``.

    Raises
    ------
    ModelError
        When it is in neither place.
    """
    for root in (_PACKAGE / "_resources", _PACKAGE.parent / "resources"):
        if (root / name).exists():
            return root / name
    raise ModelError(f"The resource {name!r} is missing.", remedy="Install NeuFace Studio again.", path=_PACKAGE)
