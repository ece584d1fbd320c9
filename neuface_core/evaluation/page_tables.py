"""Tables in a page of the documentation: written by the command that measures, never by hand."""

from __future__ import annotations

import re
from pathlib import Path

from neuface_core.atomic_file import atomic_write
from neuface_core.errors import NeuFaceError


def refresh_table(path: Path, name: str, text: str) -> None:
    """Put `text` between the marks of the table `name`; what people wrote around them stays.

    The marks are ``<!-- table NAME: ... -->`` and ``<!-- end of table NAME -->``; the first may say more.

    Raises
    ------
    NeuFaceError
        When the page cannot be read or written, or has not both marks once, in order; it is then unchanged.
    """
    try:
        page = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise NeuFaceError(f"The page cannot be read: {error}.", path=path) from error
    marks = rf"(<!-- table {re.escape(name)}(?::[^>]*)? -->\n)(.*?)(<!-- end of table {re.escape(name)} -->)"
    found = re.findall(marks, page, flags=re.DOTALL)
    if len(found) != 1:
        raise NeuFaceError(
            f"The page has not one place for the table {name!r}; it was not changed.",
            remedy=f"Write '<!-- table {name} -->' and '<!-- end of table {name} -->' where it belongs.",
            path=path,
        )
    begin, _, end = found[0]
    changed = re.sub(marks, lambda _: f"{begin}\n{text.strip()}\n\n{end}", page, flags=re.DOTALL)
    try:
        with atomic_write(path) as file:
            file.write(changed.encode())
    except OSError as error:
        raise NeuFaceError(f"The page cannot be written ({error.strerror}).", path=path) from error
