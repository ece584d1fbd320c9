"""From what a pickle described to values: arrays in the place of their descriptions, everything once."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from neuface_core.errors import ModelError
from neuface_core.models.pickled_values import (
    AbsurdSizeError,
    Described,
    Placeholder,
    StoredTensor,
    placeholder_class,
)

_DEEPEST = 100


def resolved(described: Any, path: Path, tensor: Callable[[StoredTensor], Any] | None = None) -> Any:
    """The same tree with arrays in the place of their descriptions.

    Parameters
    ----------
    described
        Of `restricted_pickle.described`.
    path
        For the error.
    tensor
        What becomes of a `StoredTensor`; None leaves it.

    Raises
    ------
    ModelError
        When an array is not as large as it says, or the tree is deeper than any model's.
    """
    try:
        return _Resolver(tensor).value(described, 0)
    except AbsurdSizeError as error:
        raise ModelError(f"The file cannot be used: {error}.", remedy="Get it again from its source.", path=path) from (
            error
        )
    except (TypeError, ValueError, KeyError, IndexError, RecursionError, AttributeError) as error:
        raise ModelError(
            "The file is damaged, or no model file of this kind.", remedy="Get it again from its source.", path=path
        ) from error


class _Resolver:
    """Makes each value once: what a file mentions twice is the same object again, and cannot be unrolled endlessly."""

    def __init__(self, tensor: Callable[[StoredTensor], Any] | None) -> None:
        self._tensor = tensor
        # The original is kept as well: as long as it lives, no other object has its number.
        self._done: dict[int, tuple[Any, Any]] = {}

    def value(self, described: Any, depth: int) -> Any:
        if depth > _DEEPEST:
            raise AbsurdSizeError("it is nested deeper than any model")
        if not isinstance(described, (dict, list, tuple, Described, StoredTensor)):
            return described
        if id(described) not in self._done:
            made = self._made(described, lambda inside: self.value(inside, depth + 1))
            self._done[id(described)] = (described, made)
        return self._done[id(described)][1]

    def _made(self, described: Any, below: Callable[[Any], Any]) -> Any:
        made: Any
        if isinstance(described, dict):
            made = self._begun(described, {})
            made.update({_key(key, below): below(entry) for key, entry in described.items()})
        elif isinstance(described, list):
            made = self._begun(described, [])
            made.extend(below(entry) for entry in described)
        elif isinstance(described, tuple):
            made = tuple(below(entry) for entry in described)
        elif isinstance(described, Placeholder):
            made = self._begun(described, placeholder_class(described.name)())
            made.args, made.state, made.items = (
                below(part) for part in (described.args, described.state, described.items)
            )
        elif isinstance(described, StoredTensor):
            made = described if self._tensor is None else self._tensor(described)
        else:
            made = described.value(below)
        return made

    def _begun(self, described: Any, made: Any) -> Any:
        """Known before its inside is made: a file may hold something that holds itself."""
        self._done[id(described)] = (described, made)
        return made


def _key(key: Any, below: Callable[[Any], Any]) -> Any:
    return below(key) if isinstance(key, Described) else key
