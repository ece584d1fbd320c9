"""Model files: the pinned ones that come from wheels, the user's own, and readers that execute nothing of either."""

from __future__ import annotations

from neuface_core.models.adding import AddReport, add_models
from neuface_core.models.content import check_models, model_arrays, problem_of
from neuface_core.models.stored import StoredFile, StoredModel, remove_model, stored_model, stored_models
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
    "AddReport",
    "Asset",
    "InstalledAsset",
    "StoredFile",
    "StoredModel",
    "add_models",
    "check_models",
    "data_folder",
    "install",
    "installed",
    "model_arrays",
    "model_path",
    "problem_of",
    "remove_model",
    "sample_clips",
    "stored_model",
    "stored_models",
]
