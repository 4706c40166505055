"""Logistic regression of who acts within so many days, its penalty chosen by later rows.

The log odds of the base rate over the same days are the offset, so that windows of every length teach one
regression and it forecasts any length.
"""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import numpy.typing as npt

RIDGES = (1.0, 10.0, 100.0, 1_000.0, 10_000.0, 100_000.0)
"""Weights of the squared coefficients of standardised covariates among which is chosen."""

STEPS = 50

CUTS = (0.4, 0.6, 0.8)
"""Shares of those who acted before the days at which fits on what was known are judged by what came next."""

Vector = npt.NDArray[np.float64]
Table = npt.NDArray[np.float64]


def logit(p: Vector) -> Vector:
    """Return the log odds of probabilities."""
    return np.asarray(np.log(p / (1 - p)))


def logistic(
    X: Table, y: Vector, offset: Vector, ridge: float = RIDGES[0]
) -> tuple[Vector, Vector, Vector]:
    """Fit by damped Newton steps, with a penalty on the coefficients of standardised covariates.

    Parameters
    ----------
    X : array, shape (rows, covariates)
    y : array
        1 for those who acted.
    offset : array
        Log odds to start from.
    ridge : float
        Weight of the squared coefficients.

    Returns
    -------
    weight, centre, scale : arrays
        The first weight is the intercept, which is not shrunk.
    """
    centre, scale = X.mean(axis=0), X.std(axis=0)
    scale = np.where(scale > 1e-9, scale, 1.0)
    Z = np.column_stack([np.ones(len(X)), (X - centre) / scale])
    penalty = np.append(1e-9, np.full(X.shape[1], ridge))

    def objective(b: Vector) -> tuple[float, Vector]:
        eta = offset + Z @ b
        return float(y @ eta - np.logaddexp(0, eta).sum() - 0.5 * penalty @ b**2), _sigmoid(eta)

    beta = np.zeros(Z.shape[1])
    value, p = objective(beta)
    for _ in range(STEPS):
        hessian = Z.T @ ((p * (1 - p))[:, None] * Z) + np.diag(penalty)
        gradient = Z.T @ (y - p) - penalty * beta
        move = np.linalg.solve(hessian, gradient)
        if gradient @ move < 1e-4:  # twice what a full step can still gain
            break
        while (found := objective(beta + move))[0] < value and np.abs(move).max() > 1e-9:
            move /= 2  # a full step may go past the top, and back
        beta, (value, p) = beta + move, found
    return beta, centre, scale


def predicted(fit: tuple[Vector, Vector, Vector], X: Table, offset: Vector) -> Vector:
    """Return the probabilities that a fit gives."""
    beta, centre, scale = fit
    return _sigmoid(offset + beta[0] + (X - centre) / scale @ beta[1:])


def _sigmoid(eta: Vector) -> Vector:
    return np.asarray(1 / (1 + np.exp(-np.clip(eta, -30, 30))))


def best_ridge(X: Table, y: Vector, offset: Vector, start: Vector, end: Vector) -> float:
    """Return which of `RIDGES` forecasts what comes next best, by rolling validation.

    At each of a few days it is fitted on the rows that were over, and judged (by the squared error) on
    those that begin between it and the next. Ties, and too short a past, go to the strongest.

    Parameters
    ----------
    start, end : array
        Days on which each row begins and ends.
    """
    bounds = [*np.quantile(start[y > 0], CUTS, method="inverted_cdf"), np.inf]
    loss = np.zeros(len(RIDGES))
    for cut, following in pairwise(bounds):
        over, ahead = end <= cut, (start >= cut) & (start < following)
        if not (0 < y[over].sum() < over.sum() and ahead.any()):
            continue
        for r, ridge in enumerate(RIDGES):
            fit = logistic(X[over], y[over], offset[over], ridge)
            loss[r] += ((predicted(fit, X[ahead], offset[ahead]) - y[ahead]) ** 2).sum()
    return RIDGES[len(RIDGES) - 1 - int(np.argmin(loss[::-1]))]
