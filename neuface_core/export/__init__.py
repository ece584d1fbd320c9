"""Accepted clips as a dataset file: writing, checking and reading `neuface-dataset` HDF5."""

from neuface_core.export.hdf5 import ExportSummary, export_dataset
from neuface_core.export.reader import NeuFaceDataset, read_clip, view_names
from neuface_core.export.verify import VerifyReport, verify_dataset

__all__ = [
    "ExportSummary",
    "NeuFaceDataset",
    "VerifyReport",
    "export_dataset",
    "read_clip",
    "verify_dataset",
    "view_names",
]
