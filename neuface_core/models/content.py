"""The arrays of an added model, on disk and back: safetensors, or the user's own checkpoint where it was linked."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from safetensors import SafetensorError, safe_open
from safetensors.numpy import save_file

from neuface_core.atomic_file import partial_path, publish
from neuface_core.errors import ModelError
from neuface_core.jobs import Job, Progress
from neuface_core.models.recognise_torch import recognise_torch
from neuface_core.models.stored import StoredModel, file_hash, stored_models
from neuface_core.models.torch_file import TorchFile

FORMAT = "neuface-model/1"


def write_arrays(path: Path, arrays: Mapping[str, NDArray[Any]], about: Mapping[str, str]) -> None:
    """Write beside `path` and rename.

    Raises
    ------
    OSError
        When the disk is full or may not be written; nothing is left then.
    """
    partial = partial_path(path)
    try:
        # Not np.ascontiguousarray, which makes a list of a single number.
        whole = {name: np.require(array, requirements="C") for name, array in arrays.items()}
        save_file(whole, partial, {"format": FORMAT, **about})
        publish(partial, path)
    except SafetensorError as error:
        raise OSError(str(error)) from error
    finally:
        with suppress(OSError):
            partial.unlink()


def model_arrays(model: StoredModel, prefix: str = "") -> dict[str, NDArray[Any]]:
    """The arrays of an added model whose names begin with `prefix`, which is cut off.

    DECA's have the names of its checkpoint, ``model_arrays(stored_model("deca"), "E_flame.")`` is the state dictionary
    of its encoder; EMOCA's likewise, "E_flame." and "E_expression.".

    Raises
    ------
    ModelError
        When a file is missing, damaged, or no longer what was linked.
    """
    file = model.files[0]
    if not file.path.is_file():
        what = "was moved or deleted since it was linked" if file.linked else "is missing in the data folder"
        raise ModelError(f"The file of {model.name} {what}.", remedy=_add_again(model), path=file.path)
    if file.linked:
        return _linked(model, prefix)
    try:
        with safe_open(file.path, framework="np") as opened:
            names = [name for name in opened.keys() if name.startswith(prefix)]  # noqa: SIM118 (not a dict)
            return {name.removeprefix(prefix): opened.get_tensor(name) for name in names}
    except (SafetensorError, OSError, ValueError, TypeError) as error:
        raise ModelError(
            f"The file of {model.name} in the data folder is damaged.", remedy=_add_again(model), path=file.path
        ) from error


def problem_of(model: StoredModel) -> str:
    """What is wrong with the files of an added model; "" where all is well. Everything is hashed and read."""
    try:
        for file in model.files:
            if file.path.is_file() and file_hash(file.path) != file.sha256:
                changed = "is another one since it was linked" if file.linked else "is damaged"
                return f"The file of {model.name} {changed}. {_add_again(model)} ({file.path})"
        for name, array in model_arrays(model).items():
            if array.dtype.kind == "f" and not np.isfinite(array).all():
                return f"{model.name}: {name} has values that are not finite numbers. {_add_again(model)}"
    except ModelError as error:
        return str(error)
    return ""


def check_models(names: tuple[str, ...] = ()) -> Job[dict[str, str]]:
    """Hash and load the added models of these names (all of them without); each with its problem, "" for none."""
    wanted = [model for model in stored_models() if not names or model.name in names]
    found = {}
    for number, model in enumerate(wanted):
        yield Progress("check", number, len(wanted))
        found[model.name] = problem_of(model)
    yield Progress("check", len(wanted), len(wanted))
    return found


def _linked(model: StoredModel, prefix: str) -> dict[str, NDArray[Any]]:
    path = model.path
    wanted = recognise_torch(path, model.name)
    if wanted is None:
        raise ModelError(f"The linked file of {model.name} is another one now.", remedy=_add_again(model), path=path)
    with TorchFile(path, unknown="placeholder") as file:
        tensors = {name: t for name, t in wanted.tensors(file.content).items() if name.startswith(prefix)}
        return {name.removeprefix(prefix): array for name, array in file.arrays(tensors).items()}


def _add_again(model: StoredModel) -> str:
    return f'Run "neuface models remove {model.name}" and add it again.'
