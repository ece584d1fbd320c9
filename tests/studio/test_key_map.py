"""Keys that a person changes: kept, handed on, and never given twice; and every command found by its name."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from PySide6.QtCore import Qt
from PySide6.QtGui import QKeySequence
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLabel, QPushButton

from neuface_core.project.records import ClipState
from neuface_studio.actions import COMMANDS, ActionSet
from neuface_studio.desk import Situation
from neuface_studio.dialogs.palette import Palette
from neuface_studio.fuzzy import ranked, score
from neuface_studio.key_map import KeyMap, KeyMapError, portable
from neuface_studio.main_window import MainWindow
from neuface_studio.why_not import why_not

from .conftest import Driver

BY_ID = {command.id: command for command in COMMANDS}
PLAIN = KeyMap(COMMANDS)


def test_a_changed_key_is_there_at_the_next_start(tmp_path: Path) -> None:
    keys = PLAIN.with_keys("review.accept", ["F8", "Ctrl+Return"])
    keys.save(tmp_path / "keys.toml")
    again = PLAIN.loaded(tmp_path / "keys.toml")
    assert again.keys("review.accept") == ("F8", "Ctrl+Return")
    assert again.keys("review.reject") == BY_ID["review.reject"].keys
    assert again.reset("review.accept") == PLAIN


def test_a_taken_key_is_refused_and_its_owner_named() -> None:
    with pytest.raises(KeyMapError, match="taken by “Reject…”"):
        PLAIN.with_keys("review.accept", ["R"])
    # Digits mean a reason while rejecting and a view otherwise: these two never meet.
    assert PLAIN.clash("look.view_1", "1") is None
    assert PLAIN.clash("review.accept", "1") is not None


def test_a_default_that_was_given_away_cannot_come_back_by_itself() -> None:
    keys = PLAIN.with_keys("review.accept", ["F8"]).with_keys("review.note", ["A"])
    with pytest.raises(KeyMapError, match="taken by"):
        keys.reset("review.accept")


@pytest.mark.parametrize(
    "text",
    [
        'keys = "A"',
        "[keys]\n'review.accept' = 'A'",
        "[keys]\n'review.accept' = ['F8']\n'review.note' = ['F8']",
        "[keys]\n'review.accept' = ['Ctrl+Nonsense']",
        "no toml at all [",
    ],
)
def test_a_bad_file_of_keys_changes_nothing(tmp_path: Path, text: str) -> None:
    path = tmp_path / "keys.toml"
    path.write_text(text)
    with pytest.raises(KeyMapError):
        PLAIN.loaded(path)


def test_keys_of_another_version_do_no_harm(tmp_path: Path) -> None:
    path = tmp_path / "keys.toml"
    path.write_text("[keys]\n'review.of_the_future' = ['F9']\n'review.accept' = ['F8']\n")
    assert PLAIN.loaded(path).changed == {"review.accept": ("F8",)}


def test_a_key_of_mine_wins_over_the_default_of_a_newer_version(tmp_path: Path) -> None:
    """Somebody had given Ctrl+J away before “Fits in line…” came with it."""
    path = tmp_path / "keys.toml"
    path.write_text("[keys]\n'review.accept' = ['Ctrl+J']\n'play.loop' = ['F1']\n'review.undo' = ['F8']\n")
    keys = PLAIN.loaded(path)
    assert keys.keys("review.accept") == ("Ctrl+J",)
    assert keys.keys("fit.line") == (), "it stays without a key"
    assert keys.keys("help.keys") == ("?",), "only the key that was taken is gone"
    assert keys.keys("review.undo") == ("F8",), "and everything else of the file holds"
    assert not keys.clashes()
    assert {(clash.key, clash.second.id) for clash in keys.gave_way} == {("Ctrl+J", "fit.line"), ("F1", "help.keys")}


@pytest.mark.gl
def test_the_window_says_which_command_lost_its_key(
    qtbot: object, qapp: object, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("neuface_studio.tailoring.user_folder", lambda: tmp_path)
    (tmp_path / "keys.toml").write_text("[keys]\n'review.accept' = ['Ctrl+J']\n")
    window = MainWindow(torch.device("cpu"), opengl=False)
    try:
        qtbot.waitUntil(lambda: bool(window.work.banner.text))  # type: ignore[attr-defined]
        words = window.work.banner.text
        assert words.startswith("“Fits in line…” has no key: your keys give Ctrl+J to “Accept”."), words
        assert "Ctrl+Shift+K changes keys" in words
        assert window.actions_["review.accept"].shortcut().toString() == "Ctrl+J"
    finally:
        window.close_at_once()
        window.deleteLater()


@given(st.lists(st.tuples(st.sampled_from([c.id for c in COMMANDS]), st.sampled_from("ABCDEFGXYZ123"))))
def test_whatever_is_tried_no_two_commands_share_a_key(tries: list[tuple[str, str]]) -> None:
    keys = PLAIN
    for command_id, key in tries:
        try:
            keys = keys.with_keys(command_id, [key])
        except KeyMapError:
            continue
    assert not keys.clashes()


# --- every default key


@pytest.fixture
def recorded(qtbot: object, qapp: object) -> tuple[ActionSet, list[str]]:
    """The actions of a bare window in which everything can be given; what is given is written down."""
    from PySide6.QtWidgets import QWidget

    window = QWidget()
    given_: list[str] = []
    actions = ActionSet(window, None)  # type: ignore[arg-type]
    for command, action in actions:
        action.triggered.disconnect()
        action.triggered.connect(lambda _=False, name=command.id: given_.append(name))
    window.show()
    window.activateWindow()
    qtbot.addWidget(window)  # type: ignore[attr-defined]
    qtbot.waitUntil(window.isActiveWindow, timeout=10_000)  # type: ignore[attr-defined]
    actions.window = window  # type: ignore[attr-defined]
    return actions, given_


@pytest.mark.gl
def test_every_default_key_gives_its_command(recorded: tuple[ActionSet, list[str]]) -> None:
    actions, given_ = recorded
    for context in ("reject", "views"):
        for command, action in actions:
            action.setEnabled(command.context in ("window", context))
        for command in COMMANDS:
            if command.hold or command.context not in ("window", context):
                continue
            for key in command.keys:
                given_.clear()
                combination = QKeySequence(key)[0]  # type: ignore[index]
                QTest.keyClick(actions.window, combination.key(), combination.keyboardModifiers())  # type: ignore[attr-defined]
                assert given_ == [command.id], f"{key} gives {given_} and not {command.id}"


# --- palette


def test_a_few_letters_find_the_command() -> None:
    def best(query: str) -> str:
        return ranked(query, ((c, f"{c.words} {c.category}") for c in COMMANDS))[0].id

    assert best("accept") == "review.accept"
    assert best("exp data") == "project.export"
    assert best("fit") == "fit.clip"
    assert best("wrst") == "play.worst"
    assert score("xyz", "Accept") is None


def test_what_cannot_be_given_says_why() -> None:
    assert why_not(BY_ID["review.next"], Situation()) == "no project is open"
    assert why_not(BY_ID["project.export"], Situation(project=True, writable=True)) == "no clip is accepted yet"
    for command in COMMANDS:
        assert bool(why_not(command, Situation())) != command.enabled(Situation()), command.id


@pytest.mark.gl
def test_the_palette_accepts_a_clip_and_a_new_key_does_too(studio: Driver, tmp_path: Path) -> None:
    """One walk with the keyboard alone: palette, changed key, menu, sheet, and what a banner says."""
    window = studio.window
    window.tailoring.folder = tmp_path / "config"
    studio.press(Qt.Key.Key_K, ctrl=True)
    palette = window.tailoring.palette
    assert isinstance(palette, Palette)
    listed = {entry.id for entry in palette.found}
    assert listed == {c.id for c in COMMANDS if not c.hold and c.id != "window.commands"}
    QTest.keyClicks(palette.line, "cancel")
    assert palette.found[0].why_not == "nothing is running"
    QTest.keyClick(palette.line, Qt.Key.Key_Return)
    assert palette.isVisible(), "what cannot be given leaves the palette where it is"
    palette.line.setText("accpt")
    QTest.keyClick(palette.line, Qt.Key.Key_Return)
    studio.wait(lambda: studio.state("ada") is ClipState.ACCEPTED)
    assert not palette.isVisible()
    studio.wait(window.isActiveWindow)

    window.tailoring.edit_keys()
    editor = window.tailoring.key_editor
    assert editor is not None
    editor.choose("review.undo")
    editor.press.setKeySequence(QKeySequence("R"))
    editor.set.click()
    assert "taken by “Reject…”" in editor.said.text()
    editor.press.setKeySequence(QKeySequence("Ctrl+G"))
    editor.set.click()
    assert editor.said.text() == ""
    editor.export_to(tmp_path / "mine.toml")
    editor.accept()
    studio.wait(window.isActiveWindow)
    assert window.actions_["review.undo"].shortcut().toString() == "Ctrl+G"
    assert {"Undo  Ctrl+G", "Reject  R"} <= {b.text() for b in window.work.review.findChildren(QPushButton)}
    studio.press(Qt.Key.Key_U)
    assert studio.state("ada") is ClipState.ACCEPTED, "the old key means nothing any more"
    studio.press(Qt.Key.Key_G, ctrl=True)
    assert studio.state("ada") is ClipState.TO_REVIEW
    studio.wait_for_clip("ada")
    studio.press(Qt.Key.Key_A)
    assert "Ctrl+G takes it back" in window.work.banner.text
    window.cheat_sheet()
    assert window.cheat_sheet_dialog is not None
    assert "Ctrl+G" in {label.text() for label in window.cheat_sheet_dialog.findChildren(QLabel)}
    window.cheat_sheet_dialog.accept()
    assert KeyMap(COMMANDS).loaded(tmp_path / "config" / "keys.toml") == KeyMap(COMMANDS).loaded(tmp_path / "mine.toml")


@pytest.mark.gl
def test_what_the_window_teaches_names_the_keys_that_hold(empty_studio: Driver, project_path: Path) -> None:
    window = empty_studio.window
    window.tailoring.folder = project_path.parent / "config"
    assert "Press F: every face gets a mesh" in window.work.empty._steps.text()
    window.tailoring.take_keys(window.actions_.keys.with_keys("fit.clip", ["F8"]))
    assert "Press F8: every face gets a mesh" in window.work.empty._steps.text()
    assert window.files.open_project(project_path)
    window.review.show_clip("dora")
    empty_studio.wait_for_clip("dora")
    assert window.work.mesh._message.text() == "No mesh yet.\nPress F8 to fit this clip."


def test_a_key_is_known_or_none() -> None:
    assert portable("ctrl+shift+z") == "Ctrl+Shift+Z"
    assert portable("") == ""
    assert portable("Ctrl+Nonsense") == ""
