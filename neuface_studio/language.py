"""The language of the window: English in the code, other languages from files that translators make.

Every text that a person reads goes through `tr` where it is shown. A text that is written down at import time (a table
of commands, of reasons) is `mark`ed there and goes through `tr` later, when the language is known. How to write one:
CONTRIBUTING.md; why it is so: ADR 30.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import ClassVar

from PySide6.QtCore import QCoreApplication, QLibraryInfo, QLocale, QTranslator

from neuface_core.errors import ModelError
from neuface_core.resource_files import resource_path

CONTEXT = ""  # the one context of all texts; what `lupdate` gives to calls of `tr`
ENGLISH = "en"
PSEUDO = "pseudo"
VARIABLE = "NEUFACE_LANGUAGE"  # of the environment; goes before the setting of the person
_FILE = "neuface_studio_{language}.qm"
_PLACE = re.compile(r"\{([A-Za-z_]\w*)(?::([^{}]*))?\}")


def mark(text: str) -> str:
    """`text` itself; says to the extraction that it is shown, and `tr` translates it where it is."""
    return text


def tr(text: str, /, **values: object) -> str:
    """`text` in the language of the window, with values in its places.

    Parameters
    ----------
    text
        In English, written out in the call or `mark`ed where it is: never an f-string, never put together. `{name}` and
        `{name:.2f}` are places; what else stands in braces (`{fit.clip}`, the key of a command) stays.
    values
        What comes into the places.
    """
    return _filled(QCoreApplication.translate(CONTEXT, text), values)


def tr_n(many: str, one: str, n: int, /, **values: object) -> str:
    """The form of a text for `n` things, for example ``tr_n("{n} clips", "{n} clip", 3)``; `n` comes into `{n}`."""
    words = QCoreApplication.translate(CONTEXT, many, one, n)
    if words == many and n == 1:
        words = one
    return _filled(words, {**values, "n": n})


def _filled(words: str, values: dict[str, object]) -> str:
    def value(place: re.Match[str]) -> str:
        name, form = place.group(1), place.group(2) or ""
        return format(values[name], form) if name in values else place.group(0)

    return _PLACE.sub(value, words) if values else words


class PseudoTranslator(QTranslator):
    """English with accents, in brackets and about 40 % longer: shows what is not translatable, and what is clipped."""

    _KEPT = re.compile(r"(\{[^{}]*\}|<[^<>]*>|&\w+;|%\d|%n|\(\*[^()]*\))")
    _VOWELS: ClassVar = dict(
        zip("aeiouAEIOU", ("àá", "èé", "ìí", "òó", "ùú", "ÀÁ", "ÈÉ", "ÌÍ", "ÒÓ", "ÙÚ"), strict=True)
    )

    def isEmpty(self) -> bool:
        return False

    def translate(self, context: str, text: str, disambiguation: str | None = None, n: int = -1) -> str:
        if not text.strip() or context == "QShortcut":  # names of keys stay what is printed on them
            return text
        if n == 1 and disambiguation and context == CONTEXT:
            text = disambiguation
        parts = self._KEPT.split(text)
        parts[::2] = ["".join(self._VOWELS.get(letter, letter) for letter in part) for part in parts[::2]]
        return f"⟦{''.join(parts)}⟧"


def _folder() -> Path | None:
    try:
        return resource_path("languages")
    except ModelError:
        return None


def languages() -> list[str]:
    """Languages that the window speaks, as codes: English and those with a file, for example ["en", "de"]."""
    folder = _folder()
    files = folder.glob(_FILE.format(language="*")) if folder is not None else ()
    return [ENGLISH, *sorted(path.stem.removeprefix("neuface_studio_") for path in files)]


def choose(wanted: str, known: list[str]) -> str:
    """The language to speak: `wanted` (a code, or "" for the first language of the system that is known).

    The system may ask for several; English is known always, so nobody who put it first gets another.
    """
    asked = [wanted] if wanted else QLocale.system().uiLanguages()
    for code in asked:
        for name in (code.replace("-", "_"), re.split("[-_]", code)[0]):
            if name in known or name == PSEUDO:
                return name
    return ENGLISH


def speak(app: QCoreApplication, wanted: str = "") -> str:
    """Let the program speak a language, before its first window is made.

    Parameters
    ----------
    wanted
        A code like "de", or "pseudo"; "" for the system's.

    Returns
    -------
    str
        The language that is spoken; "en" where the wanted one is not there.
    """
    language = choose(wanted, languages())
    if language == PSEUDO:
        app.installTranslator(PseudoTranslator(app))
    elif language != ENGLISH:
        own, of_qt = QTranslator(app), QTranslator(app)
        if of_qt.load(f"qtbase_{language}", QLibraryInfo.path(QLibraryInfo.LibraryPath.TranslationsPath)):
            app.installTranslator(of_qt)
        if (folder := _folder()) is None or not own.load(str(folder / _FILE.format(language=language))):
            return ENGLISH
        app.installTranslator(own)
    return language
