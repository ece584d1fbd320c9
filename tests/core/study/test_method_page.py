"""docs/method.md has a place for every table that a command writes."""

import shutil
from pathlib import Path

import pytest

from neuface_core.evaluation.page_tables import refresh_table
from neuface_core.study.ablations import ABLATIONS

PAGE = Path(__file__).parents[3] / "docs" / "method.md"


@pytest.mark.parametrize("table", ["2", *ABLATIONS])
def test_there_is_a_place_for_the_table(table: str, tmp_path: Path) -> None:
    page = tmp_path / "method.md"
    shutil.copy(PAGE, page)
    refresh_table(page, table, "| a table |")
    assert "| a table |" in page.read_text()
