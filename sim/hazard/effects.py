"""Effects of single actors, integrated out: given the other coefficients, each is a number of its own.

An effect ``v ~ N(0, sd^2)`` enters the likelihood through its events and its expected events alone, as
``exp(events * v - expected * exp(v))``. Many share the events, so what depends on the expected ones is read
off a curve.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import scipy.interpolate
import scipy.special

Matrix = npt.NDArray[np.float64]

STEP = 0.05  # of the log expected events between which masses of effects are interpolated
NODES, HERMITE = np.polynomial.hermite_e.hermegauss(11)
GRID = np.linspace(-7.0, 7.0, 71)  # conditional standard deviations around an effect's mode
ROOM = 500_000  # numbers at a time: what stays in the processor's cache


def log_masses(events: Matrix, expected: Matrix, sd: float) -> Matrix:
    """Sum the log mass of all effects, as `moments` has it: expected (D, effects) to (D,).

    Effects with as many events differ by the expected ones alone, and smoothly: their masses are read off a
    cubic spline (within 1e-6), which many draws share.
    """
    total = np.zeros(len(expected))
    for count in np.unique(events):
        # Below this the mass does not rise any more: nothing is expected, wherever the effect may lie.
        least = np.exp(-min(690.0, 20.0 + 10.0 * sd + count * sd**2))
        x = np.log(np.maximum(expected[:, events == count], least))
        low, high = x.min() - STEP, x.max() + STEP
        knots = np.linspace(low, high, 4 + int((high - low) / STEP))
        mass = moments(np.full(knots.size, count), np.exp(knots), sd).log_mass
        total += scipy.interpolate.CubicSpline(knots, mass)(x).sum(axis=1)
    return total


class Moments(NamedTuple):
    """What integrating an effect ``v`` out leaves: log mass, and moments of its conditional distribution."""

    log_mass: Matrix
    mean: Matrix
    square: Matrix  # E v^2
    factor: Matrix  # E exp(v)
    factor_variance: Matrix  # Var exp(v)


def moments(events: Matrix, expected: Matrix, sd: float) -> Moments:
    """Integrate ``exp(events * v - expected * exp(v))`` over v ~ N(0, sd^2), by adaptive Gauss-Hermite.

    Parameters
    ----------
    events : array, shape (effects,)
    expected : array, shape (..., effects)
        Events expected at an effect of zero.
    sd : float
    """
    mode, width = mode_of_effect(events, expected, sd)
    v = mode[..., None] + width[..., None] * NODES
    logs = events[..., None] * v - expected[..., None] * np.exp(v) - 0.5 * (v / sd) ** 2
    logs += 0.5 * NODES**2 + np.log(HERMITE)
    log_mass = scipy.special.logsumexp(logs, axis=-1)
    p = np.exp(logs - log_mass[..., None])
    factor = (p * np.exp(v)).sum(axis=-1)
    return Moments(
        log_mass + np.log(width / sd),
        (p * v).sum(axis=-1),
        (p * v**2).sum(axis=-1),
        factor,
        np.maximum((p * np.exp(2 * v)).sum(axis=-1) - factor**2, 0.0),
    )


def mode_of_effect(events: Matrix, expected: Matrix, sd: float) -> tuple[Matrix, Matrix]:
    """Mode and curvature-based standard deviation of ``events * v - expected * exp(v) - v^2 / (2 sd^2)``.

    The mode solves ``v + sd^2 * expected * exp(v) = sd^2 * events``: a Lambert function.
    """
    a = sd**2 * events
    log_x = np.log(np.maximum(sd**2 * expected, 1e-300)) + a
    v = a - _lambert_of_exp(log_x)
    return v, 1.0 / np.sqrt(expected * np.exp(v) + 1.0 / sd**2)


def _lambert_of_exp(log_x: Matrix) -> Matrix:
    """Solve ``w + log(w) = log_x`` by Newton steps on the logarithm; safe where exp would overflow."""
    w = np.where(log_x > 1.0, np.maximum(log_x, 1.0), np.exp(np.minimum(log_x, 1.0)))
    for _ in range(8):
        w = np.maximum(w * (1.0 + log_x - np.log(w)) / (1.0 + w), 1e-300)
    return w


def draw_effects(events: Matrix, expected: Matrix, sd: float, rng: np.random.Generator) -> Matrix:
    """Draw each effect from its conditional distribution by inversion on a grid; shape (D, effects)."""
    u = rng.random(expected.shape)
    some = max(1, ROOM // (GRID.size * max(1, events.size)))
    parts = [slice(first, first + some) for first in range(0, len(expected), some)]
    return np.concatenate([_inverted(events, expected[p], sd, u[p]) for p in parts])


def _inverted(events: Matrix, expected: Matrix, sd: float, u: Matrix) -> Matrix:
    """Return the quantiles `u` of the effects' conditional distributions, shape (D, effects)."""
    mode, width = mode_of_effect(events, expected, sd)
    v = mode[..., None] + width[..., None] * GRID
    log_p = events[:, None] * v - expected[..., None] * np.exp(v) - 0.5 * (v / sd) ** 2
    p = np.exp(log_p - log_p.max(axis=-1, keepdims=True))
    piece = 0.5 * (p[..., 1:] + p[..., :-1])
    cumulative = np.cumsum(piece, axis=-1)
    target = u * cumulative[..., -1]
    at = np.minimum((cumulative < target[..., None]).sum(axis=-1), piece.shape[-1] - 1)

    def found(values: Matrix, where: npt.NDArray[np.int64]) -> Matrix:
        return np.take_along_axis(values, where[..., None], axis=-1)[..., 0]

    before, inside = found(cumulative, at) - found(piece, at), found(piece, at)
    share = (target - before) / np.maximum(inside, 1e-300)
    return np.asarray(found(v, at) + share * (found(v, at + 1) - found(v, at)))
