"""A table of questions that tells what happened has its answers scored beside plain baselines."""

from __future__ import annotations

from datetime import date

import numpy as np
import pytest

from sim.backtest.asked import scored
from sim.report.forecasts import score_told
from sim.world.answering import Answer
from sim.world.questions import Question, Row


def row(day: int, happened: str, name: str = "q") -> Row:
    question = Question(date(2020, 1, day), ("AAA",), ("condemn",), ("BBB",), 30)
    return Row({"id": name, "happened": happened}, 2, question, "")


def answer(p: float) -> Answer:
    return Answer(p, p, p, 10.0, 0.0, ("base/condemn",), "")


def test_no_constant_does_better_than_the_share_of_yes() -> None:
    """Two of three happened; with half a yes and half a no added, 5/8."""
    rows = [row(1, "yes"), row(1, "no"), row(2, "yes")]
    table = scored(rows, [answer(1.0), answer(0.0), answer(0.5)]).set_index("forecast")
    assert table.loc["answers", "brier"] == pytest.approx(0.25 / 3)
    assert table.loc["no to all", "brier"] == pytest.approx(2 / 3)
    plain, share = table.loc["share of yes, in hindsight"], 5 / 8
    assert plain["brier"] == pytest.approx((2 * (1 - share) ** 2 + share**2) / 3)
    assert np.isnan(plain["brier_low"])  # of two days no spread is told
    rows += [row(day, "yes" if day % 2 else "no") for day in range(3, 8)]
    table = scored(rows, [answer(p) for p in (1.0, 0.0, 0.5, 0.9, 0.2, 0.9, 0.2, 0.9)])
    plain = table.set_index("forecast").loc["share of yes, in hindsight"]
    assert plain["brier_low"] <= plain["brier_skill"] <= plain["brier_high"]
    for constant in np.linspace(0, 1, 21):
        same = scored(rows, [answer(constant)] * len(rows)).set_index("forecast")
        gain = same.loc["share of yes, in hindsight", "brier_skill"]
        assert gain < 0.01, "a constant gains nothing but the half that was added"


def test_what_has_no_truth_or_no_answer_is_not_scored() -> None:
    rows = [row(1, "yes"), row(2, ""), Row({"id": "w", "happened": "no"}, 3, None, "wrong")]
    assert scored(rows, [answer(1.0), answer(1.0), None])["questions"].tolist() == [1, 1, 1]
    assert scored(rows[1:], [answer(1.0), None]).empty
    rows += [row(2, "no")]
    table = scored(rows, [answer(1.0), answer(1.0), None, answer(0.0)])
    assert table["questions"].tolist() == [2, 2, 2]
    told = score_told(table)
    assert told[0] == "2 answers scored by the column happened"
    assert told[2].startswith("no to all: Brier 0.500")
