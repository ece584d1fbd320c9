"""The table of methods: means over the same clips for all, ratios, text, and pictures that show the numbers."""

import csv
import io
import math
from pathlib import Path

import numpy as np
import pytest

from neuface_core.evaluation.method_table import MethodTable, Row, number, pairs_by_name
from neuface_core.evaluation.paper_tables import TABLE_2, beside_paper
from neuface_core.evaluation.plots import draw_table, nme_over_jitter, pair_map


@pytest.fixture
def table() -> MethodTable:
    pairs = {"front / left_60": 3.0, "front / right_60": 5.0, "left_60 / right_60": 10.0}
    return MethodTable(
        "Methods",
        (
            Row("a", "encoder only", {"nme_bbox": 2.0, "jitter_mm": 0.4, "cvd_mm": 6.0}, pairs),
            Row("a", "NeuFace", {"nme_bbox": 1.0, "jitter_mm": 0.2, "cvd_mm": 0.6}, {}, (4.0, 2.0, 1.0)),
            Row("b", "encoder only", {"nme_bbox": 4.0, "jitter_mm": 0.8}),
            Row("b", "NeuFace", {"nme_bbox": 1.0, "jitter_mm": 0.2}, {}, (8.0, 4.0)),
            Row("c", "encoder only", {"nme_bbox": 99.0, "jitter_mm": 0.1}),
        ),
    )


def test_a_clip_on_which_one_method_failed_counts_for_none(table: MethodTable) -> None:
    assert table.mean("encoder only", "nme_bbox").mean == 3.0  # without clip c
    assert table.mean("NeuFace", "nme_bbox").n == 2
    assert table.ratio("NeuFace", "encoder only", "nme_bbox") == pytest.approx(1 / 3)
    assert table.mean("NeuFace", "cvd_mm").n == 1  # only clip a has several views
    assert math.isnan(table.mean("NeuFace", "mpve_rigid_mm").mean)


def test_the_interval_of_a_mean_holds_it_and_needs_two_clips(table: MethodTable) -> None:
    found = table.mean("encoder only", "nme_bbox")
    assert 2.0 <= found.low <= found.mean <= found.high <= 4.0
    assert math.isnan(table.mean("NeuFace", "cvd_mm").low)


def test_only_metrics_that_some_row_has_are_columns(table: MethodTable) -> None:
    assert [column.name for column in table.columns] == ["nme_bbox", "jitter_mm", "cvd_mm"]
    rows = list(csv.DictReader(io.StringIO(table.to_csv())))
    assert rows[3] == {"clip": "b", "method": "NeuFace", "nme_bbox": "1", "jitter_mm": "0.2", "cvd_mm": ""}
    assert "| c | encoder only | 99.0 | 0.100 | – |" in table.to_markdown()


def test_the_paper_stands_beside_as_ratios_that_one_can_check_by_hand(table: MethodTable) -> None:
    keys = {"encoder only": "encoder", "NeuFace": "neuface"}
    text = beside_paper(table, TABLE_2, keys, "encoder only")
    assert "| NeuFace, ours | 0.333 | 0.100 |" in text
    assert f"| NeuFace, Table 2, MEAD | {number(2.58 / 4.65)} | {number(0.103 / 0.209)} |" in text
    assert f"| NeuFace, Table 2, VoxCeleb2 | {number(2.19 / 4.78)} | – |" in text
    assert "names neither its normaliser" in text


def test_numbers_have_three_digits_and_no_exponent() -> None:
    assert [number(v) for v in (123.4, 12.34, 1.234, 0.01234, 0.0, math.nan)] == [
        "123", "12.3", "1.23", "0.0123", "0", "–",
    ]  # fmt: skip


def test_pairs_are_named_and_unknown_ones_left_out() -> None:
    pairs = np.array([[np.nan, 1.0, np.nan], [1.0, np.nan, 2.0], [np.nan, 2.0, np.nan]])
    assert pairs_by_name(("l", "f", "r"), pairs) == {"l / f": 1.0, "f / r": 2.0}


def test_the_map_of_pairs_is_symmetric_and_in_the_order_of_the_rig(table: MethodTable) -> None:
    axes = pair_map(table).axes[0]
    assert [label.get_text() for label in axes.get_xticklabels()] == ["left_60", "front", "right_60"]
    shown = np.asarray(axes.images[0].get_array().filled(np.nan))
    assert shown[0, 2] == shown[2, 0] == 10.0
    assert shown[1, 0] == 3.0
    assert np.isnan(np.diag(shown)).all()
    assert "6.00 mm" in axes.get_title()


def test_weights_of_one_method_are_one_curve() -> None:
    rows = [
        Row("a", f"FLAME fitting ×{w}", {"nme_bbox": n, "jitter_mm": j})
        for w, n, j in ((1, 2, 3), (3, 4, 1), (10, 3, 2))
    ]
    axes = nme_over_jitter(MethodTable("sweep", (*rows, Row("a", "NeuFace", {"nme_bbox": 1, "jitter_mm": 1})))).axes[0]
    curve = axes.lines[0]
    assert curve.get_label() == "FLAME fitting"
    assert list(curve.get_xdata()) == [1, 2, 3]
    assert list(curve.get_ydata()) == [4, 3, 2]
    assert len(axes.lines) == 2


def test_pictures_are_written_for_what_there_is(table: MethodTable, tmp_path: Path) -> None:
    names = {path.name for path in draw_table(table, tmp_path / "new")}
    assert names == {"convergence.png", "cvd_by_pair.png", "nme_over_jitter.png"}
    single = MethodTable("one", (Row("a", "NeuFace", {"nme_bbox": 1.0}),))
    assert draw_table(single, tmp_path / "none") == []
