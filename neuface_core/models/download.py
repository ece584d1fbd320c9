"""Fetch the weights of FAN from their author's page: only when a person said so."""

from __future__ import annotations

import hashlib
import tempfile
import urllib.error
import urllib.request
from http.client import HTTPException
from pathlib import Path

from neuface_core.errors import ModelError
from neuface_core.jobs import Job, Progress
from neuface_core.models.adding import add_models
from neuface_core.models.stored import StoredModel, stored_folder

FAN_FILE = "2DFAN4-11f355bf06.pth.tar"
FAN_URL = f"https://www.adrianbulat.com/downloads/python-fan/{FAN_FILE}"
FAN_BYTES = 96_000_000
FAN_HASH = "11f355bf06"
"""First digits of its SHA-256, which stand in its name."""
_BLOCK = 1 << 18
_PATIENCE_S = 30
_BY_HAND = f'Download {FAN_URL} yourself and run "neuface models add {FAN_FILE}".'


def fetch_fan(url: str = FAN_URL, sha256_starts: str = FAN_HASH) -> Job[StoredModel]:
    """Download 2D-FAN's weights (96 MB), check them, and add them as "fan-2d".

    Whoever calls this has asked the user.

    Raises
    ------
    ModelError
        When the server cannot be reached, sends something else, or the disk is full. Nothing is kept then.
    """
    folder = stored_folder()
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=folder, prefix=".download-") as temporary:
            path = Path(temporary) / FAN_FILE
            yield from _fetch(url, path, sha256_starts)
            report = yield from add_models([path], name="fan-2d", source=url)
    except (urllib.error.URLError, HTTPException, TimeoutError, ConnectionError) as error:
        reason = getattr(error, "reason", None) or error
        raise ModelError(f"The download failed ({reason}); nothing was kept.", remedy=_BY_HAND) from error
    except OSError as error:
        raise ModelError(
            f"The download cannot be written ({error.strerror or error}).", remedy="Free some space.", path=folder
        ) from error
    return (report.added + report.there)[0]


def _fetch(url: str, path: Path, sha256_starts: str) -> Job[None]:
    digest = hashlib.sha256()
    with urllib.request.urlopen(url, timeout=_PATIENCE_S) as answer, path.open("wb") as file:
        total = int(answer.headers.get("Content-Length") or FAN_BYTES)
        done = 0
        while block := answer.read(_BLOCK):
            digest.update(block)
            file.write(block)
            done += len(block)
            yield Progress("download", done, total)
    if not digest.hexdigest().startswith(sha256_starts):
        raise ModelError(
            f"What was downloaded has the SHA-256 {digest.hexdigest()}, which should begin with {sha256_starts}. "
            "It was not kept.",
            remedy=f"The server may have sent a page in its place. {_BY_HAND}",
        )
