"""Scales of the prior are proposed around the estimated ones, with tails that miss no second mode."""

from __future__ import annotations

import numpy as np
from scipy.stats import f, multivariate_t

from sim.hazard.scales import TAIL, _points, _shares

MEAN = np.array([0.3, -1.0, 0.5])
SHAPE = np.array([[0.5, 0.1, 0.0], [0.1, 0.4, -0.1], [0.0, -0.1, 0.3]])
COUNT = 4096
SE = 0.5 / np.sqrt(COUNT)  # at most, of a share; points that fill space evenly do better


def test_points_are_spread_as_the_density_says() -> None:
    points = _points(MEAN, SHAPE, COUNT, np.random.default_rng(1))
    away = points - MEAN
    squared = np.einsum("ni,ij,nj->n", away, np.linalg.inv(SHAPE), away) / len(MEAN)
    for share in (0.1, 0.5, 0.9, 0.99):
        within = (squared <= f.ppf(share, len(MEAN), TAIL)).mean()
        assert abs(within - share) < 3 * SE


def test_rounds_do_not_share_their_points() -> None:
    rounds = [_points(MEAN, SHAPE, 32, np.random.default_rng([1, r])) for r in range(3)]
    every = np.concatenate(rounds).round(9)
    assert len(np.unique(every, axis=0)) == 96


def test_weights_find_a_mode_far_from_the_first_proposal() -> None:
    """Two modes of one shape, the better one five spreads away."""
    far = MEAN + 5 * np.sqrt(np.diag(SHAPE))
    near = _points(MEAN, SHAPE, 32, np.random.default_rng(3))
    alone = _shares(near, _density(near, MEAN), [(MEAN, SHAPE)])
    np.testing.assert_allclose(
        alone, 1 / 32, err_msg="drawn from the target itself, all weigh alike"
    )
    points = np.concatenate([near, _points(far, SHAPE, 32, np.random.default_rng(4))])
    target = np.logaddexp(np.log(0.2) + _density(points, MEAN), np.log(0.8) + _density(points, far))
    share = _shares(points, target, [(MEAN, SHAPE), (far, SHAPE)])
    there = _density(points, far) > _density(points, MEAN)
    assert abs(share[there].sum() - 0.8) < 0.1  # a t strays to the other side in 0.6 %


def _density(points: np.ndarray, mean: np.ndarray) -> np.ndarray:
    return multivariate_t(mean, SHAPE, df=TAIL).logpdf(points)
