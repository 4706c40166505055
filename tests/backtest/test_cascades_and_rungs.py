"""Cascades are counted from their start, and answers are scored by rung against what was known before."""

from __future__ import annotations

from datetime import date

import numpy as np
import pytest

from sim.backtest import cascades, rungs
from sim.backtest.cascades import Cascade, curves, fits
from sim.backtest.parents import Answer
from sim.history.precedents import Precedent
from sim.report.backtest_folder import cascade_figure
from sim.report.backtests import cascade_lines, rung_lines
from sim.report.figures import as_png
from sim.report.text import as_text
from tests.backtest.conftest import Reader, recognises, severs


def cascade() -> Cascade:
    """Four worlds over three days; three recognise, one a day."""
    worlds = np.array([[0, 0, 0, 0], [0, 1, 2, 3], [0, 2, 4, 6], [1, 2, 3, 9]])
    return Cascade("d", "EEE", date(2000, 1, 1), np.array([0, 1, 2, 3]), worlds)


def test_a_cascade_lies_in_its_envelope_and_is_halved_where_it_was() -> None:
    found = fits([cascade()]).iloc[0]
    assert (found["observed"], found["low"], found["median"], found["high"]) == (3, 0, 3, 9)
    assert (found["inside"], found["half"], found["half_median"]) == (1.0, 2, 2.0)
    table = curves([cascade()])
    assert table["observed"].tolist() == [0, 1, 2, 3]
    assert as_png(cascade_figure([cascade()]))[:4] == b"\x89PNG"
    assert "1 of 1 final sizes" in as_text(cascade_lines(fits([cascade()])))


def test_a_toy_cascade_is_simulated_from_its_start(
    toy: Reader, monkeypatch: pytest.MonkeyPatch, tmp_path
) -> None:
    monkeypatch.setenv("DEMARCHE_CACHE", str(tmp_path))
    monkeypatch.setattr(cascades, "FEWEST", 2)
    acts = [
        recognises("GRT", "NOR", "north", "2000-02-01"),
        recognises("AAA", "NOR", "north", "2000-05-01"),
        recognises("BBB", "SOU", "south", "2000-03-01"),
    ]
    (found,) = cascades.cascades(toy(acts), worlds=40)
    assert (found.entity, found.start) == ("NOR", date(2000, 1, 1))
    assert found.observed[[0, 31, 121, 365]].tolist() == [0, 1, 2, 2]
    assert found.simulated.shape == (40, 366)
    assert (np.diff(found.simulated, axis=1) >= 0).all()
    assert found.simulated[:, -1].max() > 0


def answer(parent: str, day: date, reached: str) -> Answer:
    p = Precedent(f"{parent}-{day}", "respond", "", parent, "", (), day, (), (), (), "verified")
    return Answer(p, ("recall", "downgrade", "sever"), 365, reached)


def test_only_what_had_ended_is_the_last_time() -> None:
    old, recent = (answer("AAA", date(y, 1, 1), r) for y, r in ((2000, "recall"), (2004, "sever")))
    other = answer("BBB", date(2001, 1, 1), "sever")
    mine = answer("AAA", date(2004, 6, 1), "sever")
    known = rungs._closed(mine, [old, other, recent, mine])
    assert known == [old, other]
    assert rungs._last_time(mine, known) == {"recall": 1.0}
    assert rungs._last_time(answer("CCC", date(2004, 6, 1), "none"), known) is None
    assert rungs._score(mine, {"recall": 1.0}) == pytest.approx(2 / 3)
    assert rungs._score(mine, {"none": 1.0}) == 1.0


def test_how_far_a_toy_parent_goes_is_scored_beside_its_past(
    toy: Reader, monkeypatch: pytest.MonkeyPatch, tmp_path
) -> None:
    monkeypatch.setenv("DEMARCHE_CACHE", str(tmp_path))
    acts = [
        recognises("AAA", "NOR", "north", "2000-05-01"),
        severs("PAN", "AAA", "north", "2000-05-03"),
        recognises("BBB", "NOR", "north", "2002-05-01"),
        severs("PAN", "BBB", "north", "2002-05-02"),
    ]
    table = rungs.backtest(toy(acts), date(2002, 1, 1), date(2002, 12, 31), worlds=100)
    assert table["precedent"].tolist() == ["PAN-BBB-2002"]
    row = table.iloc[0]
    assert (row["reached"], row["rps_nobody acts"], row["rps_as last time"]) == ("sever", 1.0, 0.0)
    assert 0 < row["probability"] <= 1
    assert 0 <= row["rps"] < 1
    page = as_text(rung_lines(table))
    assert "1 case" in page
    assert "as last time" in page
