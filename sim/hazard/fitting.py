"""The mode of one process: the penalised Poisson likelihood of its rows, scales of its priors estimated.

Between changes a hazard is constant, so a row of exposure contributes ``y * eta - days * exp(eta)``
(piecewise-exponential event history; Holford, 1980; Laird and Olivier, 1981). Coefficients of one block
share a normal prior whose scale is estimated by expectation-maximisation (type II maximum likelihood), with
long strides (Varadhan and Roland, 2008): a scale that the record hardly tells creeps, and looks settled long
before it is. What is not known of the scales is added by `sim.hazard.scales`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import numpy.typing as npt
import scipy.linalg

from sim.hazard.effects import Moments, moments
from sim.hazard.sampling import Design, Fit, Idle
from sim.hazard.terms import ON_COLUMNS, Terms

INTERCEPT_SD = 3.0  # weak prior around the crude rate
# The prior of a squared scale: scaled inverse chi-squared, worth two observations of 0.5 squared. Weak,
# but proper: a block with few members (five responders) cannot collapse to zero by chance.
SCALE_DF, SCALE_SQ = 2.0, 0.25
ROUNDS, STRIDE = 60, 32.0
LEAP = 1.0
"""No log of a scale moves further in one stride: beyond, two steps tell nothing of where it leads."""
SETTLED = 1e-4
"""Change of the log of every scale, in one step of its own, below which it is settled."""

Vector = npt.NDArray[np.float64]


def split(terms: Terms, process: str) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    """Positions of a process's shared coefficients and of the effects that are integrated out."""
    names = list(terms.named)
    chosen = terms.of_process(process)
    many = process in ON_COLUMNS
    pooled = np.array([many and terms.named[names[p]] == "actor" for p in chosen])
    return chosen[~pooled], chosen[pooled]


def fit(design: Design, terms: Terms, process: str) -> Fit:
    """Find the mode of one process's shared coefficients, and the scales of its blocks.

    Coefficients that enter no row (of a responder whose answers are not on record) are idle: they keep
    their prior, and do not make the space larger in which the others are sought.

    Alternates Newton steps on the marginal posterior with the EM update of each block's scale,
    ``s^2 = (sum(mean^2 + variance) + SCALE_DF * SCALE_SQ) / (size + SCALE_DF)``; two of them show where a
    longer stride leads.
    """
    names = list(terms.named)
    every, pooled = split(terms, process)
    kinds = sorted({terms.named[names[p]] for p in every})
    every_block = np.array([kinds.index(terms.named[names[p]]) for p in every])
    taught = (design.X != 0).any(axis=0)
    design = replace(design, X=design.X[:, taught])
    shared, block = every[taught], every_block[taught]
    rate = (design.y.sum() + 0.5) / (design.days.sum() + 1.0)
    every_centre = np.where(every_block == kinds.index("intercept"), np.log(rate), 0.0)
    centre = every_centre[taught]
    free = [b for b, kind in enumerate(kinds) if kind != "intercept" and (block == b).any()]
    beta = centre.copy()

    def updated(logs: Vector) -> Vector:
        """Return the logs of all scales, that of the effects last, after one step under the given ones."""
        nonlocal beta
        scale = np.exp(logs)
        beta, precision, effects = newton(
            design, beta, centre, scale[:-1][block], float(scale[-1]), pooled.size
        )
        squares = beta**2 + np.diag(scipy.linalg.inv(precision))
        for b in free:
            scale[b] = _scale(squares[block == b])
        if pooled.size:
            scale[-1] = _scale(effects.square)
        return np.asarray(np.log(scale))

    first = np.array([INTERCEPT_SD if kind == "intercept" else 1.0 for kind in [*kinds, ""]])
    logs = _settled(updated, np.log(first))
    scale, effect_sd = np.exp(logs[:-1]), float(np.exp(logs[-1]))
    beta, precision, effects = newton(
        design, beta, centre, scale[block], effect_sd, pooled.size, steps=50
    )
    scales = {kind: float(scale[b]) for b, kind in enumerate(kinds)}
    idle = Idle(every[~taught], every_centre[~taught], scale[every_block[~taught]])
    return Fit(
        process, shared, pooled, idle, design, beta, centre, scale[block], precision, effect_sd,
        effects.mean, effects.factor, scales | ({"actor": effect_sd} if pooled.size else {}),
    )  # fmt: skip


def _settled(updated: Callable[[Vector], Vector], logs: Vector) -> Vector:
    """Return where the updates of some logs lead, by squared extrapolation (SQUAREM)."""
    for _ in range(ROUNDS):
        one = updated(logs)
        two = updated(one)
        first, turn = one - logs, two - 2 * one + logs
        if np.abs(two - one).max() < SETTLED:
            return two
        bend = float(np.linalg.norm(turn))
        stride = float(np.clip(np.linalg.norm(first) / max(bend, 1e-12), 1.0, STRIDE))
        leap = 2 * stride * first + stride**2 * turn
        logs = logs + leap * min(1.0, LEAP / max(np.abs(leap).max(), 1e-12))
    return two


def _scale(squares: Vector) -> float:
    return float(np.sqrt((squares.sum() + SCALE_DF * SCALE_SQ) / (squares.size + SCALE_DF)))


def newton(
    design: Design,
    beta: Vector,
    centre: Vector,
    sd: Vector,
    effect_sd: float,
    effects: int,
    steps: int = 1,
) -> tuple[Vector, npt.NDArray[np.float64], Moments]:
    """Take a few damped Newton steps on the log posterior with the effects integrated out.

    With ``A`` the events expected of an effect at zero, the derivative of its log mass in ``A`` is
    ``-E exp(v)`` and the second is ``Var exp(v)``. Returns the mode, the negative Hessian there and the
    effects' moments.
    """
    X, y, weight = design.X, design.y, 1.0 / sd**2
    events = design.by_effect(y, effects)
    alone = design.effect < 0

    def objective(b: Vector) -> tuple[float, Vector, Moments]:
        eta = X @ b
        mu = design.days * np.exp(np.minimum(eta, 50.0))
        with np.errstate(over="ignore", invalid="ignore"):  # a step too far, halved below
            found = moments(events, design.by_effect(mu, effects), effect_sd)
        value = y @ eta - mu[alone].sum() + found.log_mass.sum() - 0.5 * weight @ (b - centre) ** 2
        return float(value), mu, found

    value, mu, found = objective(beta)
    for step in range(steps + 1):
        factor = np.where(alone, 1.0, np.append(found.factor, 1.0)[design.effect])
        precision, by_effect = np.diag(weight), np.zeros((effects + 1, beta.size))
        for rows, add in design.blocks(effects):
            moved = mu[rows, None] * X[rows]
            by_effect += add @ moved
            precision += X[rows].T @ (factor[rows, None] * moved)
        by_effect = by_effect[:-1]
        precision -= by_effect.T @ (found.factor_variance[:, None] * by_effect)
        if step == steps:
            break
        gradient = X.T @ (y - mu * factor) - weight * (beta - centre)
        move = scipy.linalg.solve(_positive(precision), gradient, assume_a="pos")
        if gradient @ move < 1e-6:  # twice what a full step can still gain
            break
        size, tried = 1.0, -np.inf
        while not tried >= value and size > 1e-4:  # nor if it is not a number
            tried, tried_mu, tried_found = objective(beta + size * move)
            size /= 2
        if not tried >= value:
            break
        beta, value, mu, found = beta + 2 * size * move, tried, tried_mu, tried_found
    return beta, _positive(precision), found


def _positive(matrix: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """Make a symmetric matrix safely positive definite (far from the mode the marginal need not be)."""
    values, vectors = scipy.linalg.eigh((matrix + matrix.T) / 2)
    return np.asarray((vectors * np.maximum(np.abs(values), 1e-6)) @ vectors.T)
