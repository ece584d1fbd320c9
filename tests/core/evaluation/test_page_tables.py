"""Tables of a page are replaced whole, and nothing that people wrote is touched."""

from pathlib import Path

import pytest

from neuface_core.errors import NeuFaceError
from neuface_core.evaluation.page_tables import refresh_table

PAGE = """# Page

Words before.
<!-- table 3: neuface ablate P --table 3 -->
old
<!-- end of table 3 -->
Between.
<!-- table s1 -->
<!-- end of table s1 -->
Words after.
"""


def test_only_the_named_table_changes(tmp_path: Path) -> None:
    path = tmp_path / "page.md"
    path.write_text(PAGE)
    refresh_table(path, "3", "| new \\1 |\n")
    assert path.read_text() == PAGE.replace("old", "\n| new \\1 |\n")
    refresh_table(path, "s1", "x")
    refresh_table(path, "s1", "y")
    assert path.read_text().count("y\n\n<!-- end of table s1 -->") == 1
    assert "\nx\n" not in path.read_text()


def test_a_page_without_the_place_is_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "page.md"
    path.write_text(PAGE)
    with pytest.raises(NeuFaceError, match="table 's2'"):
        refresh_table(path, "s2", "x")
    assert path.read_text() == PAGE
    with pytest.raises(NeuFaceError, match="cannot be read"):
        refresh_table(tmp_path / "none.md", "3", "x")
