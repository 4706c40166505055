"""Stances: where each actor stands in a dispute, read from the rules and what is known of it.

The stance of an actor toward a contested one is twice the probability, less one, that it recognises it
before the middling actor does, were the day's ratio of their hazards to stay. Of two whose hazards ``h`` and
``m`` stand in a constant ratio the former rings first with probability ``h / (h + m)``, whatever the delay
profile they share, so that the stance is ``tanh((eta - middle) / 2)`` with the log hazards but for that
profile; the middling actor's is the median of those at risk. Covariates that weigh otherwise once a wave is
a year old do so here too. Who recognises already stands at +1, whoever has to answer recognitions at -1. In a
rupture or boycott, to recognise means to break with the shunned actor.

Nothing is set by hand: alignment with the powers behind either side, votes, own habits, siblings and kin
recognised earlier enter as far as the rules learned that they matter, and the interval is the posterior's.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from sim import kernel
from sim.hazard.riskset import Layout

Matrix = npt.NDArray[np.float64]


class Stances(NamedTuple):
    """Stances of all actors toward one contested (or shunned) actor.

    Parameters
    ----------
    draws : array, shape (D, n)
        Stance under each posterior draw, in [-1, 1]; NaN for those who have none: they do not exist, or
        it is their own recognition.
    held : array of bool, shape (n,)
        Who recognises (has broken) already.
    """

    draws: Matrix
    held: npt.NDArray[np.bool_]

    @property
    def value(self) -> npt.NDArray[np.float64]:
        """Mean over the draws, shape (n,)."""
        return np.asarray(self.draws.mean(axis=0))

    def interval(self, mass: float = 0.9) -> tuple[Matrix, Matrix]:
        """Return the central interval of each stance, two arrays of shape (n,)."""
        tail = (1.0 - mass) / 2
        low, high = np.quantile(self.draws, [tail, 1.0 - tail], axis=0)
        return low, high


def log_hazards(
    w: kernel.WorldArrays,
    channels: npt.NDArray[np.int64],
    fixed: Matrix,
    weight: Matrix,
    now: float,
) -> Matrix:
    """Return the log hazard of channels but for the delay profile they share, shape (D, channels).

    Parameters
    ----------
    w : WorldArrays
        Its covariates as of a day.
    channels : array of int
    fixed, weight : arrays, shapes (D, P) and (D, S, Q)
        As `Posterior.coefficients` returns them, one row a draw.
    now : float
        Days since the world's as-of date began; it tells which covariates weigh as late ones do.
    """
    found = np.empty((len(fixed), len(channels)))
    for at, k in enumerate(channels):
        found[:, at] = weight[:, w.slot[k]] @ w.z[kernel.driven_by(w, k)]
        for row in range(1 + kernel.is_late(w, k, now)):
            own = slice(int(w.start[row, k]), int(w.start[row, k + 1]))
            found[:, at] += fixed[:, w.term[own]] @ w.value[own]
    return found


def stances(
    w: kernel.WorldArrays, layout: Layout, column: int, fixed: Matrix, weight: Matrix, now: float
) -> Stances:
    """Return the stances of all actors toward a contested actor, or a shunned one.

    Parameters
    ----------
    w : WorldArrays
        The world on a day, its clocks open (`sim.kernel.refresh`).
    layout : Layout
    column : int
        Of the layout.
    fixed, weight, now
        As for `log_hazards`.

    Raises
    ------
    ValueError
        If nobody is at risk: then there is no middling actor.
    """
    channels = layout.by_column(np.arange(layout.channels))[column]
    free = w.is_open[channels] == 1
    if not free.any():
        raise ValueError("nobody may recognise it any more")
    held = w.recognises[:, column] == 1
    found = np.full((len(fixed), layout.n), np.nan)
    eta = log_hazards(w, channels[free], fixed, weight, now)
    # The upper median, as in the kernel: an actor's own, not a mean of two.
    middle = np.sort(eta, axis=1)[:, eta.shape[1] // 2]
    found[:, free] = np.tanh((eta - middle[:, None]) / 2)
    found[:, held & (w.allowed[channels] == 1)] = 1.0
    entity, dispute = layout.columns[column]
    if entity in dispute.contested and dispute.responder(entity):
        found[:, layout.actors.row(dispute.responder(entity))] = -1.0
    return Stances(found, held)


def log_ratio(stance: float) -> float:
    """Return the log of the hazard against the middling actor's that a stance stands for.

    Stances are taken no farther than 0.999 to either side: as good as at once, or never.

    Examples
    --------
    >>> log_ratio(0.0), round(log_ratio(0.8), 3)
    (0.0, 2.197)
    """
    return float(2 * np.arctanh(np.clip(stance, -0.999, 0.999)))
