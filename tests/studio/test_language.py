"""The window in other languages: places, plural forms, which language is chosen."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import QLocale, QTranslator
from PySide6.QtWidgets import QApplication

from neuface_core.export.formats import FORMATS
from neuface_core.landmarks.corrections import Origin
from neuface_core.landmarks.ibug import GROUPS
from neuface_core.project.records import RejectReason
from neuface_studio import language
from neuface_studio.core_words import WORDS
from neuface_studio.dialogs.settings_dialog import SettingsDialog, UserSettings
from neuface_studio.language import PseudoTranslator, choose, tr, tr_n
from neuface_studio.window_memory import Preferences


@pytest.fixture
def pseudo(qapp: QApplication) -> Iterator[None]:
    translator = PseudoTranslator()
    qapp.installTranslator(translator)
    yield
    qapp.removeTranslator(translator)


def test_values_come_into_their_places_and_keys_of_commands_stay() -> None:
    assert tr("{name} is {share:.0%} done. {fit.cancel} stops it.", name="{name}", share=0.5) == (
        "{name} is 50% done. {fit.cancel} stops it."
    )
    assert tr("{fit.clip} fits it") == "{fit.clip} fits it"


def test_one_thing_is_not_many() -> None:
    assert [tr_n("{n} clips", "{n} clip", n) for n in (0, 1, 2)] == ["0 clips", "1 clip", "2 clips"]


def test_the_pseudo_language_is_longer_in_brackets_and_keeps_the_places(pseudo: None) -> None:
    plain = "Nothing else is to be reviewed; {key} writes the dataset of {n} clips."
    shown = tr(plain, key="Ctrl+E", n=3)
    assert shown[0] + shown[-1] == "⟦⟧"
    assert "Ctrl+E" in shown
    assert "3" in shown
    assert 1.2 * len(plain) < len(shown) < 1.6 * len(plain)
    assert tr_n("{n} clips", "{n} clip", 1) == "⟦1 clìíp⟧"


@pytest.mark.parametrize(
    ("system", "spoken"), [(["en-GB", "de-DE"], "en"), (["fr-FR", "de-DE"], "de"), (["pt-BR"], "pt_BR"), ([], "en")]
)
def test_the_first_language_of_the_system_that_is_known_is_spoken(
    monkeypatch: pytest.MonkeyPatch, system: list[str], spoken: str
) -> None:
    monkeypatch.setattr(QLocale, "uiLanguages", lambda self: system)
    assert choose("", ["en", "de", "pt_BR"]) == spoken
    assert choose("de", ["en", "de"]) == "de"
    assert choose("xx", ["en", "de"]) == "en"


def test_without_a_file_of_its_language_the_window_speaks_english() -> None:
    assert language.languages()[0] == "en"


def test_the_words_of_the_core_that_the_window_shows_can_be_translated() -> None:
    shown = [*(reason.words for reason in RejectReason), *(origin.words for origin in Origin), *GROUPS]
    shown += [of.words for of in FORMATS]
    assert set(shown) == set(WORDS)


GERMAN = """<?xml version="1.0" encoding="utf-8"?>
<!DOCTYPE TS>
<TS version="2.1" language="de">
<context><name></name>
<message><source>Fitting {name}</source><translation>{name} wird angepasst</translation></message>
<message numerus="yes"><source>{n} clips added.</source><comment>{n} clip added.</comment>
<translation><numerusform>{n} Clip kam hinzu.</numerusform>
<numerusform>{n} Clips kamen hinzu.</numerusform></translation>
</message>
</context>
</TS>
"""


@pytest.fixture
def german(qapp: QApplication, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[QApplication]:
    """A file as a translator would hand it over, compiled as `make translations` does."""
    (tmp_path / "neuface_studio_de.ts").write_text(GERMAN, encoding="utf-8")
    lrelease = Path(sys.executable).with_name("pyside6-lrelease")
    subprocess.run([lrelease, "-silent", tmp_path / "neuface_studio_de.ts"], check=True)
    monkeypatch.setattr(language, "_folder", lambda: tmp_path)
    yield qapp
    for translator in qapp.findChildren(QTranslator):
        qapp.removeTranslator(translator)
        translator.setParent(None)


def test_a_translators_file_is_spoken_with_its_plural_forms(german: QApplication) -> None:
    assert language.languages() == ["en", "de"]
    assert language.speak(german, "de") == "de"
    assert tr("Fitting {name}", name="ada") == "ada wird angepasst"
    assert tr_n("{n} clips added.", "{n} clip added.", 1) == "1 Clip kam hinzu."
    assert tr_n("{n} clips added.", "{n} clip added.", 3) == "3 Clips kamen hinzu."
    assert tr("Adding videos") == "Adding videos"  # not translated yet


def test_a_language_is_chosen_in_the_settings_and_spoken_at_the_next_start(german: QApplication) -> None:
    chosen: list[UserSettings] = []
    dialog = SettingsDialog(UserSettings(), chosen.append, "somebody")
    assert [dialog.language.itemText(row) for row in range(3)][2] == "Deutsch"
    assert not dialog.language.isHidden()
    dialog.language.setCurrentIndex(2)
    preferences = Preferences()
    preferences.settings = chosen[-1]
    assert Preferences().settings.language == "de"
    assert language.speak(german, Preferences().language) == "de"
    preferences.settings = UserSettings()


def test_no_language_is_offered_while_there_is_only_english(qapp: QApplication) -> None:
    assert SettingsDialog(UserSettings(), lambda _: None, "somebody").language.isHidden()
