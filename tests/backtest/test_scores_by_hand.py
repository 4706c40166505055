"""Scores equal what a hand computes, and the bootstrap resamples episodes, not cases."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from sim.backtest.rolling import BASELINES, summary
from sim.backtest.scoring import brier, interval_by_episode, skill, surprise


def test_brier_and_surprise() -> None:
    p, y = np.array([0.9, 0.2, 0.5]), np.array([1.0, 0.0, 0.0])
    assert brier(p, y) == pytest.approx([0.01, 0.04, 0.25])
    assert surprise(p, y) == pytest.approx(-np.log([0.9, 0.8, 0.5]))


def test_a_certain_miss_costs_the_bound_and_not_infinity() -> None:
    assert surprise(np.array([0.0]), np.array([1.0])) == pytest.approx(-np.log(1e-3))


def test_skill_is_the_share_of_loss_avoided() -> None:
    assert skill(np.array([0.1, 0.1]), np.array([0.2, 0.6])) == pytest.approx(0.75)


def test_one_episode_gives_no_spread_and_two_give_both_ends() -> None:
    value = np.array([0.0, 0.0, 1.0, 1.0])

    def mean(rows: np.ndarray) -> float:
        return float(value[rows].mean())

    assert interval_by_episode(mean, ["a"] * 4) == (0.5, 0.5)
    assert interval_by_episode(mean, ["a", "a", "b", "b"]) == (0.0, 1.0)


def test_a_perfect_model_has_skill_one_against_every_baseline() -> None:
    plain = [0.4] * len(BASELINES)
    rows = [(f"p{i}", None, f"e{i}", float(i % 2), float(i % 2), *plain) for i in range(10)]
    names = ["precedent", "date", "episode", "happened", "model", *BASELINES]
    table = summary(pd.DataFrame(rows, columns=names))
    assert table["brier_skill"].dropna().tolist() == pytest.approx([1.0] * len(BASELINES))
