"""Fits and landmark tracks as `.npz` files: plain arrays and one JSON document, no pickle.

Every member of the archive carries a CRC-32, which is checked before a byte of it is interpreted.
"""

from __future__ import annotations

import json
import zipfile
import zlib
from collections.abc import Iterator, Mapping, Sequence
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from neuface_core.atomic_file import atomic_write
from neuface_core.encoders.crops import CropTrack
from neuface_core.errors import ProjectError
from neuface_core.fitting.fit import Fit, MultiViewFit
from neuface_core.heads.params import HeadParams
from neuface_core.landmarks.track import LandmarkTrack

Arrays = dict[str, NDArray[Any]]

_FIT = "neuface-fit"
_LANDMARKS = "neuface-landmarks"
_VERSION = 1
_VIEWS_VERSION = 2  # of a file with several views; one view is written as it always was
_TRACK_ARRAYS = ("points", "confidence", "boxes", "detected")
_FRAME_ARRAYS = ("projected", "projected_encoder", "valid", "error", "error_encoder")
_CLIP_ARRAYS = ("view_weight", "cvd_mm", "cvd_encoder_mm")
_OPTIONAL_ARRAYS = ("confidence", "origin")
_PARAM_WIDTHS = {"global_orient": 3, "neck_pose": 3, "jaw_pose": 3, "eye_pose": 6, "camera": 3}


def write_fit(path: Path, fit: Fit | MultiViewFit, *, clip: str = "", fingerprint: str = "") -> None:
    """Write `fit`, whole or not at all, with the name of its clip and the fingerprint of its video.

    The arrays of a fit of several views lie under ``view_<k>/``, k from 0 in the order of `MultiViewFit.views`.

    Raises
    ------
    ProjectError
        When the arrays do not belong together, or the disk is full.
    """
    try:
        check_fit(fit) if isinstance(fit, Fit) else check_views(fit)
    except ValueError as error:
        raise ProjectError(f"The fit of {clip!r} cannot be saved: {error}.", path=path) from error
    head: dict[str, Any] = {"clip": clip, "fingerprint": fingerprint}
    if isinstance(fit, Fit):
        about, arrays = _pack(fit)
        _write(path, _FIT, head | about, arrays)
        return
    arrays = {name: getattr(fit, name) for name in _CLIP_ARRAYS}
    views = []
    for number, view in enumerate(fit.views):
        about, of_view = _pack(view)
        views.append(about | {"name": fit.view_names[number]})
        arrays |= {f"view_{number}/{name}": array for name, array in of_view.items()}
    _write(path, _FIT, head | {"views": views, "metrics": metrics_to_json(fit.metrics)}, arrays, _VIEWS_VERSION)


def _pack(fit: Fit) -> tuple[dict[str, Any], Arrays]:
    arrays: Arrays = {"loss_history": fit.loss_history, "crop_centre": fit.crops.centre, "crop_size": fit.crops.size}
    arrays |= {f"params.{name}": array for name, array in fit.params.to_arrays().items()}
    arrays |= {f"params_encoder.{name}": array for name, array in fit.params_encoder.to_arrays().items()}
    arrays |= {f"landmarks.{name}": getattr(fit.landmarks, name) for name in _TRACK_ARRAYS}
    arrays |= {name: getattr(fit, name) for name in _FRAME_ARRAYS}
    arrays |= {name: array for name in _OPTIONAL_ARRAYS if (array := getattr(fit, name, None)) is not None}
    if fit.detections is not None:
        arrays |= {f"detections.{name}": getattr(fit.detections, name) for name in _TRACK_ARRAYS}
    about = {
        "head_id": fit.head_id,
        "encoder_id": fit.encoder_id,
        "detector": fit.landmarks.detector,
        "contour": fit.landmarks.contour,
        "metrics": metrics_to_json(fit.metrics),
        "settings": fit.settings,
    }
    return about, arrays


def read_any(path: Path, *, fingerprint: str | None = None) -> Fit | MultiViewFit:
    """Read what `write_fit` wrote; with `fingerprint`, only of that video.

    Raises
    ------
    ProjectError
        When the file is missing, damaged, or does not hold the arrays of a fit.
    """
    about, arrays = _read(path, _FIT, "fit")
    if fingerprint is not None and about.get("fingerprint") != fingerprint:
        raise ProjectError("The fit belongs to another video.", remedy="Fit the clip again.", path=path)
    if "views" not in about:
        return _unpack(path, about, arrays)
    try:
        described = [(str(view["name"]), view) for view in about["views"]]
        views = tuple(_unpack(path, view, _below(arrays, k)) for k, (_, view) in enumerate(described))
        names = tuple(name for name, _ in described)
        several = MultiViewFit(
            views, names, metrics=metrics_from_json(about["metrics"]), **{name: arrays[name] for name in _CLIP_ARRAYS}
        )
        check_views(several)
    except (KeyError, ValueError, TypeError) as error:
        raise _damaged(path, "fit", f"{type(error).__name__}: {error}") from error
    return several


def read_fit(path: Path, view: str | None = None) -> Fit:
    """Read the fit of the view of that name; without one, of the first view. The others are not read.

    Raises
    ------
    ProjectError
        When the file is missing or damaged, or has no such view.
    """
    about = _read(path, _FIT, "fit", only="")[0]
    if "views" not in about:
        return _unpack(path, *_read(path, _FIT, "fit"))
    try:
        names = [str(described["name"]) for described in about["views"]]
        number = 0 if view is None else names.index(view)
        described = about["views"][number]
    except (KeyError, TypeError, IndexError) as error:
        raise _damaged(path, "fit", f"{type(error).__name__}: {error}") from error
    except ValueError as error:
        raise ProjectError(f"The fit has no view {view!r}; it has {', '.join(names)}.", path=path) from error
    return _unpack(path, described, _below(_read(path, _FIT, "fit", only=f"view_{number}/")[1], number))


def read_view_names(path: Path) -> tuple[str, ...]:
    """Names of the views that a fit holds; empty for a fit of a clip of one view.

    Raises
    ------
    ProjectError
        When the file is missing or damaged.
    """
    about = _read(path, _FIT, "fit", only="")[0]
    try:
        return tuple(str(view["name"]) for view in about.get("views", ()))
    except (KeyError, TypeError) as error:
        raise _damaged(path, "fit", f"{type(error).__name__}: {error}") from error


def _below(arrays: Arrays, number: int) -> Arrays:
    prefix = f"view_{number}/"
    return {name.removeprefix(prefix): array for name, array in arrays.items() if name.startswith(prefix)}


def _unpack(path: Path, about: Mapping[str, Any], arrays: Arrays) -> Fit:
    """The fit of one view, checked.

    Raises
    ------
    ProjectError
        When arrays are missing or do not belong together.
    """
    try:
        fit = Fit(
            params=HeadParams.from_arrays(_group(arrays, "params")),
            params_encoder=HeadParams.from_arrays(_group(arrays, "params_encoder")),
            crops=CropTrack(arrays["crop_centre"], arrays["crop_size"]),
            landmarks=_track(arrays, "landmarks", about),
            **{name: arrays[name] for name in _FRAME_ARRAYS},
            **{name: arrays[name] for name in _OPTIONAL_ARRAYS if name in arrays},
            detections=_track(arrays, "detections", about) if "detections.points" in arrays else None,
            metrics=metrics_from_json(about["metrics"]),
            loss_history=arrays["loss_history"],
            head_id=about["head_id"],
            encoder_id=about["encoder_id"],
            settings=about["settings"],
        )
        check_fit(fit)
    except (KeyError, ValueError, TypeError) as error:
        raise _damaged(path, "fit", f"{type(error).__name__}: {error}") from error
    return fit


def write_landmarks(path: Path, tracks: Sequence[LandmarkTrack], *, fingerprint: str = "") -> None:
    """Write all tracks of a view, whole or not at all, with the fingerprint of the clip's videos."""
    arrays = {f"{i}.{name}": getattr(track, name) for i, track in enumerate(tracks) for name in _TRACK_ARRAYS}
    about = {"tracks": [{"detector": t.detector, "contour": t.contour} for t in tracks], "fingerprint": fingerprint}
    _write(path, _LANDMARKS, about, arrays)


def read_landmarks(path: Path, *, fingerprint: str = "") -> tuple[LandmarkTrack, ...] | None:
    """Read what `write_landmarks` wrote; with `fingerprint`, None where the file says that it is of other videos.

    Raises
    ------
    ProjectError
        When the file is missing or damaged.
    """
    about, arrays = _read(path, _LANDMARKS, "landmark file")
    if fingerprint and about.get("fingerprint", "") not in ("", fingerprint):
        return None
    try:
        return tuple(_track(arrays, str(i), track) for i, track in enumerate(about["tracks"]))
    except (KeyError, ValueError, TypeError) as error:
        raise _damaged(path, "landmark file", f"{type(error).__name__}: {error}") from error


def check_fit(fit: Fit) -> None:
    """Check that every array of `fit` has one row a frame and the width that its docstring says.

    Raises
    ------
    ValueError
        Naming the array.
    """
    frames = fit.n_frames
    wanted: dict[str, tuple[tuple[int, ...], tuple[int, ...]]] = {
        "landmarks": (fit.landmarks.points.shape, (frames, 68, 2)),
        "crop centre": (fit.crops.centre.shape, (frames, 2)),
        "crop size": (fit.crops.size.shape, (frames,)),
        "projected": (fit.projected.shape, (frames, 68, 2)),
        "projected_encoder": (fit.projected_encoder.shape, (frames, 68, 2)),
        "valid": (fit.valid.shape, (frames,)),
        "error": (fit.error.shape, (frames,)),
        "error_encoder": (fit.error_encoder.shape, (frames,)),
        "loss_history": (fit.loss_history.shape, (len(fit.loss_history),)),
    }
    if fit.origin is not None:
        wanted["origin"] = (fit.origin.shape, (frames, 68))
    if fit.detections is not None:
        wanted["detections"] = (fit.detections.points.shape, (frames, 68, 2))
    for owner, params in (("params", fit.params), ("params_encoder", fit.params_encoder)):
        for name in ("shape", "expression"):
            shape = tuple(getattr(params, name).shape)
            wanted[f"{owner}.{name}"] = (shape, (frames, *shape[1:2]))
        for name, width in _PARAM_WIDTHS.items():
            wanted[f"{owner}.{name}"] = (tuple(getattr(params, name).shape), (frames, width))
    for name, (shape, expected) in wanted.items():
        if shape != expected:
            raise ValueError(f"{name} has shape {shape}, wanted {expected}")


def check_views(fit: MultiViewFit) -> None:
    """Check that the views of `fit` have the same moments, and names and weights of their own.

    Raises
    ------
    ValueError
        Naming the view or the array.
    """
    views = len(fit.views)
    if not views or len(fit.view_names) != views or len(set(fit.view_names)) != views:
        raise ValueError(f"{views} views have the names {', '.join(fit.view_names) or 'none'}")
    wanted = {"view_weight": (fit.n_frames, views), "cvd_mm": (views, views), "cvd_encoder_mm": (views, views)}
    for name, expected in wanted.items():
        if getattr(fit, name).shape != expected:
            raise ValueError(f"{name} has shape {getattr(fit, name).shape}, wanted {expected}")
    for name, view in zip(fit.view_names, fit.views, strict=True):
        try:
            check_fit(view)
        except ValueError as error:
            raise ValueError(f"in the view {name!r} {error}") from error
        if view.n_frames != fit.n_frames:
            raise ValueError(f"the view {name!r} has {view.n_frames} frames, wanted {fit.n_frames}")


def metrics_to_json(metrics: Mapping[str, float]) -> dict[str, float | None]:
    """Numbers as JSON knows them: None for NaN and infinity."""
    return {name: float(value) if np.isfinite(value) else None for name, value in metrics.items()}


def metrics_from_json(metrics: Mapping[str, float | None]) -> dict[str, float]:
    """Inverse of `metrics_to_json`, with NaN for None."""
    return {name: float("nan") if value is None else value for name, value in metrics.items()}


def _track(arrays: Arrays, prefix: str, about: Mapping[str, Any]) -> LandmarkTrack:
    of_track = _group(arrays, prefix)
    return LandmarkTrack(
        points=of_track["points"],
        confidence=of_track["confidence"],
        boxes=of_track["boxes"],
        detected=of_track["detected"],
        detector=about["detector"],
        contour=about["contour"],
    )


def _group(arrays: Arrays, prefix: str) -> Arrays:
    return {name.removeprefix(f"{prefix}."): a for name, a in arrays.items() if name.startswith(f"{prefix}.")}


class StoredMetrics(Mapping[str, float]):
    """Metrics as the catalogue stores them, understood when somebody looks at them for the first time."""

    __slots__ = ("_parsed", "_text")

    def __init__(self, text: str) -> None:
        self._text = text
        self._parsed: dict[str, float] | None = None

    def _metrics(self) -> dict[str, float]:
        if self._parsed is None:
            self._parsed = metrics_from_json(json.loads(self._text))
        return self._parsed

    def __getitem__(self, name: str) -> float:
        return self._metrics()[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._metrics())

    def __len__(self) -> int:
        return len(self._metrics())

    def __repr__(self) -> str:
        return repr(self._metrics())


def _write(path: Path, kind: str, about: dict[str, Any], arrays: Arrays, version: int = _VERSION) -> None:
    document = json.dumps({"format": kind, "version": version, **about}, ensure_ascii=False, sort_keys=True)
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        with atomic_write(path) as file:
            np.savez(file, allow_pickle=False, about=np.frombuffer(document.encode(), np.uint8), **arrays)
    except OSError as error:
        raise ProjectError(
            f"The result could not be written: {error.strerror}; what was saved before is kept.",
            remedy="Make space on the disk or change the permissions, then try again.",
            path=path,
        ) from error


def _read(path: Path, kind: str, words: str, only: str | None = None) -> tuple[dict[str, Any], Arrays]:
    """The document, and all arrays or `only` those under a prefix; none for ""."""
    arrays: Arrays = {}
    try:
        with zipfile.ZipFile(path) as archive:
            for name in archive.namelist():
                if only is not None and name != "about.npy" and not (only and name.startswith(only)):
                    continue
                # Read whole first: that checks the CRC before the header of the array is believed.
                member = BytesIO(archive.read(name))
                arrays[name.removesuffix(".npy")] = np.lib.format.read_array(member, allow_pickle=False)
        about = json.loads(arrays.pop("about").tobytes().decode())
    except FileNotFoundError as error:
        raise ProjectError(f"The {words} of this clip is missing.", remedy="Fit the clip again.", path=path) from error
    except (OSError, zipfile.BadZipFile, zlib.error, ValueError, KeyError, EOFError, NotImplementedError) as error:
        raise _damaged(path, words, str(error)) from error
    except RuntimeError as error:  # a flipped bit that says "encrypted"
        raise _damaged(path, words, str(error)) from error
    if not isinstance(about, dict) or about.get("format") != kind:
        raise _damaged(path, words, f"it is not a {kind} file")
    if about.get("version") not in (_VERSION, _VIEWS_VERSION):
        raise ProjectError(
            f"The {words} has version {about.get('version')}; this program knows {_VERSION} and {_VIEWS_VERSION}.",
            remedy="Install the version of NeuFace Studio that made it.",
            path=path,
        )
    return about, arrays


def _damaged(path: Path, words: str, why: str) -> ProjectError:
    return ProjectError(
        f"The {words} is damaged ({why}); nothing was deleted.", remedy="Fit the clip again.", path=path
    )
