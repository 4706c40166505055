"""Draws from the posterior of one process: the normal at the mode, corrected by importance weights.

Effects of single actors are many, and a plain normal in hundreds of dimensions cannot be corrected by
weights. But given the other coefficients they are independent, and each enters through two numbers
only: its events and its expected events. So they are integrated out by quadrature, the weights
concern the few dozen coefficients that remain, and each effect is then drawn from its own exact
conditional distribution.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import scipy.linalg
import scipy.sparse
import scipy.special

from sim.hazard.effects import Matrix, draw_effects, log_masses

BUDGET = 60_000_000  # rows times proposals
PER_DRAW, LEAST_PER_DRAW = 20, 4  # proposals, where the budget allows and where it does not
FEWEST, MOST = 300, 16_000  # proposals
BLOCK, CHUNK = 2048, 250  # rows and proposals at a time: what stays in the processor's cache
DIGITS = 6  # of days
REACH, WIDTHS = 2.5, (0.5, 2.0)
SEEN_PER_AXIS = 10.0  # effective draws that a half trust needs


@dataclass(frozen=True)
class Design:
    """The rows of one process.

    Parameters
    ----------
    X : array, shape (N, P)
        Values of the shared coefficients.
    effect : array of int, shape (N,)
        The pooled effect (of an actor) that enters the row, -1 for none.
    y, days : arrays, shape (N,)
        Events and days at risk.
    """

    X: Matrix
    effect: npt.NDArray[np.int64]
    y: Matrix
    days: Matrix

    def merged(self, label: npt.NDArray[np.object_]) -> tuple[Design, npt.NDArray[np.object_]]:
        """Add up rows that are alike in all but events and days, and bear one label; return their labels.

        The likelihood of such rows depends on the sums alone.
        """
        named, of = np.unique(label.astype(str), return_inverse=True)
        rows = np.ascontiguousarray(np.column_stack([self.X, self.effect, of]))
        alike = rows.view(np.dtype((np.void, rows.itemsize * rows.shape[1]))).ravel()
        _, first, group = np.unique(alike, return_index=True, return_inverse=True)
        add = _adder(group, first.size)
        days = np.round(add @ self.days, DIGITS)  # the same however the days were cut
        merged = Design(self.X[first], self.effect[first], add @ self.y, days)
        return merged, named[of[first]].astype(object)

    def by_effect(self, value: Matrix, effects: int) -> Matrix:
        """Sum rows by effect: (N,) or (N, D) to (effects,) or (effects, D)."""
        inside = self.effect >= 0
        return np.asarray(_adder(self.effect[inside], effects) @ value[inside])

    def blocks(self, effects: int) -> Iterator[tuple[slice, scipy.sparse.csc_array]]:
        """Yield some rows at a time, with the matrix that sums them by effect (the last: by none)."""
        into = np.where(self.effect < 0, effects, self.effect)
        for first in range(0, len(into), BLOCK):
            rows = slice(first, first + BLOCK)
            yield rows, _adder(into[rows], effects + 1)


def _adder(into: npt.NDArray[np.int64], size: int) -> scipy.sparse.csc_array:
    """Return the matrix of ones that adds each row to where it belongs."""
    entries = (np.ones(len(into)), into, np.arange(len(into) + 1))
    return scipy.sparse.csc_array(entries, shape=(size, len(into)))


class Idle(NamedTuple):
    """Coefficients that no row informs: where they stand, and centre and deviation of their prior."""

    at: npt.NDArray[np.int64]
    centre: Matrix
    sd: Matrix


@dataclass(frozen=True)
class Fit:
    """One process at the mode of its shared coefficients, the pooled effects integrated out.

    Parameters
    ----------
    process : str
    shared, pooled : arrays of int
        Where its coefficients stand in the vector of all.
    idle : Idle
        The shared coefficients that the record does not inform.
    design : Design
    mode, centre, sd : arrays, shape (P,)
        Mode of the shared coefficients; centre and standard deviation of their prior.
    precision : array, shape (P, P)
        Negative Hessian of the log posterior at the mode.
    effect_sd : float
        Prior standard deviation of the pooled effects.
    effects, factor : arrays, shape (effects,)
        Expectation of each effect, and of its exponential, at the mode.
    scales : dict
        Prior scale of each block.
    """

    process: str
    shared: npt.NDArray[np.int64]
    pooled: npt.NDArray[np.int64]
    idle: Idle
    design: Design
    mode: Matrix
    centre: Matrix
    sd: Matrix
    precision: Matrix
    effect_sd: float
    effects: Matrix
    factor: Matrix
    scales: dict[str, float]


def sample_fit(fit: Fit, draws: int, rng: np.random.Generator) -> tuple[Matrix, Matrix, float]:
    """Draw from the posterior of one process.

    Proposals, so many a draw (`PER_DRAW`, but fewer where rows are many), come from a normal split along
    its axes (Geweke, 1989): around the mode each axis has a width of its own to either side, wide enough
    for the posterior there. A second round, moved toward the weighted mean and spread of the first as far
    as that one's effective size is to be trusted, is resampled (systematically) by importance weights,
    truncated at their mean times the square root of their number (Ionides, 2008, "Truncated importance
    sampling").

    Returns
    -------
    shared : array, shape (draws, P)
    pooled : array, shape (draws, effects)
    effective_share : float
        Effective sample size of the weights over the number of draws, at most 1.
    """
    affordable = BUDGET // max(1, len(fit.design.y))
    least = max(FEWEST, LEAST_PER_DRAW * draws)
    proposals = max(least, min(PER_DRAW * draws, MOST, affordable))
    centre, covariance = fit.mode, scipy.linalg.inv(fit.precision)
    for last in (False, True):
        lower = scipy.linalg.cholesky((covariance + covariance.T) / 2, lower=True)
        width = _widths(fit, centre, lower)
        noise = rng.standard_normal((centre.size, proposals if last else proposals // 2))
        stretch = np.where(noise > 0, width[1][:, None], width[0][:, None])
        theta = centre[:, None] + lower @ (noise * stretch)
        logw, expected = log_posterior(fit, theta)
        logw += 0.5 * (noise**2).sum(axis=0) + np.log(stretch).sum(axis=0)
        weight = np.exp(logw - scipy.special.logsumexp(logw))
        weight = np.minimum(weight, 1.0 / np.sqrt(weight.size))
        weight /= weight.sum()
        seen = 1.0 / (weight**2).sum()
        trust = seen / (seen + SEEN_PER_AXIS * centre.size)
        centre = centre + trust * (theta @ weight - centre)
        off = theta - centre[:, None]
        covariance = (1 - trust) * covariance + trust * (off * weight) @ off.T
    points = (rng.random() + np.arange(draws)) / draws
    chosen = np.minimum(np.searchsorted(np.cumsum(weight), points), weight.size - 1)
    rng.shuffle(chosen)
    events = fit.design.by_effect(fit.design.y, fit.pooled.size)
    pooled = draw_effects(events, expected[chosen], fit.effect_sd, rng)
    return theta[:, chosen].T, pooled, min(1.0, float(1.0 / (weight**2).sum() / draws))


def _widths(fit: Fit, centre: Matrix, lower: Matrix) -> Matrix:
    """Widths of the proposals to either side of each axis, in standard deviations, shape (2, P).

    The width at which a normal would have lost as much as the log posterior has at `REACH`.
    """
    steps = np.concatenate([-REACH * lower, REACH * lower], axis=1)
    logp, _ = log_posterior(fit, np.column_stack([centre, centre[:, None] + steps]))
    lost = np.maximum(logp[0] - logp[1:], 1e-3).reshape(2, -1)
    return np.asarray(np.clip(REACH / np.sqrt(2 * lost), *WIDTHS))


def log_posterior(fit: Fit, theta: Matrix) -> tuple[Matrix, Matrix]:
    """Log posterior of shared coefficients (P, D) as (D,), and expected events by effect, (D, effects)."""
    d, effects = fit.design, fit.pooled.size
    expected = np.zeros((effects + 1, theta.shape[1]))
    for rows, add in d.blocks(effects):
        X, days = d.X[rows], d.days[rows, None]
        for first in range(0, theta.shape[1], CHUNK):
            part = slice(first, first + CHUNK)
            expected[:, part] += add @ (days * np.exp(np.minimum(X @ theta[:, part], 50.0)))
    value = -0.5 * (((theta - fit.centre[:, None]) / fit.sd[:, None]) ** 2).sum(axis=0)
    value += (d.y @ d.X) @ theta - expected[-1]
    by_effect = expected[:-1].T
    value += log_masses(d.by_effect(d.y, effects), by_effect, fit.effect_sd)
    return value, by_effect
