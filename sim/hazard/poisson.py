"""A small penalised Poisson regression on banded features, with the normal posterior at its mode.

A log rate is an intercept and, for each feature, the effect of the band in which it stands. The effects
of one feature share a normal prior whose scale is estimated (expectation-maximisation of the Laplace
marginal likelihood), so a feature that tells nothing shrinks to nothing: no weight is set by hand.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import scipy.linalg

Vector = npt.NDArray[np.float64]

ROUNDS, STEPS = 12, 30
# The prior of a squared scale: scaled inverse chi-squared, worth one effect of 0.5. Weak, but proper.
SCALE_DF, SCALE_SQ = 1.0, 0.25
MUTE = 1e9
"""Precision of effects of which nothing can be told from the intercept."""
LEAST = 0.5
"""How many acts the prior of a rate counts for (Jeffreys' shape)."""


@dataclass(frozen=True, eq=False)
class Rates:
    """A fitted log rate.

    Parameters
    ----------
    sizes : tuple of int
        Number of bands of each feature.
    mode : array, shape (1 + sum of sizes,)
        Intercept, then the bands' effects, feature by feature.
    root : array, shape (P, P)
        ``root @ root.T`` is the posterior covariance.
    acts : float
        Weighted number of acts that taught it.
    """

    sizes: tuple[int, ...]
    mode: Vector
    root: Vector
    acts: float

    def draws(self, count: int, seed: int, lumped: float = 1.0) -> Vector:
        """Return coefficients drawn from the posterior, shape (count, P).

        Parameters
        ----------
        lumped : float
            By this the variance is larger, where acts come in lumps and are no independent witnesses.
        """
        normal = np.random.default_rng(seed).standard_normal((count, self.mode.size))
        return np.asarray(self.mode + np.sqrt(lumped) * normal @ self.root.T)


def shrunk(acts: float, days: float, usual: float) -> float:
    """Return a daily rate to which half an act at the usual rate is added.

    Examples
    --------
    >>> shrunk(0.0, 0.0, 0.01), shrunk(99.5, 950.0, 0.01)
    (0.01, 0.1)
    """
    return (acts + LEAST) / (days + LEAST / usual)


def columns_of(bands: npt.NDArray[np.int64], sizes: Sequence[int]) -> npt.NDArray[np.int64]:
    """Return, for rows of bands, the positions of their coefficients beside the intercept."""
    first = 1 + np.concatenate([[0], np.cumsum(sizes)[:-1]])
    return np.asarray(bands + first.astype(np.int64))


def fit(
    bands: npt.NDArray[np.int64], acts: Vector, days: Vector, sizes: Sequence[int], usual: float
) -> Rates:
    """Fit the rate of acts in so many days, row by row.

    Parameters
    ----------
    bands : array of int, shape (rows, features)
    acts, days : array, shape (rows,)
        Weighted numbers; rows without days are left out.
    sizes : sequence of int
    usual : float
        The daily rate that is expected where nothing is on record; it counts as half an act.

    Examples
    --------
    A feature that is the same in all rows has no effect. A band in which acts are ten times as frequent,
    and the rest:

    >>> found = fit(np.array([[0], [1]]), np.array([50.0, 50.0]), np.array([1000.0, 100.0]), (2,), 0.1)
    >>> bool(1.8 < found.mode[2] - found.mode[1] < 2.4)  # log 10 is 2.3
    True
    """
    kept = days > 0
    bands, acts, days = bands[kept], acts[kept], days[kept]
    same = np.array([len(np.unique(column)) < 2 for column in bands.T])
    P = 1 + sum(sizes)
    X = np.zeros((len(days), P))
    X[:, 0] = 1.0
    np.put_along_axis(X, columns_of(bands, sizes), 1.0, axis=1)
    block = np.repeat(np.arange(len(sizes)), sizes)
    crude = np.log(shrunk(float(acts.sum()), float(days.sum()), usual))
    beta, scale_sq = np.zeros(P), np.ones(len(sizes))
    beta[0] = crude
    for _ in range(ROUNDS):
        precision = np.concatenate([[LEAST], np.where(same, MUTE, 1 / scale_sq)[block]])
        beta, factor = _mode(X, acts, days, precision, beta, crude)
        covariance = scipy.linalg.cho_solve((factor, True), np.eye(P))
        moment = beta[1:] ** 2 + np.diag(covariance)[1:]
        size = np.bincount(block)
        scale_sq = (np.bincount(block, moment) + SCALE_DF * SCALE_SQ) / (size + SCALE_DF)
    root = scipy.linalg.cholesky(covariance, lower=True)
    return Rates(tuple(sizes), beta, np.asarray(root), float(acts.sum()))


def _mode(
    X: Vector, acts: Vector, days: Vector, precision: Vector, beta: Vector, crude: float
) -> tuple[Vector, Vector]:
    """Return the mode by damped Newton steps, and the Cholesky factor of the curvature there."""
    centre = np.zeros(beta.size)
    centre[0] = crude

    def loss(b: Vector) -> float:
        eta = X @ b
        return float(days @ np.exp(eta) - acts @ eta + 0.5 * precision @ (b - centre) ** 2)

    now = loss(beta)
    for _ in range(STEPS):
        mean = days * np.exp(X @ beta)
        gradient = X.T @ (mean - acts) + precision * (beta - centre)
        factor = np.linalg.cholesky((X.T * mean) @ X + np.diag(precision))
        step = scipy.linalg.cho_solve((factor, True), gradient)
        size = 1.0
        while (new := loss(beta - size * step)) > now and size > 1e-6:
            size /= 2
        gained, beta, now = now - new, beta - size * step, min(now, new)
        if gained < 1e-9 * (1 + abs(now)):
            break
    mean = days * np.exp(X @ beta)
    return beta, np.asarray(np.linalg.cholesky((X.T * mean) @ X + np.diag(precision)), float)
