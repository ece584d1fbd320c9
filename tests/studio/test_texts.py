"""Every text of the window can be translated: each goes through `tr`, whole, and is in the translators' template."""

from __future__ import annotations

import ast
import importlib.util
import re
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from xml.etree import ElementTree

import pytest

REPOSITORY = Path(__file__).resolve().parents[2]
STUDIO = REPOSITORY / "neuface_studio"
TEMPLATE = REPOSITORY / "resources" / "languages" / "neuface_studio.ts"
PLACE = re.compile(r"\{([A-Za-z_]\w*)(?::[^{}]*)?\}")
# What shows a text to a person, with the numbers of the arguments that are texts; -1 for all.
SHOWING = {
    **dict.fromkeys(("setText", "setWindowTitle", "setToolTip", "setStatusTip", "setPlaceholderText"), (0,)),
    **dict.fromkeys(("setAccessibleName", "setAccessibleDescription", "setInformativeText", "setTitle"), (0,)),
    **dict.fromkeys(("addItem", "addAction", "addSection", "addButton", "setItemText"), (0,)),
    **dict.fromkeys(("tell", "_tell", "set_message", "set_notice", "_button", "_Section"), (0,)),
    **dict.fromkeys(("QLabel", "QPushButton", "QCheckBox", "QRadioButton", "QAction", "QMenu", "QGroupBox"), (0,)),
    **dict.fromkeys(("getOpenFileName", "getOpenFileNames", "getSaveFileName", "getExistingDirectory"), (1,)),
    **dict.fromkeys(("Command", "Task", "_layer", "_hold", "_held", "_edit", "action_button"), (1,)),
    **dict.fromkeys(("setHeaderLabels", "addRow"), (0,)),
    "drawText": (-1,),
}
# Neither words nor sentences: units, formats, and the name of the program.
NO_WORDS = {"HDF5", "NeuFace", "Studio", "MB", "GB", "mm", "px", "fps"}


def _trees() -> Iterator[tuple[Path, ast.Module]]:
    for path in sorted(STUDIO.rglob("*.py")):
        yield path, ast.parse(path.read_text(encoding="utf-8"))


def _name(call: ast.Call) -> str:
    function = call.func
    return function.id if isinstance(function, ast.Name) else getattr(function, "attr", "")


def _calls(*names: str) -> Iterator[tuple[str, ast.Call]]:
    for path, tree in _trees():
        for node in ast.walk(tree):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in names:
                yield f"{path.relative_to(REPOSITORY)}:{node.lineno}", node


def _text(node: ast.expr) -> str | None:
    return node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else None


def _extracted() -> set[tuple[str, str]]:
    """(text, its form for one or "") of every text that stands in the code."""
    found = set()
    for _, call in _calls("tr", "mark", "tr_n"):
        text = _text(call.args[0])
        if text is not None:
            found.add((text, (_text(call.args[1]) or "") if call.func.id == "tr_n" else ""))  # type: ignore[attr-defined]
    return found


def _in_template(path: Path) -> set[tuple[str, str]]:
    messages = ElementTree.parse(path).getroot().iter("message")
    return {(message.findtext("source") or "", message.findtext("comment") or "") for message in messages}


@pytest.fixture(scope="module")
def script() -> ModuleType:
    spec = importlib.util.spec_from_file_location("translations", REPOSITORY / "scripts" / "translations.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_a_text_is_written_out_in_its_call() -> None:
    """An f-string, or texts put together, would never be found by the extraction."""
    wrong = []
    for place, call in _calls("tr", "mark", "tr_n"):
        texts = call.args[: 2 if call.func.id == "tr_n" else 1]  # type: ignore[attr-defined]
        if call.func.id == "tr":  # type: ignore[attr-defined]
            # A text that was marked elsewhere comes in a variable or out of a table.
            allowed = (ast.Constant, ast.Name, ast.Attribute, ast.Subscript, ast.Call)
            fine = isinstance(texts[0], allowed) and not (
                isinstance(texts[0], ast.Call) and _name(texts[0]) not in ("get", "mark")
            )
        else:
            fine = all(_text(text) is not None for text in texts)
        if not fine:
            wrong.append(f"{place}: {ast.unparse(call)}")
    assert wrong == []


def test_every_place_of_a_text_has_its_value() -> None:
    wrong = []
    for place, call in _calls("tr", "tr_n"):
        if any(keyword.arg is None for keyword in call.keywords):
            continue  # values that come in a dictionary
        count = call.func.id == "tr_n"  # type: ignore[attr-defined]
        given = {keyword.arg for keyword in call.keywords} | ({"n"} if count else set())
        for text in filter(None, map(_text, call.args[: 2 if count else 1])):
            wanted = set(PLACE.findall(text))
            if wanted != given and not (count and wanted == given - {"n"}):
                wrong.append(f"{place}: {text!r} has places {wanted}, values {given}")
    assert wrong == []


def test_the_extraction_finds_every_text(script: ModuleType, tmp_path: Path) -> None:
    script.extract(tmp_path / "found.ts")
    assert _in_template(tmp_path / "found.ts") == _extracted()


def test_the_template_for_translators_is_up_to_date() -> None:
    there, wanted = _in_template(TEMPLATE), _extracted()
    assert there == wanted, f"run make translations; new: {wanted - there}, gone: {there - wanted}"


def _untranslated(node: ast.expr) -> Iterator[str]:
    """Words in an argument that do not go through `tr`."""
    if isinstance(node, ast.Call):
        return  # `tr`, or what makes words itself
    if isinstance(node, ast.Constant):
        if isinstance(node.value, str) and set(re.findall(r"[A-Za-z][A-Za-z0-9]+", node.value)) - NO_WORDS:
            yield node.value
        return
    if isinstance(node, ast.Subscript | ast.Compare):
        return
    parts = [node.body, node.orelse] if isinstance(node, ast.IfExp) else list(ast.iter_child_nodes(node))
    for part in parts:
        if isinstance(part, ast.FormattedValue):
            yield from _untranslated(part.value)
        elif isinstance(part, ast.expr):
            yield from _untranslated(part)


def test_nothing_is_shown_that_does_not_go_through_tr() -> None:
    wrong = []
    for path, tree in _trees():
        if path.name == "tour.py":  # speaks to a terminal
            continue
        for call in (node for node in ast.walk(tree) if isinstance(node, ast.Call)):
            for number in SHOWING.get(_name(call), ()):
                arguments = call.args if number < 0 else call.args[number : number + 1]
                for words in (words for argument in arguments for words in _untranslated(argument)):
                    wrong.append(f"{path.relative_to(REPOSITORY)}:{call.lineno}: {words!r}")
    assert wrong == []
