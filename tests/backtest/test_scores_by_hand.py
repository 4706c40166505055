"""Scores equal what a hand computes, and the bootstrap resamples parents, not cases."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from sim.backtest.rolling import BASELINES, summary
from sim.backtest.scoring import (
    auc,
    brier,
    calibration_error,
    ranks,
    reliability,
    rps,
    skill,
    skill_interval,
    surprise,
)
from sim.report.words import skill_spread


def test_brier_and_surprise() -> None:
    p, y = np.array([0.9, 0.2, 0.5]), np.array([1.0, 0.0, 0.0])
    assert brier(p, y) == pytest.approx([0.01, 0.04, 0.25])
    assert surprise(p, y) == pytest.approx(-np.log([0.9, 0.8, 0.5]))


def test_a_certain_miss_costs_the_bound_and_not_infinity() -> None:
    assert surprise(np.array([0.0]), np.array([1.0])) == pytest.approx(-np.log(1e-3))


def test_skill_is_the_share_of_loss_avoided() -> None:
    assert skill(np.array([0.1, 0.1]), np.array([0.2, 0.6])) == pytest.approx(0.75)


@pytest.mark.parametrize(
    ("units", "unequal", "least"), [(11, 0.5, 0.86), (11, 2.0, 0.8), (60, 0.0, 0.87)]
)
def test_intervals_hold_no_skill_where_there_is_none(
    units: int, unequal: float, least: float
) -> None:
    """Of 400 in 90 %, three standard errors (0.045) aside; of eleven unequal units it is less (0.84)."""
    rng, held = np.random.default_rng(1), 0
    for _ in range(400):
        base = np.exp(rng.normal(0, unequal, units)) * rng.uniform(0.8, 1.2, units)
        own = base * (1 + rng.normal(0, 0.25, units))
        low, high = skill_interval(own, base, [str(u) for u in range(units)])
        held += low <= 0 <= high
    assert least <= held / 400 <= 0.945


def test_auc_counts_the_pairs_ranked_right_and_half_of_the_ties() -> None:
    """Of six pairs: 0.9 is above all three; 0.4 is above 0.1, ties with 0.4 and is below 0.6."""
    score, acted = np.array([0.9, 0.4, 0.4, 0.6, 0.1]), np.array([1.0, 1.0, 0.0, 0.0, 0.0])
    assert auc(score, acted) == pytest.approx((3 + 1 + 0.5) / 6)


def test_auc_of_a_perfect_an_inverted_and_an_indifferent_ranking() -> None:
    score, acted = np.array([0.9, 0.8, 0.2, 0.1]), np.array([1.0, 1.0, 0.0, 0.0])
    assert auc(score, acted) == 1
    assert auc(-score, acted) == 0
    assert auc(np.zeros(4), acted) == 0.5
    assert np.isnan(auc(score, np.zeros(4)))


def test_places_count_from_the_likeliest_and_ties_share_theirs() -> None:
    assert ranks(np.array([0.2, 0.9, 0.2, 0.0])).tolist() == [2.5, 1.0, 2.5, 4.0]


def test_a_perfect_model_has_skill_one_against_every_baseline() -> None:
    plain = [0.4] * len(BASELINES)
    rows = [(f"p{i}", None, f"e{i}", float(i % 2), float(i % 2), *plain) for i in range(10)]
    names = ["precedent", "date", "parent", "happened", "model", *BASELINES]
    table = summary(pd.DataFrame(rows, columns=names))
    assert table["brier_skill"].dropna().tolist() == pytest.approx([1.0] * len(BASELINES))


def test_ranked_probabilities_charge_near_misses_less() -> None:
    """Of (none, recall, sever): sure of none, when it was recalled, and severed; and a hedge."""
    p = np.array([[1.0, 0.0, 0.0], [1.0, 0.0, 0.0], [0.2, 0.3, 0.5]])
    assert rps(p, np.array([1, 2, 2])) == pytest.approx([0.5, 1.0, (0.04 + 0.25) / 2])


def test_calibration_error_weighs_the_bands_by_their_size() -> None:
    p, y = np.array([0.1, 0.1, 0.1, 0.9]), np.array([0.0, 0.0, 1.0, 1.0])
    bands = reliability(p, y, (0.0, 0.5, 1.0))
    assert [n for n, _, _ in bands] == [3, 1]
    assert calibration_error(bands) == pytest.approx(0.75 * (1 / 3 - 0.1) + 0.25 * 0.1)


def test_the_interval_resamples_whole_units() -> None:
    """All loss is in one of five: left out by every third resample, drawn thrice or more by every 17th."""
    own, other = np.array([1.0] * 3 + [0.0] * 4), np.ones(7)
    low, high = skill_interval(own, other, ["a"] * 3 + list("bcde"))
    assert (low, high) == pytest.approx((1 - 9 / 11, 1.0))


def test_of_fewer_than_five_units_no_interval_is_told() -> None:
    low, high = skill_interval(np.zeros(9), np.ones(9), ["a"] * 6 + list("bcd"))
    assert np.isnan(low)
    assert np.isnan(high)
    assert skill_spread(1.0, low, high) == "1.00 (too few)"
