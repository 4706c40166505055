"""What a fit saves itself changes nothing: rows that are alike as one row, masses read off a curve."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sim.hazard.effects import log_masses, moments
from sim.hazard.sampling import BLOCK, Design, Fit, Idle, log_posterior

EFFECTS = 4
LABELS = np.array(["", "one", "two"], dtype=object)


def design(rows: int, seed: int) -> tuple[Design, np.ndarray]:
    """Return rows of which many are alike, and their labels."""
    rng = np.random.default_rng(seed)
    X = np.column_stack([np.ones(rows), rng.integers(0, 3, rows) / 2])
    effect = rng.integers(-1, EFFECTS, rows)
    y, days = rng.integers(0, 2, rows).astype(float), rng.integers(1, 1000, rows) / 8
    return Design(X, effect, y, days), LABELS[rng.integers(0, 3, rows)]


def fitted(rows: Design) -> Fit:
    p = rows.X.shape[1]
    nothing = Idle(np.zeros(0, int), np.zeros(0), np.zeros(0))
    return Fit(
        "respond", np.arange(p), np.arange(EFFECTS), nothing, rows, np.zeros(p), np.zeros(p),
        np.ones(p), np.eye(p), 0.7, np.zeros(EFFECTS), np.ones(EFFECTS), {},
    )  # fmt: skip


@pytest.mark.parametrize("rows", [1, 40, BLOCK + 1])
def test_the_likelihood_is_that_of_the_single_rows(rows: int) -> None:
    single, labels = design(rows, seed=rows)
    merged, kept = single.merged(labels)
    theta = np.random.default_rng(0).normal(-3.0, 1.0, (2, 300))
    of_single, by_effect = log_posterior(fitted(single), theta)
    of_merged, together = log_posterior(fitted(merged), theta)
    assert of_merged == pytest.approx(of_single, rel=1e-10)
    assert together == pytest.approx(by_effect)
    assert len(kept) == len(merged.y) <= min(rows, 3 * (EFFECTS + 1) * len(LABELS))


def test_rows_of_two_cases_stay_apart() -> None:
    single, labels = design(400, seed=5)
    merged, kept = single.merged(labels)
    for label in LABELS:
        assert merged.y[kept == label].sum() == single.y[labels == label].sum()
        assert merged.days[kept == label].sum() == pytest.approx(single.days[labels == label].sum())


def test_however_the_days_are_cut_the_rows_are_the_same_to_the_byte() -> None:
    """So that what one process learned is found again where only others' record has changed."""
    whole, labels = design(200, seed=7)
    cut = Design(
        np.repeat(whole.X, 3, axis=0), np.repeat(whole.effect, 3),
        np.repeat(whole.y, 3) * np.tile([0.0, 0.0, 1.0], 200),
        np.repeat(whole.days, 3) * np.tile([0.1, 0.6, 0.3], 200),
    )  # fmt: skip
    one, other = whole.merged(labels)[0], cut.merged(np.repeat(labels, 3))[0]
    assert (cut.days.reshape(-1, 3).sum(axis=1) != whole.days).any()
    for name in ("X", "effect", "y", "days"):
        assert getattr(one, name).tobytes() == getattr(other, name).tobytes()


@settings(max_examples=60, deadline=None)
@given(
    events=st.lists(st.integers(0, 60), min_size=1, max_size=6),
    logs=st.lists(st.floats(-70.0, 6.0), min_size=1, max_size=20),
    sd=st.floats(0.05, 30.0),
)
def test_masses_off_the_curve_are_those_of_the_quadrature(
    events: list[int], logs: list[float], sd: float
) -> None:
    expected = np.exp(np.add.outer(logs, np.linspace(0.0, 1.0, len(events))))
    counts = np.array(events, float)
    exact = moments(counts, expected, sd).log_mass.sum(axis=1)
    # An addend of a sum over all effects, of which differences of far less than 1e-4 do not matter.
    assert log_masses(counts, expected, sd) == pytest.approx(exact, abs=1e-5, rel=1e-7)
