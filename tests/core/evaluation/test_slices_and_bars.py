"""Slices, intervals and demands: nothing is left out, and what is missed cannot be overlooked."""

from __future__ import annotations

import numpy as np
import pytest

from neuface_core.evaluation.bars import Bar, drop_percent
from neuface_core.evaluation.intervals import mean_interval
from neuface_core.evaluation.report_text import bars_text
from neuface_core.evaluation.slices import FEW, cut, parts, worst


def test_every_face_is_in_one_part_of_every_attribute() -> None:
    rng = np.random.default_rng(0)
    attributes = {
        "yaw": np.append(rng.uniform(0, 75, 299), np.nan),
        "glasses": rng.random(300) < 0.2,
        "hat": rng.choice(["none", "cap"], 300),
        "blur": rng.exponential(1, 300),
        "always": np.zeros(300),
    }
    for name, values in attributes.items():
        members = np.stack([chosen for _, chosen in parts(name, values)])
        assert (members.sum(axis=0) == 1).all(), name
    assert [label for label, _ in parts("yaw", attributes["yaw"])][-1] == "unknown"
    assert [label for label, _ in parts("glasses", attributes["glasses"])] == ["no", "yes"]


def test_a_value_on_an_edge_belongs_to_the_upper_part() -> None:
    found = dict(parts("yaw", np.array([14.999, 15.0, 60.0])))
    assert found["15 to 30°"].tolist() == [False, True, False]
    assert found["≥ 60°"].tolist() == [False, False, True]


def test_means_ratios_and_the_worst_slice() -> None:
    errors = {"nme": np.r_[np.full(60, 1.0), np.full(30, 4.0), np.full(10, 31.0)]}
    words = np.array(["a"] * 60 + ["b"] * 30 + ["c"] * 10)
    found = {part.label: part for part in cut({"group": words}, errors, ["nme"])}
    assert [found[word].n for word in "abc"] == [60, 30, 10]
    assert found["b"].means["nme"] == pytest.approx(4.0)
    assert found["b"].ratios["nme"] == pytest.approx(4.0 / 4.9)
    assert found["c"].few
    assert found["c"].n < FEW
    named = worst(list(found.values()), "nme")
    assert named is not None
    assert named.label == "b", "ten faces are shown, and not judged"


def test_the_interval_of_a_mean_is_that_of_the_textbook() -> None:
    values = np.random.default_rng(3).normal(10, 2, 400)
    low, high = mean_interval(values)
    assert low == pytest.approx(values.mean() - 1.96 * values.std() / 20, abs=0.03)
    assert high == pytest.approx(values.mean() + 1.96 * values.std() / 20, abs=0.03)
    assert mean_interval(values) == (low, high)
    assert np.isnan(mean_interval(np.array([1.0, np.nan]))).all()


def test_a_demand_that_was_not_measured_does_not_hold() -> None:
    assert Bar("error", 2.9, 3.0, "°").verdict == "holds"
    assert Bar("error", 3.0001, 3.0, "°").verdict == "MISSED"
    assert Bar("gain", 24.9, 25.0, "%", at_least=True).verdict == "MISSED"
    assert Bar("error", float("nan"), 3.0, "°").verdict == "NOT MEASURED"
    assert not Bar("error", float("nan"), 3.0, "°").holds
    assert not Bar("error", float("inf"), 3.0, "°").holds


def test_missed_demands_stand_in_the_first_line() -> None:
    text = bars_text([Bar("a", 1, 2, "mm"), Bar("b", 3, 2, "mm"), Bar("c", float("nan"), 2, "mm")])
    assert text.splitlines()[0] == "**1 of 3 demands hold, 1 missed, 1 not measured.**"
    assert "| **MISSED** | b | 3.00 mm | ≤ 2.00 mm |" in text
    assert "| **NOT MEASURED** | c | – |" in text


def test_a_quarter_less_is_a_drop_of_25_percent() -> None:
    assert drop_percent(3.0, 4.0) == pytest.approx(25.0)
    assert drop_percent(5.0, 4.0) == pytest.approx(-25.0)
